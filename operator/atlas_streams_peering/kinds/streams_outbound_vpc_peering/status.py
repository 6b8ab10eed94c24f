"""A StreamsOutboundVpcPeering's own fields of the status. Nothing volatile goes into them."""

from ...api.status import FailureReported, LastAction, cut
from ...atlas.models import Container, Peer
from .resource import ActionType, AtlasSide, StreamsOutboundVpcPeeringStatus
from .situation import is_requested
from .states import PeerState, state_of


def status_of(
    previous: StreamsOutboundVpcPeeringStatus,
    seen: Peer | None,
    container: Container | None,
    *,
    remembers_missing: bool,
    manages_nothing: bool,
    failure: FailureReported,
) -> StreamsOutboundVpcPeeringStatus:
    """Return the status of an object that manages the peering `seen`; None: it manages none that is listed.

    `failure`: the present generation and annotation, if the peering has failed.
    """
    if manages_nothing:
        return StreamsOutboundVpcPeeringStatus()
    if seen is None:
        known = previous if remembers_missing else None
        return StreamsOutboundVpcPeeringStatus(
            peer_id=known.peer_id if known else None,
            container_id=container.id if container else (known.container_id if known else None),
            connection_name=known.connection_name if known else None,
            atlas=_atlas_of(container, known),
            last_action=previous.last_action,
        )
    return StreamsOutboundVpcPeeringStatus(
        peer_id=cut(seen.id),
        container_id=cut(seen.container_id),
        connection_name=cut(seen.connection_id) or None,
        status_name=cut(seen.status_name),
        error_state_name=cut(seen.error_state_name) or None,
        atlas=_atlas_of(container, previous if previous.peer_id == seen.id else None),
        failure_reported=_failure(previous, seen, failure),
        last_action=_last_action(previous, seen),
    )


def _atlas_of(container: Container | None, known: StreamsOutboundVpcPeeringStatus | None) -> AtlasSide | None:
    if container is None:
        return known.atlas if known else None
    return AtlasSide(vpc_id=container.vpc_id, cidr_block=container.atlas_cidr_block)


def _last_action(previous: StreamsOutboundVpcPeeringStatus, seen: Peer) -> LastAction | None:
    """Return the last change requested for this peering, and not for an earlier one of the object."""
    last = previous.last_action
    made = is_requested(previous) or (last is not None and last.type == ActionType.CREATE_CONTAINER)
    return last if previous.peer_id == seen.id or made else None


def _failure(previous: StreamsOutboundVpcPeeringStatus, seen: Peer, now: FailureReported) -> FailureReported | None:
    """Return generation and annotation from when the operator first reported the peering as failed."""
    if state_of(seen) is not PeerState.FAILED:
        return None
    return (previous.failure_reported if previous.peer_id == seen.id else None) or now
