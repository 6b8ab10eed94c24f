"""A service behind one base URL: what all clients of it share."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import httpx

from ..api.conditions import Reason
from .authentication import TokenEndpoint
from .budget import RateBudget
from .client import ServiceClient
from .connections import SharedTransport
from .credentials import Credentials
from .response import RateLimitHeaders
from .route import Route, route_to
from .user_agent import USER_AGENT

Timeout: TypeAlias = httpx.Timeout
HttpTransport: TypeAlias = httpx.AsyncBaseTransport

_READS_AT_ONCE: Final = 8
"""Reads of one scope that may be under way: a scope that hangs must not take all connections from the others."""

Observer = Callable[[str, str, str, int | None, float], None]
"""Called after each request: service, operation, scope, HTTP status (None: no answer), seconds."""

RetryObserver = Callable[[str, str], None]
"""Called before each further attempt at a read: service, operation."""


def default_timeout() -> Timeout:
    """Return the seconds that a request may take: 5 to connect, 15 to wait for each part of the answer."""
    return httpx.Timeout(15.0, connect=5.0)


def _ignore(_service: str, _operation: str, _scope: str, _status: int | None, _seconds: float) -> None: ...


def _ignore_retry(_service: str, _operation: str) -> None: ...


def _always() -> bool:
    return True


@dataclass
class _Turns:
    """The reads of a scope: those under way, and those that wait for their turn."""

    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_READS_AT_ONCE))
    users: int = 0


@dataclass(kw_only=True)
class Service:
    """Makes the client for each set of credentials, and keeps one rate budget for each scope."""

    name: str
    """As metrics name it: ``atlas``."""
    title: str
    """As messages name it: ``Atlas``."""
    base_url: str
    unavailable: Reason
    """The reason where the service gives no usable answer."""
    new_budget: Callable[[str], RateBudget]
    """Return the rate budget for a new scope, given its name."""
    rate_limit_headers: RateLimitHeaders = field(default_factory=RateLimitHeaders)
    token_endpoint: TokenEndpoint | None = None
    observer: Observer = _ignore
    retrying: RetryObserver = _ignore_retry
    may_change: Callable[[], bool] = _always
    """Called right before the first byte of a change: may this replica still make it?"""
    timeout: Timeout = field(default_factory=default_timeout)
    clock: Callable[[], float] = time.monotonic
    http_transport: HttpTransport | None = None
    """Answers in place of the network, in tests."""
    budgets: dict[str, RateBudget] = field(default_factory=dict)
    """By scope."""
    _clients: dict[str, ServiceClient] = field(default_factory=dict, init=False)
    _turns: dict[str, _Turns] = field(default_factory=dict, init=False)
    _connections: HttpTransport = field(init=False, repr=False)
    """Of all clients: a new connection costs more than a request."""
    route: Route = field(init=False, repr=False)
    """As the environment says. Making a service raises `WrongVariableError` where that cannot work."""

    def __post_init__(self) -> None:
        self.route = route_to(self.base_url)
        self._connections = self.http_transport or self.route.connections()

    def client(self, credentials: Credentials) -> ServiceClient:
        """Return the client for these credentials; equal credentials share it."""
        client = self._clients.get(credentials.fingerprint)
        if client is None:
            http = self.route.client(
                headers={"User-Agent": USER_AGENT},
                timeout=self.timeout,
                transport=SharedTransport(self._connections),
            )
            client = self._clients[credentials.fingerprint] = ServiceClient(self, http, credentials)
        return client

    def budget(self, scope: str) -> RateBudget:
        """Return the rate budget of a scope."""
        budget = self.budgets.get(scope)
        if budget is None:
            budget = self.budgets[scope] = self.new_budget(scope)
        return budget

    @asynccontextmanager
    async def turn_to_read(self, scope: str) -> AsyncIterator[None]:
        """Wait for one's turn among the reads of a scope."""
        turns = self._turns.setdefault(scope, _Turns())
        turns.users += 1
        try:
            async with turns.slots:
                yield
        finally:
            turns.users -= 1
            if not turns.users:
                del self._turns[scope]

    def tokens(self) -> dict[str, float]:
        """Return the seconds left of each service account's token, by client ID."""
        clients = ((one.client_id, one.token_seconds_left) for one in self._clients.values())
        return {client_id: left for client_id, left in clients if client_id is not None and left is not None}

    async def keep_only(self, fingerprints: Collection[str], scopes: Collection[str]) -> None:
        """Close the clients of all other credentials, and forget the rate budgets of all other scopes.

        What a call uses right now stays until the next time. So does a budget for as long as the service's Retry-After
        closes it.
        """
        for scope, budget in tuple(self.budgets.items()):
            if scope not in scopes and scope not in self._turns and not budget.closed:
                del self.budgets[scope]
        unused = [one for one, client in self._clients.items() if one not in fingerprints and not client.busy]
        # All at once, before the first await: nobody may get a client that is about to be closed.
        clients = [self._clients.pop(fingerprint) for fingerprint in unused]
        await asyncio.gather(*(client.aclose() for client in clients))

    async def forget(self, fingerprint: str) -> None:
        """Close the client of credentials that nobody uses any more."""
        client = self._clients.pop(fingerprint, None)
        if client is not None:
            await client.aclose()

    async def aclose(self) -> None:
        """Close all clients, and the connections."""
        for fingerprint in tuple(self._clients):
            await self.forget(fingerprint)
        await self._connections.aclose()
