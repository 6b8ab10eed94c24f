"""StreamsOutboundVpcPeering: a VPC peering that Atlas requests, and that the owner of a VPC in AWS accepts."""

from enum import StrEnum
from typing import Final

from ...api.base import (
    AccepterAccountId,
    AccepterRegion,
    ApiModel,
    AtlasCidrBlock,
    ContainerId,
    ContainerRegion,
    DeletionPolicy,
    LocalObjectReference,
    ProjectId,
    RouteTableCidrBlock,
    VpcId,
    unchangeable,
)
from ...api.crd import CustomResource, PrinterColumn
from ...api.regions import atlas_region, aws_region
from ...api.status import FailureReported, LastAction, ResourceStatus, Word

_ANOTHER_OBJECT: Final = "create another StreamsOutboundVpcPeering for another peering"


class ContainerSpec(ApiModel):
    """The container that the operator creates where there is none."""

    atlas_cidr_block: AtlasCidrBlock
    """CIDR block of Atlas' network in the region: a private one, from /21 to /24. Cannot be changed."""


class StreamsOutboundVpcPeeringSpec(ApiModel):
    """Which VPC Atlas peers with, and from which of its networks."""

    project_id: ProjectId
    """ID of the Atlas project: 24 lower-case hexadecimal digits. Cannot be changed."""
    credentials_secret_ref: LocalObjectReference | None = None
    """Secret in the same namespace with Atlas credentials: keys publicApiKey and privateApiKey, or clientId
    and clientSecret. If you leave it out, the operator uses its default credentials, if it has any for this
    namespace."""
    region: ContainerRegion | None = None
    """AWS region of Atlas' network, as Atlas names it: US_EAST_1. The operator uses the project's network container
    there. AWS' own name (us-east-1) works, too. Cannot be changed."""
    container_id: ContainerId | None = None
    """ID of the network container: 24 lower-case hexadecimal digits. Replaces region. Cannot be changed."""
    container: ContainerSpec | None = None
    """Has the operator create the network container if the project has none in the region. Needs region. The operator
    never deletes a container. Cannot be changed."""
    aws_account_id: AccepterAccountId
    """AWS account of your VPC, which accepts the peering: 12 digits, in quotes. Cannot be changed."""
    vpc_id: VpcId
    """Your VPC. Cannot be changed."""
    route_table_cidr_block: RouteTableCidrBlock
    """CIDR block of your VPC, or a part of it, that Atlas routes to the peering. You can change it."""
    accepter_region: AccepterRegion
    """Region of your VPC, as AWS names it: us-east-1. Cannot be changed."""
    deletion_policy: DeletionPolicy = DeletionPolicy.DELETE
    """What happens in Atlas when you delete this object. Delete: the operator deletes the peering, and the object
    stays until that is done. Retain: nothing happens in Atlas, and the object goes at once. You can change it at any
    time, also while the object is being deleted."""
    suspend: bool = False
    """If true, the operator observes and reports, and changes nothing in Atlas."""

    @property
    def atlas_region(self) -> str | None:
        """The region as Atlas spells it: AWS' own ``us-east-1`` is ``US_EAST_1``."""
        return None if self.region is None else atlas_region(self.region)

    @property
    def aws_region(self) -> str:
        """The region of the VPC as AWS spells it."""
        return aws_region(self.accepter_region)


class ActionType(StrEnum):
    """A change asked of Atlas."""

    CREATE_CONTAINER = "CreateContainer"
    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


class AtlasSide(ApiModel):
    """Atlas' network."""

    vpc_id: str | None = None
    """VPC of Atlas; known once the container is provisioned, which its first peering does."""
    cidr_block: str | None = None
    """CIDR block of Atlas' network: your route tables and security groups need it."""


class StreamsOutboundVpcPeeringStatus(ResourceStatus):
    """What Atlas shows, and how that compares with what the spec wants."""

    peer_id: Word | None = None
    """ID of the peering in Atlas that this object manages: 24 hexadecimal digits."""
    container_id: Word | None = None
    """ID of the network container that the peering starts from."""
    connection_name: Word | None = None
    """ID of the peering connection in AWS, which you accept there: pcx-…"""
    status_name: Word | None = None
    """The peering's state, exactly as Atlas reports it; absent while there is no peering."""
    error_state_name: Word | None = None
    """Why the peering failed, exactly as Atlas reports it: REJECTED, EXPIRED, INVALID_ARGUMENT."""
    atlas: AtlasSide | None = None
    """Atlas' network."""
    failure_reported: FailureReported | None = None
    """What was wanted when the operator reported that the peering has failed. A later change of the spec, or a new
    value of the annotation, has the operator remove it and request a new one."""
    last_action: LastAction | None = None
    """The last change that the operator requested from Atlas: CreateContainer, Create, Update or Delete."""

    @property
    def connection(self) -> str | None:
        """ID of the peering connection in AWS."""
        return self.connection_name


_IMMUTABLE: Final = ("region", "containerId", "container", "awsAccountId", "vpcId", "accepterRegion")

STREAMS_OUTBOUND_VPC_PEERING = CustomResource(
    kind="StreamsOutboundVpcPeering",
    plural="streamsoutboundvpcpeerings",
    singular="streamsoutboundvpcpeering",
    short_names=("sop",),
    description="A VPC peering from MongoDB Atlas to your VPC in AWS: the operator requests it from Atlas, reports the "
    "pcx- connection that you accept in AWS, changes its routes, and deletes it.",
    spec=StreamsOutboundVpcPeeringSpec,
    status=StreamsOutboundVpcPeeringStatus,
    spec_rules=(
        {
            "rule": "has(self.region) != has(self.containerId)",
            "message": "spec needs exactly one of region and containerId",
            "fieldPath": ".region",
        },
        {
            "rule": "!has(self.container) || has(self.region)",
            "message": "spec.container needs spec.region: a container that containerId names exists already",
            "fieldPath": ".container",
        },
        *(unchangeable(field, "spec", advice=_ANOTHER_OBJECT) for field in _IMMUTABLE),
    ),
    columns=(
        PrinterColumn("Peer VPC", ".spec.vpcId", "Your VPC, which the peering leads to"),
        PrinterColumn("Connection", ".status.connectionName", "The peering connection in AWS, which you accept there"),
        PrinterColumn("Status", ".status.statusName", "The peering's state, as Atlas reports it"),
        PrinterColumn("Ready", '.status.conditions[?(@.type=="Ready")].status', "Whether the peering is available"),
        PrinterColumn("Reason", '.status.conditions[?(@.type=="Ready")].reason', "Why the peering is available or not"),
        PrinterColumn("Age", ".metadata.creationTimestamp", "Age of the object", type="date"),
        PrinterColumn("Project", ".spec.projectId", "The Atlas project", wide=True),
        PrinterColumn("Container", ".status.containerId", "The network container in Atlas", wide=True),
        PrinterColumn(
            "Message", '.status.conditions[?(@.type=="Ready")].message', "What you can do or wait for", wide=True
        ),
    ),
)
