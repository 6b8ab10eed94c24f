"""Reporting: writes the status when it has changed, and posts an Event for each change of reason."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from ..api.conditions import ConditionType, Reason
from ..api.status import ResourceStatus
from ..kube.objects import KubernetesObject
from ..kube.writer import ObjectWriter, WriteRefused
from ..scheduling.clock import SYSTEM_CLOCK, Clock
from .decision import Progress, Readiness, SyncResult
from .events import EventRecorder
from .log_fields import about
from .status import ABOUT_ACCESS, StatusBuilder, content_of, reworded, says_the_same, turned
from .store import Entry

logger = logging.getLogger(__name__)

Written = Callable[[Entry, KubernetesObject], None]
"""Called with an object after the operator's own write."""
BecameReady = Callable[[Entry, Reason], None]


class Reporter:
    """Writes statuses and finalizers, and posts Events.

    Methods that write raise the errors of `ObjectWriter`: `ObjectGone`, `ObjectChanged`, `WriteRefused`,
    `KubernetesError`.
    """

    def __init__(
        self,
        writers: Mapping[str, ObjectWriter],
        events: EventRecorder,
        written: Written,
        *,
        became_ready: BecameReady = lambda _entry, _reason: None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._writers, self._events, self._written = writers, events, written
        self._became_ready, self._clock = became_ready, clock

    def builder(self, entry: Entry) -> StatusBuilder[Any]:
        """Return the builder of the object's next status."""
        obj = entry.obj
        return StatusBuilder(entry.resource.status, obj.generation, self._clock.now(), obj.reconcile_requested)

    def record_event(self, entry: Entry, reason: str, message: str, *, warning: bool = False) -> None:
        """Post an Event, and log it."""
        level, kind = (logging.WARNING if warning else logging.INFO), entry.kind.resource.kind
        logger.log(level, "%s %s: %s: %s", kind, entry.obj.key, reason, message, extra=about(entry, reason))
        self._events.record(kind, entry.obj, reason, message, warning=warning)

    async def set_finalizer(self, entry: Entry, *, present: bool) -> None:
        """Add or remove the finalizer."""
        self._written(entry, await self._writer(entry).set_finalizer(entry.obj, present=present))
        entry.refused_write = None

    async def write(self, entry: Entry, status: ResourceStatus, *, always: bool = False) -> None:
        """Write a status if it has changed. `always`: write it anyway, to prove that the object has not changed."""
        content = content_of(status, entry.obj)
        if always or not says_the_same(content, entry.obj.status):
            self._written(entry, await self._writer(entry).write_status(entry.obj, content))
            entry.refused_write = None

    async def report(
        self, entry: Entry, before: ResourceStatus, after: ResourceStatus, *, recorded: Reason | None = None
    ) -> None:
        """Write the status `after`, and post an Event for each change; `recorded`: a reason that has its Event."""
        await self.write(entry, after)
        ready, now_ready = turned(before, after, ConditionType.READY), after.condition(ConditionType.READY)
        stalled = after.condition(ConditionType.STALLED) is not None
        blocked = entry.obj.deleting and now_ready is not None and now_ready.reason != Reason.DELETING
        if ready is None and blocked:
            # The deletion now waits for another cause, and the Event says how to proceed.
            ready = reworded(before, after, ConditionType.READY)
        if ready is None and stalled and before.condition(ConditionType.STALLED) is None:
            # The failure was transient before. Now somebody has to act.
            ready = now_ready
        if ready is not None and (stalled or ready.reason != recorded):
            warning = stalled or blocked or ready.reason in ABOUT_ACCESS
            self.record_event(entry, ready.reason, ready.message, warning=warning)
        if ready is not None and ready.status == "True":
            self._became_ready(entry, Reason(ready.reason))
        synced = turned(before, after, ConditionType.SYNCED)
        first = before.condition(ConditionType.SYNCED) is None
        said = now_ready is not None and synced is not None and now_ready.reason == synced.reason
        if synced is not None and not first and not said:
            self.record_event(entry, synced.reason, synced.message, warning=synced.status == "False")

    async def blocked(self, entry: Entry, readiness: Readiness, sync: SyncResult | None) -> None:
        """Report why the operator cannot observe the service for the object."""
        await self.report(entry, entry.resource.status, self.builder(entry).blocked(readiness, sync))

    async def write_refused(self, entry: Entry, refused: WriteRefused) -> None:
        """Report that the Kubernetes API refuses a write: in an Event, and in the status if the API accepts that."""
        readiness = Readiness(Reason.WRITE_REFUSED, str(refused), Progress.STALLED)
        status, reported = self.builder(entry).blocked(readiness, None), entry.refused_write
        try:
            await self.write(entry, status)
        except WriteRefused as error:
            # The API refuses the status itself, so only an Event and the log report it.
            refused = error
        entry.refused_write = str(refused)
        if reported != str(refused):
            self.record_event(entry, Reason.WRITE_REFUSED, str(refused), warning=True)

    def _writer(self, entry: Entry) -> ObjectWriter:
        return self._writers[entry.kind.resource.kind]
