import asyncio
from collections.abc import Callable

import httpx
import pytest

from atlas_simulator import Simulator
from atlas_simulator.regions import REGIONS, CloudProvider
from simulator.caller import (
    ACCOUNT,
    DETAILS_VERSION,
    OTHER_PROJECT,
    PROJECT,
    UNKNOWN_PROJECT,
    VERSION,
    Caller,
    code,
)
from simulator.openapi import atlas

AWS_SAMPLE = {"awsAccountId": "974404375205", "cidrBlock": "192.168.248.0/21", "vpcId": "vpc-0ef7efa5ceca36e2f"}


async def test_the_first_project_has_the_documented_network_in_us_east_1(simulator: Simulator, owner: Caller) -> None:
    response = await owner.details()
    assert response.headers["Content-Type"] == DETAILS_VERSION
    assert response.json() == AWS_SAMPLE


async def test_no_two_projects_have_the_same_vpc(simulator: Simulator, owner: Caller) -> None:
    owner.project = OTHER_PROJECT
    simulator.networks.put(OTHER_PROJECT, "aws", "EU_WEST_1")
    answers = [(await owner.details(region=region)).json() for region in ("US_EAST_1", "EU_WEST_1")]
    assert [answer | {"vpcId": ""} for answer in answers] == [AWS_SAMPLE | {"vpcId": ""}] * 2
    assert len({AWS_SAMPLE["vpcId"], *(answer["vpcId"] for answer in answers)}) == 3


def test_a_project_that_is_added_again_keeps_its_vpc(simulator: Simulator) -> None:
    before = simulator.networks.all(OTHER_PROJECT)
    simulator.add_project(OTHER_PROJECT)
    assert simulator.networks.all(OTHER_PROJECT) == before


async def test_an_aws_answer_names_its_provider_when_told(simulator: Simulator, owner: Caller) -> None:
    simulator.configure({"account_details": {"aws_cloud_provider": True}})
    assert (await owner.details()).json() == {**AWS_SAMPLE, "cloudProvider": "aws"}


async def test_an_azure_network_has_the_shape_of_the_documented_sample(simulator: Simulator, owner: Caller) -> None:
    simulator.networks.put(PROJECT, "azure", "US_EAST_2", virtual_network_name="vnet_1", cidr_block="192.168.120.0/21")
    assert (await owner.details("azure", "US_EAST_2")).json() == {
        "azureSubscriptionId": "f1a2b3c4-d5e6-87a8-a9b0-c1d2e3f4a5b6",
        "cidrBlock": "192.168.120.0/21",
        "cloudProvider": "azure",
        "virtualNetworkName": "vnet_1",
    }


async def test_a_gcp_network_has_a_project_and_a_network_name(simulator: Simulator, owner: Caller) -> None:
    simulator.networks.put(PROJECT, "gcp", "CENTRAL_US", gcp_project_id="p-1", vpc_network_name="nt-1")
    assert (await owner.details("gcp", "CENTRAL_US")).json() == {
        "cidrBlock": "192.168.248.0/21",
        "cloudProvider": "gcp",
        "gcpProjectId": "p-1",
        "vpcNetworkName": "nt-1",
    }


async def test_a_changed_network_keeps_what_is_left_out(simulator: Simulator, owner: Caller) -> None:
    simulator.networks.put(PROJECT, "aws", "US_EAST_1", aws_account_id=ACCOUNT)
    simulator.networks.put(PROJECT, "aws", "US_EAST_1", cidr_block="10.1.0.0/21")
    assert (await owner.details()).json() == {**AWS_SAMPLE, "awsAccountId": ACCOUNT, "cidrBlock": "10.1.0.0/21"}


async def test_a_value_that_is_none_is_absent_from_the_answer(simulator: Simulator, owner: Caller) -> None:
    simulator.networks.put(PROJECT, "aws", "US_EAST_1", vpc_id=None)
    assert "vpcId" not in (await owner.details()).json()


async def test_a_removed_network_is_not_found(simulator: Simulator, owner: Caller) -> None:
    simulator.networks.remove(PROJECT, "aws", "US_EAST_1")
    assert code(await owner.details()) == (404, "CLOUD_PROVIDER_CONTAINER_NOT_FOUND")
    with pytest.raises(KeyError, match="no network in aws US_EAST_1"):
        simulator.networks.remove(PROJECT, "aws", "US_EAST_1")
    owner.project = OTHER_PROJECT
    assert (await owner.details()).status_code == 200


async def test_a_replaced_project_has_only_the_default_network(simulator: Simulator, owner: Caller) -> None:
    simulator.networks.put(PROJECT, "aws", "EU_WEST_1")
    simulator.networks.put(PROJECT, "aws", "US_EAST_1", cidr_block="10.1.0.0/21")
    simulator.add_project(PROJECT)
    assert (await owner.details(region="EU_WEST_1")).status_code == 404
    assert (await owner.details()).json() == AWS_SAMPLE


