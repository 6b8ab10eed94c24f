"""Two replicas with leader election: one acts, the other takes over, and never both."""

import signal
from typing import NamedTuple

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.conftest import OPERATOR_NAMESPACE, StartOperator
from cluster.fault_proxy import FaultProxy, Silence
from cluster.namespace import Namespace, peering, vpc
from cluster.operator_process import OperatorProcess
from cluster.waiting import wait_until

AFTER_A_CRASH = 30.0
"""Seconds until the other replica acts: the fifteen that a Lease lasts, a retry, and room for a busy machine."""
LEASES = r"/leases"


class Replicas(NamedTuple):
    """Two replicas, whichever leads."""

    first: OperatorProcess
    second: OperatorProcess

    def leading(self) -> list[OperatorProcess]:
        return [replica for replica in self if leads(replica)]

    @property
    def leader(self) -> OperatorProcess:
        (leader,) = self.leading()
        return leader

    @property
    def standby(self) -> OperatorProcess:
        (standby,) = (replica for replica in self if replica is not self.leader)
        return standby


def leads(replica: OperatorProcess) -> bool:
    assert replica.process is not None
    return replica.process.poll() is None and "atlas_streams_peering_leader 1.0" in replica.metrics()


@pytest.fixture(scope="module")
def replicas(namespace: Namespace, start_operator: StartOperator, proxy: FaultProxy) -> Replicas:
    election = {"LEADER_ELECT": "true", "POD_NAMESPACE": OPERATOR_NAMESPACE, "kubeconfig": proxy.kubeconfig}
    first = start_operator(namespace, **election)
    wait_until(lambda: leads(first), "the first replica leads")
    return Replicas(first, start_operator(namespace, **election))


def test_both_are_ready_and_one_acts(namespace: Namespace, simulator: SimulatorThread, replicas: Replicas) -> None:
    connection = request(simulator, 1)
    namespace.apply(peering("orders", vpc=vpc(1)))
    namespace.wait_for_reason("orders", "Active")

    assert replicas.leading() == [replicas.first]
    assert replicas.second.ready()
    assert asked(simulator, connection) == ["accept"]
    assert "atlas_streams_peering_atlas_requests_total{" not in replicas.second.metrics()


def test_a_leader_that_cannot_renew_for_a_moment_goes_on(proxy: FaultProxy, replicas: Replicas) -> None:
    leader = replicas.leader
    with proxy.fault(Silence.DROP, path=LEASES) as dropped:
        wait_until(lambda: dropped.hits >= 4, "renewing has failed")
    with proxy.fault(500, path=LEASES) as failed:
        wait_until(lambda: failed.hits >= 2, "renewing has failed")
    assert replicas.leading() == [leader]


def test_a_leader_that_is_told_to_stop_hands_over_at_once(
    namespace: Namespace, simulator: SimulatorThread, replicas: Replicas
) -> None:
    leader, standby = replicas.leader, replicas.standby

    assert leader.stop() == 0

    wait_until(lambda: leads(standby), "the standby leads", seconds=AFTER_A_CRASH / 3)
    connection = request(simulator, 2)
    namespace.apply(peering("payments", vpc=vpc(2)))
    namespace.wait_for_reason("payments", "Active")
    assert asked(simulator, connection) == ["accept"]
    leader.start()
    assert replicas.leading() == [standby]


def test_a_leader_that_was_frozen_until_another_leads_wakes_up_to_do_nothing(
    namespace: Namespace, simulator: SimulatorThread, replicas: Replicas
) -> None:
    leader, standby = replicas.leader, replicas.standby
    assert leader.process is not None
    connection = request(simulator, 3)
    leader.process.send_signal(signal.SIGSTOP)
    try:
        namespace.apply(peering("refunds", vpc=vpc(3)))
        wait_until(lambda: leads(standby), "the standby leads", seconds=AFTER_A_CRASH)
        namespace.wait_for_reason("refunds", "Active")
    finally:
        leader.process.send_signal(signal.SIGCONT)

    assert leader.wait() == 1
    assert asked(simulator, connection) == ["accept"]
    assert "Traceback" not in leader.output()
