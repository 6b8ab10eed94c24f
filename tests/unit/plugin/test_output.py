"""A listing, in every format."""

import json

import pytest

from atlas_streams_peering.plugin.output import Cell, Column, Format, Listing, Style, render
from fast_yaml import read_yaml

LISTING = Listing(
    items=[{"name": "pcx-1", "status": "active", "note": "x" * 300}, {"name": "pcx-2", "status": "gone", "note": "-"}],
    columns=(
        Column("NAME", lambda item: str(item["name"])),
        Column("STATUS", lambda item: Cell(str(item["status"]), Style.GOOD)),
        Column("NOTE", lambda item: str(item["note"]), wide=True),
    ),
    name=lambda item: str(item["name"]),
)


def test_a_table_is_plain_text_without_lines_or_spaces_at_its_end() -> None:
    assert render(LISTING, Format.TABLE) == "NAME    STATUS\npcx-1   active\npcx-2   gone\n"


def test_wide_has_all_columns_and_cuts_nothing() -> None:
    header, first, _ = render(LISTING, Format.WIDE).splitlines()

    assert header.split() == ["NAME", "STATUS", "NOTE"]
    assert first.endswith("x" * 300)


def test_colours_are_there_only_where_they_are_wanted() -> None:
    assert "\x1b[32mactive" in render(LISTING, Format.TABLE, colour=True)
    assert "\x1b" not in render(LISTING, Format.TABLE)


def test_json_and_yaml_hold_the_items_as_they_are() -> None:
    assert json.loads(render(LISTING, Format.JSON)) == {"items": LISTING.items}
    assert read_yaml(render(LISTING, Format.YAML)) == {"items": LISTING.items}


def test_programs_read_what_could_not_be_read_beside_the_items() -> None:
    listing = Listing([], (), name=str, notes=["You may not list."])

    assert json.loads(render(listing, Format.JSON)) == {"items": [], "notes": ["You may not list."]}


def test_a_single_item_stands_alone() -> None:
    listing = Listing(LISTING.items[:1], LISTING.columns, LISTING.name, single=True)

    assert json.loads(render(listing, Format.JSON)) == LISTING.items[0]


def test_names_are_one_a_line() -> None:
    assert render(LISTING, Format.NAME) == "pcx-1\npcx-2\n"


def test_an_empty_table_has_no_titles() -> None:
    assert render(Listing([], LISTING.columns, LISTING.name), Format.TABLE) == ""


@pytest.mark.parametrize("form", [Format.TABLE, Format.NAME])
def test_what_could_steer_the_terminal_is_not_printed(form: Format) -> None:
    listing = Listing([{"name": "pcx-\x1b[2J\n\r1"}], LISTING.columns[:1], LISTING.name)

    assert render(listing, form).splitlines()[-1] == "pcx-?[2J??1"


def test_what_looks_like_markup_is_printed_as_it_is() -> None:
    listing = Listing([{"name": "[bold]pcx[/]"}], LISTING.columns[:1], LISTING.name)

    assert "[bold]pcx[/]" in render(listing, Format.TABLE)
