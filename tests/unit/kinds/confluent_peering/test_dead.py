"""A dead peering is said and stays, until somebody wants a new one."""

from typing import Any

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.controller.attempts import Refusal
from atlas_streams_peering.controller.decision import Absence
from unit.kinds.confluent_peering.builders import (
    ATLAS,
    DEAD,
    DELETE,
    DETAILS,
    GENERATION,
    OTHER_ATLAS_VPC,
    REQUEST,
    SECOND,
    SUSPENDED,
    TARGET,
    action_of,
    ago,
    attempt,
    conditions_of,
    decided,
    held,
    peering,
    reconciling,
    status_after,
    stored,
)

EACH = pytest.mark.parametrize("phase", DEAD)
WISHES = pytest.mark.parametrize(
    "wish", [{"generation": GENERATION + 1}, {"annotation": "now"}], ids=["spec", "annotation"]
)
DELETED = {"type": "Delete", "time": ago(60)}


@EACH
@WISHES
def test_a_new_wish_removes_the_dead_one(phase: str, wish: dict[str, Any]) -> None:
    resource = stored(present=held(phase), **wish)
    decision = decided(resource, peering(phase))

    assert action_of(decision) == DELETE
    assert conditions_of(resource, decision) == reconciling("Deleting")


@EACH
def test_without_a_wish_it_stays(phase: str) -> None:
    assert action_of(decided(stored(present=held(phase)), peering(phase))) is None


@EACH
def test_an_annotation_that_was_there_when_it_was_reported_is_no_wish(phase: str) -> None:
    reported = {"generation": GENERATION, "reconcileRequestedAt": "before"}
    present = held(phase, failureReported=reported)

    assert action_of(decided(stored(present=present, annotation="before"), peering(phase))) is None
    assert action_of(decided(stored(present=present), peering(phase))) is None
    assert action_of(decided(stored(present=present, annotation="after"), peering(phase))) == DELETE


@EACH
@WISHES
def test_what_was_wanted_before_it_was_reported_is_no_wish(phase: str, wish: dict[str, Any]) -> None:
    for present in (held("READY"), None):
        resource = stored(present=present, **wish)
        decision = decided(resource, peering(phase))
        assert action_of(decision) is None

        reported = status_after(resource, decision).failure_reported
        assert reported is not None
        assert (reported.generation, reported.reconcile_requested_at) == (
            resource.obj.generation,
            resource.obj.reconcile_requested,
        )


@EACH
@WISHES
def test_a_suspended_object_keeps_it(phase: str, wish: dict[str, Any]) -> None:
    resource = stored({"suspend": True}, held(phase), **wish)
    decision = decided(resource, peering(phase))

    assert conditions_of(resource, decision) == SUSPENDED
    assert action_of(decision) is None


@EACH
def test_the_wish_stays_until_the_dead_one_is_gone(phase: str) -> None:
    """Nothing but the status tells, so it survives a restart."""
    present = held(phase, lastAction=DELETED)

    assert action_of(decided(stored(present=present), peering(phase))) == DELETE


@EACH
def test_the_deletion_is_not_requested_again_while_lists_lag(phase: str) -> None:
    resource = stored(present=held(phase, lastAction={"type": "Delete", "time": ago(5)}))
    decision = decided(resource, peering(phase))

    assert action_of(decision) is None
    assert decision.retry_at is not None
    assert conditions_of(resource, decision) == reconciling("Deleting")


@EACH
def test_when_it_is_gone_a_new_one_is_requested_at_once(phase: str) -> None:
    present = held(phase, lastAction={"type": "Delete", "time": ago(1)})
    decision = decided(stored(present=present))

    assert (action_of(decision), decision.absence) == (REQUEST, Absence.OBSERVED)


@EACH
def test_a_dead_one_of_somebody_else_does_not_answer_the_wish(phase: str) -> None:
    present = held(phase, lastAction={"type": "Delete", "time": ago(1)})

    assert action_of(decided(stored(present=present), peering(phase, name=SECOND))) == REQUEST


