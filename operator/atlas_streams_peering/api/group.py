"""Names that users' manifests and other controllers rely on."""

from typing import Final

GROUP: Final = "atlasstreams.io"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"
CATEGORY: Final = "atlas-streams"

FINALIZER: Final = f"{GROUP}/cleanup"
"""Held while deleting the object may still have to change something in Atlas."""

POLICY: Final = f"{GROUP}/policy"
"""Label of a StreamsVpcPeering that a StreamsVpcPeeringPolicy has made: the policy's name."""

RECONCILE_REQUESTED_AT: Final = f"{GROUP}/reconcile-requested-at"
"""Annotation: any new value asks for a look at once; echoed in ``status.lastHandledReconcileAt``."""
