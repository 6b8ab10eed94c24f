"""The objects of a kind, as last seen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..api.group import FINALIZER, RECONCILE_REQUESTED_AT


@dataclass(frozen=True, slots=True)
class Resource:
    """One object: only what is needed of it."""

    namespace: str
    name: str
    uid: str
    resource_version: int
    generation: int
    created: str
    deleting: bool
    finalizers: tuple[str, ...]
    reconcile_requested: str | None
    """Value of the annotation that asks for a look at once."""
    spec: Mapping[str, Any]
    status: Mapping[str, Any]

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Resource":
        """Read an object as the API server gives it."""
        metadata = body["metadata"]
        version = str(metadata.get("resourceVersion") or "")
        return cls(
            namespace=metadata["namespace"],
            name=metadata["name"],
            uid=metadata["uid"],
            # Opaque by the letter, decimal by KEP-5504; what is no number counts as new.
            resource_version=int(version) if version.isdecimal() else 0,
            generation=int(metadata.get("generation") or 0),
            created=str(metadata.get("creationTimestamp") or ""),
            deleting=bool(metadata.get("deletionTimestamp")),
            finalizers=tuple(metadata.get("finalizers") or ()),
            reconcile_requested=(metadata.get("annotations") or {}).get(RECONCILE_REQUESTED_AT),
            spec=_plain(body.get("spec") or {}),
            status=_plain(body.get("status") or {}),
        )

    @property
    def key(self) -> str:
        """Namespace and name, for people."""
        return f"{self.namespace}/{self.name}"

    @property
    def guarded(self) -> bool:
        """It carries our finalizer."""
        return FINALIZER in self.finalizers

    def wants_other_than(self, earlier: "Resource") -> bool:
        """Somebody has changed what is wanted, not only what is reported."""
        return (
            self.generation != earlier.generation
            or self.deleting != earlier.deleting
            or self.reconcile_requested != earlier.reconcile_requested
            or (earlier.guarded and not self.guarded)
        )

    def says_the_same_as(self, other: "Resource") -> bool:
        """Nothing that a reconcile depends on differs."""
        return (
            self.generation == other.generation
            and self.deleting == other.deleting
            and self.finalizers == other.finalizers
            and self.reconcile_requested == other.reconcile_requested
            and self.status == other.status
            and self.spec == other.spec
        )


def _plain(value: Any) -> Any:
    """Copy out of a view that may change underneath."""
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value


class Registry:
    """All objects of a kind, by UID. Of two views of one object the newer counts."""

    def __init__(self) -> None:
        self._resources: dict[str, Resource] = {}

    def __iter__(self) -> Iterator[Resource]:
        return iter(tuple(self._resources.values()))

    def __len__(self) -> int:
        return len(self._resources)

    def get(self, uid: str) -> Resource | None:
        """Return the object, or None when it is gone."""
        return self._resources.get(uid)

    def put(self, resource: Resource) -> bool:
        """Take in a view of an object; False: it is old, or says nothing new."""
        known = self._resources.get(resource.uid)
        if known is not None and 0 < resource.resource_version <= known.resource_version:
            return False
        self._resources[resource.uid] = resource
        return known is None or not resource.says_the_same_as(known)

    def remove(self, uid: str) -> Resource | None:
        """Forget an object that is gone."""
        return self._resources.pop(uid, None)
