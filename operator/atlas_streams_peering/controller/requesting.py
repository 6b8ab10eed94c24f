"""Shared by the kinds that request new rows: ownership of a row, and the state of its creation and deletion."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeVar

from ..api.conditions import Condition, Reason
from ..api.status import FailureReported, LastAction
from ..polling.intervals import Intervals
from .attempts import Attempt, last_attempt
from .decision import Readiness, refused

PlaceT = TypeVar("PlaceT")

_REMOVAL: Final = "Delete"
"""The ``lastAction.type`` of a row's deletion, in every kind."""


class Row(Protocol):
    """A row of a service's list: the part that ownership needs."""

    @property
    def id(self) -> str | None:
        """The row's ID."""
        ...


RowT = TypeVar("RowT", bound=Row)


@dataclass(frozen=True, slots=True)
class RequesterClaim(Generic[PlaceT]):
    """An object's claim to a row."""

    created: str
    """metadata.creationTimestamp, RFC 3339 in UTC: sorts as text."""
    namespace: str
    name: str
    uid: str
    scope: str
    """What the service's rate limit counts by."""
    place: PlaceT
    """The two ends that the row connects."""
    held: str | None
    """The row that it manages, according to its last status."""
    requested: bool = False
    """The operator has requested a row for it that no list shows yet."""
    deleting: bool = False
    """The object is being deleted: it claims only the row that it holds."""

    def rank(self, row: Row | None) -> tuple[bool, bool, str, str, str, str]:
        """Return the order of precedence for a row, or for requesting one (None): smaller comes first.

        A held row stays with its holder. Otherwise, an object with a pending request comes first, then the older
        object. Creation times have whole seconds, so the name is the tie-breaker.
        """
        at_work = self.held is not None or self.requested
        return (not self.holds(row), not at_work, self.created, self.namespace, self.name, self.uid)

    def holds(self, row: Row | None) -> bool:
        """Tell whether the object holds a row."""
        return row is not None and self.held == row.id


@dataclass(frozen=True, slots=True)
class Found(Generic[RowT]):
    """The row that the object manages or will manage; None: no row fits."""

    row: RowT | None


@dataclass(frozen=True, slots=True)
class Taken(Generic[RowT, PlaceT]):
    """Another object owns the row."""

    row: RowT | None
    owner: RequesterClaim[PlaceT]


@dataclass(frozen=True, slots=True)
class Doubtful(Generic[RowT]):
    """An object that the operator cannot list may own the row."""

    row: RowT | None
    namespaces: tuple[str, ...]
    """The namespaces that the operator cannot list."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """What the operator does not know about rivals."""

    namespaces: tuple[str, ...] = ()
    """The namespaces that the operator cannot list, from `Observation.unlisted`."""
    was_refused: bool = False
    """According to the object's last status, another object owns the row. It may be in one of these namespaces."""


def find(
    claim: RequesterClaim[PlaceT],
    fitting: Sequence[RowT],
    rivals: Iterable[RequesterClaim[PlaceT]],
    *,
    same: Callable[[PlaceT, PlaceT], bool],
    unknown: Unknown,
) -> Found[RowT] | Taken[RowT, PlaceT] | Doubtful[RowT]:
    """Find the row for an object, unless another object owns it or may own it.

    `fitting`: the rows that match, the best first. `same`: returns whether a rival's place is the object's own.
    """
    rivals, candidates = tuple(rivals), tuple(fitting)
    if claim.deleting and claim.held is not None:
        # Another row that fits belongs to another object.
        candidates = tuple(one for one in candidates if one.id == claim.held)
    elif claim.deleting and not claim.requested:
        return Found(None)
    best = candidates[0] if candidates else None
    owner = _owner(claim, best, rivals, same)
    doubtful = bool(unknown.namespaces) and _may_have_an_owner(claim, best, was_refused=unknown.was_refused)
    if owner is None and not doubtful:
        return Found(best)
    held = next((one for one in candidates if one.id == claim.held), None)
    if held is not None and _owner(claim, held, rivals, same) is None:
        return Found(held)
    return Taken(best, owner) if owner is not None else Doubtful(best, unknown.namespaces)


