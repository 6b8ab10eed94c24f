"""The life of a peering whose other side nobody touches."""

import pytest

from atlas_simulator import Simulator
from simulator.caller import DAY, PROJECT
from simulator.confluent.caller import (
    ATLAS_VPC,
    NETWORK,
    PEERINGS,
    SETTLED,
    CloudCaller,
    add_peerings,
)


async def test_a_peering_is_provisioned_and_then_waits_for_its_acceptance(
    simulator: Simulator, cloud: CloudCaller
) -> None:
    peering = await cloud.created()
    simulator.advance(2.9)
    assert await cloud.status(peering) == {"phase": "PROVISIONING"}
    simulator.advance(0.1)
    assert await cloud.status(peering) == {"phase": "PENDING_ACCEPT"}
    simulator.advance(6 * DAY)
    assert await cloud.status(peering) == {"phase": "PENDING_ACCEPT"}


async def test_a_deleted_peering_is_deprovisioned_and_then_not_found(simulator: Simulator, cloud: CloudCaller) -> None:
    peering = await cloud.created()
    simulator.advance(SETTLED)
    response = await cloud.delete(peering)
    assert (response.status_code, response.content) == (204, b"")
    assert await cloud.phase(peering) == "DEPROVISIONING"
    simulator.advance(2)
    assert (await cloud.delete(peering)).status_code == 204
    simulator.advance(0.9)
    assert await cloud.phase(peering) == "DEPROVISIONING"
    simulator.advance(0.1)
    assert (await cloud.get(f"{PEERINGS}/{peering}")).status_code == 404
    assert (await cloud.delete(peering)).status_code == 404
    assert simulator.confluent.peering(peering).phase is None


async def test_without_delays_a_peering_waits_at_once_and_is_gone_at_once(
    simulator: Simulator, cloud: CloudCaller
) -> None:
    simulator.configure({"confluent": {"delays": {"provisioning": 0, "noticing": 0, "deprovisioning": 0}}})
    peering = await cloud.created()
    assert await cloud.phase(peering) == "PENDING_ACCEPT"
    await cloud.delete(peering)
    assert await cloud.ids() == []


async def test_changed_delays_are_for_later_peerings(simulator: Simulator, cloud: CloudCaller) -> None:
    before = await cloud.created()
    simulator.configure({"confluent": {"delays": {"provisioning": 600}}})
    after = await cloud.created(vpc="vpc-0aaaaaaaaaaaaaaaa", routes=["172.16.0.0/16"])
    simulator.advance(SETTLED)
    assert (await cloud.phase(before), await cloud.phase(after)) == ("PENDING_ACCEPT", "PROVISIONING")


@pytest.mark.parametrize(
    "wrong",
    [{"vpc": "vpc-0aaaaaaaaaaaaaaaa"}, {"account": "000000000001"}, {"customer_region": "eu-west-1"}],
)
async def test_a_vpc_that_is_not_there_fails_after_provisioning(
    simulator: Simulator, cloud: CloudCaller, wrong: dict[str, str]
) -> None:
    peering = await cloud.created(**wrong)
    assert await cloud.phase(peering) == "PROVISIONING"
    simulator.advance(SETTLED)
    status = await cloud.status(peering)
    assert (status["phase"], status["error_code"]) == ("FAILED", "PEERING_FAILED")
    assert "There is no VPC" in status["error_message"]
    assert simulator.connections() == []
    await cloud.delete(peering)
    simulator.advance(SETTLED)
    assert await cloud.ids() == []


async def test_a_vpc_of_two_projects_is_not_guessed(simulator: Simulator, cloud: CloudCaller) -> None:
    simulator.networks.put("a" * 24, "aws", "US_EAST_1", vpc_id=ATLAS_VPC)
    peering = await cloud.created()
    simulator.advance(SETTLED)
    assert "2 projects have VPC" in (await cloud.status(peering))["error_message"]


async def test_cidr_blocks_that_overlap_at_aws_fail(simulator: Simulator, cloud: CloudCaller) -> None:
    simulator.networks.put(PROJECT, "aws", "US_EAST_1", cidr_block="10.0.8.0/21")
    peering = await cloud.created()
    simulator.advance(SETTLED)
    status = await cloud.status(peering)
    assert (status["phase"], status["error_message"]) == ("FAILED", "The CIDR blocks of the two VPCs overlap.")


@pytest.mark.parametrize("phase", ["READY", "DEGRADED", "DISCONNECTED"])
async def test_a_phase_can_be_set_and_left_to_aws_again(simulator: Simulator, cloud: CloudCaller, phase: str) -> None:
    peering = await cloud.created()
    simulator.advance(SETTLED)
    simulator.confluent.set_peering_phase(peering, phase)
    simulator.advance(DAY)
    assert await cloud.phase(peering) == phase
    assert simulator.connections()[0].cloud_status == "pending-acceptance"
    simulator.confluent.set_peering_phase(peering, None)
    assert await cloud.phase(peering) == "PENDING_ACCEPT"


async def test_a_failure_has_a_code_and_a_message(simulator: Simulator, cloud: CloudCaller) -> None:
    peering = await cloud.created()
    simulator.confluent.set_peering_phase(peering, "FAILED", code="NO_ROUTE", message="There is no route.")
    assert await cloud.status(peering) == {
        "phase": "FAILED",
        "error_code": "NO_ROUTE",
        "error_message": "There is no route.",
    }
    shown = simulator.confluent.peering(peering)
    assert (shown.phase, shown.error_code, shown.error_message) == ("FAILED", "NO_ROUTE", "There is no route.")


async def test_a_deletion_ends_a_phase_that_was_set(simulator: Simulator, cloud: CloudCaller) -> None:
    peering = await cloud.created()
    simulator.confluent.set_peering_phase(peering, "FAILED")
    await cloud.delete(peering)
    assert await cloud.status(peering) == {"phase": "DEPROVISIONING"}


def test_peerings_are_shown_by_network(simulator: Simulator, cloud: CloudCaller) -> None:
    peerings = add_peerings(simulator, 2)
    assert [each.id for each in simulator.confluent.peerings()] == peerings
    assert [each.id for each in simulator.confluent.peerings(NETWORK)] == peerings
    assert simulator.confluent.peerings("n-000000") == []
    for missing in (simulator.confluent.peering, simulator.confluent.network):
        with pytest.raises(KeyError):
            missing("nothing")
