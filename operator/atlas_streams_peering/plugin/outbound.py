"""``outbound list``: the peerings from Atlas to VPCs of its users, and the objects that manage them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import click

from ..api.times import format_time, parse_time
from ..atlas.models import Container, Peer, parse
from ..atlas.network_peering import NetworkPeering
from ..atlas.rate_limit import network_peering_scope
from ..controller.requesting import Found, Unknown
from ..controller.resource import InvalidResource, read_resource
from ..kinds.streams_outbound_vpc_peering.ownership import Claim, find
from ..kinds.streams_outbound_vpc_peering.reconciler import StreamsOutboundVpcPeeringKind
from ..kinds.streams_outbound_vpc_peering.resource import STREAMS_OUTBOUND_VPC_PEERING
from ..kinds.streams_outbound_vpc_peering.states import PeerState, state_of
from ..kube.objects import KubernetesObject
from . import credentials
from .ages import created_at, short
from .invocation import Invocation
from .objects import Body, Objects, projects, read_objects
from .options import (
    all_namespaces_option,
    cluster_options,
    credentials_options,
    invoked,
    output_option,
    project_option,
)
from .output import Cell, Column, Listing, Style
from .owners import Owner
from .peerings import Management


@click.group()
def outbound() -> None:
    """Peerings from Atlas to your VPCs (StreamsOutboundVpcPeering)."""


@outbound.command("list", short_help="List the outbound peerings of a project and the objects that manage them.")
@project_option
@credentials_options
@cluster_options
@all_namespaces_option
@output_option()
@invoked
async def list_outbound(invocation: Invocation) -> None:
    """List the outbound peerings of a project in AWS and the objects that manage them.

    These are the project's network peerings. The project's clusters may use them, too, so a peering that no object
    manages may be in use. MANAGED BY names the StreamsOutboundVpcPeering that manages a peering.
    """
    objects = await read_objects(invocation)
    certain = objects.complete(STREAMS_OUTBOUND_VPC_PEERING)
    notes = objects.notes(STREAMS_OUTBOUND_VPC_PEERING)
    for note in notes:
        invocation.note(f"warning: {note}")
    items: list[Mapping[str, Any]] = []
    involved = projects(objects, invocation)
    for project in involved:
        found = await credentials.find(invocation, project, objects.all)
        calls = NetworkPeering(invocation.atlas().session(found.credentials))
        with found.named():
            rows, places = await asyncio.gather(calls.list_peers(project), calls.list_containers(project))
        peers, containers = [parse(Peer, row) for row in rows], [parse(Container, row) for row in places]
        owners = owners_of(peers, containers, claims(invocation, objects, project))
        bodies = {body["metadata"]["uid"]: body for body in objects.of(STREAMS_OUTBOUND_VPC_PEERING)}
        for peer in sorted(peers, key=lambda one: one.id):
            owner = owners.get(peer.id)
            items.append(
                item_of(project, peer, containers, Owner.of(bodies[owner]) if owner else None, certain=certain)
            )
    if not items:
        invocation.note(f"No outbound peering in project {', '.join(involved)}.")
    invocation.print(
        Listing(
            items,
            columns(several_projects=len(involved) > 1, now=datetime.now(UTC)),
            lambda item: str(item["id"]),
            notes=notes,
        )
    )


def claims(invocation: Invocation, objects: Objects, project: str) -> list[Claim]:
    """Return the claims of the objects."""
    kind, scope = StreamsOutboundVpcPeeringKind(invocation.atlas()), network_peering_scope(project)
    found = []
    for body in objects.of(STREAMS_OUTBOUND_VPC_PEERING):
        resource = read_resource(KubernetesObject.read(body), kind.spec, kind.status)
        if not isinstance(resource, InvalidResource):
            found.append(kind.context(resource, lambda _key: None))
    return [claim for claim in found if claim.scope == scope]


def owners_of(peers: Iterable[Peer], containers: Iterable[Container], given: Sequence[Claim]) -> dict[str, str]:
    """Return the uid of the object that manages each peering, by the peering's ID, as the operator decides it."""
    rows, places, owners = tuple(peers), tuple(containers), dict[str, str]()
    for claim in given:
        # `certain` covers objects that the person may not list: one of them may own a peering that has no owner here.
        found = find(claim, rows, places, given, Unknown())
        if isinstance(found, Found) and found.row is not None:
            owners[found.row.id] = claim.uid
    return owners


