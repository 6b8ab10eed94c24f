"""A leader that loses its Lease stops before the other starts, ends, and stands by when it is started again.

Each replica has a way of its own to the API server.
"""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.conftest import OPERATOR_NAMESPACE, StartOperator
from cluster.fault_proxy import FaultProxy
from cluster.lists import wait_for_lists
from cluster.namespace import Namespace, peering, vpc
from cluster.operator_process import OperatorProcess
from cluster.replicas import AFTER_A_CRASH, Replicas, leads
from cluster.waiting import wait_until
from local_cluster import Cluster


@pytest.fixture(scope="module")
def ways(
    cluster: Cluster, kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[FaultProxy, FaultProxy]]:
    with contextlib.ExitStack() as open_ways:
        first, second = (
            open_ways.enter_context(FaultProxy(cluster, kubeconfig, tmp_path_factory.mktemp("way"))) for _ in range(2)
        )
        yield first, second


@pytest.fixture(scope="module")
def started(
    namespace: Namespace, start_operator: StartOperator, ways: tuple[FaultProxy, FaultProxy], vacant: None
) -> Replicas:
    first, second = (
        start_operator(namespace, LEADER_ELECT="true", POD_NAMESPACE=OPERATOR_NAMESPACE, kubeconfig=way.kubeconfig)
        for way in ways
    )
    return Replicas(first, second)


@pytest.fixture
def replicas(started: Replicas) -> Replicas:
    """Both run, and one leads."""
    started.start_again()
    wait_until(lambda: len(started.leading()) == 1, "one replica leads", seconds=AFTER_A_CRASH)
    return started


def way_of(replica: OperatorProcess, replicas: Replicas, ways: tuple[FaultProxy, FaultProxy]) -> FaultProxy:
    return ways[0] if replica is replicas.first else ways[1]


def lease(cluster: Cluster, *words: str) -> str:
    verb, *options = words
    return cluster.kubectl("-n", OPERATOR_NAMESPACE, verb, "lease", "atlas-streams-peering", *options).stdout


def never_two_until(replicas: Replicas, new: OperatorProcess) -> None:
    """Wait until this one leads, and fail if ever both say that they may act."""

    def handed_over() -> bool:
        leading = replicas.leading()
        assert len(leading) < 2, "both act"
        return leading == [new]

    wait_until(handed_over, "the standby leads", seconds=AFTER_A_CRASH, every=0.02)


def test_a_leader_that_is_cut_off_from_the_api_server_stops_before_the_standby_acts(
    namespace: Namespace, simulator: SimulatorThread, replicas: Replicas, ways: tuple[FaultProxy, FaultProxy]
) -> None:
    leader, standby = replicas.leader, replicas.standby
    namespace.apply(peering("orders", vpc=vpc(1)))
    namespace.wait_for_reason("orders", "WaitingForRequest")

    with way_of(leader, replicas, ways).away():
        wait_until(lambda: not leads(leader), "the leader acts no more", seconds=AFTER_A_CRASH)
        # Only the standby has a way to the object: whoever accepts it now, it is not the leader.
        connection = request(simulator, 1)
        never_two_until(replicas, standby)
        assert leader.wait() == 1

    namespace.wait_for_reason("orders", "Active", seconds=60)
    assert asked(simulator, connection) == ["accept"]
    assert "Traceback" not in leader.output()


def test_a_standby_whose_watch_has_gone_silent_repeats_nothing_that_the_leader_has_asked(
    namespace: Namespace, simulator: SimulatorThread, replicas: Replicas, ways: tuple[FaultProxy, FaultProxy]
) -> None:
    leader, standby = replicas.leader, replicas.standby
    way = way_of(standby, replicas, ways)
    policies = {"unseen-delete": "Delete", "unseen-retain": "Retain"}
    namespace.apply(
        *(peering(name, vpc=vpc(number), deletionPolicy=policies[name]) for number, name in enumerate(policies, 20))
    )
    namespace.wait_for_reasons(dict.fromkeys(policies, "WaitingForRequest"))
    wait_until(lambda: policies.keys() <= {event.name for event in way.events}, "the standby knows of both")

    with way.silent_watches():
        simulator.fault("no-effect", "accept", times=len(policies))
        connections = [request(simulator, number) for number, _ in enumerate(policies, 20)]
        namespace.wait_for_reasons(dict.fromkeys(policies, "Accepting"))
        assert leader.stop() == 0
        wait_until(lambda: leads(standby), "the standby leads", seconds=AFTER_A_CRASH)
        wait_for_lists(simulator)
        assert [asked(simulator, connection) for connection in connections] == [["accept"]] * len(policies)
    way.break_watches()


def test_a_leader_whose_lease_somebody_edits_ends_before_the_standby_acts(cluster: Cluster, replicas: Replicas) -> None:
    leader, standby = replicas.leader, replicas.standby

    lease(cluster, "patch", "--type=merge", "-p", json.dumps({"spec": {"holderIdentity": "somebody"}}))

    assert leader.wait() == 1
    assert replicas.leading() == []
    never_two_until(replicas, standby)
    leader.start()
    assert replicas.leading() == [standby]


def test_a_leader_whose_lease_is_deleted_leads_on(cluster: Cluster, replicas: Replicas) -> None:
    leader = replicas.leader
    held = json.loads(lease(cluster, "get", "-o", "json"))

    lease(cluster, "delete")

    def made_anew() -> bool:
        answer = lease(cluster, "get", "-o", "json", "--ignore-not-found")
        return bool(answer) and json.loads(answer)["metadata"]["uid"] != held["metadata"]["uid"]

    wait_until(made_anew, "the Lease is there again")
    assert json.loads(lease(cluster, "get", "-o", "json"))["spec"]["holderIdentity"] == held["spec"]["holderIdentity"]
    wait_until(lambda: replicas.leading() == [leader], "the leader leads on")
