"""StreamsVpcPeering: one inbound VPC peering connection of Atlas Stream Processing."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from ...api.base import AccountId, ApiModel, Cidr, ConnectionName, LocalObjectReference, ProjectId, VpcId
from ...api.crd import CustomResource, PrinterColumn
from ...api.status import LastAction, ResourceStatus


class DesiredState(StrEnum):
    """What shall become of the connection."""

    ACCEPTED = "Accepted"  # accept the request, and say so when it is gone
    REJECTED = "Rejected"  # reject the request; nothing can be done about one already active
    DELETED = "Deleted"  # reject what is pending, delete what is live


class DeletionPolicy(StrEnum):
    """What happens in Atlas when the object is deleted."""

    DELETE = "Delete"  # the object stays until the connection is gone
    RETAIN = "Retain"  # the object goes at once, the connection stays


def _unchangeable(field: str, owner: str, *, advice: str) -> dict[str, str]:
    """Rule: `field` of this object is neither set, changed nor removed after creation."""
    return {
        "rule": (
            f"has(self.{field}) == has(oldSelf.{field}) && (!has(self.{field}) || self.{field} == oldSelf.{field})"
        ),
        "message": f"{owner}.{field} cannot be changed: {advice}",
        "fieldPath": f".{field}",
    }


_ANOTHER_OBJECT = "create another StreamsVpcPeering for another requester"


class Requester(ApiModel):
    """Who asks for the connection: the side of Kafka."""

    account_id: AccountId | None = None
    """AWS account the request comes from: 12 digits, in quotes. Cannot be changed."""
    vpc_id: VpcId | None = None
    """VPC the request comes from. Required unless connectionName is given. Cannot be changed."""
    cidr: Cidr | None = None
    """Guard: the request's CIDR block must be exactly this, or it is not accepted."""
    confluent_peering_ref: LocalObjectReference | None = None
    """ConfluentPeering of the same namespace that made the request, in place of accountId and vpcId.
    Cannot be changed."""


class Accepter(ApiModel):
    """The Atlas side of the connection."""

    vpc_id: VpcId | None = None
    """Selector: the Atlas VPC, where one requester VPC is peered to several."""


class StreamsVpcPeeringSpec(ApiModel):
    """Which connection is meant, and what shall become of it."""

    project_id: ProjectId
    """ID of the Atlas project: 24 lower-case hexadecimal digits. Cannot be changed."""
    credentials_secret_ref: LocalObjectReference | None = None
    """Secret of the same namespace with Atlas credentials: keys publicApiKey and privateApiKey, or clientId
    and clientSecret. Left out: the operator's default credentials, where it has them for this namespace."""
    requester: Annotated[
        Requester,
        Field(
            json_schema_extra={
                "x-kubernetes-validations": [
                    {
                        "rule": "has(self.accountId) != has(self.confluentPeeringRef)",
                        "message": "requester needs accountId or confluentPeeringRef: exactly one of the two",
                    },
                    {
                        "rule": "!has(self.vpcId) || !has(self.confluentPeeringRef)",
                        "message": "requester.vpcId comes from the ConfluentPeering: "
                        "leave it out beside confluentPeeringRef",
                    },
                    _unchangeable("accountId", "spec.requester", advice=_ANOTHER_OBJECT),
                    _unchangeable("vpcId", "spec.requester", advice=_ANOTHER_OBJECT),
                    _unchangeable("confluentPeeringRef", "spec.requester", advice=_ANOTHER_OBJECT),
                ]
            }
        ),
    ]
    """Who asks for the connection: the AWS account and VPC of the Kafka side."""
    accepter: Accepter | None = None
    """Which of several Atlas VPCs the connection leads to, where one requester VPC is peered to several."""
    connection_name: ConnectionName | None = None
    """Only this connection (pcx-…), never another. It may be set, changed or removed, but not pointed away from
    a connection that is active, being provisioned, or being accepted."""
    desired_state: DesiredState = DesiredState.ACCEPTED
    """Accepted: accept the request. Rejected: reject it. Deleted: delete the connection, or reject the request
    while it is pending."""
    deletion_policy: DeletionPolicy = DeletionPolicy.DELETE
    """What happens in Atlas when this object is deleted. Delete: the connection is deleted (a pending request
    rejected), and the object stays until that is done. Retain: nothing, and the object goes at once. May be
    changed at any time, also while the object is being deleted."""
    suspend: bool = False
    """True: observe and report, change nothing in Atlas."""


