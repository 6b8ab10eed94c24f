"""The objects of the Kubernetes API behind HTTP, in this process."""

import json
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration

from atlas_streams_peering.kube.api import KubernetesApi
from unit.controller.api_objects import ApiObjects, Dropped, Refused, Request
from unit.polling.waiting import Signal

AUTHORITY: Final = Path(__file__).parents[1] / "transport" / "localhost.pem"


class ApiServer(ApiObjects):
    """Serves the objects over HTTP."""

    def __init__(self) -> None:
        super().__init__()
        self.signal = Signal()
        """Rings at each request."""
        self._runner: web.ServerRunner | None = None
        self.url = ""

    def api(self, *, request_seconds: float = 30.0) -> KubernetesApi:
        """Return a client; whoever asks for it closes it."""
        configuration = Configuration(host=self.url)
        # It speaks plain HTTP. Without this the client would read all authorities of the machine.
        configuration.ssl_ca_cert = str(AUTHORITY)
        return KubernetesApi(ApiClient(configuration), request_seconds=request_seconds)

    async def _serve(self, wire: web.BaseRequest) -> web.Response:
        raw = await wire.read()
        body = json.loads(raw) if raw else None
        try:
            request = Request(wire.method, wire.path, dict(wire.query), dict(wire.headers), body)
            return web.json_response(self.answer(request))
        except Dropped:
            if wire.transport is not None:
                wire.transport.abort()
            return web.Response(status=500)
        except Refused as refused:
            status = {"kind": "Status", "code": refused.status, "reason": refused.reason, "message": str(refused)}
            return web.json_response(status, status=refused.status)
        finally:
            self.signal.send()

    async def start(self) -> None:
        """Listen; the port stays the same over a stop and start."""
        self._runner = web.ServerRunner(web.Server(self._serve, access_log=None), shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", int(self.url.rpartition(":")[2] or 0)).start()
        address: Any = self._runner.addresses[0]
        self.url = f"http://127.0.0.1:{address[1]}"

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
