import re
from collections.abc import Iterator
from itertools import count

import pytest

from atlas_simulator import SimulatorThread
from chart import CHART, containers
from chart.helm import RELEASE
from cluster.atlas import quick_atlas
from cluster.confluent import quick_confluent
from cluster.namespace import Namespace
from cluster.operator_process import free_port, unexpected_errors
from cluster.waiting import wait_until
from gitops import pods
from gitops.application import Application, chart_source
from gitops.argocd import ArgoCdServices
from gitops.manifests import Manifest
from gitops.repository import CHART_FOLDER, Repository
from local_cluster import Cluster, ControlPlane
from local_cluster.probes import answers
from local_cluster.processes import ProcessGroup, Service

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A real control plane that knows nothing of ours: Argo CD brings it."""
    with ControlPlane().start(tmp_path_factory.mktemp("control-plane")) as control_plane:
        yield control_plane


@pytest.fixture(scope="session")
def argocd(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArgoCdServices]:
    """A real Argo CD with our configuration."""
    with ArgoCdServices(cluster, tmp_path_factory.mktemp("argocd")) as services:
        yield services


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("repository"))


@pytest.fixture(scope="session")
def atlas() -> Iterator[SimulatorThread]:
    """Atlas and Confluent Cloud, quick: nothing takes longer than a fraction of a second."""
    with quick_atlas() as simulator:
        quick_confluent(simulator)
        yield simulator


@pytest.fixture(scope="session")
def chart_application(
    cluster: Cluster, argocd: ArgoCdServices, repository: Repository, atlas: SimulatorThread
) -> Application:
    """The chart, synced from git, with CRDs, permissions and Deployment."""
    repository.commit_copy(CHART_FOLDER, CHART)
    config = {
        "atlasBaseUrl": atlas.base_url,
        "confluentBaseUrl": atlas.base_url,
        "pollIntervalPending": 1,
        "pollIntervalSteady": 1,
        "healthPort": free_port(),
        "metricsPort": free_port(),
    }
    values: Manifest = {"config": config}
    application = Application(argocd, repository, Namespace(cluster, RELEASE))
    application.create(chart_source(RELEASE, values), options=("CreateNamespace=true",))
    application.wait_for_operation("Succeeded")
    return application


@pytest.fixture(scope="session")
def operator(
    chart_application: Application, atlas: SimulatorThread, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The operator of the Deployment that Argo CD has applied."""
    namespace = chart_application.namespace
    deployment = namespace.get(RELEASE, "deployment")
    assert deployment is not None
    (container,) = containers(deployment)
    health_port = int(container.variables["HEALTH_PORT"])
    directory = tmp_path_factory.mktemp("operator")
    with ProcessGroup() as group:
        service = pods.start(group, namespace, container, directory)

        def is_ready() -> bool:
            service.check()
            return answers(health_port, "/readyz")

        wait_until(is_ready, "the operator is ready", seconds=60)
        pods.deployment_is_available(namespace, RELEASE)
        yield service
        service.check()
        service.stop()
        assert unexpected_errors((directory / pods.LOG).read_text()) == []


@pytest.fixture
def application(
    cluster: Cluster,
    argocd: ArgoCdServices,
    repository: Repository,
    operator: Service,
    request: pytest.FixtureRequest,
) -> Application:
    """An Application of the test's own, not created yet, with a namespace that exists."""
    words = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_"))
    name = f"{words[:40].strip('-')}-{next(_NUMBERS)}"
    cluster.kubectl("create", "namespace", name)
    return Application(argocd, repository, Namespace(cluster, name))
