import itertools
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.controller.attempts import Refusal
from atlas_streams_peering.kinds.streams_vpc_peering import messages
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType
from unit.kinds.streams_vpc_peering.builders import (
    ACCOUNT,
    CIDR,
    EARLIER,
    LIVE_WORDS,
    NAME,
    NOW,
    OTHER_CIDR,
    OTHER_VPC,
    SECOND,
    TERMINAL_WORDS,
    VPC,
    action_of,
    attempt,
    claim,
    connection,
    decided,
    held_status,
    seconds,
    situation,
    spec,
)

REFUSED = Refusal(Reason.UNAUTHORIZED, "These credentials may not.", terminal=True)
TIME = re.compile(r"\d\d:\d\d|\d{4}-\d\d|\b\d+ ?(s|seconds|minutes|hours|days)\b")


def is_a_sentence(message: str) -> bool:
    """One line that ends with one full stop, without gaps where a value is missing."""
    return bool(re.fullmatch(r"\w.*[^.\s]\.", message)) and not re.search(r"None|\.\.|  ", message)


def all_messages(now: datetime = NOW) -> Iterator[tuple[tuple[Any, ...], str]]:
    """What is said of one connection, in every state it can be in."""
    for case in itertools.product(
        (*LIVE_WORDS, *TERMINAL_WORDS, "odd", None),
        ("NONE", "ACCEPT_REQUESTED", "SCAN_FAILED"),
        (None, "No route\nto AWS."),
        ("Accepted", "Rejected", "Deleted"),
        (None, NAME),
        (False, True),
        (False, True),
        (None, REFUSED),
    ):
        word, local_status, status_message, wanted, pin, suspend, deleting, refusal = case
        row = connection(word, local_status=local_status, status_message=status_message)
        about = situation(desired_state=wanted, connection_name=pin, suspend=suspend, deleting=deleting)
        action = action_of(decided(about, row))
        last = {NAME: attempt(ActionType(action), 1, refusal=refusal)} if action and refusal else {}
        yield case, decided(about, row, attempts=last, unchanged_since={NAME: EARLIER}, now=now).readiness.message


def test_whatever_is_said_of_a_connection_is_a_sentence() -> None:
    assert [case for case in all_messages() if not is_a_sentence(case[1])] == []


def test_whatever_is_said_of_a_connection_names_it() -> None:
    assert [case for case in all_messages() if NAME not in case[1]] == []


def test_nothing_that_is_said_contains_a_time() -> None:
    assert [case for case in all_messages() if TIME.search(case[1])] == []


@pytest.mark.parametrize("later", [1, 8, 86_400])
def test_nothing_that_is_said_of_what_stays_changes_with_time(later: float) -> None:
    settled = [case for case in all_messages() if case[0][-1] is None]
    assert [case for case in all_messages(NOW + seconds(later)) if case[0][-1] is None] == settled


class TestWaiting:
    def test_it_says_for_whose_request(self) -> None:
        assert decided(situation()).readiness.message == (
            f"Waiting for a request from account {ACCOUNT}, VPC {VPC} to show up in Atlas."
        )

    def test_it_names_the_pin(self) -> None:
        message = decided(situation(connection_name=NAME, vpc_id=None)).readiness.message
        assert message == f"Waiting for {NAME} from account {ACCOUNT} to show up in Atlas."

    @pytest.mark.parametrize(("cidr", "words"), [(CIDR, f"has {CIDR}"), (None, "has no CIDR")])
    def test_it_names_what_the_guard_keeps_out(self, cidr: str | None, words: str) -> None:
        message = decided(situation(cidr=OTHER_CIDR), connection(requester_cidr=cidr)).readiness.message
        assert f"with CIDR {OTHER_CIDR}; not taken: {NAME} {words}." in message
        assert is_a_sentence(message)


