"""A cancellation that was meant for something else ends no task that has to go on for ever."""

import asyncio
from collections.abc import AsyncIterator
from typing import Literal

import pytest

from atlas_streams_peering.scheduling.cancellation import being_cancelled
from unit.polling.world import World, row


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    await world.close()


class CancelledWait(asyncio.Event):
    """Raises a cancellation instead of waiting, as when a shared task is cancelled."""

    async def wait(self) -> Literal[True]:
        raise asyncio.CancelledError


async def test_a_poll_goes_on(world: World) -> None:
    open_gate, world.gate = world.gate, CancelledWait()
    poll = world.subscribe("uid")
    await world.listed(3)

    world.answer = [row()]
    world.gate = open_gate
    await world.woken_again("uid")

    assert poll.snapshot is not None
    assert poll.snapshot.rows.keys() == {row()["name"]}


async def test_only_the_task_that_is_to_end_is_being_cancelled() -> None:
    told: list[bool] = []

    async def wait_for(other: asyncio.Future[None]) -> None:
        try:
            await other
        except asyncio.CancelledError:
            told.append(being_cancelled())

    other: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(wait_for(other))
    await asyncio.sleep(0)
    other.cancel()
    await waiting

    waiting = asyncio.create_task(wait_for(asyncio.get_running_loop().create_future()))
    await asyncio.sleep(0)
    waiting.cancel()
    await waiting

    assert told == [False, True]
