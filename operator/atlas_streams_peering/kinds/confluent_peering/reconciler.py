"""Implements `Kind` for ConfluentPeering."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ...api.base import DeletionPolicy
from ...api.conditions import Reason
from ...api.status import FailureReported, cut
from ...confluent.client import Confluent, parse_network, parse_peering
from ...confluent.models import Network, Peering
from ...controller.decision import Change, Decision, Observation
from ...controller.kind import Interest, Kind, Lookup
from ...controller.resource import InvalidResource, TypedResource
from ...kube.objects import ObjectKey
from ...polling.intervals import Intervals
from ...polling.poll import PollKey, Source
from ...polling.snapshot import RawRow, RowFormat
from ...transport.credentials import Credentials
from ...transport.errors import RequestRefused
from . import messages
from .atlas_side import AtlasSide, atlas_side, is_requested
from .decide import decide
from .matching import Place, vpc_word
from .network import NoNetwork
from .ownership import Claim
from .resource import (
    CONFLUENT_PEERING,
    ActionType,
    AtlasNetwork,
    ConfluentPeeringSpec,
    ConfluentPeeringStatus,
)
from .situation import PeeringRequest, Situation

Resource = TypedResource[ConfluentPeeringSpec, ConfluentPeeringStatus]

_ACCOUNT_DETAILS: Final = "StreamsAccountDetails"

_NETWORK: Final = "network"
"""Name of the only row of a network's poll: Confluent Cloud answers with one object instead of a list."""

_GONE: Final = 404


@dataclass(frozen=True, slots=True)
class Context:
    """The context of the object."""

    claim: Claim
    atlas: AtlasSide


