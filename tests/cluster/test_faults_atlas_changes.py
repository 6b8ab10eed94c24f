"""Changes that Atlas refuses, loses or does not carry out: said, and asked again only where that is right."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from atlas_simulator.faults import Fault
from cluster.atlas import asked, request
from cluster.lists import wait_for_lists
from cluster.namespace import PROJECT, Namespace, pcx, peering, vpc
from cluster.operator_process import OperatorProcess
from cluster.waiting import wait_until

UNSEEN = 30.0
"""Seconds before what Atlas took, but does not show, is asked again."""
LAG = 2.0
"""Seconds by which Atlas' list lags behind where a test says so: several polls."""


@dataclass(frozen=True)
class Trouble:
    """What befalls the accept of an object's connection."""

    kind: str
    times: int | None = 1
    """None: every time."""
    more: dict[str, Any] = field(default_factory=dict)
    asked: int = 2
    """How often the accept is asked in all."""


PASSING = {
    "lost-reply": Trouble("lose-reply", asked=1),
    "lost-request": Trouble("drop"),
    "error": Trouble("answer", more={"status": 500}),
    "conflict": Trouble("answer", more={"status": 409}),
    "proxy-page": Trouble("proxy-page"),
    "limited": Trouble("answer", more={"status": 429, "headers": {"Retry-After": "1"}}),
    "update-failed": Trouble("update-failed", more={"message": "The VPC is gone."}),
    "no-effect": Trouble("no-effect"),
}
LASTING = {
    "unlucky": Trouble("update-failed", None, more={"message": "The VPC is gone."}),
    "stuck": Trouble("stuck", None),
    "forbidden": Trouble(
        "answer",
        None,
        more={"status": 403, "body": {"error": 403, "errorCode": "ACCESS_FORBIDDEN", "detail": "Not here."}},
    ),
}
TROUBLES = PASSING | LASTING
UNCERTAIN = ["error", "lost-request", "no-effect", "proxy-page"]
"""What may have happened although nothing shows."""
NUMBERS = {name: number for number, name in enumerate(TROUBLES, 1)}


@pytest.fixture(scope="module", autouse=True)
def troubled(namespace: Namespace, simulator: SimulatorThread, operator: OperatorProcess) -> dict[str, Fault]:
    """All of them at once: one takes half a minute."""
    faults = {
        name: simulator.fault(
            trouble.kind,
            "accept",
            connection=request(simulator, NUMBERS[name]),
            times=trouble.times,
            **trouble.more,
        )
        for name, trouble in TROUBLES.items()
    }
    namespace.apply(*(peering(name, vpc=vpc(number)) for name, number in NUMBERS.items()))
    return faults


def accepts(simulator: SimulatorThread, name: str) -> list[float]:
    """When the accept of this object's connection was asked."""
    return [call.time for call in simulator.calls("accept", connection=pcx(NUMBERS[name]))]


@pytest.mark.parametrize("name", sorted(PASSING.keys() - set(UNCERTAIN)))
def test_an_accept_in_passing_trouble_becomes_active_with_no_call_too_many(
    namespace: Namespace, simulator: SimulatorThread, name: str
) -> None:
    namespace.wait_for_reason(name, "Active")
    assert len(accepts(simulator, name)) == PASSING[name].asked


@pytest.mark.parametrize("name", ["conflict", "error", "forbidden", "limited", "lost-request", "proxy-page"])
def test_an_accept_that_failed_is_told_in_an_event(namespace: Namespace, name: str) -> None:
    event = namespace.wait_for_event(name, "AcceptFailed")
    assert event["type"] == "Warning"
    assert f" accept {pcx(NUMBERS[name])}: " in event["message"]


def test_an_update_that_failed_is_said_in_atlas_words(namespace: Namespace) -> None:
    wait_until(
        lambda: "UPDATE_FAILED: The VPC is gone." in namespace.condition("unlucky")["message"],
        "the object says what Atlas says",
    )
    assert namespace.status("unlucky")["localStatus"] == "UPDATE_FAILED"
    assert namespace.status("unlucky")["statusMessage"] == "The VPC is gone."


