import itertools
from typing import Any

import pytest

from atlas_streams_peering.kinds.streams_vpc_peering.matching import (
    Ambiguous,
    Difference,
    Identity,
    Matched,
    Mismatch,
    NoMatch,
    select,
)
from unit.kinds.streams_vpc_peering.builders import (
    ACCOUNT,
    CIDR,
    LIVE_WORDS,
    NAME,
    OTHER_ACCOUNT,
    OTHER_CIDR,
    OTHER_VPC,
    PROJECT,
    SECOND,
    TERMINAL_WORDS,
    THIRD,
    VPC,
    connection,
    spec,
)


def identity(**fields: Any) -> Identity:
    return Identity(
        **{"project_id": PROJECT, "account_id": ACCOUNT, "vpc_id": VPC, "cidr": None, "pinned": None} | fields
    )


def test_an_identity_is_what_the_spec_and_its_requester_say() -> None:
    wanted = spec(cidr=CIDR, connection_name=NAME)
    assert Identity.of(wanted, account_id=ACCOUNT, vpc_id=VPC) == identity(cidr=CIDR, pinned=NAME)


@pytest.mark.parametrize("word", LIVE_WORDS + TERMINAL_WORDS)
def test_the_only_connection_of_the_vpc_is_meant(word: str) -> None:
    only = connection(word)
    assert select(identity(), [only]) == Matched(only)


@pytest.mark.parametrize(
    "fields",
    [
        {"requester_vpc_id": OTHER_VPC},
        {"requester_vpc_id": None},
        {"requester_account_id": OTHER_ACCOUNT},
    ],
    ids=["another VPC", "no VPC", "another account"],
)
def test_a_connection_from_elsewhere_is_not_meant(fields: dict[str, Any]) -> None:
    assert select(identity(), [connection(**fields)]) == NoMatch()


def test_a_row_that_leaves_the_account_out_is_of_the_account_that_was_asked_for() -> None:
    row = connection(requester_account_id=None)
    assert select(identity(), [row]) == Matched(row)


def test_an_object_without_vpc_and_pin_means_nothing() -> None:
    rows = [connection(requester_vpc_id=None), connection(name=SECOND)]
    assert select(identity(vpc_id=None), rows) == NoMatch()


def test_nothing_at_all_matches_nothing() -> None:
    assert select(identity(), []) == NoMatch()


@pytest.mark.parametrize("dead", TERMINAL_WORDS)
@pytest.mark.parametrize("live", LIVE_WORDS)
def test_dead_rows_do_not_count_beside_a_live_one(live: str, dead: str) -> None:
    row = connection(live, name=SECOND)
    for rows in itertools.permutations([connection(dead), row, connection(dead, name=THIRD)]):
        assert select(identity(), rows) == Matched(row)


def test_of_several_dead_rows_the_newest_counts() -> None:
    old = connection("rejected", id="6759e61a0000000000000000", name=THIRD)
    new = connection("expired", id="6859e61a0000000000000000", name=NAME)
    unnumbered = connection("failed", id=None, name=SECOND)
    for rows in itertools.permutations([old, new, unnumbered]):
        assert select(identity(), rows) == Matched(new)


def test_several_live_rows_are_ambiguous_in_an_order_that_does_not_change() -> None:
    first, second = connection("pending-acceptance"), connection("active", name=SECOND)
    dead = connection("expired", name=THIRD)
    for rows in itertools.permutations([first, second, dead]):
        assert select(identity(), rows) == Ambiguous((first, second))


class TestGuard:
    def test_the_cidr_tells_two_requests_apart(self) -> None:
        ours, other = connection(), connection(name=SECOND, requester_cidr=OTHER_CIDR)
        assert select(identity(cidr=CIDR), [other, ours]) == Matched(ours)

    @pytest.mark.parametrize("cidr", [OTHER_CIDR, "10.0.0.0/8", "10.0.0.0/17", None])
    def test_a_live_request_with_another_cidr_is_kept_out_and_named(self, cidr: str | None) -> None:
        other = connection(requester_cidr=cidr)
        assert select(identity(cidr=CIDR), [other]) == NoMatch(excluded_by_cidr=(other,))

    def test_what_is_kept_out_is_named_in_an_order_that_does_not_change(self) -> None:
        first, second = connection(), connection(name=SECOND)
        for rows in itertools.permutations([first, second]):
            assert select(identity(cidr=OTHER_CIDR), rows) == NoMatch(excluded_by_cidr=(first, second))

    def test_a_dead_request_with_another_cidr_is_no_news(self) -> None:
        assert select(identity(cidr=CIDR), [connection("expired", requester_cidr=OTHER_CIDR)]) == NoMatch()


