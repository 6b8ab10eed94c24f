"""How docker, podman and buildah are called; stand-ins take the calls, since no machine has all three."""

import json
import sys
from pathlib import Path

import pytest

from image import Builder, BuilderError, find_builder

PROGRAM = """#!{python}
import json, os, pathlib, sys
name, arguments = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
if arguments == ["info"]:
    sys.exit(0 if name in os.environ.get("ANSWERING", "").split() else 1)
with open({record!r}, "a") as record:
    record.write(" ".join([name, *arguments]) + "\\n")
if arguments[0] == os.environ.get("FAILING"):
    sys.exit("it does not work")
if "inspect" in arguments:
    content = json.loads({content!r})
    print(json.dumps({{"OCIv1": {{"config": content}}}} if name == "buildah" else [{{"Config": content}}]))
if arguments[0] in ("create", "from"):
    print("the-container")
if arguments[0] == "mount":
    print({root!r})
"""
CONTENT = {
    "User": "1:1",
    "Entrypoint": ["operator"],
    "Cmd": ["run"],
    "Env": ["PATH=/bin", "EMPTY="],
    "ExposedPorts": {"8080/tcp": {}},
    "Labels": {"title": "it"},
}
NAMES = ("docker", "podman", "buildah")


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    record, programs, root = tmp_path / "calls", tmp_path / "bin", tmp_path / "root"
    programs.mkdir()
    root.mkdir()
    root.joinpath("file").touch()
    for name in NAMES:
        text = PROGRAM.format(python=sys.executable, record=str(record), content=json.dumps(CONTENT), root=str(root))
        programs.joinpath(name).write_text(text)
        programs.joinpath(name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.delenv("IMAGE_BUILDER", raising=False)
    return record


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize(
    ("answering", "found"),
    [("docker podman buildah", "docker"), ("podman buildah", "podman"), ("buildah", "buildah")],
)
def test_the_first_that_answers_is_taken(answering: str, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERING", answering)
    assert find_builder().name == found


@pytest.mark.usefixtures("calls")
def test_the_one_that_is_named_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERING", "docker buildah")
    monkeypatch.setenv("IMAGE_BUILDER", "buildah")
    assert find_builder().name == "buildah"


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ("", "this needs docker, podman or buildah, and that its `info` answers"),
        ("podman", "this needs podman, and that its `info` answers"),
        ("kaniko", r"IMAGE_BUILDER \(kaniko\) is none of docker, podman, buildah"),
    ],
)
def test_none_that_works_is_said_in_one_sentence(named: str, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGE_BUILDER", named)
    with pytest.raises(BuilderError, match=f"^{sentence}$"):
        find_builder()


@pytest.mark.parametrize("name", NAMES)
def test_it_builds_with_the_flags_that_are_given(name: str, calls: Path, tmp_path: Path) -> None:
    Builder(name).build(tmp_path, "it:dev", flags=["--label=a=b"])
    assert calls.read_text() == f"{name} build --tag it:dev --label=a=b {tmp_path}\n"


@pytest.mark.parametrize("name", NAMES)
def test_it_reads_what_an_image_says_of_itself(name: str, calls: Path) -> None:
    configuration = Builder(name).configuration("it:dev")
    assert calls.exists()
    assert (configuration.user, configuration.entrypoint, configuration.command) == ("1:1", ("operator",), ("run",))
    assert configuration.environment == {"PATH": "/bin", "EMPTY": ""}
    assert configuration.ports == {"8080/tcp"}
    assert configuration.labels == {"title": "it"}


@pytest.mark.parametrize("name", NAMES)
def test_it_leaves_no_container_behind_when_the_export_fails(
    name: str, calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAILING", "mount" if name == "buildah" else "export")
    with pytest.raises(BuilderError, match="it does not work"):
        Builder(name).export("it:dev", tmp_path / "it.tar")
    assert calls.read_text().splitlines()[-1] == f"{name} rm the-container"


def test_buildah_exports_what_it_mounts(calls: Path, tmp_path: Path) -> None:
    Builder("buildah").export("it:dev", tmp_path / "it.tar")
    assert (tmp_path / "it.tar").stat().st_size > 0
    assert [line.split()[1] for line in calls.read_text().splitlines()] == ["from", "mount", "rm"]


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("docker", "docker save --output {archive} it:dev"),
        ("podman", "podman save --format=docker-archive --output {archive} it:dev"),
        ("buildah", "buildah push it:dev docker-archive:{archive}:it:dev"),
    ],
)
def test_an_image_is_written_to_an_archive(calls: Path, tmp_path: Path, name: str, call: str) -> None:
    archive = tmp_path / "it.tar"
    Builder(name).save("it:dev", archive)
    assert calls.read_text().splitlines() == [call.format(archive=archive)]


def test_buildah_makes_a_base_of_a_root_file_system_and_leaves_no_container(
    calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root.tar"
    Builder("buildah").import_root(root, "base:debian")
    monkeypatch.setenv("FAILING", "add")
    with pytest.raises(BuilderError, match="it does not work"):
        Builder("buildah").import_root(root, "base:debian")
    made = ["from scratch", f"add the-container {root} /", "commit the-container base:debian", "rm the-container"]
    refused = ["from scratch", f"add the-container {root} /", "rm the-container"]
    assert calls.read_text().splitlines() == [f"buildah {call}" for call in (*made, *refused)]


def test_docker_imports_the_root_file_system_of_a_base(calls: Path, tmp_path: Path) -> None:
    Builder("docker").import_root(tmp_path / "root.tar", "base:debian")
    assert calls.read_text().splitlines() == [f"docker import {tmp_path / 'root.tar'} base:debian"]
