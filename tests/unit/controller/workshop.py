"""What a queue hands its keys to."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from atlas_streams_peering.controller.queue import WorkQueue
from unit.polling.bell import Bell


class Workshop:
    """Works on what the queue hands out; a key's work lasts until the test says so."""

    def __init__(self) -> None:
        self.bell = Bell()
        self.started: list[str] = []
        self.done: Counter[str] = Counter()
        self.working: set[str] = set()
        self.open = asyncio.Event()
        self.open.set()
        self.steps = 1
        """Turns of the event loop that a piece of work takes."""

    async def work(self, key: str) -> None:
        assert key not in self.working, "two workers have one key"
        self.working.add(key)
        self.started.append(key)
        self.bell.ring()
        await self.open.wait()
        for _ in range(self.steps):
            await asyncio.sleep(0)
        self.working.remove(key)
        self.done[key] += 1
        self.bell.ring()


@asynccontextmanager
async def running(queue: WorkQueue, workshop: Workshop, *, concurrency: int = 4) -> AsyncIterator[None]:
    task = asyncio.create_task(queue.run(workshop.work, concurrency=concurrency))
    queue.open()
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
