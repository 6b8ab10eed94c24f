"""docker, podman or buildah: what of them is needed to build an image and to see what is in it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

NAMES: Final = ("docker", "podman", "buildah")
VARIABLE: Final = "IMAGE_BUILDER"
_MINUTE: Final = 60.0


class BuilderError(Exception):
    """There is no builder, or it failed; the text is one sentence, or what it said."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What an image says of itself."""

    user: str
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ports: frozenset[str]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Builder:
    """One of the programs."""

    name: str

    @property
    def runs_containers(self) -> bool:
        """Buildah only builds."""
        return self.name != "buildah"

    def build(self, context: Path, tag: str, *, flags: Sequence[str] = ()) -> None:
        """Build the image of a directory's Dockerfile; its progress goes to where this process' output goes."""
        command = [self.name, "build", "--tag", tag, *flags, str(context)]
        if subprocess.run(command, check=False).returncode:
            raise BuilderError(f"{' '.join(command)} failed")

    def save(self, image: str, archive: Path) -> None:
        """Write an image to an archive from which a cluster can be given it."""
        match self.name:
            case "docker":
                self._run("save", "--output", str(archive), image, timeout=10 * _MINUTE)
            case "podman":
                self._run("save", "--format=docker-archive", "--output", str(archive), image, timeout=10 * _MINUTE)
            case _:
                self._run("push", image, f"docker-archive:{archive}:{image}", timeout=10 * _MINUTE)

    def configuration(self, image: str) -> Configuration:
        """Read what the image says of itself."""
        content = self._inspect(image)
        variables = (entry.partition("=") for entry in content.get("Env") or ())
        return Configuration(
            user=content.get("User", ""),
            entrypoint=tuple(content.get("Entrypoint") or ()),
            command=tuple(content.get("Cmd") or ()),
            environment={name: value for name, _, value in variables},
            ports=frozenset(content.get("ExposedPorts") or ()),
            labels=content.get("Labels") or {},
        )

    def export(self, image: str, archive: Path) -> None:
        """Write the image's file system, as its processes see it, to a tar archive."""
        if self.runs_containers:
            container = self._run("create", image).strip()
            try:
                self._run("export", "--output", str(archive), container, timeout=10 * _MINUTE)
            finally:
                self._run("rm", container)
        else:
            with self._mounted(image) as root:
                command = ("tar", "--create", "--numeric-owner", f"--directory={root}", f"--file={archive}", ".")
                _output(command, timeout=10 * _MINUTE)

    @contextmanager
    def _mounted(self, image: str) -> Iterator[str]:
        container = self._run("from", "--pull-never", image).strip()
        try:
            yield self._run("mount", container).strip()
        finally:
            self._run("rm", container)

    def import_root(self, archive: Path, image: str) -> None:
        """Make an image of a tar archive of a root file system, and nothing else."""
        if self.runs_containers:
            self._run("import", str(archive), image, timeout=10 * _MINUTE)
            return
        container = self._run("from", "scratch").strip()
        try:
            self._run("add", container, str(archive), "/", timeout=10 * _MINUTE)
            self._run("commit", container, image, timeout=10 * _MINUTE)
        finally:
            self._run("rm", container)

    def _inspect(self, image: str) -> dict[str, Any]:
        if self.runs_containers:
            (described,) = json.loads(self._run("image", "inspect", image))
            content: dict[str, Any] = described["Config"]
        else:
            content = json.loads(self._run("inspect", "--type", "image", image))["OCIv1"]["config"]
        return content

    def _run(self, *arguments: str, timeout: float = _MINUTE) -> str:
        return _output((self.name, *arguments), timeout=timeout)


def find_builder() -> Builder:
    """Return the builder that ``IMAGE_BUILDER`` names, or the first one that is here and answers."""
    named = os.environ.get(VARIABLE)
    if named and named not in NAMES:
        raise BuilderError(f"{VARIABLE} ({named}) is none of {', '.join(NAMES)}")
    for name in (named,) if named else NAMES:
        # A docker without its daemon is here, but builds nothing.
        if shutil.which(name) and _answers(name):
            return Builder(name)
    raise BuilderError(f"this needs {named or 'docker, podman or buildah'}, and that its `info` answers")


def _answers(name: str) -> bool:
    return subprocess.run([name, "info"], capture_output=True, timeout=_MINUTE, check=False).returncode == 0


def _output(command: Sequence[str], *, timeout: float) -> str:
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        raise BuilderError(f"{' '.join(command)} did not end within {timeout:g} s") from None
    if result.returncode:
        raise BuilderError(f"{' '.join(command)}: {result.stderr.strip()}")
    return result.stdout