def test_an_update_that_keeps_failing_is_asked_again_ever_more_slowly(simulator: SimulatorThread) -> None:
    wait_until(lambda: len(accepts(simulator, "unlucky")) >= 5, "the accept is asked again and again", seconds=60)
    first, *_, fifth = accepts(simulator, "unlucky")[:5]
    pauses = 1 + 2 + 4 + 8
    on_its_way = 3  # a pause is counted from when the operator asks, not from when Atlas hears it
    assert fifth - first >= pauses - on_its_way


def test_a_change_that_atlas_is_at_work_on_is_not_asked_again(namespace: Namespace, simulator: SimulatorThread) -> None:
    wait_until(lambda: namespace.status("stuck").get("localStatus") == "ACCEPT_REQUESTED", "Atlas is at work")
    wait_for_lists(simulator)
    assert len(accepts(simulator, "stuck")) == 1


def test_an_accept_that_the_project_forbids_is_stalled_until_it_is_allowed(
    namespace: Namespace, simulator: SimulatorThread, troubled: dict[str, Fault]
) -> None:
    namespace.wait_for_reason("forbidden", "Unauthorized")
    assert "Not here (HTTP 403 ACCESS_FORBIDDEN)" in namespace.condition("forbidden")["message"]
    assert namespace.condition("forbidden", "Stalled")["status"] == "True"

    simulator.clear_faults(troubled["forbidden"])
    namespace.wait_for_reason("forbidden", "Active")


def test_a_key_that_may_only_read_is_told_which_role_it_lacks_and_accepts_once_it_has_it(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    simulator.add_api_key("reader", "5f2c0a53", roles={PROJECT: "read"})
    namespace.secret("reader-api", publicApiKey="reader", privateApiKey="5f2c0a53")
    request(simulator, 23)
    namespace.apply(peering("read-only", vpc=vpc(23), secret="reader-api"))

    status = namespace.wait_for_reason("read-only", "Unauthorized")
    conditions = {condition["type"]: condition for condition in status["conditions"]}
    assert conditions["Stalled"]["status"] == "True"
    assert conditions["Synced"]["status"] == "True"
    assert "Project Stream Processing Owner" in conditions["Ready"]["message"]

    simulator.set_role("reader", PROJECT, "owner")
    namespace.wait_for_reason("read-only", "Active")


def test_a_list_that_lags_behind_causes_no_second_call(namespace: Namespace, simulator: SimulatorThread) -> None:
    simulator.configure({"read_lag": LAG})
    try:
        connection, without_reply = request(simulator, 25), request(simulator, 26)
        simulator.fault("lose-reply", "accept", connection=without_reply)
        namespace.apply(peering("late-news", vpc=vpc(25)), peering("no-news", vpc=vpc(26)))
        namespace.wait_for_reasons({"late-news": "Active", "no-news": "Active"})
        namespace.delete("late-news")
        namespace.wait_gone("late-news")
    finally:
        simulator.configure({"read_lag": 0})
    assert asked(simulator, connection) == ["accept", "delete"]
    assert asked(simulator, without_reply) == ["accept"]


def test_a_namesake_made_while_its_connection_is_being_accepted_does_not_ask_for_it_as_well(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    simulator.fault("latency", "accept", connection=pcx(27), times=None, seconds=LAG)
    connection = request(simulator, 27)
    manifest = peering("replaced", vpc=vpc(27), deletionPolicy="Retain")
    namespace.apply(manifest)
    simulator.wait_for_call("accept", connection=connection)

    namespace.delete("replaced", wait=True)
    namespace.apply(manifest)

    namespace.wait_for_reason("replaced", "Active")
    assert asked(simulator, connection) == ["accept"]


@pytest.mark.parametrize("name", UNCERTAIN)
def test_an_accept_that_may_have_happened_is_asked_again_after_half_a_minute(
    namespace: Namespace, simulator: SimulatorThread, name: str
) -> None:
    namespace.wait_for_reason(name, "Active", seconds=2 * UNSEEN)
    first, second = accepts(simulator, name)
    assert UNSEEN - 1 < second - first < 1.5 * UNSEEN
