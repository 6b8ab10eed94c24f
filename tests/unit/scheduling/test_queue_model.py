"""The queue, whatever it is told and in whatever order."""

import asyncio
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from unit.polling.waiting import settle
from unit.scheduling.harness import QueueHarness, running

NEVER = 3600.0

keys = st.sampled_from(["a", "b", "c", "d", "e"])
words = st.tuples(st.sampled_from(["add", "later", "cancel", "turn"]), keys)


@given(steps=st.lists(words, max_size=60), workers=st.integers(1, 4), turns=st.integers(1, 3))
def test_nothing_is_lost_and_nobody_has_two_workers(steps: list[tuple[str, str]], workers: int, turns: int) -> None:
    async def scenario() -> None:
        harness = QueueHarness(concurrency=workers)
        harness.steps = turns
        owed: dict[str, int] = {}
        """Key → number of pieces of work begun when it was last added: one more must come."""
        scheduled: set[str] = set()
        async with running(harness):
            for word, key in steps:
                match word:
                    case "add":
                        harness.add(key)
                        owed[key] = harness.started.count(key)
                    case "later":
                        harness.add_later(key, NEVER)
                        scheduled.add(key)
                    case "cancel":
                        harness.cancel(key)
                        scheduled.discard(key)
                    case _:
                        await asyncio.sleep(0)
            for key in scheduled:
                harness.add_later(key, 0)
                owed[key] = harness.started.count(key)
            await harness.signal.until(lambda: all(harness.started.count(key) > begun for key, begun in owed.items()))
            await harness.signal.until(lambda: not harness.working)
            await settle()
            assert len(harness.queue) == 0
            added = Counter(key for word, key in steps if word == "add") + Counter(scheduled)
            assert all(harness.done[key] <= number for key, number in added.items())
            assert harness.done.keys() == added.keys()

    asyncio.run(scenario())
