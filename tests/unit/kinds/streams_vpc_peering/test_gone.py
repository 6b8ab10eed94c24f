"""What is said of a connection that Atlas no longer lists, and what the object remembers of it."""

from datetime import datetime
from typing import Any

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.api.status import LastAction
from atlas_streams_peering.api.times import format_time
from atlas_streams_peering.controller.decision import Absence
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType, StreamsVpcPeeringStatus
from unit.kinds.streams_vpc_peering.builders import (
    LIVE_WORDS,
    NAME,
    NOW,
    OTHER_CIDR,
    OTHER_VPC,
    SECOND,
    TERMINAL_WORDS,
    Conditions,
    action_of,
    conditions_of,
    connection,
    decided,
    held_status,
    managed,
    seconds,
    situation,
    status_after,
)

TWO = connection(accepter_vpc_id=OTHER_VPC), connection(name=SECOND)
WAITING = Conditions("WaitingForRequest", "False", ("Reconciling",))
EXPIRED = Conditions("RequestExpired", "False", ("Stalled",))
GONE = Conditions("ConnectionDeleted", "False", ("Stalled",))


def after(status: StreamsVpcPeeringStatus, *, now: datetime = NOW, **fields: Any) -> StreamsVpcPeeringStatus:
    """The status once Atlas lists nothing any more."""
    about = situation(status=status, **fields)
    return status_after(about, decided(about, now=now), now=now)


@pytest.mark.parametrize(
    ("last_seen", "expected"),
    [
        ("active", GONE),
        ("ACTIVE", GONE),
        ("provisioning", GONE),
        ("deleting", GONE),
        ("modifying", GONE),
        ("deleted", GONE),
        ("expired", EXPIRED),
        ("failed", Conditions("RequestFailed", "False", ("Stalled",))),
        ("rejected", Conditions("RequestRejected", "False", ("Stalled",))),
        ("pending-acceptance", WAITING),
        ("initiating-request", WAITING),
    ],
)
def test_what_was_last_seen_says_how_it_went(last_seen: str, expected: Conditions) -> None:
    assert conditions_of(after(held_status(last_seen))) == expected


@pytest.mark.parametrize(("left", "expected"), [(1, WAITING), (0, EXPIRED), (-3600, EXPIRED)])
def test_a_pending_request_that_is_gone_after_its_end_has_expired(left: float, expected: Conditions) -> None:
    status = held_status("pending-acceptance", expiration_time=format_time(NOW + seconds(left)))
    assert conditions_of(after(status)) == expected


def test_an_end_that_cannot_be_read_is_no_end() -> None:
    assert conditions_of(after(held_status("pending-acceptance", expiration_time="soon"))) == WAITING


@pytest.mark.parametrize(
    "reason",
    [Reason.REQUEST_EXPIRED, Reason.REQUEST_FAILED, Reason.REQUEST_REJECTED, Reason.CONNECTION_DELETED],
)
def test_what_was_concluded_once_stays_concluded(reason: Reason) -> None:
    assert conditions_of(after(held_status(None, ready=reason))) == Conditions(reason.value, "False", ("Stalled",))


@pytest.mark.parametrize("between", [Reason.CREDENTIALS_INVALID, Reason.SUSPENDED])
def test_after_ready_said_something_else_a_connection_that_is_gone_reads_as_deleted(between: Reason) -> None:
    expired_at = format_time(NOW - seconds(60))
    gone = after(held_status("pending-acceptance", expiration_time=expired_at))
    interrupted = gone.model_copy(
        update={"conditions": tuple(c.model_copy(update={"reason": between.value}) for c in gone.conditions)}
    )
    assert conditions_of(after(interrupted)) == Conditions("ConnectionDeleted", "False", ("Stalled",))


@pytest.mark.parametrize("wanted", ["Rejected", "Deleted"])
@pytest.mark.parametrize("last_seen", ["pending-acceptance", "active", "rejected", None])
def test_what_shall_be_rejected_or_deleted_is_done_when_it_is_gone(wanted: str, last_seen: str | None) -> None:
    assert conditions_of(after(held_status(last_seen), desired_state=wanted)) == Conditions(wanted, "True")


@pytest.mark.parametrize("suspend", [False, True])
def test_an_object_on_its_way_out_is_done_when_its_connection_is_gone(suspend: bool) -> None:
    assert conditions_of(after(held_status("active"), deleting=True, suspend=suspend)) == Conditions("Deleted", "True")


