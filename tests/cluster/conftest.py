import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from kubernetes.aio import config
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration

from atlas_simulator import SimulatorThread
from atlas_streams_peering.kube.api import KubernetesApi
from cluster.atlas import PollTrigger, quick_atlas
from cluster.fault_proxy import FaultProxy
from cluster.leftovers import remove_objects
from cluster.namespace import Namespace
from cluster.operator_process import OperatorProcess
from cluster.permissions import RBAC, Permissions
from local_cluster import CLUSTERS, ESTABLISHED, Cluster

ROOT = Path(__file__).parents[2]
OPERATOR_NAMESPACE = "atlas-streams-peering"

MAY_BE_DENIED = "may_be_denied"

StartOperator = Callable[..., OperatorProcess]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MAY_BE_DENIED}(why): the operator may be denied something during this test")


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A real control plane, of the kind that ``CLUSTER`` names, with our CRDs and RBAC."""
    with CLUSTERS[os.environ.get("CLUSTER", "auto")]().start(tmp_path_factory.mktemp("control-plane")) as control_plane:
        control_plane.kubectl("apply", "-f", str(ROOT / "crds"), "-f", str(RBAC))
        control_plane.kubectl("wait", ESTABLISHED, "crd", "--all")
        yield control_plane


@pytest.fixture(scope="session")
def permissions(cluster: Cluster) -> Iterator[Permissions]:
    """Whatever the tests had the operator do, the chart's roles were enough for it, and nothing else was needed."""
    watching = Permissions(cluster)
    yield watching
    watching.check()


@pytest.fixture(autouse=True)
def watched(permissions: Permissions, request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test is watched, unless it is marked: `may_be_denied`."""
    excuse = request.node.get_closest_marker(MAY_BE_DENIED)
    with nullcontext() if excuse is None else permissions.excused():
        yield


@pytest.fixture(scope="session")
def kubeconfig(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The operator's own identity: its ServiceAccount's token."""
    path = tmp_path_factory.mktemp("operator") / "kubeconfig"
    return cluster.service_account_kubeconfig(OPERATOR_NAMESPACE, "atlas-streams-peering", path)


@pytest.fixture(scope="module")
def make_namespace(cluster: Cluster, request: pytest.FixtureRequest) -> Callable[[str], Namespace]:
    """Make namespaces of this module's own."""
    module = re.sub(r"[^a-z0-9]+", "-", request.module.__name__.rpartition(".")[2].removeprefix("test_"))

    def make(suffix: str = "") -> Namespace:
        name = f"{module}-{suffix}" if suffix else module
        cluster.rest.apply("", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        return Namespace(cluster, name)

    return make


@pytest.fixture(scope="module")
def emptied(cluster: Cluster) -> None:
    """Nothing is left of other modules, for a module whose operator or plugin sees the objects of all namespaces."""
    remove_objects(cluster)


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorThread]:
    """Atlas, quick: nothing takes longer than a fraction of a second."""
    with quick_atlas() as atlas:
        yield atlas


@pytest.fixture(scope="module")
def namespace(make_namespace: Callable[[str], Namespace]) -> Namespace:
    """The module's namespace, with a good Secret in it."""
    made = make_namespace("")
    made.secret()
    return made


@pytest.fixture(scope="module")
def start_operator(
    kubeconfig: Path, simulator: SimulatorThread, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartOperator]:
    """Start operators that use this module's Atlas."""
    started: list[OperatorProcess] = []
    directory = tmp_path_factory.mktemp("operators")

    def start(*namespaces: Namespace, wait: bool = True, **settings: Any) -> OperatorProcess:
        log = directory / f"operator-{len(started)}.log"
        watched = ",".join(namespace.name for namespace in namespaces)
        settings.setdefault("atlas", simulator.base_url)
        settings.setdefault("CONFLUENT_BASE_URL", simulator.base_url)
        identity = settings.pop("kubeconfig", kubeconfig)
        operator = OperatorProcess(identity, log, namespaces=watched, **settings)
        started.append(operator)
        return operator.start(wait=wait)

    yield start
    for operator in started:
        operator.__exit__()


@pytest.fixture(scope="module")
def vacant(cluster: Cluster) -> None:
    """Nobody holds the operators' Lease: one whose holder was killed by another module lasts for a while."""
    for lease in cluster.rest.list("leases", OPERATOR_NAMESPACE):
        cluster.rest.delete("leases", OPERATOR_NAMESPACE, lease["metadata"]["name"])


@pytest.fixture(scope="module")
def operator(namespace: Namespace, start_operator: StartOperator) -> Iterator[OperatorProcess]:
    """One operator for the module's namespace; no error may have been unexpected."""
    operator = start_operator(namespace)
    yield operator
    assert operator.unexpected_errors() == []


@pytest.fixture(scope="module")
def poll_trigger(namespace: Namespace, operator: OperatorProcess) -> Iterator[PollTrigger]:
    """Make the operator poll Atlas several times a second."""
    with PollTrigger(namespace) as poll_trigger:
        yield poll_trigger


@pytest.fixture(scope="module")
def proxy(cluster: Cluster, kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultProxy]:
    """A way to the API server on which things can go wrong: ``start_operator(…, kubeconfig=proxy.kubeconfig)``."""
    with FaultProxy(cluster, kubeconfig, tmp_path_factory.mktemp("proxy")) as between:
        yield between


@pytest.fixture
async def api(proxy: FaultProxy) -> AsyncIterator[KubernetesApi]:
    """The operator's own way to the API server, in this process, through the proxy."""
    configuration = Configuration()
    await config.load_kube_config(config_file=str(proxy.kubeconfig), client_configuration=configuration)
    connected = KubernetesApi(ApiClient(configuration))
    yield connected
    await connected.close()
