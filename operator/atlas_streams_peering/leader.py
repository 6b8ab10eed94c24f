"""Leader election with a Lease: of several replicas only one acts.

The loop is the kubernetes client's own. The lock is ours: the library's writes local time as if it
were UTC, has no timeout, ends the election on a refused connection, and does not give the Lease back.
"""

import asyncio
import json
import logging
import os
import platform
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.leaderelection.electionconfig import Config
from kubernetes.aio.leaderelection.leaderelection import LeaderElection
from kubernetes.aio.leaderelection.leaderelectionrecord import LeaderElectionRecord

from .kubernetes_api import KubernetesApi, KubernetesError

logger = logging.getLogger(__name__)

LEASE_NAME: Final = "atlas-streams-peering"
LEASE_SECONDS: Final = 15
"""A standby takes over when it has seen no renewal for this long."""
RENEW_SECONDS: Final = 10
"""A leader that could not renew for this long stops acting: well before a standby may start."""
RETRY_SECONDS: Final = 2

_NAMESPACE_FILE: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


def own_namespace() -> str:
    """Return the operator's namespace: POD_NAMESPACE, else the ServiceAccount's, else default."""
    if namespace := os.environ.get("POD_NAMESPACE"):
        return namespace
    return _NAMESPACE_FILE.read_text().strip() if _NAMESPACE_FILE.exists() else "default"


class Leadership:
    """A replica's part in the election, as a lock of the library's election."""

    def __init__(self, api: KubernetesApi, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.name, self.namespace = LEASE_NAME, own_namespace()
        self.identity = f"{platform.node()}_{uuid.uuid4()}"
        self._api, self._clock = api, clock
        self._collection = f"/apis/coordination.k8s.io/v1/namespaces/{self.namespace}/leases"
        self._lease: dict[str, Any] = {}
        self._held_until = 0.0

    def held(self) -> bool:
        """Tell whether this replica may act now.

        It is asked before every change, and compares with a clock that goes on while the process is
        frozen: one that wakes up after its time acts no more, even before it has noticed anything else.
        """
        return self._clock() < self._held_until

    async def campaign(self, lead: Callable[[], Awaitable[None]]) -> None:
        """Wait for the Lease, then `lead` for as long as it is held. Returns when it is lost."""
        logger.info("Waiting for the Lease %s/%s as %s", self.namespace, self.name, self.identity)

        async def lost() -> None:
            logger.error("The Lease %s/%s is lost: this replica stops", self.namespace, self.name)

        election = Config(
            self,
            lease_duration=LEASE_SECONDS,
            renew_deadline=RENEW_SECONDS,
            retry_period=RETRY_SECONDS,
            onstarted_leading=lead,
            onstopped_leading=lost,
        )
        await LeaderElection(election).run()

    async def release(self) -> None:
        """Give the Lease back, so that a standby takes over at once."""
        if not self.held():
            return
        self._held_until = 0.0
        record = LeaderElectionRecord("", "1", str(datetime.now(UTC)), str(datetime.now(UTC)))
        if await self._write(record):
            logger.info("Gave the Lease %s/%s back", self.namespace, self.name)

    # -- what the library asks of a lock

    async def get(self, name: str, _namespace: str) -> tuple[bool, LeaderElectionRecord | ApiException]:
        """Read the Lease."""
        try:
            async with asyncio.timeout(RETRY_SECONDS * 2):
                self._lease = await self._api.get(f"{self._collection}/{name}")
        except (KubernetesError, TimeoutError) as error:
            status = error.status if isinstance(error, KubernetesError) else 0
            missing = ApiException(status=status, reason=str(error) or "no answer in time")
            missing.body = json.dumps({"code": status})
            return False, missing
        spec = self._lease.get("spec") or {}
        seconds = spec.get("leaseDurationSeconds")
        return True, LeaderElectionRecord(
            spec.get("holderIdentity") or None,
            None if seconds is None else str(seconds),
            spec.get("acquireTime"),
            spec.get("renewTime"),
        )

    async def create(self, name: str, namespace: str, election_record: LeaderElectionRecord) -> bool:
        """Create the Lease with this replica as its holder."""
        self._lease = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": name, "namespace": namespace},
        }
        return await self._write(election_record)

    async def update(self, _name: str, _namespace: str, updated_record: LeaderElectionRecord) -> bool:
        """Write the Lease, unless somebody else has done so since it was read."""
        return await self._write(updated_record)

    async def _write(self, record: LeaderElectionRecord) -> bool:
        asked_at = self._clock()
        spec = {
            "holderIdentity": record.holder_identity,
            "leaseDurationSeconds": int(record.lease_duration or LEASE_SECONDS),
            "acquireTime": _micro_time(record.acquire_time),
            "renewTime": _micro_time(record.renew_time),
        }
        exists = "resourceVersion" in self._lease.get("metadata", {})
        path = f"{self._collection}/{self.name}" if exists else self._collection
        try:
            async with asyncio.timeout(RETRY_SECONDS * 2):
                self._lease = await self._api.request(
                    "PUT" if exists else "POST", path, body={**self._lease, "spec": spec}
                )
        except (KubernetesError, TimeoutError) as error:
            why = str(error) or "no answer in time"
            logger.warning("The Lease %s/%s could not be written: %s", self.namespace, self.name, why)
            return False
        if record.holder_identity == self.identity:
            self._held_until = asked_at + RENEW_SECONDS
        return True


def _micro_time(text: str | None) -> str:
    """Write a time as Kubernetes' MicroTime; the library's own are local, without a zone."""
    moment = datetime.now(UTC) if text is None else datetime.fromisoformat(text)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
