"""The share of a service's rate limit that the operator uses: a token bucket for each scope."""

import time
from collections.abc import Callable


class RateBudget:
    """A token bucket that also follows what the service says about its own.

    `capacity` is the number of requests that may be made at once, `refill` the number that come back each second.
    Reads leave the last `reserve` requests to changes.
    """

    def __init__(
        self,
        *,
        capacity: float,
        refill: float,
        reserve: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._capacity, self._refill, self._reserve, self._clock = capacity, refill, reserve, clock
        self._tokens, self._counted_at, self._closed_until = capacity, clock(), 0.0

    @property
    def left(self) -> float:
        """Requests that may be made now."""
        self._count()
        return self._tokens

    @property
    def closed(self) -> bool:
        """The service asked for a pause, and the pause is not over."""
        return self._clock() < self._closed_until

    def take(self, *, change: bool) -> float:
        """Take the right to one request: return 0.0, or the seconds to wait before asking again."""
        now = self._count()
        if now < self._closed_until:
            return self._closed_until - now
        floor = 0.0 if change else self._reserve
        if self._tokens - floor >= 1.0:
            self._tokens -= 1.0
            return 0.0
        return (1.0 + floor - self._tokens) / self._refill

    def spend(self, requests: int) -> None:
        """Count requests that nobody took the right to, such as the first half of a digest."""
        self._count()
        self._tokens = max(0.0, self._tokens - requests)

    def close(self, seconds: float) -> None:
        """Allow no request for a while, as the service's Retry-After asks."""
        self._closed_until = max(self._closed_until, self._clock() + seconds)

    def limit_to(self, remaining: float) -> None:
        """Allow at most `remaining` requests now, as the service says: other clients may use the same limit."""
        self._count()
        self._tokens = min(self._tokens, max(0.0, remaining))

    def _count(self) -> float:
        now = self._clock()
        self._tokens = min(self._capacity, self._tokens + (now - self._counted_at) * self._refill)
        self._counted_at = now
        return now
