"""The contract's table of reasons, row by row: what an object says of itself in each situation."""

from typing import Any

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.controller.attempts import Refusal
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType
from unit.kinds.streams_vpc_peering.builders import (
    EARLIER,
    LIVE_WORDS,
    NAME,
    OTHER_CIDR,
    OTHER_VPC,
    SECOND,
    TERMINAL_WORDS,
    Conditions,
    attempt,
    claim,
    conditions_of,
    connection,
    decided,
    situation,
    status_after,
)

RECONCILING, STALLED = ("Reconciling",), ("Stalled",)


def reached(reason: str) -> Conditions:
    return Conditions(reason, "True")


def reconciling(reason: str) -> Conditions:
    return Conditions(reason, "False", RECONCILING)


def stalled(reason: str) -> Conditions:
    return Conditions(reason, "False", STALLED)


SUSPENDED = Conditions("Suspended", "False")

PENDING, ACTIVE = connection("pending-acceptance"), connection("active")


def said(*rows: Connection, deleting: bool = False, **spec_fields: Any) -> Conditions:
    about = situation(deleting=deleting, **spec_fields)
    return conditions_of(status_after(about, decided(about, *rows)))


ACCEPTED = {
    "initiating-request": reconciling("WaitingForRequest"),
    "pending-acceptance": reconciling("Accepting"),
    "provisioning": reconciling("Provisioning"),
    "active": reached("Active"),
    "deleting": reconciling("Deleting"),
    "expired": stalled("RequestExpired"),
    "failed": stalled("RequestFailed"),
    "rejected": stalled("RequestRejected"),
    "deleted": stalled("ConnectionDeleted"),
    "modifying": reconciling("Provisioning"),
}
REJECTED = {
    "initiating-request": reconciling("WaitingForRequest"),
    "pending-acceptance": reconciling("Rejecting"),
    "provisioning": reconciling("Provisioning"),
    "active": stalled("CannotReject"),
    "deleting": reconciling("Deleting"),
    "expired": reached("Rejected"),
    "failed": reached("Rejected"),
    "rejected": reached("Rejected"),
    "deleted": reached("Rejected"),
    "modifying": reconciling("Rejecting"),
}
DELETED = {word: reconciling("Deleting") for word in (*LIVE_WORDS, "modifying")} | {
    word: reached("Deleted") for word in TERMINAL_WORDS
}
BY_STATE = [
    pytest.param(wanted, word, expected, id=f"{wanted}-{word}")
    for wanted, table in {"Accepted": ACCEPTED, "Rejected": REJECTED, "Deleted": DELETED}.items()
    for word, expected in table.items()
]


@pytest.mark.parametrize(("wanted", "word", "expected"), BY_STATE)
def test_what_is_said_of_each_state(wanted: str, word: str, expected: Conditions) -> None:
    assert said(connection(word), desired_state=wanted) == expected


@pytest.mark.parametrize(("wanted", "word", "expected"), BY_STATE)
def test_the_spelling_of_a_state_makes_no_difference(wanted: str, word: str, expected: Conditions) -> None:
    assert said(connection(word.upper().replace("-", "_")), desired_state=wanted) == expected


@pytest.mark.parametrize(("wanted", "word", "expected"), BY_STATE)
def test_suspended_says_so_unless_the_wanted_state_is_reached(wanted: str, word: str, expected: Conditions) -> None:
    suspended = expected if expected.ready == "True" else SUSPENDED
    assert said(connection(word), desired_state=wanted, suspend=True) == suspended


@pytest.mark.parametrize(("word", "expected"), DELETED.items())
def test_deleting_the_object_says_what_deleted_says(word: str, expected: Conditions) -> None:
    assert said(connection(word), deleting=True) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("Accepted", reconciling("WaitingForRequest")),
        ("Rejected", reconciling("WaitingForRequest")),
        ("Deleted", reached("Deleted")),
    ],
)
class TestNothingThere:
    def test_what_is_said(self, wanted: str, expected: Conditions) -> None:
        assert said(desired_state=wanted) == expected

    def test_with_a_pin(self, wanted: str, expected: Conditions) -> None:
        assert said(connection(name=SECOND), desired_state=wanted, connection_name=NAME) == expected

    def test_kept_out_by_the_guard(self, wanted: str, expected: Conditions) -> None:
        assert said(PENDING, desired_state=wanted, cidr=OTHER_CIDR) == expected

    def test_suspended(self, wanted: str, expected: Conditions) -> None:
        suspended = expected if expected.ready == "True" else SUSPENDED
        assert said(desired_state=wanted, suspend=True) == suspended


