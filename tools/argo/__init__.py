"""What Argo CD is told about our kinds: generated from `argocd/resource_customizations`, tested on real objects."""

from argo.confluent import CONFLUENT, Confluent, collect_confluent
from argo.customizations import CUSTOMIZATIONS, GROUP, KIND, Customization
from argo.details import DETAILS, Details, collect_details
from argo.outbound import OUTBOUND, Outbound, collect_outbound
from argo.peerings import collect
from argo.policies import POLICIES, Policy, collect_policies
from argo.specimens import SPECIMENS, Specimen
from argo.testdata import lasting

__all__ = [
    "CONFLUENT",
    "CUSTOMIZATIONS",
    "DETAILS",
    "GROUP",
    "KIND",
    "OUTBOUND",
    "POLICIES",
    "SPECIMENS",
    "Confluent",
    "Customization",
    "Details",
    "Outbound",
    "Policy",
    "Specimen",
    "collect",
    "collect_confluent",
    "collect_details",
    "collect_outbound",
    "collect_policies",
    "lasting",
]
