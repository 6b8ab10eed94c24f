"""How Atlas shows the token buckets of its projects.

Published answers of Atlas show that its tokens come back in batches: "Please retry after 19 seconds. Request capacity:
300. Refill rate: 100 per 60 seconds", and also "after 0 seconds". A bucket with a steady refill never asks for 19
seconds.
"""

import math

from atlas_simulator.messages import Refused, refusal
from atlas_simulator.rate_limit import BucketState, RateLimitAnswers


def _headers(state: BucketState) -> dict[str, str]:
    return {"RateLimit-Limit": str(state.size.capacity), "RateLimit-Remaining": str(state.remaining)}


def _refused(state: BucketState, path: str) -> Refused:
    size = state.size
    wait = math.floor(state.refilled_in)
    resource = path.removeprefix("/")
    seconds = int(size.refill_seconds)
    headers = _headers(state) if size.headers else {}
    return refusal(
        429,
        "RATE_LIMITED_TOKEN_BUCKET",
        f"Rate limit exceeded for {resource}. Please retry after {wait} seconds. Request capacity: "
        f"{size.capacity}. Refill rate: {size.refill} per {seconds} seconds. For more information, "
        "see: http://dochub.mongodb.org/core/atlas-api-rate-limit.",
        parameters=[resource, wait, size.capacity, size.refill, seconds],
        headers={**headers, "Retry-After": str(wait)},
    )


ATLAS_RATE_LIMIT = RateLimitAnswers(_headers, _refused)
