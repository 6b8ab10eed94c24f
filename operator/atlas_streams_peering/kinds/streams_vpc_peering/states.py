"""What the words of AWS and Atlas about a connection mean."""

from enum import Enum
from typing import Final

from ...atlas.models import Connection
from .resource import ActionType


class CloudState(Enum):
    """State of a VPC peering connection, after AWS' state table.

    https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle
    """

    INITIATING = "initiating-request"  # not to be acted on yet
    PENDING = "pending-acceptance"  # accepter: accept or reject; expires after seven days
    PROVISIONING = "provisioning"  # accepted, soon active
    ACTIVE = "active"  # either side may delete it; it cannot be rejected any more
    DELETING = "deleting"  # on its way out
    EXPIRED = "expired"
    REJECTED = "rejected"
    FAILED = "failed"
    DELETED = "deleted"
    UNKNOWN = "unknown"  # a word we do not know: shown as it is, treated as in progress

    @property
    def pending(self) -> bool:
        """A request that expires unless it is accepted."""
        return self in _PENDING

    @property
    def terminal(self) -> bool:
        """Nothing can be done with it any more, by either side."""
        return self in _TERMINAL


_PENDING: Final = frozenset({CloudState.INITIATING, CloudState.PENDING})
_TERMINAL: Final = frozenset({CloudState.EXPIRED, CloudState.REJECTED, CloudState.FAILED, CloudState.DELETED})
_BY_WORD: Final = {state.value: state for state in CloudState}


def cloud_state(cloud_status: str | None) -> CloudState:
    """Read Atlas' `cloudStatus`: case does not matter, ``_`` counts as ``-``."""
    word = (cloud_status or "").strip().lower().replace("_", "-")
    return _BY_WORD.get(word, CloudState.UNKNOWN)


def state_of(connection: Connection) -> CloudState:
    """Return the state of a connection in AWS."""
    return cloud_state(connection.cloud_status)


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
