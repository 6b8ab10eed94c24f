"""What is concluded about an object that manages a row of a service's list, before that becomes a decision."""

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
class Verdict(Generic[RowT, ActionT]):
    """What was concluded about an object."""

    readiness: Readiness
    row: RowT | None = None
    """The row that the object manages, as the service shows it."""
    remembers_missing: bool = False
    """The row that the object held is not listed; the object remembers its name."""
    action: ActionT | None = None
    retry_at: datetime | None = None
    """When an action that is held back falls due."""
    manages_nothing: bool = False
    """Another object owns what this one means, or nothing was ever requested: deleting it touches nothing."""
    absence: Absence = Absence.NONE

    def waits(self, *, suspend: bool, deleting: bool) -> bool:
        """Tell whether `suspend` holds something back: not from an object that has what it wants or goes anyway."""
        goes = deleting and self.manages_nothing
        return suspend and not goes and self.readiness.progress is not Progress.REACHED

    def paused(self, message: str) -> Self:
        """Return the verdict about the same object while it is suspended."""
        return replace(
            self, readiness=Readiness(Reason.SUSPENDED, message, Progress.PAUSED), action=None, retry_at=None
        )

    def let_go(self, service: str) -> str | None:
        """Say why an object that is being deleted may go; None: there is something left to do in the service."""
        if self.manages_nothing:
            return messages.left_alone(service, self.readiness.message)
        return messages.done(self.readiness.message) if self.readiness.progress is Progress.REACHED else None