class PeeringSide(ApiModel):
    """One end of a connection."""

    account_id: str | None = None
    """AWS account."""
    vpc_id: str | None = None
    """VPC in that account."""
    cidr: str | None = None
    """CIDR block of that VPC."""


class ActionType(StrEnum):
    """A change asked of Atlas."""

    ACCEPT = "Accept"
    REJECT = "Reject"
    DELETE = "Delete"


class StreamsVpcPeeringStatus(ResourceStatus):
    """What Atlas shows, and what that means for the wanted state."""

    cloud_status: Annotated[str, Field(max_length=253)] | None = None
    """The connection's state in AWS, in Atlas' own word; absent while no connection matches."""
    local_status: str | None = None
    """What Atlas itself is doing about the connection."""
    status_message: str | None = None
    """What Atlas adds in words."""
    connection_name: Annotated[str, Field(max_length=253)] | None = None
    """The connection that this object manages: pcx-…"""
    connection_id: str | None = None
    """Atlas' own ID of the connection: 24 hexadecimal digits."""
    requester: PeeringSide | None = None
    """The Kafka side, as Atlas reports it; until then the account and VPC that are waited for."""
    accepter: PeeringSide | None = None
    """The Atlas side, as Atlas reports it."""
    expiration_time: str | None = None
    """When the request expires unless it is accepted, as Atlas reports it, also after that."""
    pending_until: str | None = None
    """When the pending request expires; absent once it cannot expire."""
    last_action: LastAction | None = None
    """The last change that the operator requested from Atlas: Accept, Reject or Delete."""


_HELD = (
    "has(oldSelf.status) && has(oldSelf.status.connectionName) && has(oldSelf.status.cloudStatus) && "
    "(oldSelf.status.cloudStatus.lowerAscii() in ['active', 'provisioning'] || "
    # Accepted, and only not shown so yet: it will be active in a moment.
    "(has(oldSelf.status.localStatus) && oldSelf.status.localStatus in ['REQUEST_ACCEPT', 'ACCEPT_REQUESTED']) || "
    "(has(oldSelf.status.lastAction) && oldSelf.status.lastAction.type == 'Accept' && "
    "has(oldSelf.status.conditions) && "
    "oldSelf.status.conditions.exists(c, c.type == 'Ready' && c.reason == 'Accepting')))"
)

STREAMS_VPC_PEERING = CustomResource(
    kind="StreamsVpcPeering",
    plural="streamsvpcpeerings",
    singular="streamsvpcpeering",
    short_names=("svp",),
    description="One inbound VPC peering connection of MongoDB Atlas Stream Processing: the operator finds the "
    "matching pcx- connection in Atlas, accepts, rejects or deletes it, and reports its state.",
    spec=StreamsVpcPeeringSpec,
    status=StreamsVpcPeeringStatus,
    spec_rules=(
        {
            "rule": "has(self.requester.vpcId) || has(self.requester.confluentPeeringRef) || has(self.connectionName)",
            "message": "spec.requester.vpcId is required unless connectionName is given",
            "fieldPath": ".requester.vpcId",
            "reason": "FieldValueRequired",
        },
    ),
    root_rules=(
        {
            "rule": (
                f"!({_HELD}) || !has(self.spec.connectionName) "
                "|| self.spec.connectionName == oldSelf.status.connectionName "
                "|| (has(oldSelf.spec.connectionName) && self.spec.connectionName == oldSelf.spec.connectionName)"
            ),
            "message": "spec.connectionName cannot be pointed away from the connection this object holds: "
            "set desiredState: Deleted first, or create another StreamsVpcPeering",
            "fieldPath": ".spec.connectionName",
        },
    ),
    columns=(
        PrinterColumn("Connection", ".status.connectionName", "The connection's name in AWS and Atlas"),
        PrinterColumn("Requester", ".status.requester.vpcId", "The VPC that asks for the connection"),
        PrinterColumn("Cloud Status", ".status.cloudStatus", "The connection's state in AWS"),
        PrinterColumn("Ready", '.status.conditions[?(@.type=="Ready")].status', "Is the wanted state reached?"),
        PrinterColumn("Reason", '.status.conditions[?(@.type=="Ready")].reason', "Why, or why not"),
        PrinterColumn("Age", ".metadata.creationTimestamp", "Age of the object", type="date"),
        PrinterColumn("Project", ".spec.projectId", "The Atlas project", wide=True),
        PrinterColumn("Expires", ".status.pendingUntil", "When the pending request expires", wide=True),
        PrinterColumn("Message", '.status.conditions[?(@.type=="Ready")].message', "What to do or wait for", wide=True),
    ),
)
