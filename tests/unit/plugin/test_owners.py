"""Who manages a connection: as the operator decides it."""

from atlas_streams_peering.plugin.owners import Ownership
from unit.kinds.streams_vpc_peering.builders import ACCOUNT, NAME, OTHER_PROJECT, PROJECT, SECOND, VPC, connection
from unit.plugin.builders import body, owners_among, svp

HELD = {"connectionName": NAME, "cloudStatus": "active", "conditions": [{"type": "Ready", "reason": "Active"}]}
CONFLUENT = {"confluentPeeringRef": {"name": "kafka"}}


def shown(ownership: Ownership) -> tuple[str | None, list[str]]:
    return str(ownership.owner) if ownership.owner else None, [str(other) for other in ownership.others]


def test_the_object_that_matches_manages() -> None:
    row = connection("active")

    found = owners_among(svp(status=HELD)).of(row, PROJECT, [row])

    assert shown(found) == ("team-a/kafka", [])
    assert found.owner is not None
    assert found.owner.reason == "Active"


def test_nobody_manages_what_no_object_means() -> None:
    row = connection("active", requester_vpc_id="vpc-0123456789abcdef0")

    assert shown(owners_among(svp()).of(row, PROJECT, [row])) == (None, [])


def test_an_object_of_another_project_manages_nothing_here() -> None:
    row = connection("active")

    assert shown(owners_among(svp(projectId=OTHER_PROJECT)).of(row, PROJECT, [row])) == (None, [])


def test_an_object_that_matches_two_requests_manages_neither() -> None:
    rows = [connection(name=NAME), connection(name=SECOND)]

    assert [shown(owners_among(svp()).of(row, PROJECT, rows)) for row in rows] == [(None, ["team-a/kafka"])] * 2


def test_the_holder_goes_before_another_that_matches() -> None:
    row = connection("active")

    found = owners_among(svp("a"), svp("kafka", status=HELD)).of(row, PROJECT, [row])

    assert shown(found) == ("team-a/kafka", ["team-a/a"])


def test_the_requester_may_be_known_through_a_confluent_peering() -> None:
    row = connection("active")
    made = body("ConfluentPeering", "kafka", {}, {"requester": {"accountId": ACCOUNT, "vpcId": VPC}})
    owners = owners_among(svp(requester=CONFLUENT), made)

    assert shown(owners.of(row, PROJECT, [row])) == ("team-a/kafka", [])
    assert owners.accounts(PROJECT) == {ACCOUNT}


def test_an_object_whose_reference_is_gone_manages_what_it_holds() -> None:
    row = connection("active")

    assert shown(owners_among(svp(requester=CONFLUENT, status=HELD)).of(row, PROJECT, [row])) == ("team-a/kafka", [])


def test_an_object_whose_spec_cannot_be_read_manages_what_it_holds() -> None:
    row = connection("active")

    assert shown(owners_among(svp(requester="?", status=HELD)).of(row, PROJECT, [row])) == ("team-a/kafka", [])


def test_a_dead_connection_concerns_no_object_that_only_matches_it() -> None:
    old, live = connection("expired", name=SECOND), connection("active")

    assert shown(owners_among(svp(status=HELD)).of(old, PROJECT, [old, live])) == (None, [])
