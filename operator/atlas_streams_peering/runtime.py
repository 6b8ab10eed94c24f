"""Puts the operator together, and runs it until it is told to stop."""

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import kopf

from . import __version__
from .atlas.client import Atlas
from .decide.pacing import Intervals
from .endpoints import health_app, metrics_app, serve
from .handlers.wiring import build_registry, watch
from .kubernetes_api import KubernetesApi, connect
from .leader import run_as_leader
from .logs import configure_logging
from .metrics import Metrics
from .reconcile.controller import Controller
from .reconcile.events import EventRecorder
from .reconcile.peerings import PeeringReconciler
from .reconcile.secrets import CredentialStore
from .settings import Settings

logger = logging.getLogger(__name__)

_STUCK_AFTER: Final = 120.0
"""Seconds without progress, while work is waiting, after which the operator counts as stuck."""


class Operator:
    """The operator's parts, and their life."""

    def __init__(self, settings: Settings, api: KubernetesApi) -> None:
        self._settings, self._api = settings, api
        self.metrics = Metrics()
        self._atlas = Atlas(settings.atlas_base_url, observer=self.metrics.atlas_request)
        self._events = EventRecorder(api)
        self._controller = Controller(api, settings.watch_namespaces)
        intervals = Intervals(settings.poll_interval_pending, settings.poll_interval_steady)
        store = CredentialStore(api, settings.default_credentials, max_age=settings.poll_interval_pending * 0.9)
        self._peerings = self._controller.reconciler = PeeringReconciler(
            api=api,
            atlas=self._atlas,
            store=store,
            controller=self._controller,
            events=self._events,
            intervals=intervals,
        )
        self.metrics.watch_objects(self._peerings.kind.kind, self._controller.registry)
        self.metrics.watch_budgets(self._atlas)
        self._loaded = False

    def unhealthy(self) -> str | None:
        """Return what only a restart can mend."""
        idle = time.monotonic() - self._controller.last_progress
        if len(self._controller.queue) and idle > _STUCK_AFTER:
            return f"work is waiting, but nothing was finished for {idle:.0f} s"
        return None

    def unready(self) -> str | None:
        """Return why the operator serves nobody yet."""
        return None if self._loaded else "the objects are not listed yet"

    async def lead(self) -> None:
        """Act until told to stop."""
        self.metrics.leading.set(1)
        await self._controller.load()
        self._loaded = True
        logger.info("%d objects known; watching for changes", len(self._controller.registry))
        # Begun before Kopf, which on its way out ends every task that came after it.
        tasks = [asyncio.create_task(self._controller.run()), asyncio.create_task(self._events.run())]
        await asyncio.sleep(0)
        registry = build_registry()
        watch(registry, self._peerings.kind, self._controller)
        namespaces = self._settings.watch_namespaces
        watching = asyncio.create_task(
            kopf.operator(registry=registry, standalone=True, clusterwide=not namespaces, namespaces=namespaces or ())
        )
        try:
            await asyncio.wait([watching, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            tasks[0].cancel()
            await self._peerings.looks.close()
            await self._events.flush(seconds=5)
            for task in (watching, *tasks):
                task.cancel()
            outcomes = await asyncio.gather(watching, *tasks, return_exceptions=True)
            await self._atlas.aclose()
            self.metrics.leading.set(0)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome


async def run_operator(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT; return the exit code."""
    configure_logging(settings.log_format, settings.log_level)
    logger.info("atlas-streams-peering %s, Atlas at %s", __version__, settings.atlas_base_url)
    try:
        api = await connect()
    except Exception as error:  # noqa: BLE001  # the library raises of many kinds; one line says it
        logger.error("No way to the Kubernetes API: %s", error)  # noqa: TRY400
        return 1
    operator = Operator(settings, api)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)

    async def lead() -> None:
        # Kopf puts its own handlers in the place of ours: its end is how a signal shows.
        await operator.lead()
        stopping.set()

    try:
        async with _endpoints(settings, operator):
            acting = asyncio.create_task(run_as_leader(api, lead) if settings.leader_elect else lead())
            stop = asyncio.create_task(stopping.wait())
            await asyncio.wait([acting, stop], return_when=asyncio.FIRST_COMPLETED)
            told = stopping.is_set()
            acting.cancel()
            stop.cancel()
            outcomes = await asyncio.gather(acting, stop, return_exceptions=True)
            failures = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
            for failure in failures:
                logger.error("The operator failed", exc_info=failure)
            logger.info("Stopped")
            return 0 if told and not failures else 1
    except OSError as error:
        logger.error("A port cannot be served: %s", error)  # noqa: TRY400
        return 1
    finally:
        await api.close()


@asynccontextmanager
async def _endpoints(settings: Settings, operator: Operator) -> AsyncIterator[None]:
    runners = []
    if settings.health_port:
        app = health_app(healthy=operator.unhealthy, ready=operator.unready)
        runners.append(await serve(app, settings.health_port))
    if settings.metrics_port:
        runners.append(await serve(metrics_app(operator.metrics.registry), settings.metrics_port))
    try:
        yield
    finally:
        for runner in runners:
            await runner.cleanup()
