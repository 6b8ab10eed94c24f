"""Why a request got no answer, in words that a person can act on.

The text of an exception is never quoted: it can hold a header, or what a proxy says.
"""

import http
import os
import socket
import ssl
from collections.abc import Iterator
from typing import Final

import httpx

from .connections import LONGEST_REQUEST
from .route import Route

_EXPIRED: Final = 10
_OTHER_NAME: Final = frozenset({62, 64})
"""Codes of OpenSSL: the certificate is for another host name, or another address."""


def no_answer(error: BaseException, route: Route, timeout: httpx.Timeout) -> str:
    """Return what went wrong, and what to check, as the end of a sentence: "no answer from HOST:PORT (…); check …"."""
    over = f" over the proxy {route.proxy.address}" if route.proxy else ""
    what, check = _explained(error, route, timeout)
    return f"no answer from {route.address}{over} ({what}){f'; {check}' if check else ''}"


def _explained(error: BaseException, route: Route, timeout: httpx.Timeout) -> tuple[str, str]:
    if isinstance(error, httpx.ProxyError):
        return _refused_by_proxy(error, route)
    if isinstance(error, httpx.TimeoutException):
        return _late(error, route, timeout)
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLError):
            return _no_tls(cause, route)
        if isinstance(cause, socket.gaierror):
            host = route.proxy.url.host if route.proxy else route.url.host
            return f"the name {host} does not resolve", "check the name, and the DNS of the cluster"
        if isinstance(cause, OSError) and cause.errno is not None:
            return _unreachable(cause, route)
    if isinstance(error, httpx.ConnectError):
        return "no connection", _check_egress(route)
    if isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError):
        return "the connection was closed before an answer came", "if this goes on, check the proxy and the firewall"
    return type(error).__name__, ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what led to it; of several attempts, all."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        if isinstance(seen, BaseExceptionGroup):
            for one in seen.exceptions:
                yield from _causes(one)
        seen = seen.__cause__ or seen.__context__


def _refused_by_proxy(error: httpx.ProxyError, route: Route) -> tuple[str, str]:
    status = str(error).partition(" ")[0]
    variable = route.proxy.variable if route.proxy else "HTTPS_PROXY"
    if status == str(http.HTTPStatus.PROXY_AUTHENTICATION_REQUIRED.value):
        return (
            f"the proxy wants a user name and a password: HTTP {status}",
            f"check the user name and the password in {variable}",
        )
    said = f": HTTP {status}" if status.isdecimal() else ""
    return f"the proxy refuses to connect{said}", f"allow {route.address} in the proxy"


def _late(error: httpx.TimeoutException, route: Route, timeout: httpx.Timeout) -> tuple[str, str]:
    match error:
        case httpx.ConnectTimeout():
            return f"no connection within {_seconds(timeout.connect)}", _check_egress(route)
        case httpx.ReadTimeout():
            return f"nothing came within {_seconds(timeout.read)}", ""
        case _:
            return f"the answer was not complete within {_seconds(LONGEST_REQUEST)}", ""


def _no_tls(cause: ssl.SSLError, route: Route) -> tuple[str, str]:
    if not isinstance(cause, ssl.SSLCertVerificationError):
        reason = f": {cause.reason}" if cause.reason else ""
        return f"no TLS connection{reason}", "check that this port speaks https"
    if cause.verify_code in _OTHER_NAME:
        return "the certificate is for another name", "check the base URL and the proxy"
    if cause.verify_code == _EXPIRED:
        return "the certificate has expired", "renew it, or check what answers in its place"
    own = "the authority of your proxy" if route.proxy else "the authority of what answers"
    return (
        f"the certificate is not trusted: {cause.verify_message}",
        f"if you trust {own}, set SSL_CERT_FILE to a bundle that contains it",
    )


def _unreachable(cause: OSError, route: Route) -> tuple[str, str]:
    if isinstance(cause, ConnectionRefusedError):
        by = "the proxy" if route.proxy else "the port"
        return f"{by} refuses connections", _check_egress(route)
    if isinstance(cause, ConnectionResetError | BrokenPipeError):
        return "the connection was closed before an answer came", "if this goes on, check the proxy and the firewall"
    return os.strerror(cause.errno or 0).lower(), _check_egress(route)


def _check_egress(route: Route) -> str:
    where = route.proxy.variable if route.proxy else "the base URL"
    return f"check {where} and the egress rules of the cluster"


def _seconds(seconds: float | None) -> str:
    return f"{seconds or 0:g} s"
