"""What Atlas' words about its own work on a connection mean."""

from typing import Final

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
    """Return the request that Atlas has recorded, or passed on to AWS, and is not done with."""
    return _PENDING_ACTIONS.get(_local_word(connection))


def troubled(connection: Connection) -> bool:
    """Atlas says that it could not read from, or write to, AWS."""
    return _local_word(connection) in _TROUBLED
