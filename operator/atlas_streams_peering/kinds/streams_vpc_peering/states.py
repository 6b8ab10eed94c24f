"""The meaning of Atlas' `localStatus`: its own work on a connection."""

from typing import Final

from ...atlas.connection_states import CloudState, state_of
from ...atlas.models import Connection
from .resource import ActionType

_PENDING_ACTIONS: Final = {
    "REQUEST_ACCEPT": ActionType.ACCEPT,
    "ACCEPT_REQUESTED": ActionType.ACCEPT,
    "REQUEST_REJECT": ActionType.REJECT,
    "REJECT_REQUESTED": ActionType.REJECT,
    "REQUEST_DELETE": ActionType.DELETE,
    "DELETE_REQUESTED": ActionType.DELETE,
}
_TROUBLED: Final = frozenset({"UPDATE_FAILED", "SCAN_FAILED"})


def _local_word(connection: Connection) -> str:
    return (connection.local_status or "").strip().upper().replace("-", "_")


def pending_action(connection: Connection) -> ActionType | None:
    """Return the request that Atlas has recorded or passed on to AWS, and has not finished."""
    return _PENDING_ACTIONS.get(_local_word(connection))


def troubled(connection: Connection) -> bool:
    """Atlas reports that it could not read from, or write to, AWS."""
    return _local_word(connection) in _TROUBLED


def is_so_already(action: ActionType, connection: Connection | None) -> bool:
    """Whether a request for this change has nothing left to do. None: Atlas does not list the connection any more."""
    if connection is None:
        return action is not ActionType.ACCEPT
    if pending_action(connection) is action:
        return True
    state = state_of(connection)
    if action is ActionType.ACCEPT:
        return state in (CloudState.PROVISIONING, CloudState.ACTIVE)
    return state.terminal or state is CloudState.DELETING
