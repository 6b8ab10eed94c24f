"""The operators that are measured, each a process with an account of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local_cluster import Cluster

from .usage import Process

_STOPPING = 30
_EVERYTHING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "benchmark"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
    "subjects": [{"kind": "ServiceAccount", "name": "other", "namespace": "default"}],
}


@dataclass(frozen=True)
class Intervals:
    """Seconds between two looks at Atlas."""

    pending: float
    steady: float


@dataclass(frozen=True)
class Operator:
    """A command that serves StreamsVpcPeerings, told by the environment variables of this project's operator."""

    name: str
    command: tuple[str, ...]
    namespace: str
    account: str

    @property
    def user(self) -> str:
        """Its name in the audit log."""
        return f"system:serviceaccount:{self.namespace}:{self.account}"

    def prepare(self, cluster: Cluster) -> Path:
        """Let it into the cluster, and return its kubeconfig."""
        if self.namespace == "default":
            cluster.kubectl("create", "serviceaccount", self.account)
            # What another operator needs is not known here.
            cluster.kubectl("apply", "-f", "-", input=json.dumps(_EVERYTHING))
        return cluster.service_account_kubeconfig(self.namespace, self.account)


def this_project() -> Operator:
    """Return the operator of this virtual environment; it has the permissions of deploy/rbac.yaml."""
    program = str(Path(sys.executable).with_name("atlas-streams-peering"))
    return Operator("this", (program, "run"), "atlas-streams-peering", "atlas-streams-peering")


def other(command: tuple[str, ...]) -> Operator:
    """Return another operator; it may do everything in the cluster."""
    return Operator("other", command, "default", "other")


class Running:
    """An operator that was started."""

    def __init__(self, operator: Operator, popen: subprocess.Popen[bytes], log: Path) -> None:
        self.process = Process(popen.pid)
        self._operator, self._popen, self._log = operator, popen, log

    def check(self) -> None:
        """Raise when it has ended."""
        code = self._popen.poll()
        if code is not None:
            raise RuntimeError(f"{self._operator.command[0]} ended with {code}:\n{self._log.read_text()[-2000:]}")


@contextmanager
def started(
    operator: Operator, kubeconfig: Path, atlas_url: str, intervals: Intervals, directory: Path
) -> Iterator[Running]:
    """Run an operator; what it logs as a warning or worse is shown at the end."""
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")} | {
        "KUBECONFIG": str(kubeconfig),
        "ATLAS_BASE_URL": atlas_url,
        "POLL_INTERVAL_PENDING": f"{intervals.pending:g}",
        "POLL_INTERVAL_STEADY": f"{intervals.steady:g}",
        "METRICS_PORT": "0",
        "HEALTH_PORT": "0",
        "LOG_LEVEL": "warning",
    }
    log = directory / "operator.log"
    with log.open("wb") as output:
        popen = subprocess.Popen(operator.command, env=environment, stdout=output, stderr=output)
    try:
        yield Running(operator, popen, log)
    finally:
        popen.terminate()
        try:
            popen.wait(_STOPPING)
        except subprocess.TimeoutExpired:
            popen.kill()
            popen.wait()
        sys.stderr.write(log.read_text()[-4000:])
