"""What Confluent Cloud answers. A field may be absent or new at any time; one of a wrong type counts as absent."""

from typing import Any

from pydantic import (
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)


def _at(*path: str) -> Any:
    """Return a field that stands at this path of the JSON, and is None where nothing stands there."""
    return Field(default=None, validation_alias=AliasPath(*path))


class _Answer(BaseModel):
    """Values are kept as Confluent Cloud wrote them; what a phase means is decided elsewhere."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="ignore")

    @field_validator("*", mode="wrap")
    @classmethod
    def _wrong_is_absent(cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        try:
            return handler(value)
        except ValidationError:
            return cls.model_fields[info.field_name or ""].get_default()


class Network(_Answer):
    """A network: ``networking.v1.Network`` of the API's document."""

    id: str | None = None
    """``n-…``."""
    environment_id: str | None = _at("spec", "environment", "id")
    """``env-…``."""
    display_name: str | None = _at("spec", "display_name")
    cloud: str | None = _at("spec", "cloud")
    """``AWS``, ``AZURE`` or ``GCP``."""
    region: str | None = _at("spec", "region")
    """As the cloud spells it: ``us-east-1``."""
    cidr: str | None = _at("spec", "cidr")
    connection_types: tuple[str, ...] | None = _at("spec", "connection_types")
    """``PEERING``, ``PRIVATELINK``, ``TRANSITGATEWAY``, or another."""
    phase: str | None = _at("status", "phase")
    """``PROVISIONING``, ``READY``, ``FAILED``, ``DEPROVISIONING``, or another."""
    error_code: str | None = _at("status", "error_code")
    error_message: str | None = _at("status", "error_message")
    aws_account_id: str | None = _at("status", "cloud", "account")
    """The AWS account of the network, which requests the peering. Known once the network is ready."""
    aws_vpc_id: str | None = _at("status", "cloud", "vpc")
    """The network's VPC in that account. Known once the network is ready."""


class Peering(_Answer):
    """A peering connection: ``networking.v1.Peering`` of the API's document.

    It does not tell the ``pcx-…`` that AWS gives it.
    """

    id: str | None = None
    """``peer-…``. A row of the list has it; the answer to a creation may leave it out."""
    display_name: str | None = _at("spec", "display_name")
    environment_id: str | None = _at("spec", "environment", "id")
    network_id: str | None = _at("spec", "network", "id")
    account_id: str | None = _at("spec", "cloud", "account")
    """The AWS account that the peering leads to."""
    vpc_id: str | None = _at("spec", "cloud", "vpc")
    """The VPC in that account."""
    routes: tuple[str, ...] | None = _at("spec", "cloud", "routes")
    """The CIDR blocks that the network reaches through the peering."""
    customer_region: str | None = _at("spec", "cloud", "customer_region")
    phase: str | None = _at("status", "phase")
    """``PROVISIONING``, ``PENDING_ACCEPT``, ``READY``, ``FAILED``, ``DEPROVISIONING``, ``DISCONNECTED``, or another."""
    error_code: str | None = _at("status", "error_code")
    error_message: str | None = _at("status", "error_message")
