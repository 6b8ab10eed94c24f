"""The control groups of a node's pods, in a directory of their own, which is removed however this process ends."""

import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from local_cluster.errors import LocalClusterError

MOUNTS = Path("/proc/self/mountinfo")
# Of cgroup v2: what a kubelet limits and measures.
CONTROLLERS = ("cpu", "cpuset", "memory", "pids")

# Reads until the pipe from this process closes, however this process ends. Processes that are killed at the same time
# leave their groups only a moment later.
JANITOR = """
read -r _
state=$1
shift
for group; do
    tries=0
    while [ -d "$group" ] && [ $tries -lt 300 ]; do
        find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
        [ -d "$group" ] && sleep 0.1
        tries=$((tries + 1))
    done
done
[ -z "$state" ] || rm -rf -- "$state"
"""


def hierarchies(mounts: str) -> list[Path]:
    """Return where a text like /proc/self/mountinfo has control groups mounted: of v1 each hierarchy, of v2 the one.

    >>> hierarchies("30 29 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw")
    [PosixPath('/sys/fs/cgroup')]
    """
    found = []
    for line in mounts.splitlines():
        fields, _, kind = line.partition(" - ")
        if kind.split(" ", 1)[0] in {"cgroup", "cgroup2"}:
            found.append(Path(fields.split()[4]))
    return found


class ControlGroups:
    """A directory of this name in each hierarchy; at the end a helper removes it, and the directory of the state.

    The helper is no child of a terminal's session, and in no group that is killed: it is what still runs when nothing
    else does.
    """

    def __init__(self, name: str, state: Path | None = None) -> None:
        places = hierarchies(MOUNTS.read_text())
        if not places:
            raise LocalClusterError("this machine mounts no control groups, which limit a pod's memory")
        self._groups = [place / name for place in places]
        self._janitor = subprocess.Popen(
            ["sh", "-c", JANITOR, "janitor", str(state or ""), *self._groups],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def make(self) -> None:
        """Make the directories, with what a process in them needs."""
        try:
            for group in self._groups:
                _make(group)
        except OSError as error:
            raise LocalClusterError(f"this machine lets nobody make control groups: {error}") from None

    def close(self) -> None:
        """Wait until they are removed; what runs in them has to have ended."""
        if self._janitor.stdin is not None:
            self._janitor.stdin.close()
        self._janitor.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _make(group: Path) -> None:
    controllers = group.parent / "cgroup.controllers"
    if controllers.exists():
        _delegate(group.parent, controllers.read_text().split())
    group.mkdir()
    # A new group of v1 has no processors and no memory until it is told so.
    for name in ("cpuset.cpus", "cpuset.mems"):
        if (group / name).exists() and not controllers.exists():
            (group / name).write_text((group.parent / name).read_text())


def _delegate(parent: Path, available: list[str]) -> None:
    """Have the groups in a hierarchy of v2 get the controllers. Where systemd runs, they have them already."""
    control = parent / "cgroup.subtree_control"
    wanted = [name for name in CONTROLLERS if name in available and name not in control.read_text().split()]
    if wanted:
        control.write_text(" ".join(f"+{name}" for name in wanted))
