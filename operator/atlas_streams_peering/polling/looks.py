"""The shared looks at Atlas, when they are due, and who is told of what they show."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from ..controller.retry import Intervals
from ..transport.errors import CredentialsInvalid, RateLimited, ServiceError, TerminalError, Unavailable
from .cancellation import being_cancelled
from .snapshot import Snapshot

logger = logging.getLogger(__name__)

_LAST_WORD = 5.0
"""Seconds that looks are given to end."""


class LookKey(NamedTuple):
    """What one list can be asked for."""

    project_id: str
    credentials: str
    """Fingerprint of the credentials."""
    requester_account_id: str


@dataclass
class Subscription:
    """An object's interest in a look."""

    names: frozenset[str]
    """Connections it wants to hear of by name."""
    vpcs: frozenset[str]
    """VPCs whose connections it wants to hear of."""
    secret: tuple[str, str]
    """Namespace and name of the Secret that the credentials come from."""
    pending: bool = True
    """Something is under way: look at the short interval."""
    waiting: bool = True
    """Tell it of the next look, whatever that shows."""
    asked_since: float | None = None
    """Monotonic time since which it wants a new look; a list begun later is new enough, however long it took."""
    insists: bool = False
    """The Secret is gone, and the credentials last read have to do: a deletion needs them."""


@dataclass
class Look:
    """The state of one look: the last list, or why there is none."""

    key: LookKey
    snapshot: Snapshot | None = None
    failure: ServiceError | None = None
    succeeded_at: datetime | None = None
    """When Atlas last answered."""
    finished_at: float = 0.0
    """Monotonic time at which the last attempt ended."""
    started_at: float = 0.0
    """Monotonic time at which the last attempt began."""
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    failures: int = 0
    list_at: float = 0.0
    """Monotonic time before which Atlas is not asked again; only the Secrets are read meanwhile."""
    due_at: float = 0.0
    due_changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def ask_by(self, moment: float) -> None:
        """Look at `moment` (monotonic) at the latest."""
        self.list_at = min(self.list_at, moment)
        if moment < self.due_at:
            self.due_at = moment
            self.due_changed.set()


class Lister(Protocol):
    """The one call of Atlas that a look makes."""

    async def list_connections(self, project_id: str, requester_account_id: str) -> list[dict[str, Any]]:
        """List the connections that come from an AWS account."""
        ...


SecretCheck = Callable[[tuple[str, str], str, bool], Awaitable[bool]]
"""(Secret, fingerprint, now) → does the Secret still hold these credentials? Read at once where `now`."""


