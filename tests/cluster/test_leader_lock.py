"""The election's lock on a real Lease: whatever happens to the Lease and to clocks, nobody acts while another may."""

import asyncio
import contextlib
import itertools
import json
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final

import pytest
from kubernetes.aio.leaderelection.electionconfig import Config
from kubernetes.aio.leaderelection.leaderelection import LeaderElection

from atlas_streams_peering.kube.api import KubernetesApi
from atlas_streams_peering.kube.leader import LEASE_SECONDS, RENEW_SECONDS, RETRY_SECONDS, Leadership
from cluster.conftest import OPERATOR_NAMESPACE
from cluster.fault_proxy import FaultProxy
from cluster.replicas import LEASES
from cluster.waiting import wait_until
from local_cluster import Cluster
from unit.clock import Clock

NAME: Final = "atlas-streams-peering"
HOUR: Final = 3600.0


class WallClock:
    """What the library takes for the time of day."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def time(self) -> float:
        return time.time() + self.ahead


class Replica:
    """A replica that looks at the Lease when it is told to, with clocks of its own that move when they are told to."""

    def __init__(self, api: KubernetesApi, wall_clock: WallClock, *, ahead: float = 0.0) -> None:
        self.clock, self.ahead, self._wall_clock = Clock(), ahead, wall_clock
        self.lock = Leadership(api, NAME, clock=self.clock)
        self._election = LeaderElection(
            Config(self.lock, LEASE_SECONDS, RENEW_SECONDS, RETRY_SECONDS, _nothing, _nothing)
        )

    async def looks(self) -> bool:
        """Let it do what it does every few seconds; tell whether it may act afterwards."""
        self._wall_clock.ahead = self.ahead
        await self._election.try_acquire_or_renew()
        return self.lock.held()

    def waits(self, seconds: float) -> None:
        self.clock.now += seconds
        self.ahead += seconds


async def _nothing() -> None: ...


@pytest.fixture(autouse=True)
def in_the_operators_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POD_NAMESPACE", OPERATOR_NAMESPACE)


@pytest.fixture
def wall_clock(monkeypatch: pytest.MonkeyPatch) -> WallClock:
    clock = WallClock()
    monkeypatch.setattr("kubernetes.aio.leaderelection.leaderelection.time", SimpleNamespace(time=clock.time))
    return clock


class Lease:
    """The Lease, in an administrator's hands."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def spec(self) -> dict[str, Any]:
        found = self._found()
        assert found is not None
        spec: dict[str, Any] = found["spec"]
        return spec

    def edit(self, **spec: Any) -> None:
        self._cluster.rest.patch("lease", OPERATOR_NAMESPACE, NAME, {"spec": spec})

    def delete(self) -> None:
        self._cluster.kubectl("-n", OPERATOR_NAMESPACE, "delete", "lease", NAME, "--ignore-not-found")

    def exists(self) -> bool:
        return self._found() is not None

    def owners(self) -> list[str]:
        return [owner["uid"] for owner in (self._found() or {})["metadata"].get("ownerReferences", [])]

    def _found(self) -> dict[str, Any] | None:
        return self._cluster.rest.get("lease", OPERATOR_NAMESPACE, NAME)


