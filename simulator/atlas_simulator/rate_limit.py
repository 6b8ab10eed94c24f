"""Atlas' token buckets.

Tokens come back in batches: ``refill`` of them every ``refill_seconds``. Published answers of Atlas show this: "Please
retry after 19 seconds. Request capacity: 300. Refill rate: 100 per 60 seconds", and also "after 0 seconds". A bucket
with a steady refill never asks for 19 seconds.
"""

import math
from dataclasses import dataclass

from atlas_simulator.clock import Clock
from atlas_simulator.messages import Refused, refusal
from atlas_simulator.settings import RateLimit


@dataclass
class _Bucket:
    tokens: int
    refilled: float


class RateLimiter:
    """One bucket for each scope, such as a project."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def take(self, scope: str, limit: RateLimit, path: str) -> dict[str, str]:
        """Take one token and return the ``RateLimit-…`` headers of the answer; raises the 429."""
        if not limit.enabled:
            return {}
        bucket = self._refilled(scope, limit)
        if bucket.tokens < 1:
            raise self._refused(bucket, limit, path)
        bucket.tokens -= 1
        return _headers(bucket, limit)

    def remaining(self, scope: str, limit: RateLimit) -> int:
        """Return the tokens left, without taking one."""
        return self._refilled(scope, limit).tokens

    def empty(self, scope: str, limit: RateLimit) -> None:
        """Take all tokens, as another client does."""
        bucket = self._refilled(scope, limit)
        bucket.tokens = 0

    def _refilled(self, scope: str, limit: RateLimit) -> _Bucket:
        now = self._clock.now()
        bucket = self._buckets.get(scope)
        if bucket is None:
            bucket = self._buckets[scope] = _Bucket(limit.capacity, now)
        batches = int((now - bucket.refilled) // limit.refill_seconds)
        if batches > 0:
            bucket.refilled += batches * limit.refill_seconds
            bucket.tokens += batches * limit.refill
        bucket.tokens = min(bucket.tokens, limit.capacity)
        return bucket

    def _refused(self, bucket: _Bucket, limit: RateLimit, path: str) -> Refused:
        wait = math.floor(bucket.refilled + limit.refill_seconds - self._clock.now())
        resource = path.removeprefix("/")
        seconds = int(limit.refill_seconds)
        return refusal(
            429,
            "RATE_LIMITED_TOKEN_BUCKET",
            f"Rate limit exceeded for {resource}. Please retry after {wait} seconds. Request capacity: "
            f"{limit.capacity}. Refill rate: {limit.refill} per {seconds} seconds. For more information, "
            "see: http://dochub.mongodb.org/core/atlas-api-rate-limit.",
            parameters=[resource, wait, limit.capacity, limit.refill, seconds],
            headers={**_headers(bucket, limit), "Retry-After": str(wait)},
        )


def _headers(bucket: _Bucket, limit: RateLimit) -> dict[str, str]:
    if not limit.headers:
        return {}
    return {"RateLimit-Limit": str(limit.capacity), "RateLimit-Remaining": str(bucket.tokens)}
