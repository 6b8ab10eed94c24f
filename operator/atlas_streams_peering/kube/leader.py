"""Leader election with a Lease: of several replicas only one acts.

The loop is that of the kubernetes library. The lock is the operator's own, because the library's lock writes local time
as if it were UTC, has no timeout, ends the election on a refused connection, and does not release the Lease. The
library's loop also uses the wall clock, which somebody may set. So this module decides with a monotonic clock when a
Lease is free or lost. It never compares times of two machines.

The leader's pod owns the Lease, so Kubernetes deletes the Lease after the pod. If an uninstall deletes the leader's
permissions together with its pod, the leader cannot release the Lease, and the next installation would have to wait for
it.
"""

import asyncio
import contextlib
import json
import logging
import platform
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.leaderelection.electionconfig import Config
from kubernetes.aio.leaderelection.leaderelection import LeaderElection
from kubernetes.aio.leaderelection.leaderelectionrecord import LeaderElectionRecord

from .api import KubernetesApi, KubernetesError, own_namespace, own_pod

logger = logging.getLogger(__name__)

LEASE_SECONDS: Final = 15
"""Seconds without a renewal after which a standby takes over."""
RENEW_SECONDS: Final = 10
"""Seconds without a successful renewal after which a leader stops acting, well before a standby may start."""
RETRY_SECONDS: Final = 2

_GIVEN_BACK: Final = "1"
"""leaseDurationSeconds of a released Lease, as in client-go."""


@dataclass(frozen=True, slots=True)
class _Rival:
    """The last observed record of another holder's Lease."""

    spec: Mapping[str, Any]
    since: float
    """Monotonic time of the first observation of this record."""


class _Lapsed(Exception):  # noqa: N818  # an end, not a failure
    """The Lease was held, but has expired."""


