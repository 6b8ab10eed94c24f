"""Who is worked on when."""

import asyncio

import pytest

from unit.polling.bell import settle
from unit.scheduling.workshop import Workshop, running

LATER = 0.02
NEVER = 3600.0


async def test_what_is_added_is_worked_on() -> None:
    workshop = Workshop()
    async with running(workshop):
        workshop.add("one")
        await workshop.bell.until(lambda: workshop.done["one"] == 1)


async def test_until_it_is_opened_work_is_only_collected() -> None:
    workshop = Workshop(opened=False)
    task = asyncio.create_task(workshop.queue.run())
    workshop.add("one")
    await settle()
    assert workshop.started == []
    assert workshop.queue.seconds_without_progress == 0

    workshop.queue.open()
    await workshop.bell.until(lambda: workshop.done["one"] == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_waits_already_is_not_queued_twice() -> None:
    workshop = Workshop()
    for _ in range(5):
        workshop.add("one")
    assert len(workshop.queue) == 1

    async with running(workshop):
        await workshop.bell.until(lambda: workshop.done["one"] >= 1)
        await settle()

    assert workshop.done["one"] == 1


async def test_what_is_added_while_it_is_worked_on_is_worked_on_once_more() -> None:
    workshop = Workshop()
    workshop.open.clear()
    async with running(workshop):
        workshop.add("one")
        await workshop.bell.until(lambda: workshop.started == ["one"])
        for _ in range(5):
            workshop.add("one")
        await settle()
        assert workshop.started == ["one"]

        workshop.open.set()
        await workshop.bell.until(lambda: workshop.done["one"] == 2)
        await settle()
        assert workshop.started == ["one", "one"]


async def test_first_come_first_served() -> None:
    workshop = Workshop(concurrency=1)
    keys = [f"key-{number}" for number in range(100)]
    for key in keys:
        workshop.add(key)

    async with running(workshop):
        await workshop.bell.until(lambda: len(workshop.started) == 100)

    assert workshop.started == keys


async def test_a_busy_key_starves_nobody() -> None:
    """One that is added again and again takes its turn behind those that wait."""
    workshop = Workshop(concurrency=1)
    workshop.busy.add("busy")
    workshop.add("busy")

    workshop.add("busy")
    for number in range(50):
        workshop.add(f"key-{number}")
    async with running(workshop):
        await workshop.bell.until(lambda: len(workshop.done) == 51)

    assert workshop.started.index("key-49") <= 51


async def test_a_slow_key_holds_up_only_one_worker() -> None:
    workshop = Workshop(concurrency=2)
    workshop.open.clear()
    async with running(workshop):
        workshop.add("slow")
        await workshop.bell.until(lambda: workshop.started == ["slow"])
        workshop.add("other")
        await workshop.bell.until(lambda: "other" in workshop.started)
        workshop.open.set()


async def test_no_more_are_worked_on_at_once_than_there_are_workers() -> None:
    workshop = Workshop(concurrency=3)
    workshop.open.clear()
    async with running(workshop):
        for number in range(10):
            workshop.add(f"key-{number}")
        await workshop.bell.until(lambda: len(workshop.working) == 3)
        await settle()
        assert len(workshop.working) == 3
        assert len(workshop.queue) == 10
        workshop.open.set()
        await workshop.bell.until(lambda: len(workshop.done) == 10)
        await settle()
        assert len(workshop.queue) == 0


async def test_what_is_due_later_is_worked_on_later() -> None:
    workshop = Workshop()
    async with running(workshop):
        workshop.add_later("never", NEVER)
        workshop.add_later("later", LATER)
        assert len(workshop.queue) == 0
        await workshop.bell.until(lambda: workshop.done["later"] == 1)

    assert workshop.started == ["later"]
    workshop.cancel("never")


async def test_a_later_word_takes_the_place_of_the_earlier_one() -> None:
    workshop = Workshop()
    async with running(workshop):
        workshop.add_later("sooner", NEVER)
        workshop.add_later("sooner", LATER)
        workshop.add_later("not yet", LATER)
        workshop.add_later("not yet", NEVER)
        await workshop.bell.until(lambda: workshop.done["sooner"] == 1)
        workshop.add_later("signal", LATER)
        await workshop.bell.until(lambda: workshop.done["signal"] == 1)

    assert "not yet" not in workshop.started
    workshop.cancel("not yet")


async def test_what_is_cancelled_is_not_worked_on() -> None:
    workshop = Workshop()
    async with running(workshop):
        workshop.add_later("cancelled", LATER)
        workshop.cancel("cancelled")
        workshop.cancel("unheard of")
        workshop.add_later("signal", 2 * LATER)
        await workshop.bell.until(lambda: workshop.done["signal"] == 1)

    assert workshop.started == ["signal"]


async def test_what_falls_due_while_it_is_worked_on_is_worked_on_once_more() -> None:
    workshop = Workshop()
    workshop.open.clear()
    async with running(workshop):
        workshop.add("one")
        await workshop.bell.until(lambda: workshop.started == ["one"])
        workshop.add_later("one", 0)
        workshop.add_later("signal", LATER)
        await workshop.bell.until(lambda: "signal" in workshop.started)
        workshop.open.set()
        await workshop.bell.until(lambda: workshop.done["one"] == 2)


async def test_a_queue_that_ends_lets_work_in_hand_come_to_its_end() -> None:
    workshop = Workshop(concurrency=1)
    workshop.open.clear()
    async with running(workshop):
        workshop.add("in hand")
        workshop.add("waiting")
        await workshop.bell.until(lambda: workshop.started == ["in hand"])

        ending = asyncio.create_task(workshop.queue.finish(seconds=60))
        await settle()
        assert not ending.done()

        workshop.open.set()
        await ending
        await settle()

    assert workshop.done == {"in hand": 1}


async def test_a_queue_that_ends_does_not_wait_for_ever() -> None:
    workshop = Workshop()
    workshop.open.clear()
    async with running(workshop):
        workshop.add("stuck")
        await workshop.bell.until(lambda: workshop.started == ["stuck"])

        await workshop.queue.finish(seconds=0.01)


async def test_a_queue_that_makes_no_progress_says_for_how_long() -> None:
    workshop = Workshop()
    assert workshop.queue.seconds_without_progress == 0
    workshop.open.clear()
    async with running(workshop):
        workshop.add("stuck")
        await workshop.bell.until(lambda: workshop.started == ["stuck"])
        assert 0 < workshop.queue.seconds_without_progress < 3600
        workshop.open.set()
        await workshop.bell.until(lambda: workshop.done["stuck"] == 1)
        await settle()
        assert workshop.queue.seconds_without_progress == 0


async def test_an_idle_queue_ends_at_once() -> None:
    await Workshop().queue.finish(seconds=3600)


async def test_what_is_dropped_is_never_worked_on_again() -> None:
    workshop = Workshop(opened=False)
    async with running(workshop):
        workshop.add("queued")
        workshop.add_later("timed", LATER)
        for name in ("queued", "timed"):
            workshop.queue.drop(workshop.item(name))
            workshop.add(name)
            workshop.add_later(name, 0)
        workshop.queue.open()
        workshop.add_later("signal", 2 * LATER)
        await workshop.bell.until(lambda: workshop.done["signal"] == 1)

    assert workshop.started == ["signal"]


async def test_work_that_raises_ends_the_queue_with_it() -> None:
    workshop = Workshop()

    async def fail(_: object) -> None:
        raise RuntimeError("unforeseen")

    workshop.queue._work = fail
    workshop.add("one")

    with pytest.raises(RuntimeError, match="unforeseen"):
        await workshop.queue.run()
