"""What holds for any list that Atlas shows and any spec: above all, what is never done."""

import random
from collections.abc import Sequence
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from atlas_streams_peering.api.conditions import ConditionType
from atlas_streams_peering.api.crd import structural_schema
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.kinds.streams_vpc_peering.decide import Decision, Sight, Subject, decide
from atlas_streams_peering.kinds.streams_vpc_peering.matching import Matched
from atlas_streams_peering.kinds.streams_vpc_peering.ownership import Claim, meant_by, older_owner
from atlas_streams_peering.kinds.streams_vpc_peering.resource import (
    ActionType,
    StreamsVpcPeeringSpec,
    StreamsVpcPeeringStatus,
)
from atlas_streams_peering.kinds.streams_vpc_peering.states import CloudState, cloud_state, state_of
from unit.kinds.streams_vpc_peering.builders import INTERVALS, NOW, seconds, status_after
from unit.kinds.streams_vpc_peering.strategies import claims, lists, sights, specs, subjects

STATUS_SCHEMA = structural_schema(StreamsVpcPeeringStatus)
SPEC_SCHEMA = structural_schema(StreamsVpcPeeringSpec)

ACTED_ON = {
    ActionType.ACCEPT: {CloudState.PENDING},
    ActionType.REJECT: {CloudState.PENDING},
    ActionType.DELETE: {CloudState.ACTIVE, CloudState.PROVISIONING},
}


def decided(about: Subject, sight: Sight) -> Decision:
    return decide(about, sight, intervals=INTERVALS, now=NOW)


def named_by(about: Subject, row: Connection) -> bool:
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


@pytest.mark.parametrize("action", ActionType)
def test_these_situations_are_not_all_idle(action: ActionType) -> None:
    first_found = settings(phases=[Phase.generate], max_examples=1000)
    find(st.tuples(subjects(), sights), lambda situation: decided(*situation).action is action, settings=first_found)


@given(subjects(), sights)
@settings(max_examples=300)
def test_nothing_is_asked_for_a_connection_that_the_spec_does_not_name(about: Subject, sight: Sight) -> None:
    decision = decided(about, sight)
    if decision.action is not None:
        assert decision.connection in sight.connections
        assert decision.connection is not None
        assert named_by(about, decision.connection)


@given(subjects(), sights)
def test_no_connection_is_taken_up_that_the_spec_does_not_name(about: Subject, sight: Sight) -> None:
    managed = decided(about, sight).connection
    assert managed is None or managed.name == about.claim.held or named_by(about, managed)


@given(subjects(), sights)
def test_nothing_is_asked_while_suspended(about: Subject, sight: Sight) -> None:
    suspended = replace(about, spec=about.spec.model_copy(update={"suspend": True}))
    decision = decided(suspended, sight)
    assert (decision.action, decision.retry_at) == (None, None)


@given(subjects(), sights)
@settings(max_examples=300)
def test_each_change_is_only_asked_in_the_states_that_allow_it(about: Subject, sight: Sight) -> None:
    decision = decided(about, sight)
    if decision.action is not None:
        assert decision.connection is not None
        assert state_of(decision.connection) in ACTED_ON[decision.action]


@given(subjects(), sights)
@settings(max_examples=300)
def test_nothing_is_chosen_among_several_live_requests(about: Subject, sight: Sight) -> None:
    about = replace(about, claim=replace(about.claim, held=None))
    # The API server insists on a VPC or a pin; with a pin there is nothing to choose.
    live = [row for row in sight.connections if named_by(about, row) and not state_of(row).dead]
    if len(live) > 1:
        decision = decided(about, sight)
        assert (decision.action, decision.connection, decision.refused) == (None, None, True)


@given(subjects(), sights)
def test_a_refused_object_manages_nothing(about: Subject, sight: Sight) -> None:
    decision = decided(about, sight)
    if decision.refused:
        assert (decision.action, decision.connection, decision.holds_something) == (None, None, False)


@given(subjects(), sights)
def test_what_is_reached_needs_no_change(about: Subject, sight: Sight) -> None:
    decision = decided(about, sight)
    reached = status_after(about, decision).condition(ConditionType.READY)
    assert reached is not None
    if reached.status == "True":
        assert (decision.action, decision.retry_at) == (None, None)


