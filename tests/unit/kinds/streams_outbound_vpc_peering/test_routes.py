"""The routes are the only part of a peering that changes: by a PATCH."""

import pytest

from atlas_streams_peering.api.conditions import ConditionType, Reason
from atlas_streams_peering.controller.attempts import Refusal
from unit.kinds.streams_outbound_vpc_peering.builders import (
    ID,
    PCX,
    UPDATE,
    action_of,
    attempt,
    condition,
    conditions_of,
    decided,
    held,
    peer,
    reconciling,
    stalled,
    status_after,
    stored,
)

OTHER_ROUTES = "10.9.0.0/16"
SPEC = {"routeTableCidrBlock": OTHER_ROUTES}


def test_the_routes_of_an_available_peering_are_changed() -> None:
    resource = stored(SPEC, held())
    decision = decided(resource, peer())

    assert action_of(decision) == UPDATE
    assert conditions_of(resource, decision) == reconciling("Finalizing")
    assert decision.readiness.message == f"The route of {PCX} is being changed from 10.0.0.0/16 to {OTHER_ROUTES}."
    assert condition(status_after(resource, decision), ConditionType.REQUESTED).status == "True"
    assert decision.change is not None
    assert decision.change.row.route_table_cidr_block == OTHER_ROUTES


@pytest.mark.parametrize(("present", "sent"), [("eu-west-2", "eu-west-2"), (None, "eu-west-1")])
def test_the_region_is_sent_as_the_peering_has_it(present: str | None, sent: str) -> None:
    change = decided(stored(SPEC, held()), peer(accepterRegionName=present)).change
    assert change is not None
    assert change.row.accepter_region_name == sent


def test_the_routes_of_a_pending_peering_are_changed_and_it_stays_pending() -> None:
    resource = stored(SPEC, held("PENDING_ACCEPTANCE"))
    decision = decided(resource, peer("PENDING_ACCEPTANCE"))

    assert action_of(decision) == UPDATE
    assert conditions_of(resource, decision) == reconciling("PendingAcceptance")


@pytest.mark.parametrize("state", ["INITIATING", "FINALIZING", "TERMINATING", "MIGRATING"])
def test_a_peering_in_another_state_is_waited_for(state: str) -> None:
    assert action_of(decided(stored(SPEC, held(state)), peer(state))) is None


def test_an_adopted_peering_gets_the_routes_of_the_spec() -> None:
    assert action_of(decided(stored(SPEC), peer())) == UPDATE


def test_routes_that_atlas_leaves_out_are_not_changed() -> None:
    assert action_of(decided(stored(SPEC), peer(routeTableCidrBlock=None))) is None


def test_a_suspended_object_changes_no_routes() -> None:
    decision = decided(stored({**SPEC, "suspend": True}, held()), peer())
    assert (action_of(decision), decision.readiness.reason) == (None, Reason.SUSPENDED)


def test_a_refused_change_is_said_and_does_not_undo_the_request() -> None:
    refusal = Refusal(Reason.REFUSED, "Atlas refused to change the routes: overlap (HTTP 409).", terminal=True)
    resource = stored(SPEC, held())
    decision = decided(resource, peer(), attempts={ID: attempt("Update", 1.0, refusal=refusal)})

    assert conditions_of(resource, decision) == stalled("Refused")
    assert condition(status_after(resource, decision), ConditionType.REQUESTED).status == "True"


def test_a_change_that_was_taken_is_not_requested_again_while_lists_lag() -> None:
    resource = stored(SPEC, held())
    decision = decided(resource, peer(), attempts={ID: attempt("Update", 5.0)})

    assert (action_of(decision), conditions_of(resource, decision)) == (None, reconciling("Finalizing"))
    assert decision.retry_at is not None
