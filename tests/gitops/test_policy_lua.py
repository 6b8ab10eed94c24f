"""What Argo CD shows of a StreamsVpcPeeringPolicy, and offers to do with it."""

from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest
import yaml

from argo import POLICIES, Policy, collect_policies, same
from argo.customizations import PEERING, POLICY
from argo.testdata import POLICY_TESTDATA, inputs
from chart.helm import ROOT
from gitops.customization import read
from gitops.lua_vm import run, run_action

DIRECTORY = POLICY.directory
ACTIONS = DIRECTORY / "actions"
HEALTH = (DIRECTORY / "health.lua").read_text()
DISCOVERY = (ACTIONS / "discovery.lua").read_text()
SCRIPTS = {path.parent.name: path.read_text() for path in ACTIONS.glob("*/action.lua")}
HEALTH_TESTS: list[dict[str, Any]] = yaml.safe_load((DIRECTORY / "health_test.yaml").read_text())["tests"]
ACTION_TESTS: dict[str, Any] = yaml.safe_load((ACTIONS / "action_test.yaml").read_text())
NAMES = [each.name for each in POLICIES]


def health(obj: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = run(HEALTH, obj)
    return found


def example(name: str) -> dict[str, Any]:
    return read(POLICY_TESTDATA / f"{name}.yaml")


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, dict[str, Any]]:
    """What the operator makes of every object now."""
    return collect_policies(tmp_path_factory.mktemp("policies"))


@pytest.mark.parametrize("each", POLICIES, ids=lambda each: each.name)
def test_the_operator_still_writes_the_object_of_the_test_data(
    objects: Mapping[str, dict[str, Any]], each: Policy
) -> None:
    name = f"{each.name}.yaml"

    assert same((POLICY_TESTDATA / name).read_text(), inputs(objects)[name]), "see the change: make argocd-testdata"


def test_no_file_is_left_over() -> None:
    assert sorted(path.stem for path in POLICY_TESTDATA.iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_crd_takes_every_object(name: str) -> None:
    (path,) = (ROOT / "crds").glob("streamsvpcpeeringpolicies.*.yaml")
    (version,) = yaml.safe_load(path.read_text())["spec"]["versions"]

    jsonschema.validate(example(name), version["schema"]["openAPIV3Schema"])


@pytest.mark.parametrize("case", HEALTH_TESTS, ids=lambda case: case["inputPath"].removeprefix("testdata/"))
def test_an_object_has_the_health_that_is_asked_for(case: dict[str, Any]) -> None:
    found = health(read(DIRECTORY / case["inputPath"]))
    deletion = found.pop("deletionMessage", None)

    assert found == case["healthStatus"]
    assert deletion in (None, found["message"])


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


@pytest.mark.parametrize("status", [..., None, "watching", {}, {"observedGeneration": 1, "conditions": [None, {}]}])
def test_an_odd_status_reads_as_on_its_way(status: Any) -> None:
    obj = example("not-looked-at")
    obj["status"] = status
    if status is ...:
        del obj["status"]

    assert health(obj)["status"] == "Progressing"
    assert health(obj)["message"]


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
