"""Runs the image's command as a pod would: as the first process, any user, on a root that is read-only."""

import os
import secrets
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from typing_extensions import override

from cluster.waiting import wait_until
from image import Builder, Configuration

ACCOUNT_DIRECTORY = "/run/secrets/kubernetes.io/serviceaccount"  # /var/run is a link to /run
PATIENCE = 60.0

# What a container runtime does, with what every Linux has. Arguments: the root, the account's directory, UID:GID.
_ENTER = f"""
set -e
root=$1 account=$2 user=$3; shift 3
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "$account" "$root{ACCOUNT_DIRECTORY}"
mount -o remount,ro,bind "$root"
exec setpriv --no-new-privs chroot --userspec="$user" --groups= "$root" /usr/bin/env --ignore-environment "$@"
"""


class Container(ABC):
    """A container that runs; its output goes to a file."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)

    @abstractmethod
    def first_process(self) -> int | None:
        """Return the number that the container's process 1 has outside of it, once it has begun."""

    @abstractmethod
    def terminate(self) -> None:
        """Send SIGTERM to process 1, from outside."""

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def wait(self) -> int:
        return self._process.wait(PATIENCE)

    def wait_until_it_handles_sigterm(self) -> None:
        wait_until(self._handles_sigterm, "SIGTERM is handled", seconds=PATIENCE, every=0.001)

    def end(self) -> None:
        """End it, whatever it does."""
        if self.runs:
            if self.first_process():
                self.terminate()
            try:
                self._process.wait(PATIENCE / 2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                raise

    def _handles_sigterm(self) -> bool:
        assert self.runs, self.output()
        process = self.first_process()
        if process is None:
            return False
        try:
            status = Path(f"/proc/{process}/status").read_text()
        except OSError:
            return False
        caught = next(line for line in status.splitlines() if line.startswith("SigCgt:")).split()[1]
        return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


class Runtime(ABC):
    """What starts containers of one image."""

    @abstractmethod
    def start(
        self, *arguments: str, user: str, account: Path, log: Path, variables: Mapping[str, str] | None = None
    ) -> Container:
        """Start one; `account` is a directory as a pod has its ServiceAccount's token in."""


class EngineRuntime(Runtime):
    """docker or podman."""

    def __init__(self, builder: Builder, image: str) -> None:
        self._program, self._image = builder.name, image

    @override
    def start(
        self, *arguments: str, user: str, account: Path, log: Path, variables: Mapping[str, str] | None = None
    ) -> Container:
        name = f"atlas-streams-peering-test-{secrets.token_hex(4)}"
        environment = [f"--env={key}={value}" for key, value in (variables or {}).items()]
        restricted = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", f"--user={user}")
        volume = f"--volume={account}:{ACCOUNT_DIRECTORY}:ro"
        run = (self._program, "run", "--rm", f"--name={name}", "--network=host", *restricted, volume, *environment)
        return _EngineContainer(self._program, name, (*run, self._image, *arguments), log)


class _EngineContainer(Container):
    def __init__(self, program: str, name: str, command: Sequence[str], log: Path) -> None:
        super().__init__(command, log)
        self._program, self._name = program, name

    @override
    def first_process(self) -> int | None:
        command = (self._program, "inspect", "--format={{.State.Pid}}", self._name)
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        return int(answer.stdout or 0) or None

    @override
    def terminate(self) -> None:
        subprocess.run((self._program, "kill", "--signal=TERM", self._name), capture_output=True, check=True)


class RootRuntime(Runtime):
    """The image's file system in a directory, entered with a process number space of its own; root may do so."""

    def __init__(self, root: Path, configuration: Configuration) -> None:
        self._root, self._configuration = root, configuration
        root.joinpath(ACCOUNT_DIRECTORY.lstrip("/")).mkdir(parents=True)

    @override
    def start(
        self, *arguments: str, user: str, account: Path, log: Path, variables: Mapping[str, str] | None = None
    ) -> Container:
        environment = {"HOME": "/", **self._configuration.environment, **(variables or {})}
        enter = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", _ENTER, "enter")
        assignments = (f"{key}={value}" for key, value in environment.items())
        command = (*self._configuration.entrypoint, *(arguments or self._configuration.command))
        return _RootContainer((*enter, str(self._root), str(account), user, *assignments, *command), log)


class _RootContainer(Container):
    @override
    def first_process(self) -> int | None:
        unshare = self._process.pid
        try:
            children = Path(f"/proc/{unshare}/task/{unshare}/children").read_text().split()
        except OSError:
            return None
        return int(children[0]) if children else None

    @override
    def terminate(self) -> None:
        process = self.first_process()
        assert process is not None, "it has ended"
        os.kill(process, signal.SIGTERM)
