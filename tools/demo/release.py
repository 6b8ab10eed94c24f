"""The operator as Helm installs it: the command that a user types, and what the cluster then holds."""

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Final

from chart.container import Container, containers
from demo.places import CHART, CRDS, ROOT
from local_cluster import ESTABLISHED, Cluster, LocalClusterError
from local_cluster.programs import fetch_helm

RELEASE: Final = "atlas-streams-peering"
"""Name of the release, and its namespace."""

INSTALL_TIMEOUT: Final = 120.0

_HELMS_OWN: Final = {
    "HELM_CACHE_HOME": "helm-cache",
    "HELM_CONFIG_HOME": "helm-config",
    "HELM_DATA_HOME": "helm-data",
    "KUBECACHEDIR": "kubectl-cache",
}
"""Neither the user's plugins nor another cluster's cached discovery may show through."""


def install_command(values: Mapping[str, str]) -> list[str]:
    """Return the command line that installs the chart of this repository with these values."""
    settings = [word for path, value in values.items() for word in ("--set", f"{path}={value}")]
    place = ["--namespace", RELEASE, "--create-namespace"]
    return ["helm", "install", RELEASE, str(CHART.relative_to(ROOT)), *place, *settings, "--hide-notes"]


def install(cluster: Cluster, command: list[str]) -> str:
    """Run the command as it is typed, wait until our kinds are served, and return what Helm printed."""
    inherited = {name: value for name, value in os.environ.items() if name in ("HOME", "LANG", "PATH", "TMPDIR")}
    own = {name: str(cluster.directory / place) for name, place in _HELMS_OWN.items()}
    try:
        answer = subprocess.run(
            [fetch_helm(), *command[1:]],
            cwd=ROOT,
            env={**inherited, **own, "KUBECONFIG": str(cluster.kubeconfig)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise LocalClusterError(f"helm install did not end within {INSTALL_TIMEOUT:g} s") from None
    if answer.returncode:
        raise LocalClusterError(f"helm install: {answer.stderr.strip()}")
    cluster.kubectl("wait", ESTABLISHED, "--timeout=60s", "-f", str(CRDS))
    return answer.stdout.rstrip()


def stored_container(cluster: Cluster) -> Container:
    """Return the operator's container as the API server stored it."""
    stored = cluster.kubectl("get", "deployment", RELEASE, f"--namespace={RELEASE}", "--output=json").stdout
    (container,) = containers(json.loads(stored))
    return container
