"""desiredState: Deleted."""

from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import PollTrigger, asked, request, taken
from cluster.namespace import Namespace, pcx, peering, vpc

pytestmark = pytest.mark.usefixtures("operator", "poll_trigger")


def unwanted(name: str, number: int, **spec: Any) -> dict[str, Any]:
    return peering(name, vpc=vpc(number), desiredState="Deleted", **spec)


def test_an_active_connection_is_deleted_once(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 1, state="active")
    namespace.apply(unwanted("active", 1))

    status = namespace.wait_for_reason("active", "Deleted")
    poll_trigger.wait_for_polls()

    assert asked(simulator, connection) == ["delete"]
    assert status["cloudStatus"] == "deleted"
    assert status["lastAction"]["type"] == "Delete"
    assert namespace.condition("active")["status"] == "True"
    assert not namespace.finalizers("active")


def test_a_pending_request_is_rejected_not_deleted(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 2)
    namespace.apply(unwanted("pending", 2))

    status = namespace.wait_for_reason("pending", "Deleted")

    assert asked(simulator, connection) == ["reject"]
    assert status["cloudStatus"] == "rejected"
    assert status["lastAction"]["type"] == "Reject"


@pytest.mark.parametrize(("number", "state"), [(3, "expired"), (4, "failed"), (5, "deleted"), (6, "rejected")])
def test_what_is_dead_is_done(namespace: Namespace, simulator: SimulatorThread, number: int, state: str) -> None:
    connection = request(simulator, number, state=state)
    namespace.apply(unwanted(state, number))

    namespace.wait_for_reason(state, "Deleted")

    assert asked(simulator, connection) == []


def test_what_is_not_there_is_done(namespace: Namespace) -> None:
    namespace.apply(unwanted("nothing", 7))

    namespace.wait_for_reason("nothing", "Deleted")

    assert namespace.condition("nothing")["status"] == "True"


def test_an_accepted_connection_is_deleted_when_that_is_wanted(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    connection = request(simulator, 8)
    namespace.apply(peering("ended", vpc=vpc(8)))
    namespace.wait_for_reason("ended", "Active")

    namespace.patch("ended", desiredState="Deleted")
    namespace.kubectl("wait", "--for=condition=Ready", "svp/ended", "--timeout=30s")

    assert namespace.condition("ended")["reason"] == "Deleted"
    assert asked(simulator, connection) == ["accept", "delete"]


def test_a_deletion_holds_while_the_connection_is_being_provisioned(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 9, state="provisioning")
    namespace.apply(unwanted("early", 9))
    namespace.wait_for_reason("early", "Deleting")
    poll_trigger.wait_for_polls()
    assert asked(simulator, connection) == []

    simulator.set_cloud_status(connection, "active")
    namespace.wait_for_reason("early", "Deleted")

    assert asked(simulator, connection) == ["delete"]


def test_it_stays_deleted_when_atlas_lists_the_connection_no_more(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 10, state="active")
    namespace.apply(unwanted("forgotten", 10))
    namespace.wait_for_reason("forgotten", "Deleted")

    simulator.vanish(connection)
    namespace.wait_for_cloud({"forgotten": None})
    poll_trigger.wait_for_polls()

    assert namespace.condition("forgotten")["status"] == "True"


def test_wanting_acceptance_again_waits_for_a_new_request_and_takes_it(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    connection = request(simulator, 11, state="active")
    namespace.apply(unwanted("back", 11))
    namespace.wait_for_reason("back", "Deleted")

    namespace.patch("back", desiredState="Accepted")
    namespace.wait_for_reason("back", "ConnectionDeleted")
    following = request(simulator, 11, name=pcx(0x1101))
    namespace.wait_for_reason("back", "Active")

    assert asked(simulator, connection) == ["delete"]
    assert asked(simulator, following) == ["accept"]


def test_a_deletion_that_atlas_refuses_says_so(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 12, state="active")
    simulator.fault("answer", "delete", connection=connection, status=409, times=None)
    namespace.apply(unwanted("refused", 12))

    event = namespace.wait_for_event("refused", "DeleteFailed")

    assert event["type"] == "Warning"
    assert f" delete {connection}: " in event["message"]
    assert namespace.condition("refused")["reason"] == "Deleting"
    assert namespace.condition("refused")["message"] == event["message"]


def test_deleting_the_object_afterwards_asks_for_nothing_more(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 13, state="active")
    namespace.apply(unwanted("finished", 13))
    namespace.wait_for_reason("finished", "Deleted")

    namespace.kubectl("delete", "svp", "finished", "--timeout=50s")

    assert asked(simulator, connection) == ["delete"]


def test_a_change_of_mind_during_an_accept_deletes_what_becomes_active(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    connection = request(simulator, 14, delays={"recorded": 0.4})
    namespace.apply(peering("undecided", vpc=vpc(14)))
    simulator.wait_for_call("accept", connection=connection)

    namespace.patch("undecided", desiredState="Deleted")
    namespace.wait_for_reason("undecided", "Deleted")

    assert taken(simulator, connection) == ["accept", "delete"]
    assert simulator.connection(connection).cloud_status == "deleted"
