"""The share of Atlas' rate limit that the operator allows itself, per project."""

import time
from collections.abc import Callable
from typing import Final

CAPACITY: Final = 1000.0
"""Requests at once. Atlas' own bucket for the streams endpoints of a project holds 1,200."""

REFILL: Final = 450 / 60
"""Requests a second. Atlas refills 500 a minute; the rest is left to people and other tools."""

RESERVE: Final = 50.0
"""Requests that looks leave to changes: a look can wait, a deletion costs money."""


class RateBudget:
    """A token bucket that is told what Atlas itself says of its own.

    https://www.mongodb.com/docs/atlas/api/api-rate-limit/
    """

    def __init__(
        self,
        *,
        capacity: float = CAPACITY,
        refill: float = REFILL,
        reserve: float = RESERVE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._capacity, self._refill, self._reserve, self._clock = capacity, refill, reserve, clock
        self._tokens, self._counted_at, self._closed_until = capacity, clock(), 0.0

    @property
    def left(self) -> float:
        """Requests that may be made now."""
        self._count()
        return self._tokens

    def take(self, *, change: bool) -> float:
        """Take the right to one request: 0.0, or else the seconds until it is worth asking again."""
        now = self._count()
        if now < self._closed_until:
            return self._closed_until - now
        floor = 0.0 if change else self._reserve
        if self._tokens - floor >= 1.0:
            self._tokens -= 1.0
            return 0.0
        return (1.0 + floor - self._tokens) / self._refill

    def spend(self, requests: int) -> None:
        """Take in requests that were made without asking, such as the first half of a digest."""
        self._count()
        self._tokens = max(0.0, self._tokens - requests)

    def close(self, seconds: float) -> None:
        """Make no request of this project for a while, as Atlas' Retry-After asks."""
        self._closed_until = max(self._closed_until, self._clock() + seconds)

    def told(self, remaining: float) -> None:
        """Take in Atlas' RateLimit-Remaining: somebody else may be using the project too."""
        self._count()
        self._tokens = min(self._tokens, max(0.0, remaining))

    def _count(self) -> float:
        now = self._clock()
        self._tokens = min(self._capacity, self._tokens + (now - self._counted_at) * self._refill)
        self._counted_at = now
        return now
