from collections.abc import AsyncIterator

import httpx
import pytest

from atlas_simulator import Simulator
from simulator.caller import WITHOUT_TLS
from simulator.confluent.caller import ENVIRONMENT, KEY, NETWORK, OTHER_ENVIRONMENT, SECRET, CloudCaller


@pytest.fixture
async def cloud(simulator: Simulator) -> AsyncIterator[CloudCaller]:
    """A client whose API key has every permission, and a network that is ready."""
    simulator.confluent.add_api_key(KEY, SECRET, roles={ENVIRONMENT: "owner", OTHER_ENVIRONMENT: "owner"})
    simulator.confluent.add_network(environment=ENVIRONMENT, network=NETWORK, ready_after=0)
    headers = {"User-Agent": "tests/1"}
    async with httpx.AsyncClient(
        base_url=simulator.base_url,
        auth=(KEY, SECRET),
        headers=headers,
        timeout=10,
        verify=WITHOUT_TLS,
        trust_env=False,
    ) as client:
        yield CloudCaller(client)
