"""Which of the namespaces that the operator is told to watch it can list, and which it cannot."""

from collections.abc import Mapping


class Namespaces:
    """What lists have shown, by namespace and kind. Without namespaces to watch, there is nothing to note."""

    def __init__(self) -> None:
        self._known: dict[str, set[str]] = {}
        """Namespace → the kinds that were listed there at least once."""
        self._refusals: dict[str, dict[str, str]] = {}
        """Namespace → kind → why the API server refuses to list it, in its own words."""

    def refused(self, namespace: str, kind: str, why: str) -> bool:
        """Note that the API server refuses a list; tell whether that is the first refusal in the namespace."""
        first = namespace not in self._refusals
        self._refusals.setdefault(namespace, {})[kind] = why
        return first

    def listed(self, namespace: str, kind: str) -> bool:
        """Note that a list worked; tell whether this ends the last refusal in the namespace."""
        self._known.setdefault(namespace, set()).add(kind)
        refusals = self._refusals.get(namespace, {})
        if refusals.pop(kind, None) is None or refusals:
            return False
        del self._refusals[namespace]
        return True

    def is_refused(self, namespace: str, kind: str) -> bool:
        """Tell whether the API server refuses to list a kind in a namespace."""
        return kind in self._refusals.get(namespace, {})

    def unlisted(self, kind: str) -> tuple[str, ...]:
        """Return the namespaces whose objects of a kind are not known: the API server has refused each list so far."""
        refused = (name for name, refusals in self._refusals.items() if kind in refusals)
        return tuple(sorted(name for name in refused if kind not in self._known.get(name, ())))

    @property
    def readable(self) -> Mapping[str, bool]:
        """Return for each namespace whether the operator can list all its kinds there."""
        return {name: name not in self._refusals for name in sorted(self._known.keys() | self._refusals.keys())}
