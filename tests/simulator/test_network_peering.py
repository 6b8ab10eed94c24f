from typing import Any

import httpx
import pytest

from atlas_simulator import Simulator
from simulator.caller import ACCOUNT, DAY, OTHER_PROJECT, OTHER_VPC, PROJECT, UNKNOWN_PROJECT, VERSION, VPC, code
from simulator.network_peering import PEERING_VERSION, ROUTES, PeeringCaller, peer_body


@pytest.fixture
def network(simulator: Simulator, client: httpx.AsyncClient) -> PeeringCaller:
    """A client with the role Project Owner."""
    roles = {PROJECT: "project-owner", OTHER_PROJECT: "project-owner"}
    simulator.add_api_key("network", "private-of-network", roles=roles)
    client.auth = httpx.DigestAuth("network", "private-of-network")
    return PeeringCaller(client)


@pytest.fixture
def container(simulator: Simulator) -> str:
    return simulator.network_peering.add_container(PROJECT, "US_EAST_1")


async def requested(network: PeeringCaller, container: str, **changes: object) -> str:
    response = await network.create(container, **changes)
    assert response.status_code == 200, response.text
    peer_id: str = response.json()["id"]
    return peer_id


async def test_a_peering_waits_for_the_other_side_and_then_becomes_available(
    simulator: Simulator, network: PeeringCaller, container: str
) -> None:
    response = await network.create(container)
    assert response.headers["Content-Type"] == PEERING_VERSION
    peer = response.json()
    assert (peer["statusName"], peer["connectionId"], peer["errorStateName"]) == ("INITIATING", None, None)
    simulator.advance(2)
    [row] = await network.peers()
    assert row["statusName"] == "PENDING_ACCEPTANCE"
    assert row["connectionId"].startswith("pcx-0")
    simulator.advance(DAY)
    assert (await network.peer(peer["id"]))["statusName"] == "PENDING_ACCEPTANCE"
    simulator.network_peering.accept(row["connectionId"])
    states = []
    for seconds in (0.5, 0.5, 2):
        simulator.advance(seconds)
        states.append((await network.peer(peer["id"]))["statusName"])
    assert states == ["PENDING_ACCEPTANCE", "FINALIZING", "AVAILABLE"]


@pytest.mark.parametrize(
    ("end", "error"),
    [("reject", "REJECTED"), ("expire", "EXPIRED"), ("wait", "EXPIRED"), ("no vpc", "INVALID_ARGUMENT")],
)
async def test_a_failed_peering_says_why_and_stays_listed(
    simulator: Simulator, network: PeeringCaller, container: str, end: str, error: str
) -> None:
    outbound = simulator.network_peering
    if end == "no vpc":
        outbound.refuse_vpc(VPC)
    peer = await requested(network, container)
    simulator.advance(2)
    match end:
        case "reject":
            outbound.reject(peer)
        case "expire":
            outbound.expire(peer)
        case _:
            simulator.advance(7 * DAY)
    simulator.advance(DAY)
    [row] = await network.peers()
    assert (row["statusName"], row["errorStateName"]) == ("FAILED", error)
    assert (row["connectionId"] is None) is (end == "no vpc")
    assert code(await network.create(container)) == (409, "PEER_ALREADY_EXISTS")


async def test_a_deleted_peering_is_terminating_until_it_is_gone(
    simulator: Simulator, network: PeeringCaller, container: str
) -> None:
    peer = await requested(network, container)
    assert code(await network.call("DELETE", f"peers/{peer}")) == (409, "PEER_INVALID_STATE")
    simulator.advance(2)
    assert (await network.call("DELETE", f"peers/{peer}")).status_code == 202
    assert (await network.peer(peer))["statusName"] == "TERMINATING"
    assert code(await network.call("DELETE", f"peers/{peer}")) == (409, "PEER_ALREADY_REQUESTED_DELETION")
    assert code(await network.create(container)) == (409, "PEER_ALREADY_EXISTS")
    simulator.advance(2)
    assert await network.peers() == []
    for method in ("GET", "DELETE"):
        assert code(await network.call(method, f"peers/{peer}")) == (404, "PEER_NOT_FOUND")
    assert (await network.create(container)).status_code == 200


