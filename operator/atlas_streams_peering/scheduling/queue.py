"""Who is worked on when: each item by one task at a time, none lost, none starved."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sized
from typing import Final, Generic, Protocol, TypeVar

from .clock import SYSTEM_CLOCK, Clock
from .ending import end


class Slot:
    """An item's place in its queue."""

    __slots__ = ("again", "dropped", "queued", "since", "timer", "working")

    def __init__(self) -> None:
        self.queued = self.working = self.again = self.dropped = False
        self.timer: asyncio.TimerHandle | None = None
        self.since = 0.0
        """Monotonic time since which the item waits or is worked on."""


class WorkItem(Protocol):
    """What a queue holds."""

    @property
    def slot(self) -> Slot:
        """The item's place in the queue."""
        ...


Item = TypeVar("Item", bound=WorkItem)


class QueueObserver(Protocol):
    """Is told what goes through a queue; all times in seconds."""

    def added(self) -> None:
        """An item was added."""
        ...

    def started(self, waited: float) -> None:
        """The work on an item begins."""
        ...

    def finished(self, worked: float) -> None:
        """The work on an item has ended."""
        ...


class _Nobody:
    def added(self) -> None: ...
    def started(self, waited: float) -> None: ...
    def finished(self, worked: float) -> None: ...


NOBODY: Final = _Nobody()

UNBOUNDED: Final = 1_000_000


_IN_A_ROW: Final = 3
"""Items of the first lane that are taken in a row, while others wait."""


class _Lanes(Generic[Item]):
    """What waits, in two lanes. The first goes before the other, and starves nobody."""

    def __init__(self) -> None:
        self._first: deque[Item] = deque()
        self._other: deque[Item] = deque()
        self._in_a_row = 0

    def __len__(self) -> int:
        return len(self._first) + len(self._other)

    def append(self, item: Item, *, first: bool) -> None:
        """Put an item at the end of a lane."""
        (self._first if first else self._other).append(item)

    def popleft(self) -> Item:
        """Take the next item; there must be one."""
        if self._first and (self._in_a_row < _IN_A_ROW or not self._other):
            self._in_a_row += 1
            return self._first.popleft()
        self._in_a_row = 0
        return self._other.popleft()


class WorkQueue(Generic[Item]):
    """A queue with timers. An item that is added while it is worked on is worked on once more afterwards.

    `first` tells of an item that is added whether it goes before the others.
    """

    def __init__(
        self,
        work: Callable[[Item], Awaitable[None]],
        *,
        concurrency: int = UNBOUNDED,
        first: Callable[[Item], bool] = lambda _item: False,
        opened: bool = True,
        clock: Clock = SYSTEM_CLOCK,
        observer: QueueObserver = NOBODY,
    ) -> None:
        self._work, self._concurrency, self._clock, self._observer = work, concurrency, clock, observer
        self._first, self._ready = first, _Lanes[Item]()
        self._tasks: set[asyncio.Task[None]] = set()
        self._opened, self._running, self._ending = opened, False, False
        self._progress_at = 0.0
        self._failed: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._ready) + len(self._tasks)

    @property
    def seconds_without_progress(self) -> float:
        """Since something was last finished, while there is work; 0.0 without work."""
        return self._clock.monotonic() - self._progress_at if len(self) and self._opened else 0.0

    @property
    def waiting(self) -> Sized:
        """What waits to be worked on."""
        return self._ready

    @property
    def backlogged(self) -> bool:
        """More items wait than can be worked on at once."""
        return len(self._ready) > self._concurrency

    def add(self, item: Item) -> None:
        """Work on the item as soon as possible. An item that was dropped is not worked on."""
        slot = item.slot
        if slot.dropped:
            return
        if not len(self):
            self._progress_at = self._clock.monotonic()
        if slot.working:
            slot.again = True
        elif not slot.queued:
            slot.queued, slot.since = True, self._clock.monotonic()
            self._observer.added()
            self._ready.append(item, first=self._first(item))
            self._pump()

    def add_later(self, item: Item, seconds: float) -> None:
        """Work on the item after a while; this replaces an earlier timer."""
        self.cancel(item)
        if not item.slot.dropped:
            item.slot.timer = asyncio.get_running_loop().call_later(max(0.0, seconds), self._due, item)

    def add_within(self, item: Item, seconds: float) -> None:
        """Work on the item after a while; an earlier timer stays if it is due sooner."""
        timer = item.slot.timer
        if timer is None or timer.when() > asyncio.get_running_loop().time() + seconds:
            self.add_later(item, seconds)

    def cancel(self, item: Item) -> None:
        """Forget the item's timer."""
        if item.slot.timer is not None:
            item.slot.timer.cancel()
            item.slot.timer = None

    def drop(self, item: Item) -> None:
        """Never work on the item again."""
        self.cancel(item)
        item.slot.dropped = True

    def open(self) -> None:
        """Let the work begin; until then it is only collected."""
        self._progress_at = self._clock.monotonic()
        self._opened = True
        self._pump()

    async def run(self) -> None:
        """Work until cancelled. `work` must not raise: if it does, this raises the same."""
        self._running, self._failed = True, asyncio.get_running_loop().create_future()
        try:
            self._pump()
            await self._failed
        finally:
            self._running = False
            await end(*self._tasks)

    async def finish(self, *, seconds: float) -> None:
        """Take up nothing more, and wait a while for what is in hand."""
        self._ending = True
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=seconds)

    def _due(self, item: Item) -> None:
        item.slot.timer = None
        self.add(item)

    def _pump(self) -> None:
        while self._ready and self._running and self._opened and not self._ending:
            if len(self._tasks) >= self._concurrency:
                return
            item = self._ready.popleft()
            item.slot.queued = False
            if item.slot.dropped:
                continue
            item.slot.working, now = True, self._clock.monotonic()
            self._observer.started(now - item.slot.since)
            item.slot.since = now
            task = asyncio.get_running_loop().create_task(self._work_on(item))
            self._tasks.add(task)
            task.add_done_callback(self._done)

    async def _work_on(self, item: Item) -> None:
        try:
            await self._work(item)
        finally:
            slot = item.slot
            slot.working = False
            self._progress_at = now = self._clock.monotonic()
            self._observer.finished(now - slot.since)
            if slot.again:
                slot.again = False
                self.add(item)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            if self._failed is not None and not self._failed.done():
                self._failed.set_exception(error)
            return
        self._pump()
