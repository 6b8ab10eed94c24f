"""What the statuses of all kinds have in common."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from .base import ApiModel
from .conditions import Condition

_LONGEST_WORD: Final = 253

Word = Annotated[str, Field(max_length=_LONGEST_WORD)]
"""A value from a service: a name, an ID or a state."""


def cut(word: str | None) -> str | None:
    """Truncate a value from a service for the status, because the API server refuses longer ones."""
    return None if word is None else word[:_LONGEST_WORD]


class LastAction(ApiModel):
    """The last change that the operator requested outside Kubernetes."""

    type: str
    """What was requested."""
    time: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    """When it was requested."""


class FailureReported(ApiModel):
    """What was wanted when the operator reported that something is dead."""

    generation: Annotated[int, Field(json_schema_extra={"format": "int64"})]
    """The generation of the spec."""
    reconcile_requested_at: str | None = None
    """The value of the annotation atlasstreams.io/reconcile-requested-at."""

    def superseded_by(self, wanted: "FailureReported") -> bool:
        """Return whether the spec or the annotation has changed since."""
        asked = wanted.reconcile_requested_at
        return wanted.generation != self.generation or asked not in (None, self.reconcile_requested_at)


class ResourceStatus(ApiModel):
    """The part of a status that generic tools read."""

    observed_generation: Annotated[int, Field(json_schema_extra={"format": "int64"})] | None = None
    """The generation of the spec that this status describes; -1 until the operator has seen the object."""
    last_handled_reconcile_at: str | None = None
    """The last value of the annotation atlasstreams.io/reconcile-requested-at that the operator has handled."""
    conditions: Annotated[
        tuple[Condition, ...],
        Field(json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]}),
    ] = ()
    """Ready and Synced; also Reconciling and Stalled, which are present only while they are True."""

    @property
    def connection(self) -> str | None:
        """Name of the connection or peering that the object manages, for logs and metrics; None: there is none."""
        return None

    @property
    def request_expires_at(self) -> datetime | None:
        """When the pending request that the object manages expires; None: none can expire."""
        return None

    def condition(self, kind: str) -> Condition | None:
        """Return the condition of that type, if present."""
        return next((condition for condition in self.conditions if condition.type == kind), None)
