"""What is said of each answer of Atlas, and what the ConfigMap then contains."""

from typing import Any

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.atlas.client import parse_account_details
from atlas_streams_peering.controller.decision import Decision, Progress
from atlas_streams_peering.kinds.streams_account_details.decide import (
    NoNetwork,
    config_map_conflict,
    config_map_data,
    decide,
)
from atlas_streams_peering.kinds.streams_account_details.resource import (
    StreamsAccountDetailsSpec,
    StreamsAccountDetailsStatus,
)

PROJECT = "671a86f4cfc9da7d7c31b14f"
CIDR = "192.168.248.0/21"
ANSWERS: dict[str, dict[str, Any]] = {
    "aws": {"awsAccountId": "974404375205", "vpcId": "vpc-0ef7efa5ceca36e2f", "cidrBlock": CIDR},
    "azure": {"azureSubscriptionId": "f1a2b3c4-d5e6", "virtualNetworkName": "vnet_a1", "cidrBlock": CIDR},
    "gcp": {"gcpProjectId": "p-a1b2", "vpcNetworkName": "nt-a1", "cidrBlock": CIDR},
}
"""As Atlas gives them: without `cloudProvider`, on which nothing may depend."""
SHOWN: dict[str, dict[str, str]] = {
    "aws": {"accountId": "974404375205", "vpcId": "vpc-0ef7efa5ceca36e2f"},
    "azure": {"subscriptionId": "f1a2b3c4-d5e6", "virtualNetworkName": "vnet_a1"},
    "gcp": {"gcpProjectId": "p-a1b2", "vpcNetworkName": "nt-a1"},
}
REGIONS = {"aws": "US_EAST_1", "azure": "US_EAST_2", "gcp": "CENTRAL_US"}
PROVIDERS = pytest.mark.parametrize("provider", ANSWERS)


def spec(provider: str | None = "aws", **fields: Any) -> StreamsAccountDetailsSpec:
    given = {"projectId": PROJECT, "region": REGIONS[provider or "aws"], **fields}
    return StreamsAccountDetailsSpec.model_validate(given | ({"cloudProvider": provider} if provider else {}))


def decided(
    wanted: StreamsAccountDetailsSpec, answer: dict[str, Any] | NoNetwork, **before: Any
) -> Decision[StreamsAccountDetailsStatus]:
    parsed = answer if isinstance(answer, NoNetwork) else parse_account_details(answer)
    return decide(wanted, StreamsAccountDetailsStatus.model_validate(before), parsed)


def shown(decision: Decision[StreamsAccountDetailsStatus]) -> dict[str, Any]:
    return decision.status.model_dump(by_alias=True, exclude_none=True, exclude={"conditions"})


@PROVIDERS
def test_an_answer_makes_the_object_available_with_the_names_of_its_cloud(provider: str) -> None:
    decision = decided(spec(provider), ANSWERS[provider])

    account, network = SHOWN[provider].values()
    assert (decision.readiness.reason, decision.readiness.progress) == (Reason.AVAILABLE, Progress.REACHED)
    assert shown(decision) == {
        "cloudProvider": provider,
        "region": REGIONS[provider],
        "account": account,
        "network": network,
        "cidrBlock": CIDR,
        **SHOWN[provider],
    }


@PROVIDERS
def test_the_config_map_has_project_provider_region_and_the_values(provider: str) -> None:
    wanted = spec(provider)

    assert config_map_data(wanted, decided(wanted, ANSWERS[provider]).status) == {
        "projectId": PROJECT,
        "cloudProvider": provider,
        "region": REGIONS[provider],
        "cidrBlock": CIDR,
        **SHOWN[provider],
    }


def test_a_provider_that_is_left_out_is_aws() -> None:
    assert shown(decided(spec(None), ANSWERS["aws"])) == shown(decided(spec("aws"), ANSWERS["aws"]))


