"""When the same change is asked of Atlas again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ..api.conditions import Reason
from ..atlas.models import Connection
from ..kinds.streams_vpc_peering.resource import ActionType
from ..kinds.streams_vpc_peering.states import troubled, under_way

STANDSTILL: Final = timedelta(minutes=10)
"""How long Atlas may be at work on a request, without any change, before it is asked again."""

UNSEEN: Final = timedelta(seconds=30)
"""First pause after a request that Atlas took or may have taken, but does not show: its lists lag behind its writes."""

LONGEST: Final = timedelta(minutes=10)
"""No pause between two requests for the same unmet wish grows beyond this."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Atlas' "no" to a request."""

    reason: Reason | None
    """What stands in the way, where that is known; else the wish stays what is said."""
    message: str
    lasting: bool
    """Asking again changes nothing until somebody has acted."""
    uncertain: bool = False
    """The answer was lost: the change may have been made, and lists may not show it yet."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A change that was asked of Atlas for a connection, and what came of it."""

    action: ActionType
    at: datetime
    attempts: int = 1
    refusal: Refusal | None = None
    circumstances: tuple[object, ...] = ()
    """Spec and credentials it was asked with: when these change, a refusal counts no more."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Seconds between looks at Atlas."""

    pending: float
    """While something is under way."""
    steady: float
    """While everything is as wanted."""


def not_before(
    action: ActionType,
    connection: Connection,
    *,
    asked: Asked | None,
    unchanged_since: datetime,
    intervals: Intervals,
) -> datetime | None:
    """Return when `action` may be asked (again); None: at once.

    `unchanged_since` is when the connection was first seen as it is.
    """
    if under_way(connection) is action:
        since = max(unchanged_since, asked.at) if asked else unchanged_since
        return since + STANDSTILL
    if asked is None or asked.action is not action:
        return None
    return asked.at + _pause(asked, connection, intervals)


def _pause(asked: Asked, connection: Connection, intervals: Intervals) -> timedelta:
    pending, longest, shortest = timedelta(seconds=intervals.pending), LONGEST, timedelta()
    if asked.refusal is not None:
        first = pending
        if asked.refusal.uncertain:
            shortest = UNSEEN
        if asked.refusal.lasting:
            longest = min(LONGEST, timedelta(seconds=max(intervals.steady, intervals.pending)))
    else:
        first = pending if troubled(connection) else max(pending, UNSEEN)
    doublings: int = min(asked.attempts - 1, 16)
    return max(shortest, min(first * float(2**doublings), longest))
