"""What is not there is made: once, and only where it is sure that it is not there."""

from datetime import timedelta
from typing import Any

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.atlas.models import ContainerRequest, PeerRequest
from atlas_streams_peering.controller.attempts import UNSEEN, Refusal
from atlas_streams_peering.controller.decision import Absence
from unit.kinds.streams_outbound_vpc_peering.builders import (
    ACCOUNT,
    CONTAINER,
    CREATE,
    CREATE_CONTAINER,
    ID,
    KIND,
    NOW,
    OTHER_CONTAINER,
    OTHER_VPC,
    ROUTES,
    SCOPE,
    SECOND,
    USABLE,
    VPC,
    action_of,
    ago,
    attempt,
    conditions_of,
    container,
    decided,
    held,
    peer,
    reconciling,
    stalled,
    status,
    stored,
)

TARGET, CONTAINER_TARGET = CREATE.partition(" ")[2], CREATE_CONTAINER.partition(" ")[2]
LOST = Refusal(Reason.ATLAS_UNAVAILABLE, "No answer.", terminal=False, unknown=True)
OVERLAP = Refusal(Reason.REFUSED, "Atlas refused to request a peering: overlap (HTTP 409).", terminal=True)
MAKES_CONTAINER = {"container": {"atlasCidrBlock": "192.168.240.0/21"}}


def test_what_is_not_there_is_requested() -> None:
    resource = stored()
    decision = decided(resource)

    assert action_of(decision) == CREATE
    assert conditions_of(resource, decision) == reconciling("Initiating")
    assert (decision.absence, decision.holds) == (Absence.OBSERVED, True)
    assert decision.change is not None
    assert decision.change.scope == SCOPE
    assert decision.change.row == PeerRequest(CONTAINER, ACCOUNT, VPC, ROUTES, "eu-west-1")


@pytest.mark.parametrize("region", ["eu-west-1", "EU_WEST_1"])
def test_the_region_is_sent_as_aws_spells_it(region: str) -> None:
    change = decided(stored({"accepterRegion": region})).change
    assert change is not None
    assert change.row.accepter_region_name == "eu-west-1"


def test_the_intent_is_recorded_without_the_peering_that_is_gone() -> None:
    decision = decided(stored(present=held()))
    assert decision.change is not None
    intent = KIND.requested(decision.status, decision.change, ago(0))

    assert (intent.peer_id, intent.connection_name, intent.status_name) == (None, None, None)
    assert intent.last_action is not None
    assert intent.last_action.type == "Create"


# -- what is there is adopted


@pytest.mark.parametrize("state", [*USABLE, "FAILED", "TERMINATING", "MIGRATING"])
@pytest.mark.parametrize("present", [None, status(lastAction={"type": "Create", "time": ago(5)})])
@pytest.mark.parametrize("spec", [{}, {"containerId": CONTAINER}])
def test_what_fits_is_adopted_and_not_requested(
    state: str, present: dict[str, Any] | None, spec: dict[str, Any]
) -> None:
    decision = decided(stored(spec, present), peer(state))

    assert action_of(decision) is None
    assert (decision.status.peer_id, decision.holds) == (ID, True)


def test_what_was_requested_before_a_crash_is_the_objects_own_and_what_it_found_is_not() -> None:
    made = decided(stored(present=status(lastAction={"type": "Create", "time": ago(5)})), peer())

    assert made.status.last_action is not None
    assert decided(stored(), peer()).status.last_action is None


@pytest.mark.parametrize(
    "other",
    [
        peer(vpcId=OTHER_VPC),
        peer(awsAccountId="000000000042"),
        peer(awsAccountId=None),
        peer(containerId=OTHER_CONTAINER),
        peer(containerId=None),
        peer(vpcId=None),
    ],
)
def test_a_peering_that_connects_something_else_does_not_fit(other: Any) -> None:
    assert action_of(decided(stored(), other)) == CREATE


def test_of_several_the_live_one_comes_first_then_the_one_that_is_held() -> None:
    assert decided(stored(), peer("FAILED"), peer("INITIATING", name=SECOND)).status.peer_id == SECOND
    assert decided(stored(present=held(peerId=SECOND)), peer(), peer(name=SECOND)).status.peer_id == SECOND
    assert decided(stored(), peer(name=SECOND), peer()).status.peer_id == ID


# -- what is not there any more


def test_what_was_held_is_made_again_only_after_lists_that_prove_that_it_is_gone() -> None:
    decision = decided(stored(present=held()))

    assert (action_of(decision), decision.absence) == (CREATE, Absence.UNEXPLAINED)


@pytest.mark.parametrize("known", [True, False], ids=["with its ID", "without its ID"])
def test_what_was_just_requested_is_not_requested_again_while_lists_lag(known: bool) -> None:
    present = held("INITIATING", made=5.0)
    if not known:
        del present["peerId"]
    resource = stored(present=present)
    decision = decided(resource)

    assert conditions_of(resource, decision) == reconciling("Initiating")
    assert action_of(decision) is None
    assert decision.retry_at == NOW - timedelta(seconds=5) + UNSEEN
    assert decision.status.peer_id == (ID if known else None)
    assert decision.remembers_missing or decision.holds


@pytest.mark.parametrize("known", [True, False], ids=["with its ID", "without its ID"])
def test_what_no_list_has_shown_after_that_is_requested_again_once_that_is_proved(known: bool) -> None:
    present = held("INITIATING", made=60.0)
    if not known:
        del present["peerId"]
    decision = decided(stored(present=present))

    assert (action_of(decision), decision.absence) == (CREATE, Absence.UNEXPLAINED)