@given(subjects(), sights, st.randoms(use_true_random=False))
def test_the_order_of_what_is_seen_makes_no_difference(about: Subject, sight: Sight, dice: random.Random) -> None:
    rows, others = list(sight.connections), list(sight.others)
    dice.shuffle(rows)
    dice.shuffle(others)
    assert decided(about, sight) == decided(about, replace(sight, connections=tuple(rows), others=tuple(others)))


@given(subjects(), sights)
def test_deciding_twice_gives_the_same(about: Subject, sight: Sight) -> None:
    assert decided(about, sight) == decided(about, sight)


@given(subjects(), sights)
def test_the_spelling_of_states_makes_no_difference(about: Subject, sight: Sight) -> None:
    def respelled(row: Connection) -> Connection:
        state = cloud_state(row.cloud_status)
        word = row.cloud_status if state is CloudState.UNKNOWN else state.value
        return row.model_copy(update={"cloud_status": word})

    other = decided(about, replace(sight, connections=tuple(map(respelled, sight.connections))))
    this = decided(about, sight)
    assert (this.verdict.reason, this.action, this.retry_at) == (other.verdict.reason, other.action, other.retry_at)


@given(subjects(), sights)
def test_the_conditions_never_contradict_each_other(about: Subject, sight: Sight) -> None:
    conditions = {c.type: c for c in status_after(about, decided(about, sight)).conditions}
    ready = conditions["Ready"]
    also = conditions.keys() & {"Reconciling", "Stalled"}
    assert len(also) == (0 if ready.status == "True" or ready.reason == "Suspended" else 1)
    assert all((conditions[kind].status, conditions[kind].reason) == ("True", ready.reason) for kind in also)
    assert conditions["Synced"].status == "True"


@given(subjects(), sights)
def test_what_is_said_is_one_line(about: Subject, sight: Sight) -> None:
    message = decided(about, sight).verdict.message
    assert message.splitlines() == [message]
    assert message.endswith(".")


@given(subjects(), sights)
def test_every_status_passes_the_crd_and_comes_back_as_it_went(about: Subject, sight: Sight) -> None:
    status = status_after(about, decided(about, sight))
    document = status.model_dump(by_alias=True, exclude_none=True, mode="json")
    jsonschema.validate(document, STATUS_SCHEMA)
    assert StreamsVpcPeeringStatus.model_validate(document) == status


@given(specs())
def test_every_spec_passes_the_crd_and_comes_back_as_it_went(wanted: StreamsVpcPeeringSpec) -> None:
    document = wanted.model_dump(by_alias=True, exclude_none=True, mode="json")
    jsonschema.validate(document, SPEC_SCHEMA)
    assert StreamsVpcPeeringSpec.model_validate(document) == wanted


@given(subjects(), sights, st.integers(1, 86_400))
def test_saying_it_again_later_changes_nothing_but_what_is_due(about: Subject, sight: Sight, later: int) -> None:
    """From the second look on: the first may forget what the object held."""
    sight, now = replace(sight, asked={}), NOW
    for _ in range(2):
        status = status_after(about, decide(about, sight, intervals=INTERVALS, now=now), now=now)
        held, committed = status.connection_name, status.last_action is not None
        about = replace(about, status=status, claim=replace(about.claim, held=held, committed=committed))
    now += seconds(later)
    assert status_after(about, decide(about, sight, intervals=INTERVALS, now=now), now=now) == status


def owners(claims: Sequence[Claim], row: Connection, rows: tuple[Connection, ...]) -> list[Claim]:
    """The claims that mean `row` and find nobody in their way."""
    return [
        claim
        for claim in claims
        if meant_by(claim, rows) == Matched(row) and older_owner(claim, row, claims, rows) is None
    ]


@given(st.tuples(*(claims(name) for name in "abcd")), lists(), st.randoms(use_true_random=False))
def test_exactly_one_of_several_claims_owns_a_connection(
    claims: tuple[Claim, ...], rows: tuple[Connection, ...], dice: random.Random
) -> None:
    for row in rows:
        meaning = [claim for claim in claims if meant_by(claim, rows) == Matched(row)]
        found = owners(claims, row, rows)
        assert len(found) == len({claim.identity.project_id for claim in meaning})
        shuffled = dice.sample(claims, len(claims))
        assert {claim.uid for claim in owners(shuffled, row, rows)} == {claim.uid for claim in found}
