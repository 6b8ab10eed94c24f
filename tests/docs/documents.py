"""The repository's documents, as far as tests read them."""

import re
from pathlib import Path
from typing import Any, Final

from documentation.pages import anchor
from fast_yaml import read_yaml_all

ROOT: Final = Path(__file__).parents[2]
DOCUMENTS: Final = sorted(
    path
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md"))
    if not path.name.startswith(".")
)


def read(name: str) -> str:
    return (ROOT / name).read_text()


def sections(text: str, level: int) -> dict[str, str]:
    """Return the text of each section with a heading of this level, by heading."""
    parts = re.split(rf"^#{{{level}}} (.+)$", text, flags=re.MULTILINE)[1:]
    bodies = (re.split(rf"^#{{1,{level}}} ", body, flags=re.MULTILINE)[0] for body in parts[1::2])
    return dict(zip(parts[::2], bodies, strict=True))


def table_rows(text: str) -> list[list[str]]:
    """Return the cells of each row of a document's tables, without code marks."""
    rows = (line.strip("|").split("|") for line in text.splitlines() if line.startswith("|"))
    return [[cell.strip().strip("`") for cell in row] for row in rows]


def code_blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """Return what a link may point to inside a document: its headings, as web views spell them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {anchor(heading) for heading in headings}


def manifests_in(text: str) -> list[dict[str, Any]]:
    """Return the Kubernetes manifests among the YAML blocks of a document."""
    found = []
    for block in code_blocks(text, "yaml"):
        documents = (document for document in read_yaml_all(block) if isinstance(document, dict))
        found += [document for document in documents if "apiVersion" in document and "kind" in document]
    return found
