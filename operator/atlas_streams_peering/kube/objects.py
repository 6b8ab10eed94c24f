"""One object of the Kubernetes API, as last observed."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from ..api.group import FINALIZER, GROUP, RECONCILE_REQUESTED_AT

_NO_LABELS: Final[Mapping[str, str]] = MappingProxyType({})


class ObjectKey(NamedTuple):
    """A reference to an object."""

    kind: str
    namespace: str
    name: str


def version_of(body: Mapping[str, Any]) -> int:
    """Return the resourceVersion of an object or a list as a number; 0: it is not a number.

    The API documents it as opaque; since KEP-5504 it is a decimal number. A version that is not a number counts as new.
    """
    version = str(body["metadata"].get("resourceVersion") or "")
    return int(version) if version.isdecimal() else 0


@dataclass(frozen=True, slots=True)
class KubernetesObject:
    """One object: the fields that the operator needs."""

    namespace: str
    name: str
    uid: str
    version: str
    """metadata.resourceVersion, for the compare-and-set of a write."""
    resource_version: int
    """The same as a number, to compare ages; 0: it is not a number."""
    generation: int
    created: str
    deleting: bool
    finalizers: tuple[str, ...]
    reconcile_requested: str | None
    """Value of the annotation that requests a reconcile at once."""
    spec: Mapping[str, Any]
    status: Mapping[str, Any]
    own_labels: Mapping[str, str]
    """Labels of the operator's API group."""

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "KubernetesObject":
        """Read an object from the JSON of the API server. The body must not change afterwards."""
        metadata = body["metadata"]
        return cls(
            namespace=metadata.get("namespace") or "",
            name=metadata["name"],
            uid=metadata["uid"],
            version=str(metadata.get("resourceVersion") or ""),
            resource_version=version_of(body),
            generation=int(metadata.get("generation") or 0),
            created=str(metadata.get("creationTimestamp") or ""),
            deleting=bool(metadata.get("deletionTimestamp")),
            finalizers=tuple(metadata.get("finalizers") or ()),
            reconcile_requested=(metadata.get("annotations") or {}).get(RECONCILE_REQUESTED_AT),
            spec=body.get("spec") or {},
            status=body.get("status") or {},
            own_labels=_own(metadata.get("labels")),
        )

    @property
    def key(self) -> str:
        """``NAMESPACE/NAME``, for messages."""
        return f"{self.namespace}/{self.name}"

    @property
    def has_finalizer(self) -> bool:
        """The object carries the operator's finalizer."""
        return FINALIZER in self.finalizers

    @property
    def reconcile_is_requested(self) -> bool:
        """The annotation has a value that the operator has not handled yet."""
        return self.reconcile_requested not in (None, self.status.get("lastHandledReconcileAt"))

    @property
    def observed(self) -> bool:
        """The status describes the present generation."""
        return bool(self.status.get("observedGeneration") == self.generation)

    def wants_other_than(self, earlier: "KubernetesObject") -> bool:
        """The desired state differs, not only the status."""
        return (
            self.generation != earlier.generation
            or self.deleting != earlier.deleting
            or self.reconcile_requested != earlier.reconcile_requested
            or (earlier.has_finalizer and not self.has_finalizer)
        )

    def equals(self, other: "KubernetesObject") -> bool:
        """Nothing differs that a reconcile depends on."""
        return (
            self.generation == other.generation
            and self.deleting == other.deleting
            and self.finalizers == other.finalizers
            and self.reconcile_requested == other.reconcile_requested
            and self.own_labels == other.own_labels
            and self.status == other.status
            and self.spec == other.spec
        )


def _own(labels: Mapping[str, str] | None) -> Mapping[str, str]:
    own = {key: value for key, value in (labels or {}).items() if key.startswith(f"{GROUP}/")}
    return own or _NO_LABELS
