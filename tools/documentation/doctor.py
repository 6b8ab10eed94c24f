"""From the checks of the doctor to docs/doctor.md: what each looks at, what it can say, and what to do then."""

import re
import textwrap
from typing import Final

from atlas_streams_peering.plugin.doctor.catalogue import CHECKS
from atlas_streams_peering.plugin.doctor.findings import Check, Group
from documentation.pages import ROOT

BEGIN: Final = "<!-- Generated from the checks by `make plugin-docs`. Do not edit from here … -->\n"
_PAGE: Final = ROOT / "docs" / "doctor.md"
END: Final = "<!-- … to here. -->\n"


def write() -> None:
    """Write the generated part of the page anew."""
    _PAGE.write_text(with_reference(_PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def with_reference(page: str) -> str:
    """Return a page with its generated part written anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{checks_reference()}\n{END}{after}"


def checks_reference() -> str:
    """Return all checks, by group."""
    return "\n".join(_group(group) for group in Group)


def _group(group: Group) -> str:
    checks = "\n".join(_check(check) for check in CHECKS if check.group is group)
    return f"## {group.value}\n\n{checks}"


def _check(check: Check) -> str:
    rows = "".join(
        f"| {result.outcome.value} | {_cell(result.sentence)} | {_cell(result.next_step)} |\n"
        for result in check.results
    )
    heading = f"### {check.id}\n\n{_paragraph(check)}\n\n"
    return f"{heading}| outcome | what it says | next step |\n| --- | --- | --- |\n{rows}"


def _paragraph(check: Check) -> str:
    return textwrap.fill(f"**{check.title}.** {check.looks_at}", 120, break_long_words=False, break_on_hyphens=False)


def _cell(text: str) -> str:
    """Return a sentence as a cell: what stands for something seen is in capitals, a path of the docs is a link."""
    text = re.sub(r"(\.md)#\{\w+\}", r"\1", text)
    text = re.sub(r"\{(\w+)\}", lambda found: found[1].upper(), text).replace("|", "\\|").replace("*", "\\*")
    return re.sub(r"\bdocs/([\w-]+\.md(?:#[\w-]+)?)", r"[\1](\1)", text)
