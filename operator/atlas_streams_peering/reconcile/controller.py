"""The one way by which objects of any kind are reconciled: seen, queued, worked on, tried again."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from ..api.crd import CustomResource
from ..kubernetes_api import KubernetesApi, KubernetesError
from .queue import WorkQueue
from .resources import Registry, Resource
from .writer import ObjectGone

logger = logging.getLogger(__name__)

RESYNC: Final = 300.0
"""Seconds between comparisons with the API server's own list: a watch can lose a deletion."""

_FIRST_RETRY: Final = 1.0
_LONGEST_RETRY: Final = 60.0


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
    ) -> None:
        self._api, self._namespaces, self._may_act = api, namespaces, may_act
        self.registry = Registry()
        self.queue = WorkQueue(opened=opened)
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
        """Take in an object as a watch shows it."""
        resource = Resource.read(body)
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
        """Take in that an object is gone."""
        resource = self.registry.remove(uid)
        self.queue.cancel(uid)
        self._failures.pop(uid, None)
        if resource is not None:
            self.reconciler.gone(resource)

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
            async for body in self._api.list_all(path):
                self.observe(body)

    async def _work(self, uid: str) -> None:
        resource = self.registry.get(uid)
        if resource is None:
            return
        try:
            if not self._may_act():
                raise NotLeading(resource.key)  # noqa: TRY301  # the same as further on
            pause = await self.reconciler.reconcile(resource)
        except ObjectGone:
            self.forget(uid)
        except NotLeading:
            self.queue.add_later(uid, _FIRST_RETRY)
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
            await asyncio.sleep(RESYNC * random.uniform(0.9, 1.1))  # noqa: S311
            await _until_it_works(self.compare, "The objects could not be compared with the API server's list")

    async def compare(self) -> None:
        """Forget objects that are gone, and learn of those that no watch has shown."""
        before = {resource.uid for resource in self.registry}
        listed: set[str] = set()
        for path in self._paths():
            async for body in self._api.list_all(path, metadata_only=True):
                seen = Resource.read(body)
                listed.add(seen.uid)
                known = self.registry.get(seen.uid)
                if known is None or not 0 < seen.resource_version <= known.resource_version:
                    name = f"{self.reconciler.kind.path(seen.namespace)}/{seen.name}"
                    try:
                        self.observe(await self._api.get(name))
                    except KubernetesError as error:
                        if not error.gone:
                            raise
        for uid in before - listed:
            logger.info("An object is gone, and no watch had said so: %s", uid)
            self.forget(uid)

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
        except Exception:
            logger.exception("%s: unforeseen failure; trying again in %.0f s", complaint, pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_RETRY)
