"""What a check finds: an outcome, a sentence, and a next step."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final, TypeAlias

from pydantic import Field

from ...api.base import ApiModel

Evidence: TypeAlias = str | int | float | bool | tuple[str, ...]
"""One fact that a finding rests on. It never holds a value of a Secret."""


_NO_WORDS: Final[Mapping[str, object]] = MappingProxyType({})


class Outcome(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"  # it works, or will work, and somebody should know
    FAILED = "failed"  # somebody has to act
    SKIPPED = "skipped"  # another finding, or the set-up, leaves nothing to check
    UNKNOWN = "unknown"  # reading cannot tell, or is not allowed


class Group(StrEnum):
    """What a check is about, in the order of the report."""

    KUBERNETES = "Kubernetes"
    OPERATOR = "Operator"
    ATLAS = "Atlas"
    CONFLUENT = "Confluent Cloud"
    OBJECTS = "Objects"
    ATLAS_API = "Behavior of the Atlas API"


class Finding(ApiModel):
    """What one check says of one subject."""

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
    """One thing that a check can say. Words in braces stand for what it has seen."""

    outcome: Outcome
    sentence: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A check, and everything that it can say: the documentation is written from it."""

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
        """Return the finding that says this; `words` and `more` stand in place of the words in braces.

        Raises
        ------
        ValueError
            The result is none of the check's own: the documentation would lack it.
        """
        if result not in self.results:
            raise ValueError(f"{self.id} cannot say: {result.sentence}")
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
    """Return a number with the words that it needs: ``1 object is``, ``2 objects are``."""
    return f"{number} {one if number == 1 else many}"


def listed(words: tuple[str, ...] | list[str], *, most: int = 5) -> str:
    """Return words as a list in a sentence; of many, the first ones and how many more there are."""
    shown = ", ".join(words[:most])
    return f"{shown} and {len(words) - most} more" if len(words) > most else shown
