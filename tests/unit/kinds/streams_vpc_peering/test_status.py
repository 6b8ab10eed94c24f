"""The status after a look that worked."""

from datetime import datetime
from typing import Any

import pytest

from atlas_streams_peering.api.conditions import Condition, ConditionType
from atlas_streams_peering.api.times import format_time
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.kinds.streams_vpc_peering.resource import (
    ActionType,
    LastAction,
    PeeringSide,
    StreamsVpcPeeringStatus,
)
from atlas_streams_peering.kinds.streams_vpc_peering.status import status_of
from unit.kinds.streams_vpc_peering.builders import (
    ACCOUNT,
    CIDR,
    EARLIER,
    GENERATION,
    NAME,
    NOW,
    OTHER_VPC,
    SECOND,
    VPC,
    asked,
    connection,
    context,
    decided,
    held_status,
    seconds,
    status_after,
    subject,
)

NOW_TEXT = format_time(NOW)
LATER = NOW + seconds(3600)
ACTIVE = connection(
    "active",
    local_status="ACTIVE",
    accepter_cidr="192.168.248.0/21",
    status_message="All is well.",
    expiration_time="2024-12-18T19:20:37Z",
)


def condition_of(status: StreamsVpcPeeringStatus, kind: str) -> Condition:
    found = status.condition(kind)
    assert found is not None
    return found


def ready(status: StreamsVpcPeeringStatus) -> Condition:
    return condition_of(status, ConditionType.READY)


def status_for(
    *rows: Connection, status: StreamsVpcPeeringStatus | None = None, now: datetime = NOW, **spec_fields: Any
) -> StreamsVpcPeeringStatus:
    about = subject(status=status, **spec_fields)
    return status_after(about, decided(about, *rows, now=now), now=now)


class TestWhatAtlasShows:
    def test_its_words_are_passed_on_unchanged(self) -> None:
        status = status_for(connection("PENDING_ACCEPTANCE", local_status="none", status_message="Later."))
        assert (status.cloud_status, status.local_status, status.status_message) == (
            "PENDING_ACCEPTANCE",
            "none",
            "Later.",
        )

    def test_the_connection_is_named(self) -> None:
        status = status_for(ACTIVE)
        assert (status.connection_name, status.connection_id) == (NAME, "6759e61aa6cf0a5476e233d1")
        assert status.expiration_time == "2024-12-18T19:20:37Z"

    def test_both_sides_are_as_atlas_reports_them(self) -> None:
        status = status_for(ACTIVE)
        assert status.requester == PeeringSide(account_id=ACCOUNT, vpc_id=VPC, cidr=CIDR)
        assert status.accepter == PeeringSide(
            account_id="974404375205", vpc_id="vpc-0ddfd37072cc5ed61", cidr="192.168.248.0/21"
        )

    def test_an_absurdly_long_word_is_cut_to_what_the_api_server_takes(self) -> None:
        assert status_for(connection("x" * 300)).cloud_status == "x" * 253

    def test_until_there_is_one_the_requester_is_the_one_that_is_waited_for(self) -> None:
        status = status_for()
        assert status.requester == PeeringSide(account_id=ACCOUNT, vpc_id=VPC)
        assert (status.cloud_status, status.connection_name, status.accepter) == (None, None, None)

    @pytest.mark.parametrize(
        "rows",
        [(connection(), connection(name=SECOND)), (connection(requester_vpc_id=OTHER_VPC),)],
        ids=["ambiguous", "mismatched"],
    )
    def test_a_refused_object_shows_no_connection(self, rows: tuple[Connection, ...]) -> None:
        pin = NAME if len(rows) == 1 else None
        status = status_for(*rows, connection_name=pin)
        assert (status.connection_name, status.connection_id, status.cloud_status) == (None, None, None)


class TestPendingUntil:
    END = "2024-12-18T19:20:37Z"

    @pytest.mark.parametrize("word", ["pending-acceptance", "PENDING_ACCEPTANCE", "initiating-request"])
    def test_a_pending_request_says_when_it_expires(self, word: str) -> None:
        status = status_for(connection(word, expiration_time=self.END))
        assert (status.pending_until, status.expiration_time) == (self.END, self.END)

    @pytest.mark.parametrize(
        "word", ["provisioning", "active", "deleting", "expired", "rejected", "failed", "deleted", "odd", None]
    )
    def test_what_cannot_expire_does_not(self, word: str | None) -> None:
        status = status_for(connection(word, expiration_time=self.END))
        assert (status.pending_until, status.expiration_time) == (None, self.END)

    def test_it_goes_once_the_request_is_accepted(self) -> None:
        pending = status_for(connection(expiration_time=self.END))
        assert status_for(ACTIVE, status=pending).pending_until is None

    def test_it_goes_once_the_request_is_no_longer_listed(self) -> None:
        pending = status_for(connection(expiration_time=self.END))
        assert status_for(status=pending).pending_until is None

    def test_a_request_without_an_end_says_none(self) -> None:
        assert status_for(connection()).pending_until is None


