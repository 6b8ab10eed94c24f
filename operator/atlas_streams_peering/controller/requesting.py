"""What kinds share whose objects have a row made: who owns it, and what is known of its making and its end."""

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
"""What ``lastAction.type`` says of a row's deletion, in every kind."""


class Row(Protocol):
    """A row of a service's list, as far as ownership goes."""

    @property
    def id(self) -> str | None:
        """The row's ID."""
        ...


RowT = TypeVar("RowT", bound=Row)


@dataclass(frozen=True, slots=True)
class RequesterClaim(Generic[PlaceT]):
    """An object's word on which row it means."""

    created: str
    """metadata.creationTimestamp, RFC 3339 in UTC: sorts as text."""
    namespace: str
    name: str
    uid: str
    scope: str
    """What the service's rate limit counts by."""
    place: PlaceT
    """What the row is to connect."""
    held: str | None
    """The row that it manages, by its last status."""
    requested: bool = False
    """It has requested a row that no list has shown yet."""
    deleting: bool = False
    """The object is being deleted: it means what it holds, and takes up nothing else."""

    def rank(self, row: Row | None) -> tuple[bool, bool, str, str, str, str]:
        """Return the order of precedence for a row, or for requesting one (None): smaller comes first.

        A row that is held stays with its holder. Otherwise an object that is at work already comes first, then the
        older one. Creation times have only seconds, so names decide at last.
        """
        at_work = self.held is not None or self.requested
        return (not self.holds(row), not at_work, self.created, self.namespace, self.name, self.uid)

    def holds(self, row: Row | None) -> bool:
        """Tell whether the object holds a row."""
        return row is not None and self.held == row.id


@dataclass(frozen=True, slots=True)
class Found(Generic[RowT]):
    """The row that the object manages, or is about to: None while there is none that fits."""

    row: RowT | None


@dataclass(frozen=True, slots=True)
class Taken(Generic[RowT, PlaceT]):
    """Another object owns what this one means."""

    row: RowT | None
    owner: RequesterClaim[PlaceT]


@dataclass(frozen=True, slots=True)
class Doubtful(Generic[RowT]):
    """An object that is not known may own what this one means."""

    row: RowT | None
    namespaces: tuple[str, ...]
    """Where that object may be: the operator cannot list these."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """What is not known of rivals."""

    namespaces: tuple[str, ...] = ()
    """Those whose objects are not known, as `Observation.unlisted` has them."""
    was_refused: bool = False
    """By the object's last status, another object owns what it means: that may be one of them."""


def find(
    claim: RequesterClaim[PlaceT],
    fitting: Sequence[RowT],
    rivals: Iterable[RequesterClaim[PlaceT]],
    *,
    same: Callable[[PlaceT, PlaceT], bool],
    unknown: Unknown,
) -> Found[RowT] | Taken[RowT, PlaceT] | Doubtful[RowT]:
    """Find the row that an object means, unless another object owns it, or may own it.

    `fitting`: the rows that it may mean, the best first. `same`: tells whether a rival's place is the object's own.
    """
    rivals, candidates = tuple(rivals), tuple(fitting)
    if claim.deleting and claim.held is not None:
        # Another row that fits is another object's business.
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
    """Tell whether an object that is not known may own a row, or the right to request one (None).

    What the object holds or has requested is its own. To request what no list shows can be put right when the other
    object is known. To take over a row cannot: this object would change and delete it as its own.
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
    """The status of an object that has a row made, as far as the row's making and end go."""

    @property
    def last_action(self) -> LastAction | None:
        """The last change that the operator requested."""
        ...

    @property
    def failure_reported(self) -> FailureReported | None:
        """What was wanted when the operator reported that the row is dead."""
        ...

    def condition(self, kind: str) -> Condition | None:
        """Return the condition of that type, if present."""
        ...


StatusT = TypeVar("StatusT", bound=RequesterStatus)
ClaimT = TypeVar("ClaimT", bound=RequesterClaim[Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class RequesterSituation(Generic[StatusT, ClaimT]):
    """An object that has a row made, and what is known for deciding about it, whatever its kind."""

    status: StatusT
    """Its last status: names the row it holds, and remembers one that is no longer listed."""
    claim: ClaimT
    wanted: FailureReported
    """Generation of the spec and value of the annotation: another one than when a failure was reported is a wish."""
    rivals: tuple[ClaimT, ...]
    attempts: Mapping[str, Attempt | None]
    unchanged_since: Mapping[str, datetime]
    intervals: Intervals
    now: datetime
    unlisted: tuple[str, ...]
    """Namespaces whose objects are not known: one of them may own a row."""

    @property
    def unknown(self) -> Unknown:
        """What is not known of rivals."""
        ready = self.status.condition("Ready")
        return Unknown(self.unlisted, was_refused=ready is not None and ready.reason == Reason.ALREADY_MANAGED)

    @property
    def deleting(self) -> bool:
        """The object is being deleted from Kubernetes."""
        return self.claim.deleting

    @property
    def held(self) -> str | None:
        """The row that the object manages, by its last status."""
        return self.claim.held

    @property
    def renews(self) -> bool:
        """Somebody wants a new row in place of the dead one that the object holds."""
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
        """Tell whether what the object holds is not listed, although nobody has requested its end."""
        held = self.held
        return held is not None and not self.deleting and not self._removed() and all(one.id != held for one in rows)

    def attempt(self, target: str, action: str, *, own: bool) -> Attempt | None:
        """Return the last request of this kind for a row. `own`: the object's status may tell of it."""
        last = last_attempt(target, self.attempts, self.status.last_action if own else None, now=self.now)
        return last if last is not None and last.action == action else None

    def with_refusal(self, attempt: Attempt | None, wish: Readiness, message: Callable[..., str]) -> Readiness:
        """Say what came of the last attempt, where that is no mere wait. `message`: the kind's words for a refusal."""
        if attempt is None or attempt.refusal is None:
            return wish
        return refused(attempt.refusal, message(attempt.refusal.message, deleting=self.deleting), wish=wish)

    def _removed(self) -> bool:
        return self.status.last_action is not None and self.status.last_action.type == _REMOVAL
