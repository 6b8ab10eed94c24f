"""The parts of a node that need no node: control groups, forwarding, the first image, and what a machine lacks."""

import asyncio
import hashlib
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from cluster.waiting import wait_until
from local_cluster import LocalClusterError, NodeCluster, cgroups, node_cluster
from local_cluster.__main__ import main
from local_cluster.cgroups import ControlGroups, hierarchies
from local_cluster.forward import serve
from local_cluster.oci import write_image

V1 = """\
29 22 0:25 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro
30 29 0:26 / /sys/fs/cgroup/memory rw,nosuid shared:9 - cgroup cgroup rw,memory
31 29 0:27 / /sys/fs/cgroup/cpuset rw,nosuid - cgroup cgroup rw,cpuset
32 29 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
33 22 0:29 / /run rw - tmpfs tmpfs rw
"""


def test_each_hierarchy_of_control_groups_is_found() -> None:
    found = hierarchies(V1)
    assert found == [Path("/sys/fs/cgroup") / name for name in ("memory", "cpuset", "unified")]


@pytest.fixture
def unified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with control groups of version 2, of which memory is handed down, and pids not yet."""
    root = tmp_path / "cgroup"
    root.mkdir()
    (root / "cgroup.controllers").write_text("cpu io memory pids\n")
    (root / "cgroup.subtree_control").write_text("cpu memory\n")
    mounts = tmp_path / "mounts"
    mounts.write_text(f"30 29 0:26 / {root} rw - cgroup2 cgroup2 rw\n")
    monkeypatch.setattr(cgroups, "MOUNTS", mounts)
    return root


def test_a_node_gets_a_control_group_which_goes_with_it(unified: Path) -> None:
    with ControlGroups("node") as groups:
        groups.make()
        (unified / "node" / "kubepods").mkdir()
        assert (unified / "cgroup.subtree_control").read_text() == "+pids"
    assert not (unified / "node").exists()


def test_a_machine_without_control_groups_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroups, "MOUNTS", tmp_path / "mounts")
    (tmp_path / "mounts").write_text("")
    with pytest.raises(LocalClusterError, match="no control groups"):
        ControlGroups("node")


def test_a_machine_that_lets_nobody_make_control_groups_is_refused(unified: Path) -> None:
    with ControlGroups("node") as groups:
        (unified / "node").mkdir()
        with pytest.raises(LocalClusterError, match=r"lets nobody make control groups: .*File exists"):
            groups.make()


def test_the_control_group_and_the_state_go_also_when_the_tool_is_killed(unified: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    (state / "etcd").mkdir(parents=True)
    program = (
        "import pathlib, signal\n"
        "from local_cluster import cgroups\n"
        f"cgroups.MOUNTS = pathlib.Path({str(cgroups.MOUNTS)!r})\n"
        f"groups = cgroups.ControlGroups('node', pathlib.Path({str(state)!r}))\n"
        "groups.make(); print('made', flush=True); signal.pause()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as tool:
        assert tool.stdout is not None
        assert tool.stdout.readline() == "made\n"
        assert (unified / "node").is_dir()
        tool.kill()
    wait_until(lambda: not (unified / "node").exists() and not state.exists(), "both are gone")


async def test_what_is_sent_is_passed_on_in_both_directions_until_each_ends() -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read()).upper())  # all of it: the end has to come through
        writer.close()

    behind = await asyncio.start_server(shout, "127.0.0.1", 0)
    async with behind, forwarded(behind.sockets[0].getsockname()) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"hello" * 100_000)
        writer.write_eof()
        assert await reader.read() == b"HELLO" * 100_000
        writer.close()


async def test_where_nobody_listens_the_connection_ends_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = closed.getsockname()
    async with forwarded(address) as ours:
        reader, writer = await asyncio.open_connection(*ours)
        assert await reader.read() == b""
        writer.close()


class forwarded:  # noqa: N801
    """Forwards to an address for as long as the block lasts."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target

    async def __aenter__(self) -> tuple[str, int]:
        listening = socket.create_server(("127.0.0.1", 0))
        self._task = asyncio.create_task(serve(listening, self._target))
        await asyncio.sleep(0)
        address: tuple[str, int] = listening.getsockname()
        return address

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


def test_an_image_of_one_program_names_what_it_holds(tmp_path: Path) -> None:
    program = tmp_path / "pause"
    program.write_bytes(b"a program")

    write_image(tmp_path / "image.tar", "localhost/pause:1", program)

    with tarfile.open(tmp_path / "image.tar") as archive:
        files = {member.name: read(archive, member) for member in archive}
    (entry,) = json.loads(files["index.json"])["manifests"]
    assert entry["annotations"] == {"io.containerd.image.name": "localhost/pause:1"}
    manifest = json.loads(files[blob(entry["digest"])])
    config = json.loads(files[blob(manifest["config"]["digest"])])
    assert config["config"]["Entrypoint"] == ["/pause"]
    for name, content in files.items():
        if name.startswith("blobs/"):
            assert name == blob(f"sha256:{hashlib.sha256(content).hexdigest()}")


def read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None
    return file.read()


def blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def test_a_node_is_refused_elsewhere_than_on_linux_and_without_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(sys, "argv", ["local_cluster", "up", "--nodes", "--dir", str(tmp_path)])
    assert main() == 1
    said = capsys.readouterr().err
    assert said == "local_cluster: pods cannot run on this machine: it needs root; use sudo, or --cluster kind\n"

    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    with pytest.raises(LocalClusterError, match="it needs Linux, and this is Darwin"):
        NodeCluster().start(tmp_path)


def test_what_a_machine_lacks_is_said_with_the_packages_that_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    lacking = ("dnsmasq", "iptables")
    monkeypatch.setattr(shutil, "which", lambda program: None if program in lacking else f"/bin/{program}")
    monkeypatch.setattr(node_cluster, "missing", lambda *_: [])
    assert node_cluster.why_not() == "it lacks programs; on Debian: apt-get install dnsmasq-base iptables"
