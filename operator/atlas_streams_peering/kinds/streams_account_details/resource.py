"""StreamsAccountDetails: the account and network of Atlas in one region, which a peering request needs."""

from enum import StrEnum
from typing import Final

from ...api.base import ApiModel, LocalObjectReference, ProjectId, Region
from ...api.crd import CustomResource, PrinterColumn
from ...api.regions import atlas_region
from ...api.status import ResourceStatus


class CloudProvider(StrEnum):
    """A cloud in which Atlas has networks, spelled as Atlas' API spells it."""

    AWS = "aws"
    AZURE = "azure"
    GCP = "gcp"


DEFAULT_PROVIDER: Final = CloudProvider.AWS


class StreamsAccountDetailsSpec(ApiModel):
    """Which network of Atlas is asked for, and where its details are written."""

    project_id: ProjectId
    """ID of the Atlas project: 24 lower-case hexadecimal digits. Cannot be changed."""
    credentials_secret_ref: LocalObjectReference | None = None
    """Secret in the same namespace with Atlas credentials: keys publicApiKey and privateApiKey, or clientId
    and clientSecret. If you leave it out, the operator uses its default credentials, if it has any for this
    namespace."""
    cloud_provider: CloudProvider | None = None
    """Cloud of the network: aws, azure or gcp. Cannot be changed. Defaults to aws."""
    region: Region
    """Region of the network, as Atlas names it: US_EAST_1. For aws, AWS' own name (us-east-1) works, too.
    Cannot be changed."""
    config_map_ref: LocalObjectReference | None = None
    """ConfigMap of the same namespace that the operator writes the details into. The operator creates it, and it is
    deleted with this object. A ConfigMap that does not belong to this object is left alone."""

    @property
    def provider(self) -> CloudProvider:
        """The cloud, also where the spec leaves it out."""
        return self.cloud_provider or DEFAULT_PROVIDER

    @property
    def atlas_region(self) -> str:
        """The region as Atlas spells it: AWS' own ``us-east-1`` is ``US_EAST_1``."""
        if self.provider is CloudProvider.AWS:
            return atlas_region(self.region)
        return self.region


class StreamsAccountDetailsStatus(ResourceStatus):
    """The details that Atlas reports. While Atlas cannot be read, the last known ones stay."""

    cloud_provider: str | None = None
    """Cloud of the network, also where the spec leaves it out: aws, azure or gcp."""
    region: str | None = None
    """Region of the network, as Atlas spells it: US_EAST_1."""
    account: str | None = None
    """Account of Atlas, for every cloud: the same as accountId, subscriptionId or gcpProjectId."""
    network: str | None = None
    """Network of Atlas, for every cloud: the same as vpcId, virtualNetworkName or vpcNetworkName."""
    cidr_block: str | None = None
    """CIDR block of the network."""
    account_id: str | None = None
    """aws: account of Atlas, 12 digits."""
    vpc_id: str | None = None
    """aws: VPC in that account."""
    subscription_id: str | None = None
    """azure: subscription of Atlas."""
    virtual_network_name: str | None = None
    """azure: virtual network in that subscription."""
    gcp_project_id: str | None = None
    """gcp: project of Atlas in Google Cloud."""
    vpc_network_name: str | None = None
    """gcp: VPC network in that project."""
    config_map_name: str | None = None
    """ConfigMap that the operator has written for this object."""


_PROVIDER_OF = "(has({0}.cloudProvider) ? {0}.cloudProvider : '" + DEFAULT_PROVIDER.value + "')"

STREAMS_ACCOUNT_DETAILS = CustomResource(
    kind="StreamsAccountDetails",
    plural="streamsaccountdetails",
    singular="streamsaccountdetails",
    short_names=("sacct",),
    description="The account, network and CIDR block that Atlas Stream Processing uses in one region: what a peering "
    "request needs to know. The operator reads them from Atlas and reports them in the status and, where the spec "
    "names one, in a ConfigMap.",
    spec=StreamsAccountDetailsSpec,
    status=StreamsAccountDetailsStatus,
    spec_rules=(
        {
            "rule": f"{_PROVIDER_OF.format('self')} == {_PROVIDER_OF.format('oldSelf')}",
            "message": "spec.cloudProvider cannot be changed: create another object for another provider",
            "fieldPath": ".cloudProvider",
        },
    ),
    columns=(
        PrinterColumn("Provider", ".status.cloudProvider", "The cloud of the network"),
        PrinterColumn("Region", ".status.region", "The region, as Atlas spells it"),
        PrinterColumn("Account", ".status.account", "AWS account, Azure subscription or Google Cloud project of Atlas"),
        PrinterColumn("Network", ".status.network", "VPC, virtual network or VPC network of Atlas"),
        PrinterColumn("CIDR", ".status.cidrBlock", "The CIDR block of the network"),
        PrinterColumn("Ready", '.status.conditions[?(@.type=="Ready")].status', "Are the details known?"),
        PrinterColumn("Reason", '.status.conditions[?(@.type=="Ready")].reason', "Why, or why not"),
        PrinterColumn("Age", ".metadata.creationTimestamp", "Age of the object", type="date"),
        PrinterColumn("Project", ".spec.projectId", "The Atlas project", wide=True),
        PrinterColumn("Message", '.status.conditions[?(@.type=="Ready")].message', "What to do or wait for", wide=True),
    ),
)
