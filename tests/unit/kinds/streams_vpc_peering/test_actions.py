"""Which change is asked of Atlas, and when."""

from datetime import datetime
from typing import Any

import pytest

from atlas_streams_peering.api.times import format_time
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.controller.retry import Refusal
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType, LastAction
from unit.kinds.streams_vpc_peering.builders import (
    DEAD_WORDS,
    EARLIER,
    LIVE_WORDS,
    NAME,
    NOW,
    OTHER_CIDR,
    OTHER_VPC,
    SECOND,
    asked,
    claim,
    connection,
    decided,
    held_status,
    seconds,
    subject,
)

PENDING, ACTIVE = connection("pending-acceptance"), connection("active")
ALL_WORDS = (*LIVE_WORDS, *DEAD_WORDS, "modifying")
ACTIONS = {
    ("Accepted", "pending-acceptance"): ActionType.ACCEPT,
    ("Rejected", "pending-acceptance"): ActionType.REJECT,
    ("Deleted", "pending-acceptance"): ActionType.REJECT,
    ("Deleted", "active"): ActionType.DELETE,
}
WISHES = pytest.mark.parametrize("wanted", ["Accepted", "Rejected", "Deleted"])
STATES = pytest.mark.parametrize("word", ALL_WORDS)


def action(*rows: Connection, deleting: bool = False, **spec_fields: Any) -> ActionType | None:
    return decided(subject(deleting=deleting, **spec_fields), *rows).action


@WISHES
@STATES
def test_what_is_asked_in_each_state(wanted: str, word: str) -> None:
    assert action(connection(word), desired_state=wanted) == ACTIONS.get((wanted, word))


@WISHES
@STATES
def test_nothing_is_asked_while_suspended(wanted: str, word: str) -> None:
    decision = decided(subject(desired_state=wanted, suspend=True), connection(word))
    assert (decision.action, decision.retry_at) == (None, None)


@WISHES
@STATES
def test_deleting_the_object_asks_what_deleted_asks_whatever_was_wanted(wanted: str, word: str) -> None:
    assert action(connection(word), desired_state=wanted, deleting=True) == ACTIONS.get(("Deleted", word))


@STATES
def test_deleting_the_object_asks_nothing_while_suspended(word: str) -> None:
    assert action(connection(word), suspend=True, deleting=True) is None


@WISHES
@pytest.mark.parametrize("deleting", [False, True])
class TestNothingIsAskedFor:
    def test_two_live_requests(self, wanted: str, deleting: bool) -> None:
        assert action(PENDING, connection(name=SECOND), desired_state=wanted, deleting=deleting) is None

    @pytest.mark.parametrize("word", ["pending-acceptance", "active"])
    def test_a_mismatched_pin(self, wanted: str, deleting: bool, word: str) -> None:
        row = connection(word, requester_vpc_id=OTHER_VPC)
        assert action(row, desired_state=wanted, deleting=deleting, connection_name=NAME) is None

    @pytest.mark.parametrize("word", ["pending-acceptance", "active"])
    def test_what_the_guard_keeps_out(self, wanted: str, deleting: bool, word: str) -> None:
        assert action(connection(word), desired_state=wanted, deleting=deleting, cidr=OTHER_CIDR) is None

    @pytest.mark.parametrize("word", ["pending-acceptance", "active"])
    def test_a_connection_of_an_older_object(self, wanted: str, deleting: bool, word: str) -> None:
        older = claim(name="older", created="2024-01-01T00:00:00Z")
        about = subject(desired_state=wanted, deleting=deleting)
        assert decided(about, connection(word), others=[older]).action is None

    @pytest.mark.parametrize("word", ["pending-acceptance", "active"])
    def test_another_than_the_pinned_one(self, wanted: str, deleting: bool, word: str) -> None:
        row = connection(word, name=SECOND)
        assert action(row, desired_state=wanted, deleting=deleting, connection_name=NAME) is None


