"""What the operator does, under the names that every dashboard for controllers knows."""

import asyncio

import pytest

from atlas_streams_peering.controller.controller import Result
from atlas_streams_peering.controller.store import Store
from atlas_streams_peering.kinds.resources import KINDS
from atlas_streams_peering.metrics import Metrics
from atlas_streams_peering.scheduling.queue import Slot, WorkQueue
from unit.kinds.entries import body, put

KIND = "StreamsVpcPeering"


class Item:
    def __init__(self) -> None:
        self.slot = Slot()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def value(metrics: Metrics, series: str, /, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(series, labels)


def test_each_kind_is_a_controller_from_the_start(metrics: Metrics) -> None:
    metrics.watch_work((kind.kind for kind in KINDS), Store(), [])

    for kind in KINDS:
        controller = kind.kind.lower()
        assert value(metrics, "controller_runtime_active_workers", controller=controller) == 0
        assert value(metrics, "controller_runtime_reconcile_time_seconds_count", controller=controller) == 0
        for result in ("success", "requeue", "requeue_after", "error"):
            assert value(metrics, "controller_runtime_reconcile_total", controller=controller, result=result) == 0


@pytest.mark.parametrize("result", Result)
def test_a_reconcile_is_counted_with_its_result_and_its_time(metrics: Metrics, result: Result) -> None:
    metrics.reconciles.reconciled(KIND, result, 0.3)

    controller = KIND.lower()
    assert value(metrics, "controller_runtime_reconcile_total", controller=controller, result=result) == 1
    assert value(metrics, "controller_runtime_reconcile_time_seconds_sum", controller=controller) == 0.3
    errors = value(metrics, "controller_runtime_reconcile_errors_total", controller=controller)
    assert errors == (1 if result is Result.ERROR else None)


def test_an_object_in_hand_is_an_active_worker_of_its_kind(metrics: Metrics) -> None:
    store = Store()
    metrics.watch_work((kind.kind for kind in KINDS), store, [])

    put(store, KIND, body("orders")).slot.working = True

    assert value(metrics, "controller_runtime_active_workers", controller=KIND.lower()) == 1
    assert value(metrics, "controller_runtime_active_workers", controller="confluentpeering") == 0


@pytest.mark.looptime
async def test_a_queue_tells_how_much_waits_and_for_how_long(metrics: Metrics) -> None:
    done = asyncio.Semaphore(0)

    async def work(_: Item) -> None:
        await asyncio.sleep(2)
        done.release()

    queue = WorkQueue(work, concurrency=1, observer=metrics.queues.of("objects"))
    metrics.watch_work([], Store(), [("objects", queue.waiting)])
    items = [Item(), Item()]
    task = asyncio.create_task(queue.run())
    await asyncio.sleep(0)
    for item in items:
        queue.add(item)
        queue.add(item)
    await asyncio.sleep(0)

    assert value(metrics, "workqueue_depth", name="objects") == 1
    for _ in range(3):
        await done.acquire()
    assert value(metrics, "workqueue_depth", name="objects") == 0
    assert value(metrics, "workqueue_adds_total", name="objects") == 3
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
