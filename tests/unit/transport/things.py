"""A made-up service that is not Atlas: it answers as it is told, and keeps what it was asked."""

import asyncio
from typing import Any

import httpx

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.transport.budget import RateBudget
from atlas_streams_peering.transport.client import Call
from atlas_streams_peering.transport.credentials import BasicKey
from atlas_streams_peering.transport.errors import RateLimited, RequestRefused, ServiceError
from atlas_streams_peering.transport.response import RateLimitHeaders, Response
from atlas_streams_peering.transport.service import Service
from unit.clock import Clock

KEY = BasicKey("key", "secret-0451")
OTHER_KEY = BasicKey("other-key", "secret-0452")
UNAVAILABLE = Reason.SUSPENDED
"""Any reason but the default."""


def _error_of(response: Response) -> ServiceError:
    if response.status == 429:
        return RateLimited("Things wants fewer requests.", retry_after=response.retry_after)
    said = response.without_secrets(str(response.json()))
    return RequestRefused(f"Things refused: {said}.", status=response.status, code="T-1")


def call(method: str = "GET", **fields: Any) -> Call:
    known: dict[str, Any] = {
        "operation": "getThing",
        "scope": "shelf",
        "path": "/things/1",
        "doing": "get thing 1",
        "error_of": _error_of,
    }
    return Call(method=method, **{**known, **fields})


class Things:
    """The service, and a client of it."""

    def __init__(self, answer: httpx.Response | Exception | None = None) -> None:
        self._answer = httpx.Response(200, json={}) if answer is None else answer
        self.requests: list[httpx.Request] = []
        self.observed: list[tuple[str, str, str, int | None, float]] = []
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()
        self.may_answer.set()
        self.clock = Clock()
        self.service = Service(
            name="things",
            title="Things",
            base_url="https://things.example/api",
            unavailable=UNAVAILABLE,
            new_budget=lambda _scope: RateBudget(capacity=100, refill=1, clock=self.clock),
            rate_limit_headers=RateLimitHeaders("X-RateLimit-Remaining", ("Retry-After", "X-RateLimit-Reset")),
            observer=lambda *request: self.observed.append(request),
            clock=self.clock,
            http_transport=httpx.MockTransport(self._serve),
        )
        self.client = self.service.client(KEY)

    async def _serve(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.asked.set()
        await self.may_answer.wait()
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer
