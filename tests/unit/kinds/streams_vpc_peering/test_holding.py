"""What an object holds in Atlas: that is what its deletion has to undo, and nothing else."""

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.api.status import LastAction
from atlas_streams_peering.api.times import format_time
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.controller.decision import Progress
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType, StreamsVpcPeeringStatus
from unit.kinds.streams_vpc_peering.builders import (
    EARLIER,
    KIND,
    LIVE_WORDS,
    NAME,
    OTHER_CIDR,
    OTHER_VPC,
    SECOND,
    TERMINAL_WORDS,
    StreamsVpcPeeringDecision,
    action_of,
    claim,
    connection,
    decided,
    held_status,
    managed,
    situation,
    spec,
    stored,
)

ACCEPTED = LastAction(type=ActionType.ACCEPT, time=format_time(EARLIER))
OLDER = claim(name="older", created="2024-01-01T00:00:00Z")


def refused(*, suspend: bool) -> dict[str, StreamsVpcPeeringDecision]:
    """An object on its way out, in each way in which it has been refused."""
    about = situation(deleting=True, suspend=suspend)
    pinned = situation(deleting=True, suspend=suspend, connection_name=NAME)
    rows: tuple[Connection, ...] = (connection(), connection("active", name=SECOND))
    return {
        "AmbiguousRequest": decided(about, *rows),
        "RequesterMismatch": decided(pinned, connection("active", requester_vpc_id=OTHER_VPC)),
        "AlreadyManaged": decided(about, connection("active"), rivals=[OLDER]),
    }


@pytest.mark.parametrize("word", [*LIVE_WORDS, "modifying", None])
@pytest.mark.parametrize("suspend", [False, True])
def test_a_live_connection_is_held(word: str | None, suspend: bool) -> None:
    assert decided(situation(suspend=suspend), connection(word)).holds


@pytest.mark.parametrize("word", TERMINAL_WORDS)
def test_a_dead_connection_is_not_held(word: str) -> None:
    assert not decided(situation(), connection(word)).holds


def test_a_connection_that_is_gone_is_not_held() -> None:
    assert not decided(situation(status=held_status("active"))).holds


def test_what_the_guard_keeps_out_is_not_held() -> None:
    assert not decided(situation(cidr=OTHER_CIDR), connection("active")).holds


def test_what_was_held_before_the_guard_changed_stays_held_and_is_left_as_it_is() -> None:
    decision = decided(situation(status=held_status("active"), cidr=OTHER_CIDR), connection("active"))
    assert (decision.readiness.reason, decision.change) == (Reason.REQUESTER_MISMATCH, None)
    assert (managed(decision), decision.holds) == (NAME, True)


def test_what_was_held_before_the_guard_changed_is_deleted_with_the_object() -> None:
    about = situation(status=held_status("active"), cidr=OTHER_CIDR, deleting=True)
    assert action_of(decided(about, connection("active"))) == ActionType.DELETE


def test_what_was_held_before_another_was_pinned_is_not_deleted_with_the_object() -> None:
    about = situation(status=held_status("pending-acceptance"), connection_name=SECOND, deleting=True)
    decision = decided(about, connection(), connection(name=SECOND))
    assert (decision.change, decision.holds, decision.readiness.progress) == (None, False, Progress.REACHED)


@pytest.mark.parametrize("suspend", [False, True])
@pytest.mark.parametrize("reason", refused(suspend=False))
def test_a_refused_object_holds_nothing_and_can_go_at_once_also_while_suspended(reason: str, suspend: bool) -> None:
    decision = refused(suspend=suspend)[reason]
    assert (managed(decision), decision.holds, decision.change) == (None, False, None)
    assert (decision.readiness.reason, decision.readiness.progress) == (Reason(reason), Progress.STALLED)
    assert decision.finalized == f"Nothing was changed in Atlas: {decision.readiness.message}"


