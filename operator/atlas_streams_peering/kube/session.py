"""Kopf's HTTP session, created here to report each list, because Kopf does not report that it restarted a watch.

A list without objects causes no event, and no watch shows objects that were deleted before the list.
The session also removes echoes from watches.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any
from weakref import WeakSet

import aiohttp
import kopf

from .echoes import response_class


@dataclass(frozen=True, slots=True)
class Stream:
    """A list and watch of Kopf: of a kind, in a namespace."""

    plural: str
    namespace: str | None
    """None: the whole cluster."""

    @classmethod
    def of(cls, path: tuple[str, ...]) -> "Stream":
        """Parse the parts of a path. Other paths, such as Kopf's discovery of API groups, are no streams."""
        *_, before, namespace, plural = ("", "", *path)
        return cls(plural, namespace if before == "namespaces" else None)


Listed = Callable[[Stream], None]
"""Called after each list of Kopf."""

Began = Callable[[Stream], None]
"""Called when the API server starts to answer a watch."""

Repeats = Callable[[Stream, Mapping[str, Any]], bool]
"""Returns whether the store already has this version of an object."""


class Sessions:
    """Creates a session for each set of Kopf's credentials."""

    def __init__(
        self,
        listed: Listed = lambda _stream: None,
        began: Began = lambda _stream: None,
        repeats: Repeats = lambda _stream, _body: False,
    ) -> None:
        self._listed, self._began = listed, began
        self._response_class = response_class(lambda path: partial(repeats, Stream.of(path)))
        self.users: WeakSet[asyncio.Task[Any]] = WeakSet()
        """The tasks that have used a session: Kopf's watches, but no task of the operator."""
        self._last: tuple[kopf.ConnectionInfo, kopf.AiohttpSession] | None = None

    def session(self, info: kopf.ConnectionInfo) -> kopf.AiohttpSession:
        """Return a session like Kopf's own.

        Equal credentials get the same session. So Kopf detects that refused credentials came again, and stops instead
        of retrying forever.
        """
        if self._last is None or self._last[0] != info:
            self._last = info, self._session(info)
        return self._last[1]

    def _session(self, info: kopf.ConnectionInfo) -> kopf.AiohttpSession:
        async def on_request_start(*_: object) -> None:
            if (task := asyncio.current_task()) is not None:
                self.users.add(task)

        async def on_request_end(
            _session: aiohttp.ClientSession, _context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
        ) -> None:
            if params.method == "GET" and params.response.status == 200:
                tell = self._began if "watch" in params.url.query else self._listed
                tell(Stream.of(params.url.parts))

        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(on_request_start)
        trace.on_request_end.append(on_request_end)
        return kopf.AiohttpSession(
            server=info.server,
            default_namespace=info.default_namespace,
            priority=info.priority,
            expiration=info.expiration,
            aiohttp_session=aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ssl=info.as_ssl_context()),
                headers=info.as_http_headers(),
                proxy=info.proxy_url,
                trust_env=info.trust_env,
                trace_configs=[trace],
                response_class=self._response_class,
            ),
        )
