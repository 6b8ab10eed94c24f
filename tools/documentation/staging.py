"""The sources of the site: the pages as the generator takes them, and its configuration."""

import os
import re
import shutil
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from documentation.pages import EXAMPLES, ROOT, anchor, navigation, pages, title, with_links

CONFIGURATION: Final = ROOT / "docs" / "site.yaml"
"""What the site looks like; the navigation comes from the front page."""

STYLE: Final = ROOT / "docs" / "site.css"


def stage(directory: Path) -> None:
    """Write the sources into a directory: `mkdocs.yml`, and the pages below `docs`."""
    content = directory / "docs"
    shutil.rmtree(content, ignore_errors=True)
    for source, place in pages().items():
        target = content / place
        target.parent.mkdir(parents=True, exist_ok=True)
        text = _with_examples(source.read_text()) if source == EXAMPLES else source.read_text()
        target.write_text(_with_links_of_the_site(text, source, place))
    shutil.copy(STYLE, content)
    (directory / "mkdocs.yml").write_text(yaml.safe_dump(configuration(), sort_keys=False, allow_unicode=True))


def configuration() -> dict[str, Any]:
    """Return the generator's configuration, with the navigation."""
    base: dict[str, Any] = yaml.safe_load(CONFIGURATION.read_text())
    places = pages()
    sections = [
        {section: [{title(path): places[path]} for path in members]} for section, members in navigation().items()
    ]
    given = {"site_url": os.environ.get("SITE_URL"), "repo_url": _repository()}
    return {**base, **{name: value for name, value in given.items() if value}, "nav": [{"Home": "index.md"}, *sections]}


def _repository() -> str | None:
    """Return the address of the repository's web view, where it is known."""
    return os.environ.get("REPOSITORY_URL", "").rstrip("/") or None


def _with_examples(text: str) -> str:
    """Return the page about the examples with the examples: on the site, nobody has the files at hand."""
    folder = EXAMPLES.parent
    shown = [f"### {path.relative_to(folder)}\n\n```yaml\n{path.read_text().rstrip()}\n```" for path in _examples()]
    return "\n\n".join((text.rstrip(), "## The files", *shown)) + "\n"


def _examples() -> list[Path]:
    return sorted(EXAMPLES.parent.rglob("*.yaml"), key=lambda path: (len(path.parts), path))


def _with_links_of_the_site(text: str, source: Path, place: str) -> str:
    """Return a page with its links as the site needs them.

    A link to a page leads to its place in the site, and has the page's title in place of the file's name. A link to
    another file of the repository leads to the repository's web view, or is no link where that is not known.
    """
    places = pages()

    def replaced(text: str, target: str) -> str:
        if re.match("[a-z]+:", target) or target.startswith("#"):
            return f"[{text}]({target})"
        file, _, fragment = target.partition("#")
        path = (source.parent / file).resolve()
        if path in places:
            words = title(path) if text == path.name else text
            leads = _relative(places[path], place)
            return f"[{words}]({leads}{'#' + fragment if fragment else ''})"
        if path in _examples():
            heading = anchor(str(path.relative_to(EXAMPLES.parent)))
            return f"[{text}]({_relative(places[EXAMPLES], place)}#{heading})"
        if (repository := _repository()) is not None:
            return f"[{text}]({repository}/tree/main/{path.relative_to(ROOT)})"
        return text

    return with_links(text, replaced)


def _relative(target: str, place: str) -> str:
    """Return the way from one page to another."""
    return os.path.relpath(target, PurePosixPath(place).parent)
