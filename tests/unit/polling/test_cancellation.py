"""A cancellation that was meant for something else ends no task that has to go on for ever."""

import asyncio
from typing import Literal

import pytest

from atlas_streams_peering.polling.cancellation import being_cancelled
from unit.polling.world import World, row


class Trap(asyncio.Event):
    """Cancels in place of waiting, as when a task that several wait for is cancelled."""

    async def wait(self) -> Literal[True]:
        raise asyncio.CancelledError


async def test_a_look_goes_on(world: World) -> None:
    open_gate, world.gate = world.gate, Trap()
    look = world.subscribe("uid")
    await world.looked(3)

    world.answer = [row()]
    world.gate = open_gate
    await world.told("uid")

    assert look.snapshot is not None
    assert look.snapshot.rows.keys() == {row()["name"]}


async def test_a_look_that_itself_is_cancelled_ends(world: World) -> None:
    world.gate.clear()
    look = world.subscribe("uid")
    await world.looked()
    assert look.task is not None

    world.looks.leave("uid")

    with pytest.raises(asyncio.CancelledError):
        await look.task


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
