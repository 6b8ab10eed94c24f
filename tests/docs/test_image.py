"""The image's recipe: it names what the build backend needs, and takes in only what it copies."""

import re
from importlib.metadata import requires

from docs.documents import read


def needed_by(package: str) -> set[str]:
    """Return a package and all that it needs here."""
    found, unseen = set[str](), [package]
    while unseen:
        name = unseen.pop()
        if name in found:
            continue
        found.add(name)
        for requirement in requires(name) or ():
            wanted, _, marker = requirement.partition(";")
            if "extra" not in marker and "python_version <" not in marker:
                unseen.append(re.split(r"[\s<>=!~\[(]", wanted.strip())[0].lower())
    return found


def test_the_build_backend_is_installed_with_all_that_it_needs() -> None:
    named = re.search(r"wanted = /\^\((.+?)\)==/", read("Dockerfile"))
    assert named is not None
    assert set(named[1].split("|")) == needed_by("hatchling")


def test_what_the_image_copies_is_let_through() -> None:
    ignored = read(".dockerignore").splitlines()
    let_through = [line[1:] for line in ignored if line.startswith("!")]
    copied = [
        word
        for line in re.findall(r"^COPY (?!--from)(.+)$", read("Dockerfile"), re.MULTILINE)
        for word in line.split()[:-1]
    ]
    assert [path for path in copied if not any(known.startswith(path) for known in let_through)] == []
