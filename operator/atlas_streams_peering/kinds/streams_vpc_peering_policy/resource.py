"""StreamsVpcPeeringPolicy: which inbound requests are taken without an object that names each of them."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from ...api.base import AccountId, ApiModel, Cidr, DeletionPolicy, LocalObjectReference, ProjectId, VpcId
from ...api.crd import CustomResource, PrinterColumn
from ...api.group import GROUP
from ...api.status import ResourceStatus, Word
from ..streams_vpc_peering.resource import PeeringSide

MOST_REQUESTS: Final = 50
"""Requests that a status lists."""

_LABEL_VALUE: Final = "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$"
_QUALIFIED_NAME: Final = r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"


class PolicyAction(StrEnum):
    """What becomes of a request that matches."""

    ACCEPT = "Accept"  # a StreamsVpcPeering accepts it
    REJECT = "Reject"  # a StreamsVpcPeering rejects it
    REPORT = "Report"  # it is listed in the status


def _list_of(*rules: dict[str, str], longest: int) -> dict[str, object]:
    schema: dict[str, object] = {"minItems": 1, "maxItems": longest}
    return schema | ({"x-kubernetes-validations": list(rules)} if rules else {})


VpcIds = Annotated[
    tuple[Annotated[VpcId, Field(description="ID of a VPC: vpc-…")], ...],
    Field(json_schema_extra=_list_of(longest=50)),
]
Cidrs = Annotated[
    tuple[Annotated[Cidr, Field(description="An IPv4 CIDR block.")], ...],
    Field(json_schema_extra=_list_of(longest=50)),
]


class AllowedRequester(ApiModel):
    """Requests of one AWS account."""

    account_id: AccountId
    """AWS account that requests come from: 12 digits, in quotes."""
    vpc_ids: VpcIds | None = None
    """VPCs that requests may come from. If you leave it out, requests may come from any VPC of the account."""
    cidrs: Cidrs | None = None
    """Ranges of addresses: the CIDR block of a request must lie inside one of them. If you leave it out, any CIDR
    block matches."""


class ExceptedRequester(ApiModel):
    """Requests that the policy does not take. A request is meant if each field that you set applies to it."""

    account_id: AccountId | None = None
    """AWS account that requests come from: 12 digits, in quotes. If you leave it out: any account."""
    vpc_ids: VpcIds | None = None
    """VPCs that requests come from."""
    cidrs: Cidrs | None = None
    """Ranges of addresses: the CIDR block of a request overlaps one of them."""


def _keys(kind: str) -> list[dict[str, str]]:
    return [
        {
            "rule": f"self.all(k, !k.startsWith('{GROUP}/'))",
            "message": f"template.metadata.{kind} must not contain keys of {GROUP}: the operator sets them itself",
        },
        {
            "rule": f"self.all(k, k.size() <= 317 && k.matches('{_QUALIFIED_NAME}'))",
            "message": f"template.metadata.{kind} has a key that Kubernetes does not take: use name or prefix/name",
        },
    ]


class TemplateMetadata(ApiModel):
    """Metadata of the StreamsVpcPeerings that the policy creates."""

    labels: Annotated[
        dict[
            str,
            Annotated[
                str,
                Field(
                    description="Value of the label.",
                    json_schema_extra={
                        "maxLength": 63,
                        "x-kubernetes-validations": [
                            {
                                "rule": f"self.matches('{_LABEL_VALUE}')",
                                "message": "template.metadata.labels has a value that Kubernetes does not take: use "
                                "letters, digits, -, _ and .",
                            }
                        ],
                    },
                ),
            ],
        ]
        | None,
        Field(json_schema_extra={"maxProperties": 32, "x-kubernetes-validations": _keys("labels")}),
    ] = None
    """Labels. Keys of atlasstreams.io are the operator's own."""
    annotations: Annotated[
        dict[str, Annotated[str, Field(description="Value of the annotation.", json_schema_extra={"maxLength": 4096})]]
        | None,
        Field(json_schema_extra={"maxProperties": 32, "x-kubernetes-validations": _keys("annotations")}),
    ] = None
    """Annotations. Keys of atlasstreams.io are the operator's own."""


class TemplateSpec(ApiModel):
    """Fields of the spec of the StreamsVpcPeerings that the policy creates."""

    deletion_policy: DeletionPolicy | None = None
    """What happens in Atlas when a StreamsVpcPeering is deleted, Delete or Retain: its spec.deletionPolicy."""


class Template(ApiModel):
    """What the StreamsVpcPeerings that the policy creates have beside the connection."""

    metadata: TemplateMetadata | None = None
    """Labels and annotations."""
    spec: TemplateSpec | None = None
    """Fields of spec."""


