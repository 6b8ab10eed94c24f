"""Atlas is the simulator, over HTTP; every request of the client must keep to Atlas' OpenAPI document."""

from collections.abc import AsyncIterator

import pytest

from atlas_simulator import Clock, Settings, Simulator
from atlas_streams_peering.atlas.client import Atlas, Session
from simulator.caller import OTHER_PROJECT, PROJECT
from simulator.contract import check_all
from unit.atlas.world import KEY, SERVICE_ACCOUNT


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """A simulator whose time only moves when a test says so."""
    async with Simulator(Settings(seed=1), clock=Clock(frozen=True), record_exchanges=True) as simulator:
        roles = {PROJECT: "owner", OTHER_PROJECT: "owner"}
        simulator.add_project(PROJECT)
        simulator.add_project(OTHER_PROJECT)
        simulator.add_api_key(KEY.public_key, KEY.private_key, roles=roles)
        simulator.add_service_account(SERVICE_ACCOUNT.client_id, SERVICE_ACCOUNT.client_secret, roles=roles)
        yield simulator
        check_all(simulator.exchanges)


@pytest.fixture
async def atlas(simulator: Simulator) -> AsyncIterator[Atlas]:
    atlas = Atlas(simulator.base_url)
    yield atlas
    await atlas.aclose()


@pytest.fixture
def session(atlas: Atlas) -> Session:
    """With an API key that may do everything."""
    return atlas.session(KEY)


@pytest.fixture
def account_session(atlas: Atlas) -> Session:
    """With a service account that may do everything."""
    return atlas.session(SERVICE_ACCOUNT)
