"""Matches objects with peerings."""

from collections.abc import Iterable
from dataclasses import dataclass

from ...atlas.models import Container, Peer
from .resource import StreamsOutboundVpcPeeringSpec
from .states import state_of


@dataclass(frozen=True, slots=True)
class Place:
    """The two ends of a peering: a network container of the project, and a VPC in AWS."""

    region: str | None
    """The region of the container, as Atlas spells it; None: `container_id` names it."""
    container_id: str | None
    account_id: str
    vpc_id: str

    @classmethod
    def of(cls, spec: StreamsOutboundVpcPeeringSpec) -> "Place":
        """Return the place from a spec."""
        return cls(spec.atlas_region, spec.container_id, spec.aws_account_id, spec.vpc_id)

    @property
    def container_word(self) -> str:
        """The token by which the object finds its container."""
        return self.container_id or self.region or ""

    @property
    def target(self) -> str:
        """The key of a peering that does not exist yet in the expectations."""
        return f"{self.container_word}/{self.account_id}/{self.vpc_id}"

    @property
    def vpc(self) -> str:
        """The VPC in AWS, independent of whether an object names the container or its region."""
        return f"{self.account_id}/{self.vpc_id}"

    @property
    def container_target(self) -> str:
        """The key of a container that does not exist yet in the expectations."""
        return f"container/{self.container_word}"

    def container(self, containers: Iterable[Container]) -> Container | None:
        """Return the container; None: there is none."""
        found = (
            one
            for one in containers
            if (one.id == self.container_id if self.container_id else one.region_name == self.region)
        )
        return min(found, key=lambda one: one.id, default=None)

    def fits(self, peer: Peer, containers: Iterable[Container]) -> bool:
        """Return whether a peering connects the two ends."""
        if (peer.aws_account_id, peer.vpc_id) != (self.account_id, self.vpc_id):
            return False
        return peer.container_id is not None and peer.container_id == self.resolved(containers)

    def same_as(self, other: "Place", containers: Iterable[Container]) -> bool:
        """Return whether two places are the same: one object may name the container, the other its region."""
        if (other.account_id, other.vpc_id) != (self.account_id, self.vpc_id):
            return False
        if other.container_word == self.container_word:
            return True
        rows = tuple(containers)
        mine = self.resolved(rows)
        return mine is not None and mine == other.resolved(rows)

    def resolved(self, containers: Iterable[Container]) -> str | None:
        """Return the ID of the container, also where the object names its region."""
        if self.container_id:
            return self.container_id
        container = self.container(containers)
        return None if container is None else container.id


def fitting(place: Place, peers: Iterable[Peer], containers: Iterable[Container], *, held: str | None) -> list[Peer]:
    """Return the peerings that match this place, the best first.

    Usable peerings come before those that failed or are being deleted. Among equals, the one that the object holds
    comes first.
    """
    rows = tuple(containers)
    found = (one for one in peers if one.id == held or place.fits(one, rows))
    return sorted(found, key=lambda one: (not state_of(one).usable, one.id != held, one.id))
