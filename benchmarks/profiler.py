"""The operator under py-spy, a sampling profiler that needs no change of what it watches."""

import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_RATE = 200
_SHOWN = 25
_WAITING = "EpollSelector.select"
"""py-spy takes an event loop that waits for its sockets as busy."""


def find() -> str:
    """Return the path of py-spy; raises ``LookupError`` with what to do."""
    beside = Path(sys.executable).with_name("py-spy")
    program = str(beside) if beside.exists() else shutil.which("py-spy")
    if program is None:
        raise LookupError(f"--profile needs py-spy: {sys.executable} -m pip install py-spy")
    return program


@contextmanager
def recorded(pid: int, stacks: Path) -> Iterator[None]:
    """Sample a process into a file of collapsed stacks, one a line with its count."""
    command = [find(), "record", "--pid", str(pid), "--rate", str(_RATE), "--format", "raw", "--output", str(stacks)]
    profiler = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        yield
    finally:
        profiler.send_signal(signal.SIGINT)
        errors = profiler.communicate(timeout=60)[1].decode()
        if not stacks.exists():
            sys.stderr.write(f"py-spy recorded nothing: {errors}\n")


def summary(stacks: Path) -> str:
    """Return the functions with most samples of their own, with those of what they call."""
    own: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for line in stacks.read_text().splitlines():
        frames, _, count = line.rpartition(" ")
        names = [_without_line(frame) for frame in frames.split(";")]
        if names[-1].startswith(_WAITING):
            continue
        own[names[-1]] += int(count)
        total.update(dict.fromkeys(names, int(count)))
    samples = own.total() or 1
    rows = [f"{own[name] / samples:>7.1%} {total[name] / samples:>7.1%}  {name}" for name, _ in own.most_common(_SHOWN)]
    return "\n".join([f"{samples} busy samples, {_RATE} a second", "    own   total  function", *rows])


def _without_line(frame: str) -> str:
    name, _, number = frame.rpartition(":")
    return f"{name})" if number.rstrip(")").isdigit() else frame
