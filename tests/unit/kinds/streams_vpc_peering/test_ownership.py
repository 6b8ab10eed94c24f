import itertools

from atlas_streams_peering.kinds.streams_vpc_peering.ownership import Claim, older_owner
from unit.kinds.streams_vpc_peering.builders import (
    CIDR,
    NAME,
    OTHER_CIDR,
    OTHER_PROJECT,
    OTHER_VPC,
    SECOND,
    claim,
    connection,
    spec,
)

OLD, NEW = "2024-12-10T08:00:00Z", "2024-12-10T08:00:01Z"
ROW = connection()


def test_the_older_of_two_objects_owns_the_connection() -> None:
    old, new = claim(name="z", created=OLD), claim(name="a", created=NEW)
    assert older_owner(new, ROW, [old], [ROW]) == old
    assert older_owner(old, ROW, [new], [ROW]) is None


def test_within_one_second_the_name_decides() -> None:
    first, second = claim(name="a"), claim(name="b")
    assert older_owner(second, ROW, [first], [ROW]) == first
    assert older_owner(first, ROW, [second], [ROW]) is None


def test_within_one_second_the_namespace_decides_before_the_name() -> None:
    first, second = claim(namespace="a", name="z"), claim(namespace="b", name="a")
    assert older_owner(second, ROW, [first], [ROW]) == first


def test_an_object_is_no_rival_of_itself() -> None:
    before = claim(created=OLD)
    assert older_owner(claim(created=NEW), ROW, [before], [ROW]) is None


def test_the_oldest_of_several_is_named_in_whatever_order_they_come() -> None:
    oldest, middle, newest = (claim(name=name, created=f"2024-12-10T08:00:0{i}Z") for i, name in enumerate("cba"))
    for others in itertools.permutations([oldest, middle, newest]):
        assert older_owner(newest, ROW, others, [ROW]) == oldest
        assert older_owner(oldest, ROW, others, [ROW]) is None


def other_of_old_age(wanted: Claim) -> Claim | None:
    return older_owner(claim(name="new", created=NEW), ROW, [wanted], [ROW])


def test_an_older_object_of_another_project_is_no_rival() -> None:
    assert other_of_old_age(claim(spec(project_id=OTHER_PROJECT), created=OLD)) is None


def test_an_older_object_of_another_vpc_is_no_rival() -> None:
    assert other_of_old_age(claim(spec(vpc_id=OTHER_VPC), created=OLD)) is None


def test_an_older_object_that_pins_another_connection_is_no_rival() -> None:
    assert other_of_old_age(claim(spec(connection_name=SECOND), created=OLD)) is None


def test_an_older_object_whose_guard_keeps_the_connection_out_is_no_rival() -> None:
    assert other_of_old_age(claim(spec(cidr=OTHER_CIDR), created=OLD)) is None


def test_an_older_object_that_pins_the_connection_but_describes_another_is_no_rival() -> None:
    assert other_of_old_age(claim(spec(connection_name=NAME, vpc_id=OTHER_VPC), created=OLD)) is None


def test_an_older_object_that_pins_the_connection_owns_it() -> None:
    pinned = claim(spec(connection_name=NAME, vpc_id=None, cidr=CIDR), created=OLD)
    assert other_of_old_age(pinned) == pinned


def test_an_older_object_that_cannot_choose_owns_nothing() -> None:
    undecided, pinned = claim(created=OLD), claim(spec(connection_name=NAME), name="new", created=NEW)
    assert older_owner(pinned, ROW, [undecided], [ROW, connection(name=SECOND)]) is None


def test_an_older_object_on_its_way_out_owns_what_it_holds_and_nothing_newer() -> None:
    leaving = claim(created=OLD, held=SECOND, deleting=True)
    rows = [ROW, connection("deleted", name=SECOND)]
    younger = claim(name="new", created=NEW)
    assert older_owner(younger, ROW, [leaving], rows) is None
    assert older_owner(younger, rows[1], [leaving], rows) == leaving


def test_an_older_object_on_its_way_out_owns_what_it_holds_whatever_its_guard_says_now() -> None:
    leaving = claim(spec(cidr=OTHER_CIDR), created=OLD, held=NAME, deleting=True)
    assert other_of_old_age(leaving) == leaving


def test_an_older_object_that_holds_another_connection_owns_only_that() -> None:
    active = connection("active", name=SECOND)
    holder, pinned = claim(created=OLD, held=SECOND), claim(spec(connection_name=NAME), name="new", created=NEW)
    assert older_owner(pinned, ROW, [holder], [ROW, active]) is None
    assert older_owner(pinned, active, [holder], [ROW, active]) == holder
