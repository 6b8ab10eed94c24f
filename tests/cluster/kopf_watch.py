"""Kopf's watch in this process, as the operator has it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import kopf

from atlas_streams_peering.kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from atlas_streams_peering.kube.session import Sessions, Stream
from atlas_streams_peering.kube.watch import build_registry, watch
from cluster.namespace import Namespace
from cluster.waiting import wait_until
from unit.controller.harness import ControllerHarness


@asynccontextmanager
async def watching(harness: ControllerHarness, place: Namespace, *, silence: float = 60.0) -> AsyncIterator[None]:
    """Watch as the operator does; a watch on which nothing comes for `silence` seconds is begun anew."""

    def listed(stream: Stream) -> None:
        if stream.plural == STREAMS_VPC_PEERING.plural:
            harness.resync.listed()

    def began(stream: Stream) -> None:
        if stream.plural == STREAMS_VPC_PEERING.plural:
            harness.resync.began()

    registry = build_registry(Sessions(listed, began))

    @kopf.on.startup(registry=registry)
    async def impatient(settings: kopf.OperatorSettings, **_: Any) -> None:
        settings.watching.inactivity_timeout = silence

    watch(registry, STREAMS_VPC_PEERING, {None: harness.resync})
    stop, ready = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(
        kopf.operator(registry=registry, standalone=True, namespaces=[place.name], stop_flag=stop, ready_flag=ready)
    )
    try:
        await ready.wait()
        yield
    finally:
        stop.set()
        await running


@asynccontextmanager
async def comparing(harness: ControllerHarness) -> AsyncIterator[None]:
    """Let what the watch shows be compared with lists; nobody has a turn."""
    working = asyncio.create_task(harness.resync.run())
    try:
        yield
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def until(check: Callable[[], object], what: str) -> None:
    """Wait for what other tasks of this loop, or threads, do."""
    await asyncio.to_thread(wait_until, check, what)
