"""The deployment on a real API: its manifests are accepted."""

from collections.abc import Iterator
from typing import Final

import pytest

from demo.places import ROOT
from local_cluster import ESTABLISHED, Cluster, ControlPlane

NAME: Final = "atlas-streams-peering"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with ControlPlane().start(tmp_path_factory.mktemp("control-plane"), audit=False) as cluster:
        cluster.kubectl("apply", "-f", str(ROOT / "crds"), "-f", str(ROOT / "deploy" / "rbac.yaml"))
        cluster.kubectl("wait", ESTABLISHED, "-f", str(ROOT / "crds"))
        yield cluster


def test_the_deployment_is_accepted_without_a_warning(cluster: Cluster) -> None:
    manifest = str(ROOT / "deploy" / "operator.yaml")
    answer = cluster.kubectl("apply", "--dry-run=server", "--validate=strict", "-f", manifest)
    assert f"deployment.apps/{NAME} created (server dry run)\n" in answer.stdout
    assert answer.stderr == ""


def test_its_pods_fit_a_namespace_that_takes_restricted_ones_only(cluster: Cluster) -> None:
    restricted = "pod-security.kubernetes.io/warn=restricted"
    cluster.kubectl("label", "namespace", NAME, restricted, "--overwrite")
    answer = cluster.kubectl("apply", "--dry-run=server", "-f", str(ROOT / "deploy" / "operator.yaml"))
    assert "would violate PodSecurity" not in answer.stderr
