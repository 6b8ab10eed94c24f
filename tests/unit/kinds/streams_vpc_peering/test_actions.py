"""Which change is requested from Atlas, and when."""

from typing import Any

import pytest

from atlas_streams_peering.api.conditions import ConditionType, Reason
from atlas_streams_peering.api.status import LastAction
from atlas_streams_peering.api.times import format_time
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.controller.attempts import Refusal
from atlas_streams_peering.controller.decision import Progress, Readiness
from atlas_streams_peering.kinds.streams_vpc_peering import messages
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType
from unit.kinds.streams_vpc_peering.builders import (
    EARLIER,
    INTERVALS,
    LIVE_WORDS,
    NAME,
    NOW,
    OTHER_CIDR,
    OTHER_VPC,
    PROJECT,
    SECOND,
    TERMINAL_WORDS,
    StreamsVpcPeeringDecision,
    action_of,
    attempt,
    claim,
    condition,
    connection,
    decided,
    held_status,
    managed,
    seconds,
    situation,
)

PENDING, ACTIVE = connection("pending-acceptance"), connection("active")
ALL_WORDS = (*LIVE_WORDS, *TERMINAL_WORDS, "modifying")
ACTIONS = {
    ("Accepted", "pending-acceptance"): ActionType.ACCEPT,
    ("Rejected", "pending-acceptance"): ActionType.REJECT,
    ("Deleted", "pending-acceptance"): ActionType.REJECT,
    ("Deleted", "active"): ActionType.DELETE,
}
WISHES = pytest.mark.parametrize("wanted", ["Accepted", "Rejected", "Deleted"])
STATES = pytest.mark.parametrize("word", ALL_WORDS)


def action(*rows: Connection, deleting: bool = False, **spec_fields: Any) -> str | None:
    return action_of(decided(situation(deleting=deleting, **spec_fields), *rows))


@WISHES
@STATES
def test_what_is_asked_in_each_state(wanted: str, word: str) -> None:
    assert action(connection(word), desired_state=wanted) == ACTIONS.get((wanted, word))


@WISHES
@STATES
def test_nothing_is_asked_while_suspended(wanted: str, word: str) -> None:
    decision = decided(situation(desired_state=wanted, suspend=True), connection(word))
    assert (action_of(decision), decision.retry_at) == (None, None)


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
        about = situation(desired_state=wanted, deleting=deleting)
        assert action_of(decided(about, connection(word), rivals=[older])) is None

    @pytest.mark.parametrize("word", ["pending-acceptance", "active"])
    def test_another_than_the_pinned_one(self, wanted: str, deleting: bool, word: str) -> None:
        row = connection(word, name=SECOND)
        assert action(row, desired_state=wanted, deleting=deleting, connection_name=NAME) is None


def test_the_older_of_two_objects_acts() -> None:
    younger = claim(name="younger", created="2025-01-01T00:00:00Z")
    assert action_of(decided(situation(), PENDING, rivals=[younger])) == ActionType.ACCEPT


def test_a_pin_chooses_among_several_requests() -> None:
    decision = decided(situation(connection_name=SECOND), PENDING, connection(name=SECOND))
    assert (managed(decision), action_of(decision)) == (SECOND, ActionType.ACCEPT)


def test_a_new_request_beside_dead_ones_is_accepted() -> None:
    decision = decided(
        situation(), connection("expired"), connection("rejected", name=SECOND), connection(name="pcx-3")
    )
    assert (managed(decision), action_of(decision)) == ("pcx-3", ActionType.ACCEPT)


def test_a_new_request_is_accepted_after_the_held_connection_died() -> None:
    about = situation(status=held_status("active"))
    decision = decided(about, connection("deleted"), connection(name=SECOND))
    assert (managed(decision), action_of(decision)) == (SECOND, ActionType.ACCEPT)


def test_a_second_request_is_not_accepted_while_a_connection_is_held() -> None:
    decision = decided(situation(status=held_status("active")), ACTIVE, connection(name=SECOND))
    assert (managed(decision), action_of(decision)) == (NAME, None)


