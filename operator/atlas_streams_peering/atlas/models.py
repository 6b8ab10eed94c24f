"""What Atlas answers. Every field is optional in Atlas' own schema, and unknown ones may come at any time."""

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


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
