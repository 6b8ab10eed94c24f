"""An HTTP server in place of Atlas: it gives the answers of a test, and records every credential that it receives."""

import asyncio
import json
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

_CHALLENGE: Final = {"WWW-Authenticate": 'Digest realm="MMS Public API", nonce="n-0451", algorithm=MD5, qop="auth"'}


@dataclass(frozen=True)
class Answer:
    """An answer. Without a status the server closes the connection; with `hang` it never answers.

    With `echo` the answer repeats the credentials of the request, as some proxies do.
    """

    status: int | None = None
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    echo: bool = False


class RecordingServer:
    """Answers authenticated requests with `api`, and token requests with `token`."""

    def __init__(self, *, api: Answer, token: Answer) -> None:
        self._api, self._token = api, token
        self._runner: web.ServerRunner | None = None
        self._closing = asyncio.Event()
        self.base_url = ""
        self.received: set[str] = set()
        """Values of all Authorization headers, with and without their scheme."""

    async def _serve(self, request: web.BaseRequest) -> web.Response:
        authorization = request.headers.get("Authorization")
        if authorization is None:
            return web.Response(status=401, headers=_CHALLENGE)
        self.received |= {authorization, authorization.partition(" ")[2]}
        answer = self._token if request.path == "/api/oauth/token" else self._api
        if answer.hang:
            await self._closing.wait()
        if answer.status is None or answer.hang:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        body = json.dumps({"detail": f"You said {authorization}", "parameters": [authorization]})
        return web.Response(status=answer.status, text=body if answer.echo else answer.body, headers=answer.headers)

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._serve, access_log=None), shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        address: Any = self._runner.addresses[0]
        self.base_url = f"http://127.0.0.1:{address[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        if self._runner is not None:
            await self._runner.cleanup()
