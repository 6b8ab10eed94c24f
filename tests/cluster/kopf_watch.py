"""Kopf's watch on a controller in this process, as the operator has it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import kopf
from atlas_streams_peering.controller.resources import Resource

from atlas_streams_peering.controller.controller import Controller
from atlas_streams_peering.kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from atlas_streams_peering.kube.watch import build_registry, watch
from cluster.namespace import Namespace
from cluster.waiting import wait_until


class Onlooker:
    """A reconciler that only remembers."""

    kind = STREAMS_VPC_PEERING

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def seen(self, resource: Resource) -> None:
        self.known[resource.uid] = resource.name

    async def reconcile(self, resource: Resource) -> float | None:
        raise NotImplementedError(f"nobody works on {resource.key} here")

    def gone(self, resource: Resource) -> None:
        del self.known[resource.uid]

    @property
    def names(self) -> set[str]:
        return set(self.known.values())


@asynccontextmanager
async def watching(controller: Controller, place: Namespace, *, silence: float = 60.0) -> AsyncIterator[None]:
    """Watch as the operator does; a watch on which nothing comes for `silence` seconds is begun anew."""

    def listed(plural: str) -> None:
        if plural == STREAMS_VPC_PEERING.plural:
            controller.listed()

    registry = build_registry(listed)

    @kopf.on.startup(registry=registry)
    async def impatient(settings: kopf.OperatorSettings, **_: Any) -> None:
        settings.watching.inactivity_timeout = silence

    watch(registry, STREAMS_VPC_PEERING, controller)
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
async def controller_at_work(controller: Controller) -> AsyncIterator[None]:
    """Let the controller work and compare."""
    working = asyncio.create_task(controller.run())
    try:
        yield
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def until(check: Callable[[], object], what: str) -> None:
    """Wait for what other tasks of this loop, or threads, do."""
    await asyncio.to_thread(wait_until, check, what)
