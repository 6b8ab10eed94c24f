"""Which peering an object means."""

from collections.abc import Iterable
from dataclasses import dataclass

from ...confluent.models import Peering
from .phases import phase_of


@dataclass(frozen=True, slots=True)
class Place:
    """What a peering connects: one network of Confluent Cloud, and one VPC of Atlas."""

    environment_id: str
    network_id: str
    account_id: str
    vpc_id: str

    @property
    def target(self) -> str:
        """Name under which expectations know what is requested here.

        A peering that is yet to come has no name of its own. Its deletion goes by the same name: it ends the request.
        """
        return target_of(self.network_id, self.account_id, self.vpc_id)

    @property
    def vpc(self) -> str:
        """The VPC of Atlas, as rows of the network's list are found by it."""
        return vpc_word(self.account_id, self.vpc_id)

    def fits(self, peering: Peering) -> bool:
        """Tell whether a peering of the network leads to the VPC of Atlas."""
        return (peering.account_id, peering.vpc_id) == (self.account_id, self.vpc_id)


def target_of(network_id: str, account_id: str, vpc_id: str) -> str:
    """Return the name under which expectations know what is requested of a network, for a VPC of Atlas."""
    return f"{network_id}/{vpc_word(account_id, vpc_id)}"


def vpc_word(account_id: str, vpc_id: str) -> str:
    """Return the word for a VPC of Atlas."""
    return f"{account_id}/{vpc_id}"


def fitting(place: Place | None, peerings: Iterable[Peering], *, held: str | None = None) -> tuple[Peering, ...]:
    """Return the peerings that an object at this place may mean, the best first.

    One that works, or may come to work, comes before those that are dead or being deleted; among equals the one
    that the object holds comes first.
    """
    found = (one for one in peerings if one.id and (one.id == held or (place is not None and place.fits(one))))
    return tuple(sorted(found, key=lambda one: _rank(one, held)))


def _rank(peering: Peering, held: str | None) -> tuple[bool, bool, str]:
    return (not phase_of(peering.phase).usable, peering.id != held, peering.id or "")