def test_two_live_requests_are_ambiguous_also_when_one_was_seen_before_while_suspended() -> None:
    decision = decided(situation(status=held_status("pending-acceptance")), PENDING, connection(name=SECOND))
    assert (action_of(decision), managed(decision), decision.holds) == (None, None, False)


def test_a_second_request_does_not_stop_an_acceptance_that_was_asked_for() -> None:
    last = LastAction(type=ActionType.ACCEPT, time=format_time(EARLIER))
    about = situation(status=held_status("pending-acceptance", last_action=last))
    decision = decided(about, PENDING, connection(name=SECOND))
    assert (managed(decision), action_of(decision)) == (NAME, ActionType.ACCEPT)


def test_deleting_the_object_touches_what_it_holds_and_no_newer_request() -> None:
    about = situation(status=held_status("active"), deleting=True)
    fresh = connection(name=SECOND)
    assert managed(decided(about, ACTIVE, fresh)) == NAME
    for gone in ((fresh,), (connection("deleted"), fresh)):
        decision = decided(about, *gone)
        assert (action_of(decision), decision.holds) == (None, False)
        assert decision.readiness.reason == "Deleted"


class TestAnotherWishWhileOneIsUnderWay:
    def test_a_request_that_is_being_accepted_is_rejected_when_the_object_is_deleted(self) -> None:
        row = connection(local_status="ACCEPT_REQUESTED")
        assert (
            action_of(decided(situation(deleting=True), row, attempts={NAME: attempt(ActionType.ACCEPT)}))
            == ActionType.REJECT
        )

    def test_a_connection_that_became_active_is_deleted_though_atlas_still_says_accept_requested(self) -> None:
        row = connection("active", local_status="ACCEPT_REQUESTED")
        assert (
            action_of(decided(situation(deleting=True), row, attempts={NAME: attempt(ActionType.ACCEPT)}))
            == ActionType.DELETE
        )


WORK = {
    "REQUEST_ACCEPT": (ActionType.ACCEPT, "Accepted", "pending-acceptance"),
    "ACCEPT_REQUESTED": (ActionType.ACCEPT, "Accepted", "pending-acceptance"),
    "REQUEST_REJECT": (ActionType.REJECT, "Rejected", "pending-acceptance"),
    "REJECT_REQUESTED": (ActionType.REJECT, "Rejected", "pending-acceptance"),
    "REQUEST_DELETE": (ActionType.DELETE, "Deleted", "active"),
    "DELETE_REQUESTED": (ActionType.DELETE, "Deleted", "active"),
}


@pytest.mark.parametrize("word", WORK)
class TestWhileAtlasIsAtWork:
    @staticmethod
    def decided(word: str, *, ago: float | None, unchanged: float, number: int = 1) -> StreamsVpcPeeringDecision:
        action, wanted, state = WORK[word]
        return decided(
            situation(desired_state=wanted),
            connection(state, local_status=word),
            attempts={} if ago is None else {NAME: attempt(action, ago, number=number)},
            unchanged_since={NAME: NOW - seconds(unchanged)},
        )

    @pytest.mark.parametrize(
        ("ago", "unchanged"),
        [(None, 599), (599, 3600), (3600, 599)],
        ids=["it has just begun", "it was just requested again", "it still moves"],
    )
    def test_the_same_is_not_requested_again_within_ten_minutes(
        self, word: str, ago: float | None, unchanged: float
    ) -> None:
        decision = self.decided(word, ago=ago, unchanged=unchanged)
        assert (decision.change, decision.retry_at) == (None, NOW + seconds(1))

    @pytest.mark.parametrize(("ago", "unchanged"), [(None, 600), (600, 3600), (3600, 600)])
    def test_it_is_requested_again_after_ten_minutes_of_standstill(
        self, word: str, ago: float | None, unchanged: float
    ) -> None:
        assert action_of(self.decided(word, ago=ago, unchanged=unchanged)) == WORK[word][0]

    def test_requesting_it_often_makes_the_pause_no_longer(self, word: str) -> None:
        assert action_of(self.decided(word, ago=600, unchanged=3600, number=9)) == WORK[word][0]


