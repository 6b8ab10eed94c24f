"""What Argo CD shows of a StreamsVpcPeering."""

from typing import Any

import pytest

from atlas_streams_peering.kinds.streams_vpc_peering.transitions import STEPS
from gitops.customization import DIRECTORY, HEALTH, HEALTH_TESTS, NAMES, read, recorded
from gitops.lua_vm import run

CURRENT = [
    name for name in NAMES if recorded(name)["status"]["observedGeneration"] == recorded(name)["metadata"]["generation"]
]
"""Of which the operator has said how they are."""
ODD_STATUSES: dict[str, Any] = {
    "absent": ...,
    "null": None,
    "a-word": "active",
    "empty": {},
    "conditions-null": {"observedGeneration": 1, "conditions": None},
    "conditions-empty": {"observedGeneration": 1, "conditions": []},
    "conditions-a-word": {"observedGeneration": 1, "conditions": "Ready"},
    "conditions-of-nothing": {"observedGeneration": 1, "conditions": [None, "Ready", {}, {"type": None}]},
    "no-generation": {"conditions": [{"type": "Ready", "status": "True"}]},
    "generation-a-word": {"observedGeneration": "1", "conditions": [{"type": "Ready", "status": "True"}]},
    "not-ready-and-nothing-else": {"observedGeneration": 1, "conditions": [{"type": "Ready", "status": "Unknown"}]},
}


def health(obj: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = run(HEALTH, obj)
    return found


def with_condition(name: str, kind: str, **changes: Any) -> dict[str, Any]:
    """Return an object of the test data with a condition of it changed."""
    obj = recorded(name)
    for condition in obj["status"].get("conditions", []):
        if condition["type"] == kind:
            condition.update(changes)
    return obj


@pytest.mark.parametrize("case", HEALTH_TESTS, ids=lambda case: case["inputPath"].removeprefix("testdata/"))
def test_an_object_has_the_health_that_is_asked_for(case: dict[str, Any]) -> None:
    assert health(read(DIRECTORY / case["inputPath"])) == case["healthStatus"]


def test_every_object_of_the_test_data_is_asked_about_once() -> None:
    assert sorted(case["inputPath"] for case in HEALTH_TESTS) == sorted(f"testdata/{name}.yaml" for name in NAMES)


def test_every_reason_of_the_table_of_states_is_asked_about() -> None:
    ready = {
        condition["reason"]
        for name in NAMES
        for condition in recorded(name)["status"].get("conditions", [])
        if condition["type"] == "Ready"
    }
    assert ready >= {step.reason for steps in STEPS.values() for step in steps.values()}


@pytest.mark.parametrize("name", CURRENT)
def test_the_message_is_the_sentence_of_the_operator(name: str) -> None:
    obj = recorded(name)
    (ready,) = (condition for condition in obj["status"]["conditions"] if condition["type"] == "Ready")

    assert health(obj)["message"].startswith(ready["message"])


@pytest.mark.parametrize("name", NAMES)
def test_what_the_operator_said_of_an_older_generation_no_longer_counts(name: str) -> None:
    obj = recorded(name)
    obj["metadata"]["generation"] += 1

    assert health(obj)["status"] == "Progressing"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_being_deleted_is_never_healthy(name: str) -> None:
    obj = recorded(name)
    obj["metadata"] |= {"deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["atlasstreams.io/cleanup"]}

    found = health(obj)

    assert found["status"] != "Healthy"
    assert found["deletionMessage"] == found["message"]


@pytest.mark.parametrize("finalizers", [["foregroundDeletion"], [], None])
def test_a_deletion_that_does_not_wait_for_the_operator_is_left_to_argo_cd(finalizers: list[str] | None) -> None:
    obj = recorded("being-deleted")
    obj["metadata"]["finalizers"] = finalizers

    assert "deletionMessage" not in health(obj)


@pytest.mark.parametrize("name", NAMES)
def test_a_failing_poll_changes_no_health(name: str) -> None:
    obj = with_condition(name, "Synced", status="False", reason="RateLimited", message="Atlas is busy.")

    assert health(obj)["status"] == health(recorded(name))["status"]


def test_the_suspended_object_that_is_as_wanted_reads_as_healthy() -> None:
    obj = recorded("active")
    obj["spec"]["suspend"] = True

    assert health(obj)["status"] == "Healthy"


@pytest.mark.parametrize("odd", ODD_STATUSES)
def test_an_odd_status_reads_as_on_its_way(odd: str) -> None:
    obj = recorded("not-looked-at")
    obj["status"] = ODD_STATUSES[odd]
    if ODD_STATUSES[odd] is ...:
        del obj["status"]

    found = health(obj)

    assert found["status"] == "Progressing"
    assert found["message"]


@pytest.mark.parametrize("kind", ["Ready", "Stalled", "Synced"])
@pytest.mark.parametrize("name", NAMES)
def test_a_condition_without_a_message_breaks_nothing(name: str, kind: str) -> None:
    obj = with_condition(name, kind, message=None)

    assert health(obj)["status"] == health(recorded(name))["status"]