@pytest.mark.parametrize("wanted", ["Accepted", "Rejected", "Deleted"])
def test_the_name_of_the_connection_is_remembered_and_its_state_is_not(wanted: str) -> None:
    status = after(held_status("active", local_status="ACTIVE", status_message="Fine."), desired_state=wanted)
    assert (status.connection_name, status.connection_id) == (NAME, "6759e61aa6cf0a5476e233d1")
    assert (status.cloud_status, status.local_status, status.status_message) == (None, None, None)


def test_a_request_that_was_taken_back_is_forgotten() -> None:
    status = after(held_status("pending-acceptance"))
    assert (status.connection_name, status.connection_id) == (None, None)


def test_a_request_whose_accept_was_requested_is_not_let_out_of_sight() -> None:
    """One list can miss a row."""
    last = LastAction(type=ActionType.ACCEPT, time=format_time(NOW))
    missed = after(held_status("pending-acceptance", last_action=last))
    assert (conditions_of(missed), missed.connection_name) == (WAITING, NAME)
    about = situation(status=missed)
    assert managed(decided(about, connection(), connection(name=SECOND))) == NAME


@pytest.mark.parametrize("last_action", [None, LastAction(type=ActionType.ACCEPT, time=format_time(NOW))])
@pytest.mark.parametrize("last_seen", ["active", "rejected", "pending-acceptance"])
def test_saying_it_again_changes_nothing(last_seen: str, last_action: LastAction | None) -> None:
    once = after(held_status(last_seen, last_action=last_action))
    assert after(once, now=NOW + seconds(86_400)) == once


def test_a_new_request_is_taken_up_automatically() -> None:
    fresh = connection(name=SECOND)
    decision = decided(situation(status=after(held_status("active"))), fresh)
    assert (managed(decision), action_of(decision)) == (SECOND, ActionType.ACCEPT)


def test_a_new_request_is_not_taken_up_where_the_gone_one_is_pinned() -> None:
    about = situation(status=after(held_status("active"), connection_name=NAME), connection_name=NAME)
    decision = decided(about, connection(name=SECOND))
    assert (managed(decision), action_of(decision)) == (None, None)
    assert conditions_of(status_after(about, decision)) == GONE


def test_what_was_held_before_another_was_pinned_is_no_concern_any_more() -> None:
    assert conditions_of(after(held_status("active"), connection_name=SECOND)) == WAITING


@pytest.mark.parametrize("pin", [None, NAME])
def test_the_advice_fits_the_pin(pin: str | None) -> None:
    about = situation(status=held_status("active"), connection_name=pin)
    message = decided(about).readiness.message
    assert ("picks it up automatically" in message) is (pin is None)
    assert ("set spec.connectionName to it" in message) is (pin is not None)


def test_another_pin_does_not_make_the_held_connection_gone() -> None:
    about = situation(status=held_status("pending-acceptance"), connection_name=SECOND, desired_state="Deleted")
    decision = decided(about, connection())
    status = status_after(about, decision)
    assert conditions_of(status) == Conditions("Deleted", "True")
    assert NAME not in decision.readiness.message
    assert status.connection_name is None


def test_what_is_said_of_a_held_connection_that_the_guard_keeps_out_stays() -> None:
    about = situation(status=held_status("active"), cidr=OTHER_CIDR)
    first = status_after(about, decided(about, connection("active")))
    again = situation(status=first, cidr=OTHER_CIDR)
    assert conditions_of(status_after(again, decided(again, connection("active")))) == conditions_of(first)


class TestTheFinalizer:
    """Once what became of a connection is known, nothing is left to undo."""

    @pytest.mark.parametrize("last_seen", [*LIVE_WORDS[2:], None])
    @pytest.mark.parametrize("wanted", ["Accepted", "Rejected", "Deleted"])
    def test_what_is_gone_needs_none(self, wanted: str, last_seen: str | None) -> None:
        decision = decided(situation(status=held_status(last_seen), desired_state=wanted))
        assert (decision.holds, decision.gone) == (False, True)

    def test_a_request_whose_accept_was_requested_may_be_listed_again(self) -> None:
        last = LastAction(type=ActionType.ACCEPT, time=format_time(NOW))
        assert not decided(situation(status=held_status("pending-acceptance", last_action=last))).gone

    def test_what_a_suspended_object_held_may_be_listed_again(self) -> None:
        assert not decided(situation(status=held_status("active"), suspend=True)).gone

    def test_what_is_listed_is_not_gone(self) -> None:
        assert not decided(situation(status=held_status("active")), connection("active")).gone