def test_the_older_of_two_objects_acts() -> None:
    younger = claim(name="younger", created="2025-01-01T00:00:00Z")
    assert decided(subject(), PENDING, others=[younger]).action is ActionType.ACCEPT


def test_a_pin_chooses_among_several_requests() -> None:
    decision = decided(subject(connection_name=SECOND), PENDING, connection(name=SECOND))
    assert decision.connection is not None
    assert (decision.connection.name, decision.action) == (SECOND, ActionType.ACCEPT)


def test_a_new_request_beside_dead_ones_is_accepted() -> None:
    decision = decided(subject(), connection("expired"), connection("rejected", name=SECOND), connection(name="pcx-3"))
    assert decision.connection is not None
    assert (decision.connection.name, decision.action) == ("pcx-3", ActionType.ACCEPT)


def test_a_new_request_is_accepted_after_the_held_connection_died() -> None:
    about = subject(status=held_status("active"))
    decision = decided(about, connection("deleted"), connection(name=SECOND))
    assert decision.connection is not None
    assert (decision.connection.name, decision.action) == (SECOND, ActionType.ACCEPT)


def test_a_second_request_is_not_accepted_while_a_connection_is_held() -> None:
    decision = decided(subject(status=held_status("active")), ACTIVE, connection(name=SECOND))
    assert (decision.connection, decision.action) == (ACTIVE, None)


def test_two_live_requests_are_ambiguous_also_when_one_was_seen_before_while_suspended() -> None:
    decision = decided(subject(status=held_status("pending-acceptance")), PENDING, connection(name=SECOND))
    assert (decision.action, decision.refused) == (None, True)


def test_a_second_request_does_not_stop_an_acceptance_that_was_asked_for() -> None:
    last = LastAction(type=ActionType.ACCEPT, time=format_time(EARLIER))
    about = subject(status=held_status("pending-acceptance", last_action=last))
    decision = decided(about, PENDING, connection(name=SECOND))
    assert (decision.connection, decision.action) == (PENDING, ActionType.ACCEPT)


def test_deleting_the_object_touches_what_it_holds_and_no_newer_request() -> None:
    about = subject(status=held_status("active"), deleting=True)
    fresh = connection(name=SECOND)
    assert decided(about, ACTIVE, fresh).connection == ACTIVE
    for gone in ((fresh,), (connection("deleted"), fresh)):
        decision = decided(about, *gone)
        assert (decision.action, decision.holds_something) == (None, False)
        assert decision.verdict.reason == "Deleted"


class TestAnotherWishWhileOneIsUnderWay:
    def test_a_request_that_is_being_accepted_is_rejected_when_the_object_is_deleted(self) -> None:
        row = connection(local_status="ACCEPT_REQUESTED")
        assert decided(subject(deleting=True), row, asked={NAME: asked(ActionType.ACCEPT)}).action is ActionType.REJECT

    def test_a_connection_that_became_active_is_deleted_though_atlas_still_says_accept_requested(self) -> None:
        row = connection("active", local_status="ACCEPT_REQUESTED")
        assert decided(subject(deleting=True), row, asked={NAME: asked(ActionType.ACCEPT)}).action is ActionType.DELETE


