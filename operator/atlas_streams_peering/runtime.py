"""Puts the operator together, and runs it until it is told to stop."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

import kopf

from . import __version__
from .atlas.client import Atlas
from .controller.controller import Controller
from .controller.events import EventRecorder
from .controller.retry import Intervals
from .controller.secrets import CredentialStore
from .health import health_app, metrics_app, serve
from .kinds.streams_vpc_peering.reconciler import PeeringReconciler
from .kube.api import KubernetesApi, connect
from .kube.leader import Leadership
from .kube.watch import at_end, build_registry, watch
from .logs import configure_logging
from .metrics import Metrics
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


class EndedError(Exception):
    """A part of the operator has ended, and nobody told it to: without it the rest would only seem to work."""


class Operator:
    """The operator's parts, and their life."""

    def __init__(self, settings: Settings, api: KubernetesApi) -> None:
        self._settings = settings
        self._leadership = Leadership(api, settings.lease_name) if settings.leader_elect else None
        may_act = self._may_act = self._leadership.held if self._leadership else lambda: True
        self.metrics = Metrics()
        self._atlas = Atlas(
            settings.atlas_base_url,
            observer=self.metrics.atlas_request,
            retrying=self.metrics.atlas_retry,
            may_change=may_act,
        )
        self._events = EventRecorder(api)
        self._controller = Controller(
            api, settings.watch_namespaces, may_act=may_act, opened=False, missed=self.metrics.missed_change
        )
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
        self._acting = False
        self.metrics.watch_leading(self._leads)
        self.metrics.watch_objects(self._peerings.kind.kind, self._controller.registry, leads=self._leads)
        self.metrics.watch_budgets(self._atlas)
        self.metrics.watch_looks(self._peerings.looks)
        self._loaded, self._stopping = False, asyncio.Event()

    def unhealthy(self) -> str | None:
        """Return what only a restart can mend; never what Atlas or the API server must mend."""
        idle = self._controller.queue.seconds_without_progress
        if idle > _STUCK_AFTER:
            return f"work is waiting, but nothing was finished for {idle:.0f} s"
        return self._controller.dead_watch

    def unready(self) -> str | None:
        """Return why the operator serves nobody. One that stands by is ready: to take over."""
        if self._stopping.is_set():
            return "the operator is stopping"
        return None if self._loaded else "the objects are not listed yet"

    def stop(self) -> None:
        """Have `run` end in order, whatever it is at. May be called again."""
        self._stopping.set()

    async def run(self) -> None:
        """Watch, and act as soon as this replica may, until told to stop or until something fails."""
        if not await self._load():
            return
        logger.info("%d objects known; watching for changes", len(self._controller.registry))
        work = asyncio.create_task(self._controller.run(), name="controller")
        events = asyncio.create_task(self._events.run(), name="events")
        leading = asyncio.create_task(self._campaign(), name="leader election")
        watching = asyncio.create_task(self._watch(), name="watch")
        tasks = (watching, work, leading, events)
        try:
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._acting = False
            await _end(work, leading)
            await self._peerings.looks.close()
            if self._leadership is not None:
                await self._leadership.release()
            await self._events.flush(seconds=5)
            await _end(*tasks)
            await self._atlas.aclose()
        for task in (*ended, *tasks):
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error
        if not self._stopping.is_set():
            raise EndedError(f"ended by itself: {', '.join(task.get_name() for task in ended)}")

    def listen_to_signals(self) -> None:
        """Stop at SIGTERM and SIGINT."""
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, self.stop)

    async def _load(self) -> bool:
        """Learn of all objects; tell whether that came to its end before the operator's."""
        loading = asyncio.create_task(self._controller.load(), name="first list")
        stopping = asyncio.create_task(self._stopping.wait(), name="stop")
        await asyncio.wait((loading, stopping), return_when=asyncio.FIRST_COMPLETED)
        if loading.done():
            await loading
            self._loaded = True
        await _end(loading, stopping)
        return self._loaded

    async def _watch(self) -> None:
        registry = build_registry(self._listed)
        watch(registry, self._peerings.kind, self._controller)
        at_end(registry, self._finish)
        namespaces = self._settings.watch_namespaces
        tasks = await kopf.spawn_tasks(
            registry=registry,
            standalone=True,
            clusterwide=not namespaces,
            namespaces=namespaces or (),
            stop_flag=self._stopping,
            # Nothing uses it; but left out, Kopf asks for its user's name, and a container's user has none.
            identity="atlas-streams-peering",  # type: ignore[arg-type]  # Kopf's own name for str is private
        )
        # Kopf has put its own in place of ours: they tell nobody of a signal, and fail at a second one.
        self.listen_to_signals()
        try:
            await kopf.run_tasks(tasks, ignored=_Whatever())
        except Exception as error:
            if getattr(error, "status", None) != HTTPStatus.NOT_FOUND:
                raise
            gone = f"the CustomResourceDefinition {self._peerings.kind.crd_name} is not there any more"
            raise EndedError(gone) from None

    def _listed(self, plural: str) -> None:
        if plural == self._peerings.kind.plural:
            self._controller.listed()

    async def _campaign(self) -> None:
        if self._leadership is None:
            await self._act()
            await asyncio.get_running_loop().create_future()  # until cancelled
        else:
            await self._leadership.campaign(self._act)
            raise LeaseLostError("the Lease is lost")

    def _leads(self) -> bool:
        return self._acting and self._may_act()

    async def _act(self) -> None:
        """Begin to act, and return: an election runs this as a task, which Kopf would wait for at its end."""
        self._acting = True
        self._controller.queue.open()
        logger.info("Acting on what is wanted")

    async def _finish(self) -> None:
        """Let what is in hand come to its end: a change whose answer nobody notes might be asked for twice."""
        await self._controller.queue.finish(seconds=_LAST_WORK)
        await self._peerings.looks.close()


class _Whatever(Collection[asyncio.Task[Any]]):
    """The tasks that Kopf leaves alone as it ends: all that are not its own.

    It takes every task that came after it for its own, waits five seconds for it, and cancels it: looks, Events, and
    the connections on which somebody keeps asking for metrics.
    """

    def __contains__(self, _: object) -> bool:
        return True

    def __iter__(self) -> Iterator[asyncio.Task[Any]]:
        return iter(())

    def __len__(self) -> int:
        return 0


async def _end(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


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
    operator.listen_to_signals()
    try:
        async with _endpoints(settings, operator):
            return await _run(operator)
    except OSError as error:
        logger.error("A port cannot be served: %s", error)  # noqa: TRY400
        return 1
    finally:
        await api.close()


async def _run(operator: Operator) -> int:
    try:
        await operator.run()
    except LeaseLostError:
        return 1
    except EndedError as error:
        logger.error("The operator ends: %s", error)  # noqa: TRY400
        return 1
    except Exception:
        logger.exception("The operator failed")
        return 1
    logger.info("Stopped")
    return 0


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