class TestConditions:
    def test_every_condition_speaks_of_the_generation_that_was_looked_at(self) -> None:
        status = status_for()
        assert status.observed_generation == GENERATION
        assert {c.type: c.observed_generation for c in status.conditions} == {
            "Ready": GENERATION,
            "Synced": GENERATION,
            "Reconciling": GENERATION,
        }

    def test_reconciling_and_stalled_say_what_ready_says(self) -> None:
        for rows in ((), (connection("expired"),)):
            status = status_for(*rows)
            (also,) = (c for c in status.conditions if c.type in ("Reconciling", "Stalled"))
            assert (also.status, also.reason, also.message) == ("True", ready(status).reason, ready(status).message)

    def test_reconciling_and_stalled_are_absent_when_all_is_as_wanted(self) -> None:
        assert [c.type for c in status_for(ACTIVE).conditions] == ["Ready", "Synced"]

    def test_reconciling_and_stalled_are_absent_while_suspended(self) -> None:
        assert [c.type for c in status_for(connection(), suspend=True).conditions] == ["Ready", "Synced"]

    def test_a_look_that_worked_is_observed(self) -> None:
        synced = condition_of(status_for(), "Synced")
        assert (synced.status, synced.reason) == ("True", "Observed")


class TestTransitionTime:
    def test_it_is_now_for_a_new_condition(self) -> None:
        assert {c.last_transition_time for c in status_for().conditions} == {NOW_TEXT}

    def test_it_stays_while_only_the_reason_changes(self) -> None:
        waiting = status_for(now=NOW)
        accepting = status_for(connection(), status=waiting, now=LATER)
        assert ready(waiting).reason != ready(accepting).reason
        assert {c.last_transition_time for c in accepting.conditions} == {NOW_TEXT}

    def test_it_moves_when_the_status_flips(self) -> None:
        waiting = status_for(now=NOW)
        active = status_for(ACTIVE, status=waiting, now=LATER)
        assert ready(active).last_transition_time == format_time(LATER)
        assert condition_of(active, "Synced").last_transition_time == NOW_TEXT

    def test_it_starts_anew_when_a_condition_comes_back(self) -> None:
        waiting = status_for(now=NOW)
        active = status_for(ACTIVE, status=waiting, now=LATER)
        deleting = status_for(connection("deleting"), status=active, now=LATER + seconds(60))
        assert condition_of(deleting, "Reconciling").last_transition_time == format_time(LATER + seconds(60))


class TestNothingVolatile:
    @pytest.mark.parametrize("suspend", [False, True])
    @pytest.mark.parametrize("wanted", ["Accepted", "Rejected", "Deleted"])
    @pytest.mark.parametrize("word", ["pending-acceptance", "provisioning", "active", "deleting", "expired", "odd"])
    @pytest.mark.parametrize("local_status", ["NONE", "ACCEPT_REQUESTED", "SCAN_FAILED"])
    def test_the_same_sight_gives_the_same_status_at_any_later_time(
        self, word: str, local_status: str, wanted: str, suspend: bool
    ) -> None:
        row = connection(word, local_status=local_status, expiration_time="2024-12-12T12:30:00Z")
        fields: dict[str, Any] = {"desired_state": wanted, "suspend": suspend}
        first = status_for(row, **fields)
        for later in (1, 60, 3600, 86_400 * 30):
            assert status_for(row, status=first, now=NOW + seconds(later), **fields) == first

    def test_waiting_changes_nothing(self) -> None:
        first = status_for()
        assert status_for(status=first, now=LATER) == first

    def test_the_time_of_the_next_attempt_is_not_in_it(self) -> None:
        about = subject()
        statuses = {
            status_after(
                about, decided(about, connection(), asked={NAME: asked(ActionType.ACCEPT, ago)})
            ).model_dump_json()
            for ago in (0, 5, 29)
        }
        assert len(statuses) == 1


class TestWhatIsPassedThrough:
    def test_the_last_action_is_the_one_given(self) -> None:
        last = LastAction(type=ActionType.ACCEPT, time=format_time(EARLIER))
        about = subject()
        status = status_of(context(), decided(about), account_id=ACCOUNT, vpc_id=VPC, last_action=last)
        assert status.last_action == last

    @pytest.mark.parametrize(
        ("requested", "before", "expected"),
        [("now", None, "now"), ("now", "then", "now"), (None, "then", "then"), (None, None, None)],
    )
    def test_the_request_for_a_look_is_echoed(
        self, requested: str | None, before: str | None, expected: str | None
    ) -> None:
        previous = held_status("active", last_handled_reconcile_at=before)
        status = status_of(
            context(previous, reconcile_requested=requested),
            decided(subject(), ACTIVE),
            account_id=ACCOUNT,
            vpc_id=VPC,
            last_action=None,
        )
        assert status.last_handled_reconcile_at == expected
