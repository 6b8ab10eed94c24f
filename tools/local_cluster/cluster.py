"""What the demo and the tests ask of a Kubernetes API, whatever runs it."""

import json
import os
import subprocess
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from local_cluster.assets import find_kubectl
from local_cluster.errors import LocalClusterError
from local_cluster.kubeconfig import Endpoint, write_kubeconfig
from local_cluster.rest import Rest

# Every request once it is answered, without bodies; a watch also when it begins.
AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata"}],
}

ESTABLISHED: Final = '--for=jsonpath={.status.conditions[?(@.type=="Established")].status}=True'
"""For `kubectl wait`: with `condition=Established` it fails on a definition that has no conditions yet."""


class Cluster(ABC):
    """A Kubernetes API that is started into a directory and stopped.

    >>> with ControlPlane().start(directory) as cluster:
    ...     cluster.kubectl("get", "namespaces")
    """

    def __init__(self) -> None:
        self._directory: Path | None = None
        self._endpoint: Endpoint | None = None
        self._rest: Rest | None = None
        self._lock = threading.Lock()

    @abstractmethod
    def start(self, directory: Path, *, audit: bool = True) -> Self:
        """Start it and wait until it serves; does nothing when it is already started."""

    @abstractmethod
    def stop(self) -> None:
        """Stop it and drop what it stored; logs stay. Does nothing when it is not started."""

    @abstractmethod
    def check(self) -> None:
        """Raise when a part of it has ended by itself."""

    def load_image(self, archive: Path) -> None:
        """Give its node an image, of an archive as `docker save` writes it."""
        raise LocalClusterError(f"no pod runs on this cluster, so {archive} cannot be loaded: it has no node")

    @property
    def directory(self) -> Path:
        """Where the admin's kubeconfig and the logs are."""
        if self._directory is None:
            raise LocalClusterError("the cluster is not running: call start() first")
        return self._directory

    @property
    def server(self) -> str:
        """The URL of the API server."""
        return self._require_endpoint().server

    @property
    def ca(self) -> str:
        """The certificate of its authority, PEM."""
        return self._require_endpoint().ca

    @property
    def kubeconfig(self) -> Path:
        """Full access; to nobody but the owner of the file."""
        return self.directory / "admin.kubeconfig"

    @property
    def audit_log(self) -> Path:
        """The requests that the API server answered, a JSON document a line."""
        return self.directory / "audit.log"

    def audit_events(self) -> Iterator[dict[str, Any]]:
        """Yield what the audit log holds now; a watch comes twice, as it begins and as it ends."""
        path = self.audit_log
        if not path.exists():
            raise LocalClusterError("the cluster keeps no audit log: call start(audit=True)")
        with path.open() as log:
            for line in log:
                # The last line may be in the middle of being written.
                if line.endswith("\n"):
                    yield json.loads(line)

    @property
    def rest(self) -> Rest:
        """The Kubernetes API as admin, for what is asked often: no process is started."""
        with self._lock:
            if self._rest is None:
                view = self.kubectl("config", "view", "--raw", "--minify", "--output=json").stdout
                self._rest = Rest(json.loads(view), self.directory)
            return self._rest

    def kubectl(
        self,
        *arguments: str,
        input: str | None = None,  # noqa: A002 - the name that subprocess.run has for it
        check: bool = True,
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl as admin; a later ``--kubeconfig`` among the arguments wins."""
        # Neither the caller's preferences nor another cluster's cached discovery may show through.
        private = {"KUBERC": "off", "KUBECACHEDIR": str(self.directory / "kubectl-cache")}
        command = [str(find_kubectl()), f"--kubeconfig={self.kubeconfig}", *arguments]
        try:
            result = subprocess.run(
                command,
                input=input,
                env={**os.environ, **private},
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise LocalClusterError(f"kubectl {' '.join(arguments)} did not end within {timeout:g} s") from None
        if check and result.returncode:
            raise LocalClusterError(f"kubectl {' '.join(arguments)}: {result.stderr.strip()}")
        return result

    def service_account_kubeconfig(self, namespace: str, name: str, path: Path | None = None) -> Path:
        """Write a kubeconfig with a token of the ServiceAccount, valid for a day."""
        create = ("create", "token", name, f"--namespace={namespace}", "--duration=24h")
        token = self.kubectl(*create).stdout.strip()
        path = path or self.directory / f"{namespace}.{name}.kubeconfig"
        write_kubeconfig(path, self._require_endpoint(), token, namespace=namespace)
        return path

    def _require_endpoint(self) -> Endpoint:
        if self._endpoint is None:
            raise LocalClusterError("the cluster is not running: call start() first")
        return self._endpoint

    def _close_rest(self) -> None:
        if self._rest is not None:
            self._rest.close()
            self._rest = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
