"""Network peerings and containers: what is asked of Atlas, and what its answers mean."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from atlas_simulator import Simulator
from atlas_streams_peering.atlas.calls import PAGE_SIZE
from atlas_streams_peering.atlas.client import Atlas
from atlas_streams_peering.atlas.models import ContainerRequest, Peer, PeerRequest, parse
from atlas_streams_peering.atlas.network_peering import NetworkPeering
from atlas_streams_peering.atlas.rate_limit import network_peering_scope
from atlas_streams_peering.transport.credentials import ApiKey
from atlas_streams_peering.transport.errors import (
    ProjectNotFound,
    RateLimited,
    Refused,
    RequestRefused,
    ServiceError,
    Unauthorized,
    Unavailable,
)
from simulator.caller import ACCOUNT, OTHER_VPC, PROJECT, UNKNOWN_PROJECT, VPC
from unit.atlas.world import session_of

KEY = ApiKey("public-of-network", "private-of-network")
PEER = "6759e61aa6cf0a5476e233d1"

CONTAINER = ContainerRequest("US_EAST_1", "192.168.248.0/21")

Make = Callable[[NetworkPeering], Awaitable[object]]


def wanted(container: str = "b" * 24, vpc: str = VPC, routes: str = "10.0.0.0/16") -> PeerRequest:
    return PeerRequest(container, ACCOUNT, vpc, routes, "eu-west-1")


CHANGES: dict[str, Make] = {
    "create-container": lambda calls: calls.create_container(PROJECT, CONTAINER),
    "create-peer": lambda calls: calls.create_peer(PROJECT, wanted()),
    "update-peer": lambda calls: calls.change_peer(PROJECT, PEER, wanted()),
    "delete-peer": lambda calls: calls.delete_peer(PROJECT, PEER),
}
changes = pytest.mark.parametrize("operation", CHANGES)


@pytest.fixture
def calls(simulator: Simulator, atlas: Atlas) -> NetworkPeering:
    simulator.add_api_key(KEY.public_key, KEY.private_key, roles={PROJECT: "project-owner"})
    return NetworkPeering(atlas.session(KEY))


def refusing(status: int, code: str | None) -> NetworkPeering:
    body = {"error": status, "detail": "What Atlas says."} | ({"errorCode": code} if code else {})
    return NetworkPeering(session_of(lambda _: httpx.Response(status, json=body)))


async def test_a_peering_is_made_changed_and_deleted(simulator: Simulator, calls: NetworkPeering) -> None:
    container = await calls.create_container(PROJECT, CONTAINER)
    assert container is not None
    assert (container.region_name, container.atlas_cidr_block, container.vpc_id) == (
        "US_EAST_1",
        "192.168.248.0/21",
        None,
    )
    peer = await calls.create_peer(PROJECT, wanted(container.id))
    assert peer is not None
    assert (peer.status_name, peer.connection_id, peer.accepter_region_name) == ("INITIATING", None, "eu-west-1")
    simulator.advance(2)
    [row] = await calls.list_peers(PROJECT)
    assert (row["id"], row["statusName"]) == (peer.id, "PENDING_ACCEPTANCE")
    await calls.change_peer(PROJECT, peer.id, wanted(container.id, routes="10.1.0.0/16"))
    assert simulator.network_peering.peer(peer.id).routes == "10.1.0.0/16"
    assert await calls.delete_peer(PROJECT, peer.id) is True
    assert await calls.delete_peer(PROJECT, peer.id) is True
    simulator.advance(2)
    assert await calls.delete_peer(PROJECT, peer.id) is False
    [container_row] = await calls.list_containers(PROJECT)
    assert container_row["vpcId"].startswith("vpc-")


@pytest.mark.parametrize(("rows", "pages"), [(PAGE_SIZE - 1, 1), (PAGE_SIZE + 1, 2)])
async def test_all_pages_are_read(simulator: Simulator, calls: NetworkPeering, rows: int, pages: int) -> None:
    simulator.configure({"network_peering": {"maximum": 10_000, "maximum_pending": 10_000}})
    container = simulator.network_peering.add_container(PROJECT, "US_EAST_1")
    names = {
        simulator.network_peering.add_peer(
            container, ACCOUNT, f"vpc-{number:017x}", f"10.{number // 256}.{number % 256}.0/24"
        )
        for number in range(rows)
    }
    assert {row["id"] for row in await calls.list_peers(PROJECT)} == names
    assert len(simulator.calls("list-peers")) == pages


async def test_the_streams_endpoints_have_another_budget(calls: NetworkPeering, atlas: Atlas) -> None:
    await calls.list_peers(PROJECT)
    assert list(atlas.budgets) == [network_peering_scope(PROJECT)]
    for _ in range(2000):
        atlas.budget(network_peering_scope(PROJECT)).take(change=True)
    assert atlas.budget(PROJECT).take(change=False) == 0


@pytest.mark.parametrize(
    ("odd", "region"), [({"accepterRegionName": None}, None), ({"accepterRegionName": 7}, None), ({}, None)]
)
def test_a_peering_may_leave_out_its_region(odd: dict[str, Any], region: str | None) -> None:
    assert parse(Peer, {"id": PEER, "vpcId": VPC, **odd}).accepter_region_name == region


@pytest.mark.parametrize("operation", [name for name in CHANGES if name != "delete-peer"])
@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "VALIDATION_ERROR", Refused),
        (400, "ATLAS_INVALID_CIDR_BLOCK", Refused),
        (404, "CLOUD_PROVIDER_CONTAINER_NOT_FOUND", Refused),
        (404, "GROUP_NOT_FOUND", ProjectNotFound),
        (409, "OVERLAPPING_ATLAS_CIDR_BLOCK", Refused),
        (409, "PEER_MAXIMUM_REACHED", Refused),
        (409, "PEER_INVALID_STATE", RequestRefused),
        (410, "VERSION_GONE", RequestRefused),
        (429, "RATE_LIMITED", RateLimited),
        (500, "UNEXPECTED_ERROR", Unavailable),
        (503, None, Unavailable),
    ],
)
async def test_a_refusal_is_an_error_of_its_kind(
    operation: str, status: int, code: str | None, kind: type[ServiceError]
) -> None:
    with pytest.raises(ServiceError) as raised:
        await CHANGES[operation](refusing(status, code))
    assert type(raised.value) is kind
    assert not code or code in str(raised.value)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "VALIDATION_ERROR", RequestRefused),
        (409, "PEER_INVALID_STATE", RequestRefused),
        (409, "CONFLICT", RequestRefused),
        (404, "GROUP_NOT_FOUND", ProjectNotFound),
        (429, "RATE_LIMITED", RateLimited),
        (500, "UNEXPECTED_ERROR", Unavailable),
    ],
)
async def test_a_refused_deletion_is_never_for_good(status: int, code: str, kind: type[ServiceError]) -> None:
    with pytest.raises(ServiceError) as raised:
        await CHANGES["delete-peer"](refusing(status, code))
    assert type(raised.value) is kind


@pytest.mark.parametrize("code", ["PEER_ALREADY_EXISTS", "PEER_ALREADY_REQUESTED_DELETION", "PEER_NOT_FOUND"])
async def test_what_depends_on_the_state_of_a_peering_is_no_refusal_for_good(code: str) -> None:
    with pytest.raises(RequestRefused):
        await CHANGES["create-peer"](refusing(404 if code == "PEER_NOT_FOUND" else 409, code))


@pytest.mark.parametrize(
    ("status", "code", "there"),
    [
        (404, "PEER_NOT_FOUND", False),
        (404, "INVALID_PEER_ID", False),
        (404, "RESOURCE_NOT_FOUND", False),
        (404, None, True),
        (409, "PEER_ALREADY_REQUESTED_DELETION", True),
    ],
)
async def test_a_peering_that_is_gone_or_going_needs_no_deletion(status: int, code: str | None, there: bool) -> None:
    assert await refusing(status, code).delete_peer(PROJECT, PEER) is there


@pytest.mark.parametrize(
    ("operation", "role"),
    [
        ("create-peer", "Project Network Access Manager"),
        ("update-peer", "Project Network Access Manager"),
        ("delete-peer", "Project Network Access Manager"),
        ("create-container", "Project Owner"),
    ],
)
async def test_a_missing_role_is_named(operation: str, role: str) -> None:
    with pytest.raises(Unauthorized, match=role):
        await CHANGES[operation](refusing(401, "USER_UNAUTHORIZED"))


@pytest.mark.parametrize("path", ["peers", "containers"])
async def test_the_lists_say_what_they_need(simulator: Simulator, calls: NetworkPeering, path: str) -> None:
    lists = {"peers": calls.list_peers, "containers": calls.list_containers}
    with pytest.raises(ProjectNotFound):
        await lists[path](UNKNOWN_PROJECT)
    simulator.set_role(KEY.public_key, PROJECT, None)
    with pytest.raises(Unauthorized, match="Project Read Only"):
        await lists[path](PROJECT)


@changes
@pytest.mark.parametrize("fault", ["drop", "lose-reply", "proxy-page"])
async def test_a_change_without_a_clear_answer_is_not_sent_again(
    simulator: Simulator, calls: NetworkPeering, operation: str, fault: str
) -> None:
    simulator.fault(fault, operation)
    with pytest.raises(Unavailable):
        await CHANGES[operation](calls)
    assert len(simulator.calls(operation)) == 1


@pytest.mark.parametrize("body", ["", "{}", '{"id": null}'])
async def test_an_answer_that_does_not_show_what_was_made_is_no_error(body: str) -> None:
    calls = NetworkPeering(session_of(lambda _: httpx.Response(200, text=body)))
    assert await calls.create_peer(PROJECT, wanted()) is None
    assert await calls.create_container(PROJECT, CONTAINER) is None
    assert await calls.delete_peer(PROJECT, PEER) is True


@changes
async def test_a_page_does_not_say_that_atlas_took_a_change(operation: str) -> None:
    calls = NetworkPeering(session_of(lambda _: httpx.Response(200, text="<html>")))
    with pytest.raises(Unavailable):
        await CHANGES[operation](calls)


@pytest.mark.parametrize("name", ["x/../../../y", "x?a=b", "x#y", "x y"])
async def test_an_id_cannot_lead_to_another_path(name: str) -> None:
    targets = []

    def answer(request: httpx.Request) -> httpx.Response:
        targets.append(request.url.raw_path.decode())
        return httpx.Response(202, json={})

    await NetworkPeering(session_of(answer)).delete_peer(PROJECT, name)
    [target] = targets
    assert not set(target.removeprefix(f"/api/atlas/v2/groups/{PROJECT}/peers/")) & set("/?#: ")


async def test_a_change_names_everything_that_identifies_the_peering(
    simulator: Simulator, calls: NetworkPeering
) -> None:
    container = simulator.network_peering.add_container(PROJECT, "US_EAST_1")
    peer = simulator.network_peering.add_peer(container, ACCOUNT, OTHER_VPC, accepter_region="eu-west-1")
    simulator.advance(2)
    request = wanted(container, vpc=OTHER_VPC, routes="10.3.0.0/16")
    await calls.change_peer(PROJECT, peer, request)
    assert json.loads(simulator.exchanges[-1].request_body) == request.body
