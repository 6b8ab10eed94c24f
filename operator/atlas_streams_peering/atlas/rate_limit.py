"""The operator's share of Atlas' rate limit of a project's streams endpoints.

https://www.mongodb.com/docs/atlas/api/api-rate-limit/
"""

import time
from collections.abc import Callable
from typing import Final

from ..transport.budget import RateBudget

CAPACITY: Final = 1000.0
"""Requests at once. Atlas' own bucket holds 1,200."""

REFILL: Final = 450 / 60
"""Requests a second. Atlas refills 500 a minute; the rest is left to people and other tools."""

RESERVE: Final = 50.0
"""Requests that reads leave to changes: a read can wait, and a late deletion costs money."""


def project_budget(clock: Callable[[], float] = time.monotonic) -> RateBudget:
    """Return the full rate budget of a project."""
    return RateBudget(capacity=CAPACITY, refill=REFILL, reserve=RESERVE, clock=clock)
