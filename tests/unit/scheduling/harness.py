"""A work queue with workers that a test controls."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from atlas_streams_peering.scheduling.queue import Slot, WorkQueue
from unit.polling.waiting import Signal


class Item:
    """Something to work on."""

    def __init__(self, name: str) -> None:
        self.name, self.slot = name, Slot()


class QueueHarness:
    """A queue of items by name, with its worker. The work on an item lasts until the test ends it."""

    def __init__(
        self, *, concurrency: int = 4, opened: bool = True, first: Callable[[Item], bool] = lambda _item: False
    ) -> None:
        self.signal = Signal()
        self.started: list[str] = []
        self.done: Counter[str] = Counter()
        self.working: set[str] = set()
        self.open = asyncio.Event()
        self.open.set()
        self.before_work: Callable[[], Awaitable[None]] | None = None
        """What a piece of work waits for before the test lets it go on."""
        self.steps = 1
        """Turns of the event loop that a piece of work takes."""
        self.busy: set[str] = set()
        """Items that are added again as soon as they are worked on."""
        self.items: dict[str, Item] = {}
        self.queue: WorkQueue[Item] = WorkQueue(self._work, concurrency=concurrency, first=first, opened=opened)

    def item(self, name: str) -> Item:
        return self.items.setdefault(name, Item(name))

    def add(self, name: str) -> None:
        self.queue.add(self.item(name))

    def add_later(self, name: str, seconds: float) -> None:
        self.queue.add_later(self.item(name), seconds)

    def cancel(self, name: str) -> None:
        self.queue.cancel(self.item(name))

    async def _work(self, item: Item) -> None:
        name = item.name
        assert name not in self.working, "two tasks have one item"
        self.working.add(name)
        self.started.append(name)
        self.signal.send()
        if self.before_work is not None:
            await self.before_work()
        await self.open.wait()
        for _ in range(self.steps):
            await asyncio.sleep(0)
        self.working.remove(name)
        self.done[name] += 1
        if name in self.busy:
            self.add(name)
        self.signal.send()


@asynccontextmanager
async def running(harness: QueueHarness) -> AsyncIterator[None]:
    """Run the queue while the block lasts."""
    task = asyncio.create_task(harness.queue.run())
    await asyncio.sleep(0)
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
