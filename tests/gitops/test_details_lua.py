"""What Argo CD shows of a StreamsAccountDetails, and offers to do with it."""

from typing import Any

import pytest

from argo.customizations import ACCOUNT_DETAILS, PEERING
from fast_yaml import read_yaml
from gitops.customization import SCRIPTED_DETAILS, read
from gitops.lua_vm import now, run, run_action

DIRECTORY = ACCOUNT_DETAILS.directory
ACTIONS = DIRECTORY / "actions"
DISCOVERY = (ACTIONS / "discovery.lua").read_text()
RECONCILE = (ACTIONS / "reconcile" / "action.lua").read_text()
HEALTH_TESTS = SCRIPTED_DETAILS.health_tests
ACTION_TESTS: dict[str, Any] = read_yaml((ACTIONS / "action_test.yaml").read_text())
NAMES = SCRIPTED_DETAILS.names
health, example = SCRIPTED_DETAILS.health, SCRIPTED_DETAILS.example
ANNOTATION = "atlasstreams.io/reconcile-requested-at"


def test_healthy_are_those_whose_details_are_known() -> None:
    healths = {case["inputPath"]: case["healthStatus"]["status"] for case in HEALTH_TESTS}
    expected = {
        "not-looked-at": "Progressing",
        "available": "Healthy",
        "available-during-outage": "Healthy",
        "region-not-available": "Degraded",
        "config-map-conflict": "Degraded",
        "credentials-missing": "Progressing",
        "credentials-invalid": "Degraded",
        "project-not-found": "Degraded",
        "changed-unseen": "Progressing",
    }
    assert healths == {f"testdata/{name}.yaml": status for name, status in expected.items()}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_being_deleted_is_never_healthy(name: str) -> None:
    obj = example(name)
    obj["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    assert health(obj)["status"] == "Progressing"


def test_it_offers_the_actions_that_are_asked_for() -> None:
    for case in ACTION_TESTS["discoveryTests"]:
        found: dict[str, dict[str, Any]] = run(DISCOVERY, read(ACTIONS / case["inputPath"]))
        assert [{"name": name, **about} for name, about in found.items()] == case["result"]


def test_the_reconcile_action_sets_the_annotation_to_the_time_and_changes_nothing_else() -> None:
    before = now()
    made = run_action(RECONCILE, example("available"))

    assert before <= made["metadata"].pop("annotations")[ANNOTATION] <= now()
    assert made == example("available")


def test_the_action_is_the_same_for_all_kinds() -> None:
    assert (PEERING.directory / "actions" / "reconcile" / "action.lua").read_text() == RECONCILE