class TestAgain:
    """When a change that was asked for is asked for once more."""

    @staticmethod
    def decided(ago: float, *, since: datetime = NOW, refusal: Refusal | None = None, **fields: Any) -> Any:
        return decided(
            subject(),
            connection(**fields),
            asked={NAME: asked(ActionType.ACCEPT, ago, refusal=refusal)},
            unchanged_since={NAME: since},
        )

    @pytest.mark.parametrize("local_status", ["REQUEST_ACCEPT", "ACCEPT_REQUESTED"])
    def test_not_within_ten_minutes_while_atlas_is_at_work(self, local_status: str) -> None:
        decision = self.decided(599, since=EARLIER, local_status=local_status)
        assert (decision.action, decision.retry_at) == (None, NOW + seconds(1))

    @pytest.mark.parametrize("local_status", ["REQUEST_ACCEPT", "ACCEPT_REQUESTED"])
    def test_after_ten_minutes_of_standstill(self, local_status: str) -> None:
        assert self.decided(600, since=EARLIER, local_status=local_status).action is ActionType.ACCEPT

    def test_not_while_atlas_still_moves(self) -> None:
        assert self.decided(3600, since=NOW - seconds(599), local_status="ACCEPT_REQUESTED").action is None

    def test_not_while_the_list_may_lag_behind(self) -> None:
        decision = self.decided(29)
        assert (decision.action, decision.retry_at) == (None, NOW + seconds(1))

    def test_when_the_list_does_not_show_it_in_time(self) -> None:
        assert self.decided(30).action is ActionType.ACCEPT

    def test_after_a_failed_update_on_the_pending_interval(self) -> None:
        assert self.decided(9, local_status="UPDATE_FAILED").action is None
        assert self.decided(10, local_status="UPDATE_FAILED").action is ActionType.ACCEPT

    def test_after_a_refusal_on_the_pending_interval(self) -> None:
        refusal = Refusal(None, "Not now.", lasting=False)
        assert self.decided(9, refusal=refusal).action is None
        assert self.decided(10, refusal=refusal).action is ActionType.ACCEPT

    def test_at_once_when_another_wish_took_its_place(self) -> None:
        decision = decided(subject(desired_state="Rejected"), PENDING, asked={NAME: asked(ActionType.ACCEPT, 1)})
        assert decision.action is ActionType.REJECT

    def test_the_pause_of_one_connection_holds_up_no_other(self) -> None:
        decision = decided(subject(), PENDING, asked={SECOND: asked(ActionType.ACCEPT, 1)})
        assert decision.action is ActionType.ACCEPT


class TestAfterARestart:
    """Nothing is remembered but the status."""

    @staticmethod
    def action(ago: float, **fields: Any) -> ActionType | None:
        last = LastAction(type=ActionType.ACCEPT, time=format_time(NOW - seconds(ago)))
        return decided(subject(status=held_status("pending-acceptance", last_action=last)), connection(**fields)).action

    def test_what_was_asked_a_moment_ago_is_not_asked_again(self) -> None:
        assert self.action(29) is None
        assert self.action(30) is ActionType.ACCEPT

    @pytest.mark.parametrize("local_status", ["REQUEST_ACCEPT", "ACCEPT_REQUESTED"])
    def test_what_is_under_way_is_given_ten_minutes_from_the_first_look(self, local_status: str) -> None:
        assert self.action(3600, local_status=local_status) is None

    def test_a_time_yet_to_come_is_a_clock_gone_wrong_and_holds_nothing_back(self) -> None:
        assert self.action(-30) is None
        assert self.action(-31) is ActionType.ACCEPT

    def test_what_was_asked_for_another_connection_does_not_count(self) -> None:
        assert self.action(1, name=SECOND) is ActionType.ACCEPT

    def test_what_was_refused_and_may_be_mended_since_is_asked_at_once(self) -> None:
        last = LastAction(type=ActionType.ACCEPT, time=format_time(NOW - seconds(1)))
        about = subject(status=held_status("pending-acceptance", last_action=last))
        assert decided(about, PENDING, forgiven=frozenset({NAME})).action is ActionType.ACCEPT


class TestProvisioning:
    """At AWS nobody can delete what is being provisioned; but it may never become active."""

    @pytest.mark.parametrize(("since", "expected"), [(599, None), (600, ActionType.DELETE)])
    def test_it_is_deleted_only_after_ten_minutes_of_standstill(
        self, since: float, expected: ActionType | None
    ) -> None:
        decision = decided(
            subject(deleting=True), connection("provisioning"), unchanged_since={NAME: NOW - seconds(since)}
        )
        assert decision.action is expected
        assert expected or decision.retry_at == NOW + seconds(600 - since)
