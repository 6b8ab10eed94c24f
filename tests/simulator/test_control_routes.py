from typing import Any

import httpx
import pytest

from atlas_simulator import Simulator
from simulator.caller import ACCOUNT, OTHER_VPC, PROJECT, VPC, Caller, request

PEERING = {"project": PROJECT, "account": ACCOUNT, "vpc": VPC}


async def control(client: httpx.AsyncClient, method: str, path: str, body: object = None) -> Any:
    response = await client.request(method, f"/_simulator/{path}", json=body, auth=None)
    assert response.status_code in (200, 201), response.text
    return response.json()


async def test_it_says_that_it_is_there(client: httpx.AsyncClient) -> None:
    assert await control(client, "GET", "health") == {"status": "ok"}


async def test_time_is_controlled(simulator: Simulator, client: httpx.AsyncClient) -> None:
    before = simulator.now()
    assert await control(client, "POST", "clock", {"advance": 60}) == {"now": before + 60, "frozen": True}
    assert (await control(client, "POST", "clock", {"frozen": False}))["frozen"] is False
    assert (await control(client, "POST", "clock", {"frozen": True}))["frozen"] is True
    assert (await control(client, "GET", "clock"))["now"] == simulator.now()


async def test_settings_are_read_and_changed(simulator: Simulator, client: httpx.AsyncClient) -> None:
    changed = await control(
        client, "PATCH", "settings", {"delays": {"visibility": 5}, "cloud_status_style": "PENDING_ACCEPTANCE"}
    )
    assert changed["delays"]["visibility"] == 5
    assert changed["delays"]["provisioning"] == 2
    assert await control(client, "GET", "settings") == changed
    assert simulator.settings.delays.visibility == 5
    assert simulator.settings.cloud_status_style.spell("deleted") == "DELETED"


async def test_a_peering_is_requested_seen_and_changed(simulator: Simulator, client: httpx.AsyncClient) -> None:
    peering = await control(client, "POST", "peerings", PEERING)
    name = peering["name"]
    assert (peering["cloud_status"], peering["requester"]["vpc_id"]) == ("pending-acceptance", VPC)
    changed = await control(client, "PATCH", f"peerings/{name}", {"cloud_status": "active", "message": "Up."})
    assert (changed["cloud_status"], changed["local_status"], changed["status_message"]) == (
        "active",
        "ACTIVE",
        "Up.",
    )
    changed = await control(client, "PATCH", f"peerings/{name}", {"local_status": "SCAN_FAILED"})
    assert (changed["cloud_status"], changed["local_status"]) == ("active", "SCAN_FAILED")
    assert (await control(client, "POST", f"peerings/{name}:expire"))["cloud_status"] == "expired"
    assert (await control(client, "DELETE", f"peerings/{name}"))["listed"] is False
    assert [each["name"] for each in await control(client, "GET", "peerings")] == [name]
    assert await control(client, "GET", "peerings?project=other") == []
    assert (await control(client, "GET", f"peerings/{name}"))["cloud_status"] == "deleted"
    assert simulator.connection(name).cloud_status == "deleted"


async def test_a_network_is_added_changed_and_removed(simulator: Simulator, owner: Caller) -> None:
    place = {"project": PROJECT, "provider": "aws", "region": "EU_WEST_1"}
    await control(owner.client, "POST", "networks", place)
    await control(owner.client, "POST", "networks", {**place, "values": {"cidr_block": "10.8.0.0/21"}})
    assert (await owner.details(region="EU_WEST_1")).json()["cidrBlock"] == "10.8.0.0/21"
    path = f"networks/{PROJECT}/aws/EU_WEST_1"
    values = {"aws_account_id": "974404375205", "vpc_id": "vpc-0ef7efa5ceca36e2f", "cidr_block": "10.8.0.0/21"}
    assert await control(owner.client, "GET", path) == {**place, "values": values}
    assert len(await control(owner.client, "GET", "networks")) == 3
    assert len(await control(owner.client, "GET", f"networks?project={PROJECT}")) == 2
    await control(owner.client, "DELETE", path)
    assert (await owner.details(region="EU_WEST_1")).status_code == 404
    await control(owner.client, "POST", "networks", {**place, "region": "US_EAST_1", "available": False})
    assert simulator.networks.all(PROJECT) == []


async def test_projects_and_credentials_are_added(client: httpx.AsyncClient) -> None:
    project = "b" * 24
    await control(client, "POST", "projects", {"project": project})
    roles = {project: "read"}
    await control(client, "POST", "api-keys", {"public_key": "key", "private_key": "x", "roles": roles})
    await control(
        client, "POST", "service-accounts", {"client_id": "mdb_sa_id_x", "client_secret": "x", "roles": roles}
    )
    client.auth = httpx.DigestAuth("key", "x")
    assert await Caller(client, project).rows() == []
    form = {"grant_type": "client_credentials"}
    response = await client.post("/api/oauth/token", data=form, auth=("mdb_sa_id_x", "x"))
    assert response.status_code == 200


