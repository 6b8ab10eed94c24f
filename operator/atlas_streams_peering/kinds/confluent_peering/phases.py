"""The meaning of Confluent Cloud's phases: the tables of networks and of peerings."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from ...api.conditions import Reason
from ...controller.decision import Progress


class NetworkPhase(Enum):
    """Phase of a network."""

    PROVISIONING = "provisioning"
    READY = "ready"  # its AWS account and VPC are known, and it can be peered
    FAILED = "failed"
    DEPROVISIONING = "deprovisioning"
    UNKNOWN = "unknown"  # an unknown phase: reported as it is, treated as in progress


class Phase(Enum):
    """Phase of a peering."""

    PROVISIONING = "provisioning"
    PENDING_ACCEPT = "pending-accept"  # requested in AWS; the other side has to accept
    READY = "ready"
    FAILED = "failed"
    DEPROVISIONING = "deprovisioning"
    DISCONNECTED = "disconnected"  # the other side took it down
    UNKNOWN = "unknown"  # an unknown phase: reported as it is, treated as in progress

    @property
    def dead(self) -> bool:
        """The phase is terminal: the peering never carries traffic again, and a new request has to replace it."""
        return self in _DEAD

    @property
    def usable(self) -> bool:
        """It carries traffic, or may do so later."""
        return not self.dead and self is not Phase.DEPROVISIONING

    @property
    def requested(self) -> bool:
        """The Confluent Cloud side has done its part."""
        return self in _REQUESTED


@dataclass(frozen=True, slots=True)
class Step:
    """What the operator reports for a phase."""

    reason: Reason
    progress: Progress


_DEAD: Final = frozenset({Phase.FAILED, Phase.DISCONNECTED})
_REQUESTED: Final = frozenset({Phase.PENDING_ACCEPT, Phase.READY})
_BY_WORD: Final = {phase.value: phase for phase in Phase}
_NETWORK_BY_WORD: Final = {phase.value: phase for phase in NetworkPhase}

STEPS: Final[dict[Phase, Step]] = {
    Phase.PROVISIONING: Step(Reason.PROVISIONING, Progress.RECONCILING),
    Phase.PENDING_ACCEPT: Step(Reason.PENDING_ACCEPTANCE, Progress.RECONCILING),
    Phase.READY: Step(Reason.CONNECTED, Progress.REACHED),
    Phase.FAILED: Step(Reason.REQUEST_FAILED, Progress.STALLED),
    Phase.DEPROVISIONING: Step(Reason.DELETING, Progress.RECONCILING),
    Phase.DISCONNECTED: Step(Reason.DISCONNECTED, Progress.STALLED),
    Phase.UNKNOWN: Step(Reason.PROVISIONING, Progress.RECONCILING),
}


def phase_of(word: str | None) -> Phase:
    """Read the phase of a peering: case does not matter, ``_`` counts as ``-``."""
    return _BY_WORD.get(_normal(word), Phase.UNKNOWN)


def network_phase_of(word: str | None) -> NetworkPhase:
    """Read the phase of a network: case does not matter, ``_`` counts as ``-``."""
    return _NETWORK_BY_WORD.get(_normal(word), NetworkPhase.UNKNOWN)


def _normal(word: str | None) -> str:
    return (word or "").strip().lower().replace("_", "-")
