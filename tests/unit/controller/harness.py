"""The controller and its resync, with a worker in place of the reconcile path: a test says what a turn returns."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from atlas_streams_peering.atlas.client import Atlas
from atlas_streams_peering.controller.controller import Controller
from atlas_streams_peering.controller.events import EventRecorder
from atlas_streams_peering.controller.report import Reporter
from atlas_streams_peering.controller.resync import Resync, ResyncPolicy
from atlas_streams_peering.controller.store import Entry, Store
from atlas_streams_peering.kinds.streams_vpc_peering.reconciler import StreamsVpcPeeringKind
from atlas_streams_peering.kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from atlas_streams_peering.kube.api import KubernetesApi
from atlas_streams_peering.kube.objects import KubernetesObject
from atlas_streams_peering.kube.writer import ObjectWriter
from atlas_streams_peering.polling.intervals import Intervals
from atlas_streams_peering.polling.poll import SecretKey
from atlas_streams_peering.polling.polls import Polls
from unit.polling.waiting import Signal

Outcome = float | Exception | None
INTERVALS = Intervals(pending=10, steady=120)
POLICY = ResyncPolicy()


class Worker:
    """Records which objects have a turn."""

    def __init__(self, outcome: Callable[[KubernetesObject], Outcome] = lambda _: None) -> None:
        self.signal = Signal()
        self.outcome = outcome
        """What a turn returns or raises."""
        self.worked_on: list[KubernetesObject] = []
        self.times: list[float] = []
        """Of the event loop, at each turn."""

    async def reconcile(self, entry: Entry) -> float | None:
        self.worked_on.append(entry.obj)
        self.times.append(asyncio.get_running_loop().time())
        await asyncio.sleep(0)
        self.signal.send()
        outcome = self.outcome(entry.obj)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def times_worked_on(self, uid: str) -> int:
        return sum(obj.uid == uid for obj in self.worked_on)


@dataclass
class ControllerHarness:
    """A controller with its store and the resync of one kind."""

    store: Store
    controller: Controller
    resync: Resync
    worker: Worker

    def __iter__(self) -> Iterator[KubernetesObject]:
        """Yield the objects that are known, as they were last seen."""
        return iter([entry.obj for entry in self.store])

    @property
    def names(self) -> set[str]:
        return {obj.name for obj in self}


async def _always(_secret: SecretKey, _fingerprint: str, _at_once: bool) -> bool:
    return True


def new_harness(
    api: KubernetesApi,
    worker: Worker | None = None,
    *,
    namespace: str | None = None,
    policy: ResyncPolicy = POLICY,
    missed: Callable[[], None] = lambda: None,
    opened: bool = True,
) -> ControllerHarness:
    """Return a controller of StreamsVpcPeerings whose turns are those of the worker."""
    kind, worker = StreamsVpcPeeringKind(Atlas("http://127.0.0.1:1")), worker or Worker()
    store = Store()
    polls = Polls(credentials=lambda _: None, still_current=_always, wake=lambda _: None, intervals=INTERVALS)
    writers = {STREAMS_VPC_PEERING.kind: ObjectWriter(api, STREAMS_VPC_PEERING)}
    reporter = Reporter(writers, EventRecorder(api), lambda entry, obj: controller.written(entry, obj))
    controller = Controller(store, polls, writers, reporter, INTERVALS, opened=opened)
    controller.turns = worker
    resync = Resync(kind, api, store, controller, namespace, policy=policy, missed=missed)
    return ControllerHarness(store, controller, resync, worker)


@asynccontextmanager
async def at_work(harness: ControllerHarness) -> AsyncIterator[None]:
    """Run the queue and the resync while the block lasts."""
    tasks = [asyncio.create_task(harness.controller.queue.run()), asyncio.create_task(harness.resync.run())]
    harness.controller.queue.open()
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