@pytest.mark.parametrize("word", LIVE_WORDS)
@pytest.mark.parametrize("suspend", [False, True])
def test_what_is_held_keeps_an_object_on_its_way_out(word: str, suspend: bool) -> None:
    about = situation(status=held_status(word, last_action=ACCEPTED), deleting=True, suspend=suspend)
    decision = decided(about, connection(word))
    assert (decision.finalized, decision.holds) == (None, True)
    assert decision.readiness.reason == (Reason.SUSPENDED if suspend else Reason.DELETING)


@pytest.mark.parametrize("word", TERMINAL_WORDS)
@pytest.mark.parametrize("suspend", [False, True])
def test_a_dead_connection_keeps_no_object_on_its_way_out(word: str, suspend: bool) -> None:
    about = situation(status=held_status("active", last_action=ACCEPTED), deleting=True, suspend=suspend)
    decision = decided(about, connection(word))
    assert decision.readiness.progress is Progress.REACHED
    assert decision.finalized == f"Done: {NAME} is {word}."


@pytest.mark.parametrize("word", [*LIVE_WORDS, *TERMINAL_WORDS])
@pytest.mark.parametrize("wanted", ["Accepted", "Rejected", "Deleted"])
def test_an_object_that_is_not_being_deleted_keeps_its_finalizer(word: str, wanted: str) -> None:
    assert decided(situation(desired_state=wanted), connection(word)).finalized is None
    assert decided(situation(desired_state=wanted), connection(word), rivals=[OLDER]).finalized is None


class TestDeletingTheObjectChangesNothingInAtlas:
    """What is known before any list is read."""

    @pytest.mark.parametrize("last_action", [None, ACCEPTED])
    @pytest.mark.parametrize("suspend", [False, True])
    def test_with_retain(self, suspend: bool, last_action: LastAction | None) -> None:
        resource = stored(
            spec(deletion_policy="Retain", suspend=suspend), held_status("active", last_action=last_action)
        )
        assert KIND.retains(resource)
        assert KIND.retained(resource) == f"Nothing was changed in Atlas: deletionPolicy is Retain ({NAME})."

    @pytest.mark.parametrize("word", [*LIVE_WORDS, *TERMINAL_WORDS, None])
    def test_of_a_suspended_object_that_never_changed_anything(self, word: str | None) -> None:
        resource = stored(spec(suspend=True), held_status(word))
        assert KIND.retains(resource)
        assert KIND.retained(resource) == (
            "Nothing was changed in Atlas: the object is suspended, and the operator has never requested a change "
            f"for it ({NAME})."
        )

    def test_of_a_suspended_object_that_has_no_connection(self) -> None:
        resource = stored(spec(suspend=True), StreamsVpcPeeringStatus())
        assert KIND.retains(resource)
        assert KIND.retained(resource).endswith("(no connection).")

    def test_but_it_does_when_the_object_has_changed_something_before_it_was_suspended(self) -> None:
        assert not KIND.retains(stored(spec(suspend=True), held_status("active", last_action=ACCEPTED)))

    @pytest.mark.parametrize("last_action", [None, ACCEPTED])
    def test_but_it_does_when_the_object_is_not_suspended(self, last_action: LastAction | None) -> None:
        assert not KIND.retains(stored(spec(), held_status("active", last_action=last_action)))


class TestHeldByTheStatus:
    """The finalizer has to be there before Atlas is asked."""

    @pytest.mark.parametrize("word", [*LIVE_WORDS, "modifying"])
    def test_a_live_connection_is_held(self, word: str) -> None:
        assert KIND.holds(stored(spec(), held_status(word)))

    @pytest.mark.parametrize("word", [*TERMINAL_WORDS, None])
    def test_a_dead_or_missing_connection_is_not(self, word: str | None) -> None:
        assert not KIND.holds(stored(spec(), held_status(word)))

    def test_without_a_connection_nothing_is(self) -> None:
        assert not KIND.holds(stored(spec(), StreamsVpcPeeringStatus()))