@PROVIDERS
def test_what_the_answer_calls_the_provider_does_not_matter(provider: str) -> None:
    answer = {**ANSWERS[provider], "cloudProvider": "AWS", "links": []}

    assert decided(spec(provider), answer) == decided(spec(provider), ANSWERS[provider])


@pytest.mark.parametrize("region", ["US_EAST_1", "us-east-1", "us_east_1", "US-EAST-1"])
def test_a_region_of_aws_may_be_spelled_as_in_aws(region: str) -> None:
    assert spec("aws", region=region).atlas_region == "US_EAST_1"


@pytest.mark.parametrize(("provider", "region"), [("azure", "eastus2"), ("gcp", "us-central1"), ("gcp", "US_EAST_4")])
def test_a_region_of_another_cloud_is_sent_as_it_is(provider: str, region: str) -> None:
    assert spec(provider, region=region).atlas_region == region


def test_without_a_network_there_it_is_stalled_and_says_what_is_missing() -> None:
    words = "Atlas refused to read the account details for aws US_EAST_1: No network (HTTP 404 NOT_FOUND)."
    decision = decided(spec(), NoNetwork(words))

    assert (decision.readiness.reason, decision.readiness.progress) == (Reason.REGION_NOT_AVAILABLE, Progress.STALLED)
    for word in ("aws US_EAST_1", "No network (HTTP 404 NOT_FOUND)", "dedicated cluster", "network container"):
        assert word in decision.readiness.message
    assert shown(decision) == {"cloudProvider": "aws", "region": "US_EAST_1"}


def test_details_of_a_network_that_is_gone_are_not_shown_any_more() -> None:
    available = shown(decided(spec(), ANSWERS["aws"]))

    gone = decided(spec(), NoNetwork("It is gone."), **available, configMapName="kept")

    assert shown(gone) == {"cloudProvider": "aws", "region": "US_EAST_1", "configMapName": "kept"}
    assert "for aws US_EAST_1" in gone.readiness.message


@PROVIDERS
@pytest.mark.parametrize("position", [0, 1, 2], ids=["account", "network", "CIDR"])
def test_an_answer_that_leaves_something_out_is_not_available_and_names_it(provider: str, position: int) -> None:
    answer, missing = dict(ANSWERS[provider]), [*SHOWN[provider], "cidrBlock"][position]
    del answer[[*ANSWERS[provider]][position]]

    decision = decided(spec(provider), answer)

    assert (decision.readiness.reason, decision.readiness.progress) == (Reason.REGION_NOT_AVAILABLE, Progress.STALLED)
    assert f"has no {missing};" in decision.readiness.message
    assert missing not in shown(decision)
    assert len(shown(decision)) == (6 if missing == "cidrBlock" else 5), "what is known is shown"


@pytest.mark.parametrize("value", ["", 7, None, ["vpc-1"]])
def test_a_value_that_cannot_be_one_counts_as_absent(value: Any) -> None:
    decision = decided(spec(), {**ANSWERS["aws"], "vpcId": value})

    assert decision.readiness.reason is Reason.REGION_NOT_AVAILABLE
    assert "vpcId" not in shown(decision)


def test_the_last_config_map_is_remembered() -> None:
    assert decided(spec(), ANSWERS["aws"], configMapName="atlas").status.config_map_name == "atlas"


def test_nothing_is_ever_changed_or_held_outside() -> None:
    for answer in (ANSWERS["aws"], NoNetwork("It is not there.")):
        decision = decided(spec(), answer)
        assert (decision.change, decision.holds, decision.remembers_missing) == (None, False, False)


def test_a_config_map_of_somebody_else_is_a_conflict() -> None:
    readiness = config_map_conflict("atlas", "Deployment web")

    assert (readiness.reason, readiness.progress) == (Reason.CONFIG_MAP_CONFLICT, Progress.STALLED)
    assert "ConfigMap atlas exists and belongs to Deployment web" in readiness.message
