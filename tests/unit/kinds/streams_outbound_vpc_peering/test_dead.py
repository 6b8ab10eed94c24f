"""A failed peering is said and stays, until somebody wants a new one."""

from typing import Any

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.controller.attempts import Refusal
from atlas_streams_peering.controller.decision import Absence
from unit.kinds.streams_outbound_vpc_peering.builders import (
    CREATE,
    DELETE,
    GENERATION,
    ID,
    SUSPENDED,
    USABLE,
    action_of,
    ago,
    attempt,
    conditions_of,
    decided,
    held,
    peer,
    reconciling,
    stalled,
    status_after,
    stored,
)

WISHES = pytest.mark.parametrize(
    "wish", [{"generation": GENERATION + 1}, {"annotation": "now"}], ids=["spec", "annotation"]
)


def deleted(seconds: float) -> dict[str, str]:
    return {"type": "Delete", "time": ago(seconds)}


@WISHES
def test_a_new_wish_removes_the_failed_one(wish: dict[str, Any]) -> None:
    resource = stored(present=held("FAILED"), **wish)
    decision = decided(resource, peer("FAILED"))

    assert action_of(decision) == DELETE
    assert conditions_of(resource, decision) == reconciling("Deleting")


def test_without_a_wish_it_stays() -> None:
    assert action_of(decided(stored(present=held("FAILED")), peer("FAILED"))) is None


def test_an_annotation_that_was_there_when_it_was_reported_is_no_wish() -> None:
    present = held("FAILED", failureReported={"generation": GENERATION, "reconcileRequestedAt": "before"})

    assert action_of(decided(stored(present=present, annotation="before"), peer("FAILED"))) is None
    assert action_of(decided(stored(present=present), peer("FAILED"))) is None
    assert action_of(decided(stored(present=present, annotation="after"), peer("FAILED"))) == DELETE


@WISHES
def test_what_was_wanted_before_it_was_reported_is_no_wish(wish: dict[str, Any]) -> None:
    for present in (held(), None):
        resource = stored(present=present, **wish)
        decision = decided(resource, peer("FAILED"))
        assert action_of(decision) is None

        reported = status_after(resource, decision).failure_reported
        assert reported is not None
        assert (reported.generation, reported.reconcile_requested_at) == (
            resource.obj.generation,
            resource.obj.reconcile_requested,
        )


@WISHES
def test_a_suspended_object_keeps_it(wish: dict[str, Any]) -> None:
    resource = stored({"suspend": True}, held("FAILED"), **wish)
    decision = decided(resource, peer("FAILED"))

    assert (conditions_of(resource, decision), action_of(decision)) == (SUSPENDED, None)


def test_the_wish_stays_until_the_failed_one_is_gone() -> None:
    """Nothing but the status tells, so it survives a restart."""
    assert action_of(decided(stored(present=held("FAILED", lastAction=deleted(60))), peer("FAILED"))) == DELETE


def test_the_deletion_is_not_requested_again_while_lists_lag() -> None:
    resource = stored(present=held("FAILED", lastAction=deleted(5)))
    decision = decided(resource, peer("FAILED"))

    assert (action_of(decision), conditions_of(resource, decision)) == (None, reconciling("Deleting"))
    assert decision.retry_at is not None


def test_nothing_is_requested_before_the_failed_one_is_gone() -> None:
    resource = stored(present=held("FAILED", lastAction=deleted(1)))
    decision = decided(resource, peer("TERMINATING"))

    assert (action_of(decision), conditions_of(resource, decision)) == (None, reconciling("Deleting"))
    assert decision.status.last_action is not None


def test_when_it_is_gone_a_new_one_is_requested_at_once() -> None:
    decision = decided(stored(present=held("TERMINATING", lastAction=deleted(1))))

    assert (action_of(decision), decision.absence) == (CREATE, Absence.OBSERVED)


@WISHES
@pytest.mark.parametrize("state", [*USABLE, "TERMINATING", "MIGRATING"])
def test_a_live_one_is_left_as_it_is_whatever_is_wanted(state: str, wish: dict[str, Any]) -> None:
    assert action_of(decided(stored(present=held(state), **wish), peer(state))) is None


@WISHES
def test_a_refused_deletion_is_said_and_the_wish_stays(wish: dict[str, Any]) -> None:
    refusal = Refusal(Reason.UNAUTHORIZED, "The role Project Network Access Manager is needed.", terminal=True)
    resource = stored(present=held("FAILED"), **wish)
    decision = decided(resource, peer("FAILED"), attempts={ID: attempt("Delete", 1.0, refusal=refusal)})

    assert conditions_of(resource, decision) == stalled("Unauthorized")
    assert decision.retry_at is not None
    assert action_of(decided(resource, peer("FAILED"), attempts={ID: None})) == DELETE
