"""The one live token of a service account, by the clock."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from atlas_simulator import Simulator
from atlas_streams_peering.atlas.error_mapping import TOKEN_ENDPOINT
from atlas_streams_peering.transport.authentication import BearerAuth, TokenSource
from atlas_streams_peering.transport.errors import RateLimited
from simulator.caller import ACCOUNT, PROJECT, VERSION, WITHOUT_TLS
from unit.atlas.world import SERVICE_ACCOUNT

LIST = f"/api/atlas/v2/groups/{PROJECT}/streams/vpcPeeringConnections?requesterAccountId={ACCOUNT}"


class World:
    """The simulator, a service account in use, and one clock for both."""

    def __init__(self, simulator: Simulator, client: httpx.AsyncClient) -> None:
        self._simulator, self._client = simulator, client
        self._now = 1000.0
        self.source = TokenSource(SERVICE_ACCOUNT, client, TOKEN_ENDPOINT, clock=lambda: self._now)
        self._auth = BearerAuth(self.source, TOKEN_ENDPOINT.is_about_role)

    def advance(self, seconds: float) -> None:
        self._now += seconds
        self._simulator.advance(seconds)

    async def read(self) -> int:
        """Send a read with the token, and return the status."""
        response = await self._client.get(LIST, headers={"Accept": VERSION}, auth=self._auth)
        return response.status_code

    @property
    def tokens(self) -> int:
        """Token requests so far."""
        return len(self._simulator.calls("token", include_challenges=True))


@pytest.fixture
async def world(simulator: Simulator) -> AsyncIterator[World]:
    async with httpx.AsyncClient(base_url=simulator.base_url, verify=WITHOUT_TLS, trust_env=False) as client:
        yield World(simulator, client)


@pytest.mark.parametrize(("lifetime", "used_for"), [(3600, 3540), (600, 540), (300, 240), (100, 80), (10, 8)])
async def test_a_token_is_used_until_near_its_end(
    simulator: Simulator, world: World, lifetime: int, used_for: int
) -> None:
    simulator.configure({"tokens": {"lifetime_seconds": lifetime}})
    first = await world.source.token()

    world.advance(used_for - 1)
    assert await world.source.token() == first

    world.advance(2)
    assert await world.source.token() != first
    assert world.tokens == 2


async def test_a_read_never_meets_an_expired_token(simulator: Simulator, world: World) -> None:
    for _ in range(20):
        assert await world.read() == 200
        world.advance(1000)

    assert simulator.calls("list", include_challenges=True, status=401) == []
    assert world.tokens <= 7


async def test_a_token_that_served_is_replaced_when_it_is_refused(simulator: Simulator, world: World) -> None:
    await world.read()
    simulator.expire_tokens()

    assert await world.read() == 200
    assert world.tokens == 2


async def test_a_token_that_was_never_good_is_replaced_at_most_once_in_five_minutes(
    simulator: Simulator, world: World
) -> None:
    simulator.fault("answer", "list", status=401, body={"error": 401}, times=None)
    for minute in range(31):
        assert await world.read() == 401
        assert world.tokens <= 1 + minute / 5
        world.advance(60)
    simulator.clear_faults()
    world.advance(300)

    assert await world.read() == 200


async def test_a_token_refused_in_many_requests_is_replaced_once(simulator: Simulator, world: World) -> None:
    await world.read()
    simulator.expire_tokens()

    assert await asyncio.gather(*(world.read() for _ in range(10))) == [200] * 10
    assert world.tokens == 2


async def test_a_missing_role_replaces_no_token(simulator: Simulator, world: World) -> None:
    await world.read()
    world.advance(301)
    simulator.set_role(SERVICE_ACCOUNT.client_id, PROJECT, None)

    assert await world.read() == 401
    assert world.tokens == 1


async def test_a_limited_token_endpoint_is_asked_again_in_time(simulator: Simulator, world: World) -> None:
    simulator.fault("answer", "token", status=429, headers={"Retry-After": "30"})
    with pytest.raises(RateLimited):
        await world.source.token()

    world.advance(29)
    with pytest.raises(RateLimited):
        await world.source.token()
    assert world.tokens == 1

    world.advance(2)
    await world.source.token()
    assert world.tokens == 2


async def test_a_live_token_is_used_while_the_token_endpoint_fails(simulator: Simulator, world: World) -> None:
    await world.read()
    simulator.fault("answer", "token", status=429, times=None)
    world.advance(3000)

    assert await world.read() == 200
