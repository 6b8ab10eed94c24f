"""A process that begins as `atlas-streams-peering` does once its modules are loaded.

To load them takes more than a second of CPU time, and the tests start more than a hundred operators and checks. Each is
a process of its own all the same: a fork of one that has loaded the modules and done nothing else. What happens before
they are loaded is for tests/unit/test_stopping_early.py; the command itself is started by the demo, and by the tests of
the chart where they run the pod of `helm test`.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

_PROGRAM: Final = "atlas-streams-peering"
_LOADED: Final = tuple(f"atlas_streams_peering.{name}" for name in ("commands", "process", "check", "uninstall"))
_CONTEXT: Final = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(list(_LOADED))


class ForkedCommand:
    """What the tests do with a process, by the names that subprocess.Popen has for it."""

    def __init__(self, environment: Mapping[str, str], log: Path, arguments: Sequence[str] = ("run",)) -> None:
        """Start it; what it prints is added to the log."""
        log.touch()
        self._words = (_PROGRAM, *arguments)
        # As a daemon it ends with the tests.
        self._process = _CONTEXT.Process(target=_run, args=(dict(environment), str(log), self._words), daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        """The id of the process."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Wait for the end and return the exit code. Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(self._words, timeout)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal; one that has ended takes none."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)


def _run(environment: dict[str, str], log: str, words: tuple[str, ...]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(descriptor, stream.fileno())
    os.close(descriptor)
    threading.Thread(target=_end_with_the_tests, daemon=True).start()
    sys.argv = [*words]
    from atlas_streams_peering.cli import main  # noqa: PLC0415  # in the fork only

    sys.exit(main())


def _end_with_the_tests() -> None:
    """End also where the tests are killed: they leave no operator behind that goes on working."""
    tests = multiprocessing.parent_process()
    assert tests is not None
    tests.join()
    os.kill(os.getpid(), signal.SIGKILL)
