"""Assembles the operator, and runs it until a signal stops it."""

import asyncio
import logging
import signal
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from .controller.act import Actor
from .controller.attempts import Attempt
from .controller.controller import Controller
from .controller.credentials import CredentialStore
from .controller.events import EventRecorder
from .controller.observe import Observer
from .controller.reconcile import Reconciler
from .controller.report import Reporter
from .controller.reservations import Reservations
from .controller.resync import Resync
from .controller.store import Entry, Store
from .kinds.reconcilers import kinds
from .kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from .kube.api import KubernetesApi, KubernetesError
from .kube.config_maps import ConfigMaps
from .kube.labelled import LabelledObjects
from .kube.leader import Leadership
from .kube.session import Sessions, Stream
from .kube.watch import build_registry, run_watches, watch
from .kube.writer import ObjectWriter
from .metrics import Metrics
from .polling.expectations import Expectations
from .polling.intervals import Intervals
from .polling.polls import Polls
from .scheduling.ending import end
from .services import SECRET_FORMATS, Services
from .settings import Settings

logger = logging.getLogger(__name__)

_STUCK_AFTER: Final = 120.0
"""Seconds without progress, while work is waiting, after which the operator counts as stuck."""

_LAST_LOOK: Final = 5.0
"""Seconds that Kopf has to end its watches."""

_LAST_WORK: Final = 10.0
"""Seconds that requests in flight have to finish when the operator stops."""

_SECRET_AGE: Final = 0.45
"""Maximum age of a Secret's content, as a share of the pending interval."""

_TIDY_EVERY: Final = 60.0
"""Seconds between two cleanups of credentials, sessions and budgets that no object needs any more."""


class LeaseLostError(Exception):
    """Another replica is or may be the leader, so this process has to restart."""


class EndedError(Exception):
    """A part of the operator has ended unexpectedly. The operator cannot work without it."""


