"""A user's own release with peerings in it, and Helm waiting for them."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import yaml

from cluster.namespace import Namespace
from local_cluster.programs import fetch_helm

TIMEOUT: Final = 300
"""Seconds that Helm is told to wait; no test takes so long."""


class Waiting:
    """`helm … --wait` beside the test."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def goes_on(self) -> bool:
        return self._process.poll() is None

    def end(self) -> tuple[int, str]:
        """Wait until it ends, long before its patience does; return its exit code, and what it printed."""
        output, _ = self._process.communicate(timeout=TIMEOUT / 3)
        return self._process.returncode, output


class WaitingRelease:
    """A chart made of peerings, which a user installs beside the operator."""

    def __init__(self, namespace: Namespace, name: str, directory: Path) -> None:
        self._namespace, self._name, self._chart = namespace, name, directory / name

    def holds(self, *manifests: dict[str, Any]) -> None:
        """Write the chart, or write it anew."""
        templates = self._chart / "templates"
        templates.mkdir(parents=True, exist_ok=True)
        about = {"apiVersion": "v2", "name": self._name, "version": "1.0.0"}
        (self._chart / "Chart.yaml").write_text(yaml.safe_dump(about))
        (templates / "peerings.yaml").write_text(yaml.safe_dump_all(manifests))

    @contextmanager
    def helm(self, verb: str, *options: str, timeout: int = TIMEOUT) -> Iterator[Waiting]:
        """Run `helm VERB --wait`; it does not outlive the block."""
        chart = [str(self._chart)] if verb != "uninstall" else []
        place = [f"--kubeconfig={self._namespace.cluster.kubeconfig}", f"--namespace={self._namespace.name}"]
        process = subprocess.Popen(
            [fetch_helm(), verb, self._name, *chart, *place, f"--timeout={timeout}s", *(options or ["--wait"])],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield Waiting(process)
        finally:
            process.kill()
            process.communicate()
