"""What holds for the Lua, and for the objects of the test data, of each kind beside StreamsVpcPeering."""

from functools import cache
from typing import Any

import pytest
from jsonschema.protocols import Validator

from chart.helm import ROOT
from fast_yaml import read_yaml
from gitops.customization import EVERY_SCRIPTED, SCRIPTED_POLICIES, Scripted, read
from json_schemas import validator

every_kind = pytest.mark.parametrize("kind", EVERY_SCRIPTED, ids=str)
every_object = pytest.mark.parametrize(
    ("kind", "name"), [pytest.param(kind, name, id=f"{kind}-{name}") for kind in EVERY_SCRIPTED for name in kind.names]
)


@every_kind
def test_no_file_is_left_over(kind: Scripted) -> None:
    assert sorted(path.stem for path in kind.kind.testdata.iterdir()) == sorted(kind.names)


@cache
def schema_of(kind: str) -> Validator:
    crds = (read_yaml(path.read_text())["spec"] for path in (ROOT / "crds").glob("*.yaml"))
    (version,) = next(crd["versions"] for crd in crds if crd["names"]["kind"] == kind)
    return validator(version["schema"]["openAPIV3Schema"])


@every_object
def test_the_crd_takes_every_object(kind: Scripted, name: str) -> None:
    schema_of(kind.kind.kind).validate(kind.example(name))


@every_kind
def test_every_object_is_asked_about_once(kind: Scripted) -> None:
    assert [case["inputPath"] for case in kind.health_tests] == [f"testdata/{name}.yaml" for name in kind.names]


@pytest.mark.parametrize(
    ("kind", "case"),
    [
        pytest.param(kind, case, id=f"{kind}-{case['inputPath'].removeprefix('testdata/')}")
        for kind in EVERY_SCRIPTED
        for case in kind.health_tests
    ],
)
def test_an_object_has_the_health_that_is_asked_for(kind: Scripted, case: dict[str, Any]) -> None:
    found = kind.health(read(kind.kind.directory / case["inputPath"]))
    if kind is SCRIPTED_POLICIES:
        deletion = found.pop("deletionMessage", None)
        assert deletion in (None, found["message"])

    assert found == case["healthStatus"]


@every_kind
@pytest.mark.parametrize(
    "status", [..., None, "available", "connected", "watching", {}, {"observedGeneration": 1, "conditions": [None, {}]}]
)
def test_an_odd_status_reads_as_on_its_way(kind: Scripted, status: Any) -> None:
    obj = kind.example("not-looked-at")
    obj["status"] = status
    if status is ...:
        del obj["status"]

    assert kind.health(obj)["status"] == "Progressing"
    assert kind.health(obj)["message"]