def test_a_time_that_is_yet_to_come_holds_nothing_back() -> None:
    assert action_of(decided(stored(present=held(made=-3600.0)))) == CREATE


def test_a_suspended_object_does_not_forget_what_one_list_misses() -> None:
    decision = decided(stored({"suspend": True}, held()))

    assert decision.remembers_missing
    assert decision.status.peer_id == ID


def test_a_container_that_is_gone_with_its_peering_is_said_and_the_peering_remembered() -> None:
    resource = stored(present=held())
    decision = decided(resource, containers=[])

    assert conditions_of(resource, decision) == stalled("ContainerNotFound")
    assert (decision.remembers_missing, decision.status.peer_id) == (True, ID)


# -- what Atlas answers


@pytest.mark.parametrize("refusal", [None, LOST], ids=["taken", "unanswered"])
def test_what_this_process_has_requested_is_not_requested_again_at_once(refusal: Refusal | None) -> None:
    resource = stored(present=status(lastAction={"type": "Create", "time": ago(5)}))
    decision = decided(resource, attempts={TARGET: attempt("Create", 5.0, refusal=refusal)})

    assert action_of(decision) is None
    assert decision.retry_at is not None
    assert conditions_of(resource, decision) == reconciling("Initiating")
    assert decision.holds


def test_what_another_object_has_requested_holds_back_no_successor_longer_than_two_lists_take() -> None:
    decision = decided(stored(), attempts={TARGET: attempt("Create", 1.0)})

    assert (action_of(decision), decision.absence) == (CREATE, Absence.UNEXPLAINED)


def test_a_refusal_for_good_is_said_in_atlas_words_and_nothing_is_held() -> None:
    resource = stored()
    decision = decided(resource, attempts={TARGET: attempt("Create", 5.0, refusal=OVERLAP)})

    assert conditions_of(resource, decision) == stalled("Refused")
    assert decision.readiness.message == "Atlas refused to request a peering: overlap (HTTP 409)."
    assert (action_of(decision), decision.holds) == (None, False)
    assert decision.retry_at == NOW + timedelta(seconds=115)


def test_it_is_requested_again_when_the_retry_inputs_have_changed() -> None:
    assert action_of(decided(stored(), attempts={TARGET: None})) == CREATE


@pytest.mark.parametrize("present", [None, held()], ids=["fresh", "gone"])
def test_a_refused_request_is_taken_back(present: dict[str, Any] | None) -> None:
    resource = stored(present=present)
    decision = decided(resource)
    assert decision.change is not None
    undone = KIND.undone(resource.status, KIND.requested(decision.status, decision.change, ago(0)))

    assert undone.last_action is None
    assert not KIND.holds(stored(present=undone.model_dump(by_alias=True, exclude_none=True, mode="json")))


def test_a_refusal_does_not_settle_what_became_of_an_earlier_request() -> None:
    resource = stored(present=status(lastAction={"type": "Create", "time": ago(60)}))
    decision = decided(resource)
    assert decision.change is not None
    undone = KIND.undone(resource.status, KIND.requested(decision.status, decision.change, ago(0)))

    assert KIND.holds(stored(present=undone.model_dump(by_alias=True, exclude_none=True, mode="json")))


# -- the container


def test_a_container_is_created_only_where_that_is_wanted() -> None:
    resource = stored(MAKES_CONTAINER)
    decision = decided(resource, containers=[])

    assert action_of(decision) == CREATE_CONTAINER
    assert conditions_of(resource, decision) == reconciling("Initiating")
    assert (decision.absence, decision.holds) == (Absence.OBSERVED, False)
    assert decision.change is not None
    assert decision.change.row == ContainerRequest("US_EAST_1", "192.168.240.0/21")


def test_a_container_that_is_there_is_used_whatever_its_cidr_block() -> None:
    assert action_of(decided(stored(MAKES_CONTAINER))) == CREATE


def test_the_container_comes_before_the_peering_and_is_not_created_twice() -> None:
    present = status(containerId=CONTAINER, lastAction={"type": "CreateContainer", "time": ago(5)})
    resource = stored(MAKES_CONTAINER, present)

    waiting = decided(resource, containers=[])
    assert (action_of(waiting), conditions_of(resource, waiting)) == (None, reconciling("Initiating"))
    assert waiting.retry_at == NOW - timedelta(seconds=5) + UNSEEN
    assert action_of(decided(resource)) == CREATE


def test_a_container_that_vanished_is_created_again_only_after_lists_that_prove_it() -> None:
    decision = decided(stored(MAKES_CONTAINER, status(containerId=CONTAINER)), containers=[])

    assert (action_of(decision), decision.absence) == (CREATE_CONTAINER, Absence.UNEXPLAINED)


def test_a_refused_container_is_said() -> None:
    resource = stored(MAKES_CONTAINER)
    attempts = {CONTAINER_TARGET: attempt("CreateContainer", 1.0, refusal=OVERLAP)}

    assert conditions_of(resource, decided(resource, containers=[], attempts=attempts)) == stalled("Refused")
    assert action_of(decided(resource, attempts=attempts)) == CREATE


def test_a_suspended_object_creates_no_container() -> None:
    assert decided(stored({**MAKES_CONTAINER, "suspend": True}), containers=[]).change is None


def test_the_container_of_another_region_is_not_used() -> None:
    other = container(OTHER_CONTAINER, regionName="EU_WEST_1")
    assert action_of(decided(stored(MAKES_CONTAINER), containers=[other])) == CREATE_CONTAINER
