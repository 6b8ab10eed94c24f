"""An object, and the inputs of the decision about it."""

from dataclasses import dataclass

from ...api.regions import aws_region
from ...confluent.models import Network, Peering
from ...controller.attempts import Attempt
from ...controller.requesting import RequesterSituation
from .atlas_side import AtlasSide, is_requested
from .matching import target_of
from .network import NoNetwork
from .ownership import Claim
from .resource import ActionType, AtlasNetwork, ConfluentPeeringSpec, ConfluentPeeringStatus


@dataclass(frozen=True, slots=True)
class PeeringRequest:
    """A peering as it is requested from Confluent Cloud."""

    network_id: str
    display_name: str
    atlas: AtlasNetwork
    routes: tuple[str, ...]
    customer_region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation(RequesterSituation[ConfluentPeeringStatus, Claim]):
    """An object, and the inputs of the decision about it."""

    spec: ConfluentPeeringSpec
    atlas: AtlasSide
    network: Network | NoNetwork | None
    """None: the object is being deleted, and does not need the network."""
    peerings: tuple[Peering, ...]
    """Peerings of the network that can concern this object or its rivals."""

    @property
    def requested(self) -> bool:
        """A peering was requested, and its ID is not known."""
        return is_requested(self.status)

    def request(self) -> PeeringRequest | None:
        """Return the peering to request; None: the Atlas side is not known."""
        atlas = self.atlas.network
        if atlas is None:
            return None
        return PeeringRequest(
            network_id=self.spec.network_id,
            display_name=self.spec.display_name or self.claim.name,
            atlas=atlas,
            routes=self.spec.routes or (atlas.cidr_block or "",),
            customer_region=self.spec.customer_region or aws_region(atlas.region or ""),
        )

    def unseen_request(self) -> Attempt | None:
        """Return the last request for a peering at this place, unless a list has shown its result.

        It may be a request of another object. After a restart, the object's own comes from its status.
        """
        if self.held is not None and (self.status.phase is not None or self.deleted):
            return None
        target = self.claim.place.target if self.claim.place else ""
        return self.attempt(target, ActionType.REQUEST, own=True)

    def last_deletion(self, peering: Peering) -> Attempt | None:
        """Return the last request to delete a peering."""
        return self.attempt(self.target(peering), ActionType.DELETE, own=self.held == peering.id)

    def target(self, peering: Peering) -> str:
        """Return the key of a peering's deletion in the expectations."""
        if peering.account_id and peering.vpc_id:
            return target_of(self.spec.network_id, peering.account_id, peering.vpc_id)
        return peering.id or ""
