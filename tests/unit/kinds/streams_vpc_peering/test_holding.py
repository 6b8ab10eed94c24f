"""What an object holds in Atlas: that is what its deletion has to undo, and nothing else."""

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.controller.readiness import Standing
from atlas_streams_peering.kinds.streams_vpc_peering.decide import Decision
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType
from unit.kinds.streams_vpc_peering.builders import (
    DEAD_WORDS,
    LIVE_WORDS,
    NAME,
    OTHER_CIDR,
    OTHER_VPC,
    SECOND,
    claim,
    connection,
    decided,
    held_status,
    subject,
)

OLDER = claim(name="older", created="2024-01-01T00:00:00Z")


def refused(*, suspend: bool) -> dict[str, Decision]:
    """An object on its way out, in each way in which it has been refused."""
    about = subject(deleting=True, suspend=suspend)
    pinned = subject(deleting=True, suspend=suspend, connection_name=NAME)
    rows: tuple[Connection, ...] = (connection(), connection("active", name=SECOND))
    return {
        "AmbiguousRequest": decided(about, *rows),
        "RequesterMismatch": decided(pinned, connection("active", requester_vpc_id=OTHER_VPC)),
        "AlreadyManaged": decided(about, connection("active"), others=[OLDER]),
    }


@pytest.mark.parametrize("word", [*LIVE_WORDS, "modifying", None])
@pytest.mark.parametrize("suspend", [False, True])
def test_a_live_connection_is_held(word: str | None, suspend: bool) -> None:
    assert decided(subject(suspend=suspend), connection(word)).holds_something


@pytest.mark.parametrize("word", DEAD_WORDS)
def test_a_dead_connection_is_not_held(word: str) -> None:
    assert not decided(subject(), connection(word)).holds_something


def test_a_connection_that_is_gone_is_not_held() -> None:
    assert not decided(subject(status=held_status("active"))).holds_something


def test_what_the_guard_keeps_out_is_not_held() -> None:
    assert not decided(subject(cidr=OTHER_CIDR), connection("active")).holds_something


def test_what_was_held_before_the_guard_changed_stays_held_and_is_left_as_it_is() -> None:
    decision = decided(subject(status=held_status("active"), cidr=OTHER_CIDR), connection("active"))
    assert (decision.verdict.reason, decision.action) == (Reason.REQUESTER_MISMATCH, None)
    assert (decision.refused, decision.holds_something) == (False, True)


def test_what_was_held_before_the_guard_changed_is_deleted_with_the_object() -> None:
    about = subject(status=held_status("active"), cidr=OTHER_CIDR, deleting=True)
    assert decided(about, connection("active")).action is ActionType.DELETE


def test_what_was_held_before_another_was_pinned_is_not_deleted_with_the_object() -> None:
    about = subject(status=held_status("pending-acceptance"), connection_name=SECOND, deleting=True)
    decision = decided(about, connection(), connection(name=SECOND))
    assert (decision.action, decision.holds_something, decision.verdict.standing) == (None, False, Standing.REACHED)


@pytest.mark.parametrize("suspend", [False, True])
@pytest.mark.parametrize("reason", refused(suspend=False))
def test_a_refused_object_holds_nothing_and_can_go_at_once_also_while_suspended(reason: str, suspend: bool) -> None:
    decision = refused(suspend=suspend)[reason]
    assert (decision.refused, decision.holds_something, decision.action) == (True, False, None)
    assert (decision.verdict.reason, decision.verdict.standing) == (Reason(reason), Standing.STALLED)


@pytest.mark.parametrize("word", LIVE_WORDS)
def test_what_is_held_keeps_a_suspended_object(word: str) -> None:
    decision = decided(subject(deleting=True, suspend=True), connection(word))
    assert (decision.refused, decision.verdict.reason) == (False, Reason.SUSPENDED)


@pytest.mark.parametrize("word", DEAD_WORDS)
def test_a_dead_connection_does_not_keep_a_suspended_object(word: str) -> None:
    decision = decided(subject(deleting=True, suspend=True), connection(word))
    assert decision.verdict.standing is Standing.REACHED


def test_the_older_object_is_told_of_so_that_its_end_can_be_waited_for() -> None:
    assert decided(subject(), connection(), others=[OLDER]).owner == OLDER