def item_of(
    project: str, peer: Peer, containers: Iterable[Container], owner: Owner | None, *, certain: bool
) -> dict[str, Any]:
    """Return a peering as JSON. Fields that Atlas does not give are left out."""
    container = next((one for one in containers if one.id == peer.container_id), None)
    created = created_at(peer.id)
    unmanaged = Management.NOBODY if certain else Management.UNKNOWN
    item = {
        "id": peer.id,
        "projectId": project,
        "connectionName": peer.connection_id,
        "status": peer.status_name,
        "error": peer.error_state_name,
        "awsAccountId": peer.aws_account_id,
        "vpcId": peer.vpc_id,
        "routeTableCidrBlock": peer.route_table_cidr_block,
        "accepterRegion": peer.accepter_region_name,
        "containerId": peer.container_id,
        "atlas": _atlas_side(container),
        "created": format_time(created) if created else None,
        "management": (Management.OBJECT if owner else unmanaged).value,
        "managedBy": dict(owner.words) if owner else None,
    }
    return {key: value for key, value in item.items() if value}


_STYLES: Final = {
    PeerState.AVAILABLE: Style.GOOD,
    PeerState.FAILED: Style.BAD,
    PeerState.TERMINATING: Style.DIM,
}


def columns(*, several_projects: bool, now: datetime) -> tuple[Column, ...]:
    """Return the columns of ``outbound list``."""

    def age(item: Body) -> str:
        created = parse_time(item.get("created"))
        return short(now - created) if created else "-"

    def status(item: Body) -> Cell:
        state = state_of(Peer(id=str(item["id"]), status_name=item.get("status")))
        word = str(item.get("status") or "-")
        return Cell(f"{word} ({item['error']})" if "error" in item else word, _STYLES.get(state, Style.WAITING))

    def managed_by(item: Body) -> Cell:
        if owner := item.get("managedBy"):
            return Cell(f"{owner['namespace']}/{owner['name']}")
        return Cell(str(item["management"]), Style.WAITING)

    return (
        Column("ID", lambda item: str(item["id"])),
        Column("PEER VPC", lambda item: str(item.get("vpcId") or "-")),
        Column("ACCOUNT", lambda item: str(item.get("awsAccountId") or "-")),
        Column("ROUTES", lambda item: str(item.get("routeTableCidrBlock") or "-")),
        Column("CONNECTION", lambda item: str(item.get("connectionName") or "-")),
        Column("STATUS", status),
        Column("REGION", lambda item: str((item.get("atlas") or {}).get("region") or "-")),
        Column("AGE", age),
        Column("MANAGED BY", managed_by),
        Column("PROJECT", lambda item: str(item["projectId"]), wide=not several_projects),
        Column("CONTAINER", lambda item: str(item.get("containerId") or "-"), wide=True),
        Column("ATLAS VPC", lambda item: str((item.get("atlas") or {}).get("vpcId") or "-"), wide=True),
        Column("ATLAS CIDR", lambda item: str((item.get("atlas") or {}).get("cidrBlock") or "-"), wide=True),
    )


def _atlas_side(container: Container | None) -> dict[str, str]:
    if container is None:
        return {}
    values = {"region": container.region_name, "vpcId": container.vpc_id, "cidrBlock": container.atlas_cidr_block}
    return {key: value for key, value in values.items() if value}
