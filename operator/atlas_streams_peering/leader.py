"""Leader election with a Lease: of several replicas only one acts."""

import logging
import os
import platform
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from .kubernetes_api import KubernetesApi

logger = logging.getLogger(__name__)

LEASE_NAME: Final = "atlas-streams-peering"
LEASE_SECONDS: Final = 15
"""A standby takes over when the leader has not renewed for this long."""
RENEW_SECONDS: Final = 10
"""A leader that could not renew for this long gives up."""
RETRY_SECONDS: Final = 2

_NAMESPACE_FILE: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


def own_namespace() -> str:
    """Return the operator's namespace: POD_NAMESPACE, else the ServiceAccount's, else default."""
    if namespace := os.environ.get("POD_NAMESPACE"):
        return namespace
    return _NAMESPACE_FILE.read_text().strip() if _NAMESPACE_FILE.exists() else "default"


async def run_as_leader(api: KubernetesApi, lead: Callable[[], Awaitable[None]]) -> None:
    """Wait for the Lease, then `lead` for as long as it is held; returns when either ends."""
    # Imported here: the classes cost memory that only a replica with an election needs.
    from kubernetes.aio.leaderelection.electionconfig import Config  # noqa: PLC0415
    from kubernetes.aio.leaderelection.leaderelection import LeaderElection  # noqa: PLC0415
    from kubernetes.aio.leaderelection.resourcelock.leaselock import LeaseLock  # noqa: PLC0415

    identity = f"{platform.node()}_{uuid.uuid4()}"
    namespace = own_namespace()

    async def lost() -> None:
        logger.error("The Lease %s/%s is lost; this replica stops acting", namespace, LEASE_NAME)

    lock = LeaseLock(LEASE_NAME, namespace, identity, api.client)
    logger.info("Waiting for the Lease %s/%s as %s", namespace, LEASE_NAME, identity)
    await LeaderElection(
        Config(
            lock,
            lease_duration=LEASE_SECONDS,
            renew_deadline=RENEW_SECONDS,
            retry_period=RETRY_SECONDS,
            onstarted_leading=lead,
            onstopped_leading=lost,
        )
    ).run()
