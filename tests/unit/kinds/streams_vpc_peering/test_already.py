"""A change that Atlas refuses because it is so already: another did it since the last list. That is success."""

from typing import Any

import httpx
import pytest

from atlas_simulator import Simulator
from atlas_streams_peering.atlas.client import Atlas, Session
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.controller.decision import Change
from atlas_streams_peering.kinds.streams_vpc_peering.reconciler import StreamsVpcPeeringKind
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType
from atlas_streams_peering.kinds.streams_vpc_peering.states import is_so_already
from atlas_streams_peering.transport.errors import RateLimited, RequestRefused, ServiceError, Unauthorized, Unavailable
from simulator.caller import ACCOUNT, PROJECT
from unit.atlas.conftest import atlas, session, simulator
from unit.atlas.world import KEY, PENDING, connection_of
from unit.kinds.streams_vpc_peering.builders import connection

__all__ = ["atlas", "session", "simulator"]

ACCEPT, REJECT, DELETE = ActionType.ACCEPT, ActionType.REJECT, ActionType.DELETE
DEAD = ("expired", "rejected", "failed", "deleted")


async def request(kind: StreamsVpcPeeringKind, action: ActionType, row: Connection) -> None:
    assert await kind.act(Change(action, PROJECT, row.name, "", row), KEY) == {}


@pytest.fixture
def kind(atlas: Atlas) -> StreamsVpcPeeringKind:
    return StreamsVpcPeeringKind(atlas)


SO = [
    (ACCEPT, {"provisioning", "active"}, {"ACCEPT_REQUESTED", "REQUEST_ACCEPT"}),
    (REJECT, {*DEAD, "deleting"}, {"REJECT_REQUESTED", "REQUEST_REJECT"}),
    (DELETE, {*DEAD, "deleting"}, {"DELETE_REQUESTED", "REQUEST_DELETE"}),
]
WORDS = ("initiating-request", "pending-acceptance", "provisioning", "active", "deleting", *DEAD, "modifying")


@pytest.mark.parametrize(("action", "states", "local"), SO)
def test_a_row_shows_whether_it_is_so_already(action: ActionType, states: set[str], local: set[str]) -> None:
    assert {word for word in WORDS if is_so_already(action, connection(word))} == states
    words = {word for _, _, words in SO for word in words} | {"NONE", "UPDATE_FAILED"}
    pending = {word for word in words if is_so_already(action, connection("pending-acceptance", local_status=word))}
    assert pending == local


def test_what_is_not_listed_is_not_accepted_and_nothing_is_left_to_reject_or_delete() -> None:
    assert {action: is_so_already(action, None) for action in ActionType} == {ACCEPT: False, REJECT: True, DELETE: True}


@pytest.mark.parametrize(
    ("action", "became"),
    [
        (ACCEPT, "active"),
        (ACCEPT, "provisioning"),
        (REJECT, "rejected"),
        (REJECT, "expired"),
        (DELETE, "deleting"),
        (DELETE, "deleted"),
    ],
)
async def test_a_refusal_of_what_is_so_already_is_success(
    simulator: Simulator, session: Session, kind: StreamsVpcPeeringKind, action: ActionType, became: str
) -> None:
    row = await connection_of(simulator, session)
    simulator.set_cloud_status(row.name, became)

    await request(kind, action, row)

    assert [call.status for call in simulator.calls(action.lower())] == [409]


async def test_what_another_has_just_requested_is_success(
    simulator: Simulator, session: Session, kind: StreamsVpcPeeringKind
) -> None:
    row = await connection_of(simulator, session)
    await session.accept(PROJECT, row)

    await request(kind, ACCEPT, row)

    assert [call.status for call in simulator.calls("accept")] == [202, 409]


@pytest.mark.parametrize(
    ("action", "became"), [(ACCEPT, "rejected"), (ACCEPT, "expired"), (REJECT, "active"), (DELETE, "provisioning")]
)
async def test_a_refusal_of_what_is_not_so_stays_one(
    simulator: Simulator, session: Session, kind: StreamsVpcPeeringKind, action: ActionType, became: str
) -> None:
    row = await connection_of(simulator, session)
    simulator.set_cloud_status(row.name, became)

    with pytest.raises(RequestRefused, match="HTTP 409"):
        await request(kind, action, row)


def refusing(
    status: int, code: str | None, rows: list[dict[str, Any]] | int
) -> tuple[StreamsVpcPeeringKind, list[str]]:
    """Return the kind over an Atlas that refuses each change, and lists these rows, or refuses lists with a status."""
    lists: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            body = {"error": status, "detail": "No."} | ({"errorCode": code} if code else {})
            return httpx.Response(status, json=body)
        lists.append(request.url.path)
        return (
            httpx.Response(rows, json={"detail": "No."})
            if isinstance(rows, int)
            else httpx.Response(200, json={"results": rows})
        )

    return StreamsVpcPeeringKind(Atlas("https://atlas.example", http_transport=httpx.MockTransport(answer))), lists


LISTED = [{"name": PENDING.name, "requesterAccountId": ACCOUNT, "cloudStatus": "active"}]
"""As a list shows it that lags behind."""


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "RESOURCE_NOT_FOUND"), (404, "PEER_NOT_FOUND"), (404, None), (409, "PEER_ALREADY_REQUESTED_DELETION")],
)
async def test_the_deletion_of_what_is_gone_is_success_whatever_a_list_shows(status: int, code: str | None) -> None:
    kind, lists = refusing(status, code, LISTED)

    await request(kind, DELETE, PENDING)

    assert lists == []


@pytest.mark.parametrize("code", ["GROUP_NOT_FOUND", "INVALID_GROUP_ID"])
async def test_a_project_that_is_not_there_is_no_deleted_connection(code: str) -> None:
    kind, _ = refusing(404, code, 404)

    with pytest.raises(RequestRefused):
        await request(kind, DELETE, PENDING)


@pytest.mark.parametrize("action", [REJECT, DELETE])
async def test_what_is_not_listed_any_more_needs_no_change(action: ActionType) -> None:
    kind, lists = refusing(400, "VALIDATION_ERROR", [])

    await request(kind, action, PENDING)

    assert len(lists) == 1


async def test_where_atlas_does_not_list_the_refusal_stays() -> None:
    kind, _ = refusing(409, "PEER_INVALID_STATE", 403)

    with pytest.raises(RequestRefused, match="PEER_INVALID_STATE"):
        await request(kind, DELETE, PENDING)


@pytest.mark.parametrize(("status", "error"), [(403, Unauthorized), (429, RateLimited), (500, Unavailable)])
async def test_any_other_failure_is_none_of_this(status: int, error: type[ServiceError]) -> None:
    kind, lists = refusing(status, None, [])

    with pytest.raises(error):
        await request(kind, DELETE, PENDING)
    assert lists == []
