"""Projects, and the principals (API keys and service accounts) that have roles in them."""

import hashlib
from dataclasses import dataclass, field
from enum import Flag, StrEnum

from atlas_simulator.network import SAMPLE_VPC, AwsNetwork, Network
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
    CLOUD_API_KEY = "cloud-api-key"
    """An API key of Confluent Cloud."""


@dataclass
class Project:
    """An Atlas project with its side of a requested peering, and its networks."""

    id: str
    organization: str
    accepter_account_id: str
    accepter_vpc_id: str
    accepter_cidr: str
    networks: dict[tuple[CloudProvider, str], Network] = field(default_factory=dict)
    """By cloud provider and region."""


@dataclass
class Principal:
    """An API key (public and private key, or key and secret) or a service account (client id and secrets)."""

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
        """Add a project, or replace it, with one network, in AWS ``US_EAST_1``.

        Without ``accepter_vpc``, the id of the accepter's VPC is derived from the project id.
        """
        added = Project(project, organization, accepter_account, accepter_vpc or _derived_vpc(project), accepter_cidr)
        region = "US_EAST_1"
        added.networks[CloudProvider.AWS, region] = AwsNetwork(vpc_id=self.unused_vpc(project, region))
        self.projects[project] = added
        return added

    def unused_vpc(self, project: str, region: str) -> str:
        """Return the VPC of the documented sample, or a derived one when another project has that VPC."""
        taken = {
            network.vpc_id
            for other in self.projects.values()
            for network in other.networks.values()
            if other.id != project and isinstance(network, AwsNetwork)
        }
        return _derived_vpc(f"{project} {region}") if SAMPLE_VPC in taken else SAMPLE_VPC

    def owners_of_vpc(self, account: str, vpc: str, region: str) -> list[tuple[Project, AwsNetwork]]:
        """Return the projects whose account details name a VPC, with the network; ``region`` is as Atlas spells it."""
        return [
            (project, network)
            for project in self.projects.values()
            for (_, placed), network in project.networks.items()
            if placed == region
            and isinstance(network, AwsNetwork)
            and (network.aws_account_id, network.vpc_id) == (account, vpc)
        ]

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


def _derived_vpc(text: str) -> str:
    return "vpc-0" + hashlib.sha256(text.encode()).hexdigest()[:16]
