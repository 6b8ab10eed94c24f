"""docs/argocd.md is true."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from atlas_streams_peering.api.conditions import Reason
from docs.documents import manifests_in, read, table_rows
from docs.test_manifests import strict
from gitops.customization import ACTIONS, HEALTH_TESTS, specimen
from gitops.test_details_lua import HEALTH_TESTS as DETAILS_HEALTH_TESTS
from gitops.test_details_lua import example as details
from gitops.test_outbound_lua import HEALTH_TESTS as OUTBOUND_HEALTH_TESTS
from gitops.test_outbound_lua import example as outbound
from gitops.test_policy_lua import HEALTH_TESTS as POLICY_HEALTH_TESTS
from gitops.test_policy_lua import example as policy
from local_cluster.programs import fetch_argocd

PAGE = read("docs/argocd.md")
COLOURS = {"Healthy", "Progressing", "Degraded", "Suspended"}
WITHOUT_SPECIMEN: dict[str, str] = {
    Reason.INVALID_SPEC: "Degraded",
    Reason.WRITE_REFUSED: "Degraded",
    Reason.CONFLUENT_UNAVAILABLE: "Progressing",
}
"""Reasons that no specimen shows: they need a changed CRD, an admission policy, or another service."""
NOBODY = """
apiVersion: v1
kind: Config
clusters: [{name: none, cluster: {server: "http://127.0.0.1:1"}}]
contexts: [{name: none, context: {cluster: none, user: none}}]
users: [{name: none, user: {}}]
current-context: none
"""


def documented() -> dict[str, str]:
    """Return reason → health, as the page's table has it."""
    rows = [row for row in table_rows(PAGE) if len(row) == 3 and row[1] in COLOURS]
    return {reason: row[1] for row in rows for reason in re.findall(r"[A-Z]\w+", row[0])}


def shown() -> dict[str, str]:
    """Return reason → health, as Argo CD has it of objects that the operator has looked at since their last change."""
    found = {}
    cases = [(case, specimen(Path(case["inputPath"]).stem)) for case in HEALTH_TESTS]
    cases += [(case, details(Path(case["inputPath"]).stem)) for case in DETAILS_HEALTH_TESTS]
    cases += [(case, outbound(Path(case["inputPath"]).stem)) for case in OUTBOUND_HEALTH_TESTS]
    cases += [(case, policy(Path(case["inputPath"]).stem)) for case in POLICY_HEALTH_TESTS]
    for case, obj in cases:
        current = obj["status"]["observedGeneration"] == obj["metadata"]["generation"]
        if current and "deletionTimestamp" not in obj["metadata"]:
            (reason,) = (each["reason"] for each in obj["status"]["conditions"] if each["type"] == "Ready")
            found[reason] = case["healthStatus"]["status"]
    return found


def test_the_table_says_what_argo_cd_shows() -> None:
    assert documented() == {**shown(), **WITHOUT_SPECIMEN}


def test_every_reason_is_in_the_table() -> None:
    assert set(documented()) == {*Reason} - {Reason.OBSERVED}


def test_every_action_is_in_a_table() -> None:
    assert {row[0] for row in table_rows(PAGE)} >= {path.parent.name for path in ACTIONS.glob("*/action.lua")}


@pytest.mark.argocd
@pytest.mark.parametrize("number", range(2))
def test_the_applications_fit_the_schema_of_argo_cd(number: int) -> None:
    applications = [manifest for manifest in manifests_in(PAGE) if manifest["kind"] == "Application"]
    crd = yaml.safe_load((fetch_argocd().share / "manifests" / "crds" / "application-crd.yaml").read_text())
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