@pytest.mark.parametrize(
    ("provider", "region"), [("aws", "EU_WEST_1"), ("azure", "US_EAST_2"), ("azure", "eastus"), ("gcp", "US_CENTRAL1")]
)
async def test_the_error_for_a_region_without_a_network_can_be_set(
    simulator: Simulator, owner: Caller, provider: str, region: str
) -> None:
    response = await owner.details(provider, region)
    assert code(response) == (404, "CLOUD_PROVIDER_CONTAINER_NOT_FOUND")
    assert response.json()["parameters"] == [provider, region]
    simulator.configure({"account_details": {"no_network": {"error_code": "RESOURCE_NOT_FOUND"}}})
    assert code(await owner.details(provider, region)) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize(
    ("provider", "region"),
    [
        ("aws", "us_east_1"),
        ("aws", "us-east-1"),
        ("aws", "US-EAST-1"),
        ("aws", "US_EAST_9"),
        ("aws", "VIRGINIA_USA"),
        ("aws", "GLOBAL"),
        ("aws", " US_EAST_1"),
        ("azure", "US_EAST_1"),
        ("gcp", "us-central1"),
    ],
)
async def test_an_unknown_region_is_refused(simulator: Simulator, owner: Caller, provider: str, region: str) -> None:
    assert code(await owner.details(provider, region)) == (400, "VALIDATION_ERROR")
    simulator.configure({"account_details": {"unknown_region": {"status": 404, "error_code": "NO_SUCH_REGION"}}})
    assert code(await owner.details(provider, region)) == (404, "NO_SUCH_REGION")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "cloudProvider"),
        ("?cloudProvider=aws", "regionName"),
        ("?cloudProvider=aws&regionName=", "regionName"),
        ("?regionName=US_EAST_1", "cloudProvider"),
        ("?cloudProvider=&regionName=US_EAST_1", "cloudProvider"),
        ("?cloudProvider=AWS&regionName=US_EAST_1", "cloudProvider"),
        ("?cloudProvider=tenant&regionName=US_EAST_1", "cloudProvider"),
        ("?cloudprovider=aws&regionname=US_EAST_1", "cloudProvider"),
        ("?cloudProvider=aws&regionName=US_EAST_1&envelope=true", "envelope"),
        ("?cloudProvider=aws&regionName=US_EAST_1&envelope=1", "envelope"),
    ],
)
async def test_a_missing_or_wrong_parameter_is_refused(owner: Caller, query: str, field: str) -> None:
    response = await owner.client.get(owner.details_path + query, headers={"Accept": DETAILS_VERSION})
    assert code(response) == (400, "VALIDATION_ERROR")
    [violation] = response.json()["badRequestDetail"]["fields"]
    assert violation["field"] == field


@pytest.mark.parametrize("accept", [VERSION, "application/json", "*/*", "application/vnd.atlas.2024-11-14+json", ""])
async def test_another_version_is_not_acceptable(owner: Caller, accept: str) -> None:
    assert code(await owner.details(accept=accept)) == (406, "INVALID_VERSION_DATE")


async def test_a_later_version_is_served_as_its_own(owner: Caller) -> None:
    response = await owner.details(accept="application/vnd.atlas.2025-03-12+json")
    assert (response.status_code, response.headers["Content-Type"]) == (200, DETAILS_VERSION)


async def test_another_method_is_not_allowed(owner: Caller) -> None:
    response = await owner.client.post(owner.details_path, json={})
    assert code(response) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["Allow"] == "GET"


async def test_read_only_may_ask_and_a_stranger_may_not(simulator: Simulator, client: httpx.AsyncClient) -> None:
    simulator.add_api_key("reader", "private", roles={PROJECT: "read"})
    client.auth = httpx.DigestAuth("reader", "private")
    assert (await Caller(client).details()).status_code == 200
    assert code(await Caller(client, OTHER_PROJECT).details()) == (401, "USER_CANNOT_ACCESS_GROUP")
    assert code(await Caller(client, UNKNOWN_PROJECT).details()) == (404, "GROUP_NOT_FOUND")
    assert code(await Caller(client, "abc").details()) == (404, "INVALID_GROUP_ID")
    simulator.block_address("reader", "203.0.113.7")
    assert code(await Caller(client).details()) == (403, "IP_ADDRESS_NOT_ON_ACCESS_LIST")


async def test_a_service_account_asks_with_its_token(simulator: Simulator, client: httpx.AsyncClient) -> None:
    form = {"grant_type": "client_credentials"}
    minted = await client.post("/api/oauth/token", data=form, auth=("mdb_sa_id_owner", "secret-of-owner"))
    client.headers["Authorization"] = f"Bearer {minted.json()['access_token']}"
    assert (await Caller(client).details()).status_code == 200
    simulator.expire_tokens()
    assert (await Caller(client).details()).status_code == 401


