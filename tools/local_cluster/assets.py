"""Find the programs of a control plane, and have built what is missing."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from local_cluster import build
from local_cluster.errors import LocalClusterError
from local_cluster.progress import say

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
        found, wanted = {}, list(build.PACKAGES)
    else:
        found = {name: _given(given, name) for name in ("etcd", "kube-apiserver")}
        # envtest ships no controller manager, but without one no namespace and no dependent is deleted.
        own = given / "kube-controller-manager"
        found |= {own.name: own} if own.exists() else {}
        wanted = [name for name in build.PACKAGES if name not in found]
    cache = build.cache_directory()
    missing = [name for name in wanted if not (cache / name).exists()]
    if missing:
        if given is not None:
            say(f"{ENVIRONMENT_VARIABLE} has no {' and no '.join(missing)}, which is needed too")
        build.build(missing)
    found |= {name: cache / name for name in wanted}
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


@cache
def _kubectl_version(kubectl: Path) -> tuple[int, int]:
    """Ask the program itself, since a file of that name may be a stub; (0, 0) when it does not say."""
    try:
        answer = subprocess.run(
            [kubectl, "version", "--client", "--output=json"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        version = re.match(r"v(\d+)\.(\d+)\.", json.loads(answer.stdout)["clientVersion"]["gitVersion"])
    except (OSError, subprocess.TimeoutExpired, ValueError, LookupError, TypeError):
        return (0, 0)
    return (int(version[1]), int(version[2])) if version else (0, 0)
