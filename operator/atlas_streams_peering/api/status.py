"""What the statuses of all kinds have in common."""

from typing import Annotated

from pydantic import Field

from .base import ApiModel
from .conditions import Condition


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

    def condition(self, kind: str) -> Condition | None:
        """Return the condition of that type, if present."""
        return next((condition for condition in self.conditions if condition.type == kind), None)
