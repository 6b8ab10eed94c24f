"""What Argo CD shows of a StreamsVpcPeeringPolicy, and offers to do with it."""

from typing import Any

import pytest

from argo.customizations import PEERING, POLICY
from fast_yaml import read_yaml
from gitops.customization import SCRIPTED_POLICIES, read
from gitops.lua_vm import run, run_action

DIRECTORY = POLICY.directory
ACTIONS = DIRECTORY / "actions"
DISCOVERY = (ACTIONS / "discovery.lua").read_text()
SCRIPTS = {path.parent.name: path.read_text() for path in ACTIONS.glob("*/action.lua")}
HEALTH_TESTS = SCRIPTED_POLICIES.health_tests
ACTION_TESTS: dict[str, Any] = read_yaml((ACTIONS / "action_test.yaml").read_text())
NAMES = SCRIPTED_POLICIES.names
health, example = SCRIPTED_POLICIES.health, SCRIPTED_POLICIES.example


def test_healthy_are_those_that_do_what_they_say() -> None:
    assert {case["inputPath"]: case["healthStatus"]["status"] for case in HEALTH_TESTS} == {
        f"testdata/{name}.yaml": status
        for name, status in {
            "not-looked-at": "Progressing",
            "watching": "Healthy",
            "reporting": "Healthy",
            "limit-reached": "Degraded",
            "name-taken": "Degraded",
            "suspended": "Suspended",
            "credentials-missing": "Progressing",
            "credentials-invalid": "Degraded",
            "deleting-while-suspended": "Suspended",
        }.items()
    }


def test_it_offers_the_actions_that_are_asked_for() -> None:
    for case in ACTION_TESTS["discoveryTests"]:
        found: dict[str, dict[str, Any]] = run(DISCOVERY, read(ACTIONS / case["inputPath"]))
        assert [{"name": name, **found[name]} for name in ("reconcile", "suspend", "resume")] == case["result"]


@pytest.mark.parametrize("name", ["watching", "suspended"])
def test_suspending_and_resuming_change_nothing_else(name: str) -> None:
    for action, suspended in (("suspend", True), ("resume", False)):
        made = run_action(SCRIPTS[action], example(name))
        assert made["spec"].pop("suspend") is suspended
        expected = example(name)
        expected["spec"].pop("suspend", None)
        assert made == expected


def test_the_actions_are_the_same_as_those_of_a_peering() -> None:
    directory = PEERING.directory / "actions"
    assert {path.parent.name: path.read_text() for path in directory.glob("*/action.lua")} == SCRIPTS
