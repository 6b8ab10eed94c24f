"""The contract's table of reasons, row by row: what an object says of itself in each situation."""

from typing import Any

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.controller.retry import Refusal
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType
from unit.kinds.streams_vpc_peering.builders import (
    DEAD_WORDS,
    EARLIER,
    LIVE_WORDS,
    NAME,
    OTHER_CIDR,
    OTHER_VPC,
    SECOND,
    Told,
    asked,
    claim,
    connection,
    decided,
    status_after,
    subject,
    told,
)

RECONCILING, STALLED = ("Reconciling",), ("Stalled",)


def reached(reason: str) -> Told:
    return Told(reason, "True")


def on_its_way(reason: str) -> Told:
    return Told(reason, "False", RECONCILING)


def stalled(reason: str) -> Told:
    return Told(reason, "False", STALLED)


SUSPENDED = Told("Suspended", "False")

PENDING, ACTIVE = connection("pending-acceptance"), connection("active")


def said(*rows: Connection, deleting: bool = False, **spec_fields: Any) -> Told:
    about = subject(deleting=deleting, **spec_fields)
    return told(status_after(about, decided(about, *rows)))


ACCEPTED = {
    "initiating-request": on_its_way("WaitingForRequest"),
    "pending-acceptance": on_its_way("Accepting"),
    "provisioning": on_its_way("Provisioning"),
    "active": reached("Active"),
    "deleting": on_its_way("Deleting"),
    "expired": stalled("RequestExpired"),
    "failed": stalled("RequestFailed"),
    "rejected": stalled("RequestRejected"),
    "deleted": stalled("ConnectionDeleted"),
    "modifying": on_its_way("Provisioning"),
}
REJECTED = {
    "initiating-request": on_its_way("WaitingForRequest"),
    "pending-acceptance": on_its_way("Rejecting"),
    "provisioning": on_its_way("Provisioning"),
    "active": stalled("CannotReject"),
    "deleting": on_its_way("Deleting"),
    "expired": reached("Rejected"),
    "failed": reached("Rejected"),
    "rejected": reached("Rejected"),
    "deleted": reached("Rejected"),
    "modifying": on_its_way("Rejecting"),
}
DELETED = {word: on_its_way("Deleting") for word in (*LIVE_WORDS, "modifying")} | {
    word: reached("Deleted") for word in DEAD_WORDS
}
BY_STATE = [
    pytest.param(wanted, word, expected, id=f"{wanted}-{word}")
    for wanted, table in {"Accepted": ACCEPTED, "Rejected": REJECTED, "Deleted": DELETED}.items()
    for word, expected in table.items()
]


@pytest.mark.parametrize(("wanted", "word", "expected"), BY_STATE)
def test_what_is_said_of_each_state(wanted: str, word: str, expected: Told) -> None:
    assert said(connection(word), desired_state=wanted) == expected


@pytest.mark.parametrize(("wanted", "word", "expected"), BY_STATE)
def test_the_spelling_of_a_state_makes_no_difference(wanted: str, word: str, expected: Told) -> None:
    assert said(connection(word.upper().replace("-", "_")), desired_state=wanted) == expected


@pytest.mark.parametrize(("wanted", "word", "expected"), BY_STATE)
def test_suspended_says_so_unless_the_wanted_state_is_reached(wanted: str, word: str, expected: Told) -> None:
    suspended = expected if expected.ready == "True" else SUSPENDED
    assert said(connection(word), desired_state=wanted, suspend=True) == suspended


@pytest.mark.parametrize(("word", "expected"), DELETED.items())
def test_deleting_the_object_says_what_deleted_says(word: str, expected: Told) -> None:
    assert said(connection(word), deleting=True) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("Accepted", on_its_way("WaitingForRequest")),
        ("Rejected", on_its_way("WaitingForRequest")),
        ("Deleted", reached("Deleted")),
    ],
)
class TestNothingThere:
    def test_what_is_said(self, wanted: str, expected: Told) -> None:
        assert said(desired_state=wanted) == expected

    def test_with_a_pin(self, wanted: str, expected: Told) -> None:
        assert said(connection(name=SECOND), desired_state=wanted, connection_name=NAME) == expected

    def test_kept_out_by_the_guard(self, wanted: str, expected: Told) -> None:
        assert said(PENDING, desired_state=wanted, cidr=OTHER_CIDR) == expected

    def test_suspended(self, wanted: str, expected: Told) -> None:
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
        about = subject(desired_state=wanted)
        told_of = told(status_after(about, decided(about, PENDING, others=[older])))
        assert told_of == stalled("AlreadyManaged")

    def test_suspended(self, wanted: str) -> None:
        rows = (PENDING, connection(name=SECOND))
        assert said(*rows, desired_state=wanted, suspend=True) == SUSPENDED


@pytest.mark.parametrize(
    "reason", [Reason.CREDENTIALS_INVALID, Reason.UNAUTHORIZED, Reason.ACCESS_LIST_BLOCKED, Reason.PROJECT_NOT_FOUND]
)
def test_a_change_that_atlas_refuses_until_somebody_acts_stalls_with_its_answer(reason: Reason) -> None:
    refusal = Refusal(reason, "Atlas says no.", lasting=True)
    about = subject()
    decision = decided(about, PENDING, asked={NAME: asked(ActionType.ACCEPT, refusal=refusal)})
    assert told(status_after(about, decision)) == stalled(reason.value)


@pytest.mark.parametrize("reason", [None, Reason.RATE_LIMITED, Reason.ATLAS_UNAVAILABLE])
def test_a_change_that_failed_in_passing_leaves_the_reason(reason: Reason | None) -> None:
    refusal = Refusal(reason, "Atlas is busy.", lasting=False)
    about = subject()
    decision = decided(about, PENDING, asked={NAME: asked(ActionType.ACCEPT, refusal=refusal)})
    assert told(status_after(about, decision)) == on_its_way("Accepting")
    assert "Atlas is busy" in decision.verdict.message


@pytest.mark.parametrize("word", ["REQUEST_ACCEPT", "ACCEPT_REQUESTED"])
def test_a_failure_counts_no_more_when_atlas_shows_the_request_under_way(word: str) -> None:
    refusal = Refusal(Reason.ATLAS_UNAVAILABLE, "Atlas did not answer.", lasting=False)
    row = connection(local_status=word)
    decision = decided(
        subject(), row, asked={NAME: asked(ActionType.ACCEPT, refusal=refusal)}, unchanged_since={NAME: EARLIER}
    )
    assert decision.verdict.message == f"{NAME} is being accepted; waiting for Atlas."


@pytest.mark.parametrize("local_status", ["UPDATE_FAILED", "SCAN_FAILED"])
@pytest.mark.parametrize("row", [PENDING, ACTIVE], ids=["unmet", "met"])
def test_what_atlas_failed_at_is_said_with_its_message(row: Connection, local_status: str) -> None:
    row = row.model_copy(update={"local_status": local_status, "status_message": "No route to AWS"})
    decision = decided(subject(), row)
    assert f"Atlas reports {local_status}: No route to AWS." in decision.verdict.message
