"""Of two objects that mean one peering, one owns it, and the other says which."""

from typing import Any

import pytest

from unit.kinds.streams_outbound_vpc_peering.builders import (
    CONTAINER,
    CREATE,
    OTHER_CONTAINER,
    OTHER_VPC,
    PCX,
    action_of,
    ago,
    conditions_of,
    container,
    decided,
    held,
    peer,
    stalled,
    status,
    stored,
)

OLD, NEW = "2024-12-01T08:00:00Z", "2024-12-11T08:00:00Z"
REQUESTED = status(lastAction={"type": "Create", "time": ago(1)})


def older(present: dict[str, Any] | None = None, **spec: Any) -> Any:
    return stored(spec, present, name="older", created=OLD)


def younger(present: dict[str, Any] | None = None, **spec: Any) -> Any:
    return stored(spec, present, name="younger", created=NEW)


def test_before_there_is_a_peering_the_older_one_requests_it() -> None:
    old, new = older(), younger()

    assert action_of(decided(old, rivals=[new])) == CREATE
    decision = decided(new, rivals=[old])
    assert conditions_of(new, decision) == stalled("AlreadyManaged")
    assert decision.readiness.message == "team-a/older requests the same peering; delete one of the two."
    assert (decision.change, decision.holds) == (None, False)


def test_what_is_there_is_adopted_by_the_older_one() -> None:
    old, new = older(), younger()

    assert decided(old, peer(), rivals=[new]).status.peer_id is not None
    decision = decided(new, peer(), rivals=[old])
    assert decision.readiness.message == f"{PCX} is managed by team-a/older; delete one of the two."
    assert (decision.status.peer_id, decision.status.connection_name, decision.status.status_name) == (None, None, None)


@pytest.mark.parametrize("present", [held(), REQUESTED], ids=["holds", "has requested"])
def test_who_is_at_work_keeps_it_whatever_its_age(present: dict[str, Any]) -> None:
    old, new = older(), younger(present)

    assert conditions_of(old, decided(old, peer(), rivals=[new])) == stalled("AlreadyManaged")
    assert decided(new, peer(), rivals=[old]).holds


@pytest.mark.parametrize(
    ("mine", "theirs", "same"),
    [
        ({}, {"region": "us-east-1"}, True),
        ({}, {"containerId": CONTAINER}, True),
        ({"containerId": CONTAINER}, {}, True),
        ({}, {"region": "EU_WEST_1"}, False),
        ({}, {"containerId": OTHER_CONTAINER}, False),
        ({}, {"vpcId": OTHER_VPC}, False),
        ({}, {"awsAccountId": "000000000042"}, False),
        ({}, {"projectId": "b" * 24}, False),
    ],
)
def test_two_objects_mean_the_same_by_container_account_and_vpc(
    mine: dict[str, Any], theirs: dict[str, Any], same: bool
) -> None:
    decision = decided(younger(**mine), containers=[container()], rivals=[older(**theirs)])
    assert (action_of(decision) is None) is same


def test_an_object_that_is_being_deleted_keeps_only_what_it_holds() -> None:
    going = stored(None, None, name="older", created=OLD, deleting=True)
    assert action_of(decided(younger(), rivals=[going])) == CREATE

    for present in (held(), REQUESTED):
        holding = stored(None, present, name="older", created=OLD, deleting=True)
        assert conditions_of(younger(), decided(younger(), peer(), rivals=[holding])) == stalled("AlreadyManaged")


def test_among_objects_of_one_second_the_name_decides() -> None:
    first, second = stored(name="a"), stored(name="b")

    assert action_of(decided(first, rivals=[second])) == CREATE
    assert action_of(decided(second, rivals=[first])) is None


def test_deleting_an_object_that_was_refused_touches_nothing() -> None:
    going = stored(None, None, name="younger", created=NEW, deleting=True)
    decision = decided(going, peer(), rivals=[older(held())])

    assert (action_of(decision), decision.finalized is not None) == (None, True)