class ConfluentPeeringKind(Kind[ConfluentPeeringSpec, ConfluentPeeringStatus, Context]):
    """Requests peerings from Confluent Cloud, and deletes them."""

    resource = CONFLUENT_PEERING
    spec, status = ConfluentPeeringSpec, ConfluentPeeringStatus
    service = "confluent"
    observed_message = "The operator has read the network and its peerings from Confluent Cloud."

    def __init__(self, confluent: Confluent) -> None:
        self._confluent = confluent
        self._network = Source(
            "networks",
            self._read_network,
            RowFormat(
                name=lambda _row: _NETWORK, parse=_parse_network, tokens=lambda _row: (), progress=_network_progress
            ),
            service=self.service,
            unavailable=Reason.CONFLUENT_UNAVAILABLE,
        )
        self._peerings = Source(
            "peerings",
            self._list_peerings,
            RowFormat(name=_name, parse=_parse_peering, tokens=_tokens, progress=lambda peering: peering.phase),
            service=self.service,
            unavailable=Reason.CONFLUENT_UNAVAILABLE,
        )

    # -- before any poll

    def retains(self, resource: Resource) -> bool:
        """Deleting the object changes nothing in Confluent Cloud: by its policy, or because it only observes."""
        return resource.spec.deletion_policy is DeletionPolicy.RETAIN or _only_observes(resource)

    def retained(self, resource: Resource) -> str:
        """Return the message for a deletion that leaves the peering."""
        suspended = resource.spec.deletion_policy is not DeletionPolicy.RETAIN
        return messages.retained(resource.status.peering_id, suspended=suspended)

    def holds(self, resource: Resource | InvalidResource[ConfluentPeeringStatus]) -> bool:
        """According to its status, the object manages a peering, or has requested one."""
        return resource.status.peering_id is not None or is_requested(resource.status)

    def references(self, resource: Resource) -> frozenset[ObjectKey]:
        """Return the StreamsAccountDetails that reports the Atlas side."""
        reference = resource.spec.account_details_ref
        if reference is None:
            return frozenset()
        return frozenset({ObjectKey(_ACCOUNT_DETAILS, resource.obj.namespace, reference.name)})

    def context(self, resource: Resource, lookup: Lookup) -> Context:
        """Return the context from the spec, or from the StreamsAccountDetails.

        While the Atlas side is not known, the object observes its network, because objects that refer to it need that.
        """
        obj, spec, status = resource.obj, resource.spec, resource.status
        details = next((lookup(key) for key in self.references(resource)), None)
        atlas = atlas_side(spec, status, details, deleting=obj.deleting)
        claim = Claim(
            obj.created,
            obj.namespace,
            obj.name,
            obj.uid,
            spec.environment_id,
            _place(spec, atlas.network),
            held=status.peering_id,
            requested=is_requested(status),
            deleting=obj.deleting,
        )
        return Context(claim, atlas)

    def claim(self, resource: Resource, context: Context) -> Claim:  # noqa: ARG002
        """Return the object's word on which peering it means."""
        return context.claim

    def secret_name(self, resource: Resource) -> str:
        """Return the name of the Secret that the spec names."""
        return resource.spec.credentials_secret_ref.name

    def interests(self, resource: Resource, context: Context, fingerprint: str) -> tuple[Interest, ...]:
        """Return the network and the list of its peerings. A deletion does not depend on the network."""
        spec, claim = resource.spec, context.claim
        of_network = (spec.environment_id, fingerprint, (spec.network_id,))
        words = {claim.held, claim.place.vpc if claim.place else None}
        # A dead peering may lead to another VPC than the new one.
        places = (_place(spec, context.atlas.network), _place(spec, resource.status.atlas))
        targets = {claim.held, *(place.target for place in places if place)}
        peerings = Interest(
            PollKey(self._peerings, *of_network),
            frozenset(word for word in words if word),
            frozenset(target for target in targets if target),
        )
        if claim.deleting:
            return (peerings,)
        return (peerings, Interest(PollKey(self._network, *of_network), frozenset({_NETWORK})))

    # -- after the polls

    def decide(
        self,
        resource: Resource,
        context: Context,
        observation: Observation,
        *,
        intervals: Intervals,
        now: datetime,
    ) -> Decision[ConfluentPeeringStatus]:
        """Decide what to do and what to report."""
        obj = resource.obj
        peerings, *networks = observation.rows
        return decide(
            Situation(
                spec=resource.spec,
                status=resource.status,
                claim=context.claim,
                atlas=context.atlas,
                wanted=FailureReported(generation=obj.generation, reconcile_requested_at=obj.reconcile_requested),
                network=networks[0][_NETWORK] if networks else None,
                peerings=tuple(peerings.values()),
                rivals=observation.rivals,
                attempts=observation.attempts,
                unchanged_since=observation.unchanged_since,
                intervals=intervals,
                now=now,
                unlisted=observation.unlisted,
            )
        )

    def undone(self, before: ConfluentPeeringStatus, status: ConfluentPeeringStatus) -> ConfluentPeeringStatus:
        """Return the status without the change that Confluent Cloud refused."""
        last = before.last_action
        if status.peering_id is None and last is not None and last.type == ActionType.REQUEST:
            last = None  # the result of that request is gone
        return status.model_copy(update={"last_action": last})

    async def act(self, change: Change, credentials: Credentials) -> Mapping[str, Any]:
        """Request the creation or deletion of a peering."""
        session = self._confluent.session(credentials)
        if change.action == ActionType.DELETE:
            peering: Peering = change.row
            await session.delete_peering(change.scope, peering.id or "")
            return {}
        wanted: PeeringRequest = change.row
        made = parse_peering(
            await session.create_peering(
                change.scope,
                wanted.network_id,
                display_name=wanted.display_name,
                account_id=wanted.atlas.account_id or "",
                vpc_id=wanted.atlas.vpc_id or "",
                routes=wanted.routes,
                customer_region=wanted.customer_region,
            )
        )
        if made.id is None:
            return {}
        # The phase comes from the list: while it is absent, no list has shown the peering.
        return {"peering_id": cut(made.id), "display_name": made.display_name}

    def refused(self, action: str, target: str, why: str, *, deleting: bool) -> str:  # noqa: ARG002
        """Return the message for a change that Confluent Cloud refused."""
        return messages.refused(why, deleting=deleting)

    # -- polls

    async def _read_network(self, credentials: Credentials, key: PollKey) -> Collection[RawRow]:
        (network_id,) = key.arguments
        try:
            return ({"network": await self._confluent.session(credentials).network(key.scope, network_id)},)
        except RequestRefused as error:
            if error.status != _GONE:
                raise
            return ({"missing": str(error)},)

    async def _list_peerings(self, credentials: Credentials, key: PollKey) -> Collection[RawRow]:
        (network_id,) = key.arguments
        try:
            return await self._confluent.session(credentials).list_peerings(key.scope, network_id)
        except RequestRefused as error:
            if error.status != _GONE:
                raise
            return ()  # a network that is gone has no peerings


def _place(spec: ConfluentPeeringSpec, network: AtlasNetwork | None) -> Place | None:
    if network is None or network.account_id is None or network.vpc_id is None:
        return None
    return Place(spec.environment_id, spec.network_id, network.account_id, network.vpc_id)


def _only_observes(resource: Resource) -> bool:
    """The operator never requested a change for the object, and does not plan one."""
    return resource.spec.suspend and resource.status.last_action is None


def _parse_network(row: RawRow) -> Network | NoNetwork:
    missing: Any = row.get("missing")
    return NoNetwork(str(missing)) if missing is not None else parse_network(row["network"])


def _network_progress(network: Network | NoNetwork) -> str | None:
    return network.phase if isinstance(network, Network) else None


def _name(row: RawRow) -> str:
    return str(row["id"])


def _parse_peering(row: RawRow) -> Peering:
    return parse_peering(dict(row))


def _tokens(peering: Peering) -> tuple[str, ...]:
    return (vpc_word(peering.account_id, peering.vpc_id),) if peering.account_id and peering.vpc_id else ()
