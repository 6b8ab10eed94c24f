"""Sends the requests of httpx over connections of aiohttp, whose parser is written in C.

httpx keeps what a request and an answer mean: authentication, URLs, headers and content codings. Its own connections
take three times the processor time.
"""

import os
import re
import select
import ssl
from collections.abc import Callable
from contextvars import ContextVar
from typing import Final
from weakref import WeakSet

import aiohttp
import httpx
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from .proxy import Proxy
from .user_agent import USER_AGENT

FENCE: Final = "fence"
"""The extension of a request that holds a `Fence`."""

Fence = Callable[[], None]
"""Called once there is a connection, right before the first byte. What it raises stops the request."""

_IDLE: Final = 5.0
"""Seconds that a connection waits for its next request. Services and proxies close theirs later."""

LONGEST_REQUEST: Final = 120.0
"""Seconds that a request may take in all. aiohttp bounds each wait for an answer, but not the sending."""

_LONGEST_HEADER: Final = 65_536
"""Bytes. Gateways send long ones."""

_ERRNO: Final = re.compile(r"\[Errno (\d+)\]")

_FENCE: ContextVar[Fence | None] = ContextVar("fence", default=None)


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Connections to one service. Each request is sent once.

    Failures are those of httpx, with what led to them as their cause.
    """

    def __init__(self, tls: ssl.SSLContext, proxy: Proxy | None = None) -> None:
        self._tls = tls
        self._proxy: URL | None = None
        self._proxy_headers: dict[str, str] | None = None
        if proxy is not None:
            self._proxy, self._proxy_headers = _as_aiohttp_takes_it(proxy.url)
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; return the answer, with the whole body as it came."""
        if self._session is None:
            self._session = self._new_session()
        limits, fence = request.extensions["timeout"], _FENCE.set(request.extensions.get(FENCE))
        try:
            answer = await self._session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=self._headers(request),
                data=request.content or None,
                allow_redirects=False,
                proxy=self._proxy,
                proxy_headers=self._proxy_headers,
                timeout=aiohttp.ClientTimeout(
                    total=LONGEST_REQUEST,
                    connect=limits["connect"],
                    sock_connect=limits["connect"],
                    sock_read=limits["read"],
                ),
            )
            try:
                content = await answer.read()
            finally:
                answer.release()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failure, cause = _as_httpx_says_it(error)
            raise failure from cause
        finally:
            _FENCE.reset(fence)
        return httpx.Response(answer.status, headers=answer.raw_headers, stream=httpx.ByteStream(content))

    def _headers(self, request: httpx.Request) -> list[tuple[str, str]]:
        headers = [(name.decode("ascii"), value.decode("utf-8")) for name, value in request.headers.raw]
        if self._proxy_headers is not None and request.url.scheme == "http":
            # Without a tunnel, the request itself goes to the proxy.
            headers += [each for each in self._proxy_headers.items() if each[0] not in request.headers]
        return headers

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _new_session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=_Connector(limit=0, ssl=self._tls, keepalive_timeout=_IDLE),
            # What httpx does already, or leaves out.
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            trust_env=False,
            request_class=_FencedRequest,
            middlewares=(_send_once,),
            max_line_size=_LONGEST_HEADER,
            max_field_size=_LONGEST_HEADER,
        )


class SharedTransport(httpx.AsyncBaseTransport):
    """The connections of somebody else, for one client of several: closing the client leaves them open.

    A request says for itself who makes it. So those of other credentials can take the same connection.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        return await self._transport.handle_async_request(request)


class _FencedRequest(aiohttp.ClientRequest):
    """A request that its fence can still stop when the connection is there."""

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        fence = _FENCE.get()
        if fence is not None:
            fence()
        return await super().send(conn)


class _Connector(aiohttp.TCPConnector):
    """Keeps a connection for the next request only while the service says nothing on it.

    aiohttp takes what comes between two requests, such as the 408 that ends an idle connection, for the answer to the
    next one. It does not see what has come while the event loop was busy, either.
    """

    def __init__(self, *, limit: int, ssl: ssl.SSLContext, keepalive_timeout: float) -> None:
        super().__init__(limit=limit, ssl=ssl, keepalive_timeout=keepalive_timeout)
        self._used: WeakSet[ResponseHandler] = WeakSet()

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109  # the signature is aiohttp's
    ) -> Connection:
        """Return a connection on which nothing waits to be read."""
        while (connection := await super().connect(req, traces, timeout)).protocol in self._used:
            if not _has_ended_or_speaks(connection):
                return connection
            connection.close()
        if connection.protocol is not None:
            self._used.add(connection.protocol)
        return connection


def _has_ended_or_speaks(connection: Connection) -> bool:
    """Whether the other side has sent something between two requests, or has closed the connection."""
    if connection.protocol is None or connection.transport is None or connection.protocol.should_close:
        return True
    poll = select.poll()
    poll.register(connection.transport.get_extra_info("socket"), select.POLLIN)
    return bool(poll.poll(0))


class _LostError(aiohttp.ClientError):
    """The connection ended, and the cause says how."""


async def _send_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a DELETE again whose connection ended: the service may have seen the first."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _LostError from error


def _as_aiohttp_takes_it(proxy: httpx.URL) -> tuple[URL, dict[str, str]]:
    """Return the URL of a proxy without the user name and password, and the headers of requests to the proxy itself."""
    headers = {"User-Agent": USER_AGENT}
    if proxy.username or proxy.password:
        headers["Proxy-Authorization"] = aiohttp.encode_basic_auth(proxy.username, proxy.password, encoding="utf-8")
    return URL(str(proxy.copy_with(username=None, password=None)), encoded=True), headers


def _as_httpx_says_it(error: Exception) -> tuple[httpx.TransportError, BaseException]:
    """Return the error of httpx that means the same, and its cause.

    Errors of aiohttp that stand for one of the operating system, of TLS or of DNS look like one of the first: the one
    they stand for is the cause.
    """
    if isinstance(error, _LostError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    cause = error.__cause__ or error
    match error:
        case aiohttp.ClientHttpProxyError():
            return httpx.ProxyError(f"{error.status} {error.message}"), cause
        case aiohttp.ConnectionTimeoutError():
            return httpx.ConnectTimeout(""), cause
        case aiohttp.SocketTimeoutError():
            return httpx.ReadTimeout(""), cause
        case TimeoutError():
            return httpx.TimeoutException(""), cause
        case aiohttp.ClientConnectorError():
            return httpx.ConnectError(""), _of_each_address(cause)
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError() | aiohttp.ClientResponseError():
            return httpx.RemoteProtocolError(""), cause
        case _:
            return httpx.ReadError(""), cause


def _of_each_address(cause: BaseException) -> BaseException:
    """Return what went wrong with each address of a name: where it differs, aiohttp tells of it in one text only.

    A refusal comes first. It says more than an address family that this cluster does not route.
    """
    numbers = _ERRNO.findall(str(cause)) if isinstance(cause, OSError) and cause.errno is None else ()
    failures = [OSError(int(number), os.strerror(int(number))) for number in numbers]
    failures.sort(key=lambda failure: not isinstance(failure, ConnectionRefusedError))
    return ExceptionGroup("addresses", failures) if failures else cause
