from typing import Any

import pytest

from atlas_simulator import Simulator
from simulator.confluent.caller import (
    ATLAS_ACCOUNT,
    ATLAS_CIDR,
    ATLAS_VPC,
    CONFLUENT_CIDR,
    ENVIRONMENT,
    NETWORK,
    NETWORKS,
    PEERINGS,
    SETTLED,
    CloudCaller,
    add_peerings,
    error,
    peering_body,
)

OTHER: dict[str, Any] = {"vpc": "vpc-0aaaaaaaaaaaaaaaa", "routes": ["172.16.0.0/16"]}


async def test_a_new_peering_is_answered_as_it_is_read(simulator: Simulator, cloud: CloudCaller) -> None:
    response = await cloud.create()
    body = response.json()
    assert response.status_code == 202
    assert body["status"] == {"phase": "PROVISIONING"}
    assert body["spec"]["display_name"] == "atlas"
    assert body["spec"]["cloud"] == peering_body()["spec"]["cloud"]
    assert (body["spec"]["environment"]["id"], body["spec"]["network"]["id"]) == (ENVIRONMENT, NETWORK)
    assert response.headers["Location"] == body["metadata"]["self"]
    assert (await cloud.client.get(body["metadata"]["self"])).json() == body
    assert (await cloud.client.get(body["spec"]["network"]["related"])).json()["id"] == NETWORK
    assert await cloud.rows() == [body]
    assert simulator.confluent.peering(body["id"]).vpc == ATLAS_VPC


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"account": "97440437520"}, "/spec/cloud/account"),
        ({"account": 974404375205}, "/spec/cloud/account"),
        ({"vpc": ""}, "/spec/cloud/vpc"),
        ({"vpc": "vnet-1"}, "/spec/cloud/vpc"),
        ({"routes": []}, "/spec/cloud/routes"),
        ({"routes": ATLAS_CIDR}, "/spec/cloud/routes"),
        ({"routes": ["192.168.248.1/21"]}, "/spec/cloud/routes/0"),
        ({"routes": [ATLAS_CIDR, "192.168.248.0"]}, "/spec/cloud/routes/1"),
        ({"routes": ["fd00::/8"]}, "/spec/cloud/routes/0"),
        ({"customer_region": "US_EAST_1"}, "/spec/cloud/customer_region"),
        ({"customer_region": None}, "/spec/cloud/customer_region"),
        ({"kind": "networking.v1.AwsPeering"}, "/spec/cloud/kind"),
        ({"kind": "GcpPeering"}, "/spec/cloud/kind"),
        ({"colour": "blue"}, "/spec/cloud/colour"),
    ],
)
async def test_a_wrong_field_is_named(
    simulator: Simulator, cloud: CloudCaller, change: dict[str, object], pointer: str
) -> None:
    response = await cloud.create(**change)
    assert response.status_code == 422
    assert [each["source"] for each in response.json()["errors"]] == [{"pointer": pointer}]
    assert simulator.confluent.peerings() == []


