"""Events: the way an object went, for people."""

from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import PollTrigger, asked, request
from cluster.namespace import Namespace, peering, vpc

pytestmark = pytest.mark.usefixtures("operator", "poll_trigger")

AT_ONCE = {"recorded": 0, "requested": 0, "provisioning": 0, "deleting": 0}


@pytest.fixture(scope="module")
def life(namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger) -> list[dict[str, Any]]:
    """The Events of an object that waited, was accepted, was looked at for a while, and was deleted."""
    namespace.apply(peering("orders", vpc=vpc(1)))
    namespace.wait_for_reason("orders", "WaitingForRequest")
    request(simulator, 1, delays=AT_ONCE)
    namespace.wait_for_reason("orders", "Active")
    poll_trigger.wait_for_polls()
    namespace.delete("orders", wait=True)
    namespace.wait_for_event("orders", "Deleted")
    return namespace.events("orders")


def test_each_change_of_reason_is_an_event_and_none_comes_twice(life: list[dict[str, Any]]) -> None:
    assert [event["reason"] for event in life] == ["WaitingForRequest", "Accepting", "Active", "Deleting", "Deleted"]


def test_each_call_that_changes_atlas_is_told(simulator: SimulatorThread, life: list[dict[str, Any]]) -> None:
    told = [event["message"].split()[:5] for event in life if event["message"].startswith("Asked Atlas to ")]

    connection = simulator.connections()[0].name
    assert told == [["Asked", "Atlas", "to", call, connection] for call in asked(simulator, connection)]
    assert asked(simulator, connection) == ["accept", "delete"]


def test_an_event_is_about_the_object_and_from_the_operator(life: list[dict[str, Any]]) -> None:
    for event in life:
        assert event["type"] == "Normal"
        assert event["involvedObject"]["kind"] == "StreamsVpcPeering"
        assert event["involvedObject"]["uid"] == life[0]["involvedObject"]["uid"]
        assert event["source"]["component"] == "atlas-streams-peering"
        assert event["message"].endswith(".")


def test_the_progress_of_a_deletion_is_neither_news_nor_a_warning(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    asked_for, waited_for = request(simulator, 5, state="active"), request(simulator, 6, state="provisioning")
    simulator.fault("stuck", "delete", connection=asked_for)
    namespace.apply(peering("asked-for", vpc=vpc(5)), peering("waited-for", vpc=vpc(6)))
    namespace.wait_for_reasons({"asked-for": "Active", "waited-for": "Provisioning"})
    namespace.kubectl("delete", "svp", "asked-for", "waited-for", "--wait=false")
    namespace.wait_for_reasons({"asked-for": "Deleting", "waited-for": "Deleting"})

    for name, connection in (("asked-for", asked_for), ("waited-for", waited_for)):
        simulator.set_cloud_status(connection, "deleting")
        namespace.wait_for_cloud({name: "deleting"})
        simulator.set_cloud_status(connection, "deleted")
        namespace.wait_gone(name)
        namespace.wait_for_event(name, "Deleted")
        told = [(event["type"], event["reason"]) for event in namespace.events(name)]
        assert told[-2:] == [("Normal", "Deleting"), ("Normal", "Deleted")]
        assert told.count(("Normal", "Deleting")) == 1


def test_what_needs_somebody_to_act_is_a_warning(namespace: Namespace, simulator: SimulatorThread) -> None:
    request(simulator, 2, state="expired")
    namespace.apply(peering("dead", vpc=vpc(2)))
    namespace.wait_for_reason("dead", "RequestExpired")

    event = namespace.wait_for_event("dead", "RequestExpired")

    assert event["type"] == "Warning"
    assert event["message"] == namespace.condition("dead")["message"]


def test_a_call_that_atlas_refuses_is_a_warning_told_once(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 3)
    simulator.fault("answer", "accept", connection=connection, status=409, times=None)
    namespace.apply(peering("refused", vpc=vpc(3)))
    simulator.wait_for_call("accept", connection=connection, count=2)
    event = namespace.wait_for_event("refused", "AcceptFailed")
    poll_trigger.wait_for_polls()

    assert event["type"] == "Warning"
    assert f" accept {connection}: " in event["message"]
    assert [event["reason"] for event in namespace.events("refused")].count("AcceptFailed") == 1


def test_kubectl_describe_shows_them(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 4)
    namespace.apply(peering("described", vpc=vpc(4)))
    namespace.wait_for_reason("described", "Active")
    namespace.wait_for_event("described", "Active")

    described = namespace.kubectl("describe", "svp", "described").stdout

    _, _, events = described.partition("\nEvents:")
    assert f"Asked Atlas to accept {connection} " in events
    assert f"{connection} is active." in events


def test_an_object_with_the_longest_of_names_has_events_too(namespace: Namespace, simulator: SimulatorThread) -> None:
    name = "long-" + "n" * 248
    request(simulator, 7, state="active")
    namespace.apply(peering(name, vpc=vpc(7)))

    namespace.wait_for_reason(name, "Active")

    assert namespace.wait_for_event(name, "Active")["involvedObject"]["name"] == name
