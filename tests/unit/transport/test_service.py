"""A service that is not Atlas: nothing of Atlas is in what it is asked and what it answer."""

import base64
import json
from datetime import UTC, datetime

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from atlas_streams_peering.transport.budget import RateBudget
from atlas_streams_peering.transport.credentials import ServiceAccount
from atlas_streams_peering.transport.errors import RateLimited, RequestRefused, ServiceError, Unavailable
from atlas_streams_peering.transport.response import Response
from atlas_streams_peering.transport.service import Service
from atlas_streams_peering.transport.user_agent import USER_AGENT
from unit.transport.things import KEY, OTHER_KEY, UNAVAILABLE, Things, call


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


NOW = datetime(2024, 12, 18, 19, 20, 0, tzinfo=UTC)
LATER = "Wed, 18 Dec 2024 19:20:37 GMT"

DATES = [
    # Retry-After, the answer's Date, the seconds to wait
    (LATER, "Wed, 18 Dec 2024 19:20:07 GMT", 30),
    ("Wednesday, 18-Dec-24 19:20:37 GMT", "Wed, 18 Dec 2024 19:20:07 GMT", 30),
    ("Wed Dec 18 19:20:37 2024", "Wed, 18 Dec 2024 19:20:07 GMT", 30),
    # The clock of the service is a year ahead: its own Date counts.
    ("Thu, 18 Dec 2025 19:20:37 GMT", "Thu, 18 Dec 2025 19:20:07 GMT", 30),
    (LATER, None, 37),
    (LATER, "yesterday", 37),
    ("Wed, 18 Dec 2024 20:20:37 +0100", None, 37),
    ("Thu, 18 Dec 2025 19:20:37 GMT", None, 600),
]


@pytest.mark.parametrize(("retry_after", "date", "seconds"), DATES)
def test_a_pause_may_be_a_date(retry_after: str, date: str | None, seconds: float) -> None:
    headers = {"Retry-After": retry_after} | ({} if date is None else {"Date": date})

    assert Response(httpx.Response(429, headers=headers), now=lambda: NOW).retry_after == seconds


@pytest.mark.parametrize("retry_after", [LATER, "Wed, 18 Dec 2024", "Wed, 99 Dec 2024 19:20:37 GMT", "soon", ""])
@pytest.mark.parametrize("date", [LATER, "Thu, 19 Dec 2024 19:20:37 GMT"])
def test_a_date_that_is_over_says_nothing(retry_after: str, date: str) -> None:
    answer = httpx.Response(429, headers={"Retry-After": retry_after, "Date": date})

    assert Response(answer, now=lambda: NOW).retry_after is None


async def test_the_budget_is_closed_until_the_date() -> None:
    headers = {"Retry-After": LATER, "Date": "Wed, 18 Dec 2024 19:20:07 GMT"}
    things = Things(httpx.Response(503, json={}, headers=headers))

    with pytest.raises(ServiceError):
        await things.client.change(call("DELETE", error_of=lambda _: Unavailable("Busy.")))

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


def test_a_byte_order_mark_before_the_body_does_not_hide_the_service() -> None:
    answer = Response(httpx.Response(409, content=b'\xef\xbb\xbf{"error": 409}'))

    assert (answer.json(), answer.intermediary) == ({"error": 409}, None)


@pytest.mark.parametrize("body", [b'{"a": "\xff"}', b"[" * 100_000, b"1" * 5000, b"{}{}", b'{"a": "\\ud800"}', b" "])
def test_a_body_that_no_parser_should_take_is_a_value_error(body: bytes) -> None:
    answer = Response(httpx.Response(409, content=body))

    with pytest.raises(ValueError):  # noqa: PT011  # each parser has its own words
        answer.json()
    assert answer.intermediary is not None


async def test_clients_share_the_connections_and_a_client_that_is_closed_leaves_them_open() -> None:
    connections: set[int] = set()

    async def answer(request: web.BaseRequest) -> web.Response:
        connections.add(id(request.transport))
        return web.json_response({})

    async with RawTestServer(answer) as server:
        service = Service(
            name="things",
            title="Things",
            base_url=str(server.make_url("/")),
            unavailable=UNAVAILABLE,
            new_budget=lambda _scope: RateBudget(capacity=100, refill=1),
        )
        for key in (KEY, OTHER_KEY):
            await service.client(key).read(call())
            await service.forget(key.fingerprint)
        await service.client(KEY).read(call())
        await service.aclose()

    assert len(connections) == 1
