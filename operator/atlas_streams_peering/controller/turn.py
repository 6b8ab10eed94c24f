"""One reconcile of one object."""

from dataclasses import dataclass
from typing import Any

from ..kube.objects import KubernetesObject
from .attempts import RetryInputs
from .kind import Kind
from .resource import TypedResource
from .store import Entry


@dataclass(frozen=True, slots=True)
class Turn:
    """An object with a parsed spec, and its state at the start of the reconcile."""

    entry: Entry
    resource: TypedResource[Any, Any]
    woken_by_list: bool
    """A new list of a poll triggered this reconcile."""

    @property
    def kind(self) -> Kind[Any, Any, Any]:
        """The object's kind."""
        return self.entry.kind

    @property
    def obj(self) -> KubernetesObject:
        """The newest view, including the writes of this reconcile."""
        return self.entry.obj

    @property
    def uid(self) -> str:
        """The object's uid."""
        return self.entry.uid

    @property
    def deleting(self) -> bool:
        """The object is being deleted."""
        return self.entry.obj.deleting

    def retry_inputs(self, fingerprint: str) -> RetryInputs:
        """Return the inputs whose change makes the operator repeat a request that the service refused.

        They include the object's uid, because another object may want something else of the same row.
        """
        return (self.uid, self.resource.obj.generation, fingerprint, self.resource.obj.reconcile_requested)
