"""The same interface on kind, where Docker is: with a node, on which pods run."""

import atexit
import base64
import json
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any, Self

from typing_extensions import override

from local_cluster.cluster import AUDIT_POLICY, Cluster
from local_cluster.errors import LocalClusterError
from local_cluster.kubeconfig import Endpoint

CREATE_TIMEOUT = 600
COMMAND_TIMEOUT = 120
POLICY_IN_NODE = "/etc/kubernetes/audit/policy.json"
LOG_IN_NODE = "/var/log/kubernetes/audit.log"


class KindCluster(Cluster):
    """A cluster that kind makes in Docker, under a name of its own, and deletes at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._name = ""

    @override
    def start(self, directory: Path, *, audit: bool = True) -> Self:
        if self._directory is not None:
            return self
        _require_docker_and_kind()
        self._directory = directory.absolute()
        self._directory.mkdir(parents=True, exist_ok=True)
        self._name = f"atlas-streams-peering-{secrets.token_hex(3)}"
        # Containers are no children of this process, so they would outlive an exit without a stop.
        atexit.register(self.stop)
        try:
            self._create(audit=audit)
        except BaseException:
            self.stop()
            raise
        return self

    @override
    def stop(self) -> None:
        if self._directory is None:
            return
        atexit.unregister(self.stop)
        self._close_rest()
        kubeconfig = self.kubeconfig
        self._directory, self._endpoint = None, None
        _run("kind", "delete", "cluster", f"--name={self._name}", f"--kubeconfig={kubeconfig}")

    @override
    def check(self) -> None:
        state = _run("docker", "inspect", "--format={{.State.Running}}", self._node).strip()
        if state != "true":
            raise LocalClusterError(f"the container {self._node} has stopped: `docker logs {self._node}` says why")

    @property
    @override
    def audit_log(self) -> Path:
        # The log in the node is root's and private, so a copy of it is what can be read.
        path = super().audit_log
        path.write_text(_run("docker", "exec", self._node, "cat", LOG_IN_NODE))
        return path

    @override
    def load_image(self, archive: Path) -> None:
        _run("kind", "load", "image-archive", str(archive), f"--name={self._name}", timeout=CREATE_TIMEOUT)

    @property
    def _node(self) -> str:
        return f"{self._name}-control-plane"

    def _create(self, *, audit: bool) -> None:
        policy = self.directory / "audit-policy.json"
        policy.write_text(json.dumps(AUDIT_POLICY))
        configuration = self.directory / "kind.json"
        configuration.write_text(json.dumps(_configuration(policy if audit else None)))
        self.kubeconfig.touch(mode=0o600)
        _run(
            "kind",
            "create",
            "cluster",
            f"--name={self._name}",
            f"--config={configuration}",
            f"--kubeconfig={self.kubeconfig}",
            "--wait=5m",
            timeout=CREATE_TIMEOUT,
        )
        view = self.kubectl("config", "view", "--raw", "--minify", "--output=json").stdout
        cluster = json.loads(view)["clusters"][0]["cluster"]
        ca = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self._endpoint = Endpoint(cluster["server"], ca)


def _configuration(policy: Path | None) -> dict[str, Any]:
    node: dict[str, Any] = {"role": "control-plane"}
    if policy is not None:
        mount = {"hostPath": str(policy), "containerPath": POLICY_IN_NODE, "readOnly": True}
        node |= {"extraMounts": [mount], "kubeadmConfigPatches": _audit_patches()}
    return {"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", "nodes": [node]}


def _audit_patches() -> list[str]:
    flags = {
        "audit-policy-file": POLICY_IN_NODE,
        "audit-log-path": LOG_IN_NODE,
        "audit-log-maxsize": "100000",
    }
    # kubeadm turned the map into a list; kind applies the patch of the version that its node image speaks.
    arguments: dict[str, Any] = {
        "v1beta3": flags,
        "v1beta4": [{"name": name, "value": value} for name, value in flags.items()],
    }
    volumes = [
        _volume("audit-policy", Path(POLICY_IN_NODE).parent, read_only=True),
        _volume("audit-log", Path(LOG_IN_NODE).parent, read_only=False),
    ]
    return [
        json.dumps(
            {
                "apiVersion": f"kubeadm.k8s.io/{version}",
                "kind": "ClusterConfiguration",
                "apiServer": {"extraArgs": extra, "extraVolumes": volumes},
            }
        )
        for version, extra in arguments.items()
    ]


def _volume(name: str, directory: Path, *, read_only: bool) -> dict[str, Any]:
    path = str(directory)
    volume = {"name": name, "hostPath": path, "mountPath": path, "pathType": "DirectoryOrCreate"}
    return {**volume, "readOnly": read_only}


def _require_docker_and_kind() -> None:
    missing = [program for program in ("docker", "kind") if shutil.which(program) is None]
    if missing:
        raise LocalClusterError(f"--cluster kind needs {' and '.join(missing)} on PATH; --cluster local needs neither")
    answer = subprocess.run(["docker", "info"], capture_output=True, text=True, timeout=COMMAND_TIMEOUT, check=False)
    if answer.returncode:
        raise LocalClusterError("--cluster kind needs a Docker that answers: `docker info` fails; start Docker")


def _run(*command: str, timeout: float = COMMAND_TIMEOUT) -> str:
    """Return what the command prints; its complaint becomes the error."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        raise LocalClusterError(f"{' '.join(command[:3])} did not end within {timeout:g} s") from None
    if result.returncode:
        raise LocalClusterError(f"{' '.join(command[:3])}: {result.stderr.strip()}")
    return result.stdout
