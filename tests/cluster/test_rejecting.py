"""desiredState: Rejected."""

from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import PollTrigger, asked, request, taken
from cluster.namespace import Namespace, condition_of, pcx, peering, vpc

pytestmark = pytest.mark.usefixtures("operator", "poll_trigger")


def unwanted(name: str, number: int, **spec: Any) -> dict[str, Any]:
    return peering(name, vpc=vpc(number), desiredState="Rejected", **spec)


def test_a_pending_request_is_rejected_once(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 1)
    namespace.apply(unwanted("pending", 1))

    status = namespace.wait_for_reason("pending", "Rejected")
    poll_trigger.wait_for_polls()

    assert asked(simulator, connection) == ["reject"]
    assert status["cloudStatus"] == "rejected"
    assert status["lastAction"]["type"] == "Reject"
    assert namespace.condition("pending")["status"] == "True"
    assert not namespace.finalizers("pending")


def test_on_its_way_it_says_rejecting(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 2)
    simulator.fault("stuck", "reject", connection=connection)
    namespace.apply(unwanted("slow", 2))

    status = namespace.wait_for_reason("slow", "Rejecting")

    assert namespace.condition("slow", "Reconciling")["status"] == "True"
    assert status["cloudStatus"] == "pending-acceptance"


def test_a_request_that_comes_later_is_rejected_when_it_comes(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    namespace.apply(unwanted("ahead", 3))
    namespace.wait_for_reason("ahead", "WaitingForRequest")
    assert namespace.condition("ahead")["status"] == "False"

    first = request(simulator, 3)
    namespace.wait_for_reason("ahead", "Rejected")
    second = request(simulator, 3, name=pcx(0x301))
    simulator.wait_for_call("reject", connection=second)
    poll_trigger.wait_for_polls()

    assert asked(simulator, first, second) == ["reject", "reject"]


@pytest.mark.parametrize(("number", "state"), [(4, "expired"), (5, "failed"), (6, "deleted"), (7, "rejected")])
def test_any_dead_state_is_enough(namespace: Namespace, simulator: SimulatorThread, number: int, state: str) -> None:
    connection = request(simulator, number, state=state)
    namespace.apply(unwanted(state, number))

    status = namespace.wait_for_reason(state, "Rejected")

    assert status["cloudStatus"] == state
    assert asked(simulator, connection) == []


def test_an_active_connection_cannot_be_rejected_but_deleted_when_asked_for(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 8, state="active")
    namespace.apply(unwanted("too-late", 8))
    namespace.wait_for_reason("too-late", "CannotReject")
    poll_trigger.wait_for_polls()
    found = namespace.objects()["too-late"]

    assert asked(simulator, connection) == []
    assert condition_of(found, "Stalled")["status"] == "True"
    assert "desiredState: Deleted" in condition_of(found)["message"]
    namespace.patch("too-late", desiredState="Deleted")
    namespace.wait_for_reason("too-late", "Deleted")
    assert asked(simulator, connection) == ["delete"]


def test_what_somebody_else_accepts_meanwhile_cannot_be_rejected(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    connection = request(simulator, 9, state="provisioning")
    namespace.apply(unwanted("overtaken", 9))
    namespace.wait_for_reason("overtaken", "Provisioning")

    simulator.set_cloud_status(connection, "active")
    namespace.wait_for_reason("overtaken", "CannotReject")

    assert asked(simulator, connection) == []


def test_a_rejection_stays_true_when_atlas_lists_the_request_no_more(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 10)
    namespace.apply(unwanted("forgotten", 10))
    namespace.wait_for_reason("forgotten", "Rejected")

    simulator.vanish(connection)
    namespace.wait_for_cloud({"forgotten": None})
    poll_trigger.wait_for_polls()

    assert namespace.condition("forgotten")["reason"] == "Rejected"
    assert namespace.condition("forgotten")["status"] == "True"
    assert namespace.status("forgotten")["connectionName"] == connection


def test_of_several_requests_none_is_rejected(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    one = request(simulator, 11, name=pcx(0x1101), accepter_vpc=vpc(0xA81))
    other = request(simulator, 11, name=pcx(0x1102), accepter_vpc=vpc(0xA82))
    poll_trigger.wait_for_polls()  # no list from between the two requests is new enough any more
    namespace.apply(unwanted("unclear", 11))
    namespace.wait_for_reason("unclear", "AmbiguousRequest")
    poll_trigger.wait_for_polls()

    assert asked(simulator, one, other) == []


def test_an_accepted_object_that_is_rejected_in_time_rejects(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 12)
    namespace.apply(peering("changed-mind", vpc=vpc(12), suspend=True))
    namespace.wait_for_cloud({"changed-mind": "pending-acceptance"})

    namespace.patch("changed-mind", desiredState="Rejected", suspend=False)
    namespace.wait_for_reason("changed-mind", "Rejected")

    assert asked(simulator, connection) == ["reject"]


def test_a_rejected_object_that_wants_acceptance_again_takes_the_next_request(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    connection = request(simulator, 13)
    namespace.apply(unwanted("reconciled", 13))
    namespace.wait_for_reason("reconciled", "Rejected")

    namespace.patch("reconciled", desiredState="Accepted")
    namespace.wait_for_reason("reconciled", "RequestRejected")
    following = request(simulator, 13, name=pcx(0x1301))
    namespace.wait_for_reason("reconciled", "Active")

    assert asked(simulator, connection) == ["reject"]
    assert asked(simulator, following) == ["accept"]


def test_a_change_of_mind_during_an_accept_comes_too_late(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 14, delays={"recorded": 0.4})
    namespace.apply(peering("undecided", vpc=vpc(14)))
    simulator.wait_for_call("accept", connection=connection)

    namespace.patch("undecided", desiredState="Rejected")
    namespace.wait_for_reason("undecided", "CannotReject")

    assert taken(simulator, connection) == ["accept"]
