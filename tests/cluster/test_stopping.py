"""Stopping the operator while it has something in hand."""

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.conftest import OPERATOR_NAMESPACE, StartOperator
from cluster.namespace import Namespace, peering, vpc
from cluster.operator_process import OperatorProcess
from cluster.waiting import wait_until


@pytest.mark.usefixtures("poll_trigger")
def test_told_to_stop_it_ends_in_order(
    namespace: Namespace, simulator: SimulatorThread, operator: OperatorProcess
) -> None:
    request(simulator, 1, state="active")
    namespace.apply(peering("orders", vpc=vpc(1)))
    namespace.wait_for_reason("orders", "Active")

    assert operator.stop() == 0


def test_a_leader_that_is_told_to_stop_gives_its_lease_back(
    namespace: Namespace, start_operator: StartOperator
) -> None:
    leader = start_operator(namespace, LEADER_ELECT="true", POD_NAMESPACE=OPERATOR_NAMESPACE)
    wait_until(lambda: "atlas_streams_peering_leader 1.0" in leader.metrics(), "it leads", seconds=60)

    assert leader.stop() == 0
    assert "Released the Lease" in leader.output()


def test_a_change_under_way_is_brought_to_its_end_and_noted(
    namespace: Namespace, simulator: SimulatorThread, start_operator: StartOperator
) -> None:
    operator = start_operator(namespace)
    name = request(simulator, 2)
    simulator.fault("latency", "accept", connection=name, seconds=1)
    namespace.apply(peering("payments", vpc=vpc(2)))
    simulator.wait_for_call("accept", connection=name)

    assert operator.stop() == 0

    assert asked(simulator, name) == ["accept"]
    assert namespace.condition("payments")["reason"] == "Accepting"
    assert namespace.status("payments")["lastAction"]["type"] == "Accept"
    # The list that it began with may be from just before the request.
    reasons = [event["reason"] for event in namespace.events("payments") if event["reason"] != "WaitingForRequest"]
    assert reasons == ["Accepting"]
