"""The list: all its pages, and what it says of itself."""

import json
import platform
import re
from typing import Any

import httpx
import pytest

from atlas_simulator import Simulator
from atlas_streams_peering import __version__
from atlas_streams_peering.atlas.calls import PAGE_SIZE
from atlas_streams_peering.atlas.client import Atlas, Session, parse_connection
from atlas_streams_peering.transport.errors import Unavailable
from simulator.caller import ACCOUNT, OTHER_VPC, PROJECT, VPC, request
from unit.atlas.virtual_time import in_virtual_time
from unit.atlas.world import EMPTY_LIST, KEY, session_of


def listing(*names: str) -> dict[str, Any]:
    return {"results": [{"name": name} for name in names]}


async def test_no_connection_is_an_empty_list(session: Session) -> None:
    assert await session.list_connections(PROJECT, ACCOUNT) == []


async def test_rows_come_as_atlas_wrote_them(simulator: Simulator, session: Session) -> None:
    name = request(simulator, cidr="10.7.0.0/16")

    [row] = await session.list_connections(PROJECT, ACCOUNT)

    assert (row["name"], row["requesterVpcId"], row["requesterCidr"]) == (name, VPC, "10.7.0.0/16")


async def test_only_the_account_asked_for_is_listed(simulator: Simulator, session: Session) -> None:
    request(simulator, account="111111111111")

    assert await session.list_connections(PROJECT, ACCOUNT) == []


async def test_active_connections_are_listed_from_all_accounts(simulator: Simulator, session: Session) -> None:
    active = {request(simulator), request(simulator, vpc=OTHER_VPC, account="111111111111")}
    request(simulator, vpc="vpc-0bbbbbbbbbbbbbbbb")
    for name in active:
        simulator.set_cloud_status(name, "active")

    assert {row["name"] for row in await session.list_active(PROJECT)} == active


@pytest.mark.parametrize(("rows", "pages"), [(PAGE_SIZE - 1, 1), (PAGE_SIZE, 2), (2 * PAGE_SIZE + 1, 3)])
async def test_all_pages_are_read(simulator: Simulator, session: Session, rows: int, pages: int) -> None:
    names = {request(simulator, vpc=f"vpc-{number:017x}") for number in range(rows)}

    assert {row["name"] for row in await session.list_connections(PROJECT, ACCOUNT)} == names

    assert len(simulator.calls("list")) == pages


async def test_a_wrong_total_count_ends_no_list_early(simulator: Simulator, session: Session) -> None:
    for number in range(PAGE_SIZE + 1):
        request(simulator, vpc=f"vpc-{number:017x}")
    simulator.configure({"total_count_error": -400})

    assert len(await session.list_connections(PROJECT, ACCOUNT)) == PAGE_SIZE + 1


async def test_a_short_page_that_names_a_next_one_is_not_the_last() -> None:
    pages = {
        "1": {**listing("pcx-first"), "links": [None, {"rel": "self"}, {"rel": "next", "href": "?pageNum=2"}]},
        "2": {**listing("pcx-last"), "links": [{"rel": "self"}]},
    }
    session = session_of(lambda request: httpx.Response(200, json=pages[request.url.params["pageNum"]]))

    rows = await session.list_connections(PROJECT, ACCOUNT)

    assert [row["name"] for row in rows] == ["pcx-first", "pcx-last"]


async def test_an_empty_page_is_the_last_whatever_it_names() -> None:
    named = {**listing(), "links": [{"rel": "next", "href": "?pageNum=2"}]}
    session = session_of(lambda _: httpx.Response(200, json=named))

    assert await session.list_connections(PROJECT, ACCOUNT) == []


async def test_a_row_that_moved_to_the_next_page_is_there_once() -> None:
    first = [f"pcx-{number:017x}" for number in range(PAGE_SIZE)]

    def answer(request: httpx.Request) -> httpx.Response:
        page = listing(*first) if request.url.params["pageNum"] == "1" else listing(first[-1], "pcx-last")
        return httpx.Response(200, json=page)

    rows = await session_of(answer).list_connections(PROJECT, ACCOUNT)

    assert [row["name"] for row in rows] == [*first, "pcx-last"]


