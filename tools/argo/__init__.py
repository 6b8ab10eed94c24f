"""What Argo CD is told about our kinds: generated from `argocd/resource_customizations`, tested on real objects."""

from argo.customizations import CUSTOMIZATIONS, GROUP, KIND, Customization
from argo.details import DETAILS, Details, collect_details
from argo.outbound import OUTBOUND, Outbound, collect_outbound
from argo.policies import POLICIES, Policy, collect_policies
from argo.specimens import SPECIMENS, Specimen
from argo.stage import collect
from argo.testdata import same

__all__ = [
    "CUSTOMIZATIONS",
    "DETAILS",
    "GROUP",
    "KIND",
    "OUTBOUND",
    "POLICIES",
    "SPECIMENS",
    "Customization",
    "Details",
    "Outbound",
    "Policy",
    "Specimen",
    "collect",
    "collect_details",
    "collect_outbound",
    "collect_policies",
    "same",
]
