"""An object, and the inputs of the decision about it."""

from dataclasses import dataclass

from ...atlas.models import Container, Peer
from ...controller.attempts import Attempt
from ...controller.requesting import RequesterSituation
from .ownership import Claim
from .resource import ActionType, StreamsOutboundVpcPeeringSpec, StreamsOutboundVpcPeeringStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation(RequesterSituation[StreamsOutboundVpcPeeringStatus, Claim]):
    """An object, and the inputs of the decision about it."""

    spec: StreamsOutboundVpcPeeringSpec
    peers: tuple[Peer, ...]
    """Peerings of the project that can concern this object or its rivals."""
    containers: tuple[Container, ...]

    @property
    def container(self) -> Container | None:
        """The container that matches the object; None: Atlas lists none."""
        return self.claim.place.container(self.containers)

    @property
    def requested(self) -> bool:
        """A peering was requested, and its ID is not known."""
        return is_requested(self.status)

    def last_creation(self) -> Attempt | None:
        """Return the last request for a peering at this place, by this process or according to the status."""
        return self.attempt(self.claim.place.target, ActionType.CREATE, own=True)

    def last_container_creation(self) -> Attempt | None:
        """Return the last request for the container."""
        return self.attempt(self.claim.place.container_target, ActionType.CREATE_CONTAINER, own=True)

    def last(self, action: ActionType, peer: Peer) -> Attempt | None:
        """Return the last request to change or delete a peering."""
        return self.attempt(peer.id, action, own=self.held == peer.id)


def is_requested(status: StreamsOutboundVpcPeeringStatus) -> bool:
    """Return whether the object has requested a peering whose ID it does not know."""
    requested = status.last_action is not None and status.last_action.type == ActionType.CREATE
    return requested and status.peer_id is None
