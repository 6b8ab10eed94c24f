"""The output of a command: a table for people, and JSON, YAML or names for programs."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDEST: Final = 100_000
"""Columns of the terminal: wide enough that a table is never cut or wrapped, as in kubectl."""


class Format(StrEnum):
    """The formats of ``--output``."""

    TABLE = "table"
    WIDE = "wide"  # the table with all columns
    JSON = "json"
    YAML = "yaml"
    NAME = "name"  # one name a line, for scripts


class Style(StrEnum):
    """The colour of a cell, by its meaning; style names of `rich`."""

    PLAIN = ""
    GOOD = "green"
    WAITING = "yellow"
    BAD = "red"
    DIM = "dim"


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a table."""

    text: str
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    title: str
    cell: Callable[[Mapping[str, Any]], Cell | str]
    """Returns the text for an item of the listing."""
    wide: bool = False
    """Show the column only with ``-o wide``."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The result of a command, independent of the output format."""

    items: Sequence[Mapping[str, Any]]
    columns: Sequence[Column]
    name: Callable[[Mapping[str, Any]], str]
    """Returns the line for ``-o name``."""
    single: bool = False
    """JSON and YAML show the item itself, not a list."""
    notes: Sequence[str] = field(default=())
    """Additional fields of the list in JSON and YAML."""


def render(listing: Listing, form: Format, *, colour: bool = False) -> str:
    """Return a listing as text, with its last newline; empty where a table has no rows."""
    if form is Format.NAME:
        return "".join(f"{printable(listing.name(item))}\n" for item in listing.items)
    if form in (Format.JSON, Format.YAML):
        return _document(listing, form)
    columns = [column for column in listing.columns if form is Format.WIDE or not column.wide]
    rows = [[_cell(column.cell(item)) for column in columns] for item in listing.items]
    return table([column.title for column in columns], rows, colour=colour) if rows else ""


def table(titles: Sequence[str], rows: Sequence[Sequence[Cell]], *, colour: bool = False) -> str:
    """Return a table as kubectl prints one: titles in capitals, three spaces between columns, no lines."""
    grid = Table(box=None, show_edge=False, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for title in titles:
        grid.add_column(title, no_wrap=True)
    for row in rows:
        grid.add_row(*(Text(printable(cell.text), style=cell.style.value) for cell in row))
    file = io.StringIO()
    console = Console(
        file=file,
        width=_WIDEST,
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        highlight=False,
        legacy_windows=False,
    )
    console.print(grid)
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


def printable(text: str) -> str:
    """Make external text safe for a terminal: replace control characters by ``?``."""
    return "".join(character if character.isprintable() else "?" for character in text)


def json_text(value: Any) -> str:
    """Return a value as JSON for people and programs."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def yaml_text(value: Any) -> str:
    """Return a value as YAML, in the order of its keys."""
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=110)
    return text


def _document(listing: Listing, form: Format) -> str:
    items = [dict(item) for item in listing.items]
    notes = {"notes": list(listing.notes)} if listing.notes else {}
    value = items[0] if listing.single and items else {"items": items} | notes
    return json_text(value) if form is Format.JSON else yaml_text(value)


def _cell(value: Cell | str) -> Cell:
    return value if isinstance(value, Cell) else Cell(value)
