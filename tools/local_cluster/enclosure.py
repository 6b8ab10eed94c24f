"""Namespaces of the kernel around a node: what it mounts, routes and runs there is gone with the last process in it."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from local_cluster.errors import LocalClusterError
from local_cluster.processes import ProcessGroup, tail

PATIENCE = 10.0

# The first process of its process namespace: when it ends, the kernel ends all the others. It reaps them meanwhile.
INIT = """
set -e
for directory in /run /var/lib /var/log; do mount -t tmpfs -o mode=755 tmpfs "$directory"; done
mount --make-shared /var/lib
ip link set lo up
ip link add node0 type bridge
for address; do ip address add "$address" dev node0; done
ip link set node0 up
: > "$READY"
while :; do sleep 3600 & wait; done
"""


class Enclosure:
    """A network, process and mount namespace of its own, with these addresses on a bridge.

    ``/run``, ``/var/lib`` and ``/var/log`` are empty there, and in memory. ``first`` is the process, by its id on this
    machine, that all others inside end with.
    """

    def __init__(self, group: ProcessGroup, state: Path, log: Path, addresses: list[str]) -> None:
        ready = state / "enclosed"
        namespaces = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
        self._process = group.spawn(
            ["unshare", *namespaces, "sh", "-c", INIT, "init", *addresses],
            log,
            environment={**os.environ, "READY": str(ready)},
        )
        deadline = time.monotonic() + PATIENCE
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise LocalClusterError(f"the namespaces of a node cannot be made here:\n{tail(log)}")
            time.sleep(0.01)
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        self.first = int(children.read_text().split()[0])

    @property
    def network(self) -> Path:
        """The file of its network namespace."""
        return Path(f"/proc/{self.first}/ns/net")

    @property
    def in_network(self) -> list[str]:
        """What to put before a command that shall be in its network, and else on this machine."""
        return ["nsenter", f"--net={self.network}"]

    @property
    def inside(self) -> list[str]:
        """What to put before a command that shall be wholly inside. It is a child then: no signal reaches it."""
        return ["nsenter", f"--target={self.first}", "--net", "--mount", "--pid"]

    def close(self) -> None:
        """End all that runs inside."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                # To unshare itself SIGTERM means nothing.
                os.kill(self.first, signal.SIGKILL)
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
