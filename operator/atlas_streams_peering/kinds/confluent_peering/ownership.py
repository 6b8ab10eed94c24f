"""Which of several objects that mean one peering owns it: the one that holds it, else the oldest."""

from collections.abc import Iterable
from dataclasses import dataclass

from ...confluent.models import Peering
from .matching import Place, fitting


@dataclass(frozen=True, slots=True)
class Claim:
    """An object's word on which peering it means."""

    created: str
    """metadata.creationTimestamp, RFC 3339 in UTC: sorts as text."""
    namespace: str
    name: str
    uid: str
    environment_id: str
    place: Place | None
    """None: an object that it refers to does not say yet which VPC of Atlas is meant."""
    held: str | None
    """The peering that it manages, by its last status."""
    requested: bool = False
    """It has requested a peering that no list has shown yet."""
    deleting: bool = False
    """The object is being deleted: it means what it holds, and takes up nothing else."""

    @property
    def places(self) -> frozenset[str]:
        """Where rivals meet: what is to be connected, and the peering that the object holds."""
        words = {self.place.target if self.place else None, self.held}
        return frozenset(f"{self.environment_id}/{word}" for word in words if word)

    def rank(self, peering: Peering | None) -> tuple[bool, bool, str, str, str, str]:
        """Return the order of precedence for a peering, or for requesting one (None): smaller comes first.

        A peering that is held stays with its holder. Otherwise an object that is at work already comes first, then
        the older one; as a creation time has only seconds, names decide at last.
        """
        holds = peering is not None and self.held == peering.id
        at_work = self.held is not None or self.requested
        return (not holds, not at_work, self.created, self.namespace, self.name, self.uid)

    def means(self, peering: Peering | None, place: Place | None) -> bool:
        """Tell whether the object means a peering, or one that is to be requested at this place (None)."""
        if peering is not None and self.held == peering.id:
            return True
        if self.deleting and not self.requested:
            return False
        return self.place is not None and self.place == place


@dataclass(frozen=True, slots=True)
class Found:
    """The peering that the object manages, or is about to: None while there is none that fits."""

    peering: Peering | None


@dataclass(frozen=True, slots=True)
class Taken:
    """Another object owns what this one means."""

    peering: Peering | None
    owner: Claim


def find(claim: Claim, peerings: Iterable[Peering], rivals: Iterable[Claim]) -> Found | Taken:
    """Find the peering that an object means, unless another object owns it."""
    rivals = tuple(rivals)
    candidates = fitting(claim.place, peerings, held=claim.held)
    if claim.deleting and claim.held is not None:
        # Another peering that fits is another object's business.
        candidates = tuple(one for one in candidates if one.id == claim.held)
    elif claim.deleting and not claim.requested:
        return Found(None)
    best = candidates[0] if candidates else None
    owner = owner_of(claim, best, rivals)
    if owner is None:
        return Found(best)
    held = next((one for one in candidates if one.id == claim.held), None)
    if held is not None and owner_of(claim, held, rivals) is None:
        return Found(held)
    return Taken(best, owner)


def owner_of(claim: Claim, peering: Peering | None, rivals: Iterable[Claim]) -> Claim | None:
    """Return the other object that comes before this one; None: there is none."""
    rank = claim.rank(peering)
    before = [
        (other.rank(peering), other)
        for other in rivals
        if other.uid != claim.uid
        and other.environment_id == claim.environment_id
        and other.rank(peering) < rank
        and other.means(peering, claim.place)
    ]
    return min(before, key=lambda entry: entry[0])[1] if before else None
