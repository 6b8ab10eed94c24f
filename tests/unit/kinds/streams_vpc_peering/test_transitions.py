import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.atlas.connection_states import CloudState
from atlas_streams_peering.controller.decision import Progress
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType, DesiredState
from atlas_streams_peering.kinds.streams_vpc_peering.transitions import STEPS, TERMINAL_REASONS

ALL = [(wanted, state) for wanted in DesiredState for state in CloudState]
EVERYWHERE = pytest.mark.parametrize(("wanted", "state"), ALL, ids=lambda value: value.value)


@EVERYWHERE
def test_every_wish_has_a_step_in_every_state(wanted: DesiredState, state: CloudState) -> None:
    assert state in STEPS[wanted]


@EVERYWHERE
def test_nothing_is_asked_about_a_dead_connection(wanted: DesiredState, state: CloudState) -> None:
    step = STEPS[wanted][state]
    assert not state.terminal or (step.action, step.late_action) == (None, None)


@EVERYWHERE
def test_who_asks_for_something_is_on_the_way(wanted: DesiredState, state: CloudState) -> None:
    step = STEPS[wanted][state]
    assert step.progress is Progress.RECONCILING or (step.action, step.late_action) == (None, None)


def states_that_ask_for(action: ActionType) -> set[tuple[DesiredState, CloudState]]:
    return {(wanted, state) for wanted, state in ALL if STEPS[wanted][state].action is action}


def test_only_a_pending_request_is_accepted_and_only_when_that_is_wanted() -> None:
    assert states_that_ask_for(ActionType.ACCEPT) == {(DesiredState.ACCEPTED, CloudState.PENDING)}


def test_only_a_pending_request_is_rejected_and_only_when_it_is_not_wanted() -> None:
    assert states_that_ask_for(ActionType.REJECT) == {
        (DesiredState.REJECTED, CloudState.PENDING),
        (DesiredState.DELETED, CloudState.PENDING),
    }


def test_only_an_active_connection_is_deleted_and_only_when_that_is_wanted() -> None:
    assert states_that_ask_for(ActionType.DELETE) == {(DesiredState.DELETED, CloudState.ACTIVE)}


def test_only_a_connection_that_never_becomes_active_is_deleted_before_that() -> None:
    late = {(wanted, state) for wanted, state in ALL if STEPS[wanted][state].late_action is not None}
    assert late == {(DesiredState.DELETED, CloudState.PROVISIONING)}
    assert STEPS[DesiredState.DELETED][CloudState.PROVISIONING].late_action is ActionType.DELETE


@EVERYWHERE
def test_an_unknown_state_is_in_progress(wanted: DesiredState, state: CloudState) -> None:
    assert state is not CloudState.UNKNOWN or STEPS[wanted][state].progress is Progress.RECONCILING


def test_the_reasons_of_dead_connections_are_those_that_acceptance_meets() -> None:
    assert {STEPS[DesiredState.ACCEPTED][state].reason for state in CloudState if state.terminal} == TERMINAL_REASONS


@pytest.mark.parametrize("wanted", [DesiredState.REJECTED, DesiredState.DELETED])
def test_any_dead_state_fulfils_rejected_and_deleted(wanted: DesiredState) -> None:
    steps = {STEPS[wanted][state] for state in CloudState if state.terminal}
    assert {(step.reason, step.progress) for step in steps} == {(Reason(wanted.value), Progress.REACHED)}