class TestAgain:
    """When a change that was requested is requested once more."""

    @staticmethod
    def decided(ago: float, *, refusal: Refusal | None = None, **fields: Any) -> StreamsVpcPeeringDecision:
        return decided(
            situation(),
            connection(**fields),
            attempts={NAME: attempt(ActionType.ACCEPT, ago, refusal=refusal)},
            unchanged_since={NAME: EARLIER},
        )

    def test_not_while_the_list_may_lag_behind(self) -> None:
        decision = self.decided(29)
        assert (decision.change, decision.retry_at) == (None, NOW + seconds(1))

    def test_when_the_list_does_not_show_it_in_time(self) -> None:
        assert action_of(self.decided(30)) == ActionType.ACCEPT

    @pytest.mark.parametrize("local_status", ["UPDATE_FAILED", "SCAN_FAILED"])
    def test_after_a_failed_update_on_the_pending_interval(self, local_status: str) -> None:
        assert action_of(self.decided(9, local_status=local_status)) is None
        assert action_of(self.decided(10, local_status=local_status)) == ActionType.ACCEPT

    def test_after_a_refusal_on_the_pending_interval(self) -> None:
        refusal = Refusal(None, "Not now.", terminal=False)
        assert action_of(self.decided(9, refusal=refusal)) is None
        assert action_of(self.decided(10, refusal=refusal)) == ActionType.ACCEPT

    @pytest.mark.parametrize("local_status", ["NONE", "UPDATE_FAILED"])
    def test_not_for_half_a_minute_when_nobody_knows_whether_it_was_made(self, local_status: str) -> None:
        refusal = Refusal(Reason.ATLAS_UNAVAILABLE, "No answer.", terminal=False, unknown=True)
        assert action_of(self.decided(29, refusal=refusal, local_status=local_status)) is None
        assert action_of(self.decided(30, refusal=refusal, local_status=local_status)) == ActionType.ACCEPT

    def test_at_once_when_another_wish_took_its_place(self) -> None:
        about = situation(desired_state="Rejected")
        decision = decided(about, PENDING, attempts={NAME: attempt(ActionType.ACCEPT, 1)})
        assert action_of(decision) == ActionType.REJECT

    def test_at_once_when_it_was_refused_for_good_and_the_retry_inputs_have_changed_since(self) -> None:
        assert action_of(decided(situation(), PENDING, attempts={NAME: None})) == ActionType.ACCEPT

    def test_the_pause_of_one_connection_holds_up_no_other(self) -> None:
        decision = decided(situation(), PENDING, attempts={SECOND: attempt(ActionType.ACCEPT, 1)})
        assert action_of(decision) == ActionType.ACCEPT


