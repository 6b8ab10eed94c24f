"""Implements `Kind` for StreamsVpcPeering."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from ...api.base import DeletionPolicy
from ...api.conditions import ConditionType, Reason
from ...api.group import POLICY
from ...atlas.client import Atlas, Session, parse_connection
from ...atlas.connection_states import cloud_state
from ...atlas.error_mapping import says_gone
from ...atlas.models import Connection
from ...controller.decision import Change, Decision, Observation
from ...controller.kind import Interest, Kind, Lookup, NotReady
from ...controller.resource import InvalidResource, TypedResource
from ...kube.objects import ObjectKey
from ...polling.intervals import Intervals
from ...polling.poll import PollKey, Source
from ...polling.snapshot import RawRow, RowFormat
from ...transport.credentials import Credentials
from ...transport.errors import RequestRefused, ServiceError
from . import messages
from .decide import Situation, decide
from .matching import Identity
from .ownership import Claim
from .resource import (
    STREAMS_VPC_PEERING,
    ActionType,
    PeeringSide,
    StreamsVpcPeeringSpec,
    StreamsVpcPeeringStatus,
)
from .states import is_so_already

Resource = TypedResource[StreamsVpcPeeringSpec, StreamsVpcPeeringStatus]

_CONFLUENT_PEERING: Final = "ConfluentPeering"


@dataclass(frozen=True, slots=True)
class Context:
    """The context of the object: how to match its connection."""

    claim: Claim
    words: frozenset[str]
    """Tokens of the rows that concern the object: names and VPCs."""


class _Meant(NamedTuple):
    """The requester of the connection."""

    account_id: str
    vpc_id: str | None
    atlas_vpc_id: str | None = None
    """The Atlas VPC that the ConfluentPeering requests a connection with."""


class StreamsVpcPeeringKind(Kind[StreamsVpcPeeringSpec, StreamsVpcPeeringStatus, Context]):
    """Brings inbound connections to their desired state."""

    resource = STREAMS_VPC_PEERING
    spec, status = StreamsVpcPeeringSpec, StreamsVpcPeeringStatus
    observed_message = "The operator has read the list of connections from Atlas."

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self.connections = self._source = Source(
            "vpcPeeringConnections",
            self._list,
            RowFormat(name=_name, parse=_parse, tokens=_tokens, progress=_progress),
        )

    # -- before any poll

    def retains(self, resource: Resource) -> bool:
        """Deleting the object changes nothing in Atlas: by its policy, or because it only observes."""
        return resource.spec.deletion_policy is DeletionPolicy.RETAIN or _only_observes(resource)

    def retained(self, resource: Resource) -> str:
        """Return the message for a deletion that leaves the connection."""
        suspended = resource.spec.deletion_policy is not DeletionPolicy.RETAIN
        return messages.retained(resource.status.connection_name, suspended=suspended)

    def holds(self, resource: Resource | InvalidResource[StreamsVpcPeeringStatus]) -> bool:
        """According to its status, the object manages a live connection."""
        return _manages_live_connection(resource.status)

    def untouched(self, resource: Resource) -> bool:
        """The object has never named a connection that it manages, and nothing was ever requested for it."""
        return resource.status.connection_name is None and resource.status.last_action is None

    def references(self, resource: Resource) -> frozenset[ObjectKey]:
        """Return the ConfluentPeering that made the request."""
        reference = resource.spec.requester.confluent_peering_ref
        if reference is None:
            return frozenset()
        return frozenset({ObjectKey(_CONFLUENT_PEERING, resource.obj.namespace, reference.name)})

    def context(self, resource: Resource, lookup: Lookup) -> Context | NotReady:
        """Return the context from the spec, or from the ConfluentPeering."""
        meant = self._meant(resource, lookup)
        if isinstance(meant, NotReady):
            return meant
        obj, status = resource.obj, resource.status
        claim = Claim(
            obj.created,
            obj.namespace,
            obj.name,
            obj.uid,
            Identity.of(
                resource.spec, account_id=meant.account_id, vpc_id=meant.vpc_id, requested_vpc_id=meant.atlas_vpc_id
            ),
            held=status.connection_name,
            committed=status.last_action is not None,
            deleting=obj.deleting,
            policy=obj.own_labels.get(POLICY),
            ended=status.ended,
        )
        seen = status.requester
        words = (claim.identity.pinned, claim.held, meant.vpc_id, seen.vpc_id if seen else None)
        return Context(claim, frozenset(word for word in words if word))

    def claim(self, resource: Resource, context: Context) -> Claim:  # noqa: ARG002
        """Return the object's claim."""
        return context.claim

    def secret_name(self, resource: Resource) -> str | None:
        """Return the name of the Secret that the spec names."""
        reference = resource.spec.credentials_secret_ref
        return reference.name if reference else None

    def interests(self, resource: Resource, context: Context, fingerprint: str) -> tuple[Interest, ...]:  # noqa: ARG002
        """Return the list of the requester account's connections."""
        identity = context.claim.identity
        key = PollKey(self._source, identity.project_id, fingerprint, (identity.account_id,))
        return (Interest(key, context.words),)

    # -- after the polls

    def decide(
        self,
        resource: Resource,
        context: Context,
        observation: Observation,
        *,
        intervals: Intervals,
        now: datetime,
    ) -> Decision[StreamsVpcPeeringStatus]:
        """Decide what to do and what to report."""
        situation = Situation.of(
            resource.spec, resource.status, context.claim, observation, intervals=intervals, now=now
        )
        return decide(situation)

    async def act(self, change: Change, credentials: Credentials) -> Mapping[str, Any]:
        """Request the acceptance, rejection or deletion of a connection.

        If Atlas refuses because the connection is already in this state, the request counts as a success.
        """
        session, connection, action = self._atlas.session(credentials), change.row, ActionType(change.action)
        try:
            match action:
                case ActionType.ACCEPT:
                    await session.accept(change.scope, connection)
                case ActionType.REJECT:
                    await session.reject(change.scope, connection)
                case ActionType.DELETE:
                    await session.delete(change.scope, connection)
        except RequestRefused as refusal:
            if not await _is_needless(session, change.scope, action, connection, refusal):
                raise
        return {}

    def refused(self, action: str, target: str, why: str, *, deleting: bool) -> str:
        """Return the message for a change that Atlas refused."""
        return messages.refused(action, target, why, deleting=deleting)

    async def _list(self, credentials: Credentials, key: PollKey) -> Collection[RawRow]:
        (account_id,) = key.arguments
        return await self._atlas.session(credentials).list_connections(key.scope, account_id)

    def _meant(self, resource: Resource, lookup: Lookup) -> _Meant | NotReady:
        """Return the requester of the connection.

        If the referenced object is deleted, or names another network, the requester stays the same while the object
        holds a live connection.
        """
        requester, status = resource.spec.requester, resource.status
        if requester.account_id is not None:
            return _Meant(requester.account_id, requester.vpc_id)
        known, atlas = status.requester or PeeringSide(), status.accepter or PeeringSide()
        learnt = _Meant(known.account_id, known.vpc_id, atlas.vpc_id) if known.account_id and known.vpc_id else None
        if learnt is not None and _manages_live_connection(status):
            return learnt
        (reference,) = self.references(resource) or (ObjectKey(_CONFLUENT_PEERING, resource.obj.namespace, ""),)
        said = lookup(reference) or {}
        network, requested = said.get("requester") or {}, said.get("atlas") or {}
        account_id, vpc_id = network.get("accountId"), network.get("vpcId")
        if not (account_id and vpc_id):
            return learnt or NotReady(messages.reference_not_ready(reference.name))
        if not requested.get("vpcId") and _waits_for_reference(said):
            whole = learnt if learnt is not None and learnt.atlas_vpc_id else None
            return whole or NotReady(messages.reference_waits(reference.name))
        return _Meant(account_id, vpc_id, requested.get("vpcId") or atlas.vpc_id)


