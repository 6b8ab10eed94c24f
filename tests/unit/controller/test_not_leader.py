"""A change that the client did not send, because this replica does not lead."""

import pytest
from atlas_streams_peering.controller.actions import Actions

from atlas_simulator import Simulator
from atlas_streams_peering.atlas.client import Atlas
from atlas_streams_peering.controller.controller import NotLeading
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType
from simulator.caller import PROJECT
from unit.atlas.world import KEY, connection_of


async def still_wanted() -> bool:
    return True


async def test_a_change_that_was_not_sent_does_not_count_as_asked(simulator: Simulator, atlas: Atlas) -> None:
    connection = await connection_of(simulator, atlas.session(KEY))
    leads = False
    fenced = Atlas(simulator.base_url, may_change=lambda: leads)
    actions = Actions(fenced, wake=lambda _: None, may_act=lambda: True)
    with pytest.raises(NotLeading, match=connection.name):
        await actions.ask(ActionType.ACCEPT, PROJECT, connection, KEY, (), still_wanted=still_wanted)
    assert actions.asked(PROJECT, [connection], ()) == {}

    leads = True
    await actions.ask(ActionType.ACCEPT, PROJECT, connection, KEY, (), still_wanted=still_wanted)

    assert [call.status for call in simulator.calls("accept")] == [202]
    await fenced.aclose()
