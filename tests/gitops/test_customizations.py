"""What a user gives to Argo CD is made of the Lua files, whichever way it is installed."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from argo.customizations import ALL, ARGOCD, Customization, generated_files
from argo.testdata import lasting, outputs
from atlas_streams_peering.kinds.resources import KINDS
from fast_yaml import read_yaml
from gitops.customization import read
from gitops.lua_vm import run_action
from local_cluster.assets import find_kubectl

KEYS = {each.kind: f"atlasstreams.io_{each.kind}" for each in ALL}
SETTINGS = {f"resource.customizations.{what}.{key}" for key in KEYS.values() for what in ("health", "actions")}
EVERY_KIND = pytest.mark.parametrize("customization", ALL, ids=lambda each: each.kind)


@pytest.fixture(scope="module")
def patch() -> dict[str, Any]:
    found: dict[str, Any] = read_yaml((ARGOCD / "argocd-cm-patch.yaml").read_text())
    return found


@pytest.mark.parametrize("name", generated_files())
def test_a_generated_file_is_up_to_date(name: str) -> None:
    assert (ARGOCD / name).read_text() == generated_files()[name], "make argocd"


def test_every_kind_has_a_health_check_and_actions(patch: dict[str, Any]) -> None:
    assert {each.kind for each in ALL} == {kind.kind for kind in KINDS}
    assert set(patch["data"]) == SETTINGS


@EVERY_KIND
def test_the_patch_holds_the_lua_files_as_they_are(patch: dict[str, Any], customization: Customization) -> None:
    data, key, directory = patch["data"], KEYS[customization.kind], customization.directory
    actions = read_yaml(data[f"resource.customizations.actions.{key}"])

    assert data[f"resource.customizations.health.{key}"] == (directory / "health.lua").read_text()
    assert actions["discovery.lua"] == (directory / "actions" / "discovery.lua").read_text()
    assert {each["name"]: each["action.lua"] for each in actions["definitions"]} == {
        path.parent.name: path.read_text() for path in (directory / "actions").glob("*/action.lua")
    }


def test_the_values_for_argo_cds_chart_say_the_same(patch: dict[str, Any]) -> None:
    values = read_yaml((ARGOCD / "argo-cd-chart-values.yaml").read_text())

    assert values == {"configs": {"cm": patch["data"]}}


@pytest.mark.parametrize("namespace", [None, "argocd"])
def test_the_kustomize_component_adds_it_to_an_argocd_cm(
    tmp_path: Path, patch: dict[str, Any], namespace: str | None
) -> None:
    config_map = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "argocd-cm", **({"namespace": namespace} if namespace else {})},
        "data": {"url": "https://argocd.example.com"},
    }
    (tmp_path / "install").mkdir()
    (tmp_path / "component").mkdir()
    for name in ("kustomization.yaml", "argocd-cm-patch.yaml"):
        (tmp_path / "component" / name).write_text((ARGOCD / name).read_text())
    (tmp_path / "install" / "argocd-cm.yaml").write_text(yaml.safe_dump(config_map))
    kustomization = {"resources": ["argocd-cm.yaml"], "components": ["../component"], "namespace": "argocd"}
    (tmp_path / "install" / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))

    built = subprocess.run(
        [find_kubectl(), "kustomize", tmp_path / "install"], capture_output=True, text=True, check=True
    )

    assert read_yaml(built.stdout)["data"] == config_map["data"] | patch["data"]


@EVERY_KIND
def test_what_is_meant_is_the_directory_that_argo_cd_would_look_into(customization: Customization) -> None:
    parts = ("resource_customizations", "atlasstreams.io", customization.kind)
    assert customization.directory.relative_to(ARGOCD).parts == parts


@EVERY_KIND
def test_each_action_does_what_its_test_says_and_nothing_else(customization: Customization) -> None:
    """As Argo CD's own tests run action_test.yaml, but for the time that `reconcile` writes into an annotation."""
    actions = customization.directory / "actions"
    asked = set()
    for case in read_yaml((actions / "action_test.yaml").read_text())["actionTests"]:
        made = run_action((actions / case["action"] / "action.lua").read_text(), read(actions / case["inputPath"]))
        if case["action"] == "reconcile":
            del made["metadata"]["annotations"]
        assert made == read(actions / case["expectedOutputPath"]), case
        asked.add(case["action"])
    assert asked == {path.parent.name for path in actions.glob("*/action.lua")}


@EVERY_KIND
def test_what_the_actions_shall_make_is_up_to_date(customization: Customization) -> None:
    found = {path.name: lasting(path.read_text()) for path in customization.actions_testdata.glob("*")}
    assert found == {name: lasting(content) for name, content in outputs(customization).items()}, "make argocd"


@EVERY_KIND
def test_the_files_are_those_that_argo_cds_repository_takes_and_no_others(customization: Customization) -> None:
    """Its own tests walk resource_customizations/ for health_test.yaml and action_test.yaml, and embed the Lua."""
    directory = customization.directory
    actions = {path.parent.name for path in directory.glob("actions/*/action.lua")}
    health, action = (
        read_yaml((directory / name).read_text()) for name in ("health_test.yaml", "actions/action_test.yaml")
    )
    inputs = {directory / one["inputPath"] for one in health["tests"]}
    for one in (*action["discoveryTests"], *action["actionTests"]):
        inputs |= {directory / "actions" / one[key] for key in ("inputPath", "expectedOutputPath") if key in one}
    named = {path.resolve() for path in inputs}
    named |= {directory / "health.lua", directory / "health_test.yaml", directory / "actions" / "discovery.lua"}
    named |= {directory / "actions" / "action_test.yaml"}
    named |= {directory / "actions" / name / "action.lua" for name in actions}

    assert {path for path in directory.rglob("*") if path.is_file()} == named
