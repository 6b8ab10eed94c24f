"""The intent is written before Atlas is asked: a kill, a lagging list or a lost answer leads to no second request."""

from collections.abc import Iterator

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request, taken
from cluster.conftest import StartOperator
from cluster.namespace import Namespace, pcx, peering, vpc
from cluster.operator_process import OperatorProcess

LAG = 5.0
"""Seconds by which Atlas' lists lag behind: several polls."""


@pytest.fixture
def lagging(simulator: SimulatorThread) -> Iterator[None]:
    simulator.configure({"read_lag": LAG})
    yield
    simulator.configure({"read_lag": 0})


@pytest.fixture(scope="module")
def operator(namespace: Namespace, start_operator: StartOperator) -> OperatorProcess:
    return start_operator(namespace)


def accepted_and_killed(
    name: str, number: int, namespace: Namespace, simulator: SimulatorThread, operator: OperatorProcess
) -> str:
    """Have a connection accepted, and kill the operator before it can learn of it."""
    connection = request(simulator, number)
    namespace.apply(peering(name, vpc=vpc(number)))
    simulator.wait_for_call("accept", connection=connection, status=202, timeout=60)
    operator.kill()
    return connection


def test_the_status_names_the_connection_and_the_change_before_atlas_is_asked(
    namespace: Namespace, simulator: SimulatorThread, operator: OperatorProcess
) -> None:
    connection = request(simulator, 1)
    simulator.fault("latency", "accept", connection=connection, seconds=2)
    namespace.apply(peering("announced", vpc=vpc(1)))
    simulator.wait_for_call("accept", connection=connection)

    status = namespace.status("announced")

    assert status["connectionName"] == connection
    assert status["lastAction"]["type"] == "Accept"
    assert namespace.finalizers("announced") == ["atlasstreams.io/cleanup"]
    namespace.wait_for_reason("announced", "Active")


@pytest.mark.usefixtures("lagging")
def test_killed_after_an_accept_while_lists_lag_it_accepts_once(
    namespace: Namespace, simulator: SimulatorThread, operator: OperatorProcess
) -> None:
    connection = accepted_and_killed("lagging", 2, namespace, simulator, operator)

    operator.start()

    namespace.wait_for_reason("lagging", "Active")
    assert asked(simulator, connection) == ["accept"]
    assert "AcceptFailed" not in {event["reason"] for event in namespace.events("lagging")}


def test_a_second_request_while_the_operator_is_down_does_not_orphan_what_it_accepted(
    namespace: Namespace, simulator: SimulatorThread, operator: OperatorProcess
) -> None:
    connection = accepted_and_killed("guarded", 3, namespace, simulator, operator)
    second = request(simulator, 3, name=pcx(0x301), accepter_vpc=vpc(0xA3))

    operator.start()
    status = namespace.wait_for_reason("guarded", "Active")
    assert status["connectionName"] == connection
    namespace.delete("guarded")

    namespace.wait_gone("guarded")
    assert taken(simulator, connection) == ["accept", "delete"]
    assert asked(simulator, second) == []


@pytest.mark.parametrize(
    ("wanted", "operation", "state"), [("Rejected", "reject", None), ("Deleted", "delete", "active")]
)
@pytest.mark.usefixtures("lagging")
def test_killed_after_a_reject_or_a_delete_while_lists_lag_it_asks_once(  # noqa: PLR0917  # three are the case
    namespace: Namespace,
    simulator: SimulatorThread,
    operator: OperatorProcess,
    wanted: str,
    operation: str,
    state: str | None,
) -> None:
    number = len(wanted) * 16
    connection, name = request(simulator, number, state=state), f"unwanted-{operation}"
    namespace.apply(peering(name, vpc=vpc(number), desiredState=wanted))
    simulator.wait_for_call(operation, connection=connection, status=202, timeout=60)
    operator.kill()

    operator.start()

    namespace.wait_for_reason(name, wanted)
    assert asked(simulator, connection) == [operation]


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.usefixtures("lagging", "operator")
def test_an_accept_that_atlas_did_although_it_answered_an_error_is_not_taken_twice(
    namespace: Namespace, simulator: SimulatorThread, status: int
) -> None:
    connection, name = request(simulator, status), f"unclear-{status}"
    simulator.fault("replace-reply", "accept", connection=connection, status=status, times=1)
    namespace.apply(peering(name, vpc=vpc(status)))

    namespace.wait_for_reason(name, "Active", seconds=60)

    assert asked(simulator, connection) == ["accept"]
