"""``python -m demo.backstage``: runs the cluster, the stand-in and the operator for the process in front.

It ends when its standard input does, so that nothing outlives a demo that was killed; unless it was
told to stay: then it ends on SIGTERM, or when its directory is removed.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from demo import services
from demo.messages import Failed, Message, Ready, Step, Typed, encode
from demo.release import RELEASE, install, install_command, stored_container
from image.archive import REPOSITORY, TAG
from local_cluster import CLUSTERS, Cluster, LocalClusterError, NodeCluster
from local_cluster.probes import answers
from local_cluster.processes import ProcessGroup, tail

KEEP: Final = b"keep\n"
START_TIMEOUT: Final = 60.0
STOP_TIMEOUT: Final = 10.0
CHECK_INTERVAL: Final = 1.0
LONGEST_STAY: Final = 24 * 3600.0
"""Seconds: then the operator's token ends."""


IMAGE_VALUES: Final = {
    "image.repository": REPOSITORY,
    "image.tag": TAG,
    "image.pullPolicy": "Never",
    # A pod is no process of this machine, so the stand-in has another address for it than its own.
    "config.allowPlainHttp": "true",
}
METRICS_PORT: Final = 8080


class Program:
    """A program that runs until it is stopped."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str | Path],
        *,
        group: ProcessGroup,
        log: Path,
        environment: Mapping[str, str],
    ) -> None:
        self._name, self._log = name, log
        # Of the caller's environment nothing but the bare minimum: neither settings nor proxies.
        inherited = {key: value for key, value in os.environ.items() if key in ("HOME", "LANG", "PATH", "TMPDIR")}
        self._process = group.spawn(arguments, log, environment={**inherited, **environment})

    def check(self) -> None:
        """Raise, with the end of its log, when it has ended by itself."""
        code = self._process.poll()
        if code is not None:
            raise LocalClusterError(f"{self._name} ended with exit code {code}:\n{tail(self._log)}")

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for a sign that it is ready."""
        deadline = time.monotonic() + START_TIMEOUT
        while not condition():
            self.check()
            if time.monotonic() > deadline:
                raise LocalClusterError(f"{self._name} was not ready within {START_TIMEOUT:g} s:\n{tail(self._log)}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask it to end, and end it when it does not."""
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Backstage:
    """All that runs, in the order in which it is started."""

    def __init__(self, directory: Path, tell: Callable[[Message], None]) -> None:
        self._directory, self._tell = directory, tell
        self._checks: list[Callable[[], None]] = []

    def start_pods(self, image: Path, undo: ExitStack) -> Ready:
        """Start everything, the operator as a pod; `undo` stops it again."""
        started = time.monotonic()
        cluster = undo.enter_context(NodeCluster().start(self._directory, audit=False))
        self._checks.append(cluster.check)
        cluster.load_image(image)
        self._done("Kubernetes", f"a control plane and a node: {cluster.server}", started)
        group = undo.enter_context(ProcessGroup())
        base_url = self._start_services(group, undo)
        port = urlsplit(base_url).port
        if port is None:
            raise LocalClusterError(f"{base_url} names no port")
        self._install(cluster, {**_common_values(f"http://{cluster.reach(port)}:{port}"), **IMAGE_VALUES})
        started = time.monotonic()
        cluster.kubectl("rollout", "status", f"deployment/{RELEASE}", f"--namespace={RELEASE}", timeout=START_TIMEOUT)
        self._done("Operator", "a pod, which a kubelet runs", started)
        service = ("service", f"{RELEASE}-metrics", f"--namespace={RELEASE}", "--output=jsonpath={.spec.clusterIP}")
        metrics = cluster.publish(f"{cluster.kubectl('get', *service).stdout}:{METRICS_PORT}")
        return Ready(str(cluster.kubeconfig), base_url, f"http://{metrics}/metrics")

    def start(self, cluster_name: str, undo: ExitStack) -> Ready:
        """Start everything, the operator as a process; `undo` stops it again."""
        cluster = self._start_cluster(cluster_name, undo)
        group = undo.enter_context(ProcessGroup())
        base_url = self._start_services(group, undo)
        health, metrics = _free_ports(2)
        self._install(cluster, _values(base_url, health=health, metrics=metrics))
        self._start_operator(cluster, health, group, undo)
        metrics_url = f"http://127.0.0.1:{metrics}/metrics"
        return Ready(str(cluster.kubeconfig), base_url, metrics_url)

    def check(self) -> None:
        """Raise when something has ended by itself."""
        for check in self._checks:
            check()

    def _start_cluster(self, name: str, undo: ExitStack) -> Cluster:
        started = time.monotonic()
        cluster = undo.enter_context(CLUSTERS[name]().start(self._directory, audit=False))
        self._checks.append(cluster.check)
        self._done("Kubernetes API", cluster.server, started)
        return cluster

    def _start_services(self, group: ProcessGroup, undo: ExitStack) -> str:
        started = time.monotonic()
        configuration, port_file = self._directory / "services.json", self._directory / "services.port"
        configuration.write_text(json.dumps(services.configuration(), indent=2))
        program = Program(
            "the stand-in for Atlas and Confluent Cloud",
            [sys.executable, "-m", "atlas_simulator", "--config", configuration, "--port-file", port_file],
            group=group,
            log=self._directory / "services.log",
            environment={},
        )
        undo.callback(program.stop)
        program.wait_until(port_file.exists)
        self._checks.append(program.check)
        base_url = f"http://127.0.0.1:{port_file.read_text().strip()}"
        services.activate(base_url, services.ACTIVE_CONNECTION)
        self._done("Atlas, Confluent", f"a stand-in for both: {base_url}", started)
        return base_url

    def _install(self, cluster: Cluster, values: Mapping[str, str]) -> None:
        command = install_command(values)
        started = time.monotonic()
        output = install(cluster, command)
        self._tell(Typed(command, output, time.monotonic() - started))

    def _start_operator(self, cluster: Cluster, health: int, group: ProcessGroup, undo: ExitStack) -> None:
        started = time.monotonic()
        container = stored_container(cluster)
        # What its pod would have mounted.
        token = self._directory / "operator.kubeconfig"
        cluster.service_account_kubeconfig(container.namespace, container.account, token)
        program = Program(
            "the operator",
            container.command,
            group=group,
            log=self._directory / "operator.log",
            environment=container.environment(token),
        )
        undo.callback(program.stop)
        program.wait_until(lambda: answers(health, "/readyz"))
        self._checks.append(program.check)
        self._done("Operator", "a process with the Deployment's arguments, env and account", started)

    def _done(self, title: str, detail: str, started: float) -> None:
        self._tell(Step(title, detail, time.monotonic() - started))


def main() -> int:
    """Run until told to end."""
    parser = argparse.ArgumentParser(prog="python -m demo.backstage")
    parser.add_argument("--cluster", choices=CLUSTERS, required=True)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--image", type=Path)
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    kept = False
    try:
        with ExitStack() as undo:
            backstage = Backstage(options.directory, _tell)
            _tell(
                backstage.start(options.cluster, undo)
                if options.image is None
                else backstage.start_pods(options.image, undo)
            )
            if _wait_for_word():
                kept = True
                _stay(backstage, options.directory)
    except KeyboardInterrupt:
        pass
    except (LocalClusterError, RuntimeError, OSError) as error:
        with suppress(OSError):
            _tell(Failed(str(error)))
        return 1
    finally:
        if kept:
            shutil.rmtree(options.directory, ignore_errors=True)
    return 0


def _tell(message: Message) -> None:
    os.write(sys.stdout.fileno(), encode(message).encode())


def _wait_for_word() -> bool:
    """Wait for the process in front to end, or to say that everything shall stay; return whether it shall."""
    return sys.stdin.buffer.readline() == KEEP


def _stay(backstage: Backstage, directory: Path) -> None:
    until = time.monotonic() + LONGEST_STAY
    while directory.exists() and time.monotonic() < until:
        backstage.check()
        time.sleep(CHECK_INTERVAL)


def _values(base_url: str, *, health: int, metrics: int) -> dict[str, str]:
    """Return what differs from the chart's defaults where the operator is a process."""
    return {
        **_common_values(base_url),
        # Of this machine, which has other programs too; a pod has all ports to itself.
        "config.healthPort": str(health),
        "config.metricsPort": str(metrics),
        # There is no image for a pod to run: a process takes its place.
        "replicas": "0",
    }


def _common_values(base_url: str) -> dict[str, str]:
    return {
        "config.atlasBaseUrl": base_url,
        "config.confluentBaseUrl": base_url,
        "config.pollIntervalPending": "1",
        "config.pollIntervalSteady": "5",
        "config.logFormat": "text",
    }


def _free_ports(number: int) -> list[int]:
    """Return ports that nobody listens on now: all held at once, so that they differ."""
    with ExitStack() as held:
        servers = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        return [server.getsockname()[1] for server in servers]


if __name__ == "__main__":
    sys.exit(main())
