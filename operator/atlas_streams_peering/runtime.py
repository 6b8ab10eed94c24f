"""Puts the operator together, and runs it until it is told to stop."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import kopf

from . import __version__
from .atlas.client import Atlas
from .decide.pacing import Intervals
from .endpoints import health_app, metrics_app, serve
from .handlers.wiring import at_end, build_registry, watch
from .kubernetes_api import KubernetesApi, connect
from .leader import Leadership
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

_LAST_WORK: Final = 10.0
"""Seconds that requests under way are given when the operator is told to stop."""


_SECRET_AGE: Final = 0.45
"""Share of the pending interval for which a Secret's content counts as current."""


class LeaseLostError(Exception):
    """Another replica acts, or may: this process has to start anew."""


class Operator:
    """The operator's parts, and their life."""

    def __init__(self, settings: Settings, api: KubernetesApi) -> None:
        self._settings = settings
        self._leadership = Leadership(api) if settings.leader_elect else None
        may_act = self._leadership.held if self._leadership else lambda: True
        self.metrics = Metrics()
        self._atlas = Atlas(
            settings.atlas_base_url, observer=self.metrics.atlas_request, retrying=self.metrics.atlas_retry
        )
        self._events = EventRecorder(api)
        self._controller = Controller(api, settings.watch_namespaces, may_act=may_act, opened=False)
        self._peerings = self._controller.reconciler = PeeringReconciler(
            api=api,
            atlas=self._atlas,
            store=CredentialStore(
                api, settings.default_credentials, max_age=settings.poll_interval_pending * _SECRET_AGE
            ),
            controller=self._controller,
            events=self._events,
            intervals=Intervals(settings.poll_interval_pending, settings.poll_interval_steady),
            may_act=may_act,
            became_active=self.metrics.became_active,
        )
        self.metrics.watch_objects(self._peerings.kind.kind, self._controller.registry)
        self.metrics.watch_budgets(self._atlas)
        self.metrics.watch_looks(self._peerings.looks)
        self._loaded = False

    def unhealthy(self) -> str | None:
        """Return what only a restart can mend."""
        idle = self._controller.queue.seconds_without_progress
        return f"work is waiting, but nothing was finished for {idle:.0f} s" if idle > _STUCK_AFTER else None

    def unready(self) -> str | None:
        """Return why the operator serves nobody yet. One that stands by is ready: to take over."""
        return None if self._loaded else "the objects are not listed yet"

    async def run(self) -> None:
        """Watch, and act as soon as this replica may, until Kopf is told to stop or something fails."""
        await self._controller.load()
        self._loaded = True
        logger.info("%d objects known; watching for changes", len(self._controller.registry))
        # Begun before Kopf, which on its way out ends every task that came after it.
        work = asyncio.create_task(self._controller.run(), name="controller")
        events = asyncio.create_task(self._events.run(), name="events")
        leading = asyncio.create_task(self._campaign(), name="leader election")
        await asyncio.sleep(0)
        watching = asyncio.create_task(self._watch(), name="watch")
        tasks = (watching, work, leading, events)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            work.cancel()
            leading.cancel()
            await self._peerings.looks.close()
            await self._events.flush(seconds=5)
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            if self._leadership is not None:
                await self._leadership.release()
            await self._atlas.aclose()
            self.metrics.leading.set(0)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    async def _watch(self) -> None:
        registry = build_registry()
        watch(registry, self._peerings.kind, self._controller)
        at_end(registry, self._finish)
        namespaces = self._settings.watch_namespaces
        await kopf.operator(registry=registry, standalone=True, clusterwide=not namespaces, namespaces=namespaces or ())

    async def _campaign(self) -> None:
        if self._leadership is None:
            await self._act()
        else:
            await self._leadership.campaign(self._act)
            raise LeaseLostError("the Lease is lost")

    async def _act(self) -> None:
        self.metrics.leading.set(1)
        self._controller.queue.open()
        logger.info("Acting on what is wanted")
        await asyncio.get_running_loop().create_future()  # until cancelled

    async def _finish(self) -> None:
        """Let what is in hand come to its end: a change whose answer nobody notes might be asked for twice."""
        await self._controller.queue.finish(seconds=_LAST_WORK)
        await self._peerings.looks.close()


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
        # Kopf puts its own handlers in the place of these: later its end is how a signal shows.
        loop.add_signal_handler(name, stopping.set)
    try:
        async with _endpoints(settings, operator):
            running, stop = asyncio.create_task(operator.run()), asyncio.create_task(stopping.wait())
            await asyncio.wait([running, stop], return_when=asyncio.FIRST_COMPLETED)
            for task in (running, stop):
                task.cancel()
            outcome, _ = await asyncio.gather(running, stop, return_exceptions=True)
            if isinstance(outcome, LeaseLostError):
                return 1
            if isinstance(outcome, Exception):
                logger.error("The operator failed", exc_info=outcome)
                return 1
            logger.info("Stopped")
            return 0
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
