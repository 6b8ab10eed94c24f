"""An object, and all that is known for deciding about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ...api.status import FailureReported
from ...atlas.models import Container, Peer
from ...controller.attempts import Attempt, last_attempt
from ...polling.intervals import Intervals
from .ownership import Claim
from .resource import ActionType, StreamsOutboundVpcPeeringSpec, StreamsOutboundVpcPeeringStatus


@dataclass(frozen=True, slots=True)
class Situation:
    """An object, and all that is known for deciding about it."""

    spec: StreamsOutboundVpcPeeringSpec
    status: StreamsOutboundVpcPeeringStatus
    """Its last status: names the peering it holds, and remembers one that is no longer listed."""
    claim: Claim
    wanted: FailureReported
    """Generation of the spec and value of the annotation: another one than when a failure was reported is a wish."""
    peers: tuple[Peer, ...]
    """Those of the project that can concern this object or its rivals."""
    containers: tuple[Container, ...]
    rivals: tuple[Claim, ...]
    attempts: Mapping[str, Attempt | None]
    unchanged_since: Mapping[str, datetime]
    intervals: Intervals
    now: datetime

    @property
    def deleting(self) -> bool:
        """The object is being deleted from Kubernetes."""
        return self.claim.deleting

    @property
    def held(self) -> str | None:
        """The peering that the object manages, by its last status."""
        return self.claim.held

    @property
    def container(self) -> Container | None:
        """The container that the object means; None: Atlas lists none."""
        return self.claim.place.container(self.containers)

    @property
    def renews(self) -> bool:
        """Somebody wants a new peering in place of the failed one that the object holds."""
        if self.held is None or self.deleting:
            return False
        if self._last_was(ActionType.DELETE):
            return True
        reported = self.status.failure_reported
        return reported is not None and reported.superseded_by(self.wanted)

    @property
    def deleted(self) -> bool:
        """The deletion of the held peering was requested."""
        return self.held is not None and self._last_was(ActionType.DELETE)

    @property
    def requested(self) -> bool:
        """A peering was requested, and its ID is not known."""
        return is_requested(self.status)

    def last_creation(self) -> Attempt | None:
        """Return the last request for a peering at this place: by this process, or as the status tells of one."""
        return self._attempt(self.claim.place.target, ActionType.CREATE, own=True)

    def last_container_creation(self) -> Attempt | None:
        """Return the last request for the container."""
        return self._attempt(self.claim.place.container_target, ActionType.CREATE_CONTAINER, own=True)

    def last(self, action: ActionType, peer: Peer) -> Attempt | None:
        """Return the last request to change or delete a peering."""
        return self._attempt(peer.id, action, own=self.held == peer.id)

    def _attempt(self, target: str, action: ActionType, *, own: bool) -> Attempt | None:
        last = last_attempt(target, self.attempts, self.status.last_action if own else None, now=self.now)
        return last if last is not None and last.action == action else None

    def _last_was(self, action: ActionType) -> bool:
        return self.status.last_action is not None and self.status.last_action.type == action


def is_requested(status: StreamsOutboundVpcPeeringStatus) -> bool:
    """Tell whether the object has requested a peering whose ID it does not know."""
    requested = status.last_action is not None and status.last_action.type == ActionType.CREATE
    return requested and status.peer_id is None
