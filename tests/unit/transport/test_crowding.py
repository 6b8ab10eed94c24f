"""What hangs in one project holds up no other."""

import asyncio

from atlas_simulator import Simulator
from atlas_streams_peering.atlas.client import Session
from simulator.caller import ACCOUNT, OTHER_PROJECT, PROJECT
from unit.atlas.world import connection_of

AT_ONCE = 8


async def test_reads_that_hang_leave_room_for_other_projects(simulator: Simulator, session: Session) -> None:
    await session.list_connections(OTHER_PROJECT, ACCOUNT)
    simulator.fault("hang", project=PROJECT, times=None)
    reads = [asyncio.create_task(session.list_connections(PROJECT, ACCOUNT)) for _ in range(40)]
    await simulator.wait_for_call("list", project=PROJECT, count=AT_ONCE, timeout=60)

    assert await session.list_connections(OTHER_PROJECT, ACCOUNT) == []

    assert len(simulator.calls("list", project=PROJECT)) == AT_ONCE
    for read in reads:
        read.cancel()
    await asyncio.gather(*reads, return_exceptions=True)


async def test_reads_that_hang_leave_room_for_changes(simulator: Simulator, session: Session) -> None:
    connection = await connection_of(simulator, session)
    simulator.fault("hang", "list", times=None)
    reads = [asyncio.create_task(session.list_connections(PROJECT, ACCOUNT)) for _ in range(40)]
    await simulator.wait_for_call("list", count=1 + AT_ONCE, timeout=60)

    await session.accept(PROJECT, connection)

    for read in reads:
        read.cancel()
    await asyncio.gather(*reads, return_exceptions=True)
