import itertools
from dataclasses import replace
from typing import Any

import pytest

from atlas_streams_peering.api.conditions import ConditionType, Reason
from atlas_streams_peering.kinds.streams_vpc_peering.decide import Situation
from atlas_streams_peering.kinds.streams_vpc_peering.ownership import Claim, owner_of
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType, DesiredState, StreamsVpcPeeringStatus
from unit.kinds.streams_vpc_peering.builders import (
    CIDR,
    LIVE_WORDS,
    NAME,
    OTHER_CIDR,
    OTHER_PROJECT,
    OTHER_VPC,
    PROJECT,
    SECOND,
    TERMINAL_WORDS,
    VPC,
    action_of,
    claim,
    condition,
    connection,
    decided,
    held_status,
    managed,
    situation,
    spec,
)

OLD, NEW = "2024-12-10T08:00:00Z", "2024-12-10T08:00:01Z"
ROW = connection()


def test_the_older_of_two_objects_owns_the_connection() -> None:
    old, new = claim(name="z", created=OLD), claim(name="a", created=NEW)
    assert owner_of(new, ROW, [old], [ROW]) == old
    assert owner_of(old, ROW, [new], [ROW]) is None


def test_within_one_second_the_name_decides() -> None:
    first, second = claim(name="a"), claim(name="b")
    assert owner_of(second, ROW, [first], [ROW]) == first
    assert owner_of(first, ROW, [second], [ROW]) is None


def test_within_one_second_the_namespace_decides_before_the_name() -> None:
    first, second = claim(namespace="a", name="z"), claim(namespace="b", name="a")
    assert owner_of(second, ROW, [first], [ROW]) == first


def test_an_object_is_no_rival_of_itself() -> None:
    before = claim(created=OLD)
    assert owner_of(claim(created=NEW), ROW, [before], [ROW]) is None


def test_the_oldest_of_several_is_named_in_whatever_order_they_come() -> None:
    oldest, middle, newest = (claim(name=name, created=f"2024-12-10T08:00:0{i}Z") for i, name in enumerate("cba"))
    for others in itertools.permutations([oldest, middle, newest]):
        assert owner_of(newest, ROW, others, [ROW]) == oldest
        assert owner_of(oldest, ROW, others, [ROW]) is None


def other_of_old_age(wanted: Claim) -> Claim | None:
    return owner_of(claim(name="new", created=NEW), ROW, [wanted], [ROW])


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
    assert owner_of(pinned, ROW, [undecided], [ROW, connection(name=SECOND)]) is None


def test_an_older_object_on_its_way_out_owns_what_it_holds_and_nothing_newer() -> None:
    leaving = claim(created=OLD, held=SECOND, deleting=True)
    rows = [ROW, connection("deleted", name=SECOND)]
    younger = claim(name="new", created=NEW)
    assert owner_of(younger, ROW, [leaving], rows) is None
    assert owner_of(younger, rows[1], [leaving], rows) == leaving


def test_an_older_object_on_its_way_out_owns_what_it_holds_whatever_its_guard_says_now() -> None:
    leaving = claim(spec(cidr=OTHER_CIDR), created=OLD, held=NAME, deleting=True)
    assert other_of_old_age(leaving) == leaving


def test_an_older_object_that_holds_another_connection_owns_only_that() -> None:
    active = connection("active", name=SECOND)
    holder, pinned = claim(created=OLD, held=SECOND), claim(spec(connection_name=NAME), name="new", created=NEW)
    assert owner_of(pinned, ROW, [holder], [ROW, active]) is None
    assert owner_of(pinned, active, [holder], [ROW, active]) == holder