class TestAfterARestart:
    """Nothing is remembered but the status."""

    @staticmethod
    def action(ago: float, *, wanted: str = "Accepted", last_action: str = "Accept", **fields: Any) -> str | None:
        last = LastAction(type=last_action, time=format_time(NOW - seconds(ago)))
        status = held_status("pending-acceptance", last_action=last)
        return action_of(decided(situation(status=status, desired_state=wanted), connection(**fields)))

    @pytest.mark.parametrize(
        ("wanted", "word", "change"),
        [
            ("Accepted", "pending-acceptance", ActionType.ACCEPT),
            ("Rejected", "pending-acceptance", ActionType.REJECT),
            ("Deleted", "pending-acceptance", ActionType.REJECT),
            ("Deleted", "active", ActionType.DELETE),
        ],
    )
    def test_the_last_action_holds_back_the_same_change_for_half_a_minute(
        self, wanted: str, word: str, change: ActionType
    ) -> None:
        fields = {"wanted": wanted, "last_action": change.value, "cloud_status": word}
        assert self.action(0, **fields) is None
        assert self.action(29, **fields) is None
        assert self.action(30, **fields) == change

    def test_it_holds_back_no_other_change(self) -> None:
        assert self.action(0, wanted="Rejected") == ActionType.REJECT

    def test_when_the_pause_ends_the_object_has_another_turn(self) -> None:
        last = LastAction(type="Accept", time=format_time(NOW - seconds(29)))
        decision = decided(situation(status=held_status("pending-acceptance", last_action=last)), PENDING)
        assert decision.retry_at == NOW + seconds(1)

    @pytest.mark.parametrize("local_status", ["REQUEST_ACCEPT", "ACCEPT_REQUESTED"])
    def test_what_is_under_way_is_given_ten_minutes_from_the_first_list(self, local_status: str) -> None:
        assert self.action(3600, local_status=local_status) is None

    def test_a_time_yet_to_come_is_a_clock_gone_wrong_and_holds_nothing_back(self) -> None:
        assert self.action(-30) is None
        assert self.action(-31) == ActionType.ACCEPT

    def test_what_was_requested_for_another_connection_does_not_count(self) -> None:
        assert self.action(1, name=SECOND) == ActionType.ACCEPT

    def test_what_was_refused_and_may_be_fixed_since_is_requested_at_once(self) -> None:
        last = LastAction(type="Accept", time=format_time(NOW - seconds(1)))
        about = situation(status=held_status("pending-acceptance", last_action=last))
        assert action_of(decided(about, PENDING, attempts={NAME: None})) == ActionType.ACCEPT


class TestWhatAnEarlierProcessWasRefused:
    REFUSED = (
        condition(ConditionType.READY, "False", Reason.UNAUTHORIZED),
        condition(ConditionType.STALLED, "True", Reason.UNAUTHORIZED),
    )
    POLL_WORKED = condition(ConditionType.SYNCED, "True", Reason.OBSERVED)
    POLL_REFUSED = condition(ConditionType.SYNCED, "False", Reason.UNAUTHORIZED)

    @pytest.mark.parametrize("deleting", [False, True])
    def test_is_still_said_until_it_is_requested_again(self, deleting: bool) -> None:
        last = LastAction(type="Reject" if deleting else "Accept", time=format_time(NOW - seconds(1)))
        why = messages.refused(last.type, NAME, "They may not.", deleting=deleting)
        said = tuple(one.model_copy(update={"message": why}) for one in self.REFUSED)
        status = held_status("pending-acceptance", last_action=last, conditions=(*said, self.POLL_WORKED))

        decision = decided(situation(status=status, deleting=deleting), PENDING)

        assert decision.readiness == Readiness(Reason.UNAUTHORIZED, why, Progress.STALLED)
        assert decision.retry_at == NOW + seconds(INTERVALS.pending - 1)

    def test_a_refused_poll_says_nothing_about_the_change(self) -> None:
        last = LastAction(type="Accept", time=format_time(NOW - seconds(1)))
        status = held_status("pending-acceptance", last_action=last, conditions=(*self.REFUSED, self.POLL_REFUSED))

        decision = decided(situation(status=status), PENDING)

        assert (decision.readiness.reason, decision.retry_at) == (Reason.ACCEPTING, NOW + seconds(29))


class TestTheRequest:
    def test_it_says_what_is_changed_where(self) -> None:
        change = decided(situation(), PENDING).change
        assert change is not None
        assert (change.action, change.scope, change.target, change.row) == ("Accept", PROJECT, NAME, PENDING)
        assert change.message.startswith(f"Asked Atlas to accept {NAME}")


class TestProvisioning:
    """At AWS nobody can delete what is being provisioned; but it may never become active."""

    @pytest.mark.parametrize(("since", "expected"), [(599, None), (600, ActionType.DELETE)])
    def test_it_is_deleted_only_after_ten_minutes_of_standstill(
        self, since: float, expected: ActionType | None
    ) -> None:
        decision = decided(
            situation(deleting=True), connection("provisioning"), unchanged_since={NAME: NOW - seconds(since)}
        )
        assert action_of(decision) == expected
        assert expected or decision.retry_at == NOW + seconds(600 - since)