class Looks:
    """All looks. Each lives as long as an object needs it, and lists as often as the most eager one needs."""

    def __init__(
        self,
        *,
        session: Callable[[str], Lister | None],
        still_current: SecretCheck,
        wake: Callable[[str], None],
        abandoned: Callable[[str], Awaitable[None]],
        intervals: Intervals,
    ) -> None:
        self._session, self._still_current = session, still_current
        self._wake, self._abandoned, self._intervals = wake, abandoned, intervals
        self._looks: dict[LookKey, Look] = {}
        self._by_object: dict[str, LookKey] = {}

    def __iter__(self) -> Iterator[Look]:
        return iter(tuple(self._looks.values()))

    def subscribe(self, uid: str, key: LookKey, subscription: Subscription) -> Look:
        """Let an object take part in a look; it leaves the one it took part in before."""
        if self._by_object.get(uid) not in (None, key):
            self.leave(uid)
        look = self._looks.get(key)
        if look is None:
            look = self._looks[key] = Look(key, due_at=time.monotonic())
            look.task = asyncio.create_task(self._run(look), name=f"look {key.project_id} {key.requester_account_id}")
        before = look.subscriptions.get(uid)
        if before is not None:
            subscription.waiting = before.waiting
            subscription.pending = before.pending
            subscription.asked_since = before.asked_since
        look.subscriptions[uid] = subscription
        self._by_object[uid] = key
        return look

    def pace(self, uid: str, *, pending: bool) -> None:
        """Say how eagerly an object needs the next look."""
        look = self._look_of(uid)
        if look is None:
            return
        look.subscriptions[uid].pending = pending
        if pending and look.failure is None:
            look.ask_by(max(look.finished_at, look.started_at) + self._intervals.pending)

    def expect(self, uid: str, *, by: float) -> None:
        """Tell an object of the next look, whatever that shows, and look at `by` (monotonic) at the latest."""
        look = self._look_of(uid)
        if look is not None:
            look.subscriptions[uid].waiting = True
            if look.failure is None:
                look.ask_by(by)

    def leave(self, uid: str) -> None:
        """End an object's interest; a look without any ends with it."""
        look = self._look_of(uid)
        self._by_object.pop(uid, None)
        if look is None:
            return
        look.subscriptions.pop(uid, None)
        if not look.subscriptions:
            del self._looks[look.key]
            if look.task is not None:
                look.task.cancel()

    def in_use(self, fingerprint: str) -> bool:
        """Tell whether any look uses these credentials."""
        return any(key.credentials == fingerprint for key in self._looks)

    async def close(self) -> None:
        """End all looks."""
        tasks = [look.task for look in self._looks.values() if look.task is not None]
        self._looks.clear()
        self._by_object.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            # Bounded: nothing that a look is doing may keep the operator from stopping.
            await asyncio.wait(tasks, timeout=_LAST_WORD)

    def _look_of(self, uid: str) -> Look | None:
        """Return the look that an object takes part in."""
        key = self._by_object.get(uid)
        return self._looks.get(key) if key else None

    async def _run(self, look: Look) -> None:
        try:
            while True:
                try:
                    await _until_due(look)
                    await self._attempt(look)
                except (Exception, asyncio.CancelledError):
                    if being_cancelled():
                        raise
                    # A look that ends would leave its objects without news for ever.
                    logger.exception("A look at Atlas failed in an unforeseen way; it goes on")
                    look.due_at = time.monotonic() + self._intervals.pending
        finally:
            if not self.in_use(look.key.credentials):
                await self._abandoned(look.key.credentials)

    async def _attempt(self, look: Look) -> None:
        if not await self._credentials_current(look, now=False):
            look.due_at = time.monotonic() + self._intervals.pending
            return
        if time.monotonic() < look.list_at:
            look.due_at = min(look.list_at, time.monotonic() + self._intervals.pending)
            return
        look.started_at = time.monotonic()
        before, failed_before = look.snapshot, look.failure
        failure: ServiceError | None = None
        session = self._session(look.key.credentials)
        if session is None:
            look.due_at = time.monotonic() + self._intervals.pending
            return
        try:
            rows = await session.list_connections(look.key.project_id, look.key.requester_account_id)
        except ServiceError as error:
            failure = error
        except Exception as error:
            logger.exception("A look at Atlas failed in an unforeseen way")
            failure = Unavailable(f"The look at Atlas failed in an unforeseen way ({type(error).__name__}).")
        if isinstance(failure, CredentialsInvalid) and not await self._credentials_current(look, now=True):
            # Rotated a moment ago: the objects move on to the new ones.
            look.due_at = time.monotonic() + self._intervals.pending
            return
        look.finished_at = time.monotonic()
        changed: frozenset[str] = frozenset()
        if failure is None:
            look.succeeded_at = datetime.now(UTC)
            look.snapshot = (before or Snapshot()).succeeded_by(rows, asked_at=look.started_at, now=datetime.now(UTC))
            changed = look.snapshot.changed_from(before or Snapshot())
        # The first message of a series of passing failures stays: another wording is no news.
        # A lasting one names what somebody has to mend, and that may change.
        reworded = isinstance(failure, TerminalError) and str(failure) != str(failed_before)
        if type(failure) is not type(failed_before) or reworded:
            look.failure = failure
        look.failures = look.failures + 1 if failure else 0
        turned = (failure is None) != (failed_before is None) or look.failure is not failed_before
        self._tell(look, changed, before, everyone=turned)
        look.list_at = look.due_at = look.finished_at + self._pause(look, failure)
        if isinstance(failure, TerminalError):
            # Somebody may put other credentials into the Secret: that is found out sooner.
            look.due_at = min(look.list_at, look.finished_at + self._intervals.pending)

    async def _credentials_current(self, look: Look, *, now: bool) -> bool:
        """Read the Secrets again; objects whose Secret changed are told, and move to another look."""
        by_secret: dict[tuple[str, str], list[str]] = {}
        current = False
        for uid, subscription in look.subscriptions.items():
            if subscription.insists:
                current = True
            else:
                by_secret.setdefault(subscription.secret, []).append(uid)
        for secret, uids in by_secret.items():
            if await self._still_current(secret, look.key.credentials, now):
                current = True
            else:
                for uid in uids:
                    self._wake(uid)
        return current

    def _tell(self, look: Look, changed: frozenset[str], before: Snapshot | None, *, everyone: bool) -> None:
        vpcs: set[str | None] = set()
        for snapshot in (before, look.snapshot):
            if snapshot is not None:
                vpcs.update(snapshot.connections[n].requester_vpc_id for n in changed if n in snapshot.connections)
        for uid, subscription in look.subscriptions.items():
            concerned = not subscription.names.isdisjoint(changed) or not subscription.vpcs.isdisjoint(vpcs)
            if everyone or concerned or subscription.waiting:
                subscription.waiting = False
                self._wake(uid)

    def _pause(self, look: Look, failure: ServiceError | None) -> float:
        """Seconds until the next attempt, spread so that looks do not come in step."""
        pending = any(subscription.pending for subscription in look.subscriptions.values())
        if failure is None:
            interval = self._intervals.pending if pending else self._intervals.steady
            return interval * random.uniform(0.9, 1.0)  # noqa: S311
        longest = max(self._intervals.steady, self._intervals.pending)
        growing = min(self._intervals.pending * 2.0 ** min(look.failures - 1, 16), longest)
        pause = growing * random.uniform(0.75, 1.0)  # noqa: S311
        if isinstance(failure, RateLimited) and failure.retry_after is not None:
            pause = max(pause, failure.retry_after)
        return pause


async def _until_due(look: Look) -> None:
    while (pause := look.due_at - time.monotonic()) > 0:
        look.due_changed.clear()
        try:
            # Not wait_for: in Python 3.11 that loses a cancellation which comes together with the event.
            async with asyncio.timeout(pause):
                await look.due_changed.wait()
        except TimeoutError:
            return
