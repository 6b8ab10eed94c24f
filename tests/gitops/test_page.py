"""docs/argocd.md is true."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from atlas_streams_peering.api.conditions import Reason
from docs.documents import manifests_in, read, table_rows
from docs.test_manifests import strict
from fast_yaml import read_yaml
from gitops.customization import ACTIONS, EVERY_HEALTH_TEST
from gitops.customization import read as read_object
from local_cluster.programs import fetch_argocd

PAGE = read("docs/argocd.md")
COLOURS = {"Healthy", "Progressing", "Degraded", "Suspended"}
WITHOUT_TESTDATA: dict[str, str] = {
    Reason.INVALID_SPEC: "Degraded",
    Reason.WRITE_REFUSED: "Degraded",
}
"""Reasons that the test data does not show: they need a changed CRD, or an admission policy."""
NOBODY = """
apiVersion: v1
kind: Config
clusters: [{name: none, cluster: {server: "http://127.0.0.1:1"}}]
contexts: [{name: none, context: {cluster: none, user: none}}]
users: [{name: none, user: {}}]
current-context: none
"""


def condition(obj: dict[str, Any], kind: str) -> dict[str, Any]:
    return next((each for each in obj["status"].get("conditions", []) if each["type"] == kind), {})


CASES = [(read_object(case.path), case.wanted["status"]) for case in EVERY_HEALTH_TEST]
SUSPENDED_BUT_REQUESTED = [
    obj
    for obj, _ in CASES
    if condition(obj, "Ready").get("reason") == "Suspended" and condition(obj, "Requested").get("status") == "True"
]
"""Of these the page speaks below the table."""


def documented() -> dict[str, str]:
    """Return reason → health, as the page's table has it."""
    rows = [row for row in table_rows(PAGE) if len(row) == 3 and row[1] in COLOURS]
    return {reason: row[1] for row in rows for reason in re.findall(r"[A-Z]\w+", row[0])}


def shown() -> dict[str, set[str]]:
    """Return reason → health, as Argo CD has it of objects that the operator has looked at since their last change."""
    found: dict[str, set[str]] = {}
    for obj, health in CASES:
        current = obj["status"]["observedGeneration"] == obj["metadata"]["generation"]
        if current and "deletionTimestamp" not in obj["metadata"] and obj not in SUSPENDED_BUT_REQUESTED:
            found.setdefault(condition(obj, "Ready")["reason"], set()).add(health)
    return found


def test_the_table_says_what_argo_cd_shows() -> None:
    documented_sets = {reason: {health} for reason, health in documented().items() if reason not in WITHOUT_TESTDATA}
    assert documented_sets == shown()


def test_of_reasons_without_test_data_the_table_says_what_their_conditions_make_of_them() -> None:
    assert {reason: documented()[reason] for reason in WITHOUT_TESTDATA} == WITHOUT_TESTDATA


def test_what_is_suspended_but_requested_is_healthy() -> None:
    healths = {health for obj, health in CASES if obj in SUSPENDED_BUT_REQUESTED}
    assert healths == {"Healthy"}


def test_every_reason_is_in_the_table() -> None:
    assert set(documented()) == {*Reason} - {Reason.OBSERVED}


def test_every_action_is_in_a_table() -> None:
    assert {row[0] for row in table_rows(PAGE)} >= {path.parent.name for path in ACTIONS.glob("*/action.lua")}


@pytest.mark.argocd
@pytest.mark.parametrize("number", range(2))
def test_the_applications_fit_the_schema_of_argo_cd(number: int) -> None:
    applications = [manifest for manifest in manifests_in(PAGE) if manifest["kind"] == "Application"]
    crd = read_yaml((fetch_argocd().share / "manifests" / "crds" / "application-crd.yaml").read_text())
    schema: dict[str, Any] = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]

    assert len(applications) == 2
    jsonschema.validate(applications[number], strict(schema))


@pytest.mark.argocd
@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        ("action/atlasstreams.io/StreamsVpcPeering/resume", "Yes"),
        ("action/apps/Deployment/restart", "No"),
        ("delete", "No"),
    ],
)
def test_the_line_of_the_policy_allows_our_actions_alone(action: str, allowed: str, tmp_path: Path) -> None:
    (line,) = re.findall(r"^p, role:platform, .*$", PAGE, re.MULTILINE)
    (tmp_path / "policy.csv").write_text(f"{line}\ng, somebody, role:platform\n")
    # The command wants a cluster, and asks nothing of it.
    (tmp_path / "kubeconfig").write_text(NOBODY)

    answer = subprocess.run(
        [
            *(fetch_argocd().binary, "admin", "settings", "rbac", "can", "somebody", action, "applications"),
            *("default/orders", "--policy-file", "policy.csv"),
        ],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "KUBECONFIG": "kubeconfig"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert answer.stdout.strip() == allowed, answer.stderr
