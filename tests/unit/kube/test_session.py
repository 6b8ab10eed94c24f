"""Kopf's session tells of each list and each watch, and is the same for the same credentials."""

from collections.abc import AsyncIterator

import kopf
import pytest

from atlas_streams_peering.kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from atlas_streams_peering.kube.session import Sessions, Stream
from unit.controller.api_server import ApiServer

LIST = STREAMS_VPC_PEERING.path()


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as server:
        yield server


@pytest.mark.parametrize(
    ("method", "path", "status", "told"),
    [
        ("GET", LIST, 200, [("list", Stream("streamsvpcpeerings", None))]),
        ("GET", f"{LIST}?limit=500&continue=0", 200, [("list", Stream("streamsvpcpeerings", None))]),
        ("GET", STREAMS_VPC_PEERING.path("streams"), 200, [("list", Stream("streamsvpcpeerings", "streams"))]),
        ("GET", "/apis", 404, []),
        ("GET", f"{LIST}?watch=true&resourceVersion=7", 200, [("watch", Stream("streamsvpcpeerings", None))]),
        ("GET", f"{LIST}?watch=true&resourceVersion=7", 403, []),
        ("GET", LIST, 410, []),
        ("GET", LIST, 503, []),
        ("POST", LIST, 500, []),
    ],
)
async def test_a_list_or_a_watch_that_the_api_server_answers_is_told_of_and_nothing_else(
    server: ApiServer, method: str, path: str, status: int, told: list[tuple[str, Stream]]
) -> None:
    heard: list[tuple[str, Stream]] = []
    if status != 200:
        server.fail(method, status=status)
    sessions = Sessions(lambda one: heard.append(("list", one)), lambda one: heard.append(("watch", one)))
    made = sessions.session(kopf.ConnectionInfo(server=server.url))

    async with made.aiohttp_session as session, session.request(method, f"{server.url}{path}") as answer:
        assert answer.status == status

    assert heard == told


def test_a_short_path_lists_no_kind_of_ours() -> None:
    assert Stream.of(("/", "api")) == Stream("api", None)


async def test_the_same_credentials_get_the_same_session_and_others_another() -> None:
    sessions = Sessions()
    one = kopf.ConnectionInfo(server="https://api.example", token="one")
    other = kopf.ConnectionInfo(server="https://api.example", token="other")

    first, again, renewed = sessions.session(one), sessions.session(one), sessions.session(other)

    assert first is again
    assert renewed is not first
    assert renewed.aiohttp_session.headers["Authorization"] == "Bearer other"
    for made in (first, renewed):
        await made.aiohttp_session.close()
