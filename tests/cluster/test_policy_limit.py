"""maxConnections holds on a real API server: with two replicas, a leader that freezes or dies, and a restart."""

import signal

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.conftest import OPERATOR_NAMESPACE, StartOperator
from cluster.namespace import Namespace, pcx
from cluster.policies import PolicyNamespace, policy
from cluster.replicas import AFTER_A_CRASH, Replicas, leads
from cluster.waiting import wait_until
from local_cluster import Cluster

LIMIT = 3
NUMBERS = range(1, 9)


@pytest.fixture(scope="module")
def policies(namespace: Namespace, cluster: Cluster) -> PolicyNamespace:
    return PolicyNamespace(cluster, namespace.name)


@pytest.fixture(scope="module")
def replicas(namespace: Namespace, start_operator: StartOperator, vacant: None) -> Replicas:
    election = {"LEADER_ELECT": "true", "POD_NAMESPACE": OPERATOR_NAMESPACE}
    first = start_operator(namespace, **election)
    wait_until(lambda: leads(first), "the first replica leads")
    return Replicas(first, start_operator(namespace, **election))


def accepted(simulator: SimulatorThread) -> int:
    return asked(simulator, *(pcx(number) for number in NUMBERS)).count("accept")


def test_no_more_are_taken_than_allowed(
    policies: PolicyNamespace, simulator: SimulatorThread, replicas: Replicas
) -> None:
    for number in NUMBERS:
        request(simulator, number)
    policies.apply(policy("limited", maxConnections=LIMIT))

    status = policies.wait_for_reason("limited", "LimitReached")

    assert len(policies.taken("limited")) == LIMIT
    wait_until(lambda: accepted(simulator) == LIMIT, "as many are accepted")
    assert policies.condition("limited", "Stalled")["message"].startswith("5 requests wait, because 3 of at most 3 ")
    assert (status["matching"], status["taken"]) == (8, 3)
    assert set(policies.requests("limited").values()) == {"LimitReached"}


def test_the_place_of_one_that_goes_is_taken_once(
    policies: PolicyNamespace, simulator: SimulatorThread, replicas: Replicas
) -> None:
    (first, *_) = sorted(policies.taken("limited"))
    policies.delete(first, "svp", wait=True)

    wait_until(lambda: accepted(simulator) == LIMIT + 1, "another is accepted")
    policies.wait_for_reason("limited", "LimitReached")

    assert len(policies.taken("limited")) == LIMIT


def test_it_holds_while_the_leader_freezes_at_work_and_another_goes_on(
    policies: PolicyNamespace, simulator: SimulatorThread, replicas: Replicas
) -> None:
    leader, standby = replicas.leader, replicas.standby
    assert leader.process is not None
    policies.patch("limited", maxConnections=LIMIT + 2)
    leader.process.send_signal(signal.SIGSTOP)
    wait_until(lambda: leads(standby), "the standby leads", seconds=AFTER_A_CRASH)
    wait_until(lambda: len(policies.taken("limited")) == LIMIT + 2, "it goes on")

    leader.process.send_signal(signal.SIGCONT)
    assert leader.wait() == 1, "it has lost its Lease"
    leader.start()

    policies.wait_for_reason("limited", "LimitReached")
    assert len(policies.taken("limited")) == LIMIT + 2
    wait_until(lambda: accepted(simulator) == LIMIT + 3, "each of them is accepted")


def test_it_holds_over_a_crash_of_all_replicas(
    policies: PolicyNamespace, simulator: SimulatorThread, replicas: Replicas
) -> None:
    for replica in replicas:
        assert replica.process is not None
        replica.process.send_signal(signal.SIGKILL)
        replica.process.wait(20)
    gone = sorted(policies.taken("limited"))[:1]
    replicas.start_again()
    wait_until(lambda: len(replicas.leading()) == 1, "one leads", seconds=AFTER_A_CRASH)
    policies.delete(gone[0], "svp", wait=True)

    wait_until(lambda: accepted(simulator) == LIMIT + 4, "the place is taken")
    policies.wait_for_reason("limited", "LimitReached")

    assert len(policies.taken("limited")) == LIMIT + 2
