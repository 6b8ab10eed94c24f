"""Determines which of several objects that match one peering owns it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from ...atlas.models import Container, Peer
from ...controller import requesting
from .matching import Place, fitting

Found: TypeAlias = requesting.Found[Peer]
Doubtful: TypeAlias = requesting.Doubtful[Peer]
Taken: TypeAlias = requesting.Taken[Peer, Place]


@dataclass(frozen=True, slots=True)
class Claim(requesting.RequesterClaim[Place]):
    """An object's claim to a peering."""

    @property
    def places(self) -> frozenset[str]:
        """Index keys of the claim: the VPC, and the peering that the object holds."""
        words = {self.place.vpc_id, self.held}
        return frozenset(f"{self.scope}/{word}" for word in words if word)


def find(
    claim: Claim,
    peers: Iterable[Peer],
    containers: Iterable[Container],
    rivals: Iterable[Claim],
    unknown: requesting.Unknown,
) -> Found | Taken | Doubtful:
    """Find the peering of an object, unless another object owns it, or may own it."""
    rows = tuple(containers)
    candidates = fitting(claim.place, peers, rows, held=claim.held)
    return requesting.find(
        claim, candidates, rivals, same=lambda theirs, own: theirs.same_as(own, rows), unknown=unknown
    )
