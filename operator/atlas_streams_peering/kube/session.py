"""Kopf's HTTP session, made by us, so that it tells of each list: Kopf itself tells nobody that a watch began anew.

A list that brings no object brings no event either; and what was deleted before it, no watch shows any more.
The session also leaves out of watches what the operator knows already.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from weakref import WeakSet

import aiohttp
import kopf

from .echoes import response_class


@dataclass(frozen=True, slots=True)
class Stream:
    """What Kopf lists, and then watches: a kind, in a namespace."""

    plural: str
    namespace: str | None
    """None: in the whole cluster."""

    @classmethod
    def of(cls, path: tuple[str, ...]) -> "Stream":
        """Read what is asked for from the parts of a path. Kopf lists more than kinds: the groups of the API."""
        *_, before, namespace, plural = ("", "", *path)
        return cls(plural, namespace if before == "namespaces" else None)


Listed = Callable[[Stream], None]
"""Told of each list that Kopf has made."""

Began = Callable[[Stream], None]
"""Told of each watch that the API server has begun to answer."""

Repeats = Callable[[Stream, Mapping[str, Any]], bool]
"""Tells whether an object, as a watch shows it, is known already."""


class Sessions:
    """Makes a session for each set of credentials that Kopf logs in with."""

    def __init__(
        self,
        listed: Listed = lambda _stream: None,
        began: Began = lambda _stream: None,
        repeats: Repeats = lambda _stream, _body: False,
    ) -> None:
        self._listed, self._began = listed, began
        self._response_class = response_class(lambda path, body: repeats(Stream.of(path), body))
        self.users: WeakSet[asyncio.Task[Any]] = WeakSet()
        """The tasks that have asked through a session. Kopf's watches are among them, and no task of ours."""
        self._last: tuple[kopf.ConnectionInfo, kopf.AiohttpSession] | None = None

    def session(self, info: kopf.ConnectionInfo) -> kopf.AiohttpSession:
        """Return a session as Kopf itself would make it.

        The same credentials get the same one: so Kopf sees that those which were refused have come again, and ends in
        place of asking for ever.
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