class Leadership:
    """A replica's part in the election, as a lock of the library's election."""

    def __init__(self, api: KubernetesApi, name: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.name, self.namespace = name, own_namespace()
        self.identity = f"{platform.node()}_{uuid.uuid4()}"
        self._api, self._clock = api, clock
        self._collection = f"/apis/coordination.k8s.io/v1/namespaces/{self.namespace}/leases"
        self._pod = own_pod()
        self._lease: dict[str, Any] = {}
        self._rival: _Rival | None = None
        self._led = False
        self._held_until = 0.0

    def held(self) -> bool:
        """Return whether this replica may act now.

        The operator checks this before every change. The clock continues while the process is frozen. So a replica that
        wakes up after its time does not act any more.
        """
        return self._clock() < self._held_until

    async def campaign(self, lead: Callable[[], Awaitable[None]]) -> None:
        """Wait for the Lease, then `lead`, and hold it. Returns when it is lost."""
        logger.info("Waiting for the Lease %s/%s as %s", self.namespace, self.name, self.identity)
        election = Config(
            self,
            lease_duration=LEASE_SECONDS,
            renew_deadline=RENEW_SECONDS,
            retry_period=RETRY_SECONDS,
            onstarted_leading=lead,
            onstopped_leading=None,
        )
        with contextlib.suppress(_Lapsed):
            await LeaderElection(election).run()
        logger.error("Lost the Lease %s/%s: this replica stops", self.namespace, self.name)

    async def release(self) -> None:
        """Release the Lease, so that a standby takes over at once."""
        if not self.held():
            return
        self._held_until = 0.0
        now = str(datetime.now(UTC))
        record = LeaderElectionRecord("", _GIVEN_BACK, now, now)
        # A cancelled renewal may still have been written. In that case, read and write the Lease again.
        if await self._write(record) or (await self._still_ours() and await self._write(record)):
            logger.info("Released the Lease %s/%s", self.namespace, self.name)

    async def _still_ours(self) -> bool:
        with contextlib.suppress(KubernetesError, TimeoutError):
            self._lease = await self._read(self.name)
            return bool((self._lease.get("spec") or {}).get("holderIdentity") == self.identity)
        return False

    async def _read(self, name: str) -> dict[str, Any]:
        async with asyncio.timeout(RETRY_SECONDS * 2):
            return await self._api.get(f"{self._collection}/{name}")

    # -- the library's interface of a lock

    async def get(self, name: str, _namespace: str) -> tuple[bool, LeaderElectionRecord | ApiException]:
        """Read the Lease."""
        if self._led and not self.held():
            raise _Lapsed
        try:
            self._lease = await self._read(name)
        except (KubernetesError, TimeoutError) as error:
            status = error.status if isinstance(error, KubernetesError) else 0
            if status == 404:
                self._held_until, self._lease = min(self._held_until, self._clock()), {}
            missing = ApiException(status=status, reason=str(error) or "no answer in time")
            missing.body = json.dumps({"code": status})
            return False, missing
        spec = self._lease.get("spec") or {}
        self._look_at(spec)
        seconds = spec.get("leaseDurationSeconds")
        return True, LeaderElectionRecord(
            spec.get("holderIdentity") or None,
            None if seconds is None else str(seconds),
            spec.get("acquireTime"),
            spec.get("renewTime"),
        )

    async def create(self, name: str, namespace: str, election_record: LeaderElectionRecord) -> bool:
        """Create the Lease with this replica as its holder.

        If the Lease of a live leader was deleted, only that leader creates it again, within a few seconds.
        """
        self._lease = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": name, "namespace": namespace},
        }
        return self._free() and await self._write(election_record)

    async def update(self, _name: str, _namespace: str, updated_record: LeaderElectionRecord) -> bool:
        """Write the Lease, unless another replica holds it, or has written it since it was read."""
        return self._free() and await self._write(updated_record)

    def _look_at(self, spec: Mapping[str, Any]) -> None:
        """Record the holder of the Lease, and since when the record is unchanged."""
        holder = spec.get("holderIdentity") or ""
        given_back = not holder and str(spec.get("leaseDurationSeconds")) == _GIVEN_BACK
        if holder == self.identity or given_back or (not holder and self.held()):
            self._rival = None
        elif self._rival is None or self._rival.spec != spec:
            self._rival = _Rival(spec, self._clock())
        if holder not in ("", self.identity):
            self._held_until = min(self._held_until, self._clock())

    def _free(self) -> bool:
        """No other replica can be acting: none has renewed the Lease for a lease duration."""
        return self._rival is None or self._clock() - self._rival.since >= LEASE_SECONDS

    async def _write(self, record: LeaderElectionRecord) -> bool:
        asked_at = self._clock()
        spec = {
            "holderIdentity": record.holder_identity,
            "leaseDurationSeconds": int(record.lease_duration or LEASE_SECONDS),
            "acquireTime": _micro_time(record.acquire_time),
            "renewTime": _micro_time(record.renew_time),
        }
        try:
            async with asyncio.timeout(RETRY_SECONDS * 2):
                self._lease = await self._put(spec)
        except (KubernetesError, TimeoutError) as error:
            why = str(error) or "no answer in time"
            logger.warning("Cannot write the Lease %s/%s: %s", self.namespace, self.name, why)
            return False
        if record.holder_identity == self.identity:
            self._held_until, self._led, self._rival = asked_at + RENEW_SECONDS, True, None
        return True

    async def _put(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        exists = "resourceVersion" in self._lease.get("metadata", {})
        method, path = ("PUT", f"{self._collection}/{self.name}") if exists else ("POST", self._collection)
        owners = [self._pod] if self._pod and spec["holderIdentity"] else []
        try:
            return await self._api.request(method, path, body=self._body(spec, owners))
        except KubernetesError as error:
            # With OwnerReferencesPermissionEnforcement, setting an owner needs the permission to delete the object.
            if not owners or error.status != HTTPStatus.FORBIDDEN:
                raise
            written = await self._api.request(method, path, body=self._body(spec, []))
            self._pod = None
            logger.info("Cannot make the pod the owner of the Lease %s/%s: %s", self.namespace, self.name, error)
            return written

    def _body(self, spec: Mapping[str, Any], owners: list[Mapping[str, Any]]) -> dict[str, Any]:
        metadata = {**self._lease.get("metadata", {}), "ownerReferences": owners}
        return {**self._lease, "metadata": metadata, "spec": spec}


def _micro_time(text: str | None) -> str:
    """Format a time as Kubernetes' MicroTime. The library's times are local, without a zone."""
    moment = datetime.now(UTC) if text is None else datetime.fromisoformat(text)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
