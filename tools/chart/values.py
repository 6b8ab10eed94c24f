"""From the comments of values.yaml to docs/values.md, the chart's README, and values.schema.json."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

from chart.helm import CHART

VALUES: Final = CHART / "values.yaml"
SCHEMA: Final = CHART / "values.schema.json"
README: Final = CHART / "README.md"

_BEGIN: Final = "## Values\n"

_INTRODUCTION: Final = "The chart refuses a value that is not listed here, and values that contradict each other."
_LINE: Final = re.compile(r"^(?P<indent> *)(?P<mark>#+)? ?(?P<text>.*)$")
_KEY: Final = re.compile(r"^(?P<key>[A-Za-z]\w*):")


@dataclass(frozen=True)
class Value:
    """One documented value."""

    section: str
    path: tuple[str, ...]
    default: Any
    text: str


def documented(text: str | None = None) -> Iterator[Value]:
    """Yield the values that have a comment, in order; ``## …`` begins a section."""
    text = VALUES.read_text() if text is None else text
    defaults = yaml.load(text, Loader=yaml.CSafeLoader)
    section = ""
    comment: list[str] = []
    keys: list[tuple[int, str]] = []
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is None or not line.strip():
            comment = []
        elif match["mark"] == "##":
            section, comment = match["text"], []
        elif match["mark"]:
            comment.append(match["text"])
        elif key := _KEY.match(match["text"]):
            indent = len(match["indent"])
            keys = [*((at, name) for at, name in keys if at < indent), (indent, key["key"])]
            path = tuple(name for _, name in keys)
            if comment:
                yield Value(section, path, _at(defaults, path), " ".join(comment))
            comment = []


def table() -> str:
    """Return docs/values.md."""
    lines = [
        "# Chart values",
        "",
        "Generated from the comments in `charts/atlas-streams-peering/values.yaml` by `make chart`. Do not edit.",
        _INTRODUCTION,
        *_sections("##"),
    ]
    return "\n".join(lines) + "\n"


def readme() -> str:
    """Return the chart's README: what stands above the values as it is, and the values."""
    written, heading, _ = README.read_text().partition(_BEGIN)
    lines = [
        "",
        "<!-- Generated from the comments in values.yaml by `make chart`. Do not edit below this line. -->",
        "",
        _INTRODUCTION,
        *_sections("###"),
    ]
    return written + (heading or _BEGIN) + "\n".join(lines) + "\n"


def _sections(mark: str) -> Iterator[str]:
    """Yield the lines of a table for each section; `mark` begins its heading."""
    section = None
    for value in documented():
        if value.section != section:
            section = value.section
            yield from ("", f"{mark} {section}", "", "| value | default | |", "| --- | --- | --- |")
        default = json.dumps(value.default, ensure_ascii=False)
        yield f"| `{'.'.join(value.path)}` | `{default}` | {value.text.replace('|', chr(92) + '|')} |"


def schema() -> str:
    """Return values.schema.json with the descriptions and defaults of values.yaml; the rest of it stands as it is."""
    document = json.loads(SCHEMA.read_text())
    for value in documented():
        node = document
        for key in value.path:
            node = node["properties"][key]
        node["description"] = value.text.replace("`", "")
        node["default"] = value.default
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _at(values: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        values = values[key]
    return values
