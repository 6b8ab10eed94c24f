"""Records which of the watched namespaces the operator can list."""

from collections.abc import Mapping


class Namespaces:
    """Results of lists by namespace and kind. If the operator watches the whole cluster, it is empty."""

    def __init__(self) -> None:
        self._known: dict[str, set[str]] = {}
        """Namespace → the kinds that the operator has listed there at least once."""
        self._refusals: dict[str, dict[str, str]] = {}
        """Namespace → kind → why the API server refuses to list it, in its own words."""

    def refused(self, namespace: str, kind: str, why: str) -> bool:
        """Record that the API server refuses a list; return whether that is the first refusal in the namespace."""
        first = namespace not in self._refusals
        self._refusals.setdefault(namespace, {})[kind] = why
        return first

    def listed(self, namespace: str, kind: str) -> bool:
        """Record that a list worked; return whether this ends the last refusal in the namespace."""
        self._known.setdefault(namespace, set()).add(kind)
        refusals = self._refusals.get(namespace, {})
        if refusals.pop(kind, None) is None or refusals:
            return False
        del self._refusals[namespace]
        return True

    def is_refused(self, namespace: str, kind: str) -> bool:
        """Return whether the API server refuses to list a kind in a namespace."""
        return kind in self._refusals.get(namespace, {})

    def unlisted(self, kind: str) -> tuple[str, ...]:
        """Return the namespaces in which the API server has refused every list of a kind so far."""
        refused = (name for name, refusals in self._refusals.items() if kind in refusals)
        return tuple(sorted(name for name in refused if kind not in self._known.get(name, ())))

    @property
    def readable(self) -> Mapping[str, bool]:
        """Return for each namespace whether the operator can list all its kinds there."""
        return {name: name not in self._refusals for name in sorted(self._known.keys() | self._refusals.keys())}
