"""A cluster with a node leaves nothing on this machine, however it ends, and changes nothing of it meanwhile."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cluster.waiting import wait_until
from local_cluster.cgroups import MOUNTS, hierarchies
from local_cluster.node_plan import KERNEL_SETTINGS
from pods.installation import SECONDS


def control_groups(state: Path) -> list[Path]:
    """Return the control groups of the cluster whose state is there; others may run beside it."""
    name = json.loads((state / "kubelet.json").read_text())["cgroupRoot"].strip("/")
    return [place / name for place in hierarchies(MOUNTS.read_text())]


def kernel_settings() -> dict[str, str]:
    return {name: (Path("/proc/sys") / name).read_text() for name in KERNEL_SETTINGS}


def interfaces() -> set[str]:
    return {path.name for path in Path("/sys/class/net").iterdir()}


def processes_with(word: bytes) -> set[str]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word in path.read_bytes():
                found.add(path.parent.name)
        except OSError:
            continue
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_a_cluster_that_ends(tmp_path: Path, number: signal.Signals) -> None:
    before = kernel_settings(), interfaces(), MOUNTS.read_text()
    output = tmp_path / "output"
    command = [sys.executable, "-m", "local_cluster", "up", "--nodes", "--dir", str(tmp_path)]
    with output.open("wb") as said, subprocess.Popen(command, stdout=said, stderr=said) as tool:
        try:
            wait_until(lambda: "Ready at" in output.read_text() or tool.poll(), "it is ready", seconds=SECONDS)
            assert tool.poll() is None, output.read_text()
            (found,) = re.findall(r"--data-dir=(\S+)/etcd", command_line_of("etcd", tmp_path))
            state, groups = Path(found), control_groups(Path(found))
            assert (kernel_settings(), interfaces(), MOUNTS.read_text()) == before
            assert all(group.is_dir() for group in groups)
        finally:
            tool.send_signal(number)
    wait_until(lambda: not processes_with(found.encode()), "every process has ended", seconds=SECONDS)
    wait_until(lambda: not any(group.exists() for group in groups), "the groups are removed", seconds=SECONDS)
    wait_until(lambda: not state.exists(), "the state is removed", seconds=SECONDS)
    assert (kernel_settings(), interfaces(), MOUNTS.read_text()) == before


def command_line_of(program: str, directory: Path) -> str:
    """Return the command line of the program that writes its log to this directory."""
    log = directory / f"{program}.log"
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if (path / "fd" / "1").readlink() == log:
                return (path / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    raise AssertionError(f"{program} does not run")
