"""What is not there is requested: once, and only where it is sure that it is not there."""

from datetime import timedelta
from typing import Any

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.controller.attempts import UNSEEN, Refusal
from atlas_streams_peering.controller.decision import Absence
from atlas_streams_peering.kinds.confluent_peering.situation import PeeringRequest
from unit.kinds.confluent_peering.builders import (
    ATLAS,
    CIDR,
    DEAD,
    DETAILS,
    ENVIRONMENT,
    ID,
    KIND,
    NETWORK,
    NOW,
    OTHER_ATLAS_VPC,
    REQUEST,
    SECOND,
    SUSPENDED,
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

LOST = Refusal(Reason.CONFLUENT_UNAVAILABLE, "No answer.", terminal=False, unknown=True)
QUOTA = Refusal(Reason.REFUSED, "Confluent Cloud refused to create peering orders: quota.", terminal=True)


def test_what_is_not_there_is_requested() -> None:
    resource = stored()
    decision = decided(resource)

    assert action_of(decision) == REQUEST
    assert conditions_of(resource, decision) == reconciling("Provisioning")
    assert (decision.absence, decision.holds) == (Absence.OBSERVED, True)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, {}),
        ({"displayName": "kafka to atlas"}, {"display_name": "kafka to atlas"}),
        ({"routes": [CIDR]}, {"routes": (CIDR,)}),
        ({"customerRegion": "eu-west-1"}, {"customer_region": "eu-west-1"}),
        ({"accountDetailsRef": {"name": "atlas"}}, {}),
    ],
)
def test_the_request_is_what_the_spec_says_and_the_rest_is_the_atlas_sides(
    spec: dict[str, Any], expected: dict[str, Any]
) -> None:
    change = decided(stored(spec), details=DETAILS).change

    assert change is not None
    assert change.scope == ENVIRONMENT
    request = change.row
    assert isinstance(request, PeeringRequest)
    assert (request.atlas.account_id, request.atlas.vpc_id) == (ATLAS["accountId"], ATLAS["vpcId"])
    defaults = {"display_name": "orders", "routes": (ATLAS["cidrBlock"],), "customer_region": "us-east-1"}
    said = {field: getattr(request, field) for field in defaults}
    assert said == defaults | expected
    assert request.network_id == NETWORK


def test_the_intent_names_what_is_requested_and_forgets_the_peering_that_is_gone() -> None:
    decision = decided(stored(present=held()))
    assert decision.change is not None
    intent = KIND.requested(decision.status, decision.change, ago(0))

    assert intent.peering_id is None
    assert intent.atlas is not None
    assert intent.atlas.vpc_id == ATLAS["vpcId"]
    assert intent.last_action is not None
    assert intent.last_action.type == "Request"


def test_a_suspended_object_requests_nothing() -> None:
    resource = stored({"suspend": True})
    decision = decided(resource)

    assert conditions_of(resource, decision) == SUSPENDED
    assert (decision.change, decision.holds) == (None, False)
    assert decision.status.requester is not None


# -- what is there is adopted


@pytest.mark.parametrize("phase", [*USABLE, *DEAD, "DEPROVISIONING", "DEGRADED"])
@pytest.mark.parametrize("present", [None, status(lastAction={"type": "Request", "time": ago(5)}, atlas=ATLAS)])
def test_what_fits_is_adopted_and_not_requested(phase: str, present: dict[str, Any] | None) -> None:
    decision = decided(stored(present=present), peering(phase))

    assert action_of(decision) is None
    assert (decision.status.peering_id, decision.holds) == (ID, True)


def test_what_was_requested_before_a_crash_is_the_objects_own_and_what_it_found_is_not() -> None:
    made = decided(stored(present=status(lastAction={"type": "Request", "time": ago(5)}, atlas=ATLAS)), peering())
    found = decided(stored(), peering())

    assert made.status.last_action is not None
    assert found.status.last_action is None


@pytest.mark.parametrize(
    "other",
    [
        peering(vpc=OTHER_ATLAS_VPC),
        peering(account="000000000042"),
        peering(account=None),
        peering(kind="GcpPeering", account=None, vpc=None),
    ],
)
def test_a_peering_that_leads_elsewhere_does_not_fit(other: Any) -> None:
    assert action_of(decided(stored(), other)) == REQUEST


@pytest.mark.parametrize("worse", ["FAILED", "DISCONNECTED", "DEPROVISIONING"])
def test_of_several_the_live_one_comes_first(worse: str) -> None:
    decision = decided(stored(), peering(worse), peering("PROVISIONING", name=SECOND))

    assert decision.status.peering_id == SECOND


@pytest.mark.parametrize("phase", USABLE)
def test_among_equals_the_one_that_is_held_comes_first_then_the_order_of_ids(phase: str) -> None:
    rows = (peering(phase, name=SECOND), peering(phase))

    assert decided(stored(present=held(name=SECOND)), *rows).status.peering_id == SECOND
    assert decided(stored(), *rows).status.peering_id == ID
    assert decided(stored(), *reversed(rows)).status.peering_id == ID


# -- what is not there any more


def test_what_was_held_is_made_again_only_after_lists_that_prove_that_it_is_gone() -> None:
    decision = decided(stored(present=held()))

    assert (action_of(decision), decision.absence) == (REQUEST, Absence.UNEXPLAINED)


@pytest.mark.parametrize("known", [True, False], ids=["with its ID", "without its ID"])
def test_what_was_just_requested_is_not_requested_again_while_lists_lag(known: bool) -> None:
    present = held(None, made=5.0)
    if not known:
        del present["peeringId"]
    resource = stored(present=present)
    decision = decided(resource)

    assert conditions_of(resource, decision) == reconciling("Provisioning")
    assert action_of(decision) is None
    assert decision.retry_at == NOW - timedelta(seconds=5) + UNSEEN
    assert decision.status.peering_id == (ID if known else None)
    assert decision.remembers_missing or decision.holds