def _may_have_an_owner(claim: RequesterClaim[PlaceT], row: Row | None, *, was_refused: bool) -> bool:
    """Return whether an object that the operator cannot list may own a row, or the right to request one (None).

    The object owns the row that it holds or has requested. A request for a row that no list shows can be undone later,
    when the operator knows the other object. To take over a row cannot: this object would change and delete it.
    """
    if claim.holds(row) or claim.requested:
        return False
    return row is not None or (was_refused and claim.held is None)


def _owner(
    claim: RequesterClaim[PlaceT],
    row: Row | None,
    rivals: Iterable[RequesterClaim[PlaceT]],
    same: Callable[[PlaceT, PlaceT], bool],
) -> RequesterClaim[PlaceT] | None:
    """Return the other object that comes before this one; None: there is none."""

    def means(other: RequesterClaim[PlaceT]) -> bool:
        if other.holds(row):
            return True
        return (not other.deleting or other.requested) and same(other.place, claim.place)

    before = [
        other
        for other in rivals
        if other.uid != claim.uid and other.scope == claim.scope and other.rank(row) < claim.rank(row) and means(other)
    ]
    return min(before, key=lambda other: other.rank(row), default=None)


class RequesterStatus(Protocol):
    """The status of an object that requests a row: the fields about the row's creation and deletion."""

    @property
    def last_action(self) -> LastAction | None:
        """The last change that the operator requested."""
        ...

    @property
    def failure_reported(self) -> FailureReported | None:
        """Generation and annotation when the operator reported that the row is terminal."""
        ...

    def condition(self, kind: str) -> Condition | None:
        """Return the condition of that type, if present."""
        ...


StatusT = TypeVar("StatusT", bound=RequesterStatus)
ClaimT = TypeVar("ClaimT", bound=RequesterClaim[Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class RequesterSituation(Generic[StatusT, ClaimT]):
    """An object that requests a row, and the inputs of the decision about it, for every kind."""

    status: StatusT
    """Its last status, which names the row that it holds, also if the row is no longer listed."""
    claim: ClaimT
    wanted: FailureReported
    """Generation of the spec and value of the annotation. A change after a reported failure asks for a new row."""
    rivals: tuple[ClaimT, ...]
    attempts: Mapping[str, Attempt | None]
    unchanged_since: Mapping[str, datetime]
    intervals: Intervals
    now: datetime
    unlisted: tuple[str, ...]
    """Namespaces that the operator cannot list: an object there may own a row."""

    @property
    def unknown(self) -> Unknown:
        """What the operator does not know about rivals."""
        ready = self.status.condition("Ready")
        return Unknown(self.unlisted, was_refused=ready is not None and ready.reason == Reason.ALREADY_MANAGED)

    @property
    def deleting(self) -> bool:
        """The object is being deleted from Kubernetes."""
        return self.claim.deleting

    @property
    def held(self) -> str | None:
        """The row that the object manages, according to its last status."""
        return self.claim.held

    @property
    def renews(self) -> bool:
        """Somebody asks for a new row in place of the terminal one that the object holds."""
        if self.held is None or self.deleting:
            return False
        if self._removed():
            return True
        reported = self.status.failure_reported
        return reported is not None and reported.superseded_by(self.wanted)

    @property
    def deleted(self) -> bool:
        """The deletion of the held row was requested."""
        return self.held is not None and self._removed()

    def misses_held(self, rows: Iterable[Row]) -> bool:
        """Return whether the held row is not listed, although the operator has not requested its deletion."""
        held = self.held
        return held is not None and not self.deleting and not self._removed() and all(one.id != held for one in rows)

    def attempt(self, target: str, action: str, *, own: bool) -> Attempt | None:
        """Return the last request of this type for a row. `own`: it may come from the object's status."""
        last = last_attempt(target, self.attempts, self.status.last_action if own else None, now=self.now)
        return last if last is not None and last.action == action else None

    def with_refusal(self, attempt: Attempt | None, wish: Readiness, message: Callable[..., str]) -> Readiness:
        """Report the outcome of the last attempt, unless it only waits. `message`: the kind's message for a refusal."""
        if attempt is None or attempt.refusal is None:
            return wish
        return refused(attempt.refusal, message(attempt.refusal.message, deleting=self.deleting), wish=wish)

    def _removed(self) -> bool:
        return self.status.last_action is not None and self.status.last_action.type == _REMOVAL
