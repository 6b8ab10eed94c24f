"""Telling users: the status is written when it says something new, and each change of reason is an Event."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..api.conditions import Condition, ConditionType, Reason
from ..api.status import ResourceStatus
from ..kube.api import KubernetesError
from .controller import Controller
from .events import EventRecorder
from .resources import Resource
from .writer import Writer

logger = logging.getLogger(__name__)

_OURS: Final = frozenset(kind.value for kind in ConditionType)


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell besides a change of reason, such as a change asked of Atlas."""

    reason: str
    message: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class _Owed:
    """A status that tells of a change asked of Atlas, and could not be written."""

    before: ResourceStatus
    after: ResourceStatus
    told: str | None


class Reporter:
    """Writes the status of a kind's objects, and posts Events on them."""

    def __init__(self, kind: str, writer: Writer, events: EventRecorder, controller: Controller) -> None:
        self._kind, self._writer, self._events, self._controller = kind, writer, events, controller
        self._owed: dict[str, _Owed] = {}

    def tell(self, resource: Resource, note: Note) -> None:
        """Post an Event, and log it."""
        logger.log(
            logging.WARNING if note.warning else logging.INFO, "%s: %s: %s", resource.key, note.reason, note.message
        )
        self._events.record(self._kind, resource, note.reason, note.message, warning=note.warning)

    def forget(self, uid: str) -> None:
        """Note that an object is gone."""
        self._owed.pop(uid, None)

    async def catch_up(self, resource: Resource) -> bool:
        """Write what could not be written after Atlas had been asked for a change; False: there is no such thing."""
        owed = self._owed.pop(resource.uid, None)
        if owed is not None:
            await self.report(resource, owed.before, owed.after, told=owed.told, asked=True)
        return owed is not None

    async def report(
        self,
        resource: Resource,
        before: ResourceStatus,
        after: ResourceStatus,
        *,
        told: str | None = None,
        asked: bool = False,
    ) -> None:
        """Write `after` if it says something new, then tell of changed reasons; `told` has been told already.

        `asked`: Atlas was asked for a change, and `after` is the only word on which connection that was for. Should it
        fail to be written, it is owed: by the next attempt the spec may describe another connection, or none.
        """
        try:
            await self._report(resource, before, after, told=told)
        except KubernetesError as error:
            if asked and error.status != 422:  # what is invalid will never be written
                self._owed[resource.uid] = _Owed(before, after, told)
            raise

    async def _report(
        self, resource: Resource, before: ResourceStatus, after: ResourceStatus, *, told: str | None
    ) -> None:
        content = own_status(after.model_dump(by_alias=True, exclude_none=True, mode="json"))
        if content != own_status(resource.status):
            self._controller.update(await self._writer.write_status(resource, content))
        stalled = after.condition(ConditionType.STALLED) is not None
        now_ready, ready = after.condition(ConditionType.READY), _turned(before, after, ConditionType.READY)
        obstructed = resource.deleting and now_ready is not None and now_ready.reason != Reason.DELETING
        if ready is None and obstructed:
            # The same obstacle now keeps the object from going, and how to get out is news.
            ready = _reworded(before, after, ConditionType.READY)
        if ready is not None and ready.reason != told:
            self.tell(resource, Note(ready.reason, ready.message, warning=stalled or obstructed))
        synced = _turned(before, after, ConditionType.SYNCED)
        first = before.condition(ConditionType.SYNCED) is None
        said = now_ready is not None and synced is not None and now_ready.reason == synced.reason
        if synced is not None and not first and not said:
            self.tell(resource, Note(synced.reason, synced.message, warning=synced.status == "False"))


def _turned(before: ResourceStatus, after: ResourceStatus, kind: ConditionType) -> Condition | None:
    """Return the condition if its reason is another than before."""
    old, new = before.condition(kind), after.condition(kind)
    return new if new is not None and (old is None or old.reason != new.reason) else None


def _reworded(before: ResourceStatus, after: ResourceStatus, kind: ConditionType) -> Condition | None:
    old, new = before.condition(kind), after.condition(kind)
    return new if new is not None and old is not None and old.message != new.message else None


def own_status(status: Mapping[str, Any]) -> dict[str, Any]:
    """Return a status in one order, without conditions that others have added: those are theirs to keep."""
    ours = [condition for condition in status.get("conditions") or () if condition["type"] in _OURS]
    return {**status, "conditions": sorted(ours, key=lambda condition: str(condition["type"]))}