@pytest.mark.parametrize("missing", ["kind", "account", "vpc", "routes", "customer_region"])
async def test_every_field_of_the_cloud_is_required(cloud: CloudCaller, missing: str) -> None:
    body = peering_body()
    del body["spec"]["cloud"][missing]
    response = await cloud.client.post(PEERINGS, json=body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["source"] == {"pointer": f"/spec/cloud/{missing}"}


@pytest.mark.parametrize(
    "change",
    [
        {"cloud": None},
        {"environment": None},
        {"environment": {}},
        {"environment": {"id": ""}},
        {"environment": {"id": ENVIRONMENT, "related": "x"}},
        {"network": None},
        {"network": {"id": NETWORK, "colour": "blue"}},
        {"display_name": 7},
        {"colour": "blue"},
    ],
)
async def test_the_spec_is_checked_too(cloud: CloudCaller, change: dict[str, object]) -> None:
    body = {"spec": {name: value for name, value in {**peering_body()["spec"], **change}.items() if value is not None}}
    assert (await cloud.client.post(PEERINGS, json=body)).status_code == 422


@pytest.mark.parametrize("more", [{"id": "peer-000000"}, {"status": {"phase": "READY"}}, {"kind": "Peering"}])
async def test_read_only_fields_are_refused(cloud: CloudCaller, more: dict[str, object]) -> None:
    assert (await cloud.client.post(PEERINGS, json={**peering_body(), **more})).status_code == 422


async def test_every_wrong_field_is_named_at_once(cloud: CloudCaller) -> None:
    response = await cloud.create(account="1", vpc="x", routes=[])
    assert len(response.json()["errors"]) == 3


@pytest.mark.parametrize(("content", "status"), [(b"{", 400), (b"[]", 400), (b"\xff", 400), (b"", 422)])
async def test_a_body_that_is_not_an_object_is_refused(cloud: CloudCaller, content: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    assert (await cloud.client.post(PEERINGS, content=content, headers=headers)).status_code == status
    assert (await cloud.client.post(PEERINGS, content=content)).status_code == 415


async def test_a_network_must_exist_and_be_ready(simulator: Simulator, cloud: CloudCaller) -> None:
    response = await cloud.client.post(PEERINGS, json=peering_body(network="n-000000"))
    assert error(response) == (400, "The network n-000000 was not found.")
    for phase in ("PROVISIONING", "FAILED", "DEPROVISIONING"):
        simulator.confluent.set_network_phase(NETWORK, phase)
        assert error(await cloud.create()) == (409, f"The network {NETWORK} is not ready. Its phase is {phase}.")


async def test_a_network_must_support_aws_peering(simulator: Simulator, cloud: CloudCaller) -> None:
    others = [
        simulator.confluent.add_network(
            environment=ENVIRONMENT, connection_types=["PRIVATELINK"], cidr=None, ready_after=0
        ),
        simulator.confluent.add_network(environment=ENVIRONMENT, cloud="GCP", region="us-east1", ready_after=0),
    ]
    for other in others:
        response = await cloud.client.post(PEERINGS, json=peering_body(network=other))
        assert error(response) == (400, f"The network {other} does not support an AWS peering connection.")


@pytest.mark.parametrize("route", [CONFLUENT_CIDR, "10.0.7.0/24", "10.0.0.0/8"])
async def test_a_route_must_not_overlap_with_the_network(cloud: CloudCaller, route: str) -> None:
    status, detail = error(await cloud.create(routes=[ATLAS_CIDR, route]))
    assert status == 400
    assert f"The route {route} must not overlap with your Confluent Cloud CIDR block" in detail


async def test_a_route_must_not_overlap_with_another_peering_until_that_is_gone(
    simulator: Simulator, cloud: CloudCaller
) -> None:
    first = await cloud.created()
    response = await cloud.create(vpc=OTHER["vpc"])
    assert error(response)[0] == 400
    assert f"It overlaps with {ATLAS_CIDR}." in error(response)[1]
    await cloud.delete(first)
    assert (await cloud.create(vpc=OTHER["vpc"])).status_code == 400
    simulator.advance(SETTLED)
    assert (await cloud.create(vpc=OTHER["vpc"])).status_code == 202


@pytest.mark.parametrize("phase", [None, "PENDING_ACCEPT", "READY", "FAILED", "DISCONNECTED"])
async def test_a_network_has_one_peering_with_a_vpc_whatever_its_phase(
    simulator: Simulator, cloud: CloudCaller, phase: str | None
) -> None:
    first = await cloud.created()
    simulator.confluent.set_peering_phase(first, phase)
    response = await cloud.create(routes=["172.16.0.0/16"])
    assert error(response)[0] == 409
    assert first in error(response)[1]
    assert (await cloud.client.get(response.headers["Location"])).json()["id"] == first
    await cloud.delete(first)
    assert (await cloud.create()).status_code == 409
    simulator.advance(SETTLED)
    assert (await cloud.create()).status_code == 202


async def test_where_confluent_allows_a_duplicate_aws_refuses_it(simulator: Simulator, cloud: CloudCaller) -> None:
    simulator.configure({"confluent": {"refusals": {"duplicate": None}}})
    first, second = await cloud.created(), await cloud.created()
    simulator.advance(SETTLED)
    assert await cloud.phase(first) == "PENDING_ACCEPT"
    status = await cloud.status(second)
    assert status["phase"] == "FAILED"
    assert "VpcPeeringConnectionAlreadyExists" in status["error_message"]


async def test_a_quota_limits_the_peerings_of_a_network(simulator: Simulator, cloud: CloudCaller) -> None:
    peerings = add_peerings(simulator, 3)
    assert error(await cloud.create()) == (402, "Your Peerings per Network is currently limited to 3.")
    await cloud.delete(peerings[0])
    simulator.advance(SETTLED)
    assert (await cloud.create()).status_code == 202


async def test_the_answers_that_are_not_documented_can_be_changed(simulator: Simulator, cloud: CloudCaller) -> None:
    refusals = {"quota": {"status": 409, "detail": "No more than {limit}."}}
    simulator.configure({"confluent": {"peerings_per_network": 0, "refusals": refusals}})
    assert error(await cloud.create()) == (409, "No more than 0.")


@pytest.mark.parametrize(
    "wrong",
    [{"account": "1"}, {"vpc": "x"}, {"routes": []}, {"customer_region": "US_EAST_1"}, {"routes": ["10.0.0.0/8"]}],
)
def test_the_console_has_the_same_rules(simulator: Simulator, cloud: CloudCaller, wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {"account": ATLAS_ACCOUNT, "vpc": ATLAS_VPC, "routes": [ATLAS_CIDR]}
    with pytest.raises(ValueError):  # noqa: PT011 (pydantic's and ours)
        simulator.confluent.create_peering(NETWORK, **{**right, **wrong})


async def test_a_display_name_can_be_changed_and_nothing_else(simulator: Simulator, cloud: CloudCaller) -> None:
    peering = await cloud.created()
    path = f"{PEERINGS}/{peering}"
    environment = {"id": ENVIRONMENT}
    simulator.advance(5)
    response = await cloud.client.patch(path, json={"spec": {"display_name": "new", "environment": environment}})
    body = response.json()
    assert (response.status_code, body["spec"]["display_name"]) == (200, "new")
    assert body["metadata"]["created_at"] < body["metadata"]["updated_at"]
    unchanged = await cloud.client.patch(path, json={"spec": {"environment": environment}})
    assert unchanged.json() == body
    for wrong in (
        {"spec": {"display_name": "x"}},
        {"spec": {"environment": environment, "cloud": peering_body()["spec"]["cloud"]}},
        {"spec": {"environment": environment, "network": {"id": "n-1"}}},
        {},
    ):
        assert (await cloud.client.patch(path, json=wrong)).status_code == 422
    missing = await cloud.client.patch(f"{PEERINGS}/peer-000000", json={"spec": {"environment": environment}})
    assert missing.status_code == 404
    assert (await cloud.rows(**{"spec.display_name": "new"}))[0]["id"] == peering
    assert await cloud.rows(NETWORKS, **{"spec.display_name": "new"}) == []
