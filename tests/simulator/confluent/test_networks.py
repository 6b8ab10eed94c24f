import pytest

from atlas_simulator import Simulator
from simulator.caller import OTHER_VPC, VPC
from simulator.confluent.caller import ENVIRONMENT, NETWORK, NETWORKS, OTHER_ENVIRONMENT, CloudCaller


async def test_a_network_provisions_and_then_shows_its_account_and_vpc(
    simulator: Simulator, cloud: CloudCaller
) -> None:
    network = simulator.confluent.add_network(
        environment=ENVIRONMENT, cidr="10.9.0.0/16", account="000000000001", vpc=OTHER_VPC, display_name="later"
    )
    path = f"{NETWORKS}/{network}"
    simulator.advance(4.9)
    before = (await cloud.get(path)).json()
    simulator.advance(0.1)
    after = (await cloud.get(path)).json()
    assert (before["status"]["phase"], before["status"].get("cloud")) == ("PROVISIONING", None)
    assert after["status"]["phase"] == "READY"
    assert after["status"]["cloud"] == {"kind": "AwsNetwork", "account": "000000000001", "vpc": OTHER_VPC}
    assert after["spec"] == before["spec"]
    assert after["spec"]["environment"]["id"] == ENVIRONMENT
    shown = {name: after["spec"][name] for name in ("cidr", "cloud", "connection_types", "display_name", "region")}
    assert shown == {
        "cidr": "10.9.0.0/16",
        "cloud": "AWS",
        "connection_types": ["PEERING"],
        "display_name": "later",
        "region": "us-east-1",
    }


def test_no_two_networks_have_the_same_vpc_unless_told(simulator: Simulator, cloud: CloudCaller) -> None:
    for _ in range(2):
        simulator.confluent.add_network(environment=ENVIRONMENT)
    vpcs = [network.vpc for network in simulator.confluent.networks()]
    assert vpcs[0] == VPC
    assert len(set(vpcs)) == 3


@pytest.mark.parametrize(
    ("cloud_name", "shown"),
    [
        ("AZURE", {"kind": "AzureNetwork", "subscription": "s", "vnet": "v"}),
        ("GCP", {"kind": "GcpNetwork", "project": "s", "vpc_network": "v"}),
    ],
)
async def test_a_network_may_be_in_another_cloud(
    simulator: Simulator, cloud: CloudCaller, cloud_name: str, shown: dict[str, str]
) -> None:
    network = simulator.confluent.add_network(
        environment=ENVIRONMENT,
        cloud=cloud_name,  # type: ignore[arg-type]
        region="somewhere",
        account="s",
        vpc="v",
        ready_after=0,
    )
    assert (await cloud.get(f"{NETWORKS}/{network}")).json()["status"]["cloud"] == shown


async def test_a_network_may_fail(simulator: Simulator, cloud: CloudCaller) -> None:
    simulator.confluent.set_network_phase(NETWORK, "FAILED", code="NO_CAPACITY", message="There is no capacity.")
    status = (await cloud.get(f"{NETWORKS}/{NETWORK}")).json()["status"]
    assert (status["phase"], status["error_code"], status["error_message"]) == (
        "FAILED",
        "NO_CAPACITY",
        "There is no capacity.",
    )
    assert "cloud" not in status
    simulator.confluent.set_network_phase(NETWORK, None)
    assert simulator.confluent.network(NETWORK).phase == "READY"


async def test_a_network_that_is_removed_is_not_found(simulator: Simulator, cloud: CloudCaller) -> None:
    peering = await cloud.created()
    with pytest.raises(ValueError, match="has peerings"):
        simulator.confluent.remove_network(NETWORK)
    await cloud.delete(peering)
    simulator.advance(10)
    simulator.confluent.remove_network(NETWORK)
    assert (await cloud.get(f"{NETWORKS}/{NETWORK}")).status_code == 404
    assert await cloud.ids(NETWORKS) == []


async def test_the_list_has_the_filters_of_the_document(simulator: Simulator, cloud: CloudCaller) -> None:
    private = simulator.confluent.add_network(
        environment=ENVIRONMENT, connection_types=["PRIVATELINK"], cidr=None, region="eu-west-1", display_name="private"
    )
    simulator.confluent.add_network(environment=OTHER_ENVIRONMENT, cidr="10.2.0.0/16")
    assert set(await cloud.ids(NETWORKS)) == {NETWORK, private}
    cases = {
        "spec.display_name": "private",
        "spec.region": "eu-west-1",
        "spec.connection_types": "PRIVATELINK",
        "status.phase": "PROVISIONING",
    }
    for name, value in cases.items():
        assert await cloud.ids(NETWORKS, **{name: value}) == [private], name
    assert await cloud.ids(NETWORKS, **{"spec.cidr": "10.0.0.0/16"}) == [NETWORK]
    assert await cloud.ids(NETWORKS, **{"spec.cloud": "GCP"}) == []
    assert set(await cloud.ids(NETWORKS, **{"spec.region": ["eu-west-1", "us-east-1"]})) == {NETWORK, private}


async def test_a_list_may_lag(simulator: Simulator, cloud: CloudCaller) -> None:
    simulator.configure({"confluent": {"read_lag": 10}})
    assert await cloud.ids(NETWORKS) == []
    simulator.confluent.set_network_phase(NETWORK, "FAILED")
    simulator.advance(9)
    assert await cloud.ids(NETWORKS) == []
    assert (await cloud.get(f"{NETWORKS}/{NETWORK}")).json()["status"]["phase"] == "FAILED"
    simulator.advance(1)
    assert await cloud.ids(NETWORKS, **{"status.phase": "FAILED"}) == [NETWORK]


@pytest.mark.parametrize(
    "wrong",
    [
        {"network": NETWORK},
        {"network": "network-1"},
        {"environment": "production"},
        {"cloud": "aws"},
        {"region": "US_EAST_1"},
        {"account": "1"},
        {"vpc": "vpc-x"},
        {"connection_types": []},
        {"connection_types": ["CARRIER_PIGEON"]},
        {"cidr": None},
        {"cidr": "10.0.0.0/17"},
        {"cidr": "11.0.0.0/16"},
        {"cidr": "172.31.0.0/16"},
        {"cidr": "10.0.0.1/16"},
    ],
)
def test_a_network_that_confluent_does_not_have_is_refused(
    simulator: Simulator, cloud: CloudCaller, wrong: dict[str, object]
) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (ipaddress' and ours)
        simulator.confluent.add_network(**{"environment": ENVIRONMENT, "cidr": "10.1.0.0/16", **wrong})  # type: ignore[arg-type]
    assert [each.id for each in simulator.confluent.networks()] == [NETWORK]