async def test_a_whole_configuration_is_added(simulator: Simulator, client: httpx.AsyncClient) -> None:
    await control(
        client,
        "POST",
        "configuration",
        {
            "settings": {"read_lag": 1},
            "peerings": [PEERING],
            "faults": [{"kind": "hang", "operation": "delete"}],
        },
    )
    assert simulator.settings.read_lag == 1
    assert len(simulator.connections()) == 1
    assert len(simulator.faults()) == 1


async def test_faults_are_queued_listed_and_cleared(owner: Caller) -> None:
    fault = {"kind": "answer", "operation": "list", "status": 503, "times": 2}
    added = await control(owner.client, "POST", "faults", fault)
    assert (await owner.listing()).status_code == 503
    [listed] = await control(owner.client, "GET", "faults")
    assert listed.items() >= {**fault, "id": added["id"], "hits": 1}.items()
    await control(owner.client, "DELETE", "faults")
    assert (await owner.listing()).status_code == 200


async def test_one_fault_is_cleared(client: httpx.AsyncClient) -> None:
    first = await control(client, "POST", "faults", {"kind": "drop"})
    second = await control(client, "POST", "faults", {"kind": "drop"})
    await control(client, "DELETE", f"faults/{first['id']}")
    assert [each["id"] for each in await control(client, "GET", "faults")] == [second["id"]]


async def test_calls_are_listed_counted_and_cleared(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    await owner.accept(name)
    await owner.accept(name)
    await owner.listing()
    calls = await control(owner.client, "GET", f"calls?operation=accept&connection={name}&status=409")
    assert [call["status"] for call in calls] == [409]
    assert len(await control(owner.client, "GET", "calls?include_challenges=true")) == 4
    assert await control(owner.client, "GET", "counts") == {"accept": 2, "list": 1}
    assert await control(owner.client, "GET", "counts?include_challenges=true") == {"accept": 3, "list": 1}
    await control(owner.client, "DELETE", "calls")
    assert await control(owner.client, "GET", "calls") == []


async def test_control_is_not_in_the_log(simulator: Simulator, client: httpx.AsyncClient) -> None:
    await control(client, "GET", "health")
    assert simulator.calls(include_challenges=True) == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "nowhere", None, 404),
        ("PUT", "clock", {}, 404),
        ("GET", "peerings/pcx-0aaaaaaaaaaaaaaaa", None, 404),
        ("POST", "peerings", {**PEERING, "colour": "blue"}, 400),
        ("POST", "peerings", {**PEERING, "project": "nobody's"}, 400),
        ("POST", "peerings", {**PEERING, "vpc": OTHER_VPC, "delays": {"sleeping": 1}}, 400),
        ("POST", "peerings", {}, 400),
        ("POST", "peerings", [], 400),
        ("PATCH", "peerings/pcx-0aaaaaaaaaaaaaaaa", {"colour": "blue"}, 400),
        ("GET", f"networks/{PROJECT}/aws/EU_WEST_1", None, 404),
        ("DELETE", f"networks/{PROJECT}/aws/EU_WEST_1", None, 404),
        ("DELETE", f"networks/{PROJECT}/AWS/US_EAST_1", None, 400),
        ("POST", "networks", {"project": PROJECT, "provider": "aws", "region": "us-east-1"}, 400),
        ("POST", "networks", {"project": PROJECT, "provider": "aws"}, 400),
        (
            "POST",
            "networks",
            {"project": PROJECT, "provider": "aws", "region": "US_EAST_1", "values": {"colour": "blue"}},
            400,
        ),
        (
            "POST",
            "networks",
            {
                "project": PROJECT,
                "provider": "aws",
                "region": "US_EAST_1",
                "available": False,
                "values": {"vpc_id": None},
            },
            400,
        ),
        ("PATCH", "settings", {"colour": "blue"}, 400),
        ("PATCH", "settings", {"read_lag": -1}, 400),
        ("POST", "clock", {"advance": -1}, 400),
        ("POST", "clock", {"back": 1}, 400),
        ("POST", "faults", {"kind": "explode"}, 400),
        ("GET", "calls?colour=blue", None, 400),
        ("GET", "calls?status=bad", None, 400),
        ("POST", "api-keys", {"public_key": "k", "private_key": "p", "roles": {PROJECT: "king"}}, 400),
    ],
)
async def test_what_cannot_be_done_is_said(
    client: httpx.AsyncClient, method: str, path: str, body: object, status: int
) -> None:
    response = await client.request(method, f"/_simulator/{path}", json=body)
    assert response.status_code == status
    assert response.json()["error"]


async def test_a_body_that_is_not_json_is_said(client: httpx.AsyncClient) -> None:
    assert (await client.post("/_simulator/faults", content=b"{")).status_code == 400


def test_a_wrong_setting_changes_nothing(simulator: Simulator) -> None:
    with pytest.raises(ValueError, match="colour"):
        simulator.configure({"read_lag": 7, "colour": "blue"})
    assert simulator.settings.read_lag == 0
