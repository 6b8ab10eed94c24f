"""Names and labels: what other objects, and people, find things by."""

import json
import re
import textwrap
from typing import Any

import pytest

from atlas_streams_peering.kinds.streams_vpc_peering.resource import StreamsVpcPeeringSpec
from chart import Manifest, helm, is_hook, named, render
from chart.helm import CHART
from fast_yaml import read_yaml

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


def notes_of(*arguments: str) -> str:
    """Return what `helm install` prints for a release `blue`."""
    answer = helm("install", "blue", str(CHART), "--dry-run=client", "--output", "json", *arguments)
    return str(json.loads(answer.stdout)["info"]["notes"])


def shown_in(notes: str) -> list[str]:
    """Return each indented block of the notes: commands, and what a user writes into files."""
    blocks = re.findall(r"(?:^ {5}.+$\n?)+", notes, flags=re.MULTILINE)
    return [textwrap.dedent(block) for block in blocks]


def test_the_notes_lead_from_the_install_to_the_first_peering() -> None:
    notes = notes_of("--namespace", "ops")
    for step in ("helm test --namespace ops blue", "create secret generic", "kind: StreamsVpcPeering", " wait --for="):
        assert step in notes


def test_the_notes_name_a_secret_that_the_operator_may_read() -> None:
    notes = notes_of("--set", "rbac.secretNames={atlas-of-orders}")
    assert "create secret generic atlas-of-orders " in notes
    assert "credentialsSecretRef: {name: atlas-of-orders}" in notes


@pytest.mark.parametrize(
    "values",
    [
        (),
        ("config.watchNamespaces={orders}",),
        ("config.defaultCredentialsSecret=ops/atlas", "config.defaultCredentialsNamespaces={*}"),
    ],
    ids=["default", "namespaced", "default-credentials"],
)
def test_each_command_of_the_notes_can_be_pasted(values: tuple[str, ...]) -> None:
    """A shell takes <…> for a redirection, and never sees the indented end of a here-document."""
    notes = notes_of("--namespace", "ops", *(word for value in values for word in ("--set", value)))
    commands = [
        line for block in shown_in(notes) for line in block.splitlines() if line.startswith(("kubectl", "helm"))
    ]
    assert len(commands) == 8
    assert [command for command in commands if set(command) & set("…<>&|;$`\\(){}[]*?!#'")] == []


def test_the_notes_show_a_peering_that_is_complete_after_its_values_are_replaced() -> None:
    (shown,) = [block for block in shown_in(notes_of()) if block.startswith("apiVersion")]
    values = {
        "YOUR_NAMESPACE": "orders",
        "YOUR_PROJECT_ID": "671a86f4cfc9da7d7c31b14f",
        "YOUR_AWS_ACCOUNT_ID": "417601102659",
        "YOUR_VPC_ID": "vpc-0d13eb6a2f0377854",
    }
    for placeholder, value in values.items():
        assert shown.count(f'"{placeholder}"') == 1
        shown = shown.replace(placeholder, value)
    manifest = read_yaml(shown)
    read = StreamsVpcPeeringSpec.model_validate(manifest["spec"])
    assert (manifest["kind"], manifest["metadata"]["namespace"]) == ("StreamsVpcPeering", "orders")
    assert read.requester.account_id == values["YOUR_AWS_ACCOUNT_ID"]


def test_the_notes_show_the_log_of_the_operators_pods_and_of_no_others() -> None:
    (selector,) = re.findall(r"logs --selector (\S+) ", notes_of())
    wanted = dict(pair.split("=") for pair in selector.split(","))
    assert [kind for kind, labels in workloads(render(release="blue")).items() if selects(wanted, labels)] == [
        "Deployment"
    ]


@pytest.mark.parametrize("elects", [True, False])
def test_the_notes_name_the_lease_if_there_is_one(elects: bool) -> None:
    notes = notes_of("--namespace", "ops", "--set", f"config.leaderElect={str(elects).lower()}")
    assert ("kubectl --namespace ops get lease atlas-streams-peering" in notes) is elects
