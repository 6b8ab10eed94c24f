"""What is read of an answer, and that no answer is too odd to be read."""

from typing import Any

import pytest

from atlas_streams_peering.confluent.client import parse_network, parse_peering
from atlas_streams_peering.confluent.models import Network, Peering
from unit.confluent.world import ENVIRONMENT, NETWORK, NETWORK_ROW, PEERING, PEERING_ROW


def test_a_network_is_read() -> None:
    assert parse_network(NETWORK_ROW) == Network(
        id=NETWORK,
        environment_id=ENVIRONMENT,
        display_name="orders",
        cloud="AWS",
        region="us-east-1",
        cidr="10.0.0.0/16",
        connection_types=("PEERING",),
        phase="READY",
        aws_account_id="417601102659",
        aws_vpc_id="vpc-0d13eb6a2f0377854",
    )


def test_a_failed_network_says_why() -> None:
    status = {"phase": "FAILED", "error_code": "CIDR_IN_USE", "error_message": "The CIDR block is taken."}

    network = parse_network(NETWORK_ROW | {"status": status})

    assert (network.phase, network.error_code, network.error_message) == tuple(status.values())
    assert (network.aws_account_id, network.aws_vpc_id) == (None, None)


@pytest.mark.parametrize("kind", ["AwsPeering", "networking.v1.AwsPeering", "Unheard", None])
def test_a_peering_is_read_whatever_kind_its_cloud_names(kind: str | None) -> None:
    cloud = PEERING_ROW["spec"]["cloud"] | {"kind": kind}

    assert parse_peering(PEERING_ROW | {"spec": PEERING_ROW["spec"] | {"cloud": cloud}}) == Peering(
        id=PEERING,
        display_name="orders",
        environment_id=ENVIRONMENT,
        network_id=NETWORK,
        account_id="974404375205",
        vpc_id="vpc-0ef7efa5ceca36e2f",
        routes=("192.168.248.0/21",),
        customer_region="us-east-1",
        phase="PENDING_ACCEPT",
    )


def test_a_failed_peering_says_why() -> None:
    status = {"phase": "FAILED", "error_code": "VPC_NOT_FOUND", "error_message": "There is no such VPC."}

    peering = parse_peering(PEERING_ROW | {"status": status})

    assert (peering.phase, peering.error_code, peering.error_message) == tuple(status.values())


@pytest.mark.parametrize("odd", [None, 5, "text", [], {}, {"cloud": []}, {"phase": {}}, {"environment": "env-1"}])
def test_what_is_absent_or_of_a_wrong_type_is_unknown(odd: object) -> None:
    row: dict[str, Any] = {"id": 5, "spec": odd, "status": odd, "unheardOf": True}

    assert parse_network(row) == Network()
    assert parse_peering(row) == Peering()
    assert parse_network({}) == Network()
    assert parse_peering({}) == Peering()


def test_one_wrong_field_leaves_the_others_as_they_are() -> None:
    spec = PEERING_ROW["spec"] | {"cloud": PEERING_ROW["spec"]["cloud"] | {"routes": "10.0.0.0/8", "vpc": 5}}

    peering = parse_peering(PEERING_ROW | {"spec": spec})

    assert (peering.routes, peering.vpc_id, peering.account_id) == (None, None, "974404375205")


def test_an_answer_does_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse_peering(PEERING_ROW).phase = "READY"  # type: ignore[misc]
