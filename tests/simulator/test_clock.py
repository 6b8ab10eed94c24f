import asyncio

import pytest

from atlas_simulator import Clock


def test_frozen_time_moves_only_when_advanced() -> None:
    clock = Clock(start=1000, frozen=True)
    assert clock.now() == 1000
    assert clock.advance(5) == 1005
    assert clock.now() == 1005


def test_time_never_goes_back() -> None:
    with pytest.raises(ValueError, match="never"):
        Clock().advance(-1)


def test_running_time_runs_from_where_it_was_advanced_to() -> None:
    clock = Clock(start=1000)
    clock.advance(500)
    assert 1500 <= clock.now() < 1600


def test_time_frozen_and_thawed_goes_on_from_there() -> None:
    clock = Clock(start=1000)
    clock.freeze()
    assert clock.frozen
    frozen = clock.now()
    clock.advance(10)
    clock.thaw()
    assert not clock.frozen
    assert frozen + 10 <= clock.now() < frozen + 100


async def test_a_sleeper_wakes_when_enough_time_was_advanced() -> None:
    clock = Clock(frozen=True)
    sleeper = asyncio.create_task(clock.sleep(10))
    for _ in range(9):
        await asyncio.sleep(0)
        clock.advance(1)
    await asyncio.sleep(0)
    assert not sleeper.done()
    clock.advance(1)
    await sleeper


async def test_a_sleeper_wakes_by_itself_while_time_runs() -> None:
    async with asyncio.timeout(5):
        await Clock().sleep(0.01)


async def test_a_sleeper_notices_that_time_runs_again() -> None:
    clock = Clock(frozen=True)
    sleeper = asyncio.create_task(clock.sleep(0.01))
    await asyncio.sleep(0)
    clock.thaw()
    async with asyncio.timeout(5):
        await sleeper
