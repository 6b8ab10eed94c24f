"""The one way by which objects of any kind are reconciled: seen, queued, worked on, tried again."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from ..api.crd import CustomResource
from ..kube.api import KubernetesApi, KubernetesError
from ..polling.cancellation import being_cancelled
from .queue import WorkQueue
from .resources import Registry, Resource
from .watch_record import WatchRecord
from .writer import ObjectGone

logger = logging.getLogger(__name__)

_FIRST_RETRY: Final = 1.0
_LONGEST_RETRY: Final = 60.0


@dataclass(frozen=True, slots=True)
class Comparing:
    """When objects are compared with the API server's own list, in seconds: a watch can lose a change, or die."""

    every: float = 300.0
    """Between comparisons, in peace."""
    after_list: float = 5.0
    """After the watch has begun anew with a list: it never shows what was deleted before that."""
    in_doubt: float = 60.0
    """After a comparison that has found what the watch had not shown."""
    fair_time: float = 180.0
    """Before a watch that does not show what lists show counts as dead. Kopf itself begins one anew on which nothing
    has come for 70 seconds, and waits at most 30 between attempts."""


class NotLeading(Exception):  # noqa: N818  # an answer, not a failure
    """Another replica may be acting: nothing is changed."""


class Reconciler(Protocol):
    """What a kind brings: how one object is reconciled."""

    kind: CustomResource

    def seen(self, resource: Resource) -> None:
        """Take note of an object, or of a change to it, before it is reconciled."""
        ...

    async def reconcile(self, resource: Resource) -> float | None:
        """Bring one object forward; return the seconds until it must be worked on again, None: only when woken."""
        ...

    def gone(self, resource: Resource) -> None:
        """Forget an object that is no longer there."""
        ...


