"""Lists that fail: the status keeps what was known, and recovers when Atlas does."""

from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.namespace import ACCOUNT, PUBLIC_KEY, Namespace, pcx, peering, vpc
from cluster.waiting import wait_until

pytestmark = pytest.mark.usefixtures("operator")

OUTAGES: dict[str, dict[str, Any]] = {
    "error": {"kind": "answer", "status": 500},
    "unavailable": {"kind": "answer", "status": 503},
    "proxy-page": {"kind": "proxy-page"},
    "half-an-answer": {"kind": "malformed-json"},
    "not-a-list": {"kind": "answer", "status": 200, "body": ["results"]},
    "elsewhere": {"kind": "answer", "status": 302, "headers": {"Location": "/login"}},
    "broken": {"kind": "drop"},
}
"""Ways not to get a list, by the name of the object that needs it."""
ATTEMPTS = 3
"""Requests that one poll makes before it counts as failed."""


def account(number: int) -> str:
    """An account of its own, and so a poll of its own."""
    return f"{500_000_000_000 + number}"


def hold(namespace: Namespace, simulator: SimulatorThread, number: int, name: str) -> str:
    """Let an object hold an active connection from an account of its own; return the connection's name."""
    connection = request(simulator, number, account=account(number), state="active")
    namespace.apply(peering(name, account=account(number), vpc=vpc(number)))
    return connection


def hold_in_project(namespace: Namespace, simulator: SimulatorThread, number: int, name: str) -> str:
    """Let an object hold an active connection of a project, and so a rate limit, of its own; return the project."""
    project = f"{number:024x}"
    simulator.add_project(project)
    simulator.set_role(PUBLIC_KEY, project, "owner")
    connection = simulator.request_peering(project=project, account=ACCOUNT, vpc=vpc(number), name=pcx(number))
    simulator.set_cloud_status(connection, "active")
    namespace.apply(peering(name, project=project, vpc=vpc(number)))
    namespace.wait_for_reason(name, "Active")
    return project


def besides_synced(status: dict[str, Any]) -> dict[str, Any]:
    """A status without what it says about the last poll."""
    conditions = [condition for condition in status["conditions"] if condition["type"] != "Synced"]
    return {**status, "conditions": conditions}


def test_an_outage_turns_synced_only_is_told_once_and_passes(namespace: Namespace, simulator: SimulatorThread) -> None:
    for number, name in enumerate(OUTAGES, 1):
        hold(namespace, simulator, number, name)
    before = {name: namespace.wait_for_reason(name, "Active") for name in OUTAGES}

    faults = [
        simulator.fault(operation="list", account=account(number), times=None, **outage)
        for number, outage in enumerate(OUTAGES.values(), 1)
    ]
    during = {name: namespace.wait_for_reason(name, "AtlasUnavailable", kind="Synced") for name in OUTAGES}
    wait_until(lambda: all(fault.hits > ATTEMPTS for fault in faults), "the polls have failed once more")
    for fault in faults:
        simulator.clear_faults(fault)
    after = {name: namespace.wait_for_reason(name, "Observed", kind="Synced") for name in OUTAGES}

    for name in OUTAGES:
        assert besides_synced(during[name]) == besides_synced(before[name])
        assert besides_synced(after[name]) == besides_synced(before[name])
        namespace.wait_for_event(name, "Observed")
        told = [(event["type"], event["reason"]) for event in namespace.events(name)]
        assert told == [("Normal", "Active"), ("Warning", "AtlasUnavailable"), ("Normal", "Observed")]


def test_a_short_rate_limit_is_waited_out_without_a_word(namespace: Namespace, simulator: SimulatorThread) -> None:
    project = hold_in_project(namespace, simulator, 30, "brief")
    simulator.fault("answer", "list", project=project, status=429, headers={"Retry-After": "2"})

    def limited_and_next() -> list[float]:
        calls = simulator.calls("list", project=project)
        first = next((number for number, call in enumerate(calls) if call.status == 429), len(calls))
        return [call.time for call in calls[first : first + 2]]

    wait_until(lambda: len(limited_and_next()) == 2, "the list is rate limited and tried again")
    limited, after = limited_and_next()
    assert after - limited >= 2
    assert namespace.condition("brief", "Synced")["status"] == "True"


def test_a_long_rate_limit_is_reported_and_honoured_even_when_a_poll_is_requested(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    project = hold_in_project(namespace, simulator, 31, "limited")
    simulator.fault("answer", "list", project=project, status=429, headers={"Retry-After": "600"})
    namespace.wait_for_reason("limited", "RateLimited", kind="Synced")
    lists = len(simulator.calls("list", project=project))

    namespace.request_reconcile("limited", "now")
    wait_until(lambda: namespace.status("limited").get("lastHandledReconcileAt") == "now", "the wish is taken in")

    assert namespace.condition("limited")["status"] == "True"
    assert len(simulator.calls("list", project=project)) == lists


def test_while_connections_are_refused_deletions_wait_and_say_how_to_get_out(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    known, leaving, left = (
        hold(namespace, simulator, number, name) for number, name in ((40, "known"), (41, "leaving"), (42, "left"))
    )
    before = namespace.wait_for_reason("known", "Active")
    namespace.wait_for_reason("leaving", "Active")
    namespace.wait_for_reason("left", "Active")

    simulator.go_down()
    try:
        during = namespace.wait_for_reason("known", "AtlasUnavailable", kind="Synced")
        assert besides_synced(during) == besides_synced(before)

        namespace.apply(peering("newcomer", account=account(40), vpc=vpc(50)))
        newcomer = namespace.wait_for_reason("newcomer", "AtlasUnavailable")
        assert {condition["type"]: condition["status"] for condition in newcomer["conditions"]} == {
            "Ready": "False",
            "Synced": "False",
            "Reconciling": "True",
        }

        namespace.delete("leaving")
        namespace.wait_for_reason("leaving", "AtlasUnavailable")
        waits = "Deletion waits: Atlas could not list connections"
        event = namespace.wait_for_event("leaving", "AtlasUnavailable", waits)
        assert namespace.condition("leaving")["message"].startswith(waits)
        for said in (namespace.condition("leaving")["message"], event["message"]):
            assert "deletionPolicy: Retain" in said

        namespace.delete("left")
        namespace.patch("left", deletionPolicy="Retain")
        namespace.wait_gone("left")
    finally:
        simulator.come_up()

    namespace.wait_for_reason("known", "Observed", kind="Synced")
    namespace.wait_for_reason("newcomer", "WaitingForRequest")
    namespace.wait_gone("leaving")
    assert [asked(simulator, name) for name in (known, leaving, left)] == [[], ["delete"], []]
