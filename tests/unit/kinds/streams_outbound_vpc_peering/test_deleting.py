"""Deleting an object deletes what it made or adopted, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.controller.attempts import STANDSTILL, UNSEEN, Refusal
from atlas_streams_peering.controller.decision import Absence
from unit.kinds.streams_outbound_vpc_peering.builders import (
    DELETE,
    ID,
    KIND,
    NOW,
    PCX,
    SECOND,
    USABLE,
    action_of,
    ago,
    attempt,
    claim_of,
    conditions_of,
    decided,
    held,
    peer,
    reconciling,
    status,
    stored,
)

UNKNOWN = status(lastAction={"type": "Create", "time": ago(60)})
"""The status of an object that requested a peering, and never learnt what came of it."""


def deleted(present: dict[str, Any] | None, **spec: Any) -> Any:
    return stored(spec, present, deleting=True)


@pytest.mark.parametrize("state", [*USABLE, "FAILED", "MIGRATING"])
@pytest.mark.parametrize("made", [3600.0, None], ids=["made", "adopted"])
def test_what_is_held_is_deleted(state: str, made: float | None) -> None:
    resource = deleted(held(state, made=made))
    decision = decided(resource, peer(state))

    assert action_of(decision) == DELETE
    assert conditions_of(resource, decision) == reconciling("Deleting")
    assert decision.finalized is None


def test_what_was_requested_before_a_crash_is_deleted_too() -> None:
    assert action_of(decided(deleted(UNKNOWN), peer())) == DELETE


def test_what_is_on_its_way_out_is_waited_for_and_deleted_again_if_it_stands_still() -> None:
    resource, row = deleted(held()), peer("TERMINATING")

    waiting = decided(resource, row)
    assert (action_of(waiting), waiting.finalized) == (None, None)
    assert waiting.retry_at == NOW + STANDSTILL
    assert action_of(decided(resource, row, unchanged_since={ID: NOW - STANDSTILL})) == DELETE


def test_the_object_goes_when_what_it_deleted_is_gone() -> None:
    decision = decided(deleted(held(lastAction={"type": "Delete", "time": ago(1)})))

    assert decision.absence is Absence.OBSERVED
    assert decision.finalized == f"Done: {PCX} is gone from Atlas."


def test_what_nobody_deleted_is_gone_only_after_a_second_list() -> None:
    decision = decided(deleted(held()))

    assert decision.absence is Absence.UNEXPLAINED
    assert decision.finalized is not None


@pytest.mark.parametrize("known", [True, False], ids=["with its ID", "without its ID"])
def test_what_was_just_requested_may_show_up_yet(known: bool) -> None:
    present = held("INITIATING", made=5.0)
    if not known:
        del present["peerId"]
    resource = deleted(present)
    decision = decided(resource)

    assert conditions_of(resource, decision) == reconciling("Deleting")
    assert decision.finalized is None
    assert decision.retry_at == NOW - timedelta(seconds=5) + UNSEEN


def test_what_never_showed_up_keeps_nobody() -> None:
    decision = decided(deleted(UNKNOWN))

    assert decision.absence is Absence.UNEXPLAINED
    assert decision.finalized is not None


@pytest.mark.parametrize("present", [None, status(lastAction={"type": "CreateContainer", "time": ago(5)})])
def test_an_object_that_holds_nothing_touches_nothing(present: dict[str, Any] | None) -> None:
    decision = decided(deleted(present), peer())

    assert action_of(decision) is None
    assert decision.finalized == "Nothing was changed in Atlas: Atlas has no such peering."


def test_a_peering_that_atlas_does_not_know_is_done() -> None:
    present = held(peerId=None, connectionName=None, statusName=None, lastAction={"type": "Delete", "time": ago(1)})
    assert decided(deleted(present), peer()).finalized is not None


def test_another_peering_that_fits_is_left_alone() -> None:
    decision = decided(deleted(held(lastAction={"type": "Delete", "time": ago(1)})), peer(name=SECOND))

    assert (action_of(decision), decision.status.peer_id) == (None, ID)
    assert decision.finalized is not None


def test_what_another_object_holds_is_left_alone() -> None:
    rival = stored(present=held(), name="rival", created="2024-12-01T08:00:00Z")

    for present in (held(), UNKNOWN):
        decision = decided(deleted(present), peer(), rivals=[rival])
        assert action_of(decision) is None
        assert decision.finalized is not None


def test_a_deletion_of_a_known_peering_needs_no_container() -> None:
    resource = deleted(held())
    interests = KIND.interests(resource, claim_of(resource), "key")

    assert [interest.key.source.name for interest in interests] == ["peers"]


def test_a_refused_deletion_is_said_with_the_way_out() -> None:
    refusal = Refusal(None, "Atlas refused to delete it (HTTP 409 PEER_INVALID_STATE).", terminal=False)
    decision = decided(deleted(held()), peer(), attempts={ID: attempt("Delete", 1.0, refusal=refusal)})

    assert decision.readiness.reason is Reason.DELETING
    assert decision.readiness.message == (
        "Atlas refused to delete it (HTTP 409 PEER_INVALID_STATE); to let the object go without Atlas, set "
        "deletionPolicy: Retain."
    )


def test_a_suspended_object_that_has_changed_something_waits_and_says_the_two_ways_out() -> None:
    resource = deleted(held(), suspend=True)
    decision = decided(resource, peer())

    assert not KIND.retains(resource)
    assert (action_of(decision), decision.finalized) == (None, None)
    assert decision.readiness.message == (
        f"Deletion waits while suspend is true: {PCX} stays as it is (AVAILABLE); set suspend: false to delete it in "
        "Atlas, or to let the object go without Atlas, set deletionPolicy: Retain."
    )


@pytest.mark.parametrize(
    ("spec", "present", "expected"),
    [
        ({}, held(), False),
        ({}, held(made=None), False),
        ({"suspend": True}, held(), False),
        ({"suspend": True}, held(made=None), True),
        ({"suspend": True}, None, True),
        ({"deletionPolicy": "Retain"}, held(), True),
        ({"deletionPolicy": "Retain", "suspend": True}, held(), True),
    ],
)
def test_who_goes_at_once(spec: dict[str, Any], present: dict[str, Any] | None, expected: bool) -> None:
    assert KIND.retains(deleted(present, **spec)) is expected


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        (None, False),
        (status(lastAction={"type": "CreateContainer", "time": ago(5)}), False),
        (held(), True),
        (held("FAILED"), True),
        (UNKNOWN, True),
    ],
)
def test_what_has_to_be_undone_by_the_status(present: dict[str, Any] | None, expected: bool) -> None:
    assert KIND.holds(stored(present=present)) is expected


def test_an_object_that_goes_without_a_deletion_in_atlas_says_why() -> None:
    assert KIND.retained(deleted(held(), deletionPolicy="Retain")) == (
        f"Nothing was changed in Atlas: deletionPolicy is Retain ({PCX})."
    )
    assert "the object is suspended" in KIND.retained(deleted(held(made=None), suspend=True))
