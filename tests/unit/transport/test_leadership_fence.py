"""A change that may not be made any more is not sent, however late that turns out on its way."""

from collections.abc import AsyncIterator, Callable

import pytest

from atlas_simulator import Simulator
from atlas_streams_peering.atlas.client import Atlas
from atlas_streams_peering.transport.credentials import Credentials
from atlas_streams_peering.transport.errors import NotLeader
from simulator.caller import ACCOUNT, PROJECT
from unit.atlas.world import KEY, SERVICE_ACCOUNT, connection_of

MakeAtlas = Callable[[Callable[[], bool]], Atlas]


@pytest.fixture
async def atlas_of(simulator: Simulator) -> AsyncIterator[MakeAtlas]:
    """Make an Atlas that is asked for a change for as long as a condition holds."""
    made: list[Atlas] = []

    def make(may_change: Callable[[], bool]) -> Atlas:
        made.append(Atlas(simulator.base_url, may_change=may_change))
        return made[-1]

    yield make
    for atlas in made:
        await atlas.aclose()


@pytest.mark.parametrize(
    ("credentials", "meanwhile"),
    [(SERVICE_ACCOUNT, "token"), (KEY, "accept")],
    ids=["while a token is fetched", "between the two halves of a digest"],
)
async def test_who_loses_the_lease_on_the_way_sends_no_change(
    simulator: Simulator, atlas: Atlas, atlas_of: MakeAtlas, credentials: Credentials, meanwhile: str
) -> None:
    connection = await connection_of(simulator, atlas.session(KEY))
    losing = atlas_of(lambda: not simulator.calls(meanwhile, include_challenges=True))

    with pytest.raises(NotLeader):
        await losing.session(credentials).accept(PROJECT, connection)

    assert simulator.calls(meanwhile, include_challenges=True)
    assert simulator.calls("accept") == []


async def test_who_has_lost_the_lease_may_still_read(simulator: Simulator, atlas_of: MakeAtlas) -> None:
    session = atlas_of(lambda: False).session(SERVICE_ACCOUNT)

    assert await session.list_connections(PROJECT, ACCOUNT) == []
