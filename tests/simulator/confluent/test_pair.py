"""Both sides of one peering: what happens in Confluent Cloud shows in Atlas, and the other way round."""

import pytest

from atlas_simulator import Simulator
from simulator.caller import ACCOUNT, DAY, OTHER_PROJECT, PROJECT, VPC, Caller
from simulator.confluent.caller import (
    ATLAS_ACCOUNT,
    ATLAS_CIDR,
    ATLAS_VPC,
    CONFLUENT_CIDR,
    ENVIRONMENT,
    NETWORK,
    PEERINGS,
    SETTLED,
    CloudCaller,
    peering_body,
)

OTHER_VPC = "vpc-0bbbbbbbbbbbbbbbb"


@pytest.fixture
def other_project(simulator: Simulator) -> None:
    """The other project has its own VPC, in another region."""
    simulator.networks.put(OTHER_PROJECT, "aws", "EU_WEST_1", vpc_id=OTHER_VPC, cidr_block="192.168.0.0/21")


async def active(simulator: Simulator, owner: Caller, cloud: CloudCaller) -> tuple[str, str]:
    """Bring a peering up, and return its id in Confluent Cloud and its name in Atlas."""
    peering = await cloud.created()
    simulator.advance(SETTLED)
    name = (await owner.rows())[-1]["name"]
    assert (await owner.accept(name)).status_code == 202
    simulator.advance(SETTLED)
    assert await cloud.phase(peering) == "READY"
    return peering, name


async def test_a_peering_shows_up_in_the_project_that_has_the_vpc(
    simulator: Simulator, owner: Caller, cloud: CloudCaller
) -> None:
    simulator.configure({"delays": {"visibility": 3}})
    peering = await cloud.created()
    simulator.advance(4.9)
    assert await owner.rows() == []
    simulator.advance(0.1)
    [row] = await owner.rows()
    shown = {name: value for name, value in row.items() if name not in ("_id", "name", "expirationTime")}
    assert shown == {
        "accepterAccountId": ATLAS_ACCOUNT,
        "accepterVpcId": ATLAS_VPC,
        "cloudStatus": "pending-acceptance",
        "groupId": PROJECT,
        "localStatus": "NONE",
        "requesterAccountId": ACCOUNT,
        "requesterCidr": CONFLUENT_CIDR,
        "requesterVpcId": VPC,
    }
    assert row["name"].startswith("pcx-")
    assert simulator.confluent.peering(peering).connection == row["name"]
    owner.project = OTHER_PROJECT
    assert await owner.rows() == []


@pytest.mark.usefixtures("other_project")
async def test_a_network_may_be_peered_with_two_projects(
    simulator: Simulator, owner: Caller, cloud: CloudCaller
) -> None:
    await cloud.created()
    await cloud.created(vpc=OTHER_VPC, routes=["192.168.0.0/21"], customer_region="eu-west-1")
    simulator.advance(SETTLED)
    assert [row["accepterVpcId"] for row in await owner.rows()] == [ATLAS_VPC]
    owner.project = OTHER_PROJECT
    [row] = await owner.rows()
    assert row["accepterVpcId"] == OTHER_VPC
    await owner.accept(row["name"])
    simulator.advance(SETTLED)
    assert (await owner.row(row["name"]))["accepterCidr"] == "192.168.0.0/21"


async def test_an_accept_makes_both_sides_ready_each_with_its_delay(
    simulator: Simulator, owner: Caller, cloud: CloudCaller
) -> None:
    peering = await cloud.created()
    simulator.advance(SETTLED)
    [row] = await owner.rows()
    await owner.accept(row["name"])
    seen = []
    for _ in range(6):
        seen.append(((await owner.row(row["name"]))["cloudStatus"], await cloud.phase(peering)))
        simulator.advance(1)
    assert seen == [
        ("pending-acceptance", "PENDING_ACCEPT"),
        ("pending-acceptance", "PENDING_ACCEPT"),
        ("provisioning", "PENDING_ACCEPT"),
        ("provisioning", "PENDING_ACCEPT"),
        ("active", "PENDING_ACCEPT"),
        ("active", "READY"),
    ]


