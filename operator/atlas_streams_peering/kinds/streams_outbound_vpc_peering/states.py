"""What the states of a peering in Atlas mean."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from ...api.conditions import Reason
from ...atlas.models import Peer
from ...controller.decision import Progress


class PeerState(Enum):
    """State of a peering: Atlas' `statusName`."""

    INITIATING = "INITIATING"  # Atlas makes the request
    PENDING = "PENDING_ACCEPTANCE"  # requested in AWS; the owner of the VPC has to accept
    FINALIZING = "FINALIZING"  # accepted, or its routes are changed
    AVAILABLE = "AVAILABLE"
    FAILED = "FAILED"  # `errorStateName` says why; it stays listed until it is deleted
    TERMINATING = "TERMINATING"  # the deletion has begun
    UNKNOWN = "unknown"  # an unknown state: reported as it is, treated as in progress

    @property
    def usable(self) -> bool:
        """It carries traffic, or may do so later."""
        return self not in _ENDED

    @property
    def requested(self) -> bool:
        """Atlas has done its part."""
        return self in _REQUESTED

    @property
    def changeable(self) -> bool:
        """Atlas may change its routes."""
        return self in _CHANGEABLE


@dataclass(frozen=True, slots=True)
class Step:
    """What the operator reports for a state."""

    reason: Reason
    progress: Progress


_ENDED: Final = frozenset({PeerState.FAILED, PeerState.TERMINATING})
_REQUESTED: Final = frozenset({PeerState.PENDING, PeerState.FINALIZING, PeerState.AVAILABLE})
_CHANGEABLE: Final = frozenset({PeerState.PENDING, PeerState.AVAILABLE})
_BY_WORD: Final = {state.value: state for state in PeerState}

_STEPS: Final[dict[PeerState, Step]] = {
    PeerState.INITIATING: Step(Reason.INITIATING, Progress.RECONCILING),
    PeerState.PENDING: Step(Reason.PENDING_ACCEPTANCE, Progress.RECONCILING),
    PeerState.FINALIZING: Step(Reason.FINALIZING, Progress.RECONCILING),
    PeerState.AVAILABLE: Step(Reason.AVAILABLE, Progress.REACHED),
    PeerState.FAILED: Step(Reason.REQUEST_FAILED, Progress.STALLED),
    PeerState.TERMINATING: Step(Reason.DELETING, Progress.RECONCILING),
    PeerState.UNKNOWN: Step(Reason.INITIATING, Progress.RECONCILING),
}

_FAILURES: Final = {"REJECTED": Reason.REQUEST_REJECTED, "EXPIRED": Reason.REQUEST_EXPIRED}


def state_of(peer: Peer) -> PeerState:
    """Return the state of a peering."""
    return _BY_WORD.get(_normal(peer.status_name), PeerState.UNKNOWN)


def step_of(peer: Peer) -> Step:
    """Return the report for a peering. For a failed one, AWS' error decides."""
    state = state_of(peer)
    step = _STEPS[state]
    if state is PeerState.FAILED:
        return Step(_FAILURES.get(_normal(peer.error_state_name), step.reason), step.progress)
    return step


def _normal(word: str | None) -> str:
    return (word or "").strip().upper().replace("-", "_")
