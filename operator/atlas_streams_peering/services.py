"""The services that the operator calls: a client for each, and the operations on all of them."""

from collections.abc import Callable, Collection, Mapping
from typing import Final

from .atlas.client import Atlas
from .atlas.secrets import ATLAS_SECRET
from .confluent.client import Confluent
from .confluent.secrets import CONFLUENT_SECRET
from .metrics import Metrics
from .settings import Settings
from .transport.access import ServiceAccess
from .transport.credentials import SecretFormat

SECRET_FORMATS: Final[Mapping[str, SecretFormat]] = {"atlas": ATLAS_SECRET, "confluent": CONFLUENT_SECRET}
"""The format of each service's credentials in a Secret."""


class Services:
    """The clients of all services."""

    def __init__(self, settings: Settings, metrics: Metrics, *, may_change: Callable[[], bool]) -> None:
        self.atlas = Atlas(
            settings.atlas_base_url,
            observer=metrics.atlas.request,
            retrying=metrics.atlas.retry,
            may_change=may_change,
        )
        self.confluent = Confluent(
            settings.confluent_base_url,
            observer=metrics.confluent.request,
            retrying=metrics.confluent.retry,
            may_change=may_change,
        )
        self._clients: Mapping[str, ServiceAccess] = {"atlas": self.atlas, "confluent": self.confluent}
        metrics.watch_budgets(self.atlas, self.confluent)

    def reserve_change(self, service: str, scope: str) -> float:
        """Take one change from a rate budget: return 0.0, or the seconds to wait before the next try."""
        return self._clients[service].budget(scope).take(change=True)

    async def keep_only(self, fingerprints: Collection[str], scopes: Collection[str]) -> None:
        """Close the sessions of all other credentials, and forget the rate budgets of all other scopes."""
        for client in self._clients.values():
            await client.keep_only(fingerprints, scopes)

    async def aclose(self) -> None:
        """Close all sessions."""
        for client in self._clients.values():
            await client.aclose()