class StreamsVpcPeeringPolicySpec(ApiModel):
    """Which requests the policy takes, and what becomes of them."""

    project_id: ProjectId
    """ID of the Atlas project: 24 lower-case hexadecimal digits. Cannot be changed."""
    credentials_secret_ref: LocalObjectReference | None = None
    """Secret in the same namespace with Atlas credentials: keys publicApiKey and privateApiKey, or clientId
    and clientSecret. The policy reads Atlas with it, and each StreamsVpcPeering that it creates names it, too. If you
    leave it out, the operator uses its default credentials, if it has any for this namespace."""
    requesters: Annotated[tuple[AllowedRequester, ...], Field(json_schema_extra=_list_of(longest=50))]
    """Requests that the policy takes: those that match one of these entries."""
    except_: Annotated[
        tuple[ExceptedRequester, ...] | None,
        Field(
            alias="except",
            json_schema_extra=_list_of(
                {
                    "rule": "self.all(e, has(e.accountId) || has(e.vpcIds) || has(e.cidrs))",
                    "message": "an entry of spec.except needs accountId, vpcIds or cidrs: an empty one would mean "
                    "every request",
                },
                longest=50,
            ),
        ),
    ] = None
    """Requests that the policy does not take, also if an entry of requesters matches them."""
    action: PolicyAction = PolicyAction.ACCEPT
    """What becomes of a request that matches. Accept or Reject: the policy creates a StreamsVpcPeering that accepts
    or rejects it. Report: the policy lists the request in its status, and creates nothing."""
    max_connections: Annotated[int, Field(json_schema_extra={"minimum": 1, "maximum": 1000, "format": "int32"})] = 25
    """The most connections at a time: while so many StreamsVpcPeerings of this policy exist whose connection is not
    dead, the policy creates no other."""
    template: Template | None = None
    """What the StreamsVpcPeerings that the policy creates have beside the connection. A change applies to those that
    the policy creates from then on."""
    deletion_policy: DeletionPolicy = DeletionPolicy.RETAIN
    """What happens to the StreamsVpcPeerings of this policy when you delete the policy. Retain: they stay. Delete:
    the operator deletes them, and each does in Atlas what its own deletionPolicy says. You can change it at any time,
    also while the policy is being deleted."""
    suspend: bool = False
    """If true, the policy lists matching requests in its status, and creates and deletes nothing."""

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts whose requests can match, sorted."""
        return tuple(sorted({requester.account_id for requester in self.requesters}))


class NotTaken(StrEnum):
    """Why the policy has not taken a request."""

    REPORTED = "Reported"  # the action is Report
    SUSPENDED = "Suspended"  # the policy is suspended
    LIMIT_REACHED = "LimitReached"  # it waits: maxConnections connections are live
    NAME_TAKEN = "NameTaken"  # somebody else has made an object of its name
    WRITE_REFUSED = "WriteRefused"  # the Kubernetes API refuses the StreamsVpcPeering
    ALREADY_MANAGED = "AlreadyManaged"  # another StreamsVpcPeering means it
    EXCEPTED = "Excepted"  # an entry of `except` matches
    NOT_ALLOWED = "NotAllowed"  # no entry of `requesters` matches


class SeenRequest(ApiModel):
    """A pending request that the policy has not taken."""

    connection_name: Word
    """Name of the connection: pcx-…"""
    requester: PeeringSide
    """The Kafka side, as Atlas reports it."""
    reason: str
    """Why the policy has not taken the request, in one word: Reported, Suspended, LimitReached, NameTaken,
    WriteRefused, AlreadyManaged, Excepted or NotAllowed."""
    message: str
    """The same in a sentence, and what you can do."""


class StreamsVpcPeeringPolicyStatus(ResourceStatus):
    """Which requests the policy sees, and what has become of them."""

    action: str | None = None
    """What becomes of a request that matches, also where the spec leaves it out: Accept, Reject or Report."""
    matching: int | None = None
    """Number of connections that match the policy: requests that are pending, and connections that are live."""
    taken: int | None = None
    """Number of StreamsVpcPeerings that exist because the policy has created them."""
    requests: tuple[SeenRequest, ...] = ()
    """Pending requests of the accounts in spec.requesters that the policy has not taken, by name; at most 50."""


STREAMS_VPC_PEERING_POLICY: Final = CustomResource(
    kind="StreamsVpcPeeringPolicy",
    plural="streamsvpcpeeringpolicies",
    singular="streamsvpcpeeringpolicy",
    short_names=("svpp",),
    description="Which inbound VPC peering requests of MongoDB Atlas Stream Processing are taken without an object "
    "that names each of them: for every matching request the operator creates a StreamsVpcPeering, which accepts or "
    "rejects it.",
    spec=StreamsVpcPeeringPolicySpec,
    status=StreamsVpcPeeringPolicyStatus,
    root_rules=(
        {
            "rule": "self.metadata.name.size() <= 63",
            "message": "metadata.name must have at most 63 characters: the name of a StreamsVpcPeeringPolicy is the "
            "value of a label",
            "fieldPath": ".metadata",
        },
    ),
    columns=(
        PrinterColumn("Action", ".status.action", "What becomes of a request that matches"),
        PrinterColumn("Matching", ".status.matching", "Connections that match the policy", type="integer"),
        PrinterColumn("Taken", ".status.taken", "StreamsVpcPeerings that the policy has created", type="integer"),
        PrinterColumn("Ready", '.status.conditions[?(@.type=="Ready")].status', "Whether the policy takes requests"),
        PrinterColumn("Reason", '.status.conditions[?(@.type=="Ready")].reason', "Why it does, or does not"),
        PrinterColumn("Age", ".metadata.creationTimestamp", "Age of the object", type="date"),
        PrinterColumn("Project", ".spec.projectId", "The Atlas project", wide=True),
        PrinterColumn(
            "Message", '.status.conditions[?(@.type=="Ready")].message', "What you can do or wait for", wide=True
        ),
    ),
)