async def test_the_region_is_null_where_it_is_the_containers_own(
    simulator: Simulator, network: PeeringCaller, container: str
) -> None:
    await requested(network, container, accepterRegionName="us-east-1")
    await requested(network, container, vpcId=OTHER_VPC, routeTableCidrBlock="10.1.0.0/16")
    assert [row["accepterRegionName"] for row in await network.peers()] == [None, "eu-west-1"]
    simulator.configure({"network_peering": {"null_accepter_region": False}})
    assert [row["accepterRegionName"] for row in await network.peers()] == ["us-east-1", "eu-west-1"]


async def test_what_is_not_known_is_null_or_left_out(
    simulator: Simulator, network: PeeringCaller, container: str
) -> None:
    await requested(network, container)
    assert "connectionId" in (await network.peers())[0]
    simulator.configure({"network_peering": {"nulls": False}})
    assert {"connectionId", "errorStateName"}.isdisjoint((await network.peers())[0])
    assert "vpcId" not in (await network.containers())[0]


async def test_a_changed_route_finalizes_an_available_peering_again(
    simulator: Simulator, network: PeeringCaller, container: str
) -> None:
    peer = await requested(network, container)
    changed = peer_body(container, routeTableCidrBlock="10.2.0.0/16")
    assert code(await network.call("PATCH", f"peers/{peer}", changed)) == (409, "PEER_INVALID_STATE")
    simulator.advance(2)
    assert (await network.call("PATCH", f"peers/{peer}", changed)).json()["routeTableCidrBlock"] == "10.2.0.0/16"
    assert (await network.peer(peer))["statusName"] == "PENDING_ACCEPTANCE"
    simulator.network_peering.accept(peer)
    simulator.advance(3)
    back = await network.call("PATCH", f"peers/{peer}", peer_body(container))
    assert (back.json()["statusName"], back.json()["routeTableCidrBlock"]) == ("FINALIZING", ROUTES)
    simulator.advance(2)
    row = await network.peer(peer)
    assert (row["statusName"], row["routeTableCidrBlock"]) == ("AVAILABLE", ROUTES)


async def test_a_changed_pending_peering_still_expires(
    simulator: Simulator, network: PeeringCaller, container: str
) -> None:
    peer = await requested(network, container)
    simulator.advance(2)
    await network.call("PATCH", f"peers/{peer}", peer_body(container, routeTableCidrBlock="10.2.0.0/16"))
    simulator.advance(7 * DAY)
    assert (await network.peer(peer))["errorStateName"] == "EXPIRED"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("vpcId", OTHER_VPC),
        ("awsAccountId", "000000000001"),
        ("accepterRegionName", "eu-west-2"),
        ("containerId", "b" * 24),
    ],
)
async def test_nothing_but_the_route_can_be_changed(
    simulator: Simulator, network: PeeringCaller, container: str, field: str, value: str
) -> None:
    peer = await requested(network, container)
    simulator.advance(2)
    response = await network.call("PATCH", f"peers/{peer}", peer_body(container, **{field: value}))
    assert code(response) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"containerId": ...}, 400, "VALIDATION_ERROR"),
        ({"containerId": "short"}, 400, "VALIDATION_ERROR"),
        ({"containerId": "b" * 24}, 404, "CLOUD_PROVIDER_CONTAINER_NOT_FOUND"),
        ({"awsAccountId": "1"}, 400, "VALIDATION_ERROR"),
        ({"awsAccountId": 417601102659}, 400, "VALIDATION_ERROR"),
        ({"vpcId": "vpc-00000001"}, 400, "VALIDATION_ERROR"),
        ({"accepterRegionName": ...}, 400, "VALIDATION_ERROR"),
        ({"accepterRegionName": "US_EAST_1"}, 400, "VALIDATION_ERROR"),
        ({"accepterRegionName": "eu-nowhere-1"}, 400, "VALIDATION_ERROR"),
        ({"routeTableCidrBlock": "10.0.0.0"}, 400, "ATLAS_INVALID_CIDR_BLOCK"),
        ({"routeTableCidrBlock": "10.0.0.1/16"}, 400, "ATLAS_INVALID_CIDR_BLOCK"),
        ({"routeTableCidrBlock": "192.168.0.0/16"}, 409, "OVERLAPPING_ATLAS_CIDR_BLOCK"),
        ({"statusName": "AVAILABLE"}, 400, "ATTRIBUTE_READ_ONLY"),
        ({"colour": "blue"}, 400, "INVALID_ATTRIBUTE"),
        ({"providerName": ...}, 400, "VALIDATION_ERROR"),
        ({"providerName": "GCP"}, 400, "VALIDATION_ERROR"),
    ],
)
async def test_a_wrong_request_is_refused(
    network: PeeringCaller, container: str, changes: dict[str, object], status: int, error: str
) -> None:
    assert code(await network.create(container, **changes)) == (status, error)
    assert await network.peers() == []


