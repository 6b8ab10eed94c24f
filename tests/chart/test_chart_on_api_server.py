"""A real API server of the newest supported version takes what the chart renders."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from chart import Manifest, render
from chart.golden import modes
from chart.manifests import manifest_files
from local_cluster import Cluster

NAMESPACES = ("atlas-streams-peering", "monitoring", "orders", "payments", "platform", "vault")
DRY_RUN = ("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-")


@pytest.fixture(scope="module")
def cluster(bare_cluster: Cluster) -> Iterator[Cluster]:
    """The control plane with what pods need to be admitted, in namespaces that take nothing but restricted ones."""
    priority = {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": "platform"},
        "value": 1,
    }
    runtime = {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": "gvisor"},
        "handler": "runsc",
    }
    namespaces = [restricted(name) for name in NAMESPACES]
    accounts = [account(pod) for values in modes().values() for pod in pods_of(render(values))]
    applied = json.dumps(listed([*namespaces, priority, runtime, *accounts]))
    bare_cluster.kubectl("apply", "--server-side", "-f", "-", input=applied)
    yield bare_cluster
    bare_cluster.kubectl(
        "delete", "--wait=false", "-f", "-", input=json.dumps(listed([*namespaces, priority, runtime]))
    )


@pytest.mark.parametrize("mode", modes())
def test_every_object_is_taken_without_a_warning(mode: str, cluster: Cluster) -> None:
    manifests = render(modes()[mode])
    answer = cluster.kubectl(*DRY_RUN, input=json.dumps(listed(manifests)))
    assert len(answer.stdout.splitlines()) == len(manifests)
    assert answer.stderr == ""


@pytest.mark.parametrize("mode", modes())
def test_every_pod_fits_a_namespace_that_takes_restricted_ones_only(mode: str, cluster: Cluster) -> None:
    pods = pods_of(render(modes()[mode]))
    answer = cluster.kubectl("create", "--dry-run=server", "-f", "-", input=json.dumps(listed(pods)))
    assert len(answer.stdout.splitlines()) == len(pods) == 3
    assert answer.stderr == ""


def test_a_pod_without_its_security_context_would_have_been_refused(cluster: Cluster) -> None:
    pod = copy.deepcopy(pods_of(render())[0])
    del pod["spec"]["containers"][0]["securityContext"]
    answer = cluster.kubectl("create", "--dry-run=server", "-f", "-", input=json.dumps(pod), check=False)
    assert "violates PodSecurity" in answer.stderr


@pytest.mark.parametrize("name", ["rbac.yaml", "operator.yaml"])
def test_the_plain_manifests_are_taken_without_a_warning(name: str, cluster: Cluster) -> None:
    text = manifest_files()[name]
    answer = cluster.kubectl(*DRY_RUN, input=text)
    assert answer.stderr == ""


def listed(manifests: list[Manifest]) -> Manifest:
    return {"apiVersion": "v1", "kind": "List", "items": manifests}


def restricted(name: str) -> Manifest:
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def account(pod: Manifest) -> Manifest:
    metadata: dict[str, Any] = {
        "name": pod["spec"]["serviceAccountName"],
        "namespace": pod["metadata"]["namespace"],
    }
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}


def pods_of(manifests: list[Manifest]) -> list[Manifest]:
    """Return the pods that are among the manifests, or that would be made from them."""
    pods = []
    for manifest in manifests:
        if manifest["kind"] in ("Deployment", "Job", "Pod"):
            metadata = {key: manifest["metadata"][key] for key in ("name", "namespace")}
            spec = manifest["spec"] if manifest["kind"] == "Pod" else manifest["spec"]["template"]["spec"]
            pods.append({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    return pods
