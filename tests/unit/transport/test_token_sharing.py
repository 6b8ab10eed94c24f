"""Concurrent callers share one token request, its result and its failure."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest

from atlas_streams_peering.atlas.error_mapping import TOKEN_ENDPOINT
from atlas_streams_peering.transport.authentication import TokenSource
from atlas_streams_peering.transport.credentials import ServiceAccount
from atlas_streams_peering.transport.errors import CredentialsInvalid, Unavailable
from unit.atlas.virtual_time import in_virtual_time, now

ACCOUNT = ServiceAccount("id", "secret")
CALLERS = 10
TIMEOUT = 15.0


def token_answer() -> httpx.Response:
    return httpx.Response(200, json={"access_token": "t-1", "expires_in": 3600})


class Endpoint:
    """A token endpoint that answers when a test says so."""

    def __init__(self) -> None:
        self.answer: httpx.Response | Exception = token_answer()
        self.requests = 0
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def __call__(self, _request: httpx.Request) -> httpx.Response:
        self.requests += 1
        self.asked.set()
        await self.may_answer.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def source_of(handler: Callable[[httpx.Request], Coroutine[Any, Any, httpx.Response]]) -> TokenSource:
    client = httpx.AsyncClient(base_url="https://atlas.example", transport=httpx.MockTransport(handler))
    return TokenSource(ACCOUNT, client, TOKEN_ENDPOINT)


@pytest.fixture
async def endpoint() -> Endpoint:
    return Endpoint()


@pytest.fixture
async def source(endpoint: Endpoint) -> TokenSource:
    return source_of(endpoint)


async def callers_of(source: TokenSource, endpoint: Endpoint) -> list[asyncio.Task[str]]:
    """Start the callers, and return them when the endpoint is asked."""
    callers = [asyncio.create_task(source.token()) for _ in range(CALLERS)]
    await endpoint.asked.wait()
    return callers


async def test_concurrent_callers_share_one_token(endpoint: Endpoint, source: TokenSource) -> None:
    callers = await callers_of(source, endpoint)
    endpoint.may_answer.set()

    assert await asyncio.gather(*callers) == ["t-1"] * CALLERS
    assert endpoint.requests == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(503), Unavailable),
        (httpx.Response(401, json={"error": "invalid_client"}), CredentialsInvalid),
        (httpx.ReadTimeout("too slow"), Unavailable),
    ],
    ids=["503", "401", "no answer"],
)
async def test_concurrent_callers_share_a_failure(
    endpoint: Endpoint, source: TokenSource, answer: httpx.Response | Exception, kind: type[Exception]
) -> None:
    endpoint.answer = answer
    callers = await callers_of(source, endpoint)
    endpoint.may_answer.set()

    outcomes = await asyncio.gather(*callers, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [kind] * CALLERS
    assert endpoint.requests == 1


async def test_a_failure_is_not_remembered(endpoint: Endpoint, source: TokenSource) -> None:
    endpoint.may_answer.set()
    endpoint.answer = httpx.Response(503)
    with pytest.raises(Unavailable):
        await source.token()
    endpoint.answer = token_answer()

    assert await source.token() == "t-1"


def test_a_silent_endpoint_costs_all_callers_one_timeout_in_all() -> None:
    async def time_out(_request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(TIMEOUT)
        raise httpx.ReadTimeout("too slow")

    async def main() -> float:
        source = source_of(time_out)
        outcomes = await asyncio.gather(*(source.token() for _ in range(CALLERS)), return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {Unavailable}
        return now()

    assert in_virtual_time(main) == TIMEOUT


@pytest.mark.parametrize("which", [0, CALLERS - 1], ids=["the first", "the last"])
async def test_a_cancelled_caller_does_not_cancel_the_request_of_the_others(
    endpoint: Endpoint, source: TokenSource, which: int
) -> None:
    callers = await callers_of(source, endpoint)
    cancelled = callers.pop(which)
    cancelled.cancel()
    await asyncio.wait([cancelled])
    endpoint.may_answer.set()

    assert await asyncio.gather(*callers) == ["t-1"] * (CALLERS - 1)
    assert cancelled.cancelled()
    assert endpoint.requests == 1


async def test_a_request_that_all_callers_have_left_serves_the_next_one(
    endpoint: Endpoint, source: TokenSource
) -> None:
    callers = await callers_of(source, endpoint)
    for caller in callers:
        caller.cancel()
    await asyncio.wait(callers)
    endpoint.may_answer.set()

    assert await source.token() == "t-1"
    assert endpoint.requests == 1


async def test_closing_the_source_ends_the_request_and_fails_its_callers(
    endpoint: Endpoint, source: TokenSource
) -> None:
    callers = await callers_of(source, endpoint)

    await source.aclose()

    outcomes = await asyncio.gather(*callers, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Unavailable] * CALLERS
