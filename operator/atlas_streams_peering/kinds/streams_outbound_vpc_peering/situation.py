"""An object, and all that is known for deciding about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ...api.status import FailureReported
from ...api.times import parse_time
from ...atlas.models import Container, Peer
from ...controller.attempts import UNSEEN, Attempt
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
        reported, wanted = self.status.failure_reported, self.wanted
        return reported is not None and (
            wanted.generation != reported.generation
            or wanted.reconcile_requested_at not in (None, reported.reconcile_requested_at)
        )

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
        """A time that is yet to come is another machine's clock gone wrong, and holds nothing back."""
        if target in self.attempts:
            found = self.attempts[target]
            return found if found is not None and found.action == action else None
        last = self.status.last_action
        if last is None or last.type != action or not own:
            return None
        at = parse_time(last.time)
        return None if at is None or at > self.now + UNSEEN else Attempt(last.type, at)

    def _last_was(self, action: ActionType) -> bool:
        return self.status.last_action is not None and self.status.last_action.type == action


def is_requested(status: StreamsOutboundVpcPeeringStatus) -> bool:
    """Tell whether the object has requested a peering whose ID it does not know."""
    requested = status.last_action is not None and status.last_action.type == ActionType.CREATE
    return requested and status.peer_id is None
