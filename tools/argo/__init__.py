"""What Argo CD is told about our kinds: generated from `argocd/resource_customizations`, tested on real objects."""

from argo.customizations import CUSTOMIZATIONS, GROUP, KIND, Customization
from argo.specimens import SPECIMENS, Specimen
from argo.stage import collect
from argo.testdata import same

__all__ = ["CUSTOMIZATIONS", "GROUP", "KIND", "SPECIMENS", "Customization", "Specimen", "collect", "same"]
