"""Who is worked on when."""

import asyncio

from atlas_streams_peering.controller.queue import WorkQueue
from unit.controller.workshop import Workshop, running
from unit.polling.bell import settle

LATER = 0.02
NEVER = 3600.0


async def test_what_is_added_is_worked_on() -> None:
    queue, workshop = WorkQueue(), Workshop()
    async with running(queue, workshop):
        queue.add("one")
        await workshop.bell.until(lambda: workshop.done["one"] == 1)


async def test_until_it_is_opened_work_is_only_collected() -> None:
    queue, workshop = WorkQueue(opened=False), Workshop()
    task = asyncio.create_task(queue.run(workshop.work))
    queue.add("one")
    await settle()
    assert workshop.started == []
    assert queue.seconds_without_progress == 0

    queue.open()
    await workshop.bell.until(lambda: workshop.done["one"] == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_waits_already_is_not_queued_twice() -> None:
    queue, workshop = WorkQueue(), Workshop()
    for _ in range(5):
        queue.add("one")
    assert len(queue) == 1

    async with running(queue, workshop):
        await workshop.bell.until(lambda: workshop.done["one"] >= 1)
        await settle()

    assert workshop.done["one"] == 1


async def test_what_is_added_while_it_is_worked_on_is_worked_on_once_more() -> None:
    queue, workshop = WorkQueue(), Workshop()
    workshop.open.clear()
    async with running(queue, workshop):
        queue.add("one")
        await workshop.bell.until(lambda: workshop.started == ["one"])
        for _ in range(5):
            queue.add("one")
        await settle()
        assert workshop.started == ["one"]

        workshop.open.set()
        await workshop.bell.until(lambda: workshop.done["one"] == 2)
        await settle()
        assert workshop.started == ["one", "one"]


async def test_first_come_first_served() -> None:
    queue, workshop = WorkQueue(), Workshop()
    keys = [f"key-{number}" for number in range(100)]
    for key in keys:
        queue.add(key)

    async with running(queue, workshop, concurrency=1):
        await workshop.bell.until(lambda: len(workshop.started) == 100)

    assert workshop.started == keys


async def test_a_busy_key_starves_nobody() -> None:
    """One that is added again and again takes its turn behind those that wait."""
    queue, workshop = WorkQueue(), Workshop()

    async def work(key: str) -> None:
        await workshop.work(key)
        if key == "busy":
            queue.add("busy")

    queue.add("busy")
    for number in range(50):
        queue.add(f"key-{number}")
    task = asyncio.create_task(queue.run(work, concurrency=1))
    queue.open()
    await workshop.bell.until(lambda: len(workshop.done) == 51)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert workshop.started.index("key-49") <= 51


async def test_a_slow_key_holds_up_only_one_worker() -> None:
    queue, workshop = WorkQueue(), Workshop()
    workshop.open.clear()
    async with running(queue, workshop, concurrency=2):
        queue.add("slow")
        await workshop.bell.until(lambda: workshop.started == ["slow"])
        queue.add("other")
        await workshop.bell.until(lambda: "other" in workshop.started)
        workshop.open.set()


async def test_no_more_are_worked_on_at_once_than_there_are_workers() -> None:
    queue, workshop = WorkQueue(), Workshop()
    workshop.open.clear()
    async with running(queue, workshop, concurrency=3):
        for number in range(10):
            queue.add(f"key-{number}")
        await workshop.bell.until(lambda: len(workshop.working) == 3)
        await settle()
        assert len(workshop.working) == 3
        assert len(queue) == 10
        workshop.open.set()
        await workshop.bell.until(lambda: len(workshop.done) == 10)
        await settle()
        assert len(queue) == 0


async def test_what_is_due_later_is_worked_on_later() -> None:
    queue, workshop = WorkQueue(), Workshop()
    async with running(queue, workshop):
        queue.add_later("never", NEVER)
        queue.add_later("later", LATER)
        assert len(queue) == 0
        await workshop.bell.until(lambda: workshop.done["later"] == 1)

    assert workshop.started == ["later"]
    queue.cancel("never")


async def test_a_later_word_takes_the_place_of_the_earlier_one() -> None:
    queue, workshop = WorkQueue(), Workshop()
    async with running(queue, workshop):
        queue.add_later("sooner", NEVER)
        queue.add_later("sooner", LATER)
        queue.add_later("not yet", LATER)
        queue.add_later("not yet", NEVER)
        await workshop.bell.until(lambda: workshop.done["sooner"] == 1)
        queue.add_later("signal", LATER)
        await workshop.bell.until(lambda: workshop.done["signal"] == 1)

    assert "not yet" not in workshop.started
    queue.cancel("not yet")


async def test_what_is_cancelled_is_not_worked_on() -> None:
    queue, workshop = WorkQueue(), Workshop()
    async with running(queue, workshop):
        queue.add_later("cancelled", LATER)
        queue.cancel("cancelled")
        queue.cancel("unheard of")
        queue.add_later("signal", 2 * LATER)
        await workshop.bell.until(lambda: workshop.done["signal"] == 1)

    assert workshop.started == ["signal"]


async def test_what_falls_due_while_it_is_worked_on_is_worked_on_once_more() -> None:
    queue, workshop = WorkQueue(), Workshop()
    workshop.open.clear()
    async with running(queue, workshop):
        queue.add("one")
        await workshop.bell.until(lambda: workshop.started == ["one"])
        queue.add_later("one", 0)
        queue.add_later("signal", LATER)
        await workshop.bell.until(lambda: "signal" in workshop.started)
        workshop.open.set()
        await workshop.bell.until(lambda: workshop.done["one"] == 2)


async def test_a_queue_that_ends_lets_work_in_hand_come_to_its_end() -> None:
    queue, workshop = WorkQueue(), Workshop()
    workshop.open.clear()
    async with running(queue, workshop, concurrency=1):
        queue.add("in hand")
        queue.add("waiting")
        await workshop.bell.until(lambda: workshop.started == ["in hand"])

        ending = asyncio.create_task(queue.finish(seconds=60))
        await settle()
        assert not ending.done()

        workshop.open.set()
        await ending
        await settle()

    assert workshop.done == {"in hand": 1}


async def test_a_queue_that_ends_does_not_wait_for_ever() -> None:
    queue, workshop = WorkQueue(), Workshop()
    workshop.open.clear()
    async with running(queue, workshop):
        queue.add("stuck")
        await workshop.bell.until(lambda: workshop.started == ["stuck"])

        await queue.finish(seconds=0.01)


async def test_a_queue_that_makes_no_progress_says_for_how_long() -> None:
    queue, workshop = WorkQueue(), Workshop()
    assert queue.seconds_without_progress == 0
    workshop.open.clear()
    async with running(queue, workshop):
        queue.add("stuck")
        await workshop.bell.until(lambda: workshop.started == ["stuck"])
        assert 0 < queue.seconds_without_progress < 3600
        workshop.open.set()
        await workshop.bell.until(lambda: workshop.done["stuck"] == 1)
        await settle()
        assert queue.seconds_without_progress == 0


async def test_an_idle_queue_ends_at_once() -> None:
    await WorkQueue().finish(seconds=3600)
