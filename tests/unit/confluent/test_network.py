"""The network: what is asked, and how the caller learns that there is none."""

import base64
import json
from typing import Any

import httpx
import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.transport.errors import RequestRefused, Unavailable
from atlas_streams_peering.transport.user_agent import USER_AGENT
from unit.atlas.virtual_time import in_virtual_time
from unit.confluent.world import ENVIRONMENT, EXCHANGES, KEY, NETWORK, NETWORK_ROW, confluent_of, failure, session_of


async def test_the_network_comes_as_confluent_cloud_wrote_it() -> None:
    session = session_of(lambda _: httpx.Response(200, json=NETWORK_ROW))

    assert await session.network(ENVIRONMENT, NETWORK) == NETWORK_ROW

    [request] = EXCHANGES
    assert (request.method, request.target) == ("GET", f"/networking/v1/networks/{NETWORK}?environment={ENVIRONMENT}")
    basic = base64.b64encode(f"{KEY.api_key}:{KEY.api_secret}".encode()).decode()
    assert request.request_headers["authorization"] == f"Basic {basic}"
    assert request.request_headers["accept"] == "application/json"
    assert request.request_headers["user-agent"] == USER_AGENT


async def test_a_network_that_does_not_exist_is_told_by_its_status() -> None:
    session = session_of(lambda _: failure(404, "The network n-abc123 was not found."))

    with pytest.raises(RequestRefused, match=r"read network n-abc123: The network n-abc123 was not found") as raised:
        await session.network(ENVIRONMENT, NETWORK)

    assert raised.value.status == 404
    assert raised.value.reason is Reason.CONFLUENT_UNAVAILABLE


@pytest.mark.parametrize("body", [[], None, "text", 5])
async def test_an_answer_that_is_no_object_counts_as_unavailable(body: object) -> None:
    session = session_of(lambda _: httpx.Response(200, content=json.dumps(body)))

    with pytest.raises(Unavailable, match="no object") as raised:
        await session.network(ENVIRONMENT, NETWORK)

    assert raised.value.reason is Reason.CONFLUENT_UNAVAILABLE


def test_a_transient_failure_is_tried_again() -> None:
    retried: list[str] = []

    async def read() -> dict[str, Any]:
        answers = iter([httpx.Response(503), httpx.Response(200, json=NETWORK_ROW)])
        confluent = confluent_of(lambda _: next(answers), retrying=retried.append)
        return await confluent.session(KEY).network(ENVIRONMENT, NETWORK)

    assert in_virtual_time(read) == NETWORK_ROW
    assert retried == ["getNetworkingV1Network"]


def test_a_confluent_cloud_that_stays_away_is_unavailable() -> None:
    async def read() -> None:
        await session_of(lambda _: httpx.Response(503)).network(ENVIRONMENT, NETWORK)

    with pytest.raises(Unavailable, match="Confluent Cloud could not read network n-abc123") as raised:
        in_virtual_time(read)

    assert raised.value.reason is Reason.CONFLUENT_UNAVAILABLE


@pytest.mark.parametrize("name", ["n-1/../../x", "n-1?a=b", "n-1#x", "n 1", "n-1&environment=env-2"])
async def test_an_id_cannot_lead_to_another_path(name: str) -> None:
    await session_of(lambda _: httpx.Response(200, json=NETWORK_ROW)).network(ENVIRONMENT, name)

    [request] = EXCHANGES
    path, _, query = request.target.partition("?")
    assert path.startswith("/networking/v1/networks/")
    assert not set(path.removeprefix("/networking/v1/networks/")) & set("/?#: &")
    assert query == f"environment={ENVIRONMENT}"
