"""StreamsVpcPeering: one inbound VPC peering connection of Atlas Stream Processing."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from ...api.base import (
    AccountId,
    ApiModel,
    Cidr,
    ConnectionName,
    DeletionPolicy,
    LocalObjectReference,
    ProjectId,
    VpcId,
    unchangeable,
)
from ...api.conditions import Reason
from ...api.crd import CustomResource, PrinterColumn
from ...api.status import LastAction, ResourceStatus, Word
from ...api.times import parse_time
from ...atlas.connection_states import cloud_state


class DesiredState(StrEnum):
    """What the operator does with the connection."""

    ACCEPTED = "Accepted"  # accept the request, and say so when it is gone
    REJECTED = "Rejected"  # reject the request; nothing can be done about one already active
    DELETED = "Deleted"  # reject what is pending, delete what is live


_ANOTHER_OBJECT = "create another StreamsVpcPeering for another requester"


class Requester(ApiModel):
    """The Kafka side, which requests the connection."""

    account_id: AccountId | None = None
    """AWS account that the request comes from: 12 digits, in quotes. Cannot be changed."""
    vpc_id: VpcId | None = None
    """VPC that the request comes from. Required unless you set connectionName or confluentPeeringRef. Cannot be
    changed."""
    cidr: Cidr | None = None
    """Guard: the operator accepts a request only if its CIDR block is exactly this one."""
    confluent_peering_ref: LocalObjectReference | None = None
    """ConfluentPeering in the same namespace that makes the request. Replaces accountId and vpcId. Cannot be
    changed."""


class Accepter(ApiModel):
    """The Atlas side of the connection."""

    vpc_id: VpcId
    """Selector: the Atlas VPC, where one requester VPC is peered to several."""


class StreamsVpcPeeringSpec(ApiModel):
    """Which connection this object manages, and what the operator does with it."""

    project_id: ProjectId
    """ID of the Atlas project: 24 lower-case hexadecimal digits. Cannot be changed."""
    credentials_secret_ref: LocalObjectReference | None = None
    """Secret in the same namespace with Atlas credentials: keys publicApiKey and privateApiKey, or clientId
    and clientSecret. If you leave it out, the operator uses its default credentials, if it has any for this
    namespace."""
    requester: Annotated[
        Requester,
        Field(
            json_schema_extra={
                "x-kubernetes-validations": [
                    {
                        "rule": "has(self.accountId) != has(self.confluentPeeringRef)",
                        "message": "requester needs exactly one of accountId and confluentPeeringRef",
                    },
                    {
                        "rule": "!has(self.vpcId) || !has(self.confluentPeeringRef)",
                        "message": "requester.vpcId cannot be combined with confluentPeeringRef: "
                        "the operator reads the VPC from the ConfluentPeering",
                    },
                    unchangeable("accountId", "spec.requester", advice=_ANOTHER_OBJECT),
                    unchangeable("vpcId", "spec.requester", advice=_ANOTHER_OBJECT),
                    unchangeable("confluentPeeringRef", "spec.requester", advice=_ANOTHER_OBJECT),
                ]
            }
        ),
    ]
    """The Kafka side, which requests the connection: its AWS account and VPC."""
    accepter: Accepter | None = None
    """The Atlas side of the connection."""
    connection_name: ConnectionName | None = None
    """The only connection (pcx-…) that this object may manage. You can set, change or remove it, but you cannot
    point it away from a connection that is active, being provisioned, or being accepted."""
    desired_state: DesiredState = DesiredState.ACCEPTED
    """What the operator does with the connection. Accepted: accepts the request. Rejected: rejects the request.
    Deleted: deletes the connection, or rejects the request while it is pending."""
    deletion_policy: DeletionPolicy = DeletionPolicy.DELETE
    """What happens in Atlas when you delete this object. Delete: the operator deletes the connection, or rejects
    a pending request, and the object stays until that is done. Retain: nothing happens in Atlas, and the object
    goes at once. You can change it at any time, also while the object is being deleted."""
    suspend: bool = False
    """If true, the operator observes and reports, and changes nothing in Atlas."""


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
    """What Atlas shows, and how that compares with the desired state."""

    cloud_status: Word | None = None
    """The connection's state in AWS, exactly as Atlas reports it; absent while no connection matches."""
    local_status: str | None = None
    """What Atlas itself is doing with the connection, such as REQUEST_ACCEPT or ACTIVE."""
    status_message: str | None = None
    """Atlas' explanation of the state."""
    connection_name: Word | None = None
    """Name of the connection that this object manages: pcx-…"""
    connection_id: str | None = None
    """ID of the connection in Atlas: 24 hexadecimal digits."""
    requester: PeeringSide | None = None
    """The Kafka side, as Atlas reports it. While no connection matches, the account and VPC that the operator
    waits for."""
    accepter: PeeringSide | None = None
    """The Atlas side, as Atlas reports it. While no connection matches, the VPC that the ConfluentPeering requests a
    connection with."""
    expiration_time: str | None = None
    """When the request expires unless it is accepted. Atlas reports it for accepted requests too."""
    pending_until: str | None = None
    """When the pending request expires; absent once it cannot expire."""
    last_action: LastAction | None = None
    """The last change that the operator requested from Atlas: Accept, Reject or Delete."""

    @property
    def connection(self) -> str | None:
        """Name of the connection in AWS and Atlas."""
        return self.connection_name

    @property
    def request_expires_at(self) -> datetime | None:
        """When the pending request expires."""
        return parse_time(self.pending_until)

    @property
    def ended(self) -> bool:
        """By the last list, the connection is dead; Atlas may have dropped it from its lists since."""
        if self.cloud_status is not None:
            return cloud_state(self.cloud_status).terminal
        ready = self.condition("Ready")
        return ready is not None and ready.reason in _ENDED


_ENDED = frozenset(
    {
        Reason.REJECTED,
        Reason.DELETED,
        Reason.REQUEST_EXPIRED,
        Reason.REQUEST_FAILED,
        Reason.REQUEST_REJECTED,
        Reason.CONNECTION_DELETED,
    }
)

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
            "message": "spec.requester.vpcId is required unless you set connectionName",
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
            "set desiredState to Deleted first, or create another StreamsVpcPeering",
            "fieldPath": ".spec.connectionName",
        },
    ),
    columns=(
        PrinterColumn("Connection", ".status.connectionName", "The connection's name in AWS and Atlas"),
        PrinterColumn("Requester", ".status.requester.vpcId", "The VPC that requests the connection"),
        PrinterColumn("Cloud Status", ".status.cloudStatus", "The connection's state in AWS, as Atlas reports it"),
        PrinterColumn("Ready", '.status.conditions[?(@.type=="Ready")].status', "Whether the desired state is reached"),
        PrinterColumn(
            "Reason", '.status.conditions[?(@.type=="Ready")].reason', "Why the desired state is reached or not"
        ),
        PrinterColumn("Age", ".metadata.creationTimestamp", "Age of the object", type="date"),
        PrinterColumn("Project", ".spec.projectId", "The Atlas project", wide=True),
        PrinterColumn("Expires", ".status.pendingUntil", "When the pending request expires", wide=True),
        PrinterColumn(
            "Message", '.status.conditions[?(@.type=="Ready")].message', "What you can do or wait for", wide=True
        ),
    ),
)