class Controller:
    """Keeps the objects of a kind reconciled, whatever fails on the way."""

    def __init__(
        self,
        api: KubernetesApi,
        namespaces: tuple[str, ...],
        *,
        may_act: Callable[[], bool] = lambda: True,
        opened: bool = True,
        comparing: Comparing = Comparing(),
        missed: Callable[[], None] = lambda: None,
    ) -> None:
        self._api, self._namespaces, self._may_act = api, namespaces, may_act
        self.registry = Registry()
        self.queue = WorkQueue(opened=opened)
        self._comparing, self._listed = comparing, asyncio.Event()
        self._record = WatchRecord(fair_time=comparing.fair_time, namespaced=bool(namespaces), missed=missed)
        self._failures: dict[str, int] = {}
        self._reconciler: Reconciler | None = None

    @property
    def reconciler(self) -> Reconciler:
        """What this kind brings."""
        if self._reconciler is None:
            raise RuntimeError("the controller has no reconciler yet")
        return self._reconciler

    @reconciler.setter
    def reconciler(self, reconciler: Reconciler) -> None:
        self._reconciler = reconciler

    def observe(self, body: Mapping[str, Any]) -> None:
        """Take in an object as the watch shows it."""
        resource = Resource.read(body)
        self._record.show(resource)
        self._take_in(resource)

    def _take_in(self, resource: Resource) -> None:
        if self.registry.put(resource):
            self.reconciler.seen(resource)
            self.queue.add(resource.uid)

    def update(self, resource: Resource) -> None:
        """Take in an object as our own write left it.

        That is no reason to work on it again, unless somebody else's change has come along with it: the
        watch will show that one as no newer than this.
        """
        before = self.registry.get(resource.uid)
        if before is not None and self.registry.put(resource):
            self.reconciler.seen(resource)
            if resource.wants_other_than(before):
                self.queue.add(resource.uid)

    def forget(self, uid: str) -> None:
        """Take in that an object is gone, as the watch shows it."""
        self._record.show_gone(uid)
        self._let_go(uid)

    def _let_go(self, uid: str) -> None:
        resource = self.registry.remove(uid)
        self.queue.cancel(uid)
        self._failures.pop(uid, None)
        if resource is not None:
            self.reconciler.gone(resource)

    def listed(self) -> None:
        """Take in that the watch has begun anew with a list: what was deleted meanwhile, it will never show."""
        self._listed.set()

    @property
    def dead_watch(self) -> str | None:
        """What shows that the watch is dead."""
        return self._record.dead

    async def load(self) -> None:
        """Learn of all objects before the first is worked on: who owns a connection depends on all."""
        await _until_it_works(self._load, "The objects could not be listed")

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.queue.run(self._work))
            tasks.create_task(self._resync())

    async def _load(self) -> None:
        for path in self._paths():
            try:
                async for body in self._api.list_all(path):
                    self._take_in(Resource.read(body))
            except KubernetesError as error:
                if not error.gone:
                    raise
                # The API server says no more than "not found" of a kind that it does not know.
                missing = f"The CustomResourceDefinition {self.reconciler.kind.crd_name} is not there"
                raise KubernetesError(error.status, error.reason or "NotFound", missing) from None

    async def _work(self, uid: str) -> None:
        resource = self.registry.get(uid)
        if resource is None:
            return
        try:
            if not self._may_act():
                raise NotLeading(resource.key)  # noqa: TRY301  # the same as further on
            pause = await self.reconciler.reconcile(resource)
        except ObjectGone:
            self._let_go(uid)
        except NotLeading:
            self.queue.add_later(uid, _FIRST_RETRY)
        except asyncio.CancelledError:
            if being_cancelled():
                raise
            self._retry(resource, RuntimeError("a cancellation of something else came through"))
        except Exception as error:  # noqa: BLE001  # nothing may end the work on an object
            self._retry(resource, error)
        else:
            self._failures.pop(uid, None)
            if pause is None:
                self.queue.cancel(uid)
            else:
                self.queue.add_later(uid, pause)

    def _retry(self, resource: Resource, error: Exception) -> None:
        if self.registry.get(resource.uid) is None:
            return
        failures = self._failures[resource.uid] = self._failures.get(resource.uid, 0) + 1
        pause = min(_FIRST_RETRY * 2.0 ** min(failures - 1, 10), _LONGEST_RETRY) * random.uniform(0.7, 1.0)  # noqa: S311
        if isinstance(error, KubernetesError):
            logger.warning("%s: %s; trying again in %.0f s", resource.key, error, pause)
        else:
            logger.error("%s: unforeseen failure; trying again in %.0f s", resource.key, pause, exc_info=error)
        self.queue.add_later(resource.uid, pause)

    async def _resync(self) -> None:
        while True:
            await self._until_worth_comparing()
            await _until_it_works(self.compare, "The objects could not be compared with the API server's list")

    async def _until_worth_comparing(self) -> None:
        pause = self._comparing.in_doubt if self._record.in_doubt else self._comparing.every
        with contextlib.suppress(TimeoutError):
            # Not wait_for: in Python 3.11 that loses a cancellation which comes together with the event.
            async with asyncio.timeout(pause * random.uniform(0.9, 1.1)):  # noqa: S311
                await self._listed.wait()
                # What the list has brought is taken in first, and one comparison does for several lists.
                await asyncio.sleep(self._comparing.after_list)
        self._listed.clear()

    async def compare(self) -> None:
        """Forget objects that are gone, learn of those that no watch has shown, and find out whether it shows any."""
        before = {resource.uid for resource in self.registry}
        listed: dict[str, Resource] = {}
        for path in self._paths():
            async for body in self._api.list_all(path, metadata_only=True):
                seen = Resource.read(body)
                listed[seen.uid] = seen
                known = self.registry.get(seen.uid)
                if known is None or not 0 < seen.resource_version <= known.resource_version:
                    name = f"{self.reconciler.kind.path(seen.namespace)}/{seen.name}"
                    try:
                        self._take_in(Resource.read(await self._api.get(name)))
                    except KubernetesError as error:
                        if not error.gone:
                            raise
        for uid in before - listed.keys():
            if self.registry.get(uid) is not None:
                logger.info("An object is gone, and no watch had said so: %s", uid)
                self._let_go(uid)
        self._record.compare(listed.values())

    def _paths(self) -> list[str]:
        kind = self.reconciler.kind
        return [kind.path(namespace) for namespace in self._namespaces] if self._namespaces else [kind.path()]


async def _until_it_works(attempt: Callable[[], Awaitable[None]], complaint: str) -> None:
    pause = _FIRST_RETRY
    while True:
        try:
            return await attempt()
        except KubernetesError as error:
            logger.warning("%s: %s; trying again in %.0f s", complaint, error, pause)
        except (Exception, asyncio.CancelledError):
            if being_cancelled():
                raise
            logger.exception("%s: unforeseen failure; trying again in %.0f s", complaint, pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_RETRY)
