"""A real Kubernetes API, the simulator and the operator: what brings the specimens of a kind to where they shall be."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from argo.customizations import ROOT
from atlas_simulator import Settings, SimulatorThread
from local_cluster import ESTABLISHED, Cluster, ControlPlane, LocalClusterError
from local_cluster.processes import ProcessGroup, tail

Manifest = dict[str, Any]

NAMESPACE: Final = "streaming"
LIMIT: Final = 120.0
"""Seconds for each step."""


class StagedOperator:
    """The operator as its own process, as its ServiceAccount. It polls every second what is on its way."""

    def __init__(self, cluster: Cluster, simulator: str, group: ProcessGroup, log: Path, *, steady: int) -> None:
        self._cluster, self._simulator, self._group, self._log, self._steady = cluster, simulator, group, log, steady
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, once its ServiceAccount is there."""
        inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
        token = self._cluster.service_account_kubeconfig("atlas-streams-peering", "atlas-streams-peering")
        settings = {
            "KUBECONFIG": str(token),
            "ATLAS_BASE_URL": self._simulator,
            "CONFLUENT_BASE_URL": self._simulator,
            "WATCH_NAMESPACES": NAMESPACE,
            "POLL_INTERVAL_PENDING": "1",
            "POLL_INTERVAL_STEADY": str(self._steady),
            "HEALTH_PORT": "0",
            "METRICS_PORT": "0",
        }
        command = (Path(sys.executable).with_name("atlas-streams-peering"), "run")
        self._process = self._group.spawn(command, self._log, environment={**inherited, **settings})

    def check(self) -> None:
        """Raise, with the end of its log, when it has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            raise LocalClusterError(f"the operator ended:\n{tail(self._log)}")

    def stop(self) -> None:
        """Let it end in order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(LIMIT)
            self._process = None


class Stage:
    """Objects of one kind in a namespace, and what a specimen's module does with them."""

    def __init__(self, cluster: Cluster, simulator: SimulatorThread, operator: StagedOperator, kind: str) -> None:
        self._cluster, self.simulator, self.operator, self._kind = cluster, simulator, operator, kind

    def create(self, manifests: Iterable[Manifest]) -> None:
        """Create objects."""
        listed = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        self._cluster.kubectl("create", f"--namespace={NAMESPACE}", "-f", "-", input=json.dumps(listed))

    def secret(self, name: str, data: Mapping[str, str]) -> None:
        """Create a Secret."""
        self.create([{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": dict(data)}])

    def patch(self, name: str, **spec: Any) -> None:
        """Change an object's spec."""
        self.kubectl("patch", self._kind, name, "--type=merge", "-p", json.dumps({"spec": spec}))

    def delete(self, name: str) -> None:
        """Delete an object, without waiting."""
        self.kubectl("delete", self._kind, name, "--wait=false")

    def objects(self) -> dict[str, Manifest]:
        """Return all objects, by name."""
        items: list[Manifest] = json.loads(self.kubectl("get", self._kind, "-o", "json"))["items"]
        return {item["metadata"]["name"]: item for item in items}

    def wait(self, conditions: Mapping[str, Callable[[Manifest], bool]]) -> dict[str, Manifest]:
        """Wait until each object of this name meets its condition, all at once; return these objects."""
        deadline = time.monotonic() + LIMIT
        while True:
            self.operator.check()
            found = self.objects()
            other = [found[name] for name, is_so in conditions.items() if not is_so(found[name])]
            if not other:
                return {name: found[name] for name in conditions}
            if time.monotonic() > deadline:
                raise LocalClusterError(f"not what they shall be after {LIMIT:g} s: {json.dumps(other)}")
            time.sleep(0.2)

    def kubectl(self, *arguments: str) -> str:
        """Run kubectl in the namespace of the objects; return what it prints."""
        return self._cluster.kubectl(f"--namespace={NAMESPACE}", *arguments).stdout


@contextmanager
def opened(directory: Path, kind: str, settings: Settings | None = None, *, steady: int = 1) -> Iterator[Stage]:
    """Set a stage for objects of a kind: our CRDs and permissions are there, and the operator has not started.

    `steady`: the seconds of the steady interval, after which the operator asks again for what was refused.
    """
    with ExitStack() as undo:
        cluster = undo.enter_context(ControlPlane().start(directory, audit=False))
        group = undo.enter_context(ProcessGroup())
        simulator = undo.enter_context(SimulatorThread(settings))
        cluster.kubectl("apply", "-f", str(ROOT / "crds"), "-f", str(ROOT / "deploy" / "rbac.yaml"))
        cluster.kubectl("wait", ESTABLISHED, "crd", "--all")
        cluster.kubectl("create", "namespace", NAMESPACE)
        operator = StagedOperator(cluster, simulator.base_url, group, directory / "operator.log", steady=steady)
        yield Stage(cluster, simulator, operator, kind)