async def test_details_and_lists_share_the_projects_bucket(simulator: Simulator, owner: Caller) -> None:
    simulator.configure({"rate_limit": {"capacity": 2}})
    assert (await owner.details()).headers["RateLimit-Remaining"] == "1"
    assert (await owner.listing()).headers["RateLimit-Remaining"] == "0"
    response = await owner.details()
    assert code(response) == (429, "RATE_LIMITED_TOKEN_BUCKET")
    assert "Retry-After" in response.headers
    owner.project = OTHER_PROJECT
    assert (await owner.details()).status_code == 200


async def test_calls_are_logged_with_provider_and_region(simulator: Simulator, owner: Caller) -> None:
    await owner.details()
    await owner.details("gcp", "CENTRAL_US")
    assert simulator.counts() == {"account-details": 2}
    [call] = simulator.calls("account-details", cloud_provider="gcp")
    assert (call.region, call.status, call.project) == ("CENTRAL_US", 404, PROJECT)


async def test_a_fault_can_hit_one_region(simulator: Simulator, owner: Caller) -> None:
    simulator.fault("answer", "account-details", status=503, cloud_provider="aws", region="EU_WEST_1")
    assert (await owner.details()).status_code == 200
    assert code(await owner.details(region="EU_WEST_1")) == (503, "SERVICE_UNAVAILABLE")


@pytest.mark.parametrize("kind", ["drop", "lose-reply"])
async def test_its_connection_can_be_dropped(simulator: Simulator, owner: Caller, kind: str) -> None:
    simulator.fault(kind, "account-details")
    with pytest.raises(httpx.TransportError):
        await owner.details()
    assert (await owner.details()).status_code == 200


async def test_its_answer_can_be_late(simulator: Simulator, owner: Caller) -> None:
    simulator.fault("latency", "account-details", seconds=30)
    late = asyncio.create_task(owner.details())
    await simulator.wait_for_call("account-details")
    simulator.networks.remove(PROJECT, "aws", "US_EAST_1")
    simulator.advance(30)
    assert (await late).status_code == 404


async def test_its_answer_can_be_too_many_requests_or_malformed(simulator: Simulator, owner: Caller) -> None:
    simulator.fault("answer", "account-details", status=429, headers={"Retry-After": "1"})
    assert code(await owner.details()) == (429, "RATE_LIMITED")
    simulator.fault("malformed-json", "account-details")
    with pytest.raises(ValueError, match="Unterminated"):
        (await owner.details()).json()


def test_networks_are_listed_by_project(simulator: Simulator) -> None:
    added = simulator.networks.put(OTHER_PROJECT, "gcp", "CENTRAL_US", cidr_block=None)
    assert simulator.networks.get(OTHER_PROJECT, "gcp", "CENTRAL_US") == added
    assert [(each.provider, each.region) for each in simulator.networks.all(OTHER_PROJECT)] == [
        ("aws", "US_EAST_1"),
        ("gcp", "CENTRAL_US"),
    ]
    assert len(simulator.networks.all()) == 3


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (lambda networks: networks.put(UNKNOWN_PROJECT, "aws", "US_EAST_1"), "no project"),
        (lambda networks: networks.put(PROJECT, "AWS", "US_EAST_1"), "AWS"),
        (lambda networks: networks.put(PROJECT, "aws", "us-east-1"), "us-east-1"),
        (lambda networks: networks.put(PROJECT, "aws", "US_EAST_1", virtual_network_name="v"), "virtual_network_name"),
        (lambda networks: networks.put(PROJECT, "aws", "US_EAST_1", aws_account_id="1"), "aws"),
        (lambda networks: networks.put(PROJECT, "aws", "US_EAST_1", vpc_id="network"), "vpc"),
        (lambda networks: networks.put(PROJECT, "aws", "US_EAST_1", cidr_block="10.0.0.1/16"), "cidr"),
    ],
)
def test_a_wrong_network_is_refused_and_changes_nothing(
    simulator: Simulator, wrong: Callable[[object], object], problem: str
) -> None:
    before = simulator.networks.all()
    with pytest.raises(ValueError, match=problem):
        wrong(simulator.networks)
    assert simulator.networks.all() == before


@pytest.mark.parametrize(
    ("provider", "schema", "field"),
    [
        (CloudProvider.AWS, "AWSCloudProviderContainer", "regionName"),
        (CloudProvider.AZURE, "AzureCloudProviderContainer", "region"),
        (CloudProvider.GCP, "GCPCloudProviderContainer", "regions"),
    ],
)
def test_every_region_of_the_schema_is_known(provider: CloudProvider, schema: str, field: str) -> None:
    declared = atlas().closed(atlas().named_schema(schema), "response")["properties"][field]
    assert {*declared.get("items", declared)["enum"]} - {"GLOBAL"} <= REGIONS[provider]
