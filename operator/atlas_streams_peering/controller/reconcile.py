"""The reconcile of every kind: parse, finalizer, references, credentials, observe, decide, record intent, act, report.

It knows no kind and no service.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from ..api.conditions import ConditionType, Reason
from ..polling.intervals import Intervals
from ..scheduling.clock import SYSTEM_CLOCK, Clock
from ..transport.credentials import Credentials
from ..transport.errors import CredentialsInvalid, NotLeader, RequestRefused, ServiceError, TerminalError
from . import messages
from .act import Actor
from .credentials import CredentialsMissing, CredentialStore
from .decision import Absence, Decision, Progress, Readiness, SyncResult
from .kind import NotReady
from .observe import Observed, Observer
from .report import Reporter
from .resource import InvalidResource
from .status import ABOUT_ACCESS
from .store import Entry, Store
from .turn import Turn

_SHORT_WAIT: Final = 5.0
"""A shorter wait for the rate budget, in seconds, is not reported in the status."""

_PROGRESS_WAITS: Final = 10.0
"""Seconds until the next reconcile of an object whose progress was not reported because other objects waited."""

_APART: Final = 0.9
"""Minimum distance of two lists, as a share of the pending interval, to count as two."""


class Reconciler:
    """Reconciles objects."""

    def __init__(
        self,
        *,
        store: Store,
        observer: Observer,
        actor: Actor,
        reporter: Reporter,
        credentials: CredentialStore,
        intervals: Intervals,
        reclaim: Callable[[Entry, Any], None],
        drop: Callable[[Entry], None],
        backlogged: Callable[[], bool] = lambda: False,
        may_act: Callable[[], bool] = lambda: True,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._store, self._observer, self._actor, self._reporter = store, observer, actor, reporter
        self._credentials, self._intervals, self._reclaim, self._drop = credentials, intervals, reclaim, drop
        self._backlogged, self._may_act, self._clock = backlogged, may_act, clock

    async def reconcile(self, entry: Entry) -> float | None:
        """Reconcile one object; return the seconds until its next reconcile, None: only when woken.

        Raises
        ------
        ObjectGone, ObjectChanged, WriteRefused, KubernetesError
            As `ObjectWriter` does.
        NotLeader
            Another replica may be acting.
        """
        woken_by_list = self._observer.read_by(entry)
        if not self._may_act():
            raise NotLeader(entry.obj.key)
        resource = entry.resource
        if isinstance(resource, InvalidResource) or (resource.invalid and not entry.obj.deleting):
            return await self._invalid(entry, str(resource.invalid))
        turn = Turn(entry, resource, woken_by_list)
        if turn.deleting and turn.kind.retains(resource):
            await self._finalize(entry, turn.kind.retained(resource))
            return None
        if turn.deleting and turn.kind.undoes_in_cluster:
            return await self._undo(turn)
        # Decided without the service, which may be unavailable until the object is deleted.
        await self._ensure_finalizer(turn, needed=turn.kind.holds(resource), removable=False)
        self._store.refer(entry, turn.kind.references(resource))
        context = turn.kind.context(resource, self._store.status_of)
        if isinstance(context, NotReady):
            await self._reference_not_ready(turn, context)
            return None
        self._reclaim(entry, context)
        try:
            credentials, cached = await self._read_credentials(turn)
        except CredentialsMissing as error:
            return await self._credentials_missing(turn, error)
        if entry.dropped:
            return None  # it was deleted while its Secret was read
        pause = await self._observe(turn, context, credentials, cached=cached)
        if not cached:
            return pause
        # Nothing else would notice that the Secret exists again.
        return self._intervals.pending if pause is None else min(pause, self._intervals.pending)

    # -- before any poll

    async def _ensure_finalizer(self, turn: Turn, *, needed: bool, removable: bool) -> None:
        """Add the finalizer if the deletion of the object would have to undo something, else remove it."""
        obj, needed = turn.obj, needed and not turn.kind.retains(turn.resource)
        removable = removable or turn.kind.retains(turn.resource)
        if obj.deleting or needed is obj.has_finalizer or not (needed or removable):
            return
        await self._reporter.set_finalizer(turn.entry, present=needed)

    async def _read_credentials(self, turn: Turn) -> tuple[Credentials, bool]:
        """Return the credentials, and whether they are cached because the Secret is gone."""
        entry, at_once = turn.entry, turn.obj.reconcile_is_requested
        name = turn.kind.secret_name(turn.resource)
        entry.secret = secret = self._credentials.secret_for(turn.kind.service, turn.obj.namespace, name)
        if turn.deleting:
            return await self._credentials.read_to_delete(secret, at_once=at_once)
        return await self._credentials.read(secret, at_once=at_once), False

    # -- after the polls

    async def _observe(self, turn: Turn, context: Any, credentials: Credentials, *, cached: bool) -> float | None:
        kind, entry = turn.kind, turn.entry
        interests = kind.interests(turn.resource, context, credentials.fingerprint)
        polls = self._observer.subscribe(turn, interests, cached=cached)
        places = entry.claim.places if entry.claim else frozenset()
        inputs = turn.retry_inputs(credentials.fingerprint)
        observed = self._observer.observe(turn, interests, polls, places, inputs)
        if observed is None:
            return None
        if isinstance(observed, ServiceError):
            await self._poll_failed(turn, observed)
            return None  # the poll goes on, and wakes the object
        decision = kind.decide(
            turn.resource, context, observed.observation, intervals=self._intervals, now=self._clock.now()
        )
        if decision.absence is not Absence.NONE and observed.asked_at < self._wished_at(entry):
            # A list that is older than the desired state does not prove absence.
            self._observer.await_lists(entry, by=self._clock.monotonic())
            return None
        if decision.absence is not Absence.UNEXPLAINED:
            entry.missing_since = None
        elif not self._missing_for_long(entry, observed):
            self._observer.await_lists(entry, by=self._clock.monotonic() + self._intervals.pending)
            return None
        if turn.deleting and decision.finalized is not None:
            await self._finalize(entry, decision.finalized)
            return None
        return await self._carry_out(turn, decision, credentials)

    @staticmethod
    def _wished_at(entry: Entry) -> float:
        return 0.0 if entry.obj.observed and not entry.obj.deleting else entry.wanted_since

    def _missing_for_long(self, entry: Entry, observed: Observed) -> bool:
        """Return whether two lists, a pending interval apart, lack the row that the object held.

        One list can miss a row if pages shift during the read. All lists of one moment can miss it if the service
        answers from a replica that lags behind. A later list does not. If a kind has several polls, each has to list
        again.
        """
        if entry.missing_since is None:
            entry.missing_since = observed.newest_at
        return observed.asked_at - entry.missing_since >= self._intervals.pending * _APART

    async def _carry_out(self, turn: Turn, decision: Decision[Any], credentials: Credentials) -> float | None:
        entry, before = turn.entry, turn.resource.status
        removable = decision.gone or not decision.remembers_missing
        finalizer = partial(self._ensure_finalizer, turn, needed=decision.holds, removable=removable)
        sync = SyncResult(Reason.OBSERVED, turn.kind.observed_message)
        recorded, change = None, decision.change
        pause = 0.0 if change is None else self._actor.reserve(turn, change)
        if change is not None and pause == 0.0:
            with self._actor.reserved(change):
                await finalizer()
                outcome = await self._actor.act(turn, decision, change, sync, credentials)
            decision, recorded = outcome.decision, outcome.recorded
        else:
            await finalizer()
            if 0.0 < pause <= _SHORT_WAIT:
                return pause
        if decision.plan is not None:
            await self._confirm(entry)
        decision = await turn.kind.publish(turn.resource, decision)
        under_way = change is not None or decision.readiness.progress is Progress.RECONCILING
        self._observer.pace(entry, pending=under_way, checks_secret=decision.readiness.reason in ABOUT_ACCESS)
        if change is not None:
            self._observer.await_lists(entry, by=self._clock.monotonic() + self._intervals.pending)
        if change is None and self._backlogged() and self._only_progress(turn, decision):
            # Other objects wait for their first status. A later reconcile reports the progress of this object.
            due = self._seconds_until(decision.retry_at)
            return _PROGRESS_WAITS if due is None else min(_PROGRESS_WAITS, due)
        status = self._reporter.builder(entry).observed(decision.status, decision.readiness, sync, decision.extra)
        for note in decision.extra_events:
            self._reporter.record_event(entry, note.reason, note.message)
        await self._reporter.report(entry, before, status, recorded=recorded)
        if pause > 0.0:
            return pause
        return self._seconds_until(decision.retry_at)

    def _seconds_until(self, time: datetime | None) -> float | None:
        return None if time is None else max(0.0, (time - self._clock.now()).total_seconds())

    @staticmethod
    def _only_progress(turn: Turn, decision: Decision[Any]) -> bool:
        """Return whether the object was in progress before, and still is, so that the write can wait."""
        before = turn.resource.status.condition(ConditionType.RECONCILING)
        handled = turn.obj.observed and not turn.obj.reconcile_is_requested
        return handled and before is not None and decision.readiness.progress is Progress.RECONCILING

    async def _confirm(self, entry: Entry) -> None:
        """Check that the object has not changed since it was read, and that this replica leads.

        Raises `ObjectChanged` or `NotLeader`.
        """
        await self._reporter.write(entry, entry.resource.status, always=True)
        if not self._may_act():
            raise NotLeader(entry.obj.key)

    async def _undo(self, turn: Turn) -> float | None:
        """Undo what an object that is being deleted has made in the cluster."""
        self._observer.leave_all(turn.entry)
        readiness = await turn.kind.undo(turn.resource, partial(self._confirm, turn.entry))
        if readiness.progress is Progress.REACHED:
            await self._finalize(turn.entry, readiness.message)
            return None
        await self._reporter.blocked(turn.entry, readiness, None)
        return None if readiness.progress is Progress.PAUSED else self._intervals.pending

    async def _finalize(self, entry: Entry, message: str) -> None:
        """Remove the finalizer of an object that is being deleted, and forget the object."""
        if entry.obj.has_finalizer:
            await self._reporter.set_finalizer(entry, present=False)
        self._reporter.record_event(entry, Reason.DELETED, message)
        self._drop(entry)

    # -- before the observation

    async def _invalid(self, entry: Entry, problem: str) -> float | None:
        """The stored spec does not parse: report it, and allow the deletion."""
        self._observer.leave_all(entry)
        kind, obj = entry.kind, entry.obj
        if obj.deleting and (obj.spec.get("deletionPolicy") == "Retain" or not kind.holds(entry.resource)):
            await self._finalize(entry, messages.nothing_changed("the stored spec is not valid."))
            return None
        message = messages.invalid_spec(problem)
        if obj.deleting:
            message = messages.deletion_waits(message)
        await self._reporter.blocked(entry, Readiness(Reason.INVALID_SPEC, message, Progress.STALLED), None)
        return None

    async def _reference_not_ready(self, turn: Turn, not_ready: NotReady) -> None:
        """A referenced object does not have the needed values yet. Its next change wakes this object."""
        self._observer.leave_all(turn.entry)
        if turn.deleting and not turn.kind.holds(turn.resource):
            await self._finalize(turn.entry, messages.nothing_changed(not_ready.message))
            return
        await self._blocked(turn, Readiness(Reason.REFERENCE_NOT_READY, not_ready.message, Progress.RECONCILING), None)

    async def _credentials_missing(self, turn: Turn, error: CredentialsMissing) -> float | None:
        """There are no credentials for the service."""
        self._observer.leave_all(turn.entry)
        if turn.deleting and turn.kind.untouched(turn.resource):
            await self._finalize(turn.entry, messages.never_touched(str(error)))
            return None
        sync = SyncResult(Reason.CREDENTIALS_MISSING, str(error), terminal=True)
        await self._blocked(turn, Readiness(sync.reason, sync.message, Progress.RECONCILING), sync)
        return self._intervals.pending

    async def _poll_failed(self, turn: Turn, failure: ServiceError) -> None:
        """The service refused the poll, or did not answer."""
        secret = turn.entry.secret
        if isinstance(failure, CredentialsInvalid) and secret is not None:
            failure = failure.naming(str(secret), self._credentials.oddities(secret))
        # Nobody can fix a refused list, so it counts as no answer.
        terminal = isinstance(failure, TerminalError) and not isinstance(failure, RequestRefused)
        sync = SyncResult(failure.reason, str(failure), terminal=terminal)
        if terminal and turn.deleting and turn.kind.untouched(turn.resource):
            await self._finalize(turn.entry, messages.never_touched(str(failure)))
            return
        if terminal or turn.deleting:
            progress = Progress.STALLED if terminal else Progress.RECONCILING
            await self._blocked(turn, Readiness(sync.reason, sync.message, progress), sync)
        else:
            status = self._reporter.builder(turn.entry).out_of_touch(sync)
            await self._reporter.report(turn.entry, turn.resource.status, status)
            self._observer.pace(turn.entry, pending=True)

    async def _blocked(self, turn: Turn, readiness: Readiness, sync: SyncResult | None) -> None:
        if turn.deleting:
            readiness = replace(readiness, message=messages.deletion_waits(readiness.message))
        await self._reporter.blocked(turn.entry, readiness, sync)
