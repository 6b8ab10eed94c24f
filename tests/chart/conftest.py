import json
import re
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from chart_release import Release

from chart.helm import ROOT
from chart.schemas import prometheus_operator_crds
from cluster.leftovers import remove_crds
from local_cluster import ESTABLISHED, Cluster, ControlPlane


@pytest.fixture(scope="session")
def bare_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A real control plane that knows the Prometheus Operator's kinds, and none of ours."""
    with ControlPlane().start(tmp_path_factory.mktemp("chart-control-plane")) as cluster:
        listed = {"apiVersion": "v1", "kind": "List", "items": prometheus_operator_crds()}
        cluster.kubectl("create", "-f", "-", input=json.dumps(listed))
        cluster.kubectl("wait", ESTABLISHED, "crd", "--all")
        yield cluster


@pytest.fixture(scope="module")
def kinds(bare_cluster: Cluster) -> Iterator[None]:
    """Our kinds, for tests to which it does not matter how they came: `crds.enabled: false`."""
    crds = ("-f", str(ROOT / "crds"))
    bare_cluster.kubectl("apply", "--server-side", *crds)
    bare_cluster.kubectl("wait", ESTABLISHED, *crds)
    yield
    remove_crds(bare_cluster)


@pytest.fixture(scope="session")
def new_release(bare_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Release]:
    """Make a release that is not installed yet, in a namespace of its own."""

    numbers = count(1)

    def make(name: str) -> Release:
        name = re.sub(r"[^a-z0-9]+", "-", name.removeprefix("test_"))[:40].strip("-") + f"-{next(numbers)}"
        return Release(bare_cluster, name, tmp_path_factory.mktemp(name))

    return make


@pytest.fixture
def release(new_release: Callable[[str], Release], request: pytest.FixtureRequest) -> Iterator[Release]:
    """A release of the test's own; afterwards nothing of it is left."""
    release = new_release(request.node.name)
    yield release
    release.remove_all()
