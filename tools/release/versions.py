"""Every place that names the version."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

CHART: Final = Path("charts/atlas-streams-peering/Chart.yaml")
CHANGELOG: Final = Path("CHANGELOG.md")

_IMAGE: Final = re.compile(r"\batlas-streams-peering:(\d+\.\d+\.\d+[\w.-]*)")
_NAMING_THE_IMAGE: Final = ("Dockerfile", "README.md", "docs/*.md", "deploy/*.yaml")
_HEADING: Final = re.compile(r"^## \[(?P<version>[^\]]+)\] - (?P<date>.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Statement:
    """A version, and where it stands."""

    place: str
    version: str


def statements(root: Path) -> Iterator[Statement]:
    """Yield what each place says; the first is the one that the others follow."""
    yield Statement("pyproject.toml", tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"])
    chart = yaml.safe_load((root / CHART).read_text())
    yield from (Statement(f"{CHART}: {field}", str(chart[field])) for field in ("version", "appVersion"))
    (argument,) = re.findall(r"^ARG VERSION=(.+)$", (root / "Dockerfile").read_text(), re.MULTILINE)
    yield Statement("Dockerfile: ARG VERSION", argument)
    yield Statement(f"{CHANGELOG}: newest section", _newest(root)["version"])
    for pattern in _NAMING_THE_IMAGE:
        for path in sorted(root.glob(pattern)):
            for version in dict.fromkeys(_IMAGE.findall(path.read_text())):
                yield Statement(f"{path.relative_to(root)}: the image's tag", version)


def disagreements(root: Path, tag: str | None = None) -> list[str]:
    """Return a sentence for each place that says another version; with a tag, also for what a release still lacks."""
    leading, *others = statements(root)
    found = [
        f"{other.place} says {other.version}, {leading.place} says {leading.version}."
        for other in others
        if other.version != leading.version
    ]
    if tag is not None:
        if tag != f"v{leading.version}":
            found.append(f"The tag is {tag}, {leading.place} says {leading.version}.")
        date = _newest(root)["date"]
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", date):
            found.append(f"{CHANGELOG}: the newest section has no date, but {date!r}.")
    return found


def notes(root: Path) -> str:
    """Return what the changelog says of its newest version."""
    text = (root / CHANGELOG).read_text()
    return re.split(r"^## ", text[_newest(root).end() :], maxsplit=1, flags=re.MULTILINE)[0].strip() + "\n"


def changes(root: Path) -> list[dict[str, str]]:
    """Return the entries of the newest version as Artifact Hub has them: ``kind`` and ``description``."""
    found = []
    for section in re.split(r"^### ", notes(root), flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        for entry in re.findall(r"^- (.+(?:\n  .+)*)", body, re.MULTILINE):
            words = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", " ".join(entry.split()))
            found.append({"kind": heading.strip().lower(), "description": words})
    return found


def _newest(root: Path) -> re.Match[str]:
    heading = _HEADING.search((root / CHANGELOG).read_text())
    if heading is None:
        raise ValueError(f"{CHANGELOG} has no section '## [version] - date'")
    return heading
