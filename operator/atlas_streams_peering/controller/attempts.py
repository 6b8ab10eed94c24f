"""Changes that were requested, and when the same change may be requested again."""

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
"""How long a service may work on a request, without any visible change, before it is requested again."""

UNSEEN: Final = timedelta(seconds=30)
"""First pause after a request that a service took or may have taken, but does not show: its lists lag behind."""

LONGEST: Final = timedelta(minutes=10)
"""No pause between two requests for the same unmet wish grows beyond this."""

RetryInputs = tuple[object, ...]
"""Spec, credentials and annotation that a change was requested with: when one changes, a refusal counts no more."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A service did not do what was requested, or did not say that it did."""

    reason: Reason | None
    """What stands in the way, where that is known; else the wish stays what is said."""
    message: str
    terminal: bool
    """Requesting it again changes nothing until somebody has acted."""
    unknown: bool = False
    """There was no answer, or a 5xx: the change may have been made, and lists may not show it yet."""

    @classmethod
    def of(cls, error: ServiceError) -> "Refusal":
        """Return what an error means for the change that was requested."""
        if isinstance(error, RequestRefused | RateLimited):
            # About this one request at this moment: the wish stays what is said.
            return cls(None, str(error), terminal=False)
        terminal = not isinstance(error, TransientError)
        return cls(error.reason, str(error), terminal=terminal, unknown=isinstance(error, Unavailable))


@dataclass(frozen=True, slots=True)
class Attempt:
    """A change that was requested for a row, and what came of it."""

    action: str
    at: datetime
    number: int = 1
    """How many times in a row the same came of the same request."""
    refusal: Refusal | None = None
    inputs: RetryInputs = ()

    def after(self, before: "Attempt | None") -> "Attempt":
        """Return this attempt, counted on from the one before it."""
        again = (
            before is not None
            and before.action == self.action
            and before.inputs == self.inputs
            and before.outcome == self.outcome
        )
        if before is None or not again:
            return Attempt(self.action, self.at, 1, self.refusal, self.inputs)
        # The first message of a series without answers stays: another wording is no news.
        unanswered = all(one is not None and one.unknown for one in (before.refusal, self.refusal))
        refusal = before.refusal if unanswered else self.refusal
        return Attempt(self.action, self.at, before.number + 1, refusal, self.inputs)

    @property
    def outcome(self) -> str:
        """What kind of answer came. A service that is busy or silent by turns must not look new each time."""
        if self.refusal is None:
            return "taken"
        return "refused for good" if self.refusal.terminal else "refused for now"

    def says_the_same_as(self, before: "Attempt | None") -> bool:
        """Nothing new came of it."""
        return before is not None and (before.refusal, before.inputs) == (self.refusal, self.inputs)

    def counts_with(self, inputs: RetryInputs) -> bool:
        """It was not refused under other retry inputs: another role, key, spec or wish deserves a new try.

        What may have been made counts whatever has changed.
        """
        return self.refusal is None or self.refusal.unknown or self.inputs == inputs

    def retry_at(self, intervals: Intervals, *, visible: bool = False) -> datetime:
        """Return when the same change may be requested again. `visible`: the service says that it failed."""
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
                # About what the spec wants, not about access: nobody mends that from one moment to the next.
                first = longest = steady
        return self.at + Backoff(first.total_seconds(), longest.total_seconds()).delay(self.number)


def standstill_ends(since: datetime, attempt: Attempt | None) -> datetime:
    """Return when a row that makes no progress `since` then, or since the last request about it, gets another one."""
    return (max(since, attempt.at) if attempt else since) + STANDSTILL


def last_attempt(
    target: str,
    attempts: Mapping[str, Attempt | None],
    own: LastAction | None,
    *,
    now: datetime,
    refusal: Refusal | None = None,
) -> Attempt | None:
    """Return the last change requested for a row: by this process, or as the status tells of an earlier one.

    `own`: the object's ``lastAction``, where it is about this row. `refusal`: what came of that, by the status. A time
    that is yet to come is another machine's clock gone wrong, and holds nothing back.
    """
    if target in attempts:
        return attempts[target]
    at = parse_time(own.time) if own is not None else None
    return None if own is None or at is None or at > now + UNSEEN else Attempt(own.type, at, refusal=refusal)
