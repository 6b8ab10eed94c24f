"""Tasks, and the process with them, end within bounded time, whatever a task does with its cancellation."""

import asyncio
import contextlib
import logging
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

from atlas_streams_peering.scheduling.ending import Deadline, end, end_what_is_left
from unit.clock import VIRTUAL_TIME
from unit.polling.waiting import settle
from unit.scheduling.harness import QueueHarness

pytestmark = VIRTUAL_TIME


class StubbornTask:
    """A task that ignores its first cancellations, and counts them all."""

    def __init__(self, *, losses: int) -> None:
        self.losses, self.cancellations = losses, 0

    async def run(self) -> None:
        while True:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                self.cancellations += 1
                if self.cancellations > self.losses:
                    raise


class StartedTasks:
    """The tasks that a test has started; they end with the test."""

    def __init__(self) -> None:
        self._stubborn: list[StubbornTask] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def task(self, name: str, *, losses: int = 0) -> asyncio.Task[None]:
        stubborn = StubbornTask(losses=losses)
        task = asyncio.create_task(stubborn.run(), name=name)
        self._stubborn.append(stubborn)
        self._tasks.append(task)
        await asyncio.sleep(0)
        return task

    def cancellations(self) -> list[int]:
        return [each.cancellations for each in self._stubborn]

    async def close(self) -> None:
        for stubborn, task in zip(self._stubborn, self._tasks, strict=True):
            stubborn.losses = 0
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.fixture
async def started() -> AsyncIterator[StartedTasks]:
    started = StartedTasks()
    yield started
    await started.close()


def now() -> float:
    return asyncio.get_running_loop().time()


# -- tasks


async def test_a_task_ends_at_its_first_cancellation(started: StartedTasks) -> None:
    task, before = await started.task("one"), now()

    await end(task)

    assert task.cancelled()
    assert started.cancellations() == [1]
    assert now() == before


async def test_a_task_that_loses_a_cancellation_is_cancelled_again(
    started: StartedTasks, caplog: pytest.LogCaptureFixture
) -> None:
    tasks = await started.task("one", losses=1), await started.task("other")

    await end(*tasks, seconds=3)

    assert all(task.cancelled() for task in tasks)
    assert started.cancellations() == [2, 1]
    assert not caplog.records


async def test_a_task_that_ignores_its_cancellations_is_named_and_left_behind(
    started: StartedTasks, caplog: pytest.LogCaptureFixture
) -> None:
    tasks = await started.task("deaf", losses=1000), await started.task("one"), await started.task("blind", losses=1000)
    before = now()

    await end(*tasks, seconds=3)

    assert [task.done() for task in tasks] == [False, True, False]
    assert now() - before == 3
    assert [record.getMessage() for record in caplog.records] == [
        "Still running 3 s after the cancellation: blind, deaf"
    ]


async def test_a_task_that_has_failed_is_no_failure_of_the_end(started: StartedTasks) -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

    async def fail() -> None:
        raise ValueError

    await end(asyncio.create_task(fail()), await started.task("one"))
    await end()
    await settle()

    assert complaints == []


async def test_an_end_that_is_cancelled_itself_still_sees_its_tasks_end(started: StartedTasks) -> None:
    task = await started.task("one", losses=2)
    ending = asyncio.create_task(end(task, seconds=3))
    await settle()
    assert started.cancellations() == [1]

    ending.cancel()
    await settle()
    assert started.cancellations() == [2]
    assert not ending.done()

    ending.cancel()
    await asyncio.wait([ending])
    assert ending.cancelled()
    assert task.cancelled()


async def test_work_that_loses_its_cancellation_ends_with_its_queue() -> None:
    """Otherwise it would go on behind the back of a Lease that is given back."""
    harness, lost = QueueHarness(), asyncio.Event()

    async def lose_one() -> None:
        while not lost.is_set():
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                lost.set()

    harness.before_work = lose_one
    harness.open.clear()
    running = asyncio.create_task(harness.queue.run(), name="queue")
    harness.add("in hand")
    await harness.signal.until(lambda: harness.started == ["in hand"])

    await end(running)

    assert lost.is_set()
    assert running.cancelled()
    assert len(harness.queue) == 0


# -- what is left


async def test_what_is_left_ends_with_what_it_begins_on_its_way(started: StartedTasks) -> None:
    """As Kopf's watch does: its own end waits for a task that it begins only then."""
    late: list[asyncio.Task[None]] = []

    async def begin_another() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            late.append(await started.task("late", losses=1))
            while not late[0].done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.shield(late[0])

    early = asyncio.create_task(begin_another(), name="early")
    await asyncio.sleep(0)

    await end_what_is_left(seconds=3)

    assert early.done()
    assert late[0].done()


# -- the process


async def test_a_process_that_has_ended_in_time_is_not_cut_off() -> None:
    given_up: list[float] = []
    Deadline(25, give_up=lambda: given_up.append(now()))

    await asyncio.sleep(1000)

    assert given_up == []


async def test_a_process_that_does_not_end_is_cut_off_and_says_what_holds_it_up(
    started: StartedTasks, caplog: pytest.LogCaptureFixture
) -> None:
    given_up: list[float] = []
    deadline, before = Deadline(25, give_up=lambda: given_up.append(now())), now()
    deaf = await started.task("deaf", losses=1000)

    deadline.begin()
    await asyncio.sleep(10)
    deadline.begin()
    await asyncio.sleep(100)

    assert given_up == [before + 25]
    assert not deaf.done()
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage().startswith("The process did not stop within 25 s and exits now; still running: ")
    assert "deaf" in record.getMessage()


PROGRAM = """
import asyncio, sys, uvloop
from atlas_streams_peering.scheduling.ending import Deadline

async def deaf():
    while True:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            pass

async def main():
    global task
    task = asyncio.create_task(deaf(), name="deaf")
    await asyncio.sleep(0)
    Deadline(0.1).begin()

uvloop.run(main())
"""


def test_a_task_that_ignores_everything_does_not_keep_the_process() -> None:
    """The loop's own end waits for every task that is left."""
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 1
    assert "still running: deaf" in ended.stderr
