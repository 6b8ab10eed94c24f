"""A kind that does as the test says, for the controller."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from atlas_streams_peering.controller.controller import Controller
from atlas_streams_peering.controller.resources import Resource
from atlas_streams_peering.kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from unit.polling.bell import Bell

Outcome = float | Exception | None


class Worker:
    """Notes what the controller asks of it."""

    kind = STREAMS_VPC_PEERING

    def __init__(self, outcome: Callable[[Resource], Outcome] = lambda _: None) -> None:
        self.bell = Bell()
        self.outcome = outcome
        """What comes of a reconcile."""
        self.views: list[Resource] = []
        self.worked_on: list[Resource] = []
        self.times: list[float] = []
        """Of the event loop, at each reconcile."""
        self.lost: list[str] = []

    def seen(self, resource: Resource) -> None:
        self.views.append(resource)

    async def reconcile(self, resource: Resource) -> float | None:
        self.worked_on.append(resource)
        self.times.append(asyncio.get_running_loop().time())
        await asyncio.sleep(0)
        self.bell.ring()
        outcome = self.outcome(resource)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def gone(self, resource: Resource) -> None:
        self.lost.append(resource.uid)
        self.bell.ring()

    def times_worked_on(self, uid: str) -> int:
        return sum(resource.uid == uid for resource in self.worked_on)


@asynccontextmanager
async def at_work(controller: Controller) -> AsyncIterator[None]:
    """Let the controller work for as long as the block lasts."""
    controller.queue.open()
    task = asyncio.create_task(controller.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
