"""Models of Atlas' requests and answers. Every field of an answer is optional, and unknown fields may occur."""

from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

AWS: Final = "AWS"
"""Atlas' name of the only cloud whose network peerings the operator manages."""

ModelT = TypeVar("ModelT", bound=BaseModel)


class AccountDetails(BaseModel):
    """The account and network that Atlas uses in one region: ``AccountDetails`` of the API's document.

    One model for the three variants: the answer may leave out `cloudProvider`, which would tell them apart.
    """

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")

    cidr_block: str | None = None
    aws_account_id: str | None = None
    vpc_id: str | None = None
    azure_subscription_id: str | None = None
    virtual_network_name: str | None = None
    gcp_project_id: str | None = None
    vpc_network_name: str | None = None


class Connection(BaseModel):
    """An inbound VPC peering connection: ``VPCPeeringConnection`` of the API's document.

    Values are kept as Atlas wrote them; what a state means is decided elsewhere.
    """

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")

    id: str | None = Field(default=None, alias="_id")
    """Atlas' own ID, 24 hexadecimal digits. No call takes it."""
    name: str
    """The connection's ID in AWS, ``pcx-…``: what accept, reject and delete take as ``{id}``."""
    requester_account_id: str | None = None
    requester_vpc_id: str | None = None
    requester_cidr: str | None = None
    accepter_account_id: str | None = None
    accepter_vpc_id: str | None = None
    accepter_cidr: str | None = None
    """Known only once the connection is active."""
    cloud_status: str | None = None
    """AWS' VpcPeeringConnectionStateReason code; Atlas gives it no list of values."""
    local_status: str | None = None
    """What Atlas itself is doing; NONE, ACTIVE, REQUEST_…, …_REQUESTED, SCAN_FAILED or UPDATE_FAILED."""
    expiration_time: str | None = None
    """ISO 8601, UTC."""
    status_message: str | None = None


class Container(BaseModel):
    """Atlas' network for a project in one AWS region: ``AWSCloudProviderContainer`` of the API's document."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")

    id: str
    """24 hexadecimal digits."""
    region_name: str | None = None
    """As Atlas spells it: ``US_EAST_1``."""
    atlas_cidr_block: str | None = None
    vpc_id: str | None = None
    """Known only once the container is provisioned, which its first peering or cluster does."""


class Peer(BaseModel):
    """A network peering from Atlas to a VPC: ``AwsNetworkPeeringConnectionSettings`` of the API's document."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")

    id: str
    """24 hexadecimal digits: what change and delete take as ``{peerId}``."""
    container_id: str | None = None
    aws_account_id: str | None = None
    vpc_id: str | None = None
    route_table_cidr_block: str | None = None
    accepter_region_name: str | None = None
    """As AWS spells it; null where it is the container's own region."""
    connection_id: str | None = None
    """The connection's ID in AWS, ``pcx-…``; known once Atlas has made the request."""
    status_name: str | None = None
    """INITIATING, PENDING_ACCEPTANCE, FAILED, FINALIZING, AVAILABLE or TERMINATING."""
    error_state_name: str | None = None
    """Why it failed: REJECTED, EXPIRED or INVALID_ARGUMENT."""


@dataclass(frozen=True, slots=True)
class ContainerRequest:
    """The request to create a container."""

    region: str
    """As Atlas spells it: ``US_EAST_1``."""
    cidr_block: str

    @property
    def body(self) -> dict[str, str]:
        """The body of a request."""
        return {"providerName": AWS, "regionName": self.region, "atlasCidrBlock": self.cidr_block}


@dataclass(frozen=True, slots=True)
class PeerRequest:
    """The request to create or change a peering."""

    container_id: str
    aws_account_id: str
    vpc_id: str
    route_table_cidr_block: str
    accepter_region_name: str
    """As AWS spells it: ``us-east-1``."""

    @property
    def body(self) -> dict[str, str]:
        """The body of a request: Atlas wants all fields also where only the routes change."""
        return {
            "providerName": AWS,
            "containerId": self.container_id,
            "awsAccountId": self.aws_account_id,
            "vpcId": self.vpc_id,
            "routeTableCidrBlock": self.route_table_cidr_block,
            "accepterRegionName": self.accepter_region_name,
        }


def parse(model: type[ModelT], body: dict[str, Any]) -> ModelT:
    """Parse an answer or a row; a field of a wrong type counts as absent."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        wrong = {str(problem["loc"][0]) for problem in error.errors(include_input=False)}
        return model.model_validate({key: value for key, value in body.items() if key not in wrong})
