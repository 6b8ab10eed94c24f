"""Attempts: requested changes, their outcomes, and the backoff before the same change is requested again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ..api.conditions import Reason
from ..api.status import LastAction
from ..api.times import parse_time
from ..polling.intervals import Intervals
from ..scheduling.backoff import Backoff
from ..transport.errors import RateLimited, RequestRefused, ServiceError, TransientError, Unavailable

STANDSTILL: Final = timedelta(minutes=10)
"""How long the operator waits without visible progress of a row before it repeats a request."""

UNSEEN: Final = timedelta(seconds=30)
"""First pause after a request that may have succeeded, but that no list shows yet: lists lag behind."""

LONGEST: Final = timedelta(minutes=10)
"""Longest pause between two requests for the same change."""

RetryInputs = tuple[object, ...]
"""Spec, credentials and annotation at the time of a request. If one of them changes, a refusal no longer counts."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The service refused a change, or did not confirm it."""

    reason: Reason | None
    """The reason for Ready; None: Ready keeps the reason of the pending change."""
    message: str
    terminal: bool
    """Another request fails too, until somebody acts."""
    unknown: bool = False
    """There was no answer, or a 5xx: the service may have made the change, and lists may not show it yet."""

    @classmethod
    def of(cls, error: ServiceError) -> "Refusal":
        """Return the refusal for an error of the service."""
        if isinstance(error, RequestRefused | RateLimited):
            # It is about this one request only, so Ready keeps the reason of the pending change.
            return cls(None, str(error), terminal=False)
        terminal = not isinstance(error, TransientError)
        return cls(error.reason, str(error), terminal=terminal, unknown=isinstance(error, Unavailable))


@dataclass(frozen=True, slots=True)
class Attempt:
    """A change that the operator requested for a row, and its outcome."""

    action: str
    at: datetime
    number: int = 1
    """How many times in a row the same request had the same outcome."""
    refusal: Refusal | None = None
    inputs: RetryInputs = ()

    def after(self, before: "Attempt | None") -> "Attempt":
        """Return this attempt, with its number in the series of equal attempts."""
        again = (
            before is not None
            and before.action == self.action
            and before.inputs == self.inputs
            and before.outcome == self.outcome
        )
        if before is None or not again:
            return Attempt(self.action, self.at, 1, self.refusal, self.inputs)
        # Keep the first message of a series without answers: another wording is not news.
        unanswered = all(one is not None and one.unknown for one in (before.refusal, self.refusal))
        refusal = before.refusal if unanswered else self.refusal
        return Attempt(self.action, self.at, before.number + 1, refusal, self.inputs)

    @property
    def outcome(self) -> str:
        """The kind of outcome. Alternating transient failures must count as the same outcome."""
        if self.refusal is None:
            return "taken"
        return "refused for good" if self.refusal.terminal else "refused for now"

    def says_the_same_as(self, before: "Attempt | None") -> bool:
        """The outcome is the same as that of the other attempt."""
        return before is not None and (before.refusal, before.inputs) == (self.refusal, self.inputs)

    def counts_with(self, inputs: RetryInputs) -> bool:
        """Return whether the attempt still holds back a new one. A refusal under other retry inputs does not.

        A change that the service may have made always counts.
        """
        return self.refusal is None or self.refusal.unknown or self.inputs == inputs

    def retry_at(self, intervals: Intervals, *, visible: bool = False) -> datetime:
        """Return when the operator may request the same change again. `visible`: the list shows that it failed."""
        pending = timedelta(seconds=intervals.pending)
        longest, first = LONGEST, pending
        if self.refusal is None:
            first = pending if visible else max(pending, UNSEEN)
        elif self.refusal.unknown:
            first = max(pending, UNSEEN)
        elif self.refusal.terminal:
            steady = timedelta(seconds=max(intervals.steady, intervals.pending))
            longest = min(LONGEST, steady)
            if self.refusal.reason is Reason.REFUSED:
                # The refusal is about the spec, not about access, so it will not go away within moments.
                first = longest = steady
        return self.at + Backoff(first.total_seconds(), longest.total_seconds()).delay(self.number)


def standstill_ends(since: datetime, attempt: Attempt | None) -> datetime:
    """Return when to repeat the request for a row without progress since `since`, or since the last request."""
    return (max(since, attempt.at) if attempt else since) + STANDSTILL


def last_attempt(
    target: str,
    attempts: Mapping[str, Attempt | None],
    own: LastAction | None,
    *,
    now: datetime,
    refusal: Refusal | None = None,
) -> Attempt | None:
    """Return the last change requested for a row, by this process or, according to the status, by an earlier one.

    `own`: the object's ``lastAction``, if it is about this row. `refusal`: its outcome according to the status. A time
    in the future comes from a wrong clock on another machine, and holds nothing back.
    """
    if target in attempts:
        return attempts[target]
    at = parse_time(own.time) if own is not None else None
    return None if own is None or at is None or at > now + UNSEEN else Attempt(own.type, at, refusal=refusal)
