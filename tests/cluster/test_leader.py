"""Two replicas with leader election: one acts, the other takes over, and never both."""

import signal
from collections.abc import Callable

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request, taken
from cluster.conftest import OPERATOR_NAMESPACE, StartOperator
from cluster.fault_proxy import FaultProxy, Silence
from cluster.namespace import Namespace, pcx, peering, vpc
from cluster.replicas import AFTER_A_CRASH, LEASES, Replicas, leads
from cluster.waiting import wait_until
from local_cluster import Cluster


@pytest.fixture(scope="module")
def replicas(namespace: Namespace, start_operator: StartOperator, proxy: FaultProxy, vacant: None) -> Replicas:
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
    counted = [replica for replica in replicas if 'atlas_streams_peering_objects{kind="Str' in replica.metrics()]
    assert counted == [replicas.first]


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


def test_a_leader_that_is_killed_at_work_loses_nothing_and_nothing_is_asked_twice(
    namespace: Namespace, simulator: SimulatorThread, replicas: Replicas
) -> None:
    wait_until(lambda: len(replicas.leading()) == 1, "one replica leads", seconds=AFTER_A_CRASH)
    replicas.start_again()
    leader, standby = replicas.leader, replicas.standby
    leaving = asked(simulator, pcx(1))
    # The first is accepted before the leader dies, and Atlas is still at work on it when the standby polls.
    names = {"order-100": request(simulator, 100, delays={"requested": 20})}
    names |= {f"order-{number}": request(simulator, number) for number in range(101, 120)}
    slowness = simulator.fault("latency", "accept", times=None, seconds=1)
    namespace.apply(*(peering(name, vpc=vpc(number)) for number, name in enumerate(names, 100)))

    # Eight at a time: some are accepted, some are asked for and not answered yet, some are not asked for.
    wait_until(
        lambda: taken(simulator, names["order-100"]) and len(taken(simulator, *names.values())) >= 4,
        "the leader is at work",
    )
    leader.kill()
    simulator.clear_faults(slowness)
    unasked = [name for name, connection in names.items() if not asked(simulator, connection)]
    namespace.delete("orders")

    wait_until(lambda: leads(standby), "the standby leads", seconds=AFTER_A_CRASH)
    handed_over = simulator.now()
    namespace.wait_for_reasons(dict.fromkeys(names, "Active"), seconds=60)
    namespace.wait_gone("orders", seconds=60)
    assert unasked, "the leader had nothing left to do"
    assert [taken(simulator, connection) for connection in names.values()] == [["accept"]] * len(names)
    # Asked once more was only what had never come to its end in Atlas: those requests died with the leader.
    for connection in names.values():
        *earlier, _ = simulator.calls("accept", connection=connection)
        assert all(call.status is None and call.time < handed_over for call in earlier)
    assert asked(simulator, pcx(1)) == [*leaving, "delete"]


@pytest.mark.may_be_denied("the test's own Role lets the operator have another Lease")
def test_operators_for_different_namespaces_act_side_by_side_with_a_lease_each(
    cluster: Cluster,
    make_namespace: Callable[[str], Namespace],
    simulator: SimulatorThread,
    start_operator: StartOperator,
    replicas: Replicas,
) -> None:
    wait_until(replicas.leading, "a replica leads", seconds=AFTER_A_CRASH)
    account = f"--serviceaccount={OPERATOR_NAMESPACE}:atlas-streams-peering"
    verbs = ("--verb=get,update", "--resource=leases", "--resource-name=other")
    cluster.kubectl("-n", OPERATOR_NAMESPACE, "create", "role", "other-lease", *verbs)
    cluster.kubectl("-n", OPERATOR_NAMESPACE, "create", "rolebinding", "other-lease", "--role=other-lease", account)
    elsewhere = make_namespace("elsewhere")
    elsewhere.secret()

    other = start_operator(elsewhere, LEADER_ELECT="true", LEASE_NAME="other", POD_NAMESPACE=OPERATOR_NAMESPACE)

    wait_until(lambda: leads(other), "the other operator leads", seconds=AFTER_A_CRASH)
    connection = request(simulator, 200)
    elsewhere.apply(peering("orders", vpc=vpc(200)))
    elsewhere.wait_for_reason("orders", "Active")
    assert asked(simulator, connection) == ["accept"]
    assert len(replicas.leading()) == 1
    assert other.stop() == 0
