"""Echoes: the operator's own writes, which come back on the watch. They are removed before Kopf processes them.

An object's way to Active has three writes, so three of the four events that the API server sends of it are echoes. Kopf
takes some 0.4 ms for each event, whatever its handler does with it.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final, cast

import aiohttp
from aiohttp.connector import Connection
from pydantic_core import from_json

IsEcho = Callable[[Mapping[str, Any]], bool]
"""Tells of an object, which a watch shows as modified, whether the operator knows it as it is."""

IsEchoOn = Callable[[tuple[str, ...]], IsEcho]
"""(path of a watch in parts) → what recognizes the echoes on it."""

_END: Final = b"\n"


def response_class(is_echo_on: IsEchoOn) -> type[aiohttp.ClientResponse]:
    """Return a response class for a session. It removes echoes from answers to watches, and does not change others."""

    class WatchResponse(aiohttp.ClientResponse):
        async def start(self, connection: Connection) -> aiohttp.ClientResponse:
            await super().start(connection)
            if "watch" in self.url.query and self.status == 200:
                self.content = cast("aiohttp.StreamReader", _WithoutEchoes(self.content, is_echo_on(self.url.parts)))
            return self

    return WatchResponse


class _WithoutEchoes:
    """The content of an answer to a watch. Only `iter_chunked` removes echoes."""

    def __init__(self, content: aiohttp.StreamReader, is_echo: IsEcho) -> None:
        self._content, self._is_echo = content, is_echo

    def __getattr__(self, name: str) -> Any:
        return getattr(self._content, name)

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:
        """Yield whole lines, without echoes. The rest after the last line feed is yielded unchanged."""
        rest = b""
        async for chunk in self._content.iter_chunked(size):
            *lines, rest = (rest + chunk).split(_END)
            if news := [line + _END for line in lines if not self._is_echo_in(line)]:
                yield b"".join(news)
        if rest:
            yield rest

    def _is_echo_in(self, line: bytes) -> bool:
        try:
            event = from_json(line)
        except ValueError:
            return False  # Kopf says what it thinks of it
        return bool(event["type"] == "MODIFIED" and self._is_echo(event["object"]))
