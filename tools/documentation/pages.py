"""The pages of the site: which files they are made of, where they go, and what links to what."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
DOCS: Final = ROOT / "docs"
REFERENCE: Final = DOCS / "reference"
FRONT_PAGE: Final = DOCS / "README.md"
EXAMPLES: Final = ROOT / "examples" / "README.md"

OUTSIDE_DOCS: Final = {
    EXAMPLES: "examples.md",
    ROOT / "CHANGELOG.md": "changelog.md",
    ROOT / "CONTRIBUTING.md": "contributing.md",
    ROOT / "SECURITY.md": "reporting.md",
}
"""Pages that stand elsewhere in the repository → their path in the site."""

_LINK: Final = re.compile(r"\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]\((?P<target>[^)\s]+)\)")
_FENCE: Final = re.compile(r"(^ *```.*?^ *```$)", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"^# (.+)$", re.MULTILINE)


def pages() -> dict[Path, str]:
    """Return every page: the file that it is made of → its path in the site."""
    own = {path: path.relative_to(DOCS).as_posix() for path in sorted(DOCS.rglob("*.md"))}
    return {**own, FRONT_PAGE: "index.md", **OUTSIDE_DOCS}


def navigation() -> dict[str, list[Path]]:
    """Return the sections of the front page, each with the pages that its table names, in order.

    The first cell of a row links to the page. So one row of this table puts a page into the navigation.
    """
    sections: dict[str, list[Path]] = {}
    section = None
    for line in FRONT_PAGE.read_text().splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif section is not None and line.startswith("| ["):
            first = line.split("|")[1]
            targets = (match["target"].partition("#")[0] for match in _LINK.finditer(first))
            sections.setdefault(section, []).extend((DOCS / target).resolve() for target in targets)
    return sections


def title(path: Path) -> str:
    """Return the first heading of a page. ValueError where there is none."""
    found = _HEADING.search(_FENCE.sub("", path.read_text()))
    if found is None:
        raise ValueError(f"{path} has no heading")
    return found[1]


def anchor(heading: str) -> str:
    """Return the anchor of a heading, as GitHub spells it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def with_links(text: str, replaced: Callable[[str, str], str]) -> str:
    """Return a page with each link replaced by what `replaced` makes of its text and target. Code stays as it is."""
    parts = _FENCE.split(text)
    return "".join(
        part if _FENCE.fullmatch(part) else _LINK.sub(lambda link: replaced(link["text"], link["target"]), part)
        for part in parts
    )


def links_out() -> dict[str, list[Path]]:
    """Return the addresses outside the site that pages link to, each with those pages."""
    found: dict[str, list[Path]] = {}
    for path in pages():

        def note(text: str, target: str, path: Path = path) -> str:
            if re.match("https?:", target):
                found.setdefault(target, []).append(path)
            return text

        with_links(path.read_text(), note)
    return dict(sorted(found.items()))
