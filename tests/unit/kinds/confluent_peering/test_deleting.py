"""Deleting an object deletes what it made or adopted, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.controller.attempts import STANDSTILL, UNSEEN, Refusal
from atlas_streams_peering.controller.decision import Absence
from unit.kinds.confluent_peering.builders import (
    ATLAS,
    DEAD,
    DELETE,
    ID,
    KIND,
    NOW,
    SECOND,
    TARGET,
    USABLE,
    action_of,
    ago,
    attempt,
    conditions_of,
    decided,
    held,
    peering,
    reconciling,
    status,
    stored,
)

UNKNOWN = status(lastAction={"type": "Request", "time": ago(60)}, atlas=ATLAS)
"""The status of an object that requested a peering, and never learnt what came of it."""


def deleted(present: dict[str, Any] | None, **spec: Any) -> Any:
    return stored(spec, present, deleting=True)


@pytest.mark.parametrize("phase", [*USABLE, *DEAD, "DEGRADED"])
@pytest.mark.parametrize("made", [3600.0, None], ids=["made", "adopted"])
def test_what_is_held_is_deleted(phase: str, made: float | None) -> None:
    resource = deleted(held(phase, made=made))
    decision = decided(resource, peering(phase))

    assert action_of(decision) == DELETE
    assert conditions_of(resource, decision) == reconciling("Deleting")
    assert decision.finalized is None


def test_what_was_requested_before_a_crash_is_deleted_too() -> None:
    assert action_of(decided(deleted(UNKNOWN), peering())) == DELETE


def test_what_is_on_its_way_out_is_waited_for_and_deleted_again_if_it_stands_still() -> None:
    resource, row = deleted(held()), peering("DEPROVISIONING")

    waiting = decided(resource, row)
    assert (action_of(waiting), waiting.finalized) == (None, None)
    assert waiting.retry_at == NOW + STANDSTILL
    late = decided(resource, row, unchanged_since={ID: NOW - STANDSTILL})
    assert action_of(late) == DELETE


def test_the_object_goes_when_what_it_deleted_is_gone() -> None:
    decision = decided(deleted(held(lastAction={"type": "Delete", "time": ago(1)})))

    assert decision.absence is Absence.OBSERVED
    assert decision.finalized == "Done: peer-1 is gone from Confluent Cloud."


def test_what_nobody_deleted_is_gone_only_after_a_second_list() -> None:
    decision = decided(deleted(held()))

    assert decision.absence is Absence.UNEXPLAINED
    assert decision.finalized is not None


@pytest.mark.parametrize("known", [True, False], ids=["with its ID", "without its ID"])
def test_what_was_just_requested_may_show_up_yet(known: bool) -> None:
    present = held(None, made=5.0)
    if not known:
        del present["peeringId"]
    resource = deleted(present)
    decision = decided(resource)

    assert conditions_of(resource, decision) == reconciling("Deleting")
    assert decision.finalized is None
    assert decision.retry_at == NOW - timedelta(seconds=5) + UNSEEN


def test_what_never_showed_up_keeps_nobody() -> None:
    decision = decided(deleted(UNKNOWN))

    assert decision.absence is Absence.UNEXPLAINED
    assert decision.finalized is not None


@pytest.mark.parametrize("present", [None, status(atlas=ATLAS)], ids=["untouched", "never requested"])
def test_an_object_that_holds_nothing_touches_nothing(present: dict[str, Any] | None) -> None:
    decision = decided(deleted(present), peering())

    assert action_of(decision) is None
    assert decision.finalized is not None
    assert decision.finalized.startswith("Nothing was changed in Confluent Cloud")


def test_another_peering_that_fits_is_left_alone() -> None:
    decision = decided(deleted(held(lastAction={"type": "Delete", "time": ago(1)})), peering(name=SECOND))

    assert (action_of(decision), decision.status.peering_id) == (None, ID)
    assert decision.finalized is not None


def test_what_another_object_holds_is_left_alone() -> None:
    rival = stored(present=held(), name="rival", created="2024-12-01T08:00:00Z")

    for present in (held(), UNKNOWN):
        decision = decided(deleted(present), peering(), rivals=[rival])
        assert action_of(decision) is None
        assert decision.finalized is not None


def test_a_deletion_needs_neither_the_network_nor_a_reference() -> None:
    resource = deleted(held(), accountDetailsRef={"name": "gone"})
    context = KIND.context(resource, lambda _key: None)

    assert [interest.key.source.name for interest in KIND.interests(resource, context, "key")] == ["peerings"]
    assert action_of(decided(resource, peering(), details=None)) == DELETE


def test_it_needs_no_more_than_the_id() -> None:
    resource = deleted(held(atlas=None), accountDetailsRef={"name": "gone"})

    assert action_of(decided(resource, peering(), details=None)) == DELETE


def test_a_reference_that_names_another_vpc_by_now_does_not_matter() -> None:
    resource = deleted(held(), accountDetailsRef={"name": "atlas"})
    details = {"cloudProvider": "aws", **ATLAS, "vpcId": "vpc-0123456789abcdef0"}

    assert action_of(decided(resource, peering(), details=details)) == DELETE


def test_a_refused_deletion_is_said_with_the_way_out() -> None:
    refusal = Refusal(None, "Confluent Cloud refused to delete peer-1: in use (HTTP 409).", terminal=False)
    resource = deleted(held())
    decision = decided(resource, peering(), attempts={TARGET: attempt("Delete", 1.0, refusal=refusal)})

    assert decision.readiness.reason is Reason.DELETING
    assert decision.readiness.message == (
        "Confluent Cloud refused to delete peer-1: in use (HTTP 409); to let the object go without Confluent Cloud, "
        "set deletionPolicy: Retain."
    )


# -- suspend and deletionPolicy


def test_a_suspended_object_that_has_changed_something_waits_and_says_the_two_ways_out() -> None:
    resource = deleted(held(), suspend=True)
    decision = decided(resource, peering())

    assert not KIND.retains(resource)
    assert (action_of(decision), decision.finalized) == (None, None)
    assert decision.readiness.reason is Reason.SUSPENDED
    assert decision.readiness.message == (
        "Deletion waits while suspend is true: peer-1 stays as it is (READY); set suspend: false to delete it in "
        "Confluent Cloud, or to let the object go without Confluent Cloud, set deletionPolicy: Retain."
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
    [(None, False), (status(atlas=ATLAS), False), (held(), True), (held("FAILED"), True), (UNKNOWN, True)],
)
def test_what_has_to_be_undone_by_the_status(present: dict[str, Any] | None, expected: bool) -> None:
    assert KIND.holds(stored(present=present)) is expected