class TestRefused:
    def test_ambiguity_lists_the_requests_and_says_how_to_choose(self) -> None:
        rows = (connection(), connection("active", name=SECOND, requester_cidr=None))
        message = decided(situation(), *rows).readiness.message
        towards = f"towards {rows[0].accepter_vpc_id}"
        assert f"{NAME} (pending-acceptance, CIDR {CIDR}, {towards})" in message
        assert f"{SECOND} (active, CIDR not given, {towards})" in message
        assert "set spec.connectionName" in message
        assert is_a_sentence(message)

    def test_ambiguity_without_end_stays_readable(self) -> None:
        rows = [connection(name=f"pcx-{number:017x}") for number in range(1000)]
        message = decided(situation(), *rows).readiness.message
        assert len(message) < 1024
        assert "set spec.connectionName" in message
        assert is_a_sentence(message)

    def test_a_mismatch_says_every_difference(self) -> None:
        row = connection(requester_vpc_id=OTHER_VPC, requester_cidr=OTHER_CIDR)
        message = decided(situation(connection_name=NAME, cidr=CIDR), row).readiness.message
        assert f"VPC is {OTHER_VPC}, not {VPC}; CIDR is {OTHER_CIDR}, not {CIDR}" in message
        assert NAME in message
        assert is_a_sentence(message)

    @pytest.mark.parametrize(
        ("row", "guards", "advice"),
        [
            ({"requester_vpc_id": OTHER_VPC}, {"connection_name": NAME}, "correct spec.connectionName, or"),
            (
                {},
                {"connection_name": NAME, "cidr": OTHER_CIDR},
                "correct spec.connectionName, spec.requester.cidr, or",
            ),
            ({}, {"cidr": OTHER_CIDR}, "correct spec.requester.cidr, or"),
            ({}, {"accepter": {"vpc_id": OTHER_VPC}}, "correct spec.accepter.vpcId, or"),
        ],
    )
    def test_a_mismatch_names_the_fields_that_can_be_corrected(
        self, row: dict[str, str], guards: dict[str, Any], advice: str
    ) -> None:
        about = situation(status=held_status("active"), **guards)
        message = decided(about, connection("active", **row)).readiness.message
        assert f"; {advice} the request." in message

    def test_the_owner_is_named(self) -> None:
        older = claim(name="older", namespace="team-b", created="2024-01-01T00:00:00Z")
        message = decided(situation(), connection(), rivals=[older]).readiness.message
        assert message == f"{NAME} is managed by team-b/older; delete one of the two."


@pytest.mark.parametrize(
    ("last_seen", "fate"),
    [("active", "was deleted"), ("expired", "expired"), ("failed", "failed"), ("rejected", "was rejected")],
)
def test_a_connection_that_is_gone_is_named_with_its_fate(last_seen: str, fate: str) -> None:
    message = decided(situation(status=held_status(last_seen))).readiness.message
    assert message.startswith(f"{NAME} {fate} and is no longer listed by Atlas; make a new request")
    assert is_a_sentence(message)


class TestDeletion:
    def test_a_refusal_says_the_way_out(self) -> None:
        last = {NAME: attempt(ActionType.REJECT, 1, refusal=REFUSED)}
        message = decided(situation(deleting=True), connection(), attempts=last).readiness.message
        assert message == (
            f"Atlas did not reject {NAME}: These credentials may not; "
            "to let the object go without Atlas, set deletionPolicy: Retain."
        )

    def test_being_suspended_says_the_way_out(self) -> None:
        message = decided(situation(deleting=True, suspend=True), connection("active")).readiness.message
        assert f"{NAME} stays as it is (active)" in message
        assert "set suspend: false" in message
        assert "set deletionPolicy: Retain" in message


class TestRequested:
    @pytest.mark.parametrize(
        ("action", "verb"),
        [(ActionType.ACCEPT, "accept"), (ActionType.REJECT, "reject"), (ActionType.DELETE, "delete")],
    )
    def test_it_says_what_and_whose(self, action: ActionType, verb: str) -> None:
        assert messages.requested(action, connection()) == (
            f"Asked Atlas to {verb} {NAME} (account {ACCOUNT}, VPC {VPC}, CIDR {CIDR})."
        )

    def test_what_atlas_leaves_out_is_not_given(self) -> None:
        row = connection(requester_account_id=None, requester_vpc_id=None, requester_cidr=None)
        assert is_a_sentence(messages.requested(ActionType.ACCEPT, row))


class TestRefusedRequest:
    """What Atlas answers is said once."""

    def test_an_answer_that_names_the_connection_stands_for_itself(self) -> None:
        why = f"Atlas does not let these credentials accept {NAME}: no role (HTTP 401)."
        assert messages.refused("Accept", NAME, why, deleting=False) == why

    def test_an_answer_that_does_not_is_introduced(self) -> None:
        message = messages.refused("Delete", NAME, "The service is not available.", deleting=False)
        assert message == f"Atlas did not delete {NAME}: The service is not available."


def test_cannot_reject_says_what_to_do() -> None:
    message = decided(situation(desired_state="Rejected"), connection("active")).readiness.message
    assert message == f"{NAME} is active and cannot be rejected any more; set desiredState: Deleted."


def test_a_reference_that_is_not_ready_is_named() -> None:
    message = messages.reference_not_ready("kafka")
    assert "ConfluentPeering kafka" in message
    assert is_a_sentence(message)


def test_nothing_to_delete_is_a_sentence() -> None:
    assert is_a_sentence(decided(situation(spec(desired_state="Deleted"))).readiness.message)
