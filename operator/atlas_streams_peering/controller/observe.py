"""Observing: subscribes objects to polls, and checks that the lists are new enough for a decision."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..polling.expectations import Expectations
from ..polling.intervals import Intervals
from ..polling.poll import Poll, Subscription
from ..polling.polls import Polls
from ..scheduling.clock import SYSTEM_CLOCK, Clock
from ..transport.errors import ServiceError
from .attempts import Attempt, RetryInputs
from .decision import Observation
from .kind import Interest
from .store import Entry, Store
from .turn import Turn


@dataclass(frozen=True, slots=True)
class Observed:
    """Lists that are new enough, and the observation from them."""

    observation: Observation
    asked_at: float
    """Monotonic time at which the oldest of the lists was asked for."""
    newest_at: float
    """Monotonic time at which the newest of the lists was asked for."""


class Observer:
    """Keeps objects subscribed to polls, and reads the last lists."""

    def __init__(
        self,
        polls: Polls,
        store: Store,
        expectations: Expectations[Attempt],
        intervals: Intervals,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._polls, self._store, self._expectations = polls, store, expectations
        self._intervals, self._clock = intervals, clock

    def read_by(self, entry: Entry) -> bool:
        """Record that an object is reconciled; return whether a list triggered it."""
        woken = [self._polls.read_by(entry.uid, key) for key in entry.polls]
        return any(woken)

    def leave_all(self, entry: Entry) -> None:
        """Unsubscribe an object from all polls."""
        for key in entry.polls:
            self._polls.leave(entry.uid, key)
        entry.polls = frozenset()
        entry.missing_since = None  # what the lists show meanwhile, the object does not see

    def pace(self, entry: Entry, *, pending: bool, checks_secret: bool = False) -> None:
        """Set the interval that an object needs, and whether a changed Secret may help it."""
        for key in entry.polls:
            self._polls.pace(entry.uid, key, pending=pending, checks_secret=checks_secret)

    def await_lists(self, entry: Entry, *, by: float) -> None:
        """Wake the object after the next lists, even if no row changes, and read them at `by` (monotonic)."""
        for key in entry.polls:
            self._polls.await_list(entry.uid, key, by=by)

    def subscribe(self, turn: Turn, interests: tuple[Interest, ...], *, cached: bool) -> tuple[Poll, ...]:
        """Subscribe the object to exactly these polls; `cached`: with cached credentials whose Secret is gone."""
        entry, keys = turn.entry, frozenset(interest.key for interest in interests)
        for key in entry.polls - keys:
            self._polls.leave(entry.uid, key)
        entry.polls = keys
        assert entry.secret is not None  # noqa: S101  # the credentials were read from it
        return tuple(
            self._polls.subscribe(
                entry.uid,
                interest.key,
                Subscription(
                    interest.words,
                    entry.secret,
                    uses_cached_credentials=cached,
                    every_list=interest.every_list,
                    where=interest.where,
                ),
            )
            for interest in interests
        )

    def observe(
        self,
        turn: Turn,
        interests: tuple[Interest, ...],
        polls: tuple[Poll, ...],
        places: frozenset[str],
        inputs: RetryInputs,
    ) -> Observed | ServiceError | None:
        """Return the observation, or the error of a poll; None: the next list will wake the object."""
        obj, now = turn.obj, self._clock.monotonic()
        wished_at = 0.0 if obj.observed and not obj.reconcile_is_requested else turn.entry.wanted_since
        requested_at = turn.entry.wanted_since if obj.reconcile_is_requested else 0.0
        waits = False
        for poll in polls:
            if poll.failure is not None and wished_at <= poll.started_at:
                return poll.failure
            waits = self._waits_for_list(turn, poll, requested_at, now) or waits
        if waits:
            return None
        found = [
            (poll.snapshot.concerning(interest.words, interest.where) if poll.snapshot else {})
            for poll, interest in zip(polls, interests, strict=True)
        ]
        attempts: dict[str, Attempt] = {}
        void_before = 0.0
        for poll, rows, interest in zip(polls, found, interests, strict=True):
            # Rows that the object only reads may be older.
            changed = rows if interest.where is None else _meant(poll, interest)
            names = (*changed, *interest.targets)
            attempts |= self._expectations.attempts(interest.key.scope, names)
            void_before = max(void_before, self._expectations.void_before(interest.key.scope, names))
        times = [poll.snapshot.asked_at for poll in polls if poll.snapshot] or [now]
        asked_at = min(times)
        if asked_at < void_before:
            self.await_lists(turn.entry, by=void_before + self._intervals.pending)
            return None
        for poll in polls:
            subscription = poll.subscriptions[turn.uid]
            subscription.waiting, subscription.wants_list_since = False, None
        observation = Observation(
            rows=tuple(found),
            rivals=self._store.rivals(turn.entry, self._meeting_places(polls, found, places)),
            attempts={name: one if one.counts_with(inputs) else None for name, one in attempts.items()},
            unchanged_since=_unchanged_since(polls, found),
            unlisted=self._store.namespaces.unlisted(turn.kind.resource.kind),
            followed=self._store.claims(turn.kind.follows) if turn.kind.follows else (),
        )
        return Observed(observation, asked_at, max(times))

    def _waits_for_list(self, turn: Turn, poll: Poll, requested_at: float, now: float) -> bool:
        """Return whether the decision needs another list, and request it if so."""
        subscription, snapshot = poll.subscriptions[turn.uid], poll.snapshot
        since = requested_at
        if not turn.woken_by_list:
            fresh = now - self._intervals.pending
            wanted = subscription.wants_list_since
            since = max(requested_at, fresh if wanted is None else min(fresh, wanted))
        if poll.failure is None and snapshot is not None and snapshot.asked_at >= since:
            return False
        # This list is new enough, however long it takes.
        if subscription.wants_list_since is None:
            subscription.wants_list_since = now
        subscription.waiting = True
        self._polls.list_by(poll, now)
        return True

    def _meeting_places(
        self, polls: tuple[Poll, ...], found: list[dict[str, Any]], places: frozenset[str]
    ) -> frozenset[str]:
        """Return the places to look for rivals: those of the object, and those of all rows that concern it."""
        meeting = set(places)
        for poll, rows in zip(polls, found, strict=True):
            if poll.snapshot is not None:
                meeting |= {f"{poll.key.scope}/{word}" for word in poll.snapshot.words_of(rows)}
        return frozenset(meeting)


def _meant(poll: Poll, interest: Interest) -> dict[str, Any]:
    """Return the rows that match the object's tokens, and that it may change."""
    return poll.snapshot.concerning(interest.words) if poll.snapshot else {}


def _unchanged_since(polls: tuple[Poll, ...], found: list[dict[str, Any]]) -> dict[str, datetime]:
    since: dict[str, datetime] = {}
    for poll, rows in zip(polls, found, strict=True):
        if poll.snapshot is not None:
            since |= {name: poll.snapshot.unchanged_since[name] for name in rows}
    return since
