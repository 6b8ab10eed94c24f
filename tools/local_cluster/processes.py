"""Child processes that cannot outlive the process that started them."""

import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from local_cluster.errors import LocalClusterError

# Reads until the pipe from this process closes, however this process ends; then kills its group.
WATCHDOG = ("sh", "-c", "read -r _; kill -s KILL 0")
STOP_GRACE = 5.0


class ProcessGroup:
    """A process group whose leader kills all of it once this process is gone.

    A parent-death signal would do the same on Linux alone, and would strike when the starting *thread* ends.
    Being a group of its own also keeps a terminal's Ctrl-C from the children, so that they stop in order.
    """

    def __init__(self) -> None:
        self._watchdog = subprocess.Popen(WATCHDOG, stdin=subprocess.PIPE, process_group=0)
        self._children: list[subprocess.Popen[bytes]] = []

    def spawn(
        self,
        arguments: Sequence[str | Path],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a program in the group; what it prints is added to the log."""
        with log.open("ab") as output:
            child = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=directory,
                process_group=self._watchdog.pid,
            )
        self._children.append(child)
        return child

    def close(self) -> None:
        """Kill whatever still runs in the group."""
        if self._watchdog.stdin is not None:
            self._watchdog.stdin.close()
        for process in (self._watchdog, *self._children):
            process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class Service:
    """A program that runs until it is stopped, and can be paused and started anew."""

    def __init__(
        self,
        group: ProcessGroup,
        arguments: Sequence[str | Path],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        name: str | None = None,
    ) -> None:
        self.name = name or Path(arguments[0]).name
        self._group = group
        self._arguments = arguments
        self._log = log
        self._environment = environment
        self._process = group.spawn(arguments, log, environment=environment)

    @property
    def pid(self) -> int:
        """The process' id; another one after a restart."""
        return self._process.pid

    def check(self) -> None:
        """Raise, with the end of the log, when the program has ended by itself."""
        code = self._process.poll()
        if code is not None:
            raise LocalClusterError(f"{self.name} ended with exit code {code}:\n{tail(self._log)}")

    def failure(self, problem: str) -> LocalClusterError:
        """Describe a problem of the running program, with the end of its log."""
        return LocalClusterError(f"{self.name} {problem}:\n{tail(self._log)}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal; one that has ended takes none."""
        self._process.send_signal(number)

    def stop(self) -> None:
        """Ask it to end, and end it when it does not."""
        self.send(signal.SIGTERM)
        self.send(signal.SIGCONT)
        try:
            self._process.wait(STOP_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def restart(self) -> None:
        """Stop it and start it with the same arguments and environment."""
        self.stop()
        self.start()

    def start(self) -> None:
        """Start it anew, once it is stopped."""
        self._process = self._group.spawn(self._arguments, self._log, environment=self._environment)


def tail(log: Path, lines: int = 15) -> str:
    """Return the end of a log, indented, for an error message."""
    try:
        text = log.read_text(errors="replace")
    except FileNotFoundError:
        text = ""
    return "\n".join(f"    {line[:300]}" for line in text.splitlines()[-lines:]) or "    (no output)"
