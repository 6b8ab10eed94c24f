"""Which objects a run of the doctor is about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...kinds.resources import KINDS
from ...kube.objects import KubernetesObject
from ..objects import Objects
from .checks.objects import Seen


@dataclass(frozen=True, slots=True)
class Scope:
    """A namespace or all namespaces, and the names of objects."""

    namespace: str | None
    """None: all."""
    names: Sequence[str] = ()
    """NAME, or KIND/NAME, where KIND is any name that kubectl takes; empty: all objects."""

    @property
    def words(self) -> str:
        """Where the objects are, for messages."""
        return "in any namespace" if self.namespace is None else f"in namespace {self.namespace}"

    def of(self, objects: Objects) -> list[Seen]:
        """Return the objects in the scope."""
        every = (Seen(kind.kind, KubernetesObject.read(body)) for kind in KINDS for body in objects.of(kind))
        return [
            one
            for one in every
            if self.namespace in (None, one.obj.namespace)
            and (not self.names or any(_means(name, one) for name in self.names))
        ]

    def unknown(self, objects: Objects) -> list[str]:
        """Return a sentence for each reason why the scope may have objects that the plugin cannot read."""
        whole = self.namespace is None
        return [why for kind, why in objects.unread.items() if whole or not objects.bodies.get(kind)]

    def missing(self, seen: Iterable[Seen]) -> list[str]:
        """Return the names for which no object exists."""
        seen = list(seen)
        return [name for name in self.names if not any(_means(name, one) for one in seen)]


def _means(name: str, one: Seen) -> bool:
    kind, _, bare = name.rpartition("/")
    return bare == one.obj.name and (not kind or kind.lower().partition(".")[0] in _NAMES[one.kind])


_NAMES = {kind.kind: frozenset({kind.kind.lower(), kind.plural, kind.singular, *kind.short_names}) for kind in KINDS}