class TestPin:
    def test_only_the_pinned_connection_is_meant(self) -> None:
        pinned = connection(name=SECOND)
        assert select(identity(pinned=SECOND), [connection(), pinned]) == Matched(pinned)

    def test_another_connection_never_stands_in_for_the_pinned_one(self) -> None:
        assert select(identity(pinned=SECOND), [connection()]) == NoMatch()

    def test_a_dead_pinned_connection_is_not_replaced_by_a_live_one(self) -> None:
        dead = connection("expired")
        assert select(identity(pinned=NAME), [dead, connection(name=SECOND)]) == Matched(dead)

    def test_a_held_connection_does_not_stand_in_for_the_pinned_one(self) -> None:
        assert select(identity(pinned=SECOND), [connection()], held=NAME) == NoMatch()

    def test_the_pin_alone_is_enough(self) -> None:
        row = connection()
        assert select(identity(pinned=NAME, vpc_id=None), [row]) == Matched(row)

    @pytest.mark.parametrize(
        ("fields", "difference"),
        [
            ({"requester_account_id": OTHER_ACCOUNT}, f"account is {OTHER_ACCOUNT}, not {ACCOUNT}"),
            ({"requester_vpc_id": OTHER_VPC}, f"VPC is {OTHER_VPC}, not {VPC}"),
            ({"requester_vpc_id": None}, f"VPC is not given, not {VPC}"),
            ({"requester_cidr": OTHER_CIDR}, f"CIDR is {OTHER_CIDR}, not {CIDR}"),
            ({"requester_cidr": None}, f"CIDR is not given, not {CIDR}"),
        ],
    )
    def test_a_pinned_connection_that_is_not_what_the_spec_says_is_refused(
        self, fields: dict[str, Any], difference: str
    ) -> None:
        row = connection(**fields)
        selection = select(identity(pinned=NAME, cidr=CIDR), [row])
        assert isinstance(selection, Mismatch)
        assert [one.words for one in selection.differences] == [difference]

    def test_every_difference_is_said(self) -> None:
        row = connection(requester_account_id=OTHER_ACCOUNT, requester_vpc_id=OTHER_VPC, requester_cidr=OTHER_CIDR)
        selection = select(identity(pinned=NAME, cidr=CIDR), [row])
        assert isinstance(selection, Mismatch)
        assert len(selection.differences) == 3


class TestHeld:
    def test_a_second_live_request_does_not_unsettle_the_connection_that_is_held(self) -> None:
        held = connection("active")
        assert select(identity(), [connection(name=SECOND), held], held=NAME) == Matched(held)

    @pytest.mark.parametrize("word", ["pending-acceptance", "initiating-request"])
    def test_a_mere_request_does_unless_a_change_was_asked_of_it(self, word: str) -> None:
        rows = (connection(word), connection(name=SECOND))
        assert select(identity(), rows, held=NAME, committed=False) == Ambiguous(rows)
        assert select(identity(), rows, held=NAME, committed=True) == Matched(rows[0])

    @pytest.mark.parametrize("word", ["active", "provisioning", "deleting", "odd"])
    def test_more_than_a_request_is_held_whoever_accepted_it(self, word: str) -> None:
        held = connection(word)
        assert select(identity(), [held, connection(name=SECOND)], held=NAME, committed=False) == Matched(held)

    @pytest.mark.parametrize("local_status", ["REQUEST_ACCEPT", "ACCEPT_REQUESTED"])
    def test_a_request_that_is_being_accepted_is_held_whoever_asked_for_it(self, local_status: str) -> None:
        held = connection(local_status=local_status)
        assert select(identity(), [held, connection(name=SECOND)], held=NAME, committed=False) == Matched(held)

    @pytest.mark.parametrize("pinned", [None, NAME])
    @pytest.mark.parametrize("left_out", ["requester_account_id", "requester_vpc_id", "requester_cidr"])
    def test_what_the_row_of_the_held_connection_leaves_out_was_compared_before(
        self, left_out: str, pinned: str | None
    ) -> None:
        held = connection("active").model_copy(update={left_out: None})
        assert select(identity(cidr=CIDR, pinned=pinned), [held], held=NAME) == Matched(held)

    def test_a_dead_connection_holds_nothing(self) -> None:
        fresh = connection(name=SECOND)
        assert select(identity(), [connection("deleted"), fresh], held=NAME) == Matched(fresh)

    def test_a_connection_that_is_gone_holds_nothing(self) -> None:
        fresh = connection(name=SECOND)
        assert select(identity(), [fresh], held=NAME) == Matched(fresh)

    def test_two_live_requests_after_the_held_one_are_ambiguous(self) -> None:
        rows = (connection(name=SECOND), connection(name=THIRD))
        assert select(identity(), [connection("deleted"), *rows], held=NAME) == Ambiguous(rows)

    def test_a_connection_of_another_vpc_cannot_be_held(self) -> None:
        assert select(identity(), [connection("active", requester_vpc_id=OTHER_VPC)], held=NAME) == NoMatch()

    def test_a_guard_that_the_held_connection_does_not_pass_is_said(self) -> None:
        held = connection("active", requester_cidr=OTHER_CIDR)
        selection = select(identity(cidr=CIDR), [held, connection(name=SECOND)], held=NAME)
        difference = Difference(f"CIDR is {OTHER_CIDR}, not {CIDR}", guard="spec.requester.cidr")
        assert selection == Mismatch(held, (difference,))
