"""The meaning of AWS' states of a connection."""

from enum import Enum
from typing import Final

from .models import Connection


class CloudState(Enum):
    """State of a VPC peering connection, after AWS' state table.

    https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle
    """

    INITIATING = "initiating-request"  # no action is possible yet
    PENDING = "pending-acceptance"  # accepter: accept or reject; expires after seven days
    PROVISIONING = "provisioning"  # accepted, soon active
    ACTIVE = "active"  # either side may delete it, but nobody can reject it any more
    DELETING = "deleting"  # the deletion has begun
    EXPIRED = "expired"
    REJECTED = "rejected"
    FAILED = "failed"
    DELETED = "deleted"
    UNKNOWN = "unknown"  # an unknown state: reported as it is, treated as in progress

    @property
    def pending(self) -> bool:
        """A request that expires unless it is accepted."""
        return self in _PENDING

    @property
    def terminal(self) -> bool:
        """The state is terminal: neither side can change the connection."""
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
