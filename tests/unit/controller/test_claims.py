"""Which objects mean which connections."""

from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.controller.claims import ClaimIndex
from atlas_streams_peering.kinds.streams_vpc_peering.matching import Identity
from atlas_streams_peering.kinds.streams_vpc_peering.ownership import Claim
from simulator.caller import ACCOUNT, OTHER_PROJECT, OTHER_VPC, PROJECT, VPC

PCX, OTHER_PCX = "pcx-1", "pcx-2"
CONNECTION = Connection(name=PCX, requester_vpc_id=VPC)


def claim(uid: str, *, project: str = PROJECT, vpc: str | None = VPC, pinned: str | None = None) -> Claim:
    identity = Identity(project, ACCOUNT, vpc, None, pinned)
    return Claim("2024-12-12T12:00:00Z", "streams", uid, uid, identity, None)


def index_of(*claims: Claim) -> ClaimIndex:
    index = ClaimIndex()
    for one in claims:
        index.put(one)
    return index


def uids(claims: tuple[Claim, ...]) -> set[str]:
    return {one.uid for one in claims}


def test_rivals_mean_the_same_vpc_or_name() -> None:
    mine = claim("mine")
    index = index_of(
        mine,
        claim("same vpc"),
        claim("by name", pinned=PCX),
        claim("by name only", vpc=None, pinned=PCX),
        claim("another vpc", vpc=OTHER_VPC),
        claim("another name", pinned=OTHER_PCX),
        claim("another project", project=OTHER_PROJECT),
    )

    assert uids(index.rivals(mine, [CONNECTION])) == {"same vpc", "by name", "by name only"}


def test_nobody_is_his_own_rival() -> None:
    mine = claim("mine")

    assert index_of(mine).rivals(mine, [CONNECTION]) == ()


def test_a_claim_that_changes_is_found_at_its_new_place_only() -> None:
    index = index_of(claim("mine"), claim("other"))

    index.put(claim("other", pinned=OTHER_PCX))

    assert index.rivals(claim("mine"), [CONNECTION]) == ()
    assert uids(index.rivals(claim("mine"), [Connection(name=OTHER_PCX)])) == {"other"}
    assert index.get("other") == claim("other", pinned=OTHER_PCX)


def test_an_object_that_is_gone_is_no_rival() -> None:
    index = index_of(claim("mine"), claim("other"))

    index.remove("other")

    assert index.rivals(claim("mine"), [CONNECTION]) == ()
    assert index.get("other") is None


def test_those_who_waited_for_an_object_are_told_when_it_goes() -> None:
    index = index_of(claim("owner"), claim("second"), claim("third"))
    index.settle(claim("owner"), PCX)
    index.settle(claim("second"), None, owner="owner")
    index.settle(claim("third"), None, owner="owner")

    assert index.remove("owner") == {"second", "third"}


def test_those_who_waited_for_an_object_are_told_when_it_manages_something_else() -> None:
    index = index_of(claim("owner"), claim("second"))
    index.settle(claim("owner"), PCX)
    index.settle(claim("second"), None, owner="owner")

    assert index.settle(claim("owner"), PCX) == set()
    assert index.settle(claim("owner"), OTHER_PCX) == {"second"}
    assert index.settle(claim("owner"), None) == set()


def test_who_loses_a_connection_to_another_is_told() -> None:
    index = index_of(claim("younger"), claim("older"))
    index.settle(claim("younger"), PCX)

    assert index.settle(claim("older"), PCX) == {"younger"}
    assert index.settle(claim("younger"), None, owner="older") == set()
    assert index.settle(claim("older"), None) == {"younger"}


def test_the_same_name_in_another_project_is_another_connection() -> None:
    index = index_of(claim("here"), claim("there", project=OTHER_PROJECT))
    index.settle(claim("here"), PCX)

    assert index.settle(claim("there", project=OTHER_PROJECT), PCX) == set()


def test_an_object_that_is_gone_manages_nothing_any_more() -> None:
    index = index_of(claim("first"), claim("second"))
    index.settle(claim("first"), PCX)
    index.remove("first")

    assert index.settle(claim("second"), PCX) == set()


def test_what_nobody_knows_may_be_removed() -> None:
    assert ClaimIndex().remove("unheard of") == set()
