"""The operator's share of Atlas' rate limits: each project has one for each set of endpoints.

https://www.mongodb.com/docs/atlas/api/api-rate-limit/
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ..transport.budget import RateBudget


@dataclass(frozen=True, slots=True)
class Share:
    """The operator's share of the rate limit of one set of endpoints."""

    endpoints: str
    """As metrics name the set."""
    capacity: float
    """Requests at once."""
    refill: float
    """Requests a second."""
    reserve: float = 50.0
    """Requests that reads leave to changes: a read can wait, and a late deletion costs money."""

    def budget(self, clock: Callable[[], float] = time.monotonic) -> RateBudget:
        """Return the full rate budget of a project."""
        return RateBudget(capacity=self.capacity, refill=self.refill, reserve=self.reserve, clock=clock)


STREAMS: Final = Share("streams", capacity=1000.0, refill=450 / 60)
"""Atlas' own bucket holds 1,200, and Atlas refills 500 a minute. The rest is left to people and other tools."""

NETWORK_PEERING: Final = Share("networkPeering", capacity=1700.0, refill=900 / 60)
"""Atlas' own bucket holds 2,000, and Atlas refills 1,000 a minute."""


def network_peering_scope(project_id: str) -> str:
    """Return the scope of a project's network peerings. The scope of its streams is the project ID alone."""
    return f"{project_id}/{NETWORK_PEERING.endpoints}"


def project_of(scope: str) -> str:
    """Return the project ID of a scope."""
    return scope.partition("/")[0]


def share_of(scope: str) -> Share:
    """Return the share that a scope's budget has."""
    return NETWORK_PEERING if scope.endswith(f"/{NETWORK_PEERING.endpoints}") else STREAMS


def budget_of(scope: str, clock: Callable[[], float] = time.monotonic) -> RateBudget:
    """Return the full rate budget of a scope."""
    return share_of(scope).budget(clock)
