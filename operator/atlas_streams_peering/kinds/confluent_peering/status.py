"""A ConfluentPeering's own fields of the status. Nothing volatile goes into them."""

from ...api.status import FailureReported, LastAction, cut
from ...confluent.models import Peering
from .atlas_side import is_requested
from .phases import phase_of
from .resource import AtlasNetwork, ConfluentPeeringStatus, NetworkSide


def status_of(
    previous: ConfluentPeeringStatus,
    seen: Peering | None,
    *,
    requester: NetworkSide | None,
    atlas: AtlasNetwork | None,
    remembers_missing: bool,
    manages_nothing: bool,
    failure: FailureReported,
) -> ConfluentPeeringStatus:
    """Return the status of an object that manages the peering `seen`; None: it manages none that is listed.

    `atlas`: the Atlas side of the request. `failure`: the present generation and annotation, if the peering is dead.
    """
    requester = requester or previous.requester
    if seen is None:
        known = previous if remembers_missing else None
        return ConfluentPeeringStatus(
            peering_id=known.peering_id if known else None,
            display_name=known.display_name if known else None,
            requester=requester,
            atlas=(known.atlas if known else None) or atlas,
            last_action=None if manages_nothing else previous.last_action,
        )
    held = previous.peering_id == seen.id
    return ConfluentPeeringStatus(
        phase=cut(seen.phase),
        peering_id=cut(seen.id),
        display_name=seen.display_name,
        requester=requester,
        atlas=previous.atlas if held and previous.atlas else _atlas_of(seen, atlas),
        error_code=seen.error_code or None,
        error_message=seen.error_message or None,
        failure_reported=_failure(previous, seen, failure),
        last_action=_last_action(previous, seen),
    )


def _last_action(previous: ConfluentPeeringStatus, seen: Peering) -> LastAction | None:
    """Return the last change requested for this peering, and not for an earlier one of the object."""
    last = previous.last_action
    if previous.peering_id == seen.id or (is_requested(previous)):
        return last
    return None


def _failure(previous: ConfluentPeeringStatus, seen: Peering, now: FailureReported) -> FailureReported | None:
    """Return generation and annotation from when the operator first reported the peering as dead."""
    if not phase_of(seen.phase).dead:
        return None
    return (previous.failure_reported if previous.peering_id == seen.id else None) or now


def _atlas_of(seen: Peering, atlas: AtlasNetwork | None) -> AtlasNetwork:
    return AtlasNetwork(
        account_id=seen.account_id or (atlas.account_id if atlas else None),
        vpc_id=seen.vpc_id or (atlas.vpc_id if atlas else None),
        cidr_block=atlas.cidr_block if atlas else None,
        region=atlas.region if atlas else None,
    )
