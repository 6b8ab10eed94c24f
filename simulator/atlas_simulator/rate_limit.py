"""Token buckets, whose tokens come back in batches: ``refill`` of them every ``refill_seconds``."""

from collections.abc import Callable
from dataclasses import dataclass

from atlas_simulator.clock import Clock
from atlas_simulator.messages import Refused
from atlas_simulator.sections import BucketSize


@dataclass(frozen=True, slots=True)
class BucketState:
    """What a bucket holds at one time."""

    remaining: int
    """Its tokens."""
    refilled_in: float
    """The seconds until the next batch."""
    size: BucketSize


@dataclass(frozen=True, slots=True)
class RateLimitAnswers:
    """How a service shows its rate limit."""

    headers: Callable[[BucketState], dict[str, str]]
    """Returns the headers of an answer."""
    refused: Callable[[BucketState, str], Refused]
    """Returns the 429 for a path."""


@dataclass
class _Bucket:
    tokens: int
    refilled: float


class RateLimiter:
    """One bucket for each scope, such as a project."""

    def __init__(self, clock: Clock, answers: RateLimitAnswers) -> None:
        self._clock = clock
        self._answers = answers
        self._buckets: dict[str, _Bucket] = {}

    def take(self, scope: str, size: BucketSize, path: str) -> dict[str, str]:
        """Take one token and return the headers of the answer; raises the 429."""
        if not size.enabled:
            return {}
        bucket = self._refilled(scope, size)
        if bucket.tokens < 1:
            raise self._answers.refused(self._state(bucket, size), path)
        bucket.tokens -= 1
        return self._answers.headers(self._state(bucket, size)) if size.headers else {}

    def remaining(self, scope: str, size: BucketSize) -> int:
        """Return the tokens left, without taking one."""
        return self._refilled(scope, size).tokens

    def empty(self, scope: str, size: BucketSize) -> None:
        """Take all tokens, as another client does."""
        bucket = self._refilled(scope, size)
        bucket.tokens = 0

    def _state(self, bucket: _Bucket, size: BucketSize) -> BucketState:
        return BucketState(bucket.tokens, bucket.refilled + size.refill_seconds - self._clock.now(), size)

    def _refilled(self, scope: str, size: BucketSize) -> _Bucket:
        now = self._clock.now()
        bucket = self._buckets.get(scope)
        if bucket is None:
            bucket = self._buckets[scope] = _Bucket(size.capacity, now)
        batches = int((now - bucket.refilled) // size.refill_seconds)
        if batches > 0:
            bucket.refilled += batches * size.refill_seconds
            bucket.tokens += batches * size.refill
        bucket.tokens = min(bucket.tokens, size.capacity)
        return bucket
