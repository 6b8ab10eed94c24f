from collections.abc import AsyncIterator

import httpx
import pytest

from atlas_simulator import Clock, Settings, Simulator
from simulator.caller import OTHER_PROJECT, PROJECT, VERSION, WITHOUT_TLS, Caller
from simulator.contract import check_answers


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """A simulator with frozen time; the contract checks every answer."""
    async with Simulator(Settings(seed=1), clock=Clock(frozen=True), record_exchanges=True) as simulator:
        simulator.add_project(PROJECT)
        simulator.add_project(OTHER_PROJECT)
        simulator.add_api_key("owner", "private-of-owner", roles={PROJECT: "owner", OTHER_PROJECT: "owner"})
        simulator.add_service_account("mdb_sa_id_owner", "secret-of-owner", roles={PROJECT: "owner"})
        yield simulator
        check_answers(simulator.exchanges)


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    """A client without credentials."""
    headers = {"Accept": VERSION, "User-Agent": "tests/1"}
    async with httpx.AsyncClient(
        base_url=simulator.base_url, headers=headers, timeout=10, verify=WITHOUT_TLS, trust_env=False
    ) as client:
        yield client


@pytest.fixture
def owner(client: httpx.AsyncClient) -> Caller:
    """A client with an API key that has every permission in the project."""
    client.auth = httpx.DigestAuth("owner", "private-of-owner")
    return Caller(client)
