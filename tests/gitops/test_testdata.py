"""The objects that Argo CD's Lua is tested on: real, and still what the operator writes."""

from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest
import yaml

from argo import SPECIMENS, collect, lasting
from argo.testdata import ACTIONS_TESTDATA, TESTDATA, inputs, outputs
from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.controller.decision import Progress
from atlas_streams_peering.kinds.streams_vpc_peering.transitions import STEPS
from chart.helm import ROOT
from gitops.customization import HOW_TO_RENEW, NAMES, read, specimen

(CRD,) = (ROOT / "crds").glob("streamsvpcpeerings.*.yaml")
CONDITIONS = {
    Progress.REACHED: {"Ready": "True"},
    Progress.RECONCILING: {"Ready": "False", "Reconciling": "True"},
    Progress.STALLED: {"Ready": "False", "Stalled": "True"},
    Progress.PAUSED: {"Ready": "False"},
}
"""Which conditions say how far an object is."""
BY_POLICY = {step.reason: step.progress for steps in STEPS.values() for step in steps.values()}
"""How far an object is, by the table that the operator decides by."""


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, dict[str, Any]]:
    """What the operator makes of every specimen now."""
    return collect(tmp_path_factory.mktemp("specimens"))


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda specimen: specimen.name)
def test_the_operator_still_writes_the_object_of_the_test_data(
    objects: Mapping[str, dict[str, Any]], specimen: Any
) -> None:
    name = f"{specimen.name}.yaml"

    assert lasting((TESTDATA / name).read_text()) == lasting(inputs(objects)[name]), HOW_TO_RENEW


def test_the_outputs_of_the_actions_are_made_of_the_same_objects(objects: Mapping[str, dict[str, Any]]) -> None:
    for name, content in outputs(objects).items():
        assert lasting((ACTIONS_TESTDATA / name).read_text()) == lasting(content), HOW_TO_RENEW


def test_no_file_is_left_over(objects: Mapping[str, dict[str, Any]]) -> None:
    assert {path.name for path in TESTDATA.iterdir()} == set(inputs(objects))
    assert {path.name for path in ACTIONS_TESTDATA.iterdir()} == set(outputs(objects))


@pytest.mark.parametrize("path", sorted([*TESTDATA.iterdir(), *ACTIONS_TESTDATA.iterdir()]), ids=lambda path: path.stem)
def test_the_crd_takes_every_object(path: Any) -> None:
    (version,) = yaml.safe_load(CRD.read_text())["spec"]["versions"]

    jsonschema.validate(read(path), version["schema"]["openAPIV3Schema"])


@pytest.mark.parametrize("name", [name for name in NAMES if name != "not-looked-at"])
def test_the_conditions_are_those_that_the_operator_decides_by(name: str) -> None:
    conditions = {condition["type"]: condition for condition in specimen(name)["status"]["conditions"]}
    said = {kind: condition["status"] for kind, condition in conditions.items() if kind != "Synced"}
    reason = Reason(conditions["Ready"]["reason"])

    assert said in ([CONDITIONS[BY_POLICY[reason]]] if reason in BY_POLICY else [*CONDITIONS.values()])
    assert {condition["reason"] for kind, condition in conditions.items() if kind != "Synced"} == {reason}
