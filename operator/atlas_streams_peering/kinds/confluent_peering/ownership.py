"""Determines which of several objects that match one peering owns it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from ...confluent.models import Peering
from ...controller import requesting
from .matching import Place, fitting

Found: TypeAlias = requesting.Found[Peering]
Doubtful: TypeAlias = requesting.Doubtful[Peering]
Taken: TypeAlias = requesting.Taken[Peering, Place | None]


@dataclass(frozen=True, slots=True)
class Claim(requesting.RequesterClaim[Place | None]):
    """An object's claim to a peering.

    Its place is None while the Atlas VPC is not known.
    """

    @property
    def places(self) -> frozenset[str]:
        """Index keys of the claim: the place, and the peering that the object holds."""
        words = {self.place.target if self.place else None, self.held}
        return frozenset(f"{self.scope}/{word}" for word in words if word)


def find(
    claim: Claim, peerings: Iterable[Peering], rivals: Iterable[Claim], unknown: requesting.Unknown
) -> Found | Taken | Doubtful:
    """Find the peering of an object, unless another object owns it, or may own it."""
    candidates = fitting(claim.place, peerings, held=claim.held)
    return requesting.find(claim, candidates, rivals, same=_same, unknown=unknown)


def _same(theirs: Place | None, own: Place | None) -> bool:
    return theirs is not None and theirs == own
