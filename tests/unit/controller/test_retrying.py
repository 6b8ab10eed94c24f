"""When an object is worked on again, and how failures are told; waiting takes no time here."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest

from atlas_streams_peering.kube.api import KubernetesApi, KubernetesError
from atlas_streams_peering.transport.errors import NotLeader
from unit.atlas.virtual_time import in_virtual_time
from unit.controller.harness import Outcome, Worker, at_work, new_harness

UID = "uid-of-kafka"


def view(generation: int = 1) -> dict[str, Any]:
    """Return an object without an API server behind it."""
    version = str(1000 + generation)
    metadata = {"namespace": "streams", "name": "kafka", "uid": UID, "generation": generation}
    return {"metadata": {**metadata, "resourceVersion": version}}


class OneObject:
    """An API server that has this object only."""

    def __init__(self) -> None:
        self.has = view()

    async def pages(self, _path: str, *, metadata_only: bool) -> AsyncIterator[dict[str, Any]]:
        assert metadata_only
        yield {"metadata": {}, "items": [self.has]}


def work_in_virtual_time(outcome: Callable[[Worker], Outcome], *, times: int) -> tuple[Worker, list[float]]:
    """Let one object be worked on so often; return the worker and the pauses between."""
    worker = Worker()
    worker.outcome = lambda _: outcome(worker)

    async def main() -> None:
        harness = new_harness(cast("KubernetesApi", OneObject()), worker)
        harness.resync.observe(view())
        async with at_work(harness):
            while len(worker.worked_on) < times:
                await worker.signal.wait()

    in_virtual_time(main)
    return worker, [after - before for before, after in zip(worker.times, worker.times[1:], strict=False)]


def test_a_later_reconcile_takes_back_what_an_earlier_one_said_of_later() -> None:
    worker = Worker(lambda obj: 10.0 if obj.generation == 1 else None)

    async def main() -> None:
        server = OneObject()
        harness = new_harness(cast("KubernetesApi", server), worker)
        harness.resync.observe(server.has)
        async with at_work(harness):
            await asyncio.sleep(5)
            server.has = view(generation=2)
            harness.resync.observe(server.has)
            await asyncio.sleep(100)

    in_virtual_time(main)

    assert [resource.generation for resource in worker.worked_on] == [1, 2]


def test_a_replica_that_does_not_lead_tries_again_soon_and_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    worker, pauses = work_in_virtual_time(lambda _: NotLeader(), times=20)

    assert worker.times_worked_on(UID) == 20
    assert all(0.9 <= pause <= 1.1 for pause in pauses)
    assert caplog.records == []


FAILURES = [KubernetesError(500, "", "busy"), ZeroDivisionError("unforeseen")]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_a_failed_reconcile_is_tried_again_with_growing_pauses_for_ever(failure: Exception) -> None:
    _, pauses = work_in_virtual_time(lambda _: failure, times=30)

    assert 0.7 <= pauses[0] <= 1.1
    assert all(0.7 * 2**number <= pause <= 2**number + 0.1 for number, pause in enumerate(pauses[:6]))
    assert all(0.7 * 60 <= pause <= 60.1 for pause in pauses[7:])


def test_a_success_starts_the_pauses_anew() -> None:
    def outcome(worker: Worker) -> Outcome:
        return 0.01 if len(worker.worked_on) == 6 else ZeroDivisionError("unforeseen")

    _, pauses = work_in_virtual_time(outcome, times=9)

    assert pauses[4] > 5
    assert pauses[6] <= 1.1


@pytest.mark.parametrize(
    ("failure", "level"), [(FAILURES[0], logging.WARNING), (FAILURES[1], logging.ERROR)], ids=["foreseen", "unforeseen"]
)
def test_a_failure_is_logged_with_its_object(caplog: pytest.LogCaptureFixture, failure: Exception, level: int) -> None:
    work_in_virtual_time(lambda worker: failure if len(worker.worked_on) == 1 else None, times=2)

    [record] = caplog.records
    assert record.levelno == level
    assert "streams/kafka" in record.message
    assert bool(record.exc_info) is (level == logging.ERROR)
