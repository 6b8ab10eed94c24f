"""The report as text. Programs read its JSON."""

import textwrap
from typing import Final

import click

from ..output import printable
from .findings import Evidence, Finding, Outcome
from .report import Report

OUTCOME_WORDS: Final = {
    Outcome.OK: "ok",
    Outcome.WARNING: "WARN",
    Outcome.FAILED: "FAIL",
    Outcome.SKIPPED: "skip",
    Outcome.UNKNOWN: "?",
}
_COLOURS: Final = {
    Outcome.OK: "green",
    Outcome.WARNING: "yellow",
    Outcome.FAILED: "red",
    Outcome.UNKNOWN: "cyan",
}
_INDENT: Final = " " * 8


def text_of(report: Report, *, wide: bool = False, width: int | None = None) -> str:
    """Return the report as text, with colours; `wide` adds the evidence, `width` wraps lines."""
    lines: list[str] = []
    group = None
    for finding in report.findings:
        if finding.group is not group:
            lines += ["", click.style(finding.group.value, bold=True)] if group else [_head(finding)]
            group = finding.group
        lines += _finding(finding, wide=wide, width=width)
    return "\n".join([*lines, "", _summary(report), ""])


def _head(finding: Finding) -> str:
    return click.style(finding.group.value, bold=True)


def _finding(finding: Finding, *, wide: bool, width: int | None) -> list[str]:
    word = OUTCOME_WORDS[finding.outcome]
    lines = _wrapped(f"{finding.title}: {finding.sentence}", width)
    head = f"  {click.style(f'{word:<4}', fg=_COLOURS.get(finding.outcome))}  {lines[0]}"
    rest = [f"{_INDENT}{line}" for line in lines[1:]]
    if finding.next_step:
        rest += [f"{_INDENT}{line}" for line in _wrapped(f"Next: {finding.next_step}", width)]
    if wide:
        rest += [f"{_INDENT}{key}: {_shown(value)}" for key, value in finding.evidence.items() if value not in ("", ())]
    return [head, *rest]


def _wrapped(text: str, width: int | None) -> list[str]:
    text = printable(" ".join(text.split()))
    if width is None:
        return [text]
    return textwrap.wrap(text, max(40, width - len(_INDENT)), break_long_words=False, break_on_hyphens=False) or [""]


def _shown(value: Evidence) -> str:
    return printable(", ".join(value) if isinstance(value, tuple) else str(value))


def _summary(report: Report) -> str:
    counts = ", ".join(f"{report.counts[outcome]} {outcome.value}" for outcome in Outcome if report.counts[outcome])
    unchecked = " The doctor could not check what is unknown." if report.counts[Outcome.UNKNOWN] else ""
    return f"Result: {report.outcome.value} ({counts}).{unchecked}"
