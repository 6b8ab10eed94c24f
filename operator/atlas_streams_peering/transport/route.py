"""The way to a service: through which proxy, and with which certificate authorities, as the environment says."""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from .certificates import tls_context
from .connections import AiohttpTransport
from .proxy import Proxy, address_of, proxy_for


@dataclass(frozen=True, slots=True)
class Route:
    """How requests reach a base URL."""

    url: httpx.URL
    tls: ssl.SSLContext
    proxy: Proxy | None = None

    @property
    def address(self) -> str:
        """Host and port of the service, for messages."""
        return address_of(self.url)

    def url_of(self, path: str) -> str:
        """Return the whole URL of a path: to join them again for each request costs httpx two more parses."""
        return f"{str(self.url).rstrip('/')}{path}"

    def connections(self) -> AiohttpTransport:
        """Return new connections to the service."""
        return AiohttpTransport(self.tls, self.proxy)

    def client(self, *, transport: httpx.AsyncBaseTransport | None = None, **options: Any) -> httpx.AsyncClient:
        """Return a client for the base URL; `transport` answers in place of the network."""
        return httpx.AsyncClient(
            base_url=self.url,
            transport=transport or self.connections(),
            trust_env=False,
            **options,
        )


def route_to(base_url: str, environment: Mapping[str, str] = os.environ) -> Route:
    """Return how requests reach a base URL.

    Raises
    ------
    WrongVariableError
        A variable of the environment that counts for this URL cannot work.
    """
    url = httpx.URL(base_url)
    return Route(url, tls_context(environment), proxy_for(url, environment))


def proxy_of(base_url: str, environment: Mapping[str, str]) -> Proxy | None:
    """Return the proxy by which another process, with this environment, reaches a base URL.

    Raises
    ------
    WrongVariableError
        The variable that counts for this URL names no usable proxy.
    """
    return proxy_for(httpx.URL(base_url), environment)
