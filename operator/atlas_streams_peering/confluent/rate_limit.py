"""The operator's share of Confluent Cloud's rate limit.

Confluent Cloud names its limits in the headers of each answer only, and may change them at any time. The operator
therefore stays modest, and follows the headers.
https://docs.confluent.io/cloud/current/api.html#section/Rate-Limiting
"""

import time
from collections.abc import Callable
from typing import Final

from ..transport.budget import RateBudget
from ..transport.response import RateLimitHeaders

CAPACITY: Final = 30.0
"""Requests at once."""

REFILL: Final = 2.0
"""Requests a second."""

RESERVE: Final = 3.0
"""Requests that reads leave to changes. It is small, because Confluent Cloud may allow only a few requests at once."""

HEADERS: Final = RateLimitHeaders(remaining="X-RateLimit-Remaining", pause=("Retry-After", "X-RateLimit-Reset"))
"""Both pauses are seconds from now."""


def environment_budget(clock: Callable[[], float] = time.monotonic) -> RateBudget:
    """Return the full rate budget of an environment."""
    return RateBudget(capacity=CAPACITY, refill=REFILL, reserve=RESERVE, clock=clock)