class TestHowFarAnAbsenceIsProved:
    """Lists can miss a row: how much proof there has to be before the finalizer of a deleted object is removed."""

    @staticmethod
    def absence(last_action: ActionType | None, *, deleting: bool, wanted: str = "Accepted") -> Absence:
        last = None if last_action is None else LastAction(type=last_action, time=format_time(NOW))
        about = situation(
            status=held_status("active", last_action=last), deleting=deleting, desired_state=wanted, suspend=False
        )
        return decided(about).absence

    @pytest.mark.parametrize("last_action", [None, ActionType.ACCEPT])
    def test_an_end_that_nobody_requested_has_to_be_missed_twice(self, last_action: ActionType | None) -> None:
        assert self.absence(last_action, deleting=True) is Absence.UNEXPLAINED

    @pytest.mark.parametrize("last_action", [ActionType.REJECT, ActionType.DELETE])
    def test_an_end_that_was_requested_has_to_be_missed_once(self, last_action: ActionType) -> None:
        assert self.absence(last_action, deleting=True) is Absence.OBSERVED

    @pytest.mark.parametrize("wanted", ["Rejected", "Deleted"])
    def test_that_there_is_nothing_to_end_needs_one_list(self, wanted: str) -> None:
        assert decided(situation(desired_state=wanted)).absence is Absence.OBSERVED

    @pytest.mark.parametrize("wanted", ["Rejected", "Deleted"])
    def test_the_end_that_an_object_wants_is_told_from_one_list_if_it_was_requested(self, wanted: str) -> None:
        assert self.absence(None, deleting=False, wanted=wanted) is Absence.UNEXPLAINED
        assert self.absence(ActionType.DELETE, deleting=False, wanted=wanted) is Absence.OBSERVED

    @pytest.mark.parametrize("suspend", [False, True])
    @pytest.mark.parametrize("last_seen", LIVE_WORDS)
    def test_what_was_alive_has_to_be_missed_twice(self, last_seen: str, suspend: bool) -> None:
        about = situation(status=held_status(last_seen), suspend=suspend)
        assert decided(about).absence is Absence.UNEXPLAINED

    @pytest.mark.parametrize("last_seen", [*TERMINAL_WORDS, None])
    def test_that_a_dead_connection_is_listed_no_more_needs_no_proof(self, last_seen: str | None) -> None:
        assert decided(situation(status=held_status(last_seen))).absence is Absence.NONE

    def test_that_a_guard_keeps_out_what_is_listed_needs_no_proof(self) -> None:
        about = situation(status=held_status("pending-acceptance"), cidr=OTHER_CIDR)
        decision = decided(about, connection())
        assert (decision.readiness.reason, decision.absence) == (Reason.WAITING_FOR_REQUEST, Absence.NONE)

    @pytest.mark.parametrize("left", ["pending-acceptance", "active"])
    def test_that_one_of_several_requests_is_left_has_to_be_shown_twice(self, left: str) -> None:
        status = status_after(situation(), decided(situation(), *TWO))
        assert decided(situation(status=status), connection(left)).absence is Absence.UNEXPLAINED

    @pytest.mark.parametrize("chosen", [{"connection_name": NAME}, {"accepter": {"vpc_id": OTHER_VPC}}])
    def test_a_choice_between_several_requests_needs_no_proof(self, chosen: dict[str, Any]) -> None:
        status = status_after(situation(), decided(situation(), *TWO))
        decision = decided(situation(status=status, **chosen), *TWO)
        assert (action_of(decision), decision.absence) == (ActionType.ACCEPT, Absence.NONE)

    def test_what_was_never_there_needs_no_proof(self) -> None:
        assert decided(situation()).absence is Absence.NONE

    def test_what_is_listed_needs_no_proof(self) -> None:
        about = situation(status=held_status("active"), deleting=True)
        assert decided(about, connection("active")).absence is Absence.NONE
        assert decided(about, connection("deleted")).absence is Absence.NONE


def test_a_request_that_is_missed_while_the_object_is_suspended_is_waited_for_and_not_taken_for_deleted() -> None:
    last = LastAction(type=ActionType.ACCEPT, time=format_time(NOW))
    ends = format_time(NOW + seconds(3600))
    missed = after(
        held_status("pending-acceptance", last_action=last, expiration_time=ends, pending_until=ends), suspend=True
    )
    again = after(missed, suspend=True)

    assert conditions_of(again) == Conditions("Suspended", "False")
    assert conditions_of(after(again)) == WAITING
    expired = after(again, now=NOW + seconds(3601))
    assert conditions_of(expired) == EXPIRED
    assert (again.pending_until, expired.pending_until) == (ends, None)
