"""The models of a configuration file (YAML) and of the control routes' bodies (JSON)."""

from pathlib import Path
from typing import Any, Literal, Protocol, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field

from atlas_simulator.confluent.declarations import ConfluentConfiguration
from atlas_simulator.controls import Controls
from atlas_simulator.directory import DEFAULT_ORGANIZATION


class Applicable(Protocol):
    """A declaration that changes the state of a simulator."""

    @classmethod
    def model_validate(cls, obj: Any, /) -> Self:
        """Parse the declaration from plain data."""

    def apply(self, controls: Controls) -> object:
        """Change a simulator to the declared state."""


RoleName = Literal["owner", "read", "network", "project-owner"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProjectDeclaration(_Strict):
    """An Atlas project, as :meth:`Controls.add_project` takes it."""

    project: str
    organization: str = DEFAULT_ORGANIZATION
    accepter_account: str = "974404375205"
    accepter_vpc: str | None = None
    accepter_cidr: str = "192.168.248.0/21"

    def apply(self, controls: Controls) -> None:
        """Add the project, or replace it."""
        controls.add_project(**self.model_dump())


class ApiKeyDeclaration(_Strict):
    """An API key."""

    public_key: str
    private_key: str
    roles: dict[str, RoleName] = Field(default_factory=dict)
    organization: str = DEFAULT_ORGANIZATION
    blocked_address: str | None = None

    def apply(self, controls: Controls) -> None:
        """Add the API key, or replace it."""
        controls.add_api_key(**self.model_dump())


class ServiceAccountDeclaration(_Strict):
    """A service account."""

    client_id: str
    client_secret: str
    roles: dict[str, RoleName] = Field(default_factory=dict)
    organization: str = DEFAULT_ORGANIZATION
    blocked_address: str | None = None

    def apply(self, controls: Controls) -> None:
        """Add the service account, or replace it."""
        controls.add_service_account(**self.model_dump())


class NetworkDeclaration(_Strict):
    """A project's network in one region; with ``available: false`` the project has no network there."""

    project: str
    provider: str
    region: str
    available: bool = True
    values: dict[str, str | None] = Field(default_factory=dict)

    def apply(self, controls: Controls) -> None:
        """Add or change the network, or remove it."""
        networks = controls.networks
        if self.available:
            networks.put(self.project, self.provider, self.region, **self.values)
        elif self.values:
            raise ValueError("a network that is not available has no values")
        elif networks.has(self.project, self.provider, self.region):
            networks.remove(self.project, self.provider, self.region)


class ContainerDeclaration(_Strict):
    """A network container of a project, which network peerings start from."""

    project: str
    region: str
    cidr_block: str = "192.168.248.0/21"

    def apply(self, controls: Controls) -> str:
        """Create the container, and return its id."""
        return controls.network_peering.add_container(**self.model_dump())


class PeeringDeclaration(_Strict):
    """A peering that a requester asks for."""

    project: str
    account: str
    vpc: str
    cidr: str = "10.0.0.0/16"
    accepter_account: str | None = None
    accepter_vpc: str | None = None
    accepter_cidr: str | None = None
    name: str | None = None
    delays: dict[str, float] | None = None

    def apply(self, controls: Controls) -> str:
        """Request the peering, and return its name."""
        return controls.request_peering(**self.model_dump())


class FaultDeclaration(_Strict):
    """A fault, as :class:`~atlas_simulator.faults.Fault` describes it."""

    kind: str
    operation: str | None = None
    project: str | None = None
    connection: str | None = None
    principal: str | None = None
    account: str | None = None
    cloud_provider: str | None = None
    region: str | None = None
    service: Literal["atlas", "confluent"] | None = None
    environment: str | None = None
    network: str | None = None
    peering: str | None = None
    times: int | None = 1
    percent: float = Field(default=100, ge=0, le=100)
    before_authentication: bool = False
    status: int | None = Field(default=None, ge=100, le=599)
    body: Any = None
    headers: dict[str, str] = Field(default_factory=dict)
    seconds: float = Field(default=0, ge=0)
    message: str | None = None

    def apply(self, controls: Controls) -> int:
        """Queue the fault, and return its id."""
        return controls.fault(**self.model_dump()).id


class Configuration(_Strict):
    """The starting state of a simulator."""

    settings: dict[str, Any] = Field(default_factory=dict)
    projects: list[ProjectDeclaration] = Field(default_factory=list)
    api_keys: list[ApiKeyDeclaration] = Field(default_factory=list)
    service_accounts: list[ServiceAccountDeclaration] = Field(default_factory=list)
    networks: list[NetworkDeclaration] = Field(default_factory=list)
    containers: list[ContainerDeclaration] = Field(default_factory=list)
    peerings: list[PeeringDeclaration] = Field(default_factory=list)
    confluent: ConfluentConfiguration = Field(default_factory=ConfluentConfiguration)
    faults: list[FaultDeclaration] = Field(default_factory=list)

    def apply(self, controls: Controls) -> None:
        """Change a simulator to this state."""
        controls.configure(self.settings)
        for part in (
            self.projects,
            self.api_keys,
            self.service_accounts,
            self.networks,
            self.containers,
            self.peerings,
            self.faults,
        ):
            for declaration in part:
                declaration.apply(controls)
        self.confluent.apply(controls.confluent)


def read_configuration(path: Path) -> Configuration:
    """Read a YAML file; raises ``ValueError`` when it is not valid YAML or has an unknown field."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is not YAML: {error}") from error
    return Configuration.model_validate(document or {})
