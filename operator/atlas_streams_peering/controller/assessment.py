"""The assessment of an object that manages a row, from which a kind's `decide` makes the decision."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Generic, Self, TypeVar

from ..api.conditions import Reason
from . import messages
from .decision import Absence, Progress, Readiness

RowT = TypeVar("RowT")
ActionT = TypeVar("ActionT", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Assessment(Generic[RowT, ActionT]):
    """The Ready condition of an object, the row that it manages, and the action that it needs."""

    readiness: Readiness
    row: RowT | None = None
    """The row that the object manages, as the service shows it."""
    remembers_missing: bool = False
    """The held row is not listed; the object keeps its name in the status."""
    action: ActionT | None = None
    retry_at: datetime | None = None
    """When an action that is held back is due."""
    manages_nothing: bool = False
    """The deletion of this object changes nothing: another object owns the row, or nothing was ever requested."""
    absence: Absence = Absence.NONE

    @classmethod
    def already_managed(cls, message: str, *, held: str | None = None) -> Self:
        """Return the assessment of an object if another object owns, or may own, its row.

        `held`: the row that the object keeps in its status while the owner is uncertain.
        """
        readiness = Readiness(Reason.ALREADY_MANAGED, message, Progress.STALLED)
        return cls(readiness, remembers_missing=held is not None, manages_nothing=held is None)

    def replacing(self, *, shown: bool) -> Self:
        """Return an assessment about something else for an object whose row is not listed.

        One list can miss a row, so the object keeps the row in its status. `shown`: according to its last status, the
        row was listed. Then the object reports nothing that depends on the absence of the row, either.
        """
        proved = (self.remembers_missing and not shown) or self.absence is Absence.UNEXPLAINED
        return self if proved else replace(self, absence=Absence.UNEXPLAINED)

    def waits(self, *, suspend: bool, deleting: bool) -> bool:
        """Return whether `suspend` holds an action back.

        It does not if the object is in its desired state, or can be deleted without a change.
        """
        goes = deleting and self.manages_nothing
        return suspend and not goes and self.readiness.progress is not Progress.REACHED

    def paused(self, message: str, *, held: str | None = None) -> Self:
        """Return the assessment of the same object while it is suspended.

        `held`: the row that the object keeps in its status, because the next list may contain it again.
        """
        readiness = Readiness(Reason.SUSPENDED, message, Progress.PAUSED)
        remembers = self.remembers_missing or (held is not None and self.row is None and not self.manages_nothing)
        return replace(self, readiness=readiness, action=None, retry_at=None, remembers_missing=remembers)

    def finalized(self, service: str) -> str | None:
        """Return why the finalizer of a deleted object can be removed; None: the service still has to change."""
        if self.manages_nothing:
            return messages.left_alone(service, self.readiness.message)
        return messages.done(self.readiness.message) if self.readiness.progress is Progress.REACHED else None
