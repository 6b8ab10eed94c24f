"""The controller: it observes objects of every kind, queues and reconciles them, and retries after failures."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, Protocol

from ..kube.api import KubernetesError
from ..kube.objects import KubernetesObject
from ..kube.writer import ObjectChanged, ObjectGone, ObjectWriter, WriteRefused
from ..polling.intervals import Intervals
from ..polling.polls import Polls
from ..scheduling.backoff import Backoff
from ..scheduling.cancellation import being_cancelled
from ..scheduling.clock import SYSTEM_CLOCK, Clock
from ..scheduling.queue import NOBODY, QueueObserver, WorkQueue
from ..transport.errors import NotLeader
from .kind import Kind, NotReady
from .log_fields import about
from .report import Reporter
from .resource import InvalidResource
from .store import Entry, Store

logger = logging.getLogger(__name__)

CONCURRENCY: Final = 32
"""Number of workers. A reconcile never waits for lists or for timers, only for single requests."""

_RETRY: Final = Backoff(1.0, 60.0, jitter=0.3)
_NOT_LEADING: Final = 1.0
_FOLLOWS_WITHIN: Final = 0.5
"""Seconds from a change of a claim until the reconcile of the objects whose kind follows such claims."""
_AFTER_LOOP: Final = 10.0
"""Seconds until the next reconcile of an object that other objects keep waking."""


class Result(StrEnum):
    """The result of a reconcile, in controller-runtime's words."""

    SUCCESS = "success"  # reconciled again when something wakes the object
    REQUEUE_AFTER = "requeue_after"  # reconciled again after a delay
    REQUEUE = "requeue"  # the object had changed, or another replica may act: reconciled again at once
    ERROR = "error"


Reconciled = Callable[[str, Result, float], None]
"""Called after each reconcile with the kind, the result and the duration in seconds."""


class Turns(Protocol):
    """Reconciles an object."""

    async def reconcile(self, entry: Entry) -> float | None:
        """Reconcile one object; return the seconds until its next reconcile, None: only when woken."""
        ...


