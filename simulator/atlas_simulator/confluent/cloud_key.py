"""An API key of Confluent Cloud, and its permissions."""

from dataclasses import dataclass
from enum import IntEnum

from atlas_simulator.confluent.link import ORGANIZATION
from atlas_simulator.directory import Principal, PrincipalKind


class CloudRole(IntEnum):
    """The permissions of an API key in one environment; a higher role includes the lower."""

    READ = 1
    """Read networks and peerings."""
    OWNER = 2
    """NetworkAdmin: also create, change and delete peerings."""

    @classmethod
    def named(cls, name: str) -> "CloudRole":
        """Return the role called ``read`` or ``owner``."""
        try:
            return cls[name.upper()]
        except KeyError:
            raise ValueError(f"role {name!r} is neither 'read' nor 'owner'") from None


@dataclass
class CloudKey:
    """A Cloud API key as a principal, with its roles."""

    principal: Principal
    roles: dict[str, CloudRole]
    """By environment id."""

    @classmethod
    def new(cls, key: str, secret: str, roles: dict[str, CloudRole]) -> "CloudKey":
        """Return an API key with one secret."""
        return cls(Principal(key, PrincipalKind.CLOUD_API_KEY, [secret], ORGANIZATION, {}), roles)
