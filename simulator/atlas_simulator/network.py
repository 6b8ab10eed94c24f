"""A project's network in one region of a cloud provider, as ``streams/accountDetails`` describes it."""

import ipaddress
import json
from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from atlas_simulator.regions import REGIONS, CloudProvider


def _checked_cidr(text: str) -> str:
    ipaddress.ip_network(text)
    return text


Cidr = Annotated[str, AfterValidator(_checked_cidr)]


class Network(BaseModel):
    """The fields that the networks of all providers have; the answer leaves out a value that is ``None``."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)
    provider: ClassVar[CloudProvider]

    cidr_block: Cidr | None = "192.168.248.0/21"

    def document(self, *, with_provider: bool) -> bytes:
        """Return the JSON of an answer, with ``cloudProvider`` or without."""
        fields = self.model_dump(by_alias=True, exclude_none=True)
        if with_provider:
            fields["cloudProvider"] = self.provider.value
        return json.dumps(fields).encode()


SAMPLE_VPC = "vpc-0ef7efa5ceca36e2f"


class AwsNetwork(Network):
    """A VPC; the defaults are those of the sample in the Atlas documentation."""

    provider = CloudProvider.AWS

    aws_account_id: str | None = Field(default="974404375205", pattern=r"^\d{12}$")
    vpc_id: str | None = Field(default=SAMPLE_VPC, pattern=r"^vpc-[0-9a-f]{8}([0-9a-f]{9})?$")


class AzureNetwork(Network):
    """A virtual network; the defaults are those of the sample in the Atlas documentation."""

    provider = CloudProvider.AZURE

    azure_subscription_id: str | None = "f1a2b3c4-d5e6-87a8-a9b0-c1d2e3f4a5b6"
    virtual_network_name: str | None = "vnet_a1b2c3d4e5f6a7b8c9d0e1f2_xyz987ab"


class GcpNetwork(Network):
    """A VPC network; no document shows one, so the defaults only follow the patterns of the Atlas schema."""

    provider = CloudProvider.GCP

    gcp_project_id: str | None = "p-a1b2c3d4e5f6a7b8c9d0e1f2"
    vpc_network_name: str | None = "nt-a1b2c3d4e5f6a7b8c9d0e1f2-xyz987ab"


_KINDS: Mapping[CloudProvider, type[Network]] = {kind.provider: kind for kind in (AwsNetwork, AzureNetwork, GcpNetwork)}


def network_key(provider: str, region: str) -> tuple[CloudProvider, str]:
    """Return the key of a network.

    Raises
    ------
    ValueError
        When there is no such provider, or the provider has no such region. Case matters.
    """
    known = CloudProvider(provider)
    if region not in REGIONS[known]:
        raise ValueError(f"{provider} has no region {region!r}")
    return known, region


def changed_network(provider: CloudProvider, before: Network | None, values: Mapping[str, str | None]) -> Network:
    """Return a network with new values by field name; a missing value keeps its value or default.

    Raises
    ------
    ValueError
        When a value is malformed, or the provider's networks have no such field.
    """
    kept = {} if before is None else before.model_dump()
    return _KINDS[provider].model_validate({**kept, **values})