class Controller:
    """Decides when each object is reconciled."""

    def __init__(
        self,
        store: Store,
        polls: Polls,
        writers: Mapping[str, ObjectWriter],
        reporter: Reporter,
        intervals: Intervals,
        *,
        opened: bool = True,
        clock: Clock = SYSTEM_CLOCK,
        reconciled: Reconciled = lambda _kind, _result, _seconds: None,
        queue_observer: QueueObserver = NOBODY,
    ) -> None:
        self._store, self._polls, self._writers, self._reporter = store, polls, writers, reporter
        self._clock, self._reconciled = clock, reconciled
        self._refused = Backoff(intervals.pending, max(intervals.pending, intervals.steady), jitter=0.1)
        self.queue: WorkQueue[Entry] = WorkQueue(
            self._work,
            concurrency=CONCURRENCY,
            first=_is_unanswered,
            opened=opened,
            clock=clock,
            observer=queue_observer,
        )
        self.turns: Turns | None = None

    # -- observed objects

    def observe(self, kind: Kind[Any, Any, Any], body: Mapping[str, Any]) -> None:
        """Observe an object from the watch or a list."""
        self.take_in(kind, KubernetesObject.read(body))

    def take_in(self, kind: Kind[Any, Any, Any], obj: KubernetesObject) -> None:
        """Observe a view of an object, and queue the object if the view contains a relevant change."""
        if obj.deleting and not obj.has_finalizer:
            # Only the finalizers of others remain, so the operator has nothing left to do.
            self._retire(self._store.get(obj.uid))
            return
        entry = self._store.put(kind, obj)
        if entry is not None:
            self._changed(entry)
            self.queue.add(entry)

    def written(self, entry: Entry, obj: KubernetesObject) -> None:
        """Observe an object after the operator's own write, which is no reason for another reconcile."""
        if entry.dropped:
            return  # it was deleted during the write
        if obj.deleting and not obj.has_finalizer:
            self._retire(entry)
        elif self._store.put(entry.kind, obj) is not None:
            self._changed(entry)

    def forget(self, uid: str) -> None:
        """Forget an object that was deleted."""
        self._retire(self._store.get(uid))
        self._store.remove(uid)

    def retire(self, entry: Entry) -> None:
        """Forget an object whose finalizer was removed."""
        self._retire(entry)

    def reclaim(self, entry: Entry, context: Any = None) -> None:
        """Recompute the object's claim, and wake the objects that the change concerns.

        `context`: the context from the object's references, if it is known.
        """
        resource = entry.resource
        if isinstance(resource, InvalidResource):
            return
        if context is None:
            context = entry.kind.context(resource, self._store.status_of)
        claim = None if isinstance(context, NotReady) else entry.kind.claim(resource, context)
        changed = claim != entry.claim
        self._wake_all(self._store.claim(entry, claim), by=entry)
        if changed:
            self._wake_followers(entry)

    def wake(self, uid: str) -> None:
        """Queue an object: a poll has news for it, or its turn to change a row has come."""
        entry = self._store.get(uid)
        if entry is not None:
            self.queue.add(entry)

    def _changed(self, entry: Entry) -> None:
        self.reclaim(entry)
        self._wake_all(self._store.referrers(entry), by=entry)

    def _retire(self, entry: Entry | None) -> None:
        if entry is None or entry.dropped:
            return
        for key in entry.polls:
            self._polls.leave(entry.uid, key)
        entry.polls = frozenset()
        affected = self._store.retire(entry)
        self.queue.drop(entry)
        self._wake_all(affected, by=entry)
        self._wake_followers(entry)

    def _wake_followers(self, entry: Entry) -> None:
        """Queue the objects that follow the claims of this kind, once for all changes within a short time."""
        for follower in self._store.followers(entry):
            if follower.slot.working:
                self.queue.add(follower)  # the end of its reconcile would cancel a timer
            else:
                self.queue.add_within(follower, _FOLLOWS_WITHIN)

    def _wake_all(self, entries: Iterable[Entry], *, by: Entry) -> None:
        for entry in entries:
            if entry.slot.queued or entry.may_be_woken(self._clock.monotonic()):
                self.queue.add(entry)
            elif not entry.dropped and entry.turn_by is None:
                logger.warning(
                    "%s %s: other objects keep triggering reconciles, most recently %s; next reconcile in %.0f s",
                    entry.kind.resource.kind,
                    entry.obj.key,
                    by.obj.key,
                    _AFTER_LOOP,
                    extra=about(entry),
                )
                entry.turn_by = self._clock.monotonic() + _AFTER_LOOP
                self.queue.add_within(entry, _AFTER_LOOP)

    # -- reconciles

    async def _work(self, entry: Entry) -> None:
        entry.turn_by, begun = None, self._clock.monotonic()
        try:
            result = await self._give_turn(entry)
            self._reconciled(entry.kind.resource.kind, result, self._clock.monotonic() - begun)
        finally:
            if entry.turn_by is not None:
                # Other objects woke it too often during this reconcile.
                self.queue.add_within(entry, entry.turn_by - self._clock.monotonic())

    async def _give_turn(self, entry: Entry) -> Result:
        try:
            pause = await self._turns.reconcile(entry)
        except ObjectGone:
            self.forget(entry.uid)
            return Result.SUCCESS
        except ObjectChanged:
            await self._read_again(entry)
            return Result.REQUEUE
        except NotLeader:
            self.queue.add_later(entry, _NOT_LEADING)
            return Result.REQUEUE
        except WriteRefused as error:
            await self._write_refused(entry, error)
        except asyncio.CancelledError:
            if being_cancelled():
                raise
            self._retry(entry, RuntimeError("a cancellation of something else came through"))
        except Exception as error:  # noqa: BLE001  # no error may stop the reconciles of an object
            self._retry(entry, error)
        else:
            entry.failures = 0
            if pause is None:
                self.queue.cancel(entry)
                return Result.SUCCESS
            self.queue.add_later(entry, pause)
            return Result.REQUEUE_AFTER
        return Result.ERROR

    @property
    def _turns(self) -> Turns:
        if self.turns is None:
            raise RuntimeError("the controller has nothing to reconcile with")
        return self.turns

    async def _read_again(self, entry: Entry) -> None:
        """The object has changed since the decision: read it, and decide again."""
        entry.failures += 1
        try:
            present = await self._writers[entry.kind.resource.kind].read(entry.obj)
        except ObjectGone:
            self.forget(entry.uid)
        except KubernetesError as error:
            self._retry(entry, error)
        else:
            self.take_in(entry.kind, present)
            # At once, but with backoff: somebody else may change the object all the time.
            self.queue.add_later(entry, 0.0 if entry.failures <= 3 else _RETRY.pause(entry.failures - 3))

    async def _write_refused(self, entry: Entry, refused: WriteRefused) -> None:
        entry.failures += 1
        try:
            await self._reporter.write_refused(entry, refused)
        except ObjectGone:
            self.forget(entry.uid)
        except (ObjectChanged, KubernetesError) as error:
            self._retry(entry, error)
        else:
            self.queue.add_later(entry, self._refused.pause(entry.failures))

    def _retry(self, entry: Entry, error: Exception) -> None:
        entry.failures += 1
        pause = _RETRY.pause(entry.failures)
        name = f"{entry.kind.resource.kind} {entry.obj.key}"
        if isinstance(error, KubernetesError | ObjectChanged):
            logger.warning("%s: %s; trying again in %.0f s", name, error, pause, extra=about(entry))
        else:
            logger.error(
                "%s: unexpected error; trying again in %.0f s", name, pause, exc_info=error, extra=about(entry)
            )
        self.queue.add_later(entry, pause)


def _is_unanswered(entry: Entry) -> bool:
    """Tell whether what somebody wants has no answer yet in the status. News of what is under way can wait a little."""
    return not entry.obj.observed or entry.obj.reconcile_is_requested
