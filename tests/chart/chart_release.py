"""A release of the chart on a real API server. There is no kubelet: the test runs what a pod would."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from chart import CHART, Container, Manifest, containers
from cluster.forked import ForkedCommand
from cluster.waiting import wait_until
from local_cluster import Cluster
from local_cluster.programs import fetch_helm

NOW = "2026-01-01T00:00:00Z"
CRD = "streamsvpcpeerings.atlasstreams.io"


@dataclass(frozen=True)
class Ended:
    """A program that has ended."""

    code: int
    output: str


class Release:
    """`helm` for one release, in the namespace of its name."""

    def __init__(self, cluster: Cluster, name: str, directory: Path) -> None:
        self.cluster, self.name, self.namespace = cluster, name, name
        self._directory = directory
        self._guarded: list[str] = []
        self._applied: list[str] = []
        self._accounts: dict[str, Path] = {}
        self._runs = count(1)
        cluster.kubectl("create", "namespace", name)

    def helm(self, verb: str, *arguments: str, values: Mapping[str, Any] | None = None) -> Ended:
        with self.helm_running(verb, *arguments, values=values) as process:
            output, _ = process.communicate(timeout=90)
        return Ended(process.returncode, output)

    @contextmanager
    def helm_running(
        self, verb: str, *arguments: str, values: Mapping[str, Any] | None = None
    ) -> Iterator[subprocess.Popen[str]]:
        """Run Helm while the test goes on; it ends with the block."""
        options = [f"--kubeconfig={self.cluster.kubeconfig}", f"--namespace={self.namespace}"]
        if values is not None:
            path = self._directory / "values.json"
            path.write_text(json.dumps(values))
            options.append(f"--values={path}")
        process = subprocess.Popen(
            [fetch_helm(), verb, self.name, *arguments, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()

    def install(self, values: Mapping[str, Any] | None = None, chart: Path = CHART) -> None:
        answer = self.helm("install", str(chart), values=values)
        assert answer.code == 0, answer.output

    def kubectl(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return self.cluster.kubectl("--namespace", self.namespace, *arguments, **options)

    def apply(self, manifests: list[Manifest]) -> None:
        """Apply without Helm."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests})
        self._applied.append(text)
        self.kubectl("apply", "--server-side", "-f", "-", input=text)

    def get(self, kind: str, name: str) -> Manifest | None:
        return self.cluster.rest.get(kind, self.namespace, name)

    def object_name(self, suffix: str = "") -> str:
        """Return the name of one of the release's objects."""
        name = f"{self.name}-atlas-streams-peering"
        return f"{name[: 62 - len(suffix)].rstrip('-')}-{suffix}" if suffix else name[:63].rstrip("-")

    def run(self, container: Container, *arguments: str, **variables: str) -> Ended:
        """Run what a container does to its end, as the ServiceAccount of its pod."""
        log = self._directory / f"run-{next(self._runs)}.log"
        environment = container.environment(self.account(container.account), **variables)
        process = ForkedCommand(environment, log, [*container.arguments, *arguments])
        try:
            return Ended(process.wait(90), log.read_text())
        finally:
            process.kill()

    def run_command(self, container: Container, *arguments: str, **variables: str) -> Ended:
        """Do the same with the command itself, as the image has it: it takes a second longer to start."""
        answer = subprocess.run(
            [*container.command, *arguments],
            env=container.environment(self.account(container.account), **variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=90,
            check=False,
        )
        return Ended(answer.returncode, answer.stdout)

    def account(self, name: str) -> Path:
        """Return a kubeconfig with a token of a ServiceAccount of the namespace, the same one each time."""
        if name not in self._accounts:
            path = self._directory / f"{name}.kubeconfig"
            self._accounts[name] = self.cluster.service_account_kubeconfig(self.namespace, name, path)
        return self._accounts[name]

    def run_job(self, name: str) -> Ended:
        """Do with a Job what a cluster with nodes would: run it, and say how it ended."""
        job = wait_until(lambda: self.get("job", name), f"Job {name} is there", seconds=60)
        (container,) = containers(job)
        ended = self.run(container)
        kinds = ("FailureTarget", "Failed") if ended.code else ("SuccessCriteriaMet", "Complete")
        conditions = [{"type": kind, "status": "True", "lastTransitionTime": NOW} for kind in kinds]
        times = {"startTime": NOW} | ({} if ended.code else {"completionTime": NOW})
        count = {"failed": 1} if ended.code else {"succeeded": 1}
        self._write_status("job", name, {"conditions": conditions, **times, **count})
        return ended

    def run_pod(self, name: str, *arguments: str, **variables: str) -> Ended:
        """Do with a Pod what a kubelet would: run it, and say how it ended."""
        pod = wait_until(lambda: self.get("pod", name), f"Pod {name} is there", seconds=60)
        (container,) = containers(pod)
        ended = self.run_command(container, *arguments, **variables)
        self._write_status("pod", name, {"phase": "Failed" if ended.code else "Succeeded"})
        return ended

    def wait_until_served(self) -> None:
        """Wait until the API server takes our kinds."""
        wait_until(lambda: self.kubectl("get", "svp", check=False).returncode == 0, "the kind is served", seconds=30)

    def peering(self, name: str, *, holds: str | None = None) -> None:
        """Create a peering; one that holds a connection carries the operator's finalizer."""
        manifest = {
            "apiVersion": "atlasstreams.io/v1alpha1",
            "kind": "StreamsVpcPeering",
            "metadata": {"name": name, "finalizers": ["atlasstreams.io/cleanup"] if holds else []},
            "spec": {
                "projectId": "671a86f4cfc9da7d7c31b14f",
                "requester": {"accountId": "417601102659", "vpcId": "vpc-0d13eb6a2f0377854"},
            },
        }
        self.kubectl("create", "-f", "-", input=json.dumps(manifest))
        if holds:
            self._guarded.append(name)
            self._write_status("svp", name, {"connectionName": holds})

    def remove_all(self) -> None:
        """Remove what the test may have left, without asking anybody."""
        for name in self._guarded:
            self.kubectl("patch", "svp", name, "--type=merge", '-p={"metadata":{"finalizers":null}}', check=False)
        self.kubectl("delete", "svp", "--all", check=False)
        self.helm("uninstall", "--no-hooks", "--ignore-not-found")
        for text in self._applied:
            self.kubectl("delete", "--wait=false", "-f", "-", input=text)
        self.kubectl("delete", "namespace", self.namespace, "--wait=false")

    def _write_status(self, kind: str, name: str, status: Mapping[str, Any]) -> None:
        self.cluster.rest.patch(kind, self.namespace, name, {"status": status}, "status")