class TestHolding:
    """A connection stays with the object that holds it while it lives; age decides only among the others."""

    ACTIVE = connection("active")

    def test_a_younger_object_that_holds_it_keeps_it(self) -> None:
        holder, older = claim(name="holder", created=NEW, held=NAME), claim(name="older", created=OLD)
        assert owner_of(holder, self.ACTIVE, [older], [self.ACTIVE]) is None
        assert owner_of(older, self.ACTIVE, [holder], [self.ACTIVE]) == holder

    def test_an_older_object_that_pins_it_does_not_take_it_from_its_holder(self) -> None:
        holder = claim(name="holder", created=NEW, held=NAME)
        pinned = claim(spec(connection_name=NAME), name="older", created=OLD)
        assert owner_of(pinned, self.ACTIVE, [holder], [self.ACTIVE]) == holder

    @pytest.mark.parametrize("word", [*LIVE_WORDS, "modifying"])
    def test_its_holder_owns_it_whatever_its_guard_says_since(self, word: str) -> None:
        row = connection(word)
        holder = claim(spec(cidr=OTHER_CIDR), name="holder", created=NEW, held=NAME)
        older = claim(name="older", created=OLD)
        assert owner_of(older, row, [holder], [row]) == holder
        assert owner_of(holder, row, [older], [row]) is None

    def test_of_two_holders_the_older_one_owns_it(self) -> None:
        old, new = claim(name="z", created=OLD, held=NAME), claim(name="a", created=NEW, held=NAME)
        assert owner_of(new, self.ACTIVE, [old], [self.ACTIVE]) == old
        assert owner_of(old, self.ACTIVE, [new], [self.ACTIVE]) is None

    def test_of_two_holders_the_older_one_owns_it_also_when_only_the_younger_passes_its_own_guard(self) -> None:
        old = claim(spec(cidr=OTHER_CIDR), name="old", created=OLD, held=NAME)
        new = claim(name="new", created=NEW, held=NAME)
        assert owner_of(new, self.ACTIVE, [old], [self.ACTIVE]) == old
        assert owner_of(old, self.ACTIVE, [new], [self.ACTIVE]) is None

    def test_among_objects_that_do_not_hold_it_age_decides(self) -> None:
        holder = claim(name="holder", created="2024-12-10T08:00:02Z", held=NAME)
        old, new = claim(name="old", created=OLD), claim(name="new", created=NEW)
        assert owner_of(new, self.ACTIVE, [old, holder], [self.ACTIVE]) == holder
        assert owner_of(new, self.ACTIVE, [old], [self.ACTIVE]) == old

    @pytest.mark.parametrize("word", TERMINAL_WORDS)
    def test_a_dead_connection_is_held_by_nobody(self, word: str) -> None:
        dead = connection(word)
        holder, older = claim(name="holder", created=NEW, held=NAME), claim(name="older", created=OLD)
        assert owner_of(holder, dead, [older], [dead]) == older

    @pytest.mark.parametrize("word", ["pending-acceptance", "initiating-request"])
    def test_a_mere_request_is_held_only_by_an_object_that_has_requested_a_change_of_it(self, word: str) -> None:
        row, older = connection(word), claim(name="older", created=OLD)
        watching = claim(name="holder", created=NEW, held=NAME, committed=False)
        acting = claim(name="holder", created=NEW, held=NAME, committed=True)
        assert owner_of(older, row, [watching], [row]) is None
        assert owner_of(older, row, [acting], [row]) == acting

    @pytest.mark.parametrize("pin", [SECOND, "pcx-09277e1e81d0751cf"])
    def test_an_object_that_was_pointed_away_from_it_holds_it_no_more(self, pin: str) -> None:
        away = claim(spec(connection_name=pin), name="away", created=NEW, held=NAME)
        older = claim(name="older", created=OLD)
        assert owner_of(older, self.ACTIVE, [away], [self.ACTIVE]) is None

    def test_a_holder_of_another_project_owns_nothing_here(self) -> None:
        elsewhere = claim(spec(project_id=OTHER_PROJECT), name="elsewhere", created=NEW, held=NAME)
        assert owner_of(claim(name="older", created=OLD), self.ACTIVE, [elsewhere], [self.ACTIVE]) is None


class TestTwoObjectsAndOneHeldConnection:
    """A holds the connection, B is older and means the same."""

    ACTIVE = connection("active")
    B = claim(name="b", created="2024-01-01T00:00:00Z")

    def test_the_younger_holder_goes_on(self) -> None:
        decision = decided(situation(status=held_status("active")), self.ACTIVE, rivals=[self.B])
        assert (decision.readiness.reason, managed(decision), decision.holds) == (Reason.ACTIVE, NAME, True)

    def test_the_older_one_is_told_who_manages_it(self) -> None:
        holder = claim(name="a", created=NEW, held=NAME)
        decision = decided(situation(own=self.B), self.ACTIVE, rivals=[holder])
        assert decision.readiness.reason is Reason.ALREADY_MANAGED
        assert "team-a/a" in decision.readiness.message
        assert (managed(decision), decision.holds, decision.change) == (None, False, None)

    def test_a_guard_that_changes_leaves_the_connection_with_its_holder(self) -> None:
        """A reports the mismatch, still holds and still owns; B does not take over."""
        about = situation(status=held_status("active"), cidr=OTHER_CIDR)
        decision = decided(about, self.ACTIVE, rivals=[self.B])
        assert (decision.readiness.reason, decision.change) == (Reason.REQUESTER_MISMATCH, None)
        assert (managed(decision), decision.holds) == (NAME, True)
        other = decided(situation(own=self.B), self.ACTIVE, rivals=[about.claim])
        assert (other.readiness.reason, managed(other)) == (Reason.ALREADY_MANAGED, None)

    def test_a_holder_on_its_way_out_deletes_it_whatever_its_guard_says_and_whoever_is_older(self) -> None:
        about = situation(status=held_status("active"), cidr=OTHER_CIDR, deleting=True)
        decision = decided(about, self.ACTIVE, rivals=[self.B])
        assert (action_of(decision), decision.finalized) == (ActionType.DELETE, None)

    def test_a_younger_copy_of_an_object_with_the_same_status_touches_nothing(self) -> None:
        original = claim(name="original", created="2024-01-01T00:00:00Z", held=NAME)
        for deleting in (False, True):
            about = situation(status=held_status("active"), deleting=deleting, desired_state="Deleted")
            decision = decided(about, self.ACTIVE, rivals=[original])
            assert (decision.readiness.reason, decision.change) == (Reason.ALREADY_MANAGED, None)
            assert (managed(decision), decision.holds) == (None, False)

    def test_a_younger_copy_whose_guard_has_changed_touches_nothing_either(self) -> None:
        original = claim(name="original", created="2024-01-01T00:00:00Z", held=NAME)
        decision = decided(situation(status=held_status("active"), cidr=OTHER_CIDR), self.ACTIVE, rivals=[original])
        assert decision.readiness.reason is Reason.REQUESTER_MISMATCH
        assert (managed(decision), decision.holds, decision.change) == (None, False, None)


