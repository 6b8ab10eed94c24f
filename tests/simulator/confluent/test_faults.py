import asyncio

import httpx
import pytest

from atlas_simulator import Simulator
from simulator.caller import Caller
from simulator.confluent.caller import (
    ENVIRONMENT,
    KEY,
    NETWORK,
    NETWORKS,
    OTHER_ENVIRONMENT,
    PEERINGS,
    SETTLED,
    CloudCaller,
    peering_body,
)


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_fault_answers_in_the_form_of_the_service(
    simulator: Simulator, owner: Caller, cloud: CloudCaller, status: int
) -> None:
    simulator.fault("answer", status=status, times=2)
    response = await cloud.get(PEERINGS)
    assert response.status_code == status
    assert [each["status"] for each in response.json()["errors"]] == [str(status)]
    assert (await owner.listing()).json()["error"] == status


async def test_a_fault_hits_only_what_it_describes(simulator: Simulator, owner: Caller, cloud: CloudCaller) -> None:
    peering = await cloud.created()
    for criteria in (
        {"service": "atlas"},
        {"operation": "delete-peering"},
        {"environment": OTHER_ENVIRONMENT},
        {"network": "n-000000"},
        {"peering": "peer-000000"},
        {"principal": "owner"},
        {"project": "p"},
    ):
        simulator.fault("answer", status=500, times=None, **criteria)  # type: ignore[arg-type]
    assert await cloud.phase(peering) == "PROVISIONING"
    assert (await cloud.get(f"{NETWORKS}/{NETWORK}")).status_code == 200
    assert (await owner.listing()).status_code == 500
    simulator.clear_faults()
    simulator.fault("answer", status=500, times=None, service="confluent")
    assert (await owner.listing()).status_code == 200
    assert (await cloud.get(PEERINGS)).status_code == 500


@pytest.mark.parametrize(
    "criteria",
    [
        {"operation": "create-peering"},
        {"environment": ENVIRONMENT},
        {"network": NETWORK},
        {"principal": KEY},
    ],
)
async def test_a_creation_is_described_by_its_body(
    simulator: Simulator, cloud: CloudCaller, criteria: dict[str, str]
) -> None:
    simulator.fault("answer", status=503, **criteria)  # type: ignore[arg-type]
    assert (await cloud.create()).status_code == 503
    assert simulator.confluent.peerings() == []
    assert (await cloud.create()).status_code == 202


@pytest.mark.parametrize("kind", ["lose-reply", "replace-reply"])
async def test_a_change_may_be_made_although_the_answer_is_an_error(
    simulator: Simulator, cloud: CloudCaller, kind: str
) -> None:
    simulator.fault(kind, "create-peering")
    simulator.fault(kind, "delete-peering")
    if kind == "lose-reply":
        with pytest.raises(httpx.TransportError):
            await cloud.create()
    else:
        assert (await cloud.create()).status_code == 500
    [peering] = await cloud.ids()
    if kind == "lose-reply":
        with pytest.raises(httpx.TransportError):
            await cloud.delete(peering)
    else:
        assert (await cloud.delete(peering)).status_code == 500
    assert await cloud.phase(peering) == "DEPROVISIONING"


async def test_a_dropped_request_changes_nothing(simulator: Simulator, cloud: CloudCaller) -> None:
    simulator.fault("drop", "create-peering")
    with pytest.raises(httpx.TransportError):
        await cloud.create()
    assert simulator.confluent.peerings() == []


async def test_an_answer_may_be_slow_in_simulated_time(simulator: Simulator, cloud: CloudCaller) -> None:
    simulator.fault("latency", "list-peerings", seconds=30)
    listing = asyncio.create_task(cloud.get(PEERINGS))
    await simulator.wait_for_call("list-peerings", service="confluent", environment=ENVIRONMENT)
    assert not listing.done()
    simulator.advance(30)
    assert (await listing).status_code == 200


async def test_a_creation_may_have_no_effect(simulator: Simulator, cloud: CloudCaller) -> None:
    simulator.fault("no-effect", "create-peering")
    response = await cloud.create()
    assert response.status_code == 202
    assert (await cloud.get(f"{PEERINGS}/{response.json()['id']}")).status_code == 404
    assert await cloud.ids() == []
    assert (await cloud.create()).status_code == 202


async def test_a_deletion_or_a_new_name_may_have_no_effect(simulator: Simulator, cloud: CloudCaller) -> None:
    peering = await cloud.created()
    simulator.fault("no-effect", peering=peering, times=2)
    change = {"spec": {"display_name": "new", "environment": {"id": ENVIRONMENT}}}
    assert (await cloud.client.patch(f"{PEERINGS}/{peering}", json=change)).status_code == 200
    assert (await cloud.delete(peering)).status_code == 204
    [row] = await cloud.rows()
    assert (row["spec"]["display_name"], row["status"]["phase"]) == ("atlas", "PROVISIONING")


async def test_a_peering_may_be_stuck_in_provisioning(simulator: Simulator, owner: Caller, cloud: CloudCaller) -> None:
    simulator.fault("stuck", "create-peering")
    peering = await cloud.created()
    simulator.advance(86_400)
    assert await cloud.phase(peering) == "PROVISIONING"
    assert await owner.rows() == []
    await cloud.delete(peering)
    simulator.advance(SETTLED)
    assert await cloud.ids() == []


async def test_a_peering_may_be_stuck_in_deprovisioning(
    simulator: Simulator, owner: Caller, cloud: CloudCaller
) -> None:
    peering = await cloud.created()
    simulator.advance(SETTLED)
    simulator.fault("stuck", "delete-peering")
    await cloud.delete(peering)
    simulator.advance(86_400)
    assert await cloud.phase(peering) == "DEPROVISIONING"
    assert [row["cloudStatus"] for row in await owner.rows()] == ["pending-acceptance"]


async def test_a_peering_may_fail_for_a_reason_of_its_own(simulator: Simulator, cloud: CloudCaller) -> None:
    simulator.fault("update-failed", "create-peering", message="Something.")
    peering = await cloud.created()
    assert await cloud.phase(peering) == "PROVISIONING"
    simulator.advance(SETTLED)
    status = await cloud.status(peering)
    assert (status["phase"], status["error_message"]) == ("FAILED", "Something.")


async def test_the_log_says_what_each_call_was_about(simulator: Simulator, owner: Caller, cloud: CloudCaller) -> None:
    peering = await cloud.created()
    await cloud.get(PEERINGS, **{"spec.network": NETWORK})
    await cloud.delete(peering)
    await cloud.client.post(PEERINGS, content=b"{", headers={"Content-Type": "application/json"})
    await cloud.client.post(PEERINGS, json={"spec": {**peering_body()["spec"], "network": "n"}})
    await owner.listing()
    calls = simulator.calls(service="confluent")
    assert [(call.operation, call.environment, call.network, call.peering, call.status) for call in calls] == [
        ("create-peering", ENVIRONMENT, NETWORK, None, 202),
        ("list-peerings", ENVIRONMENT, NETWORK, None, 200),
        ("delete-peering", ENVIRONMENT, None, peering, 204),
        ("create-peering", None, None, None, 400),
        ("create-peering", ENVIRONMENT, None, None, 422),
    ]
    assert {call.principal for call in calls} == {KEY}
    assert [call.operation for call in simulator.calls(service="atlas")] == ["list"]
    assert simulator.counts()["create-peering"] == 3
    authorizations = {each.request_headers["authorization"] for each in simulator.exchanges if each.operation != "list"}
    assert authorizations == {"Basic"}
