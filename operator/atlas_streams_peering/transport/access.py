"""Access to a service behind one base URL, whatever its calls are."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import ClassVar

from ..api.conditions import Reason
from .authentication import TokenEndpoint
from .budget import RateBudget
from .response import RateLimitHeaders
from .service import HttpTransport, Service, Timeout, default_timeout

Observer = Callable[[str, str, int | None, float], None]
"""Called after each request: operation, scope, HTTP status (None: no answer), seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What distinguishes a service from others."""

    name: str
    """As metrics name it: ``atlas``."""
    title: str
    """As messages name it: ``Atlas``."""
    unavailable: Reason
    """The reason where the service gives no usable answer."""
    new_budget: Callable[[str, Callable[[], float]], RateBudget]
    """Return the rate budget for a new scope, given its name and the clock."""
    rate_limit_headers: RateLimitHeaders = field(default_factory=RateLimitHeaders)
    token_endpoint: TokenEndpoint | None = None


def _ignore(_operation: str, _scope: str, _status: int | None, _seconds: float) -> None: ...


def _ignore_retry(_operation: str) -> None: ...


def _always() -> bool:
    return True


@dataclass
class ServiceAccess:
    """The sessions of a service, one for each set of credentials, and its rate budgets.

    A service's own class has the `profile`, and makes sessions with the calls of its API.
    """

    profile: ClassVar[Profile]

    base_url: str
    observer: Observer = _ignore
    retrying: Callable[[str], None] = _ignore_retry
    """Called before each further attempt at a read, with the operation."""
    may_change: Callable[[], bool] = _always
    """Called right before the first byte of a change: may this replica still make it?"""
    timeout: Timeout = field(default_factory=default_timeout)
    clock: Callable[[], float] = time.monotonic
    http_transport: HttpTransport | None = None
    """Answers in place of the network, in tests."""
    budgets: dict[str, RateBudget] = field(default_factory=dict)
    """By scope."""
    _service: Service = field(init=False, repr=False)

    def __post_init__(self) -> None:
        profile = self.profile
        self._service = Service(
            name=profile.name,
            title=profile.title,
            base_url=self.base_url,
            unavailable=profile.unavailable,
            new_budget=lambda scope: profile.new_budget(scope, self.clock),
            rate_limit_headers=profile.rate_limit_headers,
            token_endpoint=profile.token_endpoint,
            observer=lambda _service, *request: self.observer(*request),
            retrying=lambda _service, operation: self.retrying(operation),
            may_change=self.may_change,
            timeout=self.timeout,
            clock=self.clock,
            http_transport=self.http_transport,
            budgets=self.budgets,
        )

    def budget(self, scope: str) -> RateBudget:
        """Return the rate budget of a scope."""
        return self._service.budget(scope)

    def tokens(self) -> dict[str, float]:
        """Return the seconds left of each service account's token, by client ID."""
        return self._service.tokens()

    async def keep_only(self, fingerprints: Collection[str], scopes: Collection[str]) -> None:
        """Close the sessions of all other credentials, and forget the rate budgets of all other scopes.

        What a call uses right now stays until the next time. So does a budget for as long as the service's Retry-After
        closes it.
        """
        await self._service.keep_only(fingerprints, scopes)

    async def forget(self, fingerprint: str) -> None:
        """Close the session of credentials that nobody uses any more."""
        await self._service.forget(fingerprint)

    async def aclose(self) -> None:
        """Close all sessions."""
        await self._service.aclose()
