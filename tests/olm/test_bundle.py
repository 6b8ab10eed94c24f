"""The bundle is what the chart and the kinds say, and what the Operator Lifecycle Manager takes."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from atlas_streams_peering.kinds.resources import KINDS
from chart import named, render
from chart.helm import ROOT
from chart.metadata import ICON
from chart.schemas import NEWEST, OLDEST, Validator
from fast_yaml import read_yaml
from olm.bundle import bundle_files

BUNDLE = ROOT / "olm"
CLUSTER_SERVICE_VERSION = "manifests/atlas-streams-peering.clusterserviceversion.yaml"
VERSION: dict[str, Any] = read_yaml((BUNDLE / CLUSTER_SERVICE_VERSION).read_text())
SPEC = VERSION["spec"]
(DEPLOYMENT,) = SPEC["install"]["spec"]["deployments"]
(PERMISSIONS,) = SPEC["install"]["spec"]["permissions"]


def test_the_bundle_is_current() -> None:
    files = {str(path.relative_to(BUNDLE)): path.read_text() for path in BUNDLE.rglob("*") if path.is_file()}
    assert files == bundle_files(), "make olm"


@pytest.mark.parametrize("minor", [OLDEST, NEWEST])
def test_the_lifecycle_manager_and_kubernetes_know_each_field(minor: str) -> None:
    validator = Validator(minor)
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": DEPLOYMENT["spec"]}
    assert validator.problems(VERSION) == []
    assert validator.problems(deployment) == []


def test_it_may_do_what_the_chart_lets_it_do_and_nothing_else() -> None:
    rendered = render()
    (cluster,) = [one for one in rendered if one["kind"] == "ClusterRoleBinding"]
    of_chart = named(rendered, "ClusterRole", cluster["roleRef"]["name"])["rules"] + named(rendered, "Role")["rules"]
    assert PERMISSIONS["rules"] == of_chart
    assert "clusterPermissions" not in SPEC["install"]["spec"], "a namespaced installation gets no ClusterRole"
    assert PERMISSIONS["serviceAccountName"] == DEPLOYMENT["spec"]["template"]["spec"]["serviceAccountName"]


def test_it_serves_the_namespaces_that_the_operator_group_selects() -> None:
    (container,) = DEPLOYMENT["spec"]["template"]["spec"]["containers"]
    environment = {one["name"]: one for one in container["env"]}
    path = environment["WATCH_NAMESPACES"]["valueFrom"]["fieldRef"]["fieldPath"]
    assert path == "metadata.annotations['olm.targetNamespaces']"
    assert all(mode["supported"] for mode in SPEC["installModes"])
    assert {mode["type"] for mode in SPEC["installModes"]} == {
        "OwnNamespace",
        "SingleNamespace",
        "MultiNamespace",
        "AllNamespaces",
    }


def test_the_cluster_chooses_the_user() -> None:
    pod = DEPLOYMENT["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert {"runAsUser", "runAsGroup"} & set(pod["securityContext"]) == set()


def test_each_kind_is_owned_with_its_definition_and_an_example() -> None:
    owned = {one["kind"]: one for one in SPEC["customresourcedefinitions"]["owned"]}
    examples = {one["kind"]: one for one in json.loads(VERSION["metadata"]["annotations"]["alm-examples"])}
    assert set(owned) == set(examples) == {kind.kind for kind in KINDS}
    for kind in KINDS:
        definition = read_yaml((BUNDLE / "manifests" / f"{kind.crd_name}.yaml").read_text())
        assert owned[kind.kind]["name"] == definition["metadata"]["name"]


def fields(schema: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, field in schema.get("properties", {}).items():
        yield prefix + name
        yield from fields(field, f"{prefix}{name}.")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_descriptors_name_fields_that_exist(kind: Any) -> None:
    (owned,) = (one for one in SPEC["customresourcedefinitions"]["owned"] if one["kind"] == kind.kind)
    schema = kind.manifest()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
    for part in ("spec", "status"):
        described = [one["path"] for one in owned[f"{part}Descriptors"]]
        assert described
        assert set(described) <= set(fields(schema[part]))


def test_the_image_of_a_release_and_its_source_are_named() -> None:
    image = {"repository": "registry.example/peering", "digest": f"sha256:{'0' * 64}"}
    files = bundle_files(image=image, repository="https://git.example/peering")
    version = read_yaml(files[CLUSTER_SERVICE_VERSION])
    (deployment,) = version["spec"]["install"]["spec"]["deployments"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    wanted = f"{image['repository']}@{image['digest']}"
    assert container["image"] == version["metadata"]["annotations"]["containerImage"] == wanted
    assert version["metadata"]["annotations"]["repository"] == "https://git.example/peering"


def test_the_image_of_the_bundle_has_the_labels_of_its_metadata() -> None:
    annotations = read_yaml((BUNDLE / "metadata" / "annotations.yaml").read_text())["annotations"]
    lines = (BUNDLE / "Dockerfile").read_text().splitlines()
    assert {line.removeprefix("LABEL ") for line in lines if line.startswith("LABEL ")} == {
        f"{key}={value}" for key, value in annotations.items()
    }


def test_the_icon_is_the_charts() -> None:
    (icon,) = SPEC["icon"]
    assert base64.b64decode(icon["base64data"]) == ICON.read_bytes()