@EACH
@WISHES
def test_a_live_one_is_adopted_in_its_place(phase: str, wish: dict[str, Any]) -> None:
    decision = decided(stored(present=held(phase), **wish), peering(phase), peering("READY", name=SECOND))

    assert action_of(decision) is None
    assert decision.status.peering_id == SECOND
    assert decision.status.last_action is None


@WISHES
def test_a_live_one_is_left_as_it_is_whatever_is_wanted(wish: dict[str, Any]) -> None:
    for phase in ("PROVISIONING", "PENDING_ACCEPT", "READY", "DEPROVISIONING", "DEGRADED"):
        assert action_of(decided(stored(present=held(phase), **wish), peering(phase))) is None


@WISHES
def test_a_refused_deletion_is_said_and_the_wish_stays(wish: dict[str, Any]) -> None:
    refusal = Refusal(Reason.UNAUTHORIZED, "The role NetworkAdmin is needed.", terminal=True)
    resource = stored(present=held("FAILED"), **wish)
    decision = decided(resource, peering("FAILED"), attempts={TARGET: attempt("Delete", 1.0, refusal=refusal)})

    assert conditions_of(resource, decision) == ("Unauthorized", "False", ("Stalled",))
    assert decision.retry_at is not None
    assert action_of(decided(resource, peering("FAILED"), attempts={TARGET: None})) == DELETE


# -- what the Atlas side has become meanwhile


def test_a_reference_that_changes_under_a_live_peering_changes_nothing_and_is_said() -> None:
    resource = stored({"accountDetailsRef": {"name": "atlas"}}, held())
    decision = decided(resource, peering(), details={**DETAILS, "vpcId": OTHER_ATLAS_VPC})

    assert decision.status.atlas is not None
    assert decision.status.atlas.vpc_id == ATLAS["vpcId"]
    assert (action_of(decision), decision.readiness.reason) == (None, Reason.CONNECTED)
    assert "StreamsAccountDetails atlas names another VPC now" in decision.readiness.message


@pytest.mark.parametrize("details", [None, {}])
def test_a_reference_that_goes_changes_nothing_and_is_not_said(details: dict[str, Any] | None) -> None:
    resource = stored({"accountDetailsRef": {"name": "atlas"}}, held())
    decision = decided(resource, peering(), details=details)

    assert decision.readiness.message == "peer-1 is READY."
    assert action_of(decided(resource, details=details)) == REQUEST


@EACH
def test_a_new_one_leads_to_the_vpc_that_the_reference_names_by_then(phase: str) -> None:
    present = held(phase, lastAction={"type": "Delete", "time": ago(1)})
    resource = stored({"accountDetailsRef": {"name": "atlas"}}, present)
    details = {**DETAILS, "vpcId": OTHER_ATLAS_VPC}

    assert action_of(decided(resource, peering(phase), details=details)) is None  # the old one is removed first
    change = decided(resource, details=details).change
    assert change is not None
    assert change.row.atlas.vpc_id == OTHER_ATLAS_VPC


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"routes": ["10.9.0.0/16"]}, "its routes are 192.168.248.0/21, not 10.9.0.0/16"),
        ({"customerRegion": "eu-west-1"}, "its customer region is us-east-1, not eu-west-1"),
        ({"atlas": {**ATLAS, "cidrBlock": "10.9.0.0/16"}}, "its routes are 192.168.248.0/21, not 10.9.0.0/16"),
    ],
)
@pytest.mark.parametrize("phase", ["PROVISIONING", "PENDING_ACCEPT", "READY"])
def test_what_the_spec_wants_otherwise_by_now_is_said(spec: dict[str, Any], words: str, phase: str) -> None:
    message = decided(stored(spec, held(phase)), peering(phase)).readiness.message

    assert words in message
    assert "delete and create this object" in message
