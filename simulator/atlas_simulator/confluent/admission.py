"""The checks that every Confluent Cloud operation makes: API key (401), rate limit (429), permission (403)."""

import math
import re
from collections.abc import Callable

from atlas_simulator.basic_credentials import basic_credentials
from atlas_simulator.clock import Clock
from atlas_simulator.confluent.cloud_key import CloudKey, CloudRole
from atlas_simulator.confluent.failure import FORBIDDEN, PREFIX, REQUEST_ID, failure, new_request_id
from atlas_simulator.directory import Principal
from atlas_simulator.messages import Answer, Refused, Request
from atlas_simulator.operation import Inbound, Operation
from atlas_simulator.rate_limit import BucketState, RateLimitAnswers, RateLimiter
from atlas_simulator.settings import Settings

_INVALID_KEY = 'Basic error="invalid_key", error_description="The API Key is invalid"'


def _headers(state: BucketState) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(state.size.capacity),
        "X-RateLimit-Remaining": str(state.remaining),
        "X-RateLimit-Reset": str(math.ceil(state.refilled_in)),
    }


def _refused(state: BucketState, _path: str) -> Refused:
    """Return the 429, which has no body."""
    headers = {"Retry-After": str(math.ceil(state.refilled_in)), REQUEST_ID: new_request_id()}
    if state.size.headers:
        headers |= _headers(state)
    return Refused(Answer(429, content_type=None, headers=headers))


class Admission:
    """Admits requests of API keys, or refuses them as Confluent Cloud does."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self.keys: dict[str, CloudKey] = {}
        """The API keys by id."""
        self.buckets = RateLimiter(clock, RateLimitAnswers(_headers, _refused))

    def operation(self, name: str, method: str, path: str, perform: Callable[[Inbound], Answer]) -> Operation:
        """Build an operation; ``path`` is a regular expression for what follows ``/networking/v1/``."""

        def admitted(inbound: Inbound) -> Answer:
            limit = self._settings.confluent.rate_limit
            headers = self.buckets.take(inbound.authenticated.id, limit, inbound.request.path)
            return perform(inbound).with_headers({REQUEST_ID: new_request_id(), **headers})

        return Operation(name, method, re.compile(PREFIX + path), self._authenticate, admitted)

    def authorize(self, inbound: Inbound, environment: str, role: CloudRole) -> None:
        """Refuse an API key that does not have a role in an environment; no key has one in an unknown environment."""
        key = self.keys.get(inbound.authenticated.id)
        if key is None or key.roles.get(environment, 0) < role:
            raise failure(403, FORBIDDEN)

    def _authenticate(self, request: Request) -> Principal:
        key, secret = basic_credentials(request)
        found = self.keys.get(key)
        if found is None or secret not in found.principal.secrets:
            raise failure(401, "Unauthorized", headers={"WWW-Authenticate": _INVALID_KEY})
        return found.principal