@pytest.mark.parametrize("wanted", ["Accepted", "Rejected", "Deleted"])
class TestRefusals:
    def test_several_live_requests_are_ambiguous(self, wanted: str) -> None:
        rows = (PENDING, connection(name=SECOND))
        assert said(*rows, desired_state=wanted) == stalled("AmbiguousRequest")

    def test_a_pinned_connection_of_another_requester_is_a_mismatch(self, wanted: str) -> None:
        row = connection(requester_vpc_id=OTHER_VPC)
        assert said(row, desired_state=wanted, connection_name=NAME) == stalled("RequesterMismatch")

    def test_the_younger_object_is_told_that_an_older_one_manages_it(self, wanted: str) -> None:
        older = claim(name="older", created="2024-01-01T00:00:00Z")
        about = situation(desired_state=wanted)
        told_of = conditions_of(status_after(about, decided(about, PENDING, rivals=[older])))
        assert told_of == stalled("AlreadyManaged")

    def test_suspended(self, wanted: str) -> None:
        rows = (PENDING, connection(name=SECOND))
        assert said(*rows, desired_state=wanted, suspend=True) == SUSPENDED


@pytest.mark.parametrize(
    "reason", [Reason.CREDENTIALS_INVALID, Reason.UNAUTHORIZED, Reason.ACCESS_LIST_BLOCKED, Reason.PROJECT_NOT_FOUND]
)
def test_a_change_that_atlas_refuses_until_somebody_acts_stalls_with_its_answer(reason: Reason) -> None:
    refusal = Refusal(reason, "Atlas says no.", terminal=True)
    about = situation()
    decision = decided(about, PENDING, attempts={NAME: attempt(ActionType.ACCEPT, refusal=refusal)})
    assert conditions_of(status_after(about, decision)) == stalled(reason.value)


@pytest.mark.parametrize("reason", [None, Reason.RATE_LIMITED, Reason.ATLAS_UNAVAILABLE])
def test_a_change_that_failed_in_passing_leaves_the_reason(reason: Reason | None) -> None:
    refusal = Refusal(reason, "Atlas is busy.", terminal=False)
    about = situation()
    decision = decided(about, PENDING, attempts={NAME: attempt(ActionType.ACCEPT, refusal=refusal)})
    assert conditions_of(status_after(about, decision)) == reconciling("Accepting")
    assert "Atlas is busy" in decision.readiness.message


@pytest.mark.parametrize("word", ["REQUEST_ACCEPT", "ACCEPT_REQUESTED"])
def test_a_failure_counts_no_more_when_atlas_shows_the_request_pending_action(word: str) -> None:
    refusal = Refusal(Reason.ATLAS_UNAVAILABLE, "Atlas did not answer.", terminal=False)
    row = connection(local_status=word)
    decision = decided(
        situation(), row, attempts={NAME: attempt(ActionType.ACCEPT, refusal=refusal)}, unchanged_since={NAME: EARLIER}
    )
    assert decision.readiness.message == f"{NAME} is being accepted; waiting for Atlas."


@pytest.mark.parametrize("local_status", ["UPDATE_FAILED", "SCAN_FAILED"])
@pytest.mark.parametrize("row", [PENDING, ACTIVE], ids=["unmet", "met"])
def test_what_atlas_failed_at_is_said_with_its_message(row: Connection, local_status: str) -> None:
    row = row.model_copy(update={"local_status": local_status, "status_message": "No route to AWS"})
    decision = decided(situation(), row)
    assert f"Atlas reports {local_status}: No route to AWS." in decision.readiness.message
