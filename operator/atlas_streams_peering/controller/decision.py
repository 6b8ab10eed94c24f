"""What deciding about an object takes in and gives back. Values only: no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Generic, Protocol, TypeVar

from ..api.conditions import ConditionType, Reason
from ..api.status import ResourceStatus
from .attempts import Attempt, Refusal

StatusT = TypeVar("StatusT", bound=ResourceStatus)


class Progress(Enum):
    """How an object stands to what is wanted of it."""

    REACHED = "reached"  # Ready is True
    RECONCILING = "reconciling"  # nobody has to act; Ready is False
    STALLED = "stalled"  # somebody has to act; Ready is False
    PAUSED = "paused"  # somebody wants it to wait; Ready is False, neither Reconciling nor Stalled


@dataclass(frozen=True, slots=True)
class Readiness:
    """What the Ready condition says."""

    reason: Reason
    message: str
    """One sentence that a person can act on."""
    progress: Progress


@dataclass(frozen=True, slots=True)
class ExtraCondition:
    """What a condition of the kind's own says, beside those that all kinds share."""

    type: ConditionType
    reached: bool
    reason: Reason
    message: str


@dataclass(frozen=True, slots=True)
class ExtraEvent:
    """An Event about something other than a new reason of Ready."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What the Synced condition says: whether the last poll worked."""

    reason: Reason
    message: str
    terminal: bool = False
    """Polls fail until somebody acts (credentials, access); else it is worth trying again."""

    @property
    def worked(self) -> bool:
        """The service answered."""
        return self.reason is Reason.OBSERVED


class Claim(Protocol):
    """An object's word on which row it means, for those that may mean the same. Claims are compared with ``==``."""

    @property
    def places(self) -> frozenset[str]:
        """Where rivals meet: two objects with a place in common may mean the same row."""
        ...


class Absence(Enum):
    """How far a decision rests on something that a list does not show."""

    NONE = "none"
    OBSERVED = "observed"  # one list that is newer than the wish has to miss it
    UNEXPLAINED = "unexplained"  # two lists, a pending interval apart, have to miss it before anything is said or done


@dataclass(frozen=True, slots=True)
class Change:
    """A change to request from a service."""

    action: str
    """For ``lastAction.type``, such as ``Accept``."""
    scope: str
    """What the service's rate limit counts by, such as the Atlas project."""
    target: str
    """The row that is changed: its name, or the name under which expectations remember one that is yet to come."""
    message: str
    """For the Event, once the change is requested."""
    row: Any = None
    """The row as the service shows it, where there is one."""
    alone: str | None = None
    """Name under which one change at a time is under way, where two objects may name one row that is yet to come in two
    ways; None: the target."""

    @property
    def reservation(self) -> str:
        """Name under which the right to the change is taken."""
        return self.alone or self.target


@dataclass(frozen=True, slots=True)
class Observation:
    """What is known of the outside, for one decision."""

    rows: tuple[Mapping[str, Any], ...]
    """Per poll of the kind: the rows that concern the object, by name."""
    rivals: tuple[Any, ...] = ()
    """Claims of other objects that share a place with this one or with one of the rows."""
    attempts: Mapping[str, Attempt | None] = field(default_factory=dict)
    """Row name → the last change that this process requested for it. None: it was refused under retry inputs that
    have changed since, so nothing holds back another one."""
    unchanged_since: Mapping[str, datetime] = field(default_factory=dict)
    """Row name → when its progress was first seen as it is."""
    unlisted: tuple[str, ...] = ()
    """Namespaces whose objects are not known: rivals may be there."""
    followed: tuple[Any, ...] = ()
    """Claims of all objects of the kinds that the object's kind follows."""


@dataclass(frozen=True, slots=True)
class Decision(Generic[StatusT]):
    """What to do, and what to say."""

    readiness: Readiness
    status: StatusT
    """The kind's own fields of the status; conditions and what all kinds share is filled in later."""
    holds: bool = False
    """There is something outside that deleting the object would have to undo."""
    remembers_missing: bool = False
    """What the object held is not listed; as it may be listed again, the finalizer is not taken off for that."""
    gone: bool = False
    """What the object held is gone for certain, as far as `absence` says: the finalizer is taken off for that."""
    change: Change | None = None
    retry_at: datetime | None = None
    """When a change that is held back falls due."""
    finalized: str | None = None
    """The object is being deleted and nothing is left to undo: the message of the Event. None: keep the finalizer."""
    absence: Absence = Absence.NONE
    extra: tuple[ExtraCondition, ...] = ()
    """Conditions of the kind's own. One that is left out here is not in the status."""
    plan: Any = None
    """What `publish` is to make in the cluster. Before that, a compare-and-set shows that the object has not changed
    since it was decided on."""
    extra_events: tuple[ExtraEvent, ...] = ()
    """Events about what became of the plan."""


def refused(refusal: Refusal, message: str, *, wish: Readiness) -> Readiness:
    """Return what Ready says while a change is refused; `wish` is what it says otherwise."""
    if refusal.reason is not None and refusal.terminal:
        return Readiness(refusal.reason, message, Progress.STALLED)
    return Readiness(wish.reason, message, wish.progress)