class Pod:
    """A pod that no node runs: nobody but its owner knows the difference."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self._cluster, self._name = cluster, name
        security = {
            "allowPrivilegeEscalation": False,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        container = {"name": "operator", "image": "none", "securityContext": security}
        spec = {"serviceAccountName": "atlas-streams-peering", "containers": [container]}
        manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}
        self._kubectl("create", "-f", "-", input=json.dumps(manifest))
        self.uid = self._kubectl("get", "pod", name, "-o", "jsonpath={.metadata.uid}")

    def delete(self) -> None:
        self._kubectl("delete", "pod", self._name, "--ignore-not-found", "--grace-period=0", "--force")

    def _kubectl(self, *arguments: str, **options: Any) -> str:
        return self._cluster.kubectl("-n", OPERATOR_NAMESPACE, *arguments, **options).stdout


@pytest.fixture
def pod(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pod]:
    """The pod that the replicas of the test run in."""
    name = f"leader-{uuid.uuid4().hex[:8]}"
    made = Pod(cluster, name)
    monkeypatch.setenv("POD_NAME", name)
    monkeypatch.setenv("POD_UID", made.uid)
    yield made
    made.delete()


@pytest.fixture
def lease(cluster: Cluster) -> Iterator[Lease]:
    made = Lease(cluster)
    made.delete()
    yield made
    made.delete()


@pytest.fixture
async def leader(api: KubernetesApi, lease: Lease, wall_clock: WallClock) -> Replica:
    replica = Replica(api, wall_clock)
    assert await replica.looks()
    return replica


@pytest.fixture
async def standby(api: KubernetesApi, leader: Replica, wall_clock: WallClock) -> Replica:
    replica = Replica(api, wall_clock)
    assert not await replica.looks()
    return replica


async def test_a_standby_takes_over_when_the_lease_was_not_renewed_for_as_long_as_it_lasts(
    leader: Replica, standby: Replica
) -> None:
    standby.waits(LEASE_SECONDS - 1)
    assert not await standby.looks()

    standby.waits(1)
    assert await standby.looks()


@pytest.mark.parametrize("ahead", [HOUR, -HOUR])
async def test_replicas_whose_clocks_differ_agree(
    api: KubernetesApi, leader: Replica, wall_clock: WallClock, ahead: float
) -> None:
    standby = Replica(api, wall_clock, ahead=ahead)
    for _ in range(3):
        assert not await standby.looks()
        standby.waits(LEASE_SECONDS - 1)
        assert await leader.looks()

    standby.waits(1)
    assert not await standby.looks()
    standby.waits(LEASE_SECONDS)
    assert await standby.looks()


async def test_a_standby_whose_clock_is_put_forward_steals_no_lease(leader: Replica, standby: Replica) -> None:
    standby.ahead += HOUR

    assert not await standby.looks()
    assert leader.lock.held()


async def test_a_leader_whose_clock_is_put_back_leads_no_longer_than_it_may(
    api: KubernetesApi, lease: Lease, wall_clock: WallClock, proxy: FaultProxy
) -> None:
    """The library by itself would try to renew for an hour."""
    clock = itertools.count(1000, RENEW_SECONDS / 2)
    lock = Leadership(api, NAME, clock=lambda: next(clock))
    with contextlib.ExitStack() as faults:

        async def lead() -> None:
            wall_clock.ahead = -HOUR
            faults.enter_context(proxy.fault(500, path=LEASES))

        async with asyncio.timeout(30):
            await lock.campaign(lead)

    assert not lock.held()


async def test_a_leader_whose_lease_somebody_writes_stops_before_another_starts(
    leader: Replica, standby: Replica, lease: Lease
) -> None:
    lease.edit(holderIdentity="somebody")
    assert not await leader.looks()

    assert not await standby.looks()
    standby.waits(LEASE_SECONDS - 1)
    assert not await standby.looks()
    standby.waits(1)
    assert await standby.looks()


async def test_a_leader_whose_lease_is_emptied_by_hand_keeps_it(
    leader: Replica, standby: Replica, lease: Lease
) -> None:
    lease.edit(holderIdentity="")
    assert not await standby.looks()

    assert await leader.looks()
    assert lease.spec()["holderIdentity"] == leader.lock.identity
    assert not await standby.looks()


async def test_a_leader_whose_lease_is_deleted_makes_it_anew_and_the_standby_waits(
    leader: Replica, standby: Replica, lease: Lease
) -> None:
    lease.delete()
    assert not await standby.looks()
    standby.waits(LEASE_SECONDS - 1)
    assert not await standby.looks()

    assert await leader.looks()
    assert lease.spec()["holderIdentity"] == leader.lock.identity


async def test_a_lease_that_is_deleted_and_that_nobody_makes_anew_is_taken(
    leader: Replica, standby: Replica, lease: Lease
) -> None:
    lease.delete()
    standby.waits(LEASE_SECONDS)

    assert await standby.looks()


async def test_a_lease_that_is_given_back_is_taken_at_once(leader: Replica, standby: Replica) -> None:
    await leader.lock.release()

    assert await standby.looks()
    assert not leader.lock.held()


async def test_a_new_replica_takes_over_at_once_when_the_leaders_pod_is_gone(
    api: KubernetesApi, lease: Lease, pod: Pod, wall_clock: WallClock
) -> None:
    """An uninstall deletes the permissions together with the pod: then nobody gives the Lease back."""
    leader = Replica(api, wall_clock)
    assert await leader.looks()
    assert not await Replica(api, wall_clock).looks()

    pod.delete()

    wait_until(lambda: not lease.exists(), "the Lease goes with the pod")
    assert await Replica(api, wall_clock).looks()


async def test_a_lease_that_was_given_back_does_not_go_with_its_last_leaders_pod(
    api: KubernetesApi, lease: Lease, pod: Pod, wall_clock: WallClock
) -> None:
    leader = Replica(api, wall_clock)
    assert await leader.looks()
    assert lease.owners() == [pod.uid]

    await leader.lock.release()

    assert lease.owners() == []


async def test_a_lease_whose_renewal_was_cut_off_is_given_back_all_the_same(
    leader: Replica, standby: Replica, lease: Lease
) -> None:
    lease.edit(renewTime="2026-01-01T00:00:00.000000Z")  # a version that the leader has not read

    await leader.lock.release()

    assert await standby.looks()


async def test_a_lease_that_another_holds_is_not_given_back(leader: Replica, lease: Lease) -> None:
    lease.edit(holderIdentity="somebody")

    await leader.lock.release()

    assert lease.spec()["holderIdentity"] == "somebody"


async def test_times_are_written_in_utc_as_kubernetes_writes_them(leader: Replica, lease: Lease) -> None:
    written = lease.spec()["renewTime"]

    assert written.endswith("Z")
    assert abs(time.time() - datetime.fromisoformat(written).timestamp()) < 60