class Operator:
    """The operator: its parts and their lifecycle."""

    def __init__(self, settings: Settings, api: KubernetesApi, *, ending: Callable[[], None] = lambda: None) -> None:
        self._settings, self._api, self._ending = settings, api, ending
        self._leadership = Leadership(api, settings.lease_name) if settings.leader_elect else None
        may_act = self._may_act = self._leadership.held if self._leadership else lambda: True
        self.metrics = Metrics()
        self._services = services = Services(settings, self.metrics, may_change=may_act)
        intervals = Intervals(settings.poll_interval_pending, settings.poll_interval_steady)
        peerings = LabelledObjects(api, STREAMS_VPC_PEERING, may_act=may_act, seen=self._seen)
        self._kinds = kinds(
            services.atlas, services.confluent, ConfigMaps(api), peerings if settings.policies else None
        )
        self._store = store = Store()
        self._events = EventRecorder(api)
        self._credentials = credentials = CredentialStore(
            api,
            SECRET_FORMATS,
            settings.default_credentials,
            max_age=settings.poll_interval_pending * _SECRET_AGE,
        )
        self.polls = polls = Polls(
            credentials=credentials.by_fingerprint,
            still_current=credentials.still_current,
            wake=self._wake,
            intervals=intervals,
            queue_observer=self.metrics.queues.of("polls"),
        )
        writers = {kind.resource.kind: ObjectWriter(api, kind.resource) for kind in self._kinds}
        reporter = Reporter(writers, self._events, self._written, became_ready=self.metrics.became_ready)
        self._controller = Controller(
            store,
            polls,
            writers,
            reporter,
            intervals,
            opened=False,
            reconciled=self.metrics.reconciles.reconciled,
            queue_observer=self.metrics.queues.of("objects"),
        )
        expectations: Expectations[Attempt] = Expectations()
        self._controller.turns = Reconciler(
            store=store,
            observer=Observer(polls, store, expectations, intervals),
            actor=Actor(reporter, expectations, Reservations(), services.reserve_change, self._wake, may_act=may_act),
            reporter=reporter,
            credentials=credentials,
            intervals=intervals,
            reclaim=self._controller.reclaim,
            drop=self._controller.retire,
            backlogged=lambda: self._controller.queue.backlogged,
            may_act=may_act,
        )
        self._resyncs = {
            Stream(kind.resource.plural, namespace): Resync(
                kind, api, store, self._controller, namespace, missed=self.metrics.missed_change
            )
            for kind in self._kinds
            for namespace in settings.watch_namespaces or (None,)
        }
        self._acting = False
        self.metrics.watch_leading(self._leads)
        self.metrics.watch_objects(store, leads=self._leads)
        queues = (("objects", self._controller.queue.waiting), ("polls", polls.queue.waiting))
        self.metrics.watch_work((kind.resource.kind for kind in self._kinds), store, queues)
        self.metrics.watch_polls(polls)
        self.metrics.watch_namespaces(store.namespaces)
        self._loaded, self._stopping = False, asyncio.Event()

    def unhealthy(self) -> str | None:
        """Return a problem that only a restart can fix, and never a problem of a service or of the API server."""
        idle = self._controller.queue.seconds_without_progress
        if idle > _STUCK_AFTER:
            return f"work is waiting, but nothing was finished for {idle:.0f} s"
        return next((resync.dead_watch for resync in self._resyncs.values() if resync.dead_watch), None)

    def unready(self) -> str | None:
        """Return why the operator is not ready. A standby is ready."""
        if self._stopping.is_set():
            return "the operator is stopping"
        if not self._loaded:
            return "the objects are not listed yet"
        if all(resync.refused for resync in self._resyncs.values()):
            return "the operator can list none of the namespaces that it is told to watch"
        return next((resync.not_begun for resync in self._resyncs.values() if resync.not_begun), None)

    def stop(self) -> None:
        """Make `run` stop gracefully. Callers may call it at any time, and repeatedly."""
        self._ending()
        self._stopping.set()

    async def run(self) -> None:
        """Watch, and reconcile while this replica leads, until `stop` or a failure."""
        if not await self._load():
            return
        logger.info("Listed %d objects; watching for changes", len(self._store))
        events = asyncio.create_task(self._events.run(), name="events")
        leading = asyncio.create_task(self._campaign(), name="leader election")
        watching = asyncio.create_task(self._watch(), name="watch")
        work = (
            asyncio.create_task(self._controller.queue.run(), name="controller"),
            asyncio.create_task(self.polls.run(), name="polls"),
            asyncio.create_task(self._tidy(), name="tidying"),
            *(asyncio.create_task(resync.run(), name="resync") for resync in self._resyncs.values()),
        )
        stopping = asyncio.create_task(self._stopping.wait(), name="stop")
        tasks = (watching, *work, leading, events)
        try:
            ended, _ = await asyncio.wait((stopping, *tasks), return_when=asyncio.FIRST_COMPLETED)
            self._ending()
            if not ended.isdisjoint((stopping, watching)):
                await self._finish()
        finally:
            self._acting = False
            await end(*work, leading)
            # Release the Lease first: another replica waits for it, and this one makes no more changes.
            if self._leadership is not None:
                await self._leadership.release()
            if self._stopping.is_set():
                await asyncio.wait((watching,), timeout=_LAST_LOOK)
            await self._events.flush(seconds=5)
            await end(stopping, *tasks)
            await self._services.aclose()
        for task in (*ended, *tasks):
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error
        if not self._stopping.is_set():
            raise EndedError(f"ended unexpectedly: {', '.join(task.get_name() for task in ended)}")

    def listen_to_signals(self) -> None:
        """Stop at SIGTERM and SIGINT."""
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, self.stop)

    async def _load(self) -> bool:
        """List all objects; return whether that finished before the operator was stopped."""
        loading = asyncio.create_task(self._load_all(), name="first lists")
        stopping = asyncio.create_task(self._stopping.wait(), name="stop")
        await asyncio.wait((loading, stopping), return_when=asyncio.FIRST_COMPLETED)
        if loading.done():
            await loading
            self._loaded = True
        await end(loading, stopping)
        return self._loaded

    async def _load_all(self) -> None:
        for resync in self._resyncs.values():
            await resync.load()

    async def _watch(self) -> None:
        sessions = Sessions(self._listed, self._began, self._repeats)
        registry = build_registry(sessions)
        for kind in self._kinds:
            sinks = {resync.namespace: resync for resync in self._resyncs.values() if resync.kind is kind}
            watch(registry, kind.resource, sinks)
        try:
            # Kopf installs its own signal handlers, which do not stop the other parts, and fail at a second signal.
            await run_watches(
                registry,
                sessions,
                self._settings.watch_namespaces,
                self._stopping,
                started=self.listen_to_signals,
            )
        except Exception as error:
            if getattr(error, "status", None) != HTTPStatus.NOT_FOUND:
                raise
            raise EndedError(await self._what_is_gone()) from None

    async def _what_is_gone(self) -> str:
        """Return which CustomResourceDefinition no longer exists. Kopf's error does not name it."""
        gone = []
        for kind in self._kinds:
            try:
                await self._api.request("GET", kind.resource.path(), query={"limit": "1"})
            except KubernetesError as error:
                if error.gone:
                    gone.append(kind.resource.crd_name)
        return f"the CustomResourceDefinition {' and '.join(gone) or 'of a kind'} no longer exists"

    def _listed(self, stream: Stream) -> None:
        resync = self._resyncs.get(stream)
        if resync is not None:
            resync.listed()

    def _began(self, stream: Stream) -> None:
        resync = self._resyncs.get(stream)
        if resync is not None:
            resync.began()

    def _repeats(self, stream: Stream, body: Mapping[str, Any]) -> bool:
        resync = self._resyncs.get(stream)
        return resync is not None and resync.repeats(body)

    def _wake(self, uid: str) -> None:
        self._controller.wake(uid)

    def _written(self, entry: Entry, obj: Any) -> None:
        self._controller.written(entry, obj)

    def _seen(self, body: Mapping[str, Any]) -> None:
        """Observe a StreamsVpcPeering that a policy has created, before the watch shows it."""
        kind = next(kind for kind in self._kinds if kind.resource is STREAMS_VPC_PEERING)
        self._controller.observe(kind, body)

    async def _tidy(self) -> None:
        """Forget credentials, sessions and budgets that no object needs any more."""
        while True:
            await asyncio.sleep(_TIDY_EVERY)
            fingerprints = self._credentials.keep_only(self._store.secrets_in_use())
            await self._services.keep_only(fingerprints, {poll.key.scope for poll in self.polls})

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
        """Start the reconciles, and return: Kopf would wait for a running task of the election when it stops."""
        self._acting = True
        self._controller.queue.open()
        logger.info("Leading: reconciling objects")

    async def _finish(self) -> None:
        """Finish the work in progress: without its recorded answer, a change might be requested again."""
        await self._controller.queue.finish(seconds=_LAST_WORK)
        await self.polls.close()
