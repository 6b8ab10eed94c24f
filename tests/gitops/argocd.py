"""A real Argo CD beside a control plane: its components as processes, its configuration as its users set it."""

import os
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

from chart.helm import ROOT
from cluster.operator_process import free_port
from cluster.waiting import wait_until
from local_cluster import ESTABLISHED, Cluster
from local_cluster.probes import answers
from local_cluster.processes import ProcessGroup, Service
from local_cluster.programs import fetch_argocd, fetch_helm, fetch_redis

NAMESPACE: Final = "argocd"
SHIPPED_PATCH: Final = ROOT / "argocd" / "argocd-cm-patch.yaml"

_LOOPBACK: Final = "127.0.0.1"
_PROJECT: Final = """
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: default, namespace: argocd}
spec:
  sourceRepos: ["*"]
  destinations: [{namespace: "*", server: "*"}]
  clusterResourceWhitelist: [{group: "*", kind: "*"}]
"""


class ArgoCdServices:
    """Redis, repo server, application controller and API server; the API server is there for ``argocd app …``."""

    def __init__(self, cluster: Cluster, directory: Path) -> None:
        self._cluster, self._directory = cluster, directory
        self._programs = fetch_argocd()
        self._redis, self._repo_server, self._health, self._server = (free_port() for _ in range(4))
        self._services: list[Service] = []
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            self._configure()
            group = undo.enter_context(ProcessGroup())
            self._start(group)
            wait_until(self._is_ready, "Argo CD is ready", seconds=60)
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def cli(self, *arguments: str, check: bool = True) -> str:
        """Run the ``argocd`` command as a user would who is logged in; return what it prints."""
        server = ("--server", f"{_LOOPBACK}:{self._server}", "--plaintext")
        answer = subprocess.run(
            [self._programs.binary, *arguments, *server],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        if check and answer.returncode:
            raise AssertionError(f"argocd {' '.join(arguments)}: {answer.stderr}")
        return answer.stdout + answer.stderr

    def check(self) -> None:
        """Raise when a component has ended by itself."""
        for service in self._services:
            service.check()

    @property
    def _environment(self) -> Mapping[str, str]:
        home = self._directory / "home"
        home.mkdir(exist_ok=True)
        tools = [fetch_helm().parent, self._programs.share / "hack", os.environ["PATH"]]
        return {
            "HOME": str(home),
            "TMPDIR": str(home),
            "PATH": os.pathsep.join(map(str, tools)),
            "KUBECONFIG": str(self._cluster.kubeconfig),
            # What a git of this machine's user is told must not show through.
            "GIT_CONFIG_NOSYSTEM": "1",
            # The cluster of the kubeconfig is the one that Argo CD takes for its own.
            "ARGOCD_FAKE_IN_CLUSTER": "true",
            "ARGOCD_GPG_ENABLED": "false",
            # Two seconds by default, so that a stale status is not taken for health. Ours must not need them.
            "ARGOCD_SYNC_WAVE_DELAY": "0",
        }

    def _configure(self) -> None:
        share = self._programs.share / "manifests"
        kubectl = self._cluster.kubectl
        kubectl("create", "namespace", NAMESPACE)
        kubectl("apply", "--server-side", "-k", str(share / "crds"))
        kubectl("apply", "--namespace", NAMESPACE, "-k", str(share / "base" / "config"))
        wait_until(self._crds_are_served, "Argo CD's kinds are served", seconds=60)
        kubectl("apply", "-f", "-", input=_PROJECT)
        kubectl("patch", "configmap", "argocd-cm", "-n", NAMESPACE, "--type=merge", "--patch-file", str(SHIPPED_PATCH))

    def _start(self, group: ProcessGroup) -> None:
        loopback = ("--address", _LOOPBACK)
        metrics = ("--metrics-address", _LOOPBACK)
        redis = ("--redis", f"{_LOOPBACK}:{self._redis}")
        repo_server = ("--repo-server", f"{_LOOPBACK}:{self._repo_server}", "--repo-server-plaintext")
        kubernetes = ("--kubeconfig", self._cluster.kubeconfig, "--namespace", NAMESPACE)

        def run(program: Path, *arguments: str | Path, component: str | None = None, **ports: int) -> None:
            flags = [f"--{flag.replace('_', '-')}={port}" for flag, port in ports.items()]
            chosen = {} if component is None else {"ARGOCD_BINARY_NAME": component}
            log = self._directory / f"{component or program.name}.log"
            environment = {**self._environment, **chosen}
            self._services.append(Service(group, [program, *arguments, *flags], log, environment=environment))

        run(fetch_redis(), f"{_LOOPBACK}:{self._redis}")
        run(
            self._programs.repo_server,
            *(*loopback, *metrics, *redis, "--disable-tls", "--client-ca-path", ""),
            port=self._repo_server,
            metrics_port=free_port(),
        )
        run(
            self._programs.application_controller,
            *(*redis, *repo_server, *kubernetes),
            metrics_port=self._health,
        )
        run(
            self._programs.binary,
            *(*loopback, *metrics, *redis, *repo_server, *kubernetes, "--insecure", "--disable-auth"),
            # The binary is the component that it is called as, or that this names.
            component="argocd-server",
            port=self._server,
            metrics_port=free_port(),
        )

    def _crds_are_served(self) -> bool:
        # Of a CRD that is a moment old, `kubectl wait` says that it has no conditions, and fails.
        wait = ("wait", ESTABLISHED, "crd", "--all")
        return self._cluster.kubectl(*wait, check=False).returncode == 0

    def _is_ready(self) -> bool:
        self.check()
        return all(answers(port, "/healthz") for port in (self._health, self._server))
