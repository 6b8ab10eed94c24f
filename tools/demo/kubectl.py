"""kubectl, as a user types it."""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.places import ROOT
from demo.screen import Screen
from local_cluster.assets import find_kubectl


class NotReachedError(Exception):
    """Something did not become what it should; the text says what is known."""


class Kubectl:
    """Runs kubectl against the demo's cluster, and shows what it prints."""

    def __init__(self, kubeconfig: str, screen: Screen) -> None:
        self.program = find_kubectl()
        self._screen = screen
        # Neither the user's own preferences nor another cluster's cached discovery may show through.
        cache = Path(kubeconfig).with_name("kubectl-cache")
        self._environment = {
            **os.environ,
            "KUBECONFIG": kubeconfig,
            "KUBECACHEDIR": str(cache),
            "KUBERC": "off",
        }

    def start(self, *arguments: str, stderr: int = subprocess.STDOUT) -> subprocess.Popen[str]:
        """Start it; what it prints is for the caller to read."""
        return subprocess.Popen(
            [self.program, *arguments],
            env=self._environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    def read(self, *arguments: str) -> tuple[int, str]:
        """Run it; return its exit code, and what it printed."""
        with self.start(*arguments) as process:
            try:
                output, _ = process.communicate()
            except BaseException:
                process.kill()
                raise
        return process.returncode, output.rstrip()

    def show(self, *arguments: str) -> int:
        """Run it in front of the user; return its exit code."""
        self._screen.command("kubectl", *arguments)
        code, output = self.read(*arguments)
        self._screen.line(output)
        return code

    def wait(self, until: float, *what: str) -> None:
        """Wait, unseen, until the objects are as they should be.

        Raises
        ------
        NotReachedError
            They were not before this time of the monotonic clock.
        """
        timeout = max(0.1, until - time.monotonic())
        code, output = self.read("wait", f"--timeout={timeout:.1f}s", *what)
        if code:
            raise NotReachedError(f"the objects did not reach the expected state.\n{output}")

    def watch(self, *arguments: str) -> "Watch":
        """Show a ``get --watch`` for as long as the block lasts."""
        self._screen.command("kubectl", *arguments)
        return Watch(self.start(*arguments, stderr=subprocess.DEVNULL), self._screen.line)


class Watch:
    """Rows as they come, and the latest of each object."""

    def __init__(self, process: subprocess.Popen[str], show: Callable[[str], None]) -> None:
        self._process, self._show = process, show
        self._latest: dict[str, list[str]] = {}
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._follow, name="watch", daemon=True)

    def wait_until(self, word: str, names: Collection[str], *, seconds: float) -> None:
        """Wait until the latest row of each of these objects holds a word; give up silently."""
        with self._changed:
            self._changed.wait_for(lambda: all(word in self._latest.get(name, ()) for name in names), timeout=seconds)

    def _follow(self) -> None:
        if self._process.stdout is None:
            return
        for line in self._process.stdout:
            name, *columns, _age = line.split()
            # A change in what the columns do not show would look like the same row twice.
            if self._latest.get(name) == columns:
                continue
            self._show(line.rstrip())
            with self._changed:
                self._latest[name] = columns
                self._changed.notify_all()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()
        self._thread.join()