def _waits_for_reference(said: Mapping[str, Any]) -> bool:
    """Return whether a ConfluentPeering without an Atlas side still waits for it, according to its status.

    Ready may have another reason meanwhile, such as Suspended or ConfluentUnavailable. Requested is present as soon as
    the operator has read the network.
    """
    conditions = {one.get("type"): one for one in said.get("conditions") or ()}
    ready, requested = conditions.get(ConditionType.READY, {}), conditions.get(ConditionType.REQUESTED, {})
    return bool(ready.get("reason") == Reason.REFERENCE_NOT_READY or requested.get("status") == "False")


async def _is_needless(
    session: Session, project_id: str, action: ActionType, connection: Connection, refusal: RequestRefused
) -> bool:
    """Return whether a refused change is already in effect. Atlas' error codes do not say, so read a new list."""
    if action is ActionType.DELETE and says_gone(refusal):
        return True
    if connection.requester_account_id is None:
        return False
    try:
        rows = await session.list_connections(project_id, connection.requester_account_id)
    except ServiceError:
        return False  # the refusal stands
    row = next((row for row in rows if row["name"] == connection.name), None)
    return is_so_already(action, None if row is None else parse_connection(row))


def _manages_live_connection(status: StreamsVpcPeeringStatus) -> bool:
    return bool(status.connection_name and status.cloud_status) and not cloud_state(status.cloud_status).terminal


def _only_observes(resource: Resource) -> bool:
    """The operator never requested a change for the object, and does not plan one."""
    return resource.spec.suspend and resource.status.last_action is None


def _name(row: RawRow) -> str:
    return str(row["name"])


def _parse(row: RawRow) -> Connection:
    return parse_connection(dict(row))


def _tokens(connection: Connection) -> tuple[str, ...]:
    return (connection.requester_vpc_id,) if connection.requester_vpc_id else ()


def _progress(connection: Connection) -> tuple[str | None, str | None]:
    return connection.cloud_status, connection.local_status
