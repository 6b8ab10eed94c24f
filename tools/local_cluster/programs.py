"""The programs that are tested beside a control plane, each built when it is first asked for."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from local_cluster.build import build
from local_cluster.errors import LocalClusterError
from local_cluster.toolsets import ARGOCD, HELM, REDIS
from local_cluster.versions import stated_version

HELM_VARIABLE = "HELM"
OLDEST_HELM = (3, 18)


@dataclass(frozen=True)
class ArgoCd:
    """Argo CD: one binary, which is the component that it is called as, and files of the same version.

    ``share`` is laid out as Argo CD's repository: ``manifests/crds``, ``manifests/base/config``,
    ``resource_customizations``, and ``hack``, which the repo server must find on PATH.
    """

    binary: Path
    share: Path

    @property
    def repo_server(self) -> Path:
        """The component that renders manifests from git."""
        return self.binary.with_name("argocd-repo-server")

    @property
    def application_controller(self) -> Path:
        """The component that compares, syncs and assesses health."""
        return self.binary.with_name("argocd-application-controller")


def fetch_helm() -> Path:
    """Return Helm: the one that ``HELM`` names, by path or by its name on PATH, else the one pinned here.

    One that merely is on PATH is passed over: what a chart renders to must not depend on the machine.
    """
    named = os.environ.get(HELM_VARIABLE)
    if not named:
        return build(HELM, HELM.packages) / "helm"
    found = shutil.which(Path(named).expanduser())
    helm = Path(found).absolute() if found else None
    if helm is None or _helm_version(helm) < OLDEST_HELM:
        oldest = ".".join(map(str, OLDEST_HELM))
        raise LocalClusterError(f"{HELM_VARIABLE} ({named}) is no Helm {oldest} or newer: unset or correct it")
    return helm


def fetch_argocd() -> ArgoCd:
    """Return the Argo CD pinned here."""
    directory = build(ARGOCD, ARGOCD.packages)
    return ArgoCd(directory / "argocd", directory / "share")


def fetch_redis() -> Path:
    """Return a server that speaks Redis, as far as Argo CD does; it is called with its address, ``HOST:PORT``."""
    return build(REDIS, REDIS.packages) / "redis"


def _helm_version(helm: Path) -> tuple[int, int]:
    return stated_version((str(helm), "version", "--template={{.Version}}"), r"^v(\d+)\.(\d+)\.")
