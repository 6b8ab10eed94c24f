"""One turn of one object on the path."""

from dataclasses import dataclass
from typing import Any

from ..kube.objects import KubernetesObject
from .attempts import RetryInputs
from .kind import Kind
from .resource import TypedResource
from .store import Entry


@dataclass(frozen=True, slots=True)
class Turn:
    """An object whose spec is known, and what was known of it when the turn began."""

    entry: Entry
    resource: TypedResource[Any, Any]
    woken_by_list: bool
    """A list that a poll has just read is why the object has this turn."""

    @property
    def kind(self) -> Kind[Any, Any, Any]:
        """The object's kind."""
        return self.entry.kind

    @property
    def obj(self) -> KubernetesObject:
        """The newest view: the turn's own writes are in it."""
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
        """Return what, when it changes, makes it worth requesting again what a service refused for good.

        Another object may want the same row, and want something else of it.
        """
        return (self.uid, self.resource.obj.generation, fingerprint, self.resource.obj.reconcile_requested)