@pytest.mark.parametrize(
    ("cloud_status", "status"),
    [
        ("rejected", ("FAILED", "PEERING_REJECTED")),
        ("rejected", ("DISCONNECTED", None)),
        ("expired", ("FAILED", "PEERING_EXPIRED")),
        ("expired", ("DISCONNECTED", None)),
    ],
)
async def test_a_request_that_atlas_does_not_accept_ends_in_confluent_too(
    simulator: Simulator, owner: Caller, cloud: CloudCaller, cloud_status: str, status: tuple[str, str | None]
) -> None:
    simulator.configure({"confluent": {"outcomes": {cloud_status: status[0]}}})
    peering = await cloud.created()
    simulator.advance(SETTLED)
    [row] = await owner.rows()
    if cloud_status == "rejected":
        await owner.reject(row["name"])
        simulator.advance(SETTLED)
    else:
        simulator.advance(7 * DAY)
    assert (await owner.row(row["name"]))["cloudStatus"] == cloud_status
    shown = await cloud.status(peering)
    assert (shown["phase"], shown.get("error_code")) == status
    simulator.advance(30 * DAY)
    assert await owner.rows() == []
    assert await cloud.phase(peering) == status[0]


async def test_a_deletion_in_atlas_disconnects_the_peering(
    simulator: Simulator, owner: Caller, cloud: CloudCaller
) -> None:
    peering, name = await active(simulator, owner, cloud)
    await owner.delete(name)
    simulator.advance(2.5)
    assert (await owner.row(name))["cloudStatus"] == "deleting"
    assert await cloud.phase(peering) == "READY"
    simulator.advance(SETTLED)
    assert (await owner.row(name))["cloudStatus"] == "deleted"
    assert await cloud.status(peering) == {"phase": "DISCONNECTED"}


async def test_a_deletion_in_confluent_deletes_the_connection_in_atlas(
    simulator: Simulator, owner: Caller, cloud: CloudCaller
) -> None:
    _, name = await active(simulator, owner, cloud)
    [peering] = await cloud.ids()
    await cloud.delete(peering)
    row = await owner.row(name)
    assert (row["cloudStatus"], row["localStatus"]) == ("deleting", "ACTIVE")
    assert (await owner.delete(name)).status_code == 409
    simulator.advance(1)
    assert (await owner.row(name))["cloudStatus"] == "deleted"
    simulator.advance(2 * DAY - 1)
    assert (await owner.row(name))["cloudStatus"] == "deleted"
    simulator.advance(1)
    assert await owner.rows() == []


async def test_a_peering_is_not_gone_before_its_connection_is_dead(
    simulator: Simulator, owner: Caller, cloud: CloudCaller
) -> None:
    simulator.configure({"delays": {"deleting": 60}, "confluent": {"peerings_per_network": 1}})
    peering, name = await active(simulator, owner, cloud)
    await cloud.delete(peering)
    simulator.advance(59)
    assert (await cloud.phase(peering), simulator.connection(name).cloud_status) == ("DEPROVISIONING", "deleting")
    simulator.advance(1)
    assert (await cloud.ids(), simulator.connection(name).cloud_status) == ([], "deleted")
    assert await active(simulator, owner, cloud)


@pytest.mark.parametrize("linger", [0, 600])
async def test_a_withdrawn_request_cannot_be_accepted(
    simulator: Simulator, owner: Caller, cloud: CloudCaller, linger: int
) -> None:
    simulator.configure({"linger": {"deleted_by_requester": linger}})
    peering = await cloud.created()
    simulator.advance(SETTLED)
    [row] = await owner.rows()
    await cloud.delete(peering)
    assert [each["cloudStatus"] for each in await owner.rows()] == (["deleted"] if linger else [])
    assert (await owner.accept(row["name"])).status_code == (409 if linger else 404)
    simulator.advance(SETTLED)
    assert simulator.connection(row["name"]).cloud_status == "deleted"


async def test_a_request_is_withdrawn_while_atlas_accepts_it(
    simulator: Simulator, owner: Caller, cloud: CloudCaller
) -> None:
    peering = await cloud.created()
    simulator.advance(SETTLED)
    [row] = await owner.rows()
    await owner.accept(row["name"])
    simulator.advance(0.5)
    await cloud.delete(peering)
    simulator.advance(SETTLED)
    assert (await owner.row(row["name"]))["cloudStatus"] == "deleted"


