"""What a policy sees: which requests are free, and what it says of the others."""

from datetime import timedelta
from typing import Any

import pytest

from atlas_streams_peering.api.times import format_time
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.kinds.streams_vpc_peering.ownership import Claim
from atlas_streams_peering.kinds.streams_vpc_peering_policy.survey import (
    Inventory,
    Survey,
    concerns,
    inventory,
    survey,
)
from unit.kinds.streams_vpc_peering.builders import NOW, OTHER_PROJECT
from unit.kinds.streams_vpc_peering_policy.builders import POLICY, claim, own, pcx, request, spec, vpc

PAST, FUTURE = (format_time(NOW + timedelta(seconds=seconds)) for seconds in (-1, 1))


def seen(*connections: Connection, claims: list[Claim] | None = None, **fields: Any) -> Survey:
    return survey(spec(**fields), POLICY, connections, claims or [], now=NOW)


def left(found: Survey) -> dict[str, str]:
    return {one.request.name: one.reason.value for one in found.left}


# state in AWS, is it a match that lives, and may it be taken
STATES = [
    ("pending-acceptance", True, True),
    ("PENDING_ACCEPTANCE", True, True),
    ("Pending-Acceptance", True, True),
    ("initiating-request", True, False),
    ("provisioning", True, False),
    ("active", True, False),
    ("deleting", True, False),
    ("expired", False, False),
    ("rejected", False, False),
    ("failed", False, False),
    ("deleted", False, False),
    ("a-word-of-tomorrow", True, False),
    (None, True, False),
]


@pytest.mark.parametrize(("state", "matches", "free"), STATES)
def test_only_a_pending_request_is_free_and_only_what_lives_matches(
    state: str | None, matches: bool, free: bool
) -> None:
    found = seen(request(1, state))

    assert found.matching == int(matches)
    assert bool(found.free) is free
    assert found.left == ()


@pytest.mark.parametrize(("expires", "free"), [(None, True), (FUTURE, True), (PAST, False), ("some day", True)])
def test_a_request_is_free_until_it_expires(expires: str | None, free: bool) -> None:
    found = seen(request(1, expiration_time=expires))

    assert (found.matching, len(found.free)) == (int(free), int(free))


def test_an_active_connection_matches_whatever_atlas_says_of_its_expiration() -> None:
    assert seen(request(1, "active", expiration_time=PAST)).matching == 1


MEANT: dict[str, tuple[Claim, str | None]] = {
    "its VPC is matched": (claim(1), "AlreadyManaged"),
    "its VPC is matched in another namespace": (claim(1, namespace="team-b"), "AlreadyManaged"),
    "its VPC and its block are matched": (claim(1, cidr="10.1.0.0/16"), "AlreadyManaged"),
    "it is pinned": (claim(9, vpc_id=None, connection_name=pcx(1)), "AlreadyManaged"),
    "it is pinned by one that will not accept it": (claim(9, connection_name=pcx(1)), "AlreadyManaged"),
    "it is held": (claim(9, held=pcx(1)), "AlreadyManaged"),
    "it is held by one that is being deleted": (claim(9, held=pcx(1), deleting=True), "AlreadyManaged"),
    "it is made by another policy": (own(1, policy="another"), "AlreadyManaged"),
    "it is made by a policy of the same name elsewhere": (own(1, namespace="team-b"), "AlreadyManaged"),
    "its name is taken": (claim(9, name=pcx(1)), "NameTaken"),
    "its name is taken by a copy": (own(9, name=pcx(1)), "NameTaken"),
    "its name is taken in another namespace": (claim(9, name=pcx(1), namespace="team-b"), None),
    "another block is matched": (claim(1, cidr="10.9.0.0/16"), None),
    "another VPC is matched": (claim(2), None),
    "another connection of the VPC is pinned": (claim(1, connection_name=pcx(2)), None),
    "its VPC is matched in another project": (claim(1, project_id=OTHER_PROJECT), None),
    "its VPC is matched in another account": (claim(1, account_id="000000000042"), None),
    "one that is being deleted only matches": (claim(1, deleting=True), None),
}


@pytest.mark.parametrize(("other", "reason"), MEANT.values(), ids=MEANT.keys())
def test_a_request_that_an_object_means_is_left_to_it(other: Claim, reason: str | None) -> None:
    found = seen(request(1), claims=[other])

    assert left(found) == ({} if reason is None else {pcx(1): reason})
    assert bool(found.free) is (reason is None)
    assert found.matching == 1


def test_the_oldest_of_several_objects_is_named() -> None:
    first, second = claim(1, namespace="team-b"), claim(1, namespace="team-c")

    (one,) = seen(request(1), claims=[second, first]).left

    assert one.detail == "team-b/kafka"


@pytest.mark.parametrize("deleting", [False, True])
def test_a_request_that_the_policy_has_taken_is_neither_free_nor_left(deleting: bool) -> None:
    found = seen(request(1), claims=[own(1, deleting=deleting)])

    assert (found.matching, found.free, found.left) == (1, (), ())


def test_pending_requests_that_are_not_allowed_are_left_and_others_are_of_no_interest() -> None:
    excepted = [{"vpcIds": [vpc(1), vpc(2)]}]
    rows = [request(1), request(2, "active"), request(3)]
    policy = spec(excepted=excepted)

    found = seen(*rows, excepted=excepted)

    assert left(found) == {pcx(1): "Excepted"}
    assert [concerns(policy, row) for row in rows] == [True, False, True]
    assert found.matching == 1


def test_the_request_that_expires_first_is_taken_first() -> None:
    rows = [
        request(1, expiration_time="2024-12-19T00:00:00Z"),
        request(2),
        request(3, expiration_time="2024-12-18T00:00:00Z"),
        request(4, expiration_time="2024-12-18T00:00:00Z"),
    ]

    assert [one.name for one in seen(*rows).free] == [pcx(3), pcx(4), pcx(1), pcx(2)]
    assert seen(*rows) == seen(*rows)


def test_what_the_policy_has_made_counts_and_only_what_lives_counts_against_the_limit() -> None:
    claims = [
        own(1),
        own(2, ended=True),
        own(3, deleting=True),
        own(4, name="copy"),
        own(5, policy="another"),
        own(6, policy=None),
        own(7, namespace="team-b"),
        own(8, project_id=OTHER_PROJECT),
    ]

    assert inventory(POLICY, claims) == Inventory(objects=3, live=2)
