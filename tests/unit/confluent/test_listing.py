"""The list of peerings: all its pages, and only those of the network."""

import json
from typing import Any

import httpx
import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.confluent.client import PAGE_SIZE
from atlas_streams_peering.transport.budget import RateBudget
from atlas_streams_peering.transport.errors import RequestRefused, Unavailable
from unit.atlas.virtual_time import in_virtual_time
from unit.confluent.world import (
    EMPTY_LIST,
    ENVIRONMENT,
    EXCHANGES,
    NETWORK,
    PEERING_ROW,
    Handler,
    failure,
    session_of,
)


def page(*ids: str, following: object = None) -> dict[str, Any]:
    return {**EMPTY_LIST, "metadata": {"next": following}, "data": [PEERING_ROW | {"id": each} for each in ids]}


def link(token: str) -> str:
    return f"https://api.confluent.cloud/networking/v1/peerings?environment={ENVIRONMENT}&page_token={token}"


def paged(pages: dict[str | None, dict[str, Any]]) -> Handler:
    return lambda request: httpx.Response(200, json=pages[request.url.params.get("page_token")])


async def ids_of(handler: Handler) -> list[str]:
    return [row["id"] for row in await session_of(handler).list_peerings(ENVIRONMENT, NETWORK)]


async def test_rows_come_as_confluent_cloud_wrote_them() -> None:
    session = session_of(lambda _: httpx.Response(200, json={**EMPTY_LIST, "data": [PEERING_ROW]}))

    assert await session.list_peerings(ENVIRONMENT, NETWORK) == [PEERING_ROW]

    [request] = EXCHANGES
    assert request.target == (
        f"/networking/v1/peerings?environment={ENVIRONMENT}&spec.network={NETWORK}&page_size={PAGE_SIZE}"
    )


async def test_no_peering_is_an_empty_list() -> None:
    assert await ids_of(lambda _: httpx.Response(200, json=EMPTY_LIST)) == []


async def test_all_pages_are_read_by_their_token_only() -> None:
    pages = {
        None: page("peer-1", following=link("second%3D")),
        "second=": page(following="/networking/v1/peerings?page_token=third"),
        "third": page("peer-3", following=""),
    }

    assert await ids_of(paged(pages)) == ["peer-1", "peer-3"]

    assert len(EXCHANGES) == 3
    assert all(f"environment={ENVIRONMENT}&spec.network={NETWORK}" in request.target for request in EXCHANGES)


async def test_the_link_to_the_next_page_leads_to_no_other_host() -> None:
    hosts = []

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        pages = {None: page("peer-1", following="https://elsewhere.example/?page_token=2"), "2": page("peer-2")}
        return httpx.Response(200, json=pages[request.url.params.get("page_token")])

    assert await ids_of(answer) == ["peer-1", "peer-2"]
    assert hosts == ["confluent.example"] * 2


@pytest.mark.parametrize("metadata", [None, {}, [], {"next": None}, {"next": ""}])
async def test_a_page_that_names_no_next_one_is_the_last(metadata: object) -> None:
    body = {"data": [PEERING_ROW], "metadata": metadata}

    assert len(await ids_of(lambda _: httpx.Response(200, json=body))) == 1
    assert len(await ids_of(lambda _: httpx.Response(200, json={"data": [PEERING_ROW]}))) == 1


@pytest.mark.parametrize("odd", ["https://api.confluent.cloud/", link(""), "http://[", 5, {"page_token": "x"}, ["x"]])
async def test_a_next_page_without_a_token_does_not_end_the_list(odd: object) -> None:
    with pytest.raises(Unavailable, match="without its token") as raised:
        await ids_of(lambda _: httpx.Response(200, json=page("peer-1", following=odd)))

    assert raised.value.reason is Reason.CONFLUENT_UNAVAILABLE


async def test_a_page_that_names_itself_is_given_up() -> None:
    with pytest.raises(Unavailable, match="itself"):
        await ids_of(lambda _: httpx.Response(200, json=page("peer-1", following=link("again"))))

    assert len(EXCHANGES) == 2


def test_a_list_without_end_is_given_up() -> None:
    async def read() -> None:
        endless = session_of(
            lambda _: httpx.Response(200, json=page("peer-1", following=link(str(len(EXCHANGES))))),
            budget=RateBudget(capacity=1000, refill=1),
        )
        await endless.list_peerings(ENVIRONMENT, NETWORK)

    with pytest.raises(Unavailable, match="pages"):
        in_virtual_time(read)


async def test_a_row_that_moved_to_the_next_page_is_there_once() -> None:
    pages = {None: page("peer-1", "peer-2", following=link("2")), "2": page("peer-2", "peer-3")}

    assert await ids_of(paged(pages)) == ["peer-1", "peer-2", "peer-3"]


async def test_peerings_of_other_networks_are_left_out() -> None:
    """Also where the service does not know the filter."""
    foreign = PEERING_ROW | {"id": "peer-2", "spec": PEERING_ROW["spec"] | {"network": {"id": "n-other"}}}
    silent = PEERING_ROW | {"id": "peer-3", "spec": {"display_name": "orders"}}
    body = {**EMPTY_LIST, "data": [foreign, silent]}

    assert await ids_of(lambda _: httpx.Response(200, json=body)) == ["peer-3"]


@pytest.mark.parametrize("odd", [None, 1, "text", [], {}, {"id": None}, {"id": ""}, {"id": 5}])
async def test_what_is_no_row_is_left_out(odd: object) -> None:
    assert await ids_of(lambda _: httpx.Response(200, json={"data": [odd, {"id": "peer-1"}]})) == ["peer-1"]


@pytest.mark.parametrize("body", [[], {}, {"data": None}, {"data": {}}, "text", 5, None])
async def test_json_that_is_no_list_of_data_counts_as_unavailable(body: object) -> None:
    with pytest.raises(Unavailable, match="no list of data"):
        await ids_of(lambda _: httpx.Response(200, content=json.dumps(body)))


async def test_an_environment_that_does_not_exist_is_told_by_its_status() -> None:
    with pytest.raises(RequestRefused, match="environment not found") as raised:
        await ids_of(lambda _: failure(404, "environment not found"))

    assert raised.value.status == 404
