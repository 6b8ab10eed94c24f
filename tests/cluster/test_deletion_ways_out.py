"""Deleting an object that has nothing to undo, that Atlas keeps waiting, or that is shared with others."""

from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import PollTrigger, asked, request, taken
from cluster.namespace import Namespace, pcx, peering, vpc
from cluster.waiting import wait_until

pytestmark = pytest.mark.usefixtures("operator", "poll_trigger")

OURS, FOREIGN = "atlasstreams.io/cleanup", "example.org/keep"


def hold_active(namespace: Namespace, simulator: SimulatorThread, name: str, number: int, **spec: Any) -> str:
    """Let an object hold an active connection, and return the connection's name."""
    connection = request(simulator, number, state="active")
    namespace.apply(peering(name, vpc=vpc(number), **spec))
    namespace.wait_for_reason(name, "Active")
    return connection


def test_an_object_that_waits_for_its_request_goes_at_once(namespace: Namespace) -> None:
    namespace.apply(peering("nothing", vpc=vpc(1)))
    namespace.wait_for_reason("nothing", "WaitingForRequest")

    namespace.kubectl("delete", "svp", "nothing", "--timeout=50s")

    assert namespace.get("nothing") is None


def test_what_was_refused_is_left_alone(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    one = request(simulator, 2, name=pcx(0x201), accepter_vpc=vpc(0xA01))
    other = request(simulator, 2, name=pcx(0x202), accepter_vpc=vpc(0xA02), state="active")
    wrong = request(simulator, 3, state="active")
    namespace.apply(peering("ambiguous", vpc=vpc(2)), peering("mismatched", vpc=vpc(4), connectionName=wrong))
    namespace.wait_for_reasons({"ambiguous": "AmbiguousRequest", "mismatched": "RequesterMismatch"})

    namespace.kubectl("delete", "svp", "ambiguous", "mismatched", "--timeout=50s")
    poll_trigger.wait_for_polls()

    assert asked(simulator, one, other, wrong) == []


def test_the_object_stays_until_atlas_lists_the_connection_as_gone(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = hold_active(namespace, simulator, "patient", 5)
    simulator.fault("stuck", "delete", connection=connection)

    namespace.delete("patient")
    status = namespace.wait_for_reason("patient", "Deleting")
    poll_trigger.wait_for_polls()

    assert status["lastAction"]["type"] == "Delete"
    simulator.vanish(connection)
    namespace.wait_gone("patient")
    assert asked(simulator, connection) == ["delete"]


def test_a_connection_that_somebody_else_deletes_meanwhile_does_not_hold_the_object(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    connection = hold_active(namespace, simulator, "overtaken", 6)
    simulator.set_cloud_status(connection, "deleted")

    namespace.delete("overtaken", wait=True)

    assert namespace.get("overtaken") is None


def test_retain_is_the_way_out_where_atlas_refuses(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = hold_active(namespace, simulator, "refused", 7)
    simulator.fault("answer", "delete", connection=connection, status=409, times=None)
    namespace.delete("refused")
    wait_until(lambda: f" delete {connection}: " in namespace.condition("refused")["message"], "the refusal is said")
    ready = namespace.condition("refused")

    namespace.patch("refused", deletionPolicy="Retain")
    namespace.wait_gone("refused")

    assert ready["reason"] == "Deleting"
    assert "deletionPolicy: Retain" in ready["message"]
    assert "DeleteFailed" in [event["reason"] for event in namespace.events("refused")]
    assert simulator.connection(connection).cloud_status == "active"


def test_a_refused_deletion_is_tried_again(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = hold_active(namespace, simulator, "persistent", 8)
    simulator.fault("answer", "delete", connection=connection, status=409)

    namespace.delete("persistent", wait=True)

    assert asked(simulator, connection) == ["delete", "delete"]
    assert simulator.connection(connection).cloud_status == "deleted"


def test_deleting_during_an_accept_deletes_what_becomes_active(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    connection = request(simulator, 9)
    namespace.apply(peering("hasty", vpc=vpc(9)))
    simulator.wait_for_call("accept", connection=connection)

    namespace.delete("hasty", wait=True)

    assert taken(simulator, connection) == ["accept", "delete"]
    assert simulator.connection(connection).cloud_status == "deleted"


def test_a_namesake_of_a_retained_object_finds_the_connection_again(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    connection = hold_active(namespace, simulator, "again", 10, deletionPolicy="Retain")

    namespace.delete("again", wait=True)
    namespace.apply(peering("again", vpc=vpc(10)))
    status = namespace.wait_for_reason("again", "Active")

    assert status["connectionName"] == connection
    assert asked(simulator, connection) == []


def test_the_finalizer_is_there_while_there_is_something_to_undo(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    connection = request(simulator, 13, state="active")
    namespace.apply(peering("guarded", vpc=vpc(13)))
    namespace.wait_for_finalizers("guarded", [OURS])

    namespace.patch("guarded", deletionPolicy="Retain")
    namespace.wait_for_finalizers("guarded", [])
    namespace.patch("guarded", deletionPolicy="Delete")
    namespace.wait_for_finalizers("guarded", [OURS])
    simulator.set_cloud_status(connection, "deleted")
    namespace.wait_for_finalizers("guarded", [])
    request(simulator, 13, name=pcx(0x1301))
    namespace.wait_for_finalizers("guarded", [OURS])


def test_a_guard_set_later_that_the_held_connection_does_not_meet_leaves_it_held(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = hold_active(namespace, simulator, "narrowed", 14)

    namespace.patch("narrowed", requester={"cidr": "10.14.0.0/16"})
    status = namespace.wait_for_reason("narrowed", "RequesterMismatch")
    poll_trigger.wait_for_polls()

    assert status["connectionName"] == connection
    assert namespace.finalizers("narrowed") == [OURS]
    assert asked(simulator, connection) == []
    namespace.delete("narrowed", wait=True)
    assert asked(simulator, connection) == ["delete"]


def test_a_connection_named_during_the_deletion_was_never_held_and_is_left_alone(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    held, named = request(simulator, 15), request(simulator, 16, state="active")
    simulator.fault("no-effect", "accept", connection=held)
    namespace.apply(peering("redirected", connectionName=held))
    simulator.wait_for_call("accept", connection=held, status=202)
    namespace.patch("redirected", suspend=True)
    namespace.wait_for_reason("redirected", "Suspended")
    namespace.delete("redirected")
    namespace.wait_for_reason("redirected", "Suspended")

    namespace.patch("redirected", connectionName=named, suspend=False)
    namespace.wait_gone("redirected")
    poll_trigger.wait_for_polls()

    assert asked(simulator, held, named) == ["accept"]


def test_the_finalizer_of_others_is_left_to_them(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 11, state="active")
    manifest = peering("shared", vpc=vpc(11))
    manifest["metadata"]["finalizers"] = [FOREIGN]
    namespace.apply(manifest)
    namespace.wait_for_reason("shared", "Active")

    namespace.delete("shared")
    namespace.wait_for_finalizers("shared", [FOREIGN])
    newcomer = request(simulator, 11, name=pcx(0x11B))
    poll_trigger.wait_for_polls()

    assert asked(simulator, connection, newcomer) == ["delete"]
    namespace.merge("shared", {"metadata": {"finalizers": None}})
    namespace.wait_gone("shared")


def test_the_events_tell_what_was_done(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = hold_active(namespace, simulator, "told", 12)

    namespace.delete("told", wait=True)
    namespace.wait_for_event("told", "Deleted")

    deleting, deleted = namespace.events("told")[-2:]
    assert deleting["reason"] == "Deleting"
    assert deleting["message"].startswith(f"Asked Atlas to delete {connection} ")
    assert deleted["reason"] == "Deleted"
    assert connection in deleted["message"]
