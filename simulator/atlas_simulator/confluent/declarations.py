"""The declarations of Confluent Cloud's part of a configuration file, and of the control routes' bodies."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from atlas_simulator.confluent.controls import ConfluentControls


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CloudApiKeyDeclaration(_Strict):
    """An API key of Confluent Cloud."""

    key: str
    secret: str
    roles: dict[str, Literal["owner", "read"]] = Field(default_factory=dict)

    def apply(self, controls: ConfluentControls) -> str:
        """Add the API key, or replace it, and return its id."""
        controls.add_api_key(**self.model_dump())
        return self.key


class CloudNetworkDeclaration(_Strict):
    """A network of Confluent Cloud, as :meth:`ConfluentControls.add_network` takes it."""

    environment: str
    network: str | None = None
    cloud: Literal["AWS", "AZURE", "GCP"] = "AWS"
    region: str = "us-east-1"
    cidr: str | None = "10.0.0.0/16"
    connection_types: list[str] = Field(default=["PEERING"], min_length=1)
    account: str = "417601102659"
    vpc: str | None = None
    display_name: str | None = None
    ready_after: float | None = Field(default=None, ge=0)

    def apply(self, controls: ConfluentControls) -> str:
        """Create the network, and return its id."""
        return controls.add_network(**self.model_dump())


class CloudPeeringDeclaration(_Strict):
    """A peering that somebody creates in the console."""

    network: str
    account: str
    vpc: str
    routes: list[str]
    customer_region: str = "us-east-1"
    display_name: str | None = None

    def apply(self, controls: ConfluentControls) -> str:
        """Create the peering, and return its id."""
        return controls.create_peering(**self.model_dump())


class PhaseDeclaration(_Strict):
    """The phase of a network or a peering; ``null`` ends a phase that was set before."""

    phase: str | None
    code: str | None = None
    message: str | None = None


class ConfluentConfiguration(_Strict):
    """The starting state of Confluent Cloud."""

    api_keys: list[CloudApiKeyDeclaration] = Field(default_factory=list)
    networks: list[CloudNetworkDeclaration] = Field(default_factory=list)
    peerings: list[CloudPeeringDeclaration] = Field(default_factory=list)

    def apply(self, controls: ConfluentControls) -> None:
        """Change Confluent Cloud to this state."""
        for part in (self.api_keys, self.networks, self.peerings):
            for declaration in part:
                declaration.apply(controls)