async def test_a_peering_deleted_before_its_request_never_shows_up(
    simulator: Simulator, owner: Caller, cloud: CloudCaller
) -> None:
    peering = await cloud.created()
    simulator.advance(1)
    await cloud.delete(peering)
    simulator.advance(SETTLED)
    assert await owner.rows() == []
    assert simulator.connections() == []
    assert await cloud.ids() == []


@pytest.mark.parametrize("end", ["rejected", "expired", "deleted", "failed"])
async def test_a_dead_connection_stays_as_it_is_when_its_peering_is_deleted(
    simulator: Simulator, owner: Caller, cloud: CloudCaller, end: str
) -> None:
    peering = await cloud.created()
    simulator.advance(SETTLED)
    [row] = await owner.rows()
    simulator.set_cloud_status(row["name"], end)
    await cloud.delete(peering)
    simulator.advance(SETTLED)
    assert (await owner.row(row["name"]))["cloudStatus"] == end


async def test_after_a_dead_one_a_new_peering_makes_a_new_request(
    simulator: Simulator, owner: Caller, cloud: CloudCaller
) -> None:
    first = await cloud.created()
    simulator.advance(SETTLED)
    [row] = await owner.rows()
    await owner.reject(row["name"])
    simulator.advance(SETTLED)
    await cloud.delete(first)
    simulator.advance(SETTLED)
    second = await cloud.created()
    simulator.advance(SETTLED)
    assert [each["cloudStatus"] for each in await owner.rows()] == ["rejected", "pending-acceptance"]
    await owner.accept((await owner.rows())[1]["name"])
    simulator.advance(SETTLED)
    assert await cloud.phase(second) == "READY"


async def test_a_state_that_aws_does_not_know_leaves_the_phase(
    simulator: Simulator, owner: Caller, cloud: CloudCaller
) -> None:
    peering, name = await active(simulator, owner, cloud)
    simulator.set_cloud_status(name, "hibernating")
    simulator.advance(SETTLED)
    assert await cloud.phase(peering) == "READY"
    simulator.vanish(name)
    simulator.advance(SETTLED)
    assert await cloud.phase(peering) == "DISCONNECTED"


async def test_a_request_of_somebody_else_for_the_same_vpcs_makes_the_peering_fail(
    simulator: Simulator, owner: Caller, cloud: CloudCaller
) -> None:
    simulator.request_peering(project=PROJECT, account=ACCOUNT, vpc=VPC, accepter_vpc=ATLAS_VPC)
    peering = await cloud.created()
    simulator.advance(SETTLED)
    assert "VpcPeeringConnectionAlreadyExists" in (await cloud.status(peering))["error_message"]
    assert len(await owner.rows()) == 1


async def test_a_request_that_is_still_to_be_made_takes_the_place_already(
    simulator: Simulator, cloud: CloudCaller
) -> None:
    await cloud.created()
    with pytest.raises(ValueError, match="VpcPeeringConnectionAlreadyExists"):
        simulator.request_peering(project=PROJECT, account=ACCOUNT, vpc=VPC, accepter_vpc=ATLAS_VPC)


async def test_the_documented_procedure(simulator: Simulator, owner: Caller, cloud: CloudCaller) -> None:
    details = (await owner.details()).json()
    network = (await cloud.get(f"/networking/v1/networks/{NETWORK}")).json()
    body = peering_body(account=details["awsAccountId"], vpc=details["vpcId"], routes=[details["cidrBlock"]])
    peering = (await cloud.client.post(PEERINGS, json=body)).json()["id"]
    simulator.advance(SETTLED)
    requester = network["status"]["cloud"]
    [row] = await owner.rows(requester["account"])
    assert row["requesterVpcId"] == requester["vpc"]
    await owner.accept(row["name"], account=requester["account"], vpc=requester["vpc"])
    simulator.advance(SETTLED)
    assert (await owner.row(row["name"]))["cloudStatus"] == "active"
    assert await cloud.phase(peering) == "READY"
    assert (await owner.row(row["name"]))["accepterCidr"] == ATLAS_CIDR
    assert (await cloud.ids(**{"spec.network": NETWORK, "environment": ENVIRONMENT})) == [peering]
