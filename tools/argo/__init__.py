"""What Argo CD is told about our kinds: generated from `argocd/resource_customizations`, tested on real objects."""

from argo.collecting import COLLECTORS, Objects, collecting
from argo.confluent import CONFLUENT, Confluent
from argo.customizations import CUSTOMIZATIONS, GROUP, KIND, Customization
from argo.details import DETAILS, Details
from argo.outbound import OUTBOUND, Outbound
from argo.policies import POLICIES, Policy
from argo.scenarios import SCENARIOS, Scenario
from argo.testdata import lasting

__all__ = [
    "COLLECTORS",
    "CONFLUENT",
    "CUSTOMIZATIONS",
    "DETAILS",
    "GROUP",
    "KIND",
    "OUTBOUND",
    "POLICIES",
    "SCENARIOS",
    "Confluent",
    "Customization",
    "Details",
    "Objects",
    "Outbound",
    "Policy",
    "Scenario",
    "collecting",
    "lasting",
]
