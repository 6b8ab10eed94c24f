"""What is in the image, and what is not."""

import re
import tarfile
from pathlib import Path

import pytest

from conftest import Files
from image import Configuration

BYTECODE = "/opt/venv/bytecode"
# They come with Debian. Where nobody may gain privileges, as in our pods, they are of no use.
OF_DEBIAN = {"chage", "chfn", "chsh", "expiry", "gpasswd", "mount", "newgrp", "passwd", "su", "umount", "unix_chkpwd"}
UNCHECKED_HASH = 1


@pytest.mark.parametrize(
    "pattern",
    [
        r"/(pip|ensurepip|setuptools|wheel|hatchling|uv)(-[^/]+\.dist-info)?",
        r"/(pip|pip3|pip3\.\d+|uv|hatch|gcc|cc|g\+\+|c\+\+|ld|as|make|go|rustc|git)",
        r".*\.whl",
        r"/(pytest|mypy|atlas_simulator|local_cluster|demo|chart|image)(\.dist-info)?",
        r"^/(root/\.cache|build|tmp/[^/]+)",
    ],
)
def test_it_holds_nothing_that_builds_installs_or_tests(pattern: str, files: Files) -> None:
    assert len(files) > 1000
    found = [path for path in files if re.search(rf"{pattern}$", path) and not path.startswith("/usr/share/")]
    assert [path for path in found if not path.startswith(BYTECODE)] == []


def test_its_processes_can_change_none_of_their_files(files: Files) -> None:
    ours = [member for path, member in files.items() if path.startswith("/opt/") and not member.issym()]
    assert ours
    assert [member.name for member in ours if (member.uid, member.gid) != (0, 0) or member.mode & 0o022] == []


def test_every_user_can_read_all_of_it(files: Files) -> None:
    ours = [member for path, member in files.items() if path.startswith("/opt/") and not member.issym()]
    unreadable = [member.name for member in ours if not member.mode & 0o004]
    closed = [member.name for member in ours if member.isdir() and not member.mode & 0o001]
    assert (unreadable, closed) == ([], [])


def test_no_file_was_added_that_gives_privileges(files: Files) -> None:
    privileged = {path for path, member in files.items() if member.isfile() and member.mode & 0o6000}
    assert {path for path in privileged if Path(path).name not in OF_DEBIAN} == set()


def test_its_bytecode_is_in_one_place_and_does_not_depend_on_times(files: Files, archive: Path) -> None:
    compiled = [path for path in files if path.startswith("/opt/") and path.endswith(".pyc")]
    assert any(path.endswith("/asyncio/runners.cpython-" + path[-len("311.pyc") :]) for path in compiled)
    assert [path for path in compiled if not path.startswith(BYTECODE)] == []
    with tarfile.open(archive) as content:
        headers = {path: read(content, files[path]) for path in compiled}
    assert {path for path, header in headers.items() if header[4] != UNCHECKED_HASH} == set()


def test_each_module_of_ours_is_there_with_its_bytecode(files: Files) -> None:
    modules = {path for path in files if "/site-packages/atlas_streams_peering/" in path and path.endswith(".py")}
    modules = {path for path in modules if "/plugin/" not in path}  # which is not run there
    assert len(modules) > 40
    tags = {path.split(".")[-2] for path in files if path.startswith(BYTECODE) and path.endswith(".pyc")}
    assert len(tags) == 1
    expected = {f"{BYTECODE}{path.removesuffix('.py')}.{next(iter(tags))}.pyc" for path in modules}
    assert expected - set(files) == set()


def test_it_says_what_it_is(configuration: Configuration) -> None:
    labels = {name.removeprefix("org.opencontainers.image."): value for name, value in configuration.labels.items()}
    assert labels["title"] == "atlas-streams-peering"
    assert labels["licenses"] == "Apache-2.0"
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", labels["version"])
    assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?", labels["revision"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S+", labels["created"])


def test_it_runs_the_operator_itself_as_a_user_with_a_number(configuration: Configuration) -> None:
    assert configuration.entrypoint == ("atlas-streams-peering",)
    assert configuration.command == ("run",)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", configuration.user)
    assert configuration.ports == {"8080/tcp", "8081/tcp"}


def read(content: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    opened = content.extractfile(member)
    assert opened is not None
    return opened.read(16)
