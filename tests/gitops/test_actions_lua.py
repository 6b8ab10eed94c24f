"""What can be done with a StreamsVpcPeering in Argo CD."""

from typing import Any

import pytest

from gitops.customization import ACTION_TESTS, ACTIONS, NAMES, read, recorded
from gitops.lua_vm import now, run, run_action

ANNOTATION = "atlasstreams.io/reconcile-requested-at"
DISCOVERY = (ACTIONS / "discovery.lua").read_text()
SCRIPTS = {path.parent.name: path.read_text() for path in ACTIONS.glob("*/action.lua")}


def discovered(obj: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = run(DISCOVERY, obj)
    return found


@pytest.mark.parametrize("case", ACTION_TESTS["discoveryTests"], ids=lambda case: case["inputPath"])
def test_an_object_offers_the_actions_that_are_asked_for(case: dict[str, Any]) -> None:
    found = discovered(read(ACTIONS / case["inputPath"]))

    assert [{"name": name, **found[name]} for name in ("reconcile", "suspend", "resume")] == case["result"]
    assert set(found) == set(SCRIPTS)


@pytest.mark.parametrize("name", NAMES)
def test_an_object_can_be_suspended_or_resumed_but_not_both(name: str) -> None:
    offered = {action for action, about in discovered(recorded(name)).items() if not about["disabled"]}

    assert offered == {"reconcile", "resume" if recorded(name)["spec"].get("suspend") else "suspend"}


def test_the_reconcile_action_sets_the_annotation_to_the_time() -> None:
    before = now()

    made = run_action(SCRIPTS["reconcile"], recorded("active"))

    assert before <= made["metadata"]["annotations"][ANNOTATION] <= now()


def test_other_annotations_stay() -> None:
    obj = recorded("active")
    obj["metadata"]["annotations"] = {"team": "orders", ANNOTATION: "long ago"}

    made = run_action(SCRIPTS["reconcile"], obj)["metadata"]["annotations"]

    assert made["team"] == "orders"
    assert made[ANNOTATION] != "long ago"