async def test_two_peerings_of_a_container_need_routes_and_vpcs_of_their_own(
    simulator: Simulator, network: PeeringCaller, container: str
) -> None:
    await requested(network, container)
    assert code(await network.create(container, routeTableCidrBlock="10.1.0.0/16")) == (409, "PEER_ALREADY_EXISTS")
    overlapping = await network.create(container, vpcId=OTHER_VPC, routeTableCidrBlock="10.0.128.0/17")
    assert code(overlapping) == (409, "OVERLAPPING_CIDR_BLOCK")
    elsewhere = simulator.network_peering.add_container(PROJECT, "EU_WEST_1", "192.168.0.0/21")
    await requested(network, elsewhere)


async def test_the_number_of_peerings_is_limited(simulator: Simulator, network: PeeringCaller, container: str) -> None:
    simulator.configure({"network_peering": {"maximum": 2, "maximum_pending": 1}})
    peer = await requested(network, container)
    second = {"vpcId": OTHER_VPC, "routeTableCidrBlock": "10.1.0.0/16"}
    assert code(await network.create(container, **second)) == (409, "PEER_MAXIMUM_REACHED")
    simulator.advance(2)
    simulator.network_peering.accept(peer)
    simulator.advance(9)
    await requested(network, container, **second)
    third = {"vpcId": "vpc-0bbbbbbbbbbbbbbbb", "routeTableCidrBlock": "10.2.0.0/16"}
    simulator.advance(9)
    assert code(await network.create(container, **third)) == (409, "PEER_MAXIMUM_REACHED")


