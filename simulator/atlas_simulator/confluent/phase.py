"""The phases of networks and peerings, and which phase a peering has for each state of its connection at AWS."""

from bisect import bisect_right
from dataclasses import dataclass

from atlas_simulator.confluent.settings import ConfluentOutcomes
from atlas_simulator.connection import Connection

PROVISIONING = "PROVISIONING"
PENDING_ACCEPT = "PENDING_ACCEPT"
READY = "READY"
FAILED = "FAILED"
DISCONNECTED = "DISCONNECTED"
DEPROVISIONING = "DEPROVISIONING"


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase, with the error that a failed network or peering shows."""

    name: str
    error_code: str | None = None
    error_message: str | None = None

    def document(self) -> dict[str, str]:
        """Return the fields of ``status``."""
        fields = {"phase": self.name, "error_code": self.error_code, "error_message": self.error_message}
        return {name: text for name, text in fields.items() if text is not None}


class ForcedPhases:
    """The phases that a test has set, over time."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._phases: list[Phase | None] = []

    def force(self, now: float, phase: Phase | None) -> None:
        """Set the phase from now on; ``None`` lets it follow AWS again."""
        self._times.append(now)
        self._phases.append(phase)

    def at(self, time: float) -> Phase | None:
        """Return the phase that is set at a time, if any."""
        index = bisect_right(self._times, time)
        return self._phases[index - 1] if index else None


def phase_at_aws(connection: Connection, time: float, outcomes: ConfluentOutcomes) -> Phase:
    """Return the phase that belongs to the state of a connection at a time.

    A state that AWS does not know leaves the phase as it was.
    """
    phase = Phase(PROVISIONING)
    for state in connection.history:
        if state.since > time:
            break
        phase = _phase_of(state.cloud_status, state.status_message, outcomes) or phase
    return phase


def _phase_of(cloud_status: str, message: str | None, outcomes: ConfluentOutcomes) -> Phase | None:
    match cloud_status:
        case "pending-acceptance" | "provisioning":
            return Phase(PENDING_ACCEPT)
        case "active" | "deleting":
            return Phase(READY)
        case "deleted":
            return Phase(DISCONNECTED)
        case "rejected":
            return _outcome(outcomes.rejected, "PEERING_REJECTED", "The peering connection request was rejected.")
        case "expired":
            return _outcome(outcomes.expired, "PEERING_EXPIRED", "The peering connection request has expired.")
        case "failed":
            return Phase(FAILED, "PEERING_FAILED", message or "The peering connection could not be created.")
        case _:
            return None


def _outcome(name: str, code: str, message: str) -> Phase:
    return Phase(name, code, message) if name == FAILED else Phase(name)
