"""Create and delete: what is sent, and that nothing is ever sent twice."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.confluent.client import Confluent, Session
from atlas_streams_peering.transport.errors import (
    NotLeader,
    RateLimited,
    Refused,
    RequestRefused,
    Unavailable,
)
from unit.confluent.world import (
    ENVIRONMENT,
    EXCHANGES,
    KEY,
    NETWORK,
    PEERING,
    PEERING_ROW,
    body_of,
    create,
    failure,
    session_of,
)

Change = Callable[[Session], Awaitable[Any]]

CHANGES: dict[str, Change] = {
    "create peering orders": create,
    f"delete {PEERING}": lambda session: session.delete_peering(ENVIRONMENT, PEERING),
}
changes = pytest.mark.parametrize("doing", CHANGES)


async def test_a_creation_says_all_that_confluent_cloud_needs() -> None:
    row = await create(session_of(lambda _: httpx.Response(202, json=PEERING_ROW)))

    assert row == PEERING_ROW
    [request] = EXCHANGES
    assert (request.method, request.target) == ("POST", "/networking/v1/peerings")
    assert request.request_headers["content-type"] == "application/json"
    assert body_of(request) == {
        "spec": {
            "display_name": "orders",
            "cloud": {
                "kind": "AwsPeering",
                "account": "974404375205",
                "vpc": "vpc-0ef7efa5ceca36e2f",
                "routes": ["192.168.248.0/21"],
                "customer_region": "us-east-1",
            },
            "environment": {"id": ENVIRONMENT},
            "network": {"id": NETWORK},
        }
    }


async def test_a_creation_that_was_taken_without_a_word_is_no_failure() -> None:
    assert await create(session_of(lambda _: httpx.Response(202))) == {}


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_a_deletion_names_the_peering_and_its_environment(status: int) -> None:
    await session_of(lambda _: httpx.Response(status)).delete_peering(ENVIRONMENT, PEERING)

    [request] = EXCHANGES
    assert (request.method, request.target) == (
        "DELETE",
        f"/networking/v1/peerings/{PEERING}?environment={ENVIRONMENT}",
    )
    assert request.request_body == b""


async def test_a_peering_that_is_gone_counts_as_deleted() -> None:
    await session_of(lambda _: failure(404, "peering not found")).delete_peering(ENVIRONMENT, PEERING)

    assert len(EXCHANGES) == 1


@pytest.mark.parametrize("status", [400, 409])
async def test_a_deletion_that_is_refused_may_be_requested_again(status: int) -> None:
    session = session_of(lambda _: failure(status, "The peering is being provisioned."))

    with pytest.raises(RequestRefused, match=f"refused to delete {PEERING}: The peering is being prov") as raised:
        await session.delete_peering(ENVIRONMENT, PEERING)

    assert (raised.value.status, raised.value.reason) == (status, Reason.CONFLUENT_UNAVAILABLE)


@pytest.mark.parametrize("name", ["peer-1/../x", "peer-1?a=b", "peer-1#x", "peer 1"])
async def test_an_id_cannot_lead_to_another_path(name: str) -> None:
    await session_of(lambda _: httpx.Response(204)).delete_peering(ENVIRONMENT, name)

    [request] = EXCHANGES
    path, _, query = request.target.partition("?")
    assert not set(path.removeprefix("/networking/v1/peerings/")) & set("/?#: ")
    assert query == f"environment={ENVIRONMENT}"


@pytest.mark.parametrize("status", [400, 402, 409, 422])
async def test_a_creation_that_is_refused_for_good_says_why_in_the_words_of_confluent_cloud(status: int) -> None:
    answer = failure(status, "The CIDR block 10.0.0.0/16 overlaps.", "The quota of 5 peerings is used up.")

    with pytest.raises(Refused) as raised:
        await create(session_of(lambda _: answer))

    assert raised.value.reason is Reason.REFUSED
    assert str(raised.value) == (
        "Confluent Cloud refused to create peering orders: The CIDR block 10.0.0.0/16 overlaps; "
        f"The quota of 5 peerings is used up (HTTP {status})."
    )


async def test_a_creation_in_a_network_that_does_not_exist_is_told_by_its_status() -> None:
    with pytest.raises(RequestRefused) as raised:
        await create(session_of(lambda _: failure(404, "network not found")))

    assert raised.value.status == 404


@changes
@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.ConnectError, httpx.RemoteProtocolError])
async def test_a_change_without_an_answer_is_not_sent_again(doing: str, error: type[httpx.TransportError]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("lost", request=request)

    with pytest.raises(Unavailable, match=f"Confluent Cloud could not {doing}: no answer") as raised:
        await CHANGES[doing](session_of(answer))

    assert raised.value.reason is Reason.CONFLUENT_UNAVAILABLE
    assert len(EXCHANGES) == 1


@changes
@pytest.mark.parametrize("status", [302, 408, 500, 502, 503, 504])
async def test_a_failed_change_is_not_sent_again(doing: str, status: int) -> None:
    with pytest.raises(Unavailable, match=f"HTTP {status}"):
        await CHANGES[doing](session_of(lambda _: httpx.Response(status, headers={"Location": "/elsewhere"})))

    assert len(EXCHANGES) == 1


@changes
async def test_a_limited_change_is_not_sent_again(doing: str) -> None:
    with pytest.raises(RateLimited) as raised:
        await CHANGES[doing](session_of(lambda _: failure(429, "Slow down.", Retry_After="7")))

    assert raised.value.retry_after == 7
    assert len(EXCHANGES) == 1


@changes
async def test_a_replica_that_does_not_lead_sends_no_change(doing: str) -> None:
    received: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.put_nowait(await reader.read())
        writer.close()

    # The fence stands right before the first byte: without a connection there is none.
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        confluent = Confluent(f"http://127.0.0.1:{port}", may_change=lambda: False)
        with pytest.raises(NotLeader):
            await CHANGES[doing](confluent.session(KEY))
        await confluent.aclose()

        assert await asyncio.wait_for(received.get(), 10) == b""
