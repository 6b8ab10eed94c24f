"""What holds for any list that Atlas shows and any spec: above all, what is never done."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.api.crd import structural_schema
from atlas_streams_peering.atlas.connection_states import CloudState, cloud_state, state_of
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.controller.decision import Progress
from atlas_streams_peering.kinds.streams_vpc_peering.decide import Situation, decide
from atlas_streams_peering.kinds.streams_vpc_peering.matching import Matched
from atlas_streams_peering.kinds.streams_vpc_peering.ownership import Claim, holds_connection, match_for, owner_of
from atlas_streams_peering.kinds.streams_vpc_peering.resource import (
    ActionType,
    StreamsVpcPeeringSpec,
    StreamsVpcPeeringStatus,
)
from json_schemas import validator
from unit.kinds.streams_vpc_peering.builders import NOW, action_of, managed, seconds, status_after
from unit.kinds.streams_vpc_peering.strategies import claims, lists, situations, specs

STATUS = validator(structural_schema(StreamsVpcPeeringStatus))
SPEC = validator(structural_schema(StreamsVpcPeeringSpec))

ACTED_ON = {
    ActionType.ACCEPT: {CloudState.PENDING},
    ActionType.REJECT: {CloudState.PENDING},
    ActionType.DELETE: {CloudState.ACTIVE, CloudState.PROVISIONING},
}


REFUSALS = {Reason.AMBIGUOUS_REQUEST, Reason.REQUESTER_MISMATCH, Reason.ALREADY_MANAGED}


def named_by(about: Situation, row: Connection) -> bool:
    """Does the spec describe this connection? Said anew, and not by the code that is tested."""
    spec = about.spec
    # A row without account is of the account whose list was asked for; the row that is held was compared before,
    # and a guard that was changed since does not keep it from being deleted with the object.
    held = row.name == about.claim.held
    left_out = {None} if held else set()
    return (
        row.requester_account_id in {None, spec.requester.account_id}
        and (spec.requester.vpc_id is None or row.requester_vpc_id in {spec.requester.vpc_id} | left_out)
        and (
            spec.requester.cidr is None
            or row.requester_cidr in {spec.requester.cidr} | left_out
            or (held and about.deleting)
        )
        and spec.connection_name in {None, row.name}
    )


PROPERTIES: list[Callable[[Situation], None]] = []


def holds(check: Callable[[Situation], None]) -> Callable[[Situation], None]:
    """Check it in every situation that is drawn: to draw one takes longer than all the checks."""
    PROPERTIES.append(check)
    return check


@pytest.mark.parametrize("action", ActionType)
def test_these_situations_are_not_all_idle(action: ActionType) -> None:
    first_found = settings(phases=[Phase.generate], max_examples=1000)
    find(situations(), lambda about: action_of(decide(about)) == action, settings=first_found)


@holds
def nothing_is_requested_for_a_connection_that_the_spec_does_not_name(about: Situation) -> None:
    change = decide(about).change
    if change is not None:
        assert change.row in about.connections
        assert change.target == change.row.name
        assert named_by(about, change.row)


@holds
def no_connection_is_taken_up_that_the_spec_does_not_name(about: Situation) -> None:
    name = managed(decide(about))
    row = next((row for row in about.connections if row.name == name), None)
    assert (name is None) is (row is None)
    assert row is None or name == about.claim.held or named_by(about, row)


@holds
def nothing_is_requested_while_suspended(about: Situation) -> None:
    decision = decide(replace(about, spec=about.spec.model_copy(update={"suspend": True})))
    assert (decision.change, decision.retry_at) == (None, None)


@holds
def each_change_is_only_requested_in_the_states_that_allow_it(about: Situation) -> None:
    change = decide(about).change
    if change is not None:
        assert state_of(change.row) in ACTED_ON[ActionType(change.action)]


@holds
def nothing_is_chosen_among_several_live_requests(about: Situation) -> None:
    about = replace(about, claim=replace(about.claim, held=None))
    # The API server insists on a VPC or a pin; with a pin there is nothing to choose.
    live = [row for row in about.connections if named_by(about, row) and not state_of(row).terminal]
    if len(live) > 1:
        decision = decide(about)
        assert (decision.change, managed(decision), decision.holds) == (None, None, False)


@holds
def a_refused_object_changes_nothing_and_manages_at_most_what_it_held(about: Situation) -> None:
    decision = decide(about)
    if decision.readiness.reason in REFUSALS:
        assert decision.change is None
        assert managed(decision) in {None, about.claim.held}
        assert not (about.deleting and decision.finalized is None)


@holds
def an_object_that_is_not_being_deleted_keeps_its_finalizer(about: Situation) -> None:
    about = replace(about, claim=replace(about.claim, deleting=False))
    assert decide(about).finalized is None


@holds
def an_object_that_holds_something_keeps_its_finalizer(about: Situation) -> None:
    decision = decide(about)
    assert not (decision.holds and decision.finalized)


@holds
def an_object_holds_only_a_live_connection_that_its_status_names(about: Situation) -> None:
    decision = decide(about)
    if decision.holds:
        (row,) = (row for row in about.connections if row.name == decision.status.connection_name)
        assert not state_of(row).terminal


@holds
def what_is_reached_needs_no_change(about: Situation) -> None:
    decision = decide(about)
    if decision.readiness.progress is Progress.REACHED:
        assert (decision.change, decision.retry_at) == (None, None)


@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_what_is_seen_makes_no_difference(about: Situation, dice: random.Random) -> None:
    rows, rivals = list(about.connections), list(about.rivals)
    dice.shuffle(rows)
    dice.shuffle(rivals)
    assert decide(about) == decide(replace(about, connections=tuple(rows), rivals=tuple(rivals)))


@holds
def deciding_twice_gives_the_same(about: Situation) -> None:
    assert decide(about) == decide(about)


@holds
def the_spelling_of_states_makes_no_difference(about: Situation) -> None:
    def respelled(row: Connection) -> Connection:
        state = cloud_state(row.cloud_status)
        word = row.cloud_status if state is CloudState.UNKNOWN else state.value
        return row.model_copy(update={"cloud_status": word})

    this, other = decide(about), decide(replace(about, connections=tuple(map(respelled, about.connections))))
    assert (this.readiness.reason, action_of(this), this.retry_at) == (
        other.readiness.reason,
        action_of(other),
        other.retry_at,
    )


@holds
def the_conditions_never_contradict_each_other(about: Situation) -> None:
    conditions = {c.type: c for c in status_after(about, decide(about)).conditions}
    ready = conditions["Ready"]
    also = conditions.keys() & {"Reconciling", "Stalled"}
    assert len(also) == (0 if ready.status == "True" or ready.reason == "Suspended" else 1)
    assert all((conditions[kind].status, conditions[kind].reason) == ("True", ready.reason) for kind in also)
    assert conditions["Synced"].status == "True"


@holds
def what_is_said_is_one_line(about: Situation) -> None:
    message = decide(about).readiness.message
    assert message.splitlines() == [message]
    assert message.endswith(".")


@holds
def every_status_passes_the_crd_and_comes_back_as_it_went(about: Situation) -> None:
    status = status_after(about, decide(about))
    document = status.model_dump(by_alias=True, exclude_none=True, mode="json")
    STATUS.validate(document)
    assert StreamsVpcPeeringStatus.model_validate(document) == status


@given(specs())
def test_every_spec_passes_the_crd_and_comes_back_as_it_went(wanted: StreamsVpcPeeringSpec) -> None:
    document = wanted.model_dump(by_alias=True, exclude_none=True, mode="json")
    SPEC.validate(document)
    assert StreamsVpcPeeringSpec.model_validate(document) == wanted


@given(situations(), st.integers(1, 86_400))
def test_saying_it_again_later_changes_nothing_but_what_is_due(about: Situation, later: int) -> None:
    """From the second turn on: the first may forget what the object held."""
    about = replace(about, attempts={})
    for _ in range(2):
        status = status_after(about, decide(about))
        held, committed = status.connection_name, status.last_action is not None
        about = replace(about, status=status, claim=replace(about.claim, held=held, committed=committed))
    about = replace(about, now=NOW + seconds(later))
    assert status_after(about, decide(about), now=about.now) == status


def means(claim: Claim, row: Connection, rows: tuple[Connection, ...]) -> bool:
    """The object holds the connection, or would take it up."""
    return holds_connection(claim, rows) == row.name or match_for(claim, rows) == Matched(row)


def owners(claims: Sequence[Claim], row: Connection, rows: tuple[Connection, ...]) -> list[Claim]:
    """The claims that mean `row` and find nobody in their way."""
    return [claim for claim in claims if means(claim, row, rows) and owner_of(claim, row, claims, rows) is None]


@given(st.tuples(*(claims(name) for name in "abcd")), lists(), st.randoms(use_true_random=False))
def test_exactly_one_of_several_claims_owns_a_connection(
    claims: tuple[Claim, ...], rows: tuple[Connection, ...], dice: random.Random
) -> None:
    for row in rows:
        meaning = [claim for claim in claims if means(claim, row, rows)]
        found = owners(claims, row, rows)
        assert len(found) == len({claim.identity.project_id for claim in meaning})
        shuffled = dice.sample(claims, len(claims))
        assert {claim.uid for claim in owners(shuffled, row, rows)} == {claim.uid for claim in found}


@given(situations())
@settings(max_examples=300)
def test_each_property_holds_in_every_situation(about: Situation) -> None:
    for check in PROPERTIES:
        check(about)
