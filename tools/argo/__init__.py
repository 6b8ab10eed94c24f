"""What Argo CD is told about our kinds: generated from `argocd/resource_customizations`, tested on real objects."""

from argo.confluent import CONFLUENT, Confluent, collect_confluent
from argo.customizations import CUSTOMIZATIONS, GROUP, KIND, Customization
from argo.details import DETAILS, Details, collect_details
from argo.peerings import collect
from argo.specimens import SPECIMENS, Specimen
from argo.testdata import same

__all__ = [
    "CONFLUENT",
    "CUSTOMIZATIONS",
    "DETAILS",
    "GROUP",
    "KIND",
    "SPECIMENS",
    "Confluent",
    "Customization",
    "Details",
    "Specimen",
    "collect",
    "collect_confluent",
    "collect_details",
    "same",
]
