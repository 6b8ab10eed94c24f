"""The kind's own fields of the status, and that nothing in a status is volatile."""

from datetime import datetime
from typing import Any

import pytest

from atlas_streams_peering.api.status import LastAction
from atlas_streams_peering.api.times import format_time
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.controller.decision import Change
from atlas_streams_peering.kinds.streams_vpc_peering.resource import (
    ActionType,
    PeeringSide,
    StreamsVpcPeeringStatus,
)
from unit.kinds.streams_vpc_peering.builders import (
    ACCOUNT,
    CIDR,
    EARLIER,
    KIND,
    NAME,
    NOW,
    OTHER_VPC,
    PROJECT,
    SECOND,
    VPC,
    attempt,
    connection,
    decided,
    held_status,
    seconds,
    situation,
    status_after,
)

LATER = NOW + seconds(3600)
ACTIVE = connection(
    "active",
    local_status="ACTIVE",
    accepter_cidr="192.168.248.0/21",
    status_message="All is well.",
    expiration_time="2024-12-18T19:20:37Z",
)
ACCEPTED = LastAction(type=ActionType.ACCEPT, time=format_time(EARLIER))


def status_for(
    *rows: Connection, status: StreamsVpcPeeringStatus | None = None, now: datetime = NOW, **spec_fields: Any
) -> StreamsVpcPeeringStatus:
    about = situation(status=status, **spec_fields)
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

    def test_a_side_of_which_atlas_says_nothing_is_left_out(self) -> None:
        assert status_for(connection(accepter_account_id=None, accepter_vpc_id=None)).accepter is None

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


class TestLastAction:
    @pytest.mark.parametrize("word", ["pending-acceptance", "active", "deleted"])
    def test_it_stays_with_the_connection_it_was_requested_for(self, word: str) -> None:
        before = held_status("pending-acceptance", last_action=ACCEPTED)
        assert status_for(connection(word), status=before).last_action == ACCEPTED

    def test_it_stays_while_the_connection_is_not_listed(self) -> None:
        assert status_for(status=held_status("active", last_action=ACCEPTED)).last_action == ACCEPTED

    def test_it_does_not_go_over_to_the_next_connection(self) -> None:
        before = held_status("active", last_action=ACCEPTED)
        after = status_for(connection("deleted"), connection(name=SECOND), status=before)
        assert (after.connection_name, after.last_action) == (SECOND, None)

    def test_a_change_is_put_into_it_when_it_is_requested(self) -> None:
        status = status_for(connection())
        change = Change(ActionType.ACCEPT, PROJECT, NAME, "")
        assert KIND.requested(status, change, ACCEPTED.time) == status.model_copy(update={"last_action": ACCEPTED})


class TestNothingVolatile:
    @pytest.mark.parametrize("suspend", [False, True])
    @pytest.mark.parametrize("wanted", ["Accepted", "Rejected", "Deleted"])
    @pytest.mark.parametrize("word", ["pending-acceptance", "provisioning", "active", "deleting", "expired", "odd"])
    @pytest.mark.parametrize("local_status", ["NONE", "ACCEPT_REQUESTED", "SCAN_FAILED"])
    def test_the_same_list_gives_the_same_status_at_any_later_time(
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
        about = situation()
        statuses = {
            status_after(
                about, decided(about, connection(), attempts={NAME: attempt(ActionType.ACCEPT, ago)})
            ).model_dump_json()
            for ago in (0, 5, 29)
        }
        assert len(statuses) == 1
