"""HTTP endpoints of the operator itself: /healthz, /readyz and /metrics."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

_LAST_ANSWER: Final = 1.0
"""Seconds that answers in flight have to finish when the server stops. A slow client may need a minute to read one."""


class _Collected(CollectorRegistry):
    """A snapshot of the metrics."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__()
        self._metrics = tuple(registry.collect())

    def collect(self) -> Iterable[Metric]:
        return self._metrics


Check = Callable[[], str | None]
"""Returns the problem; None: healthy."""


def health_app(*, healthy: Check, ready: Check) -> web.Application:
    """Answer 200, or 503 with the problem."""

    def answer(check: Check) -> web.Response:
        problem = check()
        return web.Response(status=503 if problem else 200, text=f"{problem or 'ok'}\n")

    async def healthz(_: web.Request) -> web.Response:
        return answer(healthy)

    async def readyz(_: web.Request) -> web.Response:
        return answer(ready)

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz)])
    return app


def metrics_app(registry: CollectorRegistry) -> web.Application:
    """Answer with the metrics in Prometheus' text format."""

    async def metrics(_: web.Request) -> web.Response:
        # Collect in the event loop, where the state changes. Format in a thread, because that takes time with many
        # objects.
        text = await asyncio.to_thread(generate_latest, _Collected(registry))
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/metrics", metrics)])
    return app


async def serve(app: web.Application, port: int) -> web.AppRunner:
    """Serve on all addresses, IPv4 and IPv6, until the runner is cleaned up. Raises OSError when the port is taken."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_LAST_ANSWER)
    await runner.setup()
    await web.TCPSite(runner, None, port).start()
    return runner
