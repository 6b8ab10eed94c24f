"""The status of an object of any kind: conditions, equality, and the fields that stay if an observation fails.

It contains nothing volatile, so that an unchanged status is not written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Literal, TypeVar

from ..api.conditions import Condition, ConditionType, Reason
from ..api.status import ResourceStatus
from ..api.times import format_time
from ..kube.objects import KubernetesObject
from .attempts import Refusal
from .decision import ExtraCondition, Progress, Readiness, SyncResult

StatusT = TypeVar("StatusT", bound=ResourceStatus)

_OURS: Final = frozenset(kind.value for kind in ConditionType)

_KEPT: Final = frozenset({ConditionType.SYNCED.value, ConditionType.REQUESTED.value})
"""Conditions that keep their last state while nothing can be observed."""

ABOUT_ACCESS: Final = frozenset(
    {
        Reason.CREDENTIALS_MISSING,
        Reason.CREDENTIALS_INVALID,
        Reason.UNAUTHORIZED,
        Reason.ACCESS_LIST_BLOCKED,
        Reason.PROJECT_NOT_FOUND,
        Reason.RATE_LIMITED,
        Reason.ATLAS_UNAVAILABLE,
        Reason.CONFLUENT_UNAVAILABLE,
    }
)
"""Reasons of Synced, which Ready has too if there is no earlier observation."""

_OF_REFUSALS: Final = ABOUT_ACCESS | {Reason.REFUSED}
"""Reasons of Ready while a service refuses a change."""

_YIELDING: Final = frozenset({Reason.REFERENCE_NOT_READY, Reason.INVALID_SPEC, Reason.WRITE_REFUSED})
"""Reasons of Ready that end with the next observation. A failed poll replaces them."""


@dataclass(frozen=True, slots=True)
class StatusBuilder(Generic[StatusT]):
    """Builds the next status of an object from its last one."""

    previous: StatusT
    generation: int
    now: datetime
    reconcile_requested: str | None = None
    """Value of the annotation that requested this reconcile."""

    def observed(
        self, status: StatusT, readiness: Readiness, sync: SyncResult, extra: tuple[ExtraCondition, ...] = ()
    ) -> StatusT:
        """Return the status after a successful poll; `status` has the kind's own fields."""
        own = (self._condition(one.type, _word(one.reached), one.reason, one.message) for one in extra)
        return self._complete(status, (*self._conditions(readiness, sync), *own))

    def blocked(self, readiness: Readiness, sync: SyncResult | None) -> StatusT:
        """Return the status without an observation. Earlier observations stay."""
        conditions = self._conditions(readiness, sync)
        written = {condition.type for condition in conditions}
        kept = (c for c in self.previous.conditions if c.type in _KEPT and c.type not in written)
        return self._complete(self.previous, (*conditions, *kept))

    def out_of_touch(self, sync: SyncResult) -> StatusT:
        """Return the status after a transient failure: only Synced changes, the rest is the last known state.

        If there is no earlier observation, Ready gets the reason, too.
        """
        ready = self.previous.condition(ConditionType.READY)
        last = self.previous.condition(ConditionType.SYNCED)
        about_access = (
            ready is not None and ready.reason in ABOUT_ACCESS and (last is None or ready.reason == last.reason)
        )
        if ready is None or about_access or ready.reason in _YIELDING:
            return self.blocked(Readiness(sync.reason, sync.message, Progress.RECONCILING), sync)
        synced = self._condition(ConditionType.SYNCED, "False", sync.reason, sync.message)
        kept = tuple(synced if c.type == ConditionType.SYNCED else c for c in self.previous.conditions)
        return self.previous.model_copy(
            update={
                "last_handled_reconcile_at": self._handled(),
                "conditions": kept if synced in kept else (*kept, synced),
            }
        )

    def _complete(self, status: StatusT, conditions: tuple[Condition, ...]) -> StatusT:
        return status.model_copy(
            update={
                "observed_generation": self.generation,
                "last_handled_reconcile_at": self._handled(),
                "conditions": conditions,
            }
        )

    def _handled(self) -> str | None:
        requested = self.reconcile_requested
        return self.previous.last_handled_reconcile_at if requested is None else requested

    def _conditions(self, readiness: Readiness, sync: SyncResult | None) -> tuple[Condition, ...]:
        reason, message = readiness.reason, readiness.message
        reached = _word(readiness.progress is Progress.REACHED)
        conditions = [self._condition(ConditionType.READY, reached, reason, message)]
        if sync is not None:
            conditions.append(self._condition(ConditionType.SYNCED, _word(sync.worked), sync.reason, sync.message))
        if readiness.progress is Progress.RECONCILING:
            conditions.append(self._condition(ConditionType.RECONCILING, "True", reason, message))
        if readiness.progress is Progress.STALLED:
            conditions.append(self._condition(ConditionType.STALLED, "True", reason, message))
        return tuple(conditions)

    def _condition(self, kind: ConditionType, status: str, reason: Reason, message: str) -> Condition:
        before = self.previous.condition(kind)
        said = (status, self.generation, reason, message)
        if before and (before.status, before.observed_generation, before.reason, before.message) == said:
            return before
        since = before.last_transition_time if before and before.status == status else format_time(self.now)
        return Condition.model_validate(
            {
                "type": kind.value,
                "status": status,
                "observed_generation": self.generation,
                "last_transition_time": since,
                "reason": reason.value,
                "message": message,
            }
        )


def _word(true: bool) -> Literal["True", "False"]:
    return "True" if true else "False"


def refusal_in(status: ResourceStatus) -> Refusal | None:
    """Return the refusal of the last change that an earlier process recorded in the status; None: there is none.

    If polls succeed, a reason about access is about a change.
    """
    kinds = (ConditionType.READY, ConditionType.STALLED, ConditionType.SYNCED)
    ready, stalled, synced = (status.condition(kind) for kind in kinds)
    if ready is None or stalled is None or synced is None or synced.status != "True":
        return None
    return Refusal(Reason(ready.reason), ready.message, terminal=True) if ready.reason in _OF_REFUSALS else None


def own_part(status: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored status without the conditions of others."""
    conditions = [each for each in status.get("conditions") or () if each.get("type") in _OURS]
    return {**status, "conditions": conditions}


def content_of(status: ResourceStatus, obj: KubernetesObject) -> dict[str, Any]:
    """Return the status to write, with the conditions of others, which the operator preserves."""
    content: dict[str, Any] = status.model_dump(by_alias=True, exclude_none=True, mode="json")
    theirs = [each for each in obj.status.get("conditions") or () if each.get("type") not in _OURS]
    return content | {"conditions": [*content["conditions"], *theirs]}


def says_the_same(content: Mapping[str, Any], written: Mapping[str, Any]) -> bool:
    """Return whether two statuses are equal, apart from the order of their conditions."""
    return _ordered(content) == _ordered(written)


def _ordered(status: Mapping[str, Any]) -> dict[str, Any]:
    conditions = sorted(status.get("conditions") or (), key=lambda condition: str(condition.get("type")))
    return {**status, "conditions": conditions}


def turned(before: ResourceStatus, after: ResourceStatus, kind: ConditionType) -> Condition | None:
    """Return the condition if its reason has changed."""
    old, new = before.condition(kind), after.condition(kind)
    return new if new is not None and (old is None or old.reason != new.reason) else None


def reworded(before: ResourceStatus, after: ResourceStatus, kind: ConditionType) -> Condition | None:
    """Return the condition if its message has changed."""
    old, new = before.condition(kind), after.condition(kind)
    return new if new is not None and old is not None and old.message != new.message else None