@pytest.mark.parametrize("known", [True, False], ids=["with its ID", "without its ID"])
def test_what_no_list_has_shown_after_that_is_requested_again_once_that_is_proved(known: bool) -> None:
    present = held(None, made=60.0)
    if not known:
        del present["peeringId"]
    decision = decided(stored(present=present))

    assert (action_of(decision), decision.absence) == (REQUEST, Absence.UNEXPLAINED)


def test_what_a_list_has_shown_is_not_waited_for_when_it_is_gone() -> None:
    shown = stored(present=held("PROVISIONING", made=5.0))

    for attempts in ({}, {TARGET: attempt("Request", 5.0, number=4)}):
        decision = decided(shown, attempts=attempts)
        assert (action_of(decision), decision.absence) == (REQUEST, Absence.UNEXPLAINED)


def test_what_an_object_requested_that_is_gone_is_missed_by_two_lists() -> None:
    decision = decided(stored(), attempts={TARGET: attempt("Request", 5.0)})

    assert (action_of(decision), decision.absence) == (REQUEST, Absence.UNEXPLAINED)


def test_what_was_deleted_is_not_waited_for() -> None:
    """A namesake of a deleted object starts anew."""
    assert action_of(decided(stored(), attempts={TARGET: attempt("Delete", 1.0)})) == REQUEST


def test_a_time_that_is_yet_to_come_holds_nothing_back() -> None:
    assert action_of(decided(stored(present=held(made=-3600.0)))) == REQUEST


def test_a_suspended_object_does_not_forget_what_one_list_misses() -> None:
    decision = decided(stored({"suspend": True}, held()))

    assert decision.remembers_missing
    assert decision.status.peering_id == ID


@pytest.mark.parametrize("refusal", [None, LOST], ids=["taken", "unanswered"])
def test_what_this_process_has_requested_is_not_requested_again_at_once(refusal: Refusal | None) -> None:
    resource = stored(present=status(lastAction={"type": "Request", "time": ago(5)}))
    decision = decided(resource, attempts={TARGET: attempt("Request", 5.0, refusal=refusal)})

    assert action_of(decision) is None
    assert decision.retry_at is not None
    assert conditions_of(resource, decision) == reconciling("Provisioning")
    assert decision.holds


def test_a_refusal_for_good_is_said_in_confluents_words_and_nothing_is_held() -> None:
    resource = stored()
    decision = decided(resource, attempts={TARGET: attempt("Request", 5.0, refusal=QUOTA)})

    assert conditions_of(resource, decision) == ("Refused", "False", ("Stalled",))
    assert decision.readiness.message == "Confluent Cloud refused to create peering orders: quota."
    assert (action_of(decision), decision.holds) == (None, False)


def test_it_is_requested_again_when_the_retry_inputs_have_changed() -> None:
    assert action_of(decided(stored(), attempts={TARGET: None})) == REQUEST


def test_a_refused_request_is_taken_back() -> None:
    fresh, gone = stored(), stored(present=held())
    for resource in (fresh, gone):
        decision = decided(resource)
        assert decision.change is not None
        intent = KIND.requested(decision.status, decision.change, ago(0))
        undone = KIND.undone(resource.status, intent)
        assert undone.last_action is None
        assert not KIND.holds(stored(present=undone.model_dump(by_alias=True, exclude_none=True, mode="json")))


# -- rivals


def test_of_two_that_request_the_same_the_older_does() -> None:
    older, younger = stored(), stored(name="younger", created="2024-12-11T08:00:00Z")

    assert action_of(decided(older, rivals=[younger])) == REQUEST
    assert decided(younger, rivals=[older]).readiness.reason is Reason.ALREADY_MANAGED


@pytest.mark.parametrize(
    "present",
    [held(), held("FAILED"), status(lastAction={"type": "Request", "time": ago(5)}, atlas=ATLAS)],
    ids=["holds one", "holds a dead one", "has requested one"],
)
def test_one_that_is_at_work_comes_before_an_older_one(present: dict[str, Any]) -> None:
    older, younger = stored(), stored(present=present, name="younger", created="2024-12-11T08:00:00Z")

    assert decided(older, rivals=[younger]).readiness.reason is Reason.ALREADY_MANAGED
    assert decided(younger, rivals=[older]).readiness.reason is not Reason.ALREADY_MANAGED


def test_one_that_is_being_deleted_is_a_rival_only_for_what_it_holds() -> None:
    going = stored(present=held(), deleting=True, created="2024-12-01T08:00:00Z", name="going")
    idle = stored(deleting=True, created="2024-12-01T08:00:00Z", name="going")

    assert decided(stored(), peering(), rivals=[going]).readiness.reason is Reason.ALREADY_MANAGED
    assert action_of(decided(stored(), rivals=[idle])) == REQUEST


@pytest.mark.parametrize(
    "other", [{"networkId": "n-other"}, {"environmentId": "env-other"}, {"atlas": {**ATLAS, "vpcId": OTHER_ATLAS_VPC}}]
)
def test_who_means_another_place_is_no_rival(other: dict[str, Any]) -> None:
    rival = stored(other, name="rival", created="2024-12-01T08:00:00Z")

    assert action_of(decided(stored(), rivals=[rival])) == REQUEST


def test_rivals_meet_at_the_place_and_at_what_they_hold() -> None:
    context = KIND.context(stored(present=held()), lambda _key: None)

    assert context.claim.places == {f"{ENVIRONMENT}/{TARGET}", f"{ENVIRONMENT}/{ID}"}