async def test_the_list_is_paged_and_counted(simulator: Simulator, network: PeeringCaller, container: str) -> None:
    for number in range(3):
        await requested(network, container, vpcId=f"vpc-{number:017x}", routeTableCidrBlock=f"10.{number}.0.0/16")
    whole = await network.peers()
    pages = [await network.peers(itemsPerPage=2, pageNum=page) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [2, 1, 0]
    assert [*pages[0], *pages[1]] == whole
    assert (await network.call("GET", "peers")).json()["totalCount"] == 3
    assert "totalCount" not in (await network.call("GET", "peers", includeCount="false")).json()
    assert (await network.peers(providerName="AZURE")) == []
    network.project = OTHER_PROJECT
    assert await network.peers() == []


@pytest.mark.parametrize(
    "query", [{"itemsPerPage": 501}, {"pageNum": 0}, {"providerName": "IBM"}, {"envelope": "true"}]
)
async def test_a_wrong_query_is_refused(network: PeeringCaller, query: dict[str, Any]) -> None:
    assert (await network.call("GET", "peers", **query)).status_code == 400


async def test_the_list_lags_behind_changes(simulator: Simulator, network: PeeringCaller, container: str) -> None:
    simulator.configure({"network_peering": {"delays": {"visibility": 5}}, "read_lag": 1})
    peer = await requested(network, container)
    assert await network.peers() == []
    assert (await network.peer(peer))["id"] == peer
    simulator.advance(5.5)
    assert await network.peers() == []
    simulator.advance(0.5)
    assert [row["id"] for row in await network.peers()] == [peer]


async def test_a_project_has_one_container_in_a_region_and_no_overlapping_ones(network: PeeringCaller) -> None:
    response = await network.create_container()
    assert response.status_code == 200, response.text
    row = response.json()
    assert (row["regionName"], row["atlasCidrBlock"], row["provisioned"], row["vpcId"]) == (
        "US_EAST_1",
        "192.168.240.0/21",
        False,
        None,
    )
    assert code(await network.create_container()) == (409, "CONTAINER_ALREADY_EXISTS")
    assert code(await network.create_container("EU_WEST_1")) == (409, "OVERLAPPING_ATLAS_CIDR_BLOCK")
    assert (await network.create_container("EU_WEST_1", "192.168.248.0/21")).status_code == 200
    assert [row["regionName"] for row in await network.containers()] == ["US_EAST_1", "EU_WEST_1"]
    assert (await network.call("GET", "containers")).status_code == 400


async def test_a_container_has_a_vpc_once_it_has_a_peering_and_cannot_go_then(
    simulator: Simulator, network: PeeringCaller, container: str
) -> None:
    peer = await requested(network, container)
    simulator.advance(2)
    [row] = await network.containers()
    assert row["provisioned"] is True
    assert row["vpcId"].startswith("vpc-0")
    assert code(await network.call("DELETE", f"containers/{container}")) == (409, "CONTAINERS_IN_USE")
    await network.call("DELETE", f"peers/{peer}")
    simulator.advance(9)
    assert (await network.call("DELETE", f"containers/{container}")).status_code == 204
    assert code(await network.call("GET", f"containers/{container}")) == (404, "CLOUD_PROVIDER_CONTAINER_NOT_FOUND")


@pytest.mark.parametrize(
    ("region", "block", "error"),
    [
        ("us-east-1", "192.168.240.0/21", "VALIDATION_ERROR"),
        ("US_EAST_1", "192.168.0.0/20", "ATLAS_INVALID_CIDR_RANGE"),
        ("US_EAST_1", "192.168.0.0/25", "ATLAS_INVALID_CIDR_RANGE"),
        ("US_EAST_1", "8.8.8.0/24", "ATLAS_INVALID_CIDR_RANGE"),
        ("US_EAST_1", "everywhere", "ATLAS_INVALID_CIDR_BLOCK"),
    ],
)
async def test_a_wrong_container_is_refused(network: PeeringCaller, region: str, block: str, error: str) -> None:
    assert code(await network.create_container(region, block)) == (400, error)


@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        ("read", [200, 200, 401, 401]),
        ("owner", [200, 200, 401, 401]),
        ("network", [200, 200, 200, 401]),
        ("project-owner", [200, 200, 200, 200]),
        (None, [401, 401, 401, 401]),
    ],
)
async def test_each_operation_needs_its_role(
    simulator: Simulator, network: PeeringCaller, container: str, role: str | None, statuses: list[int]
) -> None:
    simulator.set_role("network", PROJECT, role)
    answers = [
        await network.call("GET", "peers"),
        await network.call("GET", "containers", providerName="AWS"),
        await network.create(container),
        await network.create_container("EU_WEST_1", "10.8.0.0/21"),
    ]
    assert [answer.status_code for answer in answers] == statuses


async def test_the_owner_of_a_project_may_do_everything(simulator: Simulator, network: PeeringCaller) -> None:
    path = f"streams/vpcPeeringConnections/{simulator.request_peering(project=PROJECT, account=ACCOUNT, vpc=VPC)}"
    assert (await network.call("POST", f"{path}:reject", accept=VERSION)).status_code == 202


async def test_an_unknown_project_and_version_are_refused(network: PeeringCaller) -> None:
    assert (await network.call("GET", "peers", accept="application/json")).status_code == 406
    network.project = UNKNOWN_PROJECT
    assert code(await network.call("GET", "peers")) == (404, "GROUP_NOT_FOUND")


async def test_network_peering_has_a_bucket_of_its_own(simulator: Simulator, network: PeeringCaller) -> None:
    assert (await network.call("GET", "peers")).headers["RateLimit-Limit"] == "2000"
    simulator.empty_bucket(PROJECT)
    assert (await network.call("GET", "peers")).headers["RateLimit-Remaining"] == "1998"
    simulator.network_peering.empty_bucket(PROJECT)
    assert (await network.call("GET", "containers", providerName="AWS")).status_code == 429
    details = await network.call(
        "GET", "streams/accountDetails", accept=VERSION.replace("2023-02-01", "2024-11-13"), cloudProvider="aws"
    )
    assert details.status_code == 429


@pytest.mark.parametrize(
    ("kind", "state"),
    [("no-effect", None), ("stuck", "INITIATING"), ("update-failed", "FAILED"), ("lose-reply", "AVAILABLE")],
)
async def test_a_fault_hits_a_creation(
    simulator: Simulator, network: PeeringCaller, container: str, kind: str, state: str | None
) -> None:
    simulator.fault(kind, "create-peer")
    if kind == "lose-reply":
        with pytest.raises(httpx.TransportError):
            await network.create(container)
    else:
        assert (await network.create(container)).status_code == 200
    simulator.advance(60)
    for peer in simulator.network_peering.peers():
        if peer.status_name == "PENDING_ACCEPTANCE":
            simulator.network_peering.accept(peer.id)
    simulator.advance(60)
    assert [row["statusName"] for row in await network.peers()] == ([state] if state else [])


