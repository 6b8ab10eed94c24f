"""Names and labels: what other objects, and people, find things by."""

import json
from typing import Any

import pytest

from chart import Manifest, helm, is_hook, named, render
from chart.helm import CHART

LABELS = "app.kubernetes.io/"


def workloads(manifests: list[Manifest]) -> dict[str, dict[str, str]]:
    """Return the labels of all pods that the release makes, by the kind that makes them."""
    found = {}
    for manifest in manifests:
        if manifest["kind"] in ("Deployment", "Job"):
            found[manifest["kind"]] = manifest["spec"]["template"]["metadata"]["labels"]
        elif manifest["kind"] == "Pod":
            found["Pod"] = manifest["metadata"]["labels"]
    return found


def selects(selector: dict[str, str], labels: dict[str, str]) -> bool:
    return selector.items() <= labels.items()


@pytest.mark.parametrize(
    ("release", "values", "name"),
    [
        ("atlas-streams-peering", {}, "atlas-streams-peering"),
        ("blue", {}, "blue-atlas-streams-peering"),
        ("blue", {"nameOverride": "peering"}, "blue-peering"),
        ("blue-peering", {"nameOverride": "peering"}, "blue-peering"),
        ("blue", {"fullnameOverride": "green"}, "green"),
        ("blue.eu", {}, "blue-eu-atlas-streams-peering"),
    ],
)
def test_the_name_of_objects_comes_from_release_and_overrides(release: str, values: dict[str, Any], name: str) -> None:
    assert named(render(values, release=release), "Deployment")["metadata"]["name"] == name


def test_no_name_grows_too_long_for_kubernetes() -> None:
    everything = {"metrics": {"dashboard": {"enabled": True}}, "fullnameOverride": "x" * 63}
    names = [manifest["metadata"]["name"] for manifest in render(everything)]
    assert all(len(name) <= 63 for name in names if not name.endswith(".atlasstreams.io"))
    assert f"{'x' * 47}-uninstall-check" in names


def test_the_deployment_and_the_metrics_service_find_the_operators_pods_alone() -> None:
    rendered = render()
    selectors = [
        named(rendered, "Deployment")["spec"]["selector"]["matchLabels"],
        named(rendered, "Service")["spec"]["selector"],
    ]
    for kind, labels in workloads(rendered).items():
        assert [selects(selector, labels) for selector in selectors] == [kind == "Deployment"] * 2


def test_the_network_policy_binds_all_pods_of_the_release() -> None:
    rendered = render({"networkPolicy": {"enabled": True}})
    selector = named(rendered, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"]
    assert all(selects(selector, labels) for labels in workloads(rendered).values())


def test_labels_that_selectors_rely_on_cannot_be_overridden() -> None:
    ours = {f"{LABELS}name": "x", f"{LABELS}instance": "y", f"{LABELS}component": "z"}
    rendered = render({"commonLabels": ours, "podLabels": ours, "deploymentLabels": ours})
    selector = named(rendered, "Deployment")["spec"]["selector"]["matchLabels"]
    assert selects(selector, workloads(rendered)["Deployment"])


def test_the_selector_survives_an_upgrade_of_the_chart() -> None:
    # It cannot be changed on a live Deployment: nothing that differs between versions may be in it.
    selector = named(render(), "Deployment")["spec"]["selector"]["matchLabels"]
    assert set(selector) == {f"{LABELS}name", f"{LABELS}instance", f"{LABELS}component"}


def test_every_object_is_labelled_as_part_of_the_release() -> None:
    for manifest in render({"commonLabels": {"team": "x"}}):
        labels = manifest["metadata"]["labels"]
        assert labels[f"{LABELS}instance"] == "atlas-streams-peering"
        assert labels["team"] == "x"


def test_every_namespaced_object_says_its_namespace() -> None:
    cluster_wide = {"CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding"}
    for manifest in render({"namespaceOverride": "platform"}):
        assert (manifest["kind"] in cluster_wide) is ("namespace" not in manifest["metadata"])
        assert manifest["metadata"].get("namespace", "platform") == "platform"


def test_the_uninstall_check_is_the_only_hook_of_its_kind_and_runs_as_the_operator() -> None:
    """Argo CD takes a hook that it does not see yet, because it has just made another, for one that is done."""
    rendered = render()
    (hook,) = (manifest for manifest in rendered if is_hook(manifest, "pre-delete"))
    assert hook["kind"] == "Job"
    operator = named(rendered, "Deployment")["spec"]["template"]["spec"]["serviceAccountName"]
    assert hook["spec"]["template"]["spec"]["serviceAccountName"] == operator


def test_the_notes_lead_from_the_install_to_the_first_peering() -> None:
    answer = helm("install", "blue", str(CHART), "--dry-run=client", "--namespace", "ops", "--output", "json")
    notes = json.loads(answer.stdout)["info"]["notes"]
    for step in ("helm test --namespace ops blue", "create secret generic", "kind: StreamsVpcPeering", "kubectl wait"):
        assert step in notes


def test_the_notes_name_a_secret_that_the_operator_may_read() -> None:
    given = ("--set", "rbac.secretNames={atlas-of-orders}", "--dry-run=client", "--output", "json")
    notes = json.loads(helm("install", "blue", str(CHART), *given).stdout)["info"]["notes"]
    assert "create secret generic atlas-of-orders " in notes
    assert "credentialsSecretRef: {name: atlas-of-orders}" in notes
