"""Which of several objects that mean one peering owns it: the one that holds it, else the oldest."""

from collections.abc import Iterable
from dataclasses import dataclass

from ...atlas.models import Container, Peer
from .matching import Place, fitting


@dataclass(frozen=True, slots=True)
class Claim:
    """An object's word on which peering it means."""

    created: str
    """metadata.creationTimestamp, RFC 3339 in UTC: sorts as text."""
    namespace: str
    name: str
    uid: str
    scope: str
    """Of the project's network peerings."""
    place: Place
    held: str | None
    """The peering that it manages, by its last status."""
    requested: bool = False
    """It has requested a peering that no list has shown yet."""
    deleting: bool = False
    """The object is being deleted: it means what it holds, and takes up nothing else."""

    @property
    def places(self) -> frozenset[str]:
        """Where rivals meet: the VPC, and the peering that the object holds."""
        words = {self.place.vpc_id, self.held}
        return frozenset(f"{self.scope}/{word}" for word in words if word)

    def rank(self, peer: Peer | None) -> tuple[bool, bool, str, str, str, str]:
        """Return the order of precedence for a peering, or for requesting one (None): smaller comes first.

        A peering that is held stays with its holder. Otherwise an object that is at work already comes first, then
        the older one; as a creation time has only seconds, names decide at last.
        """
        holds = peer is not None and self.held == peer.id
        at_work = self.held is not None or self.requested
        return (not holds, not at_work, self.created, self.namespace, self.name, self.uid)

    def means(self, peer: Peer | None, place: Place, containers: Iterable[Container]) -> bool:
        """Tell whether the object means a peering, or one that is to be requested at this place (None)."""
        if peer is not None and self.held == peer.id:
            return True
        if self.deleting and not self.requested:
            return False
        return self.place.same_as(place, containers)


@dataclass(frozen=True, slots=True)
class Found:
    """The peering that the object manages, or is about to: None while there is none that fits."""

    peer: Peer | None


@dataclass(frozen=True, slots=True)
class Taken:
    """Another object owns what this one means."""

    peer: Peer | None
    owner: Claim


def find(
    claim: Claim, peers: Iterable[Peer], containers: Iterable[Container], rivals: Iterable[Claim]
) -> Found | Taken:
    """Find the peering that an object means, unless another object owns it."""
    rivals, containers = tuple(rivals), tuple(containers)
    candidates = fitting(claim.place, peers, containers, held=claim.held)
    if claim.deleting and claim.held is not None:
        # Another peering that fits is another object's business.
        candidates = [one for one in candidates if one.id == claim.held]
    elif claim.deleting and not claim.requested:
        return Found(None)
    best = candidates[0] if candidates else None
    owner = owner_of(claim, best, containers, rivals)
    if owner is None:
        return Found(best)
    held = next((one for one in candidates if one.id == claim.held), None)
    if held is not None and owner_of(claim, held, containers, rivals) is None:
        return Found(held)
    return Taken(best, owner)


def owner_of(claim: Claim, peer: Peer | None, containers: Iterable[Container], rivals: Iterable[Claim]) -> Claim | None:
    """Return the other object that comes before this one; None: there is none."""
    rank, rows = claim.rank(peer), tuple(containers)
    before = [
        (other.rank(peer), other)
        for other in rivals
        if other.uid != claim.uid
        and other.scope == claim.scope
        and other.rank(peer) < rank
        and other.means(peer, claim.place, rows)
    ]
    return min(before, key=lambda entry: entry[0])[1] if before else None