@pytest.mark.parametrize(
    ("kind", "state"), [("no-effect", "PENDING_ACCEPTANCE"), ("stuck", "TERMINATING"), ("update-failed", "FAILED")]
)
async def test_a_fault_hits_a_deletion_of_one_peering(
    simulator: Simulator, network: PeeringCaller, container: str, kind: str, state: str
) -> None:
    peer = await requested(network, container)
    simulator.advance(2)
    simulator.fault(kind, "delete-peer", connection=peer)
    assert (await network.call("DELETE", f"peers/{peer}")).status_code == 202
    simulator.advance(60)
    assert (await network.peer(peer))["statusName"] == state
    [call] = simulator.calls("delete-peer", connection=peer)
    assert (call.fault, call.status) == (kind, 202)


async def test_people_change_peerings_and_containers_too(simulator: Simulator, network: PeeringCaller) -> None:
    outbound = simulator.network_peering
    container = outbound.add_container(PROJECT, "US_EAST_1")
    with pytest.raises(ValueError, match="CONTAINER_ALREADY_EXISTS"):
        outbound.add_container(PROJECT, "US_EAST_1", "10.8.0.0/21")
    peer = outbound.add_peer(container, ACCOUNT, VPC)
    with pytest.raises(ValueError, match="PEER_ALREADY_EXISTS"):
        outbound.add_peer(container, ACCOUNT, VPC)
    with pytest.raises(ValueError, match="INITIATING, not PENDING_ACCEPTANCE"):
        outbound.accept(peer)
    outbound.set_status(peer, "AVAILABLE")
    assert [row["statusName"] for row in await network.peers()] == ["AVAILABLE"]
    outbound.vanish(peer)
    assert await network.peers() == []
    assert outbound.peer(peer).status_name is None
    outbound.remove_container(container)
    assert outbound.containers() == []
    with pytest.raises(KeyError, match="no container"):
        outbound.remove_container(container)
    with pytest.raises(KeyError, match="no peer"):
        outbound.accept("pcx-00000000")


async def test_control_over_http_does_what_the_other_side_does(simulator: Simulator, network: PeeringCaller) -> None:
    async def control(method: str, path: str, body: object = None) -> Any:
        response = await network.client.request(method, f"/_simulator/{path}", json=body, auth=None)
        return response.json() if response.status_code < 400 else response.status_code

    await control("POST", "containers", {"project": PROJECT, "region": "US_EAST_1"})
    [container] = await control("GET", "containers")
    peer = await requested(network, container["id"])
    simulator.advance(2)
    [shown] = await control("GET", f"peers?project={PROJECT}")
    assert (shown["id"], shown["status_name"]) == (peer, "PENDING_ACCEPTANCE")
    await control("POST", f"peers/{shown['connection_id']}:accept")
    simulator.advance(3)
    assert (await control("GET", f"peers/{peer}"))["status_name"] == "AVAILABLE"
    assert await control("POST", f"peers/{peer}:reject") == 400
    assert await control("POST", f"peers/{peer}:expire") == 400
    assert (await control("DELETE", f"peers/{peer}"))["status_name"] is None
    assert await control("GET", "peers/nobody") == 404


async def test_a_configuration_may_contain_containers(simulator: Simulator, network: PeeringCaller) -> None:
    declared = {"project": PROJECT, "region": "US_EAST_1", "cidr_block": "192.168.240.0/21"}
    answer = await network.client.post("/_simulator/configuration", json={"containers": [declared]})
    assert answer.status_code == 201
    assert [row["atlasCidrBlock"] for row in await network.containers()] == ["192.168.240.0/21"]


async def test_requests_without_credentials_take_from_the_bucket_only_if_set(
    simulator: Simulator, network: PeeringCaller
) -> None:
    simulator.configure({"network_peering": {"rate_limit": {"capacity": 2, "count_challenges": True}}})
    path = f"{network.root}/peers"
    statuses = [(await network.client.get(path, auth=None)).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]
