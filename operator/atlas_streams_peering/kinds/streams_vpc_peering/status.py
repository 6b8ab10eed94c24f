"""A StreamsVpcPeering's own fields of the status. Nothing volatile goes into them."""

from ...api.status import LastAction, cut
from ...atlas.connection_states import state_of
from ...atlas.models import Connection
from .resource import PeeringSide, StreamsVpcPeeringStatus


def status_of(
    previous: StreamsVpcPeeringStatus,
    seen: Connection | None,
    *,
    remembers_missing: bool,
    concluded: bool,
    account_id: str,
    vpc_id: str | None,
    requested_vpc_id: str | None,
) -> StreamsVpcPeeringStatus:
    """Return the status of an object that manages the connection `seen`; None: it manages none that Atlas lists.

    `concluded`: the end of a missing connection is known.
    """
    if seen is None:
        known = previous if remembers_missing else None
        pending_until = None if known is None or concluded else known.pending_until
        return StreamsVpcPeeringStatus(
            connection_name=known.connection_name if known else None,
            connection_id=known.connection_id if known else None,
            requester=known.requester if known else PeeringSide(account_id=account_id, vpc_id=vpc_id),
            accepter=known.accepter if known else _awaited(requested_vpc_id),
            expiration_time=pending_until,
            pending_until=pending_until,
            last_action=previous.last_action,
        )
    return StreamsVpcPeeringStatus(
        cloud_status=cut(seen.cloud_status),
        local_status=seen.local_status,
        status_message=seen.status_message,
        connection_name=seen.name,
        connection_id=seen.id,
        requester=_requester(seen),
        accepter=_accepter(seen),
        expiration_time=seen.expiration_time,
        pending_until=seen.expiration_time if state_of(seen).pending else None,
        last_action=_last_action(previous, seen),
    )


def _awaited(vpc_id: str | None) -> PeeringSide | None:
    return PeeringSide(vpc_id=vpc_id) if vpc_id else None


def _last_action(previous: StreamsVpcPeeringStatus, seen: Connection) -> LastAction | None:
    """Return the last change requested for this connection, and not for an earlier one of the object."""
    return previous.last_action if previous.connection_name == seen.name else None


def _requester(connection: Connection) -> PeeringSide:
    return PeeringSide(
        account_id=connection.requester_account_id,
        vpc_id=connection.requester_vpc_id,
        cidr=connection.requester_cidr,
    )


def _accepter(connection: Connection) -> PeeringSide | None:
    side = PeeringSide(
        account_id=connection.accepter_account_id,
        vpc_id=connection.accepter_vpc_id,
        cidr=connection.accepter_cidr,
    )
    return side if side != PeeringSide() else None
