"""Names that users' manifests and other controllers rely on."""

from typing import Final

GROUP: Final = "atlasstreams.io"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"
CATEGORY: Final = "atlas-streams"

FINALIZER: Final = f"{GROUP}/cleanup"
"""Finalizer of an object whose deletion may have to change something outside Kubernetes."""

POLICY: Final = f"{GROUP}/policy"
"""Label of a StreamsVpcPeering that a StreamsVpcPeeringPolicy created: the policy's name."""

RECONCILE_REQUESTED_AT: Final = f"{GROUP}/reconcile-requested-at"
"""Annotation: any new value requests a poll at once. ``status.lastHandledReconcileAt`` repeats the value."""
