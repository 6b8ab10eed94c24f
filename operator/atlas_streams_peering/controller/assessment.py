"""What a kind's `decide` concludes about an object that manages a row, before that becomes a decision."""

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
    """What Ready says of an object, the row that it manages, and the action that it needs."""

    readiness: Readiness
    row: RowT | None = None
    """The row that the object manages, as the service shows it."""
    remembers_missing: bool = False
    """The row that the object held is not listed; the object remembers its name."""
    action: ActionT | None = None
    retry_at: datetime | None = None
    """When an action that is held back is due."""
    manages_nothing: bool = False
    """Another object owns the row, or nothing was ever requested: deleting this object changes nothing."""
    absence: Absence = Absence.NONE

    @classmethod
    def already_managed(cls, message: str, *, held: str | None = None) -> Self:
        """Return the assessment of an object whose row another object owns, or may own.

        `held`: the row that the object keeps in mind, as it is not certain whose that is.
        """
        readiness = Readiness(Reason.ALREADY_MANAGED, message, Progress.STALLED)
        return cls(readiness, remembers_missing=held is not None, manages_nothing=held is None)

    def replacing(self, *, shown: bool) -> Self:
        """Return the assessment of an object whose row is not listed, where it is about something else.

        One list can miss a row, so the object does not forget it at once. `shown`: by its last status, the row was
        listed. Then the object says nothing of what counts only without the row, either.
        """
        proved = (self.remembers_missing and not shown) or self.absence is Absence.UNEXPLAINED
        return self if proved else replace(self, absence=Absence.UNEXPLAINED)

    def waits(self, *, suspend: bool, deleting: bool) -> bool:
        """Tell whether `suspend` holds an action back.

        It holds nothing back from an object that is as wanted, or that can be deleted without a change.
        """
        goes = deleting and self.manages_nothing
        return suspend and not goes and self.readiness.progress is not Progress.REACHED

    def paused(self, message: str, *, held: str | None = None) -> Self:
        """Return the assessment of the same object while it is suspended.

        `held`: the row that the object keeps in mind, as what one list has missed may be back with the next.
        """
        readiness = Readiness(Reason.SUSPENDED, message, Progress.PAUSED)
        remembers = self.remembers_missing or (held is not None and self.row is None and not self.manages_nothing)
        return replace(self, readiness=readiness, action=None, retry_at=None, remembers_missing=remembers)

    def finalized(self, service: str) -> str | None:
        """Return why the finalizer of a deleted object can go; None: there is something left to undo in the service."""
        if self.manages_nothing:
            return messages.left_alone(service, self.readiness.message)
        return messages.done(self.readiness.message) if self.readiness.progress is Progress.REACHED else None
