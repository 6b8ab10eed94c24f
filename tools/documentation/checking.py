"""Whether the built site holds together: every link inside it leads somewhere, and no page loads from elsewhere."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

_LOADS: Final = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}
"""Element → the attribute by which a browser loads something when it shows the page."""

_NOT_LOADED: Final = frozenset({"canonical", "next", "prev", "alternate", "author", "license", "edit"})
"""Relations of a `link` element that only tell."""

_MARKS: Final = re.compile(r"^\s*(```|[-*] \S|1[.)] \S|\|.*\|\s*$|#{1,6} \S)", re.MULTILINE)
"""Markdown that the generator has left as text: its rules for lists are stricter than GitHub's."""


def problems(site: Path) -> list[str]:
    """Return one sentence for each thing that is wrong with the site in a directory."""
    return [
        f"{path.relative_to(site)}: {problem}"
        for path in sorted(site.rglob("*.html"))
        # The address of this page is any address, so that its links are absolute.
        if path.name != "404.html"
        for problem in _problems(site, path)
    ]


def _problems(site: Path, path: Path) -> Iterator[str]:
    page = _read(path)
    yield from (f"loads {address}" for address in page.loads if urlsplit(address).netloc)
    if page.classes & {"mermaid", "language-mermaid"}:
        yield "has a diagram, which a script from elsewhere would have to draw"
    yield from (
        f"shows Markdown as text: {text.strip().splitlines()[0]!r}" for text in page.texts if _MARKS.search(text)
    )
    for target in (*page.links, *page.loads):
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            continue
        found = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        found = found / "index.html" if found.is_dir() else found
        if not found.is_relative_to(site.resolve()) or not found.is_file():
            yield f"links to {target}, which does not exist"
        elif parts.fragment and found.suffix == ".html" and unquote(parts.fragment) not in _read(found).anchors:
            yield f"links to {target}, and that page has no such heading"


@dataclass
class _Page(HTMLParser):
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)
    _paragraph: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        self.classes |= set(given.get("class", "").split())
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif given.get(_LOADS.get(tag, "")) and not _NOT_LOADED & set(given.get("rel", "").split()):
            self.loads.append(given[_LOADS[tag]])
        if tag == "p":
            self._paragraph = True
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "p":
            self._paragraph = False

    def handle_data(self, data: str) -> None:
        if self._paragraph:
            self.texts[-1] += data


@cache
def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text())
    return page
