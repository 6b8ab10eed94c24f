"""Whose the Lease is: its leader's pod's, where that may be said."""

from collections.abc import Callable
from typing import Any

import pytest
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.leaderelection.electionconfig import Config
from kubernetes.aio.leaderelection.leaderelection import LeaderElection

from atlas_streams_peering.kube.api import KubernetesApi, KubernetesError
from atlas_streams_peering.kube.leader import LEASE_SECONDS, RENEW_SECONDS, RETRY_SECONDS, Leadership

POD = {"apiVersion": "v1", "kind": "Pod", "name": "operator-1", "uid": "uid-1"}


class Leases(KubernetesApi):
    """An API server that holds one Lease, in memory."""

    def __init__(self) -> None:
        super().__init__(ApiClient(Configuration()))
        self.lease: dict[str, Any] | None = None
        self.refuses: Callable[[dict[str, Any]], bool] = lambda _: False
        self.refused = 0

    async def request(self, method: str, path: str, *, body: Any = None, **_: Any) -> dict[str, Any]:
        if method == "GET":
            if self.lease is None:
                raise KubernetesError(404, "NotFound", "no such Lease")
            return self.lease
        if self.refuses(body):
            self.refused += 1
            raise KubernetesError(403, "Forbidden", "cannot set an ownerRef on a resource you can't delete")
        self.lease = {**body, "metadata": {**body["metadata"], "resourceVersion": "1"}}
        return self.lease

    @property
    def owners(self) -> list[dict[str, Any]]:
        assert self.lease is not None
        found: list[dict[str, Any]] = self.lease["metadata"]["ownerReferences"]
        return found


@pytest.fixture(autouse=True)
def pod(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POD_NAMESPACE", "operators")
    monkeypatch.setenv("POD_NAME", "operator-1")
    monkeypatch.setenv("POD_UID", "uid-1")


async def looks(lock: Leadership) -> bool:
    """Let a replica do what it does every few seconds."""

    async def lead() -> None: ...

    election = LeaderElection(Config(lock, LEASE_SECONDS, RENEW_SECONDS, RETRY_SECONDS, lead, lead))
    await election.try_acquire_or_renew()
    return lock.held()


async def test_a_lease_belongs_to_its_leaders_pod_for_as_long_as_that_leads() -> None:
    api = Leases()
    lock = Leadership(api, "lease")
    assert await looks(lock)
    assert api.owners == [POD]
    assert await looks(lock)
    assert api.owners == [POD]

    await lock.release()

    assert api.owners == []


async def test_a_new_leaders_pod_takes_the_place_of_the_last_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Leases()
    first = Leadership(api, "lease")
    assert await looks(first)
    await first.release()
    monkeypatch.setenv("POD_UID", "uid-2")

    assert await looks(Leadership(api, "lease"))

    assert api.owners == [{**POD, "uid": "uid-2"}]


async def test_a_replica_that_is_no_pod_names_no_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POD_UID")
    api = Leases()

    assert await looks(Leadership(api, "lease"))

    assert api.owners == []


async def test_where_the_owner_may_not_be_said_it_leads_without_and_does_not_try_again() -> None:
    api = Leases()
    api.refuses = lambda body: bool(body["metadata"]["ownerReferences"])
    lock = Leadership(api, "lease")

    assert await looks(lock)
    assert await looks(lock)

    assert api.owners == []
    assert api.refused == 1


async def test_a_replica_that_may_write_no_lease_does_not_lead_and_is_bound_to_its_pod_once_it_may() -> None:
    api = Leases()
    api.refuses = lambda _: True
    lock = Leadership(api, "lease")
    assert not await looks(lock)

    api.refuses = lambda _: False

    assert await looks(lock)
    assert api.owners == [POD]
