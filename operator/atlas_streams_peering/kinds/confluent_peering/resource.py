"""ConfluentPeering: the Confluent Cloud side of a peering, which requests the connection that Atlas accepts."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from ...api.base import (
    AccountId,
    ApiModel,
    AtlasRegion,
    AwsRegion,
    CidrBlock,
    DeletionPolicy,
    EnvironmentId,
    LocalObjectReference,
    NetworkId,
    Route,
    VpcId,
    unchangeable,
)
from ...api.crd import CustomResource, PrinterColumn
from ...api.status import FailureReported, LastAction, ResourceStatus, Word

_ANOTHER_OBJECT = "create another ConfluentPeering for another VPC of Atlas"


class AtlasNetworkSpec(ApiModel):
    """The Atlas side, written out."""

    account_id: AccountId
    """AWS account of Atlas: 12 digits, in quotes. Cannot be changed."""
    vpc_id: VpcId
    """VPC of Atlas in that account. Cannot be changed."""
    cidr_block: CidrBlock
    """CIDR block of that VPC."""
    region: AtlasRegion
    """Region of that VPC, as Atlas or AWS names it: US_EAST_1 or us-east-1."""


class ConfluentPeeringSpec(ApiModel):
    """Which network of Confluent Cloud is peered, and with which VPC of Atlas."""

    display_name: Annotated[str, Field(min_length=1, max_length=253)] | None = None
    """Name of the peering in Confluent Cloud, given when the operator requests it. If you leave it out, the operator
    uses the name of this object."""
    environment_id: EnvironmentId
    """Confluent Cloud environment of the network: env-… Cannot be changed."""
    network_id: NetworkId
    """Confluent Cloud network that is peered: n-… It must be on AWS, with the connection type PEERING. Cannot be
    changed."""
    credentials_secret_ref: LocalObjectReference
    """Secret in the same namespace with a Confluent Cloud API key: keys apiKey and apiSecret."""
    account_details_ref: LocalObjectReference | None = None
    """StreamsAccountDetails for aws in the same namespace, which reports the Atlas side. Replaces atlas. Cannot be
    changed."""
    atlas: (
        Annotated[
            AtlasNetworkSpec,
            Field(
                json_schema_extra={
                    "x-kubernetes-validations": [
                        unchangeable("accountId", "spec.atlas", advice=_ANOTHER_OBJECT),
                        unchangeable("vpcId", "spec.atlas", advice=_ANOTHER_OBJECT),
                    ]
                }
            ),
        ]
        | None
    ) = None
    """The Atlas side, written out. Replaces accountDetailsRef."""
    routes: Annotated[tuple[Route, ...], Field(min_length=1, max_length=25)] | None = None
    """CIDR blocks that the network reaches through the peering. If you leave them out, the operator requests a route
    to the CIDR block of the Atlas side."""
    customer_region: AwsRegion | None = None
    """Region of the Atlas side, as AWS names it: us-east-1. If you leave it out, the operator uses the region of the
    Atlas side."""
    deletion_policy: DeletionPolicy = DeletionPolicy.DELETE
    """What happens in Confluent Cloud when you delete this object. Delete: the operator deletes the peering, and the
    object stays until that is done. Retain: nothing happens in Confluent Cloud, and the object goes at once. You can
    change it at any time, also while the object is being deleted."""
    suspend: bool = False
    """If true, the operator observes and reports, and changes nothing in Confluent Cloud."""


class ActionType(StrEnum):
    """A change asked of Confluent Cloud."""

    REQUEST = "Request"
    DELETE = "Delete"


class NetworkSide(ApiModel):
    """The Confluent Cloud network as AWS knows it: it requests the connection."""

    account_id: str | None = None
    """AWS account of the network."""
    vpc_id: str | None = None
    """VPC of the network in that account."""
    cidr: str | None = None
    """CIDR block of the network."""


class AtlasNetwork(ApiModel):
    """The Atlas side of the peering."""

    account_id: str | None = None
    """AWS account of Atlas."""
    vpc_id: str | None = None
    """VPC of Atlas in that account."""
    cidr_block: str | None = None
    """CIDR block of that VPC."""
    region: str | None = None
    """Region of that VPC."""

    @property
    def complete(self) -> bool:
        """Everything is known that a request needs."""
        return bool(self.account_id and self.vpc_id and self.cidr_block and self.region)


class ConfluentPeeringStatus(ResourceStatus):
    """What Confluent Cloud shows, and how that compares with what the spec wants."""

    phase: Word | None = None
    """The peering's phase, exactly as Confluent Cloud reports it; absent while there is no peering."""
    peering_id: Word | None = None
    """ID of the peering that this object manages: peer-…"""
    display_name: str | None = None
    """Name of the peering in Confluent Cloud."""
    requester: NetworkSide | None = None
    """The Confluent Cloud network, as AWS knows it. A StreamsVpcPeering refers to it with confluentPeeringRef."""
    atlas: AtlasNetwork | None = None
    """The Atlas side that the peering is requested with."""
    error_code: str | None = None
    """Confluent Cloud's code for what went wrong with the peering."""
    error_message: str | None = None
    """Confluent Cloud's explanation of what went wrong with the peering."""
    failure_reported: FailureReported | None = None
    """What was wanted when the operator reported that the peering is dead: FAILED or DISCONNECTED. A later change of
    the spec, or a new value of the annotation, has the operator request a new peering."""
    last_action: LastAction | None = None
    """The last change that the operator requested from Confluent Cloud: Request or Delete."""

    @property
    def connection(self) -> str | None:
        """ID of the peering in Confluent Cloud."""
        return self.peering_id


CONFLUENT_PEERING = CustomResource(
    kind="ConfluentPeering",
    plural="confluentpeerings",
    singular="confluentpeering",
    short_names=("cfp",),
    description="The Confluent Cloud side of a VPC peering with MongoDB Atlas Stream Processing: the operator requests "
    "the peering of a Confluent Cloud network with the VPC of Atlas, reports its phase, and deletes it.",
    spec=ConfluentPeeringSpec,
    status=ConfluentPeeringStatus,
    service="Confluent Cloud",
    held_in="peeringId",
    spec_rules=(
        {
            "rule": "has(self.accountDetailsRef) != has(self.atlas)",
            "message": "spec needs exactly one of accountDetailsRef and atlas",
            "fieldPath": ".accountDetailsRef",
        },
        unchangeable("accountDetailsRef", "spec", advice=_ANOTHER_OBJECT),
    ),
    columns=(
        PrinterColumn("Network", ".spec.networkId", "The Confluent Cloud network that is peered"),
        PrinterColumn("Peering", ".status.peeringId", "The peering in Confluent Cloud"),
        PrinterColumn("Phase", ".status.phase", "The peering's phase, as Confluent Cloud reports it"),
        PrinterColumn("Ready", '.status.conditions[?(@.type=="Ready")].status', "Whether the peering is connected"),
        PrinterColumn("Reason", '.status.conditions[?(@.type=="Ready")].reason', "Why the peering is connected or not"),
        PrinterColumn("Age", ".metadata.creationTimestamp", "Age of the object", type="date"),
        PrinterColumn("Environment", ".spec.environmentId", "The Confluent Cloud environment", wide=True),
        PrinterColumn("Requester", ".status.requester.vpcId", "The VPC of the Confluent Cloud network", wide=True),
        PrinterColumn(
            "Message", '.status.conditions[?(@.type=="Ready")].message', "What you can do or wait for", wide=True
        ),
    ),
)
