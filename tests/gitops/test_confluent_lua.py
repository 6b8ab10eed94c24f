"""What Argo CD shows of a ConfluentPeering, and offers to do with it."""

from typing import Any

import pytest

from argo.customizations import CONFLUENT_PEERING, PEERING
from atlas_streams_peering.api.conditions import Reason
from fast_yaml import read_yaml
from gitops.customization import SCRIPTED_CONFLUENT, read
from gitops.lua_vm import now, run, run_action

DIRECTORY = CONFLUENT_PEERING.directory
ACTIONS = DIRECTORY / "actions"
DISCOVERY = (ACTIONS / "discovery.lua").read_text()
SCRIPTS = {path.parent.name: path.read_text() for path in ACTIONS.glob("*/action.lua")}
HEALTH_TESTS = SCRIPTED_CONFLUENT.health_tests
ACTION_TESTS: dict[str, Any] = read_yaml((ACTIONS / "action_test.yaml").read_text())
NAMES = SCRIPTED_CONFLUENT.names
health, example = SCRIPTED_CONFLUENT.health, SCRIPTED_CONFLUENT.example
HEALTHS = {
    "not-looked-at": "Progressing",
    "reference-not-ready": "Progressing",
    "network-not-ready": "Progressing",
    "network-not-found": "Degraded",
    "network-failed": "Degraded",
    "network-unsupported": "Degraded",
    "provisioning": "Progressing",
    "pending-acceptance": "Healthy",
    "pending-acceptance-while-suspended": "Healthy",
    "connected": "Healthy",
    "connected-while-suspended": "Healthy",
    "connected-during-outage": "Healthy",
    "request-failed": "Degraded",
    "disconnected": "Degraded",
    "refused": "Degraded",
    "already-managed": "Degraded",
    "suspended": "Suspended",
    "credentials-missing": "Progressing",
    "credentials-invalid": "Degraded",
    "unauthorized": "Degraded",
    "rate-limited": "Progressing",
    "confluent-unavailable": "Progressing",
    "being-deleted": "Progressing",
    "being-deleted-while-suspended": "Suspended",
    "being-deleted-without-access": "Degraded",
    "changed-unseen": "Progressing",
    "deleted-unseen": "Progressing",
}
REQUESTED = [name for name in NAMES if name.startswith(("pending-acceptance", "connected"))]


def condition(obj: dict[str, Any], kind: str) -> dict[str, Any]:
    return next((each for each in obj["status"].get("conditions", []) if each["type"] == kind), {})


def discovered(obj: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = run(DISCOVERY, obj)
    return found


def test_healthy_are_those_for_which_the_confluent_side_has_done_its_part() -> None:
    healths = {case["inputPath"]: case["healthStatus"]["status"] for case in HEALTH_TESTS}

    assert healths == {f"testdata/{name}.yaml": status for name, status in HEALTHS.items()}


@pytest.mark.parametrize("name", REQUESTED)
def test_what_is_requested_is_healthy_as_long_as_nobody_has_to_act(name: str) -> None:
    obj = example(name)
    assert condition(obj, "Requested")["status"] == "True"
    assert health(obj)["status"] == "Healthy"

    obj["status"]["conditions"].append({"type": "Stalled", "status": "True"})

    assert health(obj)["status"] == "Degraded"


@pytest.mark.parametrize("name", REQUESTED)
def test_without_requested_only_a_connected_peering_is_healthy(name: str) -> None:
    obj = example(name)
    condition(obj, "Requested")["status"] = "False"

    assert (health(obj)["status"] == "Healthy") == (condition(obj, "Ready")["reason"] == "Connected")


@pytest.mark.parametrize("name", NAMES)
def test_the_message_is_the_sentence_of_the_operator(name: str) -> None:
    obj = example(name)
    if obj["status"]["observedGeneration"] == obj["metadata"]["generation"]:
        assert health(obj)["message"].startswith(condition(obj, "Ready")["message"])


@pytest.mark.parametrize("name", NAMES)
def test_what_the_operator_said_of_an_older_generation_no_longer_counts(name: str) -> None:
    obj = example(name)
    obj["metadata"]["generation"] += 1

    assert health(obj)["status"] == "Progressing"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_being_deleted_is_never_healthy(name: str) -> None:
    obj = example(name)
    obj["metadata"] |= {"deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["atlasstreams.io/cleanup"]}

    found = health(obj)

    assert found["status"] != "Healthy"
    assert found["deletionMessage"] == found["message"]


@pytest.mark.parametrize("name", NAMES)
def test_a_failing_poll_changes_no_health(name: str) -> None:
    obj = example(name)
    condition(obj, "Synced").update(status="False", reason="RateLimited", message="Confluent Cloud is busy.")

    assert health(obj)["status"] == HEALTHS[name]


@pytest.mark.parametrize("case", ACTION_TESTS["discoveryTests"], ids=lambda case: case["inputPath"])
def test_an_object_offers_the_actions_that_are_asked_for(case: dict[str, Any]) -> None:
    found = discovered(read(ACTIONS / case["inputPath"]))

    assert [{"name": name, **found[name]} for name in ("reconcile", "suspend", "resume")] == case["result"]
    assert set(found) == set(SCRIPTS)


@pytest.mark.parametrize("name", NAMES)
def test_an_object_can_be_suspended_or_resumed_but_not_both(name: str) -> None:
    offered = {action for action, about in discovered(example(name)).items() if not about["disabled"]}

    assert offered == {"reconcile", "resume" if example(name)["spec"].get("suspend") else "suspend"}


@pytest.mark.parametrize("name", NAMES)
def test_of_a_dead_peering_the_action_says_that_it_requests_a_new_one(name: str) -> None:
    dead = condition(example(name), "Ready").get("reason") in (Reason.REQUEST_FAILED, Reason.DISCONNECTED)

    assert ("request a new one" in discovered(example(name))["reconcile"]["displayName"]) == dead


@pytest.mark.parametrize("status", [None, "dead", {"conditions": "Ready"}, {"conditions": [None, {"type": "Ready"}]}])
def test_an_odd_status_offers_the_actions_too(status: Any) -> None:
    assert set(discovered({**example("connected"), "status": status})) == set(SCRIPTS)


@pytest.mark.parametrize(("action", "suspended"), [("suspend", True), ("resume", False)])
@pytest.mark.parametrize("name", ["connected", "connected-while-suspended"])
def test_suspending_and_resuming_change_nothing_else(name: str, action: str, suspended: bool) -> None:
    expected = example(name)
    expected["spec"]["suspend"] = suspended

    assert run_action(SCRIPTS[action], example(name)) == expected


def test_the_reconcile_action_sets_the_annotation_to_the_time_and_changes_nothing_else() -> None:
    before = now()
    made = run_action(SCRIPTS["reconcile"], example("connected"))

    assert before <= made["metadata"].pop("annotations")["atlasstreams.io/reconcile-requested-at"] <= now()
    assert made == example("connected")


def test_the_actions_are_those_of_the_other_kinds_that_change_something() -> None:
    others = (PEERING.directory / "actions").glob("*/action.lua")
    assert {path.parent.name: path.read_text() for path in others} == SCRIPTS
