"""The image's command, run as a pod runs it, beside a real API server and a stand-in for Atlas."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from containers import Container, Runtime

from atlas_simulator import Settings, SimulatorThread
from atlas_streams_peering import __version__
from cluster.namespace import ACCOUNT, PRIVATE_KEY, PROJECT, PUBLIC_KEY, Namespace, peering, vpc
from cluster.operator_process import free_port
from cluster.waiting import wait_until
from local_cluster import ESTABLISHED, Cluster, ControlPlane
from local_cluster.probes import answers

ROOT = Path(__file__).parents[2]
NAME = "atlas-streams-peering"
OF_THE_IMAGE, OF_OPENSHIFT = "65532:65532", "1000680000:0"

Start = Callable[..., Container]
every_user = pytest.mark.parametrize("user", [OF_THE_IMAGE, OF_OPENSHIFT])


@pytest.fixture(scope="module")
def cluster(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    del runtime  # nothing is started where no image can run
    with ControlPlane().start(tmp_path_factory.mktemp("control-plane")) as control_plane:
        control_plane.kubectl("apply", "-f", str(ROOT / "crds"), "-f", str(ROOT / "deploy" / "rbac.yaml"))
        control_plane.kubectl("wait", ESTABLISHED, "crd", "--all")
        yield control_plane


@pytest.fixture(scope="module")
def account(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a kubelet mounts into every pod."""
    directory = tmp_path_factory.mktemp("account")
    token = cluster.kubectl("create", "token", NAME, f"--namespace={NAME}").stdout.strip()
    for name, content in {"token": token, "ca.crt": cluster.ca, "namespace": NAME}.items():
        directory.joinpath(name).write_text(content)
        directory.joinpath(name).chmod(0o644)
    directory.chmod(0o755)
    return directory


@pytest.fixture
def start(runtime: Runtime, cluster: Cluster, account: Path, tmp_path: Path) -> Iterator[Start]:
    """Start containers in the cluster."""
    started: list[Container] = []
    server = urlsplit(cluster.server)

    def begin(*arguments: str, user: str = OF_THE_IMAGE, **variables: str) -> Container:
        in_cluster = {"KUBERNETES_SERVICE_HOST": str(server.hostname), "KUBERNETES_SERVICE_PORT": str(server.port)}
        container = runtime.start(
            *arguments,
            user=user,
            account=account,
            log=tmp_path / f"container-{len(started)}.log",
            variables={"POD_NAMESPACE": NAME, **in_cluster, **variables},
        )
        started.append(container)
        return container

    yield begin
    for container in started:
        container.end()


@pytest.fixture(scope="module")
def atlas() -> Iterator[SimulatorThread]:
    settings = Settings()
    delays = {"recorded": 0.2, "requested": 0.2, "provisioning": 0.4, "deleting": 0.3}
    quick = settings.model_copy(update={"delays": settings.delays.model_copy(update=delays)})
    with SimulatorThread(quick) as simulator:
        simulator.add_project(PROJECT)
        simulator.add_api_key(PUBLIC_KEY, PRIVATE_KEY, roles={PROJECT: "owner"})
        yield simulator


@every_user
def test_it_says_its_version(start: Start, user: str) -> None:
    container = start("--version", user=user)
    assert container.wait() == 0, container.output()
    assert container.output().strip() == __version__


@every_user
def test_it_brings_a_peering_to_active_and_ends_in_order_when_told_to(
    start: Start, cluster: Cluster, atlas: SimulatorThread, user: str
) -> None:
    number = 1 if user == OF_THE_IMAGE else 2
    namespace = Namespace(cluster, f"team-{number}")
    cluster.kubectl("create", "namespace", namespace.name)
    namespace.secret()
    atlas.request_peering(project=PROJECT, account=ACCOUNT, vpc=vpc(number))
    namespace.apply(peering("orders", vpc=vpc(number)))
    health = free_port()

    container = start(
        user=user,
        ATLAS_BASE_URL=atlas.base_url,
        WATCH_NAMESPACES=namespace.name,
        LEADER_ELECT="true",
        POLL_INTERVAL_PENDING="1",
        HEALTH_PORT=str(health),
        METRICS_PORT=str(free_port()),
    )
    wait_until(lambda: not container.runs or answers(health, "/readyz"), "it is ready", seconds=60)
    assert container.runs, container.output()
    assert answers(health, "/healthz")
    namespace.wait_for_reason("orders", "Active", seconds=60)

    container.terminate()
    code = container.wait()
    assert code == 0, container.output()
    assert "Traceback" not in container.output()


@pytest.mark.parametrize(
    ("command", "code"), [("run", 0), ("check", 128 + signal.SIGTERM), ("uninstall-check", 128 + signal.SIGTERM)]
)
def test_told_to_stop_at_its_very_start_it_ends_at_once(start: Start, command: str, code: int) -> None:
    container = start(command)
    container.wait_until_it_handles_sigterm()
    container.terminate()
    assert container.wait() == code, container.output()


def test_the_check_of_an_install_passes(start: Start) -> None:
    container = start(
        "check", "--no-atlas", "--no-confluent", "--patience=10", WATCH_NAMESPACES="", LEADER_ELECT="false"
    )
    assert container.wait() == 0, container.output()
