"""Findings of checks: each has an outcome, a sentence, and a next step."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final, TypeAlias

from pydantic import Field

from ...api.base import ApiModel

Evidence: TypeAlias = str | int | float | bool | tuple[str, ...]
"""One fact behind a finding. It never contains a value of a Secret."""


_NO_WORDS: Final[Mapping[str, object]] = MappingProxyType({})


class Outcome(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"  # it works or will work, but somebody should know
    FAILED = "failed"  # somebody has to act
    SKIPPED = "skipped"  # because of another finding, or of the configuration, there is nothing to check
    UNKNOWN = "unknown"  # the doctor cannot tell, or may not read


class Group(StrEnum):
    """Subjects of checks, in the order of the report."""

    KUBERNETES = "Kubernetes"
    OPERATOR = "Operator"
    ATLAS = "Atlas"
    CONFLUENT = "Confluent Cloud"
    OBJECTS = "Objects"
    ATLAS_API = "Behavior of the Atlas API"


class Finding(ApiModel):
    """The result of one check for one subject."""

    check: str
    """ID of the check."""
    group: Group
    title: str
    outcome: Outcome
    subject: str = ""
    """What it is about, where a check looks at several things: a Secret, a project, an object."""
    sentence: str
    next_step: str = ""
    """What to do; empty where there is nothing to do."""
    evidence: Annotated[dict[str, Evidence], Field(default_factory=dict)]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A possible result of a check. Words in braces are placeholders for its facts."""

    outcome: Outcome
    sentence: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A check and its possible results. The documentation is generated from it."""

    id: str
    group: Group
    title: str
    looks_at: str
    """A sentence: what the check reads, and compares."""
    results: tuple[CheckResult, ...]

    def finding(
        self,
        result: CheckResult,
        *,
        subject: str = "",
        evidence: Mapping[str, Evidence] | None = None,
        words: Mapping[str, object] = _NO_WORDS,
        **more: object,
    ) -> Finding:
        """Return the finding for a result; `words` and `more` replace the placeholders.

        Raises
        ------
        ValueError
            The check does not declare this result, so the documentation would lack it.
        """
        if result not in self.results:
            raise ValueError(f"{self.id} does not declare this result: {result.sentence}")
        said = {**words, **more}
        return Finding(
            check=self.id,
            group=self.group,
            title=self.title,
            outcome=result.outcome,
            subject=subject,
            sentence=result.sentence.format_map(said),
            next_step=result.next_step.format_map(said),
            evidence=dict(evidence or {}),
        )


def counted(number: int, one: str, many: str) -> str:
    """Return a number with the singular or plural: ``1 object is``, ``2 objects are``."""
    return f"{number} {one if number == 1 else many}"


def listed(words: tuple[str, ...] | list[str], *, most: int = 5) -> str:
    """Return words as a list in a sentence. Of a long list, return the first words and the number of the others."""
    shown = ", ".join(words[:most])
    return f"{shown} and {len(words) - most} more" if len(words) > most else shown
