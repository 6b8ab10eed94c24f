"""The operator's own endpoints end with it."""

import asyncio
import socket

from prometheus_client import CollectorRegistry, Gauge

from atlas_streams_peering.health import metrics_app, serve

MORE_THAN_ANY_BUFFER = 30_000_000
PATIENCE = 30.0
"""Seconds: half of what aiohttp would wait for by itself."""


async def test_somebody_who_does_not_read_an_answer_does_not_hold_up_the_end() -> None:
    registry = CollectorRegistry()
    Gauge("large", "x" * MORE_THAN_ANY_BUFFER, registry=registry)
    runner = await serve(metrics_app(registry), 0)
    (address,) = (address for address in runner.addresses if "::" not in address)
    loop = asyncio.get_running_loop()
    with socket.create_connection(("127.0.0.1", address[1])) as reader:
        reader.setblocking(False)
        await loop.sock_sendall(reader, b"GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n")
        assert await loop.sock_recv(reader, 1)

        async with asyncio.timeout(PATIENCE):
            await runner.cleanup()
