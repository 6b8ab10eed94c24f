"""A service that is not Atlas: nothing of Atlas is in what it is asked and what it says."""

import base64
import json

import httpx
import pytest

from atlas_streams_peering.transport.credentials import ServiceAccount
from atlas_streams_peering.transport.errors import RateLimited, RequestRefused, Unavailable
from atlas_streams_peering.transport.user_agent import USER_AGENT
from unit.transport.things import KEY, UNAVAILABLE, Things, call


async def test_a_basic_key_signs_the_request() -> None:
    things = Things(httpx.Response(200, json={"id": 1}))

    assert await things.client.read(call(accept="application/vnd.things+json")) == {"id": 1}

    [request] = things.requests
    basic = base64.b64encode(f"{KEY.api_key}:{KEY.api_secret}".encode()).decode()
    assert request.headers["Authorization"] == f"Basic {basic}"
    assert request.headers["Accept"] == "application/vnd.things+json"
    assert request.headers["User-Agent"] == USER_AGENT
    assert request.url.path == "/api/things/1"


async def test_the_answer_of_a_change_is_returned() -> None:
    things = Things(httpx.Response(202, json={"id": 2}))

    response = await things.client.change(call("POST", content={"name": "new"}))

    assert (response.status, response.json()) == (202, {"id": 2})
    assert json.loads(things.requests[0].content) == {"name": "new"}
    assert things.requests[0].headers["Content-Type"] == "application/json"


async def test_the_headers_of_the_service_update_its_budget() -> None:
    things = Things(httpx.Response(200, json={}, headers={"X-RateLimit-Remaining": "7", "X-RateLimit-Reset": "30"}))

    await things.client.read(call())

    assert things.service.budget("shelf").left == 7
    assert not things.service.budget("shelf").closed


async def test_the_first_pause_that_is_a_number_counts() -> None:
    things = Things(httpx.Response(429, headers={"Retry-After": "soon", "X-RateLimit-Reset": "30"}))

    with pytest.raises(RateLimited) as raised:
        await things.client.change(call("DELETE"))

    assert raised.value.retry_after == 30
    assert 30 <= things.service.budget("shelf").take(change=True) <= 31


async def test_the_mapping_of_the_service_makes_the_error_and_hides_secrets() -> None:
    things = Things(httpx.Response(422, json={"you": f"said {KEY.api_secret}"}))

    with pytest.raises(RequestRefused, match="Things refused") as raised:
        await things.client.change(call("DELETE"))

    assert (raised.value.status, raised.value.code) == (422, "T-1")
    assert KEY.api_secret not in str(raised.value)


async def test_no_answer_has_the_reason_and_the_name_of_the_service() -> None:
    things = Things(httpx.ReadTimeout("slow"))

    with pytest.raises(Unavailable, match=r"could not get thing 1: no answer from things\.example:443 ") as raised:
        await things.client.change(call("DELETE"))

    assert raised.value.reason is UNAVAILABLE


@pytest.mark.parametrize(
    ("answer", "status"), [(httpx.Response(200), 200), (httpx.Response(429), 429), (httpx.ReadTimeout("slow"), None)]
)
async def test_each_request_is_observed(answer: httpx.Response | Exception, status: int | None) -> None:
    things = Things(answer)

    try:
        await things.client.change(call("DELETE"))
    except (Unavailable, RateLimited):
        assert status != 200

    assert things.observed == [("things", "getThing", "shelf", status, 0.0)]


async def test_a_service_without_a_token_endpoint_takes_no_service_account() -> None:
    with pytest.raises(ValueError, match="token endpoint"):
        Things().service.client(ServiceAccount("id", "secret"))
