"""The image's recipe takes in only what it copies, and builds from what is pinned."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def copied() -> list[str]:
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    return [path for line in lines for path in line.split()[:-1]]


def let_through() -> list[str]:
    return [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]


def test_what_the_image_copies_is_let_through_and_nothing_else() -> None:
    assert copied()
    assert [path for path in copied() if not any(known.startswith(path) for known in let_through())] == []
    assert [known for known in let_through() if not any(known.startswith(path) for path in copied())] == []
    assert [path for path in (*copied(), *let_through()) if not (ROOT / path).exists()] == []


def test_the_base_is_pinned_and_used_in_every_stage() -> None:
    (base,) = re.findall(r"^ARG BASE_IMAGE=(.+)$", DOCKERFILE, re.MULTILINE)
    assert re.fullmatch(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", base)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${BASE_IMAGE}"}


def test_everything_else_is_installed_from_locks_with_hashes() -> None:
    installs = re.findall(r"\binstall (.+?)(?: \\)?$", DOCKERFILE, re.MULTILINE)
    assert len(installs) == 3
    for install in installs:
        assert "--no-index" in install or ("--require-hashes" in install and "--only-binary :all:" in install), install
