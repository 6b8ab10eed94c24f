"""Every message about a StreamsOutboundVpcPeering: one sentence that says what to do, and contains no time."""

from collections.abc import Iterable
from typing import Final

from ...api.group import RECONCILE_REQUESTED_AT
from ...atlas.models import Container, Peer
from ...controller import messages as sentences
from ...controller.decision import Progress, Readiness
from .matching import Place
from .resource import StreamsOutboundVpcPeeringSpec
from .states import PeerState, state_of

_WAY_OUT: Final = "to let the object go without Atlas, set deletionPolicy: Retain"

_RENEW: Final = (
    "to have it removed and a new peering requested, change the spec or the value of the annotation "
    f"{RECONCILE_REQUESTED_AT}"
)


# -- before the peering exists


def container_not_found(place: Place) -> str:
    """The project has no such container."""
    if place.region is None:
        return (
            f"The project has no network container {place.container_id} in AWS; check spec.containerId, which another "
            "object has to name if it is wrong."
        )
    return (
        f"The project has no network container in {place.region}; create one, or a dedicated cluster (M10 or larger) "
        "in this region, or create this object anew with spec.container.atlasCidrBlock to have the operator create one."
    )


def creating_container(region: str, cidr_block: str) -> str:
    """A container is being created, or was just created and no list shows it yet."""
    return f"A network container for {region} ({cidr_block}) is being created; then the peering is requested."


def creating(spec: StreamsOutboundVpcPeeringSpec) -> str:
    """A peering is requested, or was just requested and no list shows it yet."""
    return f"A peering with {_vpc(spec)} is being requested; waiting for Atlas."


def already_managed(peer: Peer | None, owner: str) -> str:
    """Another object owns it, or is about to request it."""
    what = f"{_name(peer)} is managed by {owner}" if peer else f"{owner} requests the same peering"
    return f"{what}; delete one of the two."


def maybe_managed(peer: Peer | None, namespaces: Iterable[str]) -> str:
    """An object that the operator cannot list may own it, or may be about to request it."""
    if peer is None:
        return sentences.maybe_managed("The same peering", namespaces, how="requested")
    return sentences.maybe_managed(_name(peer), namespaces)


# -- the state of a peering


def follow(peer: Peer, container: Container | None, spec: StreamsOutboundVpcPeeringSpec) -> str:
    """Report the state of a peering."""
    name, state = _name(peer), state_of(peer)
    match state:
        case PeerState.INITIATING:
            return f"Atlas requests {name} with {_vpc(spec)}; waiting for its pcx- name."
        case PeerState.PENDING:
            return (
                f"AWS account {spec.aws_account_id} has to accept {name} in {spec.aws_region}, which connects "
                f"{spec.vpc_id} to {_atlas(container)}."
            )
        case PeerState.FINALIZING:
            return f"{name} is being finalized; waiting for it to become AVAILABLE."
        case PeerState.AVAILABLE:
            return f"{name} with {_vpc(spec)} is AVAILABLE, with a route to {peer.route_table_cidr_block or 'it'}."
        case PeerState.FAILED:
            return f"{name} has FAILED{_error(peer)}{_cause(peer)}; {_RENEW}."
        case PeerState.TERMINATING:
            return f"{name} is being deleted; it is TERMINATING."
        case _:
            return f"{name} is {_word(peer)}; waiting for it to change."


def changing_routes(peer: Peer, spec: StreamsOutboundVpcPeeringSpec) -> str:
    """The routes are changed."""
    return f"The route of {_name(peer)} is being changed from {peer.route_table_cidr_block} to {_routes(spec)}."


def removing(peer: Peer) -> str:
    """A failed peering is being removed, because somebody asked for a new one."""
    return f"{_name(peer)} is {_word(peer)} and is being removed; then a new peering is requested."


def deleting(peer: Peer) -> str:
    """The object is being deleted, and its peering with it."""
    return f"{_name(peer)} is being deleted; it is {_word(peer)}."


