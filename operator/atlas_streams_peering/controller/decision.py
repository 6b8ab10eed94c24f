"""Inputs and outputs of `decide`. Values only: no I/O."""

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
    """The progress of an object towards its desired state."""

    REACHED = "reached"  # Ready is True
    RECONCILING = "reconciling"  # nobody has to act; Ready is False
    STALLED = "stalled"  # somebody has to act; Ready is False
    PAUSED = "paused"  # somebody wants it to wait; Ready is False, neither Reconciling nor Stalled


@dataclass(frozen=True, slots=True)
class Readiness:
    """The content of the Ready condition."""

    reason: Reason
    message: str
    """One sentence that a person can act on."""
    progress: Progress


@dataclass(frozen=True, slots=True)
class ExtraCondition:
    """The content of a condition that only this kind has."""

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
    """The content of the Synced condition: the result of the last poll."""

    reason: Reason
    message: str
    terminal: bool = False
    """Polls fail until somebody acts, for example on credentials or access. Otherwise the failure is transient."""

    @property
    def worked(self) -> bool:
        """The service answered."""
        return self.reason is Reason.OBSERVED


class Claim(Protocol):
    """An object's claim to a row, for objects that may match the same row. Claims are compared with ``==``."""

    @property
    def places(self) -> frozenset[str]:
        """Index keys of the claim: two objects with a common place may match the same row."""
        ...


class Absence(Enum):
    """How much evidence a decision needs that a row is absent."""

    NONE = "none"
    OBSERVED = "observed"  # one list that is newer than the desired state must not contain it
    UNEXPLAINED = "unexplained"  # two lists, a pending interval apart, must not contain it


@dataclass(frozen=True, slots=True)
class Change:
    """A change to request from a service."""

    action: str
    """For ``lastAction.type``, such as ``Accept``."""
    scope: str
    """The scope of the service's rate limit, such as the Atlas project."""
    target: str
    """The name of the row to change, or the key of a row that does not exist yet in the expectations."""
    message: str
    """The message of the Event after the request."""
    row: Any = None
    """The row as the service shows it, if it exists."""
    alone: str | None = None
    """The key of the reservation, if two objects may use different targets for the same new row; None: the target."""

    @property
    def reservation(self) -> str:
        """The key of the reservation."""
        return self.alone or self.target


@dataclass(frozen=True, slots=True)
class Observation:
    """The observed state for one decision."""

    rows: tuple[Mapping[str, Any], ...]
    """For each poll of the kind: the rows that concern the object, by name."""
    rivals: tuple[Any, ...] = ()
    """Claims of other objects that share a place with this one or with one of the rows."""
    attempts: Mapping[str, Attempt | None] = field(default_factory=dict)
    """Row name → the last change that this process requested for it. None: the service refused it under other retry
    inputs, so the operator may request it again."""
    unchanged_since: Mapping[str, datetime] = field(default_factory=dict)
    """Row name → since when its progress has been unchanged."""
    unlisted: tuple[str, ...] = ()
    """Namespaces that the operator cannot list: rivals may be there."""
    followed: tuple[Any, ...] = ()
    """Claims of all objects of the kinds that the object's kind follows."""


@dataclass(frozen=True, slots=True)
class Decision(Generic[StatusT]):
    """The change to make, and the status to report."""

    readiness: Readiness
    status: StatusT
    """The kind's own status fields. Conditions and shared fields are added later."""
    holds: bool = False
    """The object holds something outside Kubernetes, so it needs the finalizer."""
    remembers_missing: bool = False
    """The held row is not listed. It may be listed again, so the finalizer stays."""
    gone: bool = False
    """The held row is gone, given the evidence of `absence`, so the finalizer can be removed."""
    change: Change | None = None
    retry_at: datetime | None = None
    """When a change that is held back is due."""
    finalized: str | None = None
    """The Event message if the object is being deleted and nothing is left to undo. None: keep the finalizer."""
    absence: Absence = Absence.NONE
    extra: tuple[ExtraCondition, ...] = ()
    """Additional conditions of the kind. A condition that is absent here is removed from the status."""
    plan: Any = None
    """The plan for `publish`. Before that, a compare-and-set proves that the object has not changed since the
    decision."""
    extra_events: tuple[ExtraEvent, ...] = ()
    """Events about the result of the plan."""


def refused(refusal: Refusal, message: str, *, wish: Readiness) -> Readiness:
    """Return the Ready condition while a change is refused; `wish` is the one without the refusal."""
    if refusal.reason is not None and refusal.terminal:
        return Readiness(refusal.reason, message, Progress.STALLED)
    return Readiness(wish.reason, message, wish.progress)
