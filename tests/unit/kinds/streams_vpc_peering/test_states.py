import pytest

from atlas_streams_peering.atlas.connection_states import CloudState, cloud_state, state_of
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType
from atlas_streams_peering.kinds.streams_vpc_peering.states import pending_action, troubled
from unit.kinds.streams_vpc_peering.builders import LIVE_WORDS, TERMINAL_WORDS, connection

PENDING_ACTIONS = {
    "REQUEST_ACCEPT": ActionType.ACCEPT,
    "ACCEPT_REQUESTED": ActionType.ACCEPT,
    "REQUEST_REJECT": ActionType.REJECT,
    "REJECT_REQUESTED": ActionType.REJECT,
    "REQUEST_DELETE": ActionType.DELETE,
    "DELETE_REQUESTED": ActionType.DELETE,
}
TROUBLED = ("SCAN_FAILED", "UPDATE_FAILED")


@pytest.mark.parametrize("word", LIVE_WORDS + TERMINAL_WORDS)
def test_a_word_of_aws_is_its_state(word: str) -> None:
    assert cloud_state(word).value == word


@pytest.mark.parametrize(
    "word", ["PENDING_ACCEPTANCE", "pending_acceptance", "Pending-Acceptance", " pending-acceptance "]
)
def test_case_and_underscores_make_no_difference(word: str) -> None:
    assert cloud_state(word) is CloudState.PENDING


@pytest.mark.parametrize("word", ["modifying", "pending", "", None, "unknown"])
def test_any_other_word_is_unknown(word: str | None) -> None:
    assert cloud_state(word) is CloudState.UNKNOWN


def test_a_connection_is_in_the_state_that_its_cloud_status_says() -> None:
    assert state_of(connection("ACTIVE", local_status="DELETE_REQUESTED")) is CloudState.ACTIVE


def test_exactly_expired_rejected_failed_and_deleted_are_dead() -> None:
    assert {state.value for state in CloudState if state.terminal} == set(TERMINAL_WORDS)


@pytest.mark.parametrize(("word", "action"), PENDING_ACTIONS.items())
def test_a_recorded_or_sent_request_is_pending_action(word: str, action: ActionType) -> None:
    assert pending_action(connection(local_status=word)) is action
    assert pending_action(connection(local_status=word.lower().replace("_", "-"))) is action


@pytest.mark.parametrize("word", ["NONE", "ACTIVE", *TROUBLED, "REQUEST_UPDATE", "", None])
def test_nothing_else_is_pending_action(word: str | None) -> None:
    assert pending_action(connection(local_status=word)) is None


@pytest.mark.parametrize("word", [*TROUBLED, "scan-failed"])
def test_a_failed_scan_or_update_is_trouble(word: str) -> None:
    assert troubled(connection(local_status=word))


@pytest.mark.parametrize("word", ["NONE", "ACTIVE", *PENDING_ACTIONS, "", None])
def test_nothing_else_is_trouble(word: str | None) -> None:
    assert not troubled(connection(local_status=word))
