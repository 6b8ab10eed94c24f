from typing import Any

import httpx
import pytest

from atlas_simulator import Simulator
from atlas_simulator.configuration import Configuration
from simulator.caller import OTHER_VPC
from simulator.confluent.caller import (
    ATLAS_ACCOUNT,
    ATLAS_CIDR,
    ATLAS_VPC,
    ENVIRONMENT,
    NETWORK,
    NETWORKS,
    PEERINGS,
    SETTLED,
    CloudCaller,
)

PEERING = {"network": NETWORK, "account": ATLAS_ACCOUNT, "vpc": ATLAS_VPC, "routes": [ATLAS_CIDR]}


async def control(client: httpx.AsyncClient, method: str, path: str, body: object = None) -> Any:
    response = await client.request(method, f"/_simulator/confluent/{path}", json=body, auth=None)
    assert response.status_code in (200, 201), response.text
    return response.json()


async def test_an_api_key_is_added_and_removed(cloud: CloudCaller) -> None:
    key = {"key": "NEW", "secret": "new", "roles": {ENVIRONMENT: "read"}}
    await control(cloud.client, "POST", "api-keys", key)
    cloud.client.auth = httpx.BasicAuth("NEW", "new")
    assert await cloud.ids() == []
    await control(cloud.client, "DELETE", "api-keys/NEW")
    assert (await cloud.get(PEERINGS)).status_code == 401


async def test_a_network_is_added_changed_and_removed(cloud: CloudCaller) -> None:
    added = await control(
        cloud.client,
        "POST",
        "networks",
        {"environment": ENVIRONMENT, "cidr": "10.1.0.0/16", "vpc": OTHER_VPC, "ready_after": 0},
    )
    path = f"networks/{added['id']}"
    assert (added["phase"], added["vpc"], added["connection_types"]) == ("READY", OTHER_VPC, ["PEERING"])
    failed = {"phase": "FAILED", "code": "X", "message": "Failed."}
    changed = await control(cloud.client, "PATCH", path, failed)
    assert (changed["phase"], changed["error_code"], changed["error_message"]) == ("FAILED", "X", "Failed.")
    assert await control(cloud.client, "GET", path) == changed
    assert (await control(cloud.client, "PATCH", path, {"phase": None}))["phase"] == "READY"
    assert {each["id"] for each in await control(cloud.client, "GET", "networks")} == {NETWORK, added["id"]}
    await control(cloud.client, "DELETE", path)
    assert await cloud.ids(NETWORKS) == [NETWORK]


async def test_a_peering_is_created_changed_and_deleted(simulator: Simulator, cloud: CloudCaller) -> None:
    created = await control(cloud.client, "POST", "peerings", {**PEERING, "display_name": "by hand"})
    path = f"peerings/{created['id']}"
    [row] = await cloud.rows(**{"spec.display_name": "by hand"})
    assert row["id"] == created["id"]
    simulator.advance(SETTLED)
    [connection] = simulator.connections()
    shown = await control(cloud.client, "GET", path)
    assert (shown["phase"], shown["connection"]) == ("PENDING_ACCEPT", connection.name)
    assert (await control(cloud.client, "PATCH", path, {"phase": "DEGRADED"}))["phase"] == "DEGRADED"
    assert len(await control(cloud.client, "GET", f"peerings?network={NETWORK}")) == 1
    assert await control(cloud.client, "GET", "peerings?network=n-000000") == []
    assert (await control(cloud.client, "DELETE", path))["phase"] == "DEPROVISIONING"
    simulator.advance(SETTLED)
    assert (await control(cloud.client, "GET", path))["phase"] is None


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "networks", {"environment": ENVIRONMENT, "colour": "blue"}, 400),
        ("POST", "networks", {"environment": ENVIRONMENT, "cidr": "10.0.0.0/8"}, 400),
        ("POST", "networks", {"environment": ENVIRONMENT, "network": NETWORK}, 400),
        ("POST", "networks", {}, 400),
        ("GET", "networks/n-000000", None, 404),
        ("PATCH", f"networks/{NETWORK}", {"colour": "blue"}, 400),
        ("DELETE", "networks/n-000000", None, 404),
        ("POST", "peerings", {**PEERING, "network": "n-000000"}, 404),
        ("POST", "peerings", {**PEERING, "routes": ["10.0.0.0/8"]}, 400),
        ("POST", "peerings", {**PEERING, "account": "1"}, 400),
        ("POST", "peerings", {**PEERING, "colour": "blue"}, 400),
        ("GET", "peerings/peer-000000", None, 404),
        ("PATCH", "peerings/peer-000000", {"phase": "READY"}, 404),
        ("DELETE", "peerings/peer-000000", None, 404),
        ("POST", "api-keys", {"key": "k", "secret": "s", "roles": {ENVIRONMENT: "king"}}, 400),
        ("DELETE", "api-keys/nobody", None, 404),
    ],
)
async def test_what_cannot_be_done_is_said(
    cloud: CloudCaller, method: str, path: str, body: object, status: int
) -> None:
    response = await cloud.client.request(method, f"/_simulator/confluent/{path}", json=body)
    assert response.status_code == status
    assert response.json()["error"]


async def test_faults_and_settings_of_confluent_come_by_the_common_routes(
    simulator: Simulator, cloud: CloudCaller
) -> None:
    fault = {"kind": "answer", "service": "confluent", "environment": ENVIRONMENT, "network": NETWORK, "status": 503}
    assert (await cloud.client.post("/_simulator/faults", json=fault)).status_code == 201
    assert (await cloud.get(PEERINGS)).status_code == 200
    assert (await cloud.get(f"{NETWORKS}/{NETWORK}")).status_code == 503
    changes = {"confluent": {"read_lag": 5}}
    assert (await cloud.client.patch("/_simulator/settings", json=changes)).json()["confluent"]["read_lag"] == 5
    calls = (await cloud.client.get("/_simulator/calls?service=confluent&status=503")).json()
    assert [call["network"] for call in calls] == [NETWORK]
    assert simulator.settings.confluent.read_lag == 5


async def test_a_configuration_file_has_a_part_for_confluent(simulator: Simulator, cloud: CloudCaller) -> None:
    network = {"environment": ENVIRONMENT, "network": "n-abcdef", "cidr": "10.1.0.0/16", "ready_after": 0}
    declared = {
        "settings": {"confluent": {"peerings_per_network": 1}},
        "confluent": {
            "api_keys": [{"key": "DEMO", "secret": "demo", "roles": {ENVIRONMENT: "owner"}}],
            "networks": [network],
            "peerings": [{**PEERING, "network": "n-abcdef"}],
        },
        "faults": [{"kind": "hang", "service": "confluent", "operation": "delete-peering"}],
    }
    Configuration.model_validate(declared).apply(simulator)
    cloud.client.auth = httpx.BasicAuth("DEMO", "demo")
    [peering] = await cloud.rows(**{"spec.network": "n-abcdef"})
    assert peering["status"]["phase"] == "PROVISIONING"
    with pytest.raises(ValueError, match="confluent"):
        Configuration.model_validate({"confluent": {"colour": "blue"}})
