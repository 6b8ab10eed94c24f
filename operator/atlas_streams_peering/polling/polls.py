"""The shared polls: when each is due, and which objects it wakes."""

import logging
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

from ..scheduling.backoff import Backoff
from ..scheduling.cancellation import being_cancelled
from ..scheduling.clock import SYSTEM_CLOCK, Clock
from ..scheduling.queue import NOBODY, QueueObserver, WorkQueue
from ..transport.credentials import Credentials
from ..transport.errors import CredentialsInvalid, RateLimited, ServiceError, TerminalError, Unavailable
from .intervals import Intervals
from .poll import Poll, PollKey, SecretKey, Subscription
from .snapshot import Snapshot

logger = logging.getLogger(__name__)

_LAST_WORD: Final = 5.0
"""Seconds that polls have to end."""

_EARLY: Final = 0.001
"""Seconds by which a timer may come early: the clock and the timer round differently."""

SecretCheck = Callable[[SecretKey, str, bool], Awaitable[bool]]
"""(Secret, fingerprint, at once) → whether the Secret still contains these credentials. `at once`: read it now."""


class Polls:
    """All polls. A poll exists while an object is subscribed, and uses the shortest interval of its subscriptions."""

    def __init__(
        self,
        *,
        credentials: Callable[[str], Credentials | None],
        still_current: SecretCheck,
        wake: Callable[[str], None],
        intervals: Intervals,
        clock: Clock = SYSTEM_CLOCK,
        queue_observer: QueueObserver = NOBODY,
    ) -> None:
        self._credentials, self._still_current, self._wake = credentials, still_current, wake
        self._intervals, self._clock = intervals, clock
        self._polls: dict[PollKey, Poll] = {}
        self.queue: WorkQueue[Poll] = WorkQueue(self._work, clock=clock, observer=queue_observer)
        self._retry = Backoff(intervals.pending, max(intervals.steady, intervals.pending), jitter=0.25)

    def __iter__(self) -> Iterator[Poll]:
        return iter(tuple(self._polls.values()))

    # -- for objects

    def subscribe(self, uid: str, key: PollKey, subscription: Subscription) -> Poll:
        """Subscribe an object to a poll. An existing subscription keeps its state."""
        poll = self._polls.get(key)
        if poll is None:
            poll = self._polls[key] = Poll(key, due_at=self._clock.monotonic())
            self._schedule(poll)
        before = poll.subscriptions.get(uid)
        if before is not None:
            subscription.waiting, subscription.pending = before.waiting, before.pending
            subscription.checks_secret = before.checks_secret
            subscription.wants_list_since = before.wants_list_since
        poll.subscriptions[uid] = subscription
        return poll

    def read_by(self, uid: str, key: PollKey) -> bool:
        """Record that an object is being reconciled; return whether the poll's last list has woken it."""
        poll = self._polls.get(key)
        if poll is None or uid not in poll.unread:
            return False
        poll.unread.discard(uid)
        if not poll.unread:
            self._schedule(poll)
        return True

    def pace(self, uid: str, key: PollKey, *, pending: bool, checks_secret: bool = False) -> None:
        """Set the interval that an object needs, and whether a changed Secret may help it."""
        poll = self._polls.get(key)
        if poll is None or uid not in poll.subscriptions:
            return
        subscription = poll.subscriptions[uid]
        subscription.pending, subscription.checks_secret = pending, checks_secret
        if pending and poll.failure is None:
            self.list_by(poll, max(poll.finished_at, poll.started_at) + self._intervals.pending)
        elif checks_secret:
            self._due_by(poll, self._clock.monotonic() + self._intervals.pending)

    def await_list(self, uid: str, key: PollKey, *, by: float) -> None:
        """Wake an object after the next list, even if no row changes, and list at `by` (monotonic) at the latest."""
        poll = self._polls.get(key)
        if poll is not None and uid in poll.subscriptions:
            poll.subscriptions[uid].waiting = True
            if poll.failure is None:
                self.list_by(poll, by)

    def list_by(self, poll: Poll, moment: float) -> None:
        """List at `moment` (monotonic) at the latest."""
        poll.list_at = min(poll.list_at, moment)
        self._due_by(poll, moment)

    def _due_by(self, poll: Poll, moment: float) -> None:
        if moment < poll.due_at:
            poll.due_at = moment
            self._schedule(poll)

    def leave(self, uid: str, key: PollKey) -> None:
        """Unsubscribe an object; a poll without subscriptions ends."""
        poll = self._polls.get(key)
        if poll is None:
            return
        self.read_by(uid, key)
        poll.subscriptions.pop(uid, None)
        if not poll.subscriptions:
            del self._polls[key]
            self.queue.drop(poll)

    # -- for the operator

    async def run(self) -> None:
        """Poll until cancelled."""
        await self.queue.run()

    async def close(self) -> None:
        """End all polls; wait a limited time for those in progress."""
        for poll in self:
            self.queue.drop(poll)
        self._polls.clear()
        await self.queue.finish(seconds=_LAST_WORD)

    # -- one attempt

    def _schedule(self, poll: Poll) -> None:
        # Objects still wait in the queue for the last list, so another list would not help.
        if not poll.unread and not poll.slot.working:
            self.queue.add_later(poll, poll.due_at - self._clock.monotonic())

    async def _work(self, poll: Poll) -> None:
        if poll.unread:
            return  # scheduled again when the last of them is reconciled
        try:
            await self._attempt(poll)
        except BaseException as error:
            if being_cancelled():
                raise
            # If the poll ended, its objects would never get another list.
            logger.exception("A poll of %s failed with an unexpected error; trying again", poll.key.source.name)
            self._fail(poll, _unexpected(poll, error))
        if not poll.slot.dropped and not poll.unread:
            self.queue.add_later(poll, poll.due_at - self._clock.monotonic())

    async def _attempt(self, poll: Poll) -> None:
        now = self._clock.monotonic()
        credentials = self._credentials(poll.key.credentials)
        if not await self._credentials_current(poll, at_once=False) or credentials is None:
            poll.due_at = now + self._intervals.pending
            return
        if now < poll.list_at - _EARLY:
            poll.due_at = min(poll.list_at, now + self._intervals.pending)
            return
        poll.started_at = self._clock.monotonic()
        try:
            raw = await poll.key.source.fetch(credentials, poll.key)
        except ServiceError as error:
            if isinstance(error, CredentialsInvalid) and not await self._credentials_current(poll, at_once=True):
                # The credentials were rotated: the objects move to the new ones.
                poll.due_at = self._clock.monotonic() + self._intervals.pending
                return
            self._fail(poll, error)
            return
        before = poll.snapshot or Snapshot()
        poll.finished_at, poll.succeeded_at = self._clock.monotonic(), self._clock.now()
        poll.snapshot = before.succeeded_by(raw, poll.key.source.rows, asked_at=poll.started_at, now=poll.succeeded_at)
        recovered, poll.failure, poll.failures = poll.failure is not None, None, 0
        self._tell(poll, poll.snapshot.changed_from(before), before, everyone=recovered)
        poll.list_at = poll.due_at = poll.finished_at + self._interval(poll)
        if any(subscription.checks_secret for subscription in poll.subscriptions.values()):
            poll.due_at = min(poll.list_at, poll.finished_at + self._intervals.pending)

    def _fail(self, poll: Poll, failure: ServiceError) -> None:
        poll.finished_at = self._clock.monotonic()
        before = poll.failure
        # Keep the first message of a series of transient failures: another wording is not news.
        # A terminal failure names what somebody has to fix, which may change.
        reworded = isinstance(failure, TerminalError) and str(failure) != str(before)
        news = type(failure) is not type(before) or reworded
        if news:
            poll.failure = failure
        poll.failures += 1
        self._tell(poll, frozenset(), poll.snapshot, everyone=news)
        pause = self._retry.pause(poll.failures)
        if isinstance(failure, RateLimited) and failure.retry_after is not None:
            pause = max(pause, failure.retry_after)
        poll.list_at = poll.due_at = poll.finished_at + pause
        if isinstance(failure, TerminalError):
            # Somebody may change the Secret, so read it at the pending interval.
            poll.due_at = min(poll.list_at, poll.finished_at + self._intervals.pending)

    async def _credentials_current(self, poll: Poll, *, at_once: bool) -> bool:
        """Read the Secrets again, and wake objects whose Secret changed: they move to another poll."""
        by_secret: dict[SecretKey, list[str]] = {}
        current = False
        for uid, subscription in poll.subscriptions.items():
            if subscription.uses_cached_credentials:
                current = True
            else:
                by_secret.setdefault(subscription.secret, []).append(uid)
        for secret, uids in by_secret.items():
            if await self._still_current(secret, poll.key.credentials, at_once):
                current = True
            else:
                for uid in uids:
                    self._wake(uid)
        return current

    def _tell(self, poll: Poll, changed: frozenset[str], before: Snapshot[object] | None, *, everyone: bool) -> None:
        for uid in tuple(poll.subscriptions) if everyone else tuple(poll.concerned(changed, before)):
            poll.subscriptions[uid].waiting = False
            poll.unread.add(uid)
            self._wake(uid)

    def _interval(self, poll: Poll) -> float:
        """Return the seconds until the next list, with jitter so that polls do not synchronize."""
        pending = any(subscription.pending for subscription in poll.subscriptions.values())
        interval = self._intervals.pending if pending else self._intervals.steady
        return interval * random.uniform(0.9, 1.0)  # noqa: S311  # no secret depends on it


def _unexpected(poll: Poll, error: BaseException) -> ServiceError:
    message = f"The poll failed with an unexpected error ({type(error).__name__}): see the operator's log."
    return Unavailable(message, reason=poll.key.source.unavailable)
