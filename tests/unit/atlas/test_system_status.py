"""What Atlas says of the key that asks."""

import pytest

from atlas_simulator import Simulator
from atlas_streams_peering.atlas.client import Session
from atlas_streams_peering.atlas.system_status import RoleAssignment, read_api_key
from atlas_streams_peering.transport.errors import AccessListBlocked, Unavailable
from simulator.caller import OTHER_PROJECT, PROJECT
from unit.atlas.world import KEY


async def test_the_roles_of_an_api_key_are_those_of_all_projects(simulator: Simulator, session: Session) -> None:
    simulator.set_role(KEY.public_key, OTHER_PROJECT, "read")

    key = await read_api_key(session)

    assert key is not None
    assert set(key.roles) == {
        RoleAssignment(group_id=PROJECT, role_name="GROUP_STREAM_PROCESSING_OWNER"),
        RoleAssignment(group_id=OTHER_PROJECT, role_name="GROUP_READ_ONLY"),
    }


async def test_of_a_service_account_atlas_says_nothing(simulator: Simulator, account_session: Session) -> None:
    assert await read_api_key(account_session) is None


async def test_a_field_of_another_type_counts_as_absent(simulator: Simulator, session: Session) -> None:
    body = {"apiKey": {"roles": "all"}}
    simulator.fault("answer", "system-status", status=200, body=body)

    key = await read_api_key(session)

    assert key is not None
    assert key.roles == ()


async def test_an_answer_that_is_no_object_is_an_outage(simulator: Simulator, session: Session) -> None:
    simulator.fault("answer", "system-status", status=200, body=[])

    with pytest.raises(Unavailable, match="the answer is no object"):
        await read_api_key(session)


async def test_a_refusal_is_what_it_is_elsewhere(simulator: Simulator, session: Session) -> None:
    simulator.block_address(KEY.public_key, "203.0.113.7")

    with pytest.raises(AccessListBlocked):
        await read_api_key(session)