def test_a_list_without_end_is_given_up() -> None:
    full = listing(*(f"pcx-{number:017x}" for number in range(PAGE_SIZE)))
    session = session_of(lambda _: httpx.Response(200, json=full))

    with pytest.raises(Unavailable, match="pages"):
        in_virtual_time(lambda: session.list_connections(PROJECT, ACCOUNT))


@pytest.mark.parametrize("odd", [None, 1, "text", [], {}, {"name": None}, {"name": ""}, {"name": 5}])
async def test_what_is_no_row_is_left_out(odd: object) -> None:
    session = session_of(lambda _: httpx.Response(200, json={"results": [odd, {"name": "pcx-1"}]}))

    assert [row["name"] for row in await session.list_connections(PROJECT, ACCOUNT)] == ["pcx-1"]


@pytest.mark.parametrize("said", [{}, {"requesterAccountId": None}, {"requesterAccountId": ""}])
async def test_a_row_without_an_account_is_of_the_one_asked_for(said: dict[str, object]) -> None:
    session = session_of(lambda _: httpx.Response(200, json={"results": [{"name": "pcx-1"} | said]}))

    [row] = await session.list_connections(PROJECT, ACCOUNT)

    assert row["requesterAccountId"] == ACCOUNT


@pytest.mark.parametrize("body", [[], {}, {"results": None}, {"results": {}}, "text", 5, None])
async def test_json_that_is_no_list_of_results_counts_as_unavailable(body: object) -> None:
    session = session_of(lambda _: httpx.Response(200, content=json.dumps(body)))

    with pytest.raises(Unavailable, match="no list of results"):
        await session.list_connections(PROJECT, ACCOUNT)


def test_a_field_of_a_wrong_type_counts_as_left_out() -> None:
    row = {"name": "pcx-1", "cloudStatus": {"code": "active"}, "requesterVpcId": OTHER_VPC, "unheardOf": 1}

    connection = parse_connection(row)

    assert (connection.name, connection.cloud_status) == ("pcx-1", None)
    assert connection.requester_vpc_id == OTHER_VPC


async def test_every_request_says_who_makes_it(simulator: Simulator, account_session: Session) -> None:
    await account_session.list_connections(PROJECT, ACCOUNT)

    agents = {call.user_agent for call in simulator.calls()}
    assert agents == {
        f"atlas-streams-peering/{__version__} ({platform.system().lower()}; {platform.machine().lower()})"
    }
    assert re.fullmatch(r"atlas-streams-peering/\S+ \(\w+; \w+\)", agents.pop())


async def test_the_version_of_the_endpoint_is_asked_for(simulator: Simulator, session: Session) -> None:
    await session.list_connections(PROJECT, ACCOUNT)

    accepted = {exchange.request_headers["accept"] for exchange in simulator.exchanges}
    assert accepted == {"application/vnd.atlas.2023-02-01+json"}


@pytest.mark.parametrize("prefix", ["/proxied", "/proxied/"])
async def test_a_base_url_may_have_a_path(prefix: str) -> None:
    paths = []

    def answer(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        return httpx.Response(200, json=EMPTY_LIST)

    session = session_of(answer, base_url=f"https://gateway.example{prefix}")
    await session.list_connections(PROJECT, ACCOUNT)

    assert paths == [f"/proxied/api/atlas/v2/groups/{PROJECT}/streams/vpcPeeringConnections"]


async def test_each_request_is_observed(simulator: Simulator) -> None:
    observed = []
    atlas = Atlas(simulator.base_url, observer=lambda *one: observed.append(one[:3]))
    await atlas.session(KEY).list_connections(PROJECT, ACCOUNT)
    await atlas.aclose()

    assert observed == [("listVpcPeeringConnections", PROJECT, 200)]


async def test_the_same_credentials_share_a_session_until_they_are_forgotten(atlas: Atlas) -> None:
    before = atlas.session(KEY)
    assert atlas.session(KEY) == before

    await atlas.forget(KEY.fingerprint)

    assert atlas.session(KEY) != before


async def test_sessions_and_budgets_that_nobody_uses_are_forgotten(atlas: Atlas) -> None:
    session = atlas.session(KEY)
    await session.list_connections(PROJECT, ACCOUNT)

    await atlas.keep_only({KEY.fingerprint}, {PROJECT})
    assert (atlas.session(KEY), list(atlas.budgets)) == (session, [PROJECT])

    await atlas.keep_only((), ())
    assert atlas.budgets == {}
    assert atlas.session(KEY) != session
