"""Find the programs of a control plane, and have built what is missing."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from local_cluster.build import build, missing
from local_cluster.errors import LocalClusterError
from local_cluster.progress import say
from local_cluster.toolsets import CONTROL_PLANE
from local_cluster.versions import stated_version

ENVIRONMENT_VARIABLE = "KUBEBUILDER_ASSETS"
OLDEST_KUBECTL = (1, 30)


@dataclass(frozen=True)
class Assets:
    """The programs that a control plane is made of, and the one to speak to it."""

    etcd: Path
    kube_apiserver: Path
    kube_controller_manager: Path
    kubectl: Path


def fetch() -> Assets:
    """Return the programs: of ``KUBEBUILDER_ASSETS`` when it is set, else of the cache, built if need be."""
    # kubectl comes first: without it a build of several minutes would be in vain.
    kubectl = find_kubectl()
    given = _given_directory()
    if given is None:
        found, wanted = {}, list(CONTROL_PLANE.packages)
    else:
        found = {name: _given(given, name) for name in ("etcd", "kube-apiserver")}
        # envtest ships no controller manager, but without one no namespace and no dependent is deleted.
        own = given / "kube-controller-manager"
        found |= {own.name: own} if own.exists() else {}
        wanted = [name for name in CONTROL_PLANE.packages if name not in found]
    if given is not None and (lacking := missing(CONTROL_PLANE, wanted)):
        say(f"{ENVIRONMENT_VARIABLE} has no {' and no '.join(lacking)}, which is needed too")
    directory = build(CONTROL_PLANE, wanted)
    found |= {name: directory / name for name in wanted}
    return Assets(found["etcd"], found["kube-apiserver"], found["kube-controller-manager"], kubectl)


def find_kubectl() -> Path:
    """Return a kubectl that works: of ``KUBEBUILDER_ASSETS``, of this Python's environment, or on PATH."""
    given, on_path = _given_directory(), shutil.which("kubectl")
    candidates = [
        given / "kubectl" if given else None,
        Path(sys.executable).with_name("kubectl"),
        Path(on_path) if on_path else None,
    ]
    for candidate in candidates:
        if candidate is not None and candidate.exists() and _kubectl_version(candidate) >= OLDEST_KUBECTL:
            return candidate
    oldest = ".".join(map(str, OLDEST_KUBECTL))
    raise LocalClusterError(f"no kubectl {oldest} or newer is here: run `make setup`, or put one on PATH")


def _given_directory() -> Path | None:
    value = os.environ.get(ENVIRONMENT_VARIABLE)
    return Path(value).expanduser().absolute() if value else None


def _given(directory: Path, name: str) -> Path:
    path = directory / name
    if not path.exists():
        raise LocalClusterError(f"{ENVIRONMENT_VARIABLE} ({directory}) has no {name}: unset or correct it")
    return path


def _kubectl_version(kubectl: Path) -> tuple[int, int]:
    command = (str(kubectl), "version", "--client", "--output=json")
    return stated_version(command, r'"gitVersion": "v(\d+)\.(\d+)\.')
