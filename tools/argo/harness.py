"""The test harness for the scenarios of a kind: a real Kubernetes API, the simulator and the operator."""

import base64
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
"""The namespace of the objects in the test data."""
LIMIT: Final = 120.0
"""Seconds for each step."""


class OperatorProcess:
    """The operator in a process of its own, as its ServiceAccount. Its pending interval is one second."""

    def __init__(self, group: ProcessGroup, log: Path, settings: Mapping[str, str]) -> None:
        self._group, self._log, self._settings = group, log, settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
        command = (Path(sys.executable).with_name("atlas-streams-peering"), "run")
        self._process = self._group.spawn(command, self._log, environment={**inherited, **self._settings})

    def check(self) -> None:
        """Raise an error with the end of its log if it has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            raise LocalClusterError(f"the operator ended:\n{tail(self._log)}")

    def stop(self) -> None:
        """Stop it, and wait until it has ended."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(LIMIT)
            self._process = None


class Harness:
    """The objects of one kind in a namespace, with the simulator and the operator that they are reconciled with."""

    def __init__(
        self, cluster: Cluster, namespace: str, kind: str, simulator: SimulatorThread, operator: OperatorProcess
    ) -> None:
        self._cluster, self._namespace, self._kind = cluster, namespace, kind
        self.simulator, self.operator = simulator, operator

    def create(self, manifests: Iterable[Manifest]) -> None:
        """Create objects, one after the other."""
        for manifest in manifests:
            self._cluster.rest.apply(self._namespace, manifest)

    def secret(self, name: str, data: Mapping[str, str]) -> None:
        """Create a Secret."""
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
        self.create([{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": encoded}])

    def patch(self, name: str, **spec: Any) -> None:
        """Change an object's spec."""
        self._cluster.rest.patch(self._kind, self._namespace, name, {"spec": spec})

    def delete(self, name: str) -> None:
        """Delete an object, without waiting."""
        self._cluster.rest.delete(self._kind, self._namespace, name)

    def objects(self) -> dict[str, Manifest]:
        """Return all objects, by name, as if the namespace were that of the test data."""
        listed = json.dumps(self._cluster.rest.list(self._kind, self._namespace))
        items: list[Manifest] = json.loads(listed.replace(self._namespace, NAMESPACE))
        return {item["metadata"]["name"]: item for item in items}

    def wait(self, conditions: Mapping[str, Callable[[Manifest], bool]]) -> dict[str, Manifest]:
        """Wait until each object of this name meets its condition, all at once; return these objects."""
        deadline = time.monotonic() + LIMIT
        while True:
            self.operator.check()
            found = self.objects()
            other = [found[name] for name, is_met in conditions.items() if not is_met(found[name])]
            if not other:
                return {name: found[name] for name in conditions}
            if time.monotonic() > deadline:
                raise LocalClusterError(f"not in the expected state after {LIMIT:g} s: {json.dumps(other)}")
            time.sleep(0.2)


@contextmanager
def kubernetes_api(directory: Path) -> Iterator[Cluster]:
    """Start a Kubernetes API that has our CRDs and permissions."""
    with ControlPlane().start(directory, audit=False) as cluster:
        cluster.kubectl("apply", "-f", str(ROOT / "crds"), "-f", str(ROOT / "deploy" / "rbac.yaml"))
        cluster.kubectl("wait", ESTABLISHED, "crd", "--all")
        yield cluster


@contextmanager
def new_harness(cluster: Cluster, kind: str, settings: Settings | None = None, *, steady: int = 1) -> Iterator[Harness]:
    """Return the harness of a kind, with a namespace of its own. The operator has not started.

    `steady`: the seconds of the steady interval, after which the operator asks again for what was refused.
    """
    namespace = f"{NAMESPACE}-of-{kind}"
    cluster.rest.apply("", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    token = cluster.directory / f"{namespace}.kubeconfig"
    cluster.service_account_kubeconfig("atlas-streams-peering", "atlas-streams-peering", token)
    with ExitStack() as undo:
        group = undo.enter_context(ProcessGroup())
        simulator = undo.enter_context(SimulatorThread(settings))
        variables = {
            "KUBECONFIG": str(token),
            "ATLAS_BASE_URL": simulator.base_url,
            "CONFLUENT_BASE_URL": simulator.base_url,
            "WATCH_NAMESPACES": namespace,
            "POLL_INTERVAL_PENDING": "1",
            "POLL_INTERVAL_STEADY": str(steady),
            "HEALTH_PORT": "0",
            "METRICS_PORT": "0",
        }
        operator = OperatorProcess(group, cluster.directory / f"{namespace}.log", variables)
        yield Harness(cluster, namespace, kind, simulator, operator)
