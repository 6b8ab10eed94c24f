"""Matches objects with peerings."""

from collections.abc import Iterable
from dataclasses import dataclass

from ...confluent.models import Peering
from .phases import phase_of


@dataclass(frozen=True, slots=True)
class Place:
    """The two ends of a peering: a network of Confluent Cloud, and a VPC of Atlas."""

    environment_id: str
    network_id: str
    account_id: str
    vpc_id: str

    @property
    def target(self) -> str:
        """The key of requests for this place in the expectations.

        A peering that does not exist yet has no ID. Its deletion uses the same key, because it ends the request.
        """
        return target_of(self.network_id, self.account_id, self.vpc_id)

    @property
    def vpc(self) -> str:
        """The token of the Atlas VPC, which is in the rows of the network's list."""
        return vpc_word(self.account_id, self.vpc_id)

    def fits(self, peering: Peering) -> bool:
        """Return whether a peering of the network leads to the VPC of Atlas."""
        return (peering.account_id, peering.vpc_id) == (self.account_id, self.vpc_id)


def target_of(network_id: str, account_id: str, vpc_id: str) -> str:
    """Return the key of requests for a network and a VPC of Atlas in the expectations."""
    return f"{network_id}/{vpc_word(account_id, vpc_id)}"


def vpc_word(account_id: str, vpc_id: str) -> str:
    """Return the token of a VPC of Atlas."""
    return f"{account_id}/{vpc_id}"


def fitting(place: Place | None, peerings: Iterable[Peering], *, held: str | None = None) -> tuple[Peering, ...]:
    """Return the peerings that match this place, the best first.

    Usable peerings come before those that are dead or being deleted. Among equals, the one that the object holds comes
    first.
    """
    found = (one for one in peerings if one.id and (one.id == held or (place is not None and place.fits(one))))
    return tuple(sorted(found, key=lambda one: _rank(one, held)))


def _rank(peering: Peering, held: str | None) -> tuple[bool, bool, str]:
    return (not phase_of(peering.phase).usable, peering.id != held, peering.id or "")
