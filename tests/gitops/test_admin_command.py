"""The Lua files in Argo CD itself, as `argocd admin settings resource-overrides` runs them."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from fast_yaml import read_yaml
from gitops.argocd import SHIPPED_PATCH
from gitops.customization import DIRECTORY, EVERY_DISCOVERY_TEST, EVERY_HEALTH_TEST, Case
from local_cluster.programs import fetch_argocd

pytestmark = pytest.mark.argocd

ResourceOverrides = Callable[..., str]


@pytest.fixture(scope="module")
def resource_overrides(tmp_path_factory: pytest.TempPathFactory) -> ResourceOverrides:
    directory = tmp_path_factory.mktemp("argocd-admin")
    config_map = read_yaml(SHIPPED_PATCH.read_text())
    # The command reads what a cluster would have, and there the label is what Argo CD finds it by.
    config_map["metadata"] |= {"namespace": "argocd", "labels": {"app.kubernetes.io/part-of": "argocd"}}
    path = directory / "argocd-cm.yaml"
    path.write_text(yaml.safe_dump(config_map))

    def run(command: str, manifest: Path, *arguments: str) -> str:
        binary = str(fetch_argocd().binary)
        line = [binary, "admin", "settings", "resource-overrides", command, str(manifest), *arguments]
        settings = ["--argocd-cm-path", str(path), "--load-cluster-settings=false"]
        answer = subprocess.run(
            [*line, *settings],
            env={"PATH": os.environ["PATH"], "HOME": str(directory)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    return run


@pytest.mark.parametrize("case", EVERY_HEALTH_TEST, ids=str)
def test_an_object_has_the_health_that_is_asked_for(case: Case, resource_overrides: ResourceOverrides) -> None:
    wanted = case.wanted

    said = resource_overrides("health", case.path)

    assert said == f"STATUS: {wanted['status']}\nMESSAGE: {wanted.get('deletionMessage', wanted['message'])}\n"


@pytest.mark.parametrize("case", EVERY_DISCOVERY_TEST, ids=str)
def test_an_object_offers_the_actions_that_are_asked_for(case: Case, resource_overrides: ResourceOverrides) -> None:
    said = resource_overrides("list-actions", case.path)

    rows = dict(line.split() for line in said.splitlines()[1:])
    assert rows == {action["name"]: str(action["disabled"]).lower() for action in case.wanted}


@pytest.mark.parametrize(
    ("action", "name", "added"),
    [
        ("reconcile", "active", r"atlasstreams\.io/reconcile-requested-at: \"?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\"?"),
        ("suspend", "active", "suspend: true"),
        ("resume", "active-while-suspended", "suspend: false"),
    ],
)
def test_an_action_changes_the_object(
    action: str, name: str, added: str, resource_overrides: ResourceOverrides
) -> None:
    said = resource_overrides("run-action", DIRECTORY / "testdata" / f"{name}.yaml", action)

    assert re.search(rf"^[>+].*{added}", said, re.MULTILINE), said
