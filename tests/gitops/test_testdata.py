"""The objects that Argo CD's Lua is tested on: as the CRD takes them, with the conditions of what was decided."""

from functools import cache
from typing import Any

import pytest
from jsonschema.protocols import Validator

from argo.customizations import PEERING
from argo.testdata import TESTDATA
from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.controller.decision import Progress
from atlas_streams_peering.kinds.streams_vpc_peering.transitions import STEPS
from chart.helm import ROOT
from fast_yaml import read_yaml
from gitops.customization import NAMES, read, recorded
from json_schemas import validator

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


@cache
def schema() -> Validator:
    (version,) = read_yaml(CRD.read_text())["spec"]["versions"]
    return validator(version["schema"]["openAPIV3Schema"])


@pytest.mark.parametrize(
    "path", sorted([*TESTDATA.iterdir(), *PEERING.actions_testdata.iterdir()]), ids=lambda path: path.stem
)
def test_the_crd_takes_every_object(path: Any) -> None:
    schema().validate(read(path))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "not-looked-at"])
def test_the_conditions_are_those_that_the_operator_decides_by(name: str) -> None:
    conditions = {condition["type"]: condition for condition in recorded(name)["status"]["conditions"]}
    said = {kind: condition["status"] for kind, condition in conditions.items() if kind != "Synced"}
    reason = Reason(conditions["Ready"]["reason"])

    assert said in ([CONDITIONS[BY_POLICY[reason]]] if reason in BY_POLICY else [*CONDITIONS.values()])
    assert {condition["reason"] for kind, condition in conditions.items() if kind != "Synced"} == {reason}
