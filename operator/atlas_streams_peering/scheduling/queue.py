"""A work queue: it gives each item to one worker at a time, loses no item, and starves none."""

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
        """Monotonic time since which the item waits or is in progress."""


class WorkItem(Protocol):
    """An item of a queue."""

    @property
    def slot(self) -> Slot:
        """The item's place in the queue."""
        ...


Item = TypeVar("Item", bound=WorkItem)


class QueueObserver(Protocol):
    """Observes a queue; all times in seconds."""

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
    """The items that wait, in two lanes. Items of the first lane go before the others, but do not starve them."""

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
    """A queue with timers. If an item is added while a worker has it, a worker gets it once more afterwards.

    `first` decides, when an item is added, whether it goes before the others.
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
        """Seconds since an item was last finished, while there is work; 0.0 without work."""
        return self._clock.monotonic() - self._progress_at if len(self) and self._opened else 0.0

    @property
    def waiting(self) -> Sized:
        """The items that wait for a worker."""
        return self._ready

    @property
    def backlogged(self) -> bool:
        """More items wait than there are workers."""
        return len(self._ready) > self._concurrency

    def add(self, item: Item) -> None:
        """Queue the item, unless it was dropped."""
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
        """Queue the item after a delay, in place of an earlier timer."""
        self.cancel(item)
        if not item.slot.dropped:
            item.slot.timer = asyncio.get_running_loop().call_later(max(0.0, seconds), self._due, item)

    def add_within(self, item: Item, seconds: float) -> None:
        """Queue the item after a delay, or at its present timer if that is due sooner."""
        timer = item.slot.timer
        if timer is None or timer.when() > asyncio.get_running_loop().time() + seconds:
            self.add_later(item, seconds)

    def cancel(self, item: Item) -> None:
        """Cancel the item's timer."""
        if item.slot.timer is not None:
            item.slot.timer.cancel()
            item.slot.timer = None

    def drop(self, item: Item) -> None:
        """Remove the item for good."""
        self.cancel(item)
        item.slot.dropped = True

    def open(self) -> None:
        """Start the work. Before that, the queue only collects items."""
        self._progress_at = self._clock.monotonic()
        self._opened = True
        self._pump()

    async def run(self) -> None:
        """Work until cancelled. `work` must not raise; if it does, this raises the same error."""
        self._running, self._failed = True, asyncio.get_running_loop().create_future()
        try:
            self._pump()
            await self._failed
        finally:
            self._running = False
            await end(*self._tasks)

    async def finish(self, *, seconds: float) -> None:
        """Start no more work, and wait a limited time for the work in progress."""
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
