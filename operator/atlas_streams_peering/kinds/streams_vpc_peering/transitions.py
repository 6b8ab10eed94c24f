"""The table of states: the action for each state of a connection and each desired state."""

from dataclasses import dataclass
from typing import Final

from ...api.conditions import Reason
from ...atlas.connection_states import CloudState
from ...controller.decision import Progress
from .resource import ActionType, DesiredState


@dataclass(frozen=True, slots=True)
class Step:
    """The action for a state, and the reason to report."""

    reason: Reason
    progress: Progress
    action: ActionType | None = None
    late_action: ActionType | None = None
    """Requested only if the state has not changed for `attempts.STANDSTILL`."""


def _waits(reason: Reason, action: ActionType | None = None, late: ActionType | None = None) -> Step:
    return Step(reason, Progress.RECONCILING, action, late)


def _reached(reason: Reason) -> Step:
    return Step(reason, Progress.REACHED)


def _stalled(reason: Reason) -> Step:
    return Step(reason, Progress.STALLED)


STEPS: Final[dict[DesiredState, dict[CloudState, Step]]] = {
    DesiredState.ACCEPTED: {
        CloudState.INITIATING: _waits(Reason.WAITING_FOR_REQUEST),
        CloudState.PENDING: _waits(Reason.ACCEPTING, ActionType.ACCEPT),
        CloudState.PROVISIONING: _waits(Reason.PROVISIONING),
        CloudState.ACTIVE: _reached(Reason.ACTIVE),
        CloudState.DELETING: _waits(Reason.DELETING),
        CloudState.UNKNOWN: _waits(Reason.PROVISIONING),
        CloudState.EXPIRED: _stalled(Reason.REQUEST_EXPIRED),
        CloudState.FAILED: _stalled(Reason.REQUEST_FAILED),
        CloudState.REJECTED: _stalled(Reason.REQUEST_REJECTED),
        CloudState.DELETED: _stalled(Reason.CONNECTION_DELETED),
    },
    DesiredState.REJECTED: {
        CloudState.INITIATING: _waits(Reason.WAITING_FOR_REQUEST),
        CloudState.PENDING: _waits(Reason.REJECTING, ActionType.REJECT),
        CloudState.PROVISIONING: _waits(Reason.PROVISIONING),
        CloudState.ACTIVE: _stalled(Reason.CANNOT_REJECT),
        CloudState.DELETING: _waits(Reason.DELETING),
        CloudState.UNKNOWN: _waits(Reason.REJECTING),
        CloudState.EXPIRED: _reached(Reason.REJECTED),
        CloudState.FAILED: _reached(Reason.REJECTED),
        CloudState.REJECTED: _reached(Reason.REJECTED),
        CloudState.DELETED: _reached(Reason.REJECTED),
    },
    # Also the desired state while the object is being deleted with deletionPolicy: Delete.
    DesiredState.DELETED: {
        CloudState.INITIATING: _waits(Reason.DELETING),
        # At AWS the accepter cannot delete what is pending, only reject it.
        CloudState.PENDING: _waits(Reason.DELETING, ActionType.REJECT),
        # AWS has no way to delete what is being provisioned; it is active within minutes.
        CloudState.PROVISIONING: _waits(Reason.DELETING, late=ActionType.DELETE),
        CloudState.ACTIVE: _waits(Reason.DELETING, ActionType.DELETE),
        CloudState.DELETING: _waits(Reason.DELETING),
        CloudState.UNKNOWN: _waits(Reason.DELETING),
        CloudState.EXPIRED: _reached(Reason.DELETED),
        CloudState.FAILED: _reached(Reason.DELETED),
        CloudState.REJECTED: _reached(Reason.DELETED),
        CloudState.DELETED: _reached(Reason.DELETED),
    },
}

TERMINAL_REASONS: Final = frozenset(
    {Reason.REQUEST_EXPIRED, Reason.REQUEST_FAILED, Reason.REQUEST_REJECTED, Reason.CONNECTION_DELETED}
)
