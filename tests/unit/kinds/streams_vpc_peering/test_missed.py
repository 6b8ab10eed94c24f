"""One list can miss a live connection: what else it shows does not take that connection's place at once."""

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.api.status import LastAction
from atlas_streams_peering.api.times import format_time
from atlas_streams_peering.controller.decision import Absence
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType, StreamsVpcPeeringStatus
from unit.kinds.streams_vpc_peering.builders import (
    EARLIER,
    NAME,
    NOW,
    OTHER_CIDR,
    SECOND,
    TERMINAL_WORDS,
    THIRD,
    action_of,
    claim,
    connection,
    decided,
    held_status,
    seconds,
    situation,
)

ACCEPTED = LastAction(type=ActionType.ACCEPT, time=format_time(EARLIER))
LIVE = held_status("active", last_action=ACCEPTED)


@pytest.mark.parametrize("word", TERMINAL_WORDS)
@pytest.mark.parametrize("last_seen", ["active", "provisioning", "pending-acceptance"])
def test_a_dead_connection_beside_it_is_not_taken_for_it(word: str, last_seen: str) -> None:
    about = situation(status=held_status(last_seen, last_action=ACCEPTED))
    decision = decided(about, connection(word, name=SECOND))

    assert (decision.status.connection_name, decision.remembers_missing) == (NAME, True)
    assert decision.status.last_action == ACCEPTED


def test_what_was_said_of_a_dead_one_stays_when_an_older_one_outlives_it_in_the_list() -> None:
    about = situation(status=held_status(None, ready=Reason.REQUEST_REJECTED))
    decision = decided(about, connection("expired", name=SECOND))

    assert (decision.readiness.reason, decision.status.connection_name) == (Reason.REQUEST_REJECTED, NAME)


def test_a_dead_one_is_said_where_the_requester_has_taken_back_its_request() -> None:
    ends = format_time(NOW + seconds(3600))
    about = situation(status=held_status("pending-acceptance", expiration_time=ends))
    decision = decided(about, connection("expired", name=SECOND))

    assert (decision.readiness.reason, decision.status.connection_name) == (Reason.REQUEST_EXPIRED, SECOND)


def test_a_pinned_connection_that_is_dead_is_said_whatever_was_held() -> None:
    about = situation(status=held_status("pending-acceptance"), connection_name=SECOND)
    decision = decided(about, connection("expired", name=SECOND))

    assert (decision.readiness.reason, decision.status.connection_name) == (Reason.REQUEST_EXPIRED, SECOND)


@pytest.mark.parametrize("status", [LIVE, held_status("pending-acceptance")], ids=["live", "taken back"])
@pytest.mark.parametrize("word", ["pending-acceptance", "active"])
def test_a_live_one_takes_its_place_when_two_lists_have_missed_it(word: str, status: StreamsVpcPeeringStatus) -> None:
    decision = decided(situation(status=status), connection(word, name=SECOND))

    assert (decision.status.connection_name, decision.absence) == (SECOND, Absence.UNEXPLAINED)


def test_what_keeps_the_object_from_the_others_is_said_when_two_lists_have_missed_it() -> None:
    rows = (connection(name=SECOND), connection(name=THIRD))
    older = claim(name="older", created="2024-01-01T00:00:00Z")
    guarded = situation(status=LIVE, cidr=OTHER_CIDR, accepter={"vpc_id": "vpc-0ddfd37072cc5ed61"})
    decisions = {
        Reason.AMBIGUOUS_REQUEST: decided(situation(status=LIVE), *rows),
        Reason.ALREADY_MANAGED: decided(situation(status=LIVE), connection("active", name=SECOND), rivals=[older]),
    }

    assert {reason: one.readiness.reason for reason, one in decisions.items()} == {one: one for one in decisions}
    assert {one.absence for one in decisions.values()} == {Absence.UNEXPLAINED}
    assert decided(guarded, *rows).remembers_missing


@pytest.mark.parametrize(
    "status",
    [
        held_status("expired", last_action=ACCEPTED),
        held_status(None, ready=Reason.REQUEST_EXPIRED),
    ],
    ids=["dead", "dead and dropped"],
)
def test_a_new_request_is_accepted_at_once_where_nothing_live_is_missing(status: StreamsVpcPeeringStatus) -> None:
    decision = decided(situation(status=status), connection(name=SECOND))

    assert (action_of(decision), decision.absence) == (ActionType.ACCEPT, Absence.NONE)


def test_a_connection_that_the_operator_has_deleted_is_not_missed() -> None:
    deleted = held_status("active", last_action=LastAction(type=ActionType.DELETE, time=format_time(EARLIER)))
    decision = decided(situation(status=deleted, desired_state="Deleted"), connection(name=SECOND))

    assert (action_of(decision), decision.absence) == (ActionType.REJECT, Absence.NONE)
