"""Projects, and the principals (API keys and service accounts) that have roles in them."""

import hashlib
from dataclasses import dataclass, field
from enum import Flag, StrEnum

from atlas_simulator.network import Network, default_networks
from atlas_simulator.regions import CloudProvider

DEFAULT_ORGANIZATION = "organization"


class Role(Flag):
    """What a principal may do in one project."""

    READ = 1
    """Project Read Only: read every list, and the account details."""
    STREAMS = 2
    """Project Stream Processing Owner: accept, reject and delete inbound connections."""
    NETWORK = 4
    """Project Network Access Manager: create, change and delete network peerings."""
    PROJECT = 8
    """Project Owner: create and delete network containers."""

    @classmethod
    def named(cls, name: str) -> "Role":
        """Return the role called ``read``, ``owner`` (of stream processing), ``network`` or ``project-owner``."""
        try:
            return _ROLES[name]
        except KeyError:
            raise ValueError(f"role {name!r} is not one of {', '.join(_ROLES)}") from None


_ROLES = {
    "read": Role.READ,
    "owner": Role.READ | Role.STREAMS,
    "network": Role.READ | Role.NETWORK,
    "project-owner": Role.READ | Role.STREAMS | Role.NETWORK | Role.PROJECT,
}
"""Project Owner has every permission in the project."""


class PrincipalKind(StrEnum):
    """How a principal authenticates."""

    API_KEY = "api-key"
    SERVICE_ACCOUNT = "service-account"


@dataclass
class Project:
    """An Atlas project with its side of a requested peering, and its networks."""

    id: str
    organization: str
    accepter_account_id: str
    accepter_vpc_id: str
    accepter_cidr: str
    networks: dict[tuple[CloudProvider, str], Network] = field(default_factory=default_networks)
    """By cloud provider and region."""


@dataclass
class Principal:
    """An API key (public and private key) or a service account (client id and secrets)."""

    id: str
    kind: PrincipalKind
    secrets: list[str] = field(repr=False)
    """The valid secrets; a service account has two during a rotation."""
    organization: str
    roles: dict[str, Role]
    """By project id."""
    blocked_address: str | None = None
    """When set, the API access list refuses the principal's calls, as if they came from this address."""


class Directory:
    """All projects and principals by id."""

    def __init__(self) -> None:
        self.projects: dict[str, Project] = {}
        self._principals: dict[str, Principal] = {}

    def add_project(
        self,
        project: str,
        *,
        organization: str = DEFAULT_ORGANIZATION,
        accepter_account: str = "974404375205",
        accepter_vpc: str | None = None,
        accepter_cidr: str = "192.168.248.0/21",
    ) -> Project:
        """Add a project, or replace it, with the default networks.

        Without ``accepter_vpc``, the id of the accepter's VPC is derived from the project id.
        """
        vpc = accepter_vpc or "vpc-0" + hashlib.sha256(project.encode()).hexdigest()[:16]
        added = Project(project, organization, accepter_account, vpc, accepter_cidr)
        self.projects[project] = added
        return added

    def add_principal(self, principal: Principal) -> None:
        """Add a principal, or replace the one with the same id."""
        self._principals[principal.id] = principal

    def principal(self, principal_id: str) -> Principal:
        """Return a principal; raises ``KeyError`` when there is none."""
        return self._principals[principal_id]

    def find(self, principal_id: str, kind: PrincipalKind) -> Principal | None:
        """Return the principal of this kind, or ``None``."""
        found = self._principals.get(principal_id)
        return found if found is not None and found.kind is kind else None

    def remove_principal(self, principal_id: str) -> None:
        """Remove a principal; its tokens stop working."""
        del self._principals[principal_id]
