"""What the nodes of a cluster would do, where there are none: run what the manifests say, and report it.

There is neither a kubelet nor a scheduler, and the controllers of Deployments and Jobs do not run. So a container runs
as a process, with the command, arguments and environment of the manifest and a token of its ServiceAccount, and the
status that follows from it is written here.
"""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

from chart import Container, containers
from cluster.namespace import Namespace
from cluster.waiting import wait_until
from local_cluster.processes import ProcessGroup, Service

LOG: Final = "container.log"
_LONG_AGO: Final = "2026-01-01T00:00:00Z"


def start(group: ProcessGroup, namespace: Namespace, container: Container, directory: Path) -> Service:
    """Start a container that runs on, with the identity of its pod."""
    return Service(group, container.command, directory / LOG, environment=_environment(namespace, container, directory))


def deployment_is_available(namespace: Namespace, name: str) -> None:
    """Say of a Deployment what its controller would say with all pods ready."""
    found = namespace.get(name, "deployment")
    assert found is not None
    replicas = dict.fromkeys(
        ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), found["spec"]["replicas"]
    )
    conditions = [
        {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"},
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
    ]
    generation = found["metadata"]["generation"]
    _write_status(namespace, "deployment", name, observedGeneration=generation, conditions=conditions, **replicas)


def run_job(namespace: Namespace, name: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Wait for a Job, run its container to its end, and say of the Job how it ended."""

    def not_run_yet() -> dict[str, Any] | None:
        found = namespace.get(name, "job")
        return None if found is None or found.get("status", {}).get("conditions") else found

    job = wait_until(not_run_yet, f"there is a Job {name} that has not run", seconds=60)
    (container,) = containers(job)
    ended = subprocess.run(
        container.command,
        env=_environment(namespace, container, directory),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    kinds = ("FailureTarget", "Failed") if ended.returncode else ("SuccessCriteriaMet", "Complete")
    conditions = [{"type": kind, "status": "True", "lastTransitionTime": _LONG_AGO} for kind in kinds]
    counts: dict[str, Any] = {"failed": 1} if ended.returncode else {"succeeded": 1, "completionTime": _LONG_AGO}
    _write_status(namespace, "job", name, conditions=conditions, startTime=_LONG_AGO, **counts)
    return ended


def _environment(namespace: Namespace, container: Container, directory: Path) -> dict[str, str]:
    path = directory / f"{container.account}.kubeconfig"
    return container.environment(namespace.cluster.service_account_kubeconfig(namespace.name, container.account, path))


def _write_status(namespace: Namespace, kind: str, name: str, **status: Any) -> None:
    patch = json.dumps({"status": status})
    namespace.kubectl("patch", kind, name, "--subresource=status", "--type=merge", f"-p={patch}")