def test_rivals_meet_at_what_they_pin_or_match_and_at_what_they_hold() -> None:
    assert claim().places == {f"{PROJECT}/{VPC}"}
    assert claim(held=NAME).places == {f"{PROJECT}/{VPC}", f"{PROJECT}/{NAME}"}
    assert claim(spec(connection_name=SECOND), held=NAME).places == {f"{PROJECT}/{SECOND}", f"{PROJECT}/{NAME}"}
    assert claim(spec(connection_name=NAME, project_id=OTHER_PROJECT)).places == {f"{OTHER_PROJECT}/{NAME}"}


# -- objects that are not known


def unknown_rivals(**spec_fields: Any) -> Situation:
    """An object, beside a namespace that the operator cannot list."""
    return replace(situation(**spec_fields), unlisted=("team-b",))


def test_a_request_is_accepted_beside_a_namespace_that_cannot_be_listed() -> None:
    decision = decided(unknown_rivals(), connection("pending-acceptance"))

    assert action_of(decision) == ActionType.ACCEPT


@pytest.mark.parametrize("word", sorted(LIVE_WORDS))
def test_what_an_object_holds_it_keeps_beside_a_namespace_that_cannot_be_listed(word: str) -> None:
    about = unknown_rivals(status=held_status(word), desired_state=DesiredState.DELETED)
    known = replace(about, unlisted=())

    assert decided(about, connection(word)) == decided(known, connection(word))


@pytest.mark.parametrize("word", ["pending-acceptance", "provisioning", "active"])
@pytest.mark.parametrize("wanted", [DesiredState.REJECTED, DesiredState.DELETED])
def test_what_an_unknown_object_may_hold_is_neither_rejected_nor_deleted(wanted: DesiredState, word: str) -> None:
    decision = decided(unknown_rivals(desired_state=wanted), connection(word))

    assert (action_of(decision), decision.readiness.reason) == (None, Reason.ALREADY_MANAGED)
    assert "team-b" in decision.readiness.message


def test_a_live_connection_that_an_unknown_object_may_hold_is_not_taken_over() -> None:
    decision = decided(unknown_rivals(), connection("active"))

    assert (decision.holds, managed(decision)) == (False, None)
    assert decision.readiness.reason is Reason.ALREADY_MANAGED


def test_a_request_that_another_object_managed_is_left_to_it_while_its_namespace_cannot_be_listed() -> None:
    refused = StreamsVpcPeeringStatus(
        conditions=(condition(ConditionType.READY, "False", Reason.ALREADY_MANAGED),),
    )

    decision = decided(unknown_rivals(status=refused), connection("pending-acceptance"))

    assert (action_of(decision), decision.readiness.reason) == (None, Reason.ALREADY_MANAGED)


def test_an_object_that_holds_nothing_is_deleted_beside_a_namespace_that_cannot_be_listed() -> None:
    decision = decided(unknown_rivals(deleting=True), connection("active"))

    assert action_of(decision) is None
    assert decision.finalized is not None


@pytest.mark.parametrize("word", sorted(TERMINAL_WORDS))
def test_a_dead_connection_says_so_beside_a_namespace_that_cannot_be_listed(word: str) -> None:
    about = unknown_rivals()

    assert decided(about, connection(word)) == decided(replace(about, unlisted=()), connection(word))
