"""Implements `Kind` for StreamsOutboundVpcPeering."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from ...api.base import DeletionPolicy
from ...api.status import FailureReported, cut
from ...atlas.client import Atlas
from ...atlas.models import Container, Peer, parse
from ...atlas.network_peering import NetworkPeering
from ...atlas.rate_limit import network_peering_scope, project_of
from ...controller.decision import Change, Decision, Observation
from ...controller.kind import Interest, Kind, Lookup
from ...controller.resource import InvalidResource, TypedResource
from ...polling.intervals import Intervals
from ...polling.poll import PollKey, Source
from ...polling.snapshot import RawRow, RowFormat
from ...transport.credentials import Credentials
from . import messages
from .decide import decide
from .matching import Place
from .ownership import Claim
from .resource import (
    STREAMS_OUTBOUND_VPC_PEERING,
    ActionType,
    StreamsOutboundVpcPeeringSpec,
    StreamsOutboundVpcPeeringStatus,
)
from .situation import Situation, is_requested

Resource = TypedResource[StreamsOutboundVpcPeeringSpec, StreamsOutboundVpcPeeringStatus]


class StreamsOutboundVpcPeeringKind(Kind[StreamsOutboundVpcPeeringSpec, StreamsOutboundVpcPeeringStatus, Claim]):
    """Makes Atlas request peerings, change their routes, and delete them."""

    resource = STREAMS_OUTBOUND_VPC_PEERING
    spec, status = StreamsOutboundVpcPeeringSpec, StreamsOutboundVpcPeeringStatus
    observed_message = "The operator has read the lists of peerings and containers from Atlas."

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._peers = Source(
            "peers",
            self._list_peers,
            RowFormat(name=_id, parse=lambda row: parse(Peer, dict(row)), tokens=_peer_tokens, progress=_progress),
        )
        self._containers = Source(
            "containers",
            self._list_containers,
            RowFormat(
                name=_id,
                parse=lambda row: parse(Container, dict(row)),
                tokens=_container_tokens,
                progress=lambda container: container.vpc_id,
            ),
        )

    # -- before any poll

    def retains(self, resource: Resource) -> bool:
        """Deleting the object changes nothing in Atlas: by its policy, or because it only observes."""
        return resource.spec.deletion_policy is DeletionPolicy.RETAIN or _only_observes(resource)

    def retained(self, resource: Resource) -> str:
        """Return the message for a deletion that leaves the peering."""
        suspended = resource.spec.deletion_policy is not DeletionPolicy.RETAIN
        status = resource.status
        return messages.retained(status.connection_name or status.peer_id, suspended=suspended)

    def holds(self, resource: Resource | InvalidResource[StreamsOutboundVpcPeeringStatus]) -> bool:
        """According to its status, the object manages a peering, or has requested one."""
        return resource.status.peer_id is not None or is_requested(resource.status)

    def context(self, resource: Resource, lookup: Lookup) -> Claim:  # noqa: ARG002
        """Return the object's word on which peering it means."""
        obj, status = resource.obj, resource.status
        return Claim(
            obj.created,
            obj.namespace,
            obj.name,
            obj.uid,
            network_peering_scope(resource.spec.project_id),
            Place.of(resource.spec),
            held=status.peer_id,
            requested=is_requested(status),
            deleting=obj.deleting,
        )

    def claim(self, resource: Resource, context: Claim) -> Claim:  # noqa: ARG002
        """Return the object's word on which peering it means."""
        return context

    def secret_name(self, resource: Resource) -> str | None:
        """Return the name of the Secret that the spec names."""
        reference = resource.spec.credentials_secret_ref
        return reference.name if reference else None

    def interests(self, resource: Resource, context: Claim, fingerprint: str) -> tuple[Interest, ...]:  # noqa: ARG002
        """Return the lists of the project's peerings and containers.

        Deleting a peering whose ID is known does not depend on the containers.
        """
        place, held = context.place, context.held
        peers = Interest(
            PollKey(self._peers, context.scope, fingerprint),
            frozenset({place.vpc_id, held} if held else {place.vpc_id}),
            frozenset({place.target, place.vpc, held} if held else {place.target, place.vpc}),
        )
        if context.deleting and held is not None:
            return (peers,)
        containers = Interest(
            PollKey(self._containers, context.scope, fingerprint),
            frozenset({place.container_word}),
            frozenset({place.container_target}),
        )
        return (peers, containers)

    # -- after the polls

    def decide(
        self,
        resource: Resource,
        context: Claim,
        observation: Observation,
        *,
        intervals: Intervals,
        now: datetime,
    ) -> Decision[StreamsOutboundVpcPeeringStatus]:
        """Decide what to do and what to report."""
        obj = resource.obj
        peers, *containers = observation.rows
        return decide(
            Situation(
                spec=resource.spec,
                status=resource.status,
                claim=context,
                wanted=FailureReported(generation=obj.generation, reconcile_requested_at=obj.reconcile_requested),
                peers=tuple(peers.values()),
                containers=tuple(containers[0].values()) if containers else (),
                rivals=observation.rivals,
                attempts=observation.attempts,
                unchanged_since=observation.unchanged_since,
                intervals=intervals,
                now=now,
                unlisted=observation.unlisted,
            )
        )

    def undone(
        self, before: StreamsOutboundVpcPeeringStatus, status: StreamsOutboundVpcPeeringStatus
    ) -> StreamsOutboundVpcPeeringStatus:
        """Return the status without the change that Atlas refused."""
        last = before.last_action
        if before.peer_id is not None and status.peer_id is None:
            last = None  # its subject is gone
        return status.model_copy(update={"last_action": last})

    async def act(self, change: Change, credentials: Credentials) -> Mapping[str, Any]:
        """Request the creation of a container, or the creation, change or deletion of a peering."""
        calls, project_id = NetworkPeering(self._atlas.session(credentials)), project_of(change.scope)
        match ActionType(change.action):
            case ActionType.CREATE_CONTAINER:
                container = await calls.create_container(project_id, change.row)
                return {"container_id": cut(container.id)} if container else {}
            case ActionType.CREATE:
                peer = await calls.create_peer(project_id, change.row)
                return {"peer_id": cut(peer.id), "status_name": cut(peer.status_name)} if peer else {}
            case ActionType.UPDATE:
                await calls.change_peer(project_id, change.target, change.row)
                return {}
            case ActionType.DELETE:
                there = await calls.delete_peer(project_id, change.target)
                return {} if there else dict.fromkeys(_OF_PEER)

    def refused(self, action: str, target: str, why: str, *, deleting: bool) -> str:  # noqa: ARG002
        """Return the message for a change that Atlas refused."""
        return messages.refused(why, deleting=deleting)

    # -- polls

    async def _list_peers(self, credentials: Credentials, key: PollKey) -> Collection[RawRow]:
        return await NetworkPeering(self._atlas.session(credentials)).list_peers(project_of(key.scope))

    async def _list_containers(self, credentials: Credentials, key: PollKey) -> Collection[RawRow]:
        return await NetworkPeering(self._atlas.session(credentials)).list_containers(project_of(key.scope))


_OF_PEER = ("peer_id", "connection_name", "status_name", "error_state_name", "failure_reported")
"""Status fields about one peering, to clear after Atlas refused to create it."""


def _only_observes(resource: Resource) -> bool:
    """The operator never requested a change for the object, and does not plan one."""
    return resource.spec.suspend and resource.status.last_action is None


def _id(row: RawRow) -> str:
    return str(row["id"])


def _peer_tokens(peer: Peer) -> tuple[str, ...]:
    return (peer.vpc_id,) if peer.vpc_id else ()


def _container_tokens(container: Container) -> tuple[str, ...]:
    return (container.region_name,) if container.region_name else ()


def _progress(peer: Peer) -> tuple[str | None, ...]:
    return peer.status_name, peer.error_state_name, peer.route_table_cidr_block