def suspended(readiness: Readiness, peer: Peer | None, spec: StreamsOutboundVpcPeeringSpec, *, deleting: bool) -> str:
    """The object is suspended."""
    if deleting:
        stays = f"{_name(peer)} stays as it is ({_word(peer)})" if peer else "Atlas stays as it is"
        return (
            f"Deletion waits while suspend is true: {stays}; set suspend: false to delete it in Atlas, or {_WAY_OUT}."
        )
    if peer is None and readiness.progress is Progress.STALLED:
        seen = readiness.message.rstrip(".")
    else:
        seen = f"{_name(peer)} is {_word(peer)}" if peer else f"there is no peering with {_vpc(spec)}"
    return f"Suspended, nothing is changed in Atlas: {seen}."


# -- the end of an object


def nothing_to_delete(held: str | None) -> str:
    """There is nothing (more) to delete."""
    return f"{held} is gone from Atlas." if held else "Atlas has no such peering."


def waiting_to_see() -> str:
    """A peering was requested, and a later list may show it."""
    return "Waiting for Atlas to show whether the requested peering was made, to delete it."


def retained(peering: str | None, *, suspended: bool) -> str:
    """The object is deleted, and nothing changes in Atlas."""
    why = (
        "the object is suspended, and the operator has never requested a change for it"
        if suspended
        else "deletionPolicy is Retain"
    )
    return f"Nothing was changed in Atlas: {why} ({peering or 'no peering'})."


# -- changes


def container_requested(region: str, cidr_block: str) -> str:
    """A container was requested from Atlas."""
    return f"Asked Atlas to create a network container for {region} ({cidr_block})."


def requested(spec: StreamsOutboundVpcPeeringSpec) -> str:
    """A peering was requested from Atlas."""
    return f"Asked Atlas to request a peering with {_vpc(spec)}, with a route to {_routes(spec)}."


def change_requested(peer: Peer, spec: StreamsOutboundVpcPeeringSpec) -> str:
    """A change of the routes was requested from Atlas."""
    return f"Asked Atlas to change the route of {_name(peer)} from {peer.route_table_cidr_block} to {_routes(spec)}."


def delete_requested(peer: Peer) -> str:
    """A deletion was requested from Atlas."""
    return f"Asked Atlas to delete {_name(peer)} ({_word(peer)})."


def refused(why: str, *, deleting: bool) -> str:
    """Atlas refused the change; `why` is its answer."""
    return f"{why.rstrip('.')}{f'; {_WAY_OUT}' if deleting else ''}."


def _name(peer: Peer) -> str:
    """Return the AWS name of the peering, or its ID while it has none."""
    return peer.connection_id or f"peering {peer.id}"


def _word(peer: Peer) -> str:
    """Return Atlas' own word for the state, as what follows "is"."""
    return (peer.status_name or "").strip() or "in no state that Atlas names"


def _error(peer: Peer) -> str:
    return f" ({peer.error_state_name.strip()})" if peer.error_state_name and peer.error_state_name.strip() else ""


_CAUSES: Final = {
    "REJECTED": ": somebody rejected it in AWS",
    "EXPIRED": ": nobody accepted it in AWS within seven days",
    "INVALID_ARGUMENT": ": check that spec.awsAccountId, spec.vpcId, spec.accepterRegion and spec.routeTableCidrBlock "
    "describe your VPC, whose CIDR block must not overlap that of Atlas",
}


def _cause(peer: Peer) -> str:
    return _CAUSES.get((peer.error_state_name or "").strip().upper(), "")


def _vpc(spec: StreamsOutboundVpcPeeringSpec) -> str:
    return f"{spec.vpc_id} of AWS account {spec.aws_account_id}"


def _routes(spec: StreamsOutboundVpcPeeringSpec) -> str:
    return spec.route_table_cidr_block


def _atlas(container: Container | None) -> str:
    """Return Atlas' VPC and CIDR block, the destination of the routes in the other VPC."""
    vpc = f"Atlas' {container.vpc_id}" if container and container.vpc_id else "Atlas' VPC"
    return f"{vpc} ({container.atlas_cidr_block})" if container and container.atlas_cidr_block else vpc
