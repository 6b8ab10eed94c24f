"""Who is worked on when."""

import asyncio

import pytest

from unit.polling.waiting import settle
from unit.scheduling.harness import QueueHarness, running

LATER = 0.02
NEVER = 3600.0


async def test_what_is_added_is_worked_on() -> None:
    harness = QueueHarness()
    async with running(harness):
        harness.add("one")
        await harness.signal.until(lambda: harness.done["one"] == 1)


async def test_until_it_is_opened_work_is_only_collected() -> None:
    harness = QueueHarness(opened=False)
    task = asyncio.create_task(harness.queue.run())
    harness.add("one")
    await settle()
    assert harness.started == []
    assert harness.queue.seconds_without_progress == 0

    harness.queue.open()
    await harness.signal.until(lambda: harness.done["one"] == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_waits_already_is_not_queued_twice() -> None:
    harness = QueueHarness()
    for _ in range(5):
        harness.add("one")
    assert len(harness.queue) == 1

    async with running(harness):
        await harness.signal.until(lambda: harness.done["one"] >= 1)
        await settle()

    assert harness.done["one"] == 1


async def test_what_is_added_while_it_is_worked_on_is_worked_on_once_more() -> None:
    harness = QueueHarness()
    harness.open.clear()
    async with running(harness):
        harness.add("one")
        await harness.signal.until(lambda: harness.started == ["one"])
        for _ in range(5):
            harness.add("one")
        await settle()
        assert harness.started == ["one"]

        harness.open.set()
        await harness.signal.until(lambda: harness.done["one"] == 2)
        await settle()
        assert harness.started == ["one", "one"]


async def test_first_come_first_served() -> None:
    harness = QueueHarness(concurrency=1)
    keys = [f"key-{number}" for number in range(100)]
    for key in keys:
        harness.add(key)

    async with running(harness):
        await harness.signal.until(lambda: len(harness.started) == 100)

    assert harness.started == keys


async def test_a_busy_key_starves_nobody() -> None:
    """One that is added again and again takes its turn behind those that wait."""
    harness = QueueHarness(concurrency=1)
    harness.busy.add("busy")
    harness.add("busy")

    harness.add("busy")
    for number in range(50):
        harness.add(f"key-{number}")
    async with running(harness):
        await harness.signal.until(lambda: len(harness.done) == 51)

    assert harness.started.index("key-49") <= 51


async def test_a_slow_key_holds_up_only_one_worker() -> None:
    harness = QueueHarness(concurrency=2)
    harness.open.clear()
    async with running(harness):
        harness.add("slow")
        await harness.signal.until(lambda: harness.started == ["slow"])
        harness.add("other")
        await harness.signal.until(lambda: "other" in harness.started)
        harness.open.set()


async def test_no_more_are_worked_on_at_once_than_there_are_workers() -> None:
    harness = QueueHarness(concurrency=3)
    harness.open.clear()
    async with running(harness):
        for number in range(10):
            harness.add(f"key-{number}")
        await harness.signal.until(lambda: len(harness.working) == 3)
        await settle()
        assert len(harness.working) == 3
        assert len(harness.queue) == 10
        harness.open.set()
        await harness.signal.until(lambda: len(harness.done) == 10)
        await settle()
        assert len(harness.queue) == 0


async def test_what_is_due_later_is_worked_on_later() -> None:
    harness = QueueHarness()
    async with running(harness):
        harness.add_later("never", NEVER)
        harness.add_later("later", LATER)
        assert len(harness.queue) == 0
        await harness.signal.until(lambda: harness.done["later"] == 1)

    assert harness.started == ["later"]
    harness.cancel("never")


async def test_a_later_word_takes_the_place_of_the_earlier_one() -> None:
    harness = QueueHarness()
    async with running(harness):
        harness.add_later("sooner", NEVER)
        harness.add_later("sooner", LATER)
        harness.add_later("not yet", LATER)
        harness.add_later("not yet", NEVER)
        await harness.signal.until(lambda: harness.done["sooner"] == 1)
        harness.add_later("signal", LATER)
        await harness.signal.until(lambda: harness.done["signal"] == 1)

    assert "not yet" not in harness.started
    harness.cancel("not yet")


async def test_what_is_cancelled_is_not_worked_on() -> None:
    harness = QueueHarness()
    async with running(harness):
        harness.add_later("cancelled", LATER)
        harness.cancel("cancelled")
        harness.cancel("unheard of")
        harness.add_later("signal", 2 * LATER)
        await harness.signal.until(lambda: harness.done["signal"] == 1)

    assert harness.started == ["signal"]


async def test_what_falls_due_while_it_is_worked_on_is_worked_on_once_more() -> None:
    harness = QueueHarness()
    harness.open.clear()
    async with running(harness):
        harness.add("one")
        await harness.signal.until(lambda: harness.started == ["one"])
        harness.add_later("one", 0)
        harness.add_later("signal", LATER)
        await harness.signal.until(lambda: "signal" in harness.started)
        harness.open.set()
        await harness.signal.until(lambda: harness.done["one"] == 2)


async def test_a_queue_that_ends_lets_work_in_hand_come_to_its_end() -> None:
    harness = QueueHarness(concurrency=1)
    harness.open.clear()
    async with running(harness):
        harness.add("in hand")
        harness.add("waiting")
        await harness.signal.until(lambda: harness.started == ["in hand"])

        ending = asyncio.create_task(harness.queue.finish(seconds=60))
        await settle()
        assert not ending.done()

        harness.open.set()
        await ending
        await settle()

    assert harness.done == {"in hand": 1}


async def test_a_queue_that_ends_does_not_wait_for_ever() -> None:
    harness = QueueHarness()
    harness.open.clear()
    async with running(harness):
        harness.add("stuck")
        await harness.signal.until(lambda: harness.started == ["stuck"])

        await harness.queue.finish(seconds=0.01)


async def test_a_queue_that_makes_no_progress_says_for_how_long() -> None:
    harness = QueueHarness()
    assert harness.queue.seconds_without_progress == 0
    harness.open.clear()
    async with running(harness):
        harness.add("stuck")
        await harness.signal.until(lambda: harness.started == ["stuck"])
        assert 0 < harness.queue.seconds_without_progress < 3600
        harness.open.set()
        await harness.signal.until(lambda: harness.done["stuck"] == 1)
        await settle()
        assert harness.queue.seconds_without_progress == 0


async def test_an_idle_queue_ends_at_once() -> None:
    await QueueHarness().queue.finish(seconds=3600)


async def test_what_is_dropped_is_never_worked_on_again() -> None:
    harness = QueueHarness(opened=False)
    async with running(harness):
        harness.add("queued")
        harness.add_later("timed", LATER)
        for name in ("queued", "timed"):
            harness.queue.drop(harness.item(name))
            harness.add(name)
            harness.add_later(name, 0)
        harness.queue.open()
        harness.add_later("signal", 2 * LATER)
        await harness.signal.until(lambda: harness.done["signal"] == 1)

    assert harness.started == ["signal"]


async def test_work_that_raises_ends_the_queue_with_it() -> None:
    harness = QueueHarness()

    async def fail(_: object) -> None:
        raise RuntimeError("unforeseen")

    harness.queue._work = fail
    harness.add("one")

    with pytest.raises(RuntimeError, match="unforeseen"):
        await harness.queue.run()


async def test_the_first_lane_goes_before_the_others_in_its_own_order() -> None:
    harness = QueueHarness(concurrency=1, first=lambda item: item.name.startswith("new"))
    for name in ("known-1", "new-1", "known-2", "new-2"):
        harness.add(name)
    assert len(harness.queue) == len(harness.queue.waiting) == 4

    async with running(harness):
        await harness.signal.until(lambda: harness.done.total() == 4)

    assert harness.started == ["new-1", "new-2", "known-1", "known-2"]


async def test_the_first_lane_starves_nobody() -> None:
    harness = QueueHarness(concurrency=1, first=lambda item: item.name.startswith("new"))
    harness.busy = {"new-1", "new-2"}
    for name in ("new-1", "new-2", "known-1", "known-2"):
        harness.add(name)

    async with running(harness):
        await harness.signal.until(lambda: harness.done["known-2"] == 1)

    assert harness.started.index("known-2") <= 8
