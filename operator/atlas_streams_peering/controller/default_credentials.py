"""The operator's own credentials, and who may use them."""

from collections.abc import Collection
from dataclasses import dataclass

from ..polling.poll import SecretKey


@dataclass(frozen=True, slots=True)
class DefaultCredentials:
    """The operator's own credentials, and the namespaces that may use them."""

    secret: SecretKey | None = None
    namespaces: Collection[str] = ()
    """Names; ``*``: all; empty: none."""

    def for_namespace(self, namespace: str) -> SecretKey | None:
        """Return the Secret, if objects of this namespace may use it."""
        allowed = "*" in self.namespaces or namespace in self.namespaces
        return self.secret if allowed else None
