"""Resync: what the watch has shown is held against the API server's own lists. A watch can lose a change, or die."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from ..kube.api import KubernetesApi, KubernetesError
from ..kube.objects import KubernetesObject, version_of
from ..scheduling.backoff import Backoff
from ..scheduling.cancellation import being_cancelled
from ..scheduling.clock import SYSTEM_CLOCK, Clock
from .controller import Controller
from .kind import Kind
from .log_fields import about
from .store import Entry, Store
from .watch_record import WatchRecord

logger = logging.getLogger(__name__)

_RETRY: Final = Backoff(1.0, 60.0)


class WentBack(Exception):  # noqa: N818  # an end, not a failure
    """The API server has gone back to an earlier state, so that what the process knows may never have been."""


@dataclass(frozen=True, slots=True)
class ResyncPolicy:
    """When the store is held against the API server's lists, in seconds."""

    every: float = 300.0
    """Between two resyncs, as long as nothing is suspect."""
    after_list: float = 5.0
    """After the watch has begun anew with a list: it never shows what was deleted before that."""
    suspect: float = 60.0
    """After a resync that has found what the watch had not shown."""
    grace_period: float = 180.0
    """Before a watch that does not show what lists show counts as dead. Kopf itself begins one anew on which nothing
    has come for 70 seconds, and waits at most 30 between attempts."""


class Resync:
    """Lists the objects of one kind, in one namespace or in all: at the start, and again as the policy says."""

    def __init__(
        self,
        kind: Kind[Any, Any, Any],
        api: KubernetesApi,
        store: Store,
        controller: Controller,
        namespace: str | None = None,
        *,
        policy: ResyncPolicy = ResyncPolicy(),
        missed: Callable[[], None] = lambda: None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self.kind, self._api, self._store, self._controller = kind, api, store, controller
        self.namespace, self._policy, self._listed = namespace, policy, asyncio.Event()
        self._listed_at = 0
        """Newest resourceVersion of any list."""
        self._record = WatchRecord(
            kind.resource.kind, grace_period=policy.grace_period, missed=missed, clock=clock.monotonic
        )

    def observe(self, body: Mapping[str, Any]) -> None:
        """Take in an object as the watch shows it."""
        obj = KubernetesObject.read(body)
        self._record.show(obj.uid, obj.resource_version)
        self._controller.take_in(self.kind, obj)

    def repeats(self, body: Mapping[str, Any]) -> bool:
        """Tell whether the watch shows an object as it is known, or older; if so, note that the watch has shown it."""
        uid, version = body["metadata"]["uid"], version_of(body)
        known = self._store.get(uid)
        if known is None or not 0 < version <= known.obj.resource_version:
            return False
        self._record.show(uid, version)
        return True

    def forget(self, uid: str) -> None:
        """Take in that an object is gone, as the watch shows it."""
        self._record.show_gone(uid)
        self._controller.forget(uid)

    def listed(self) -> None:
        """Take in that the watch has begun anew with a list: what was deleted meanwhile, it will never show."""
        self._listed.set()

    def began(self) -> None:
        """Take in that the API server has begun to answer the watch."""
        self._record.begun = True

    @property
    def not_begun(self) -> str | None:
        """What has no watch yet, though nothing forbids it: nobody would learn of new objects in time."""
        if self._record.begun or self.refused:
            return None
        where = f" in namespace {self.namespace}" if self.namespace else ""
        return f"the watch of {self.kind.resource.plural}{where} has not begun"

    @property
    def dead_watch(self) -> str | None:
        """What shows that the watch is dead. Nothing does where the API server refuses even lists."""
        return None if self.refused else self._record.dead

    async def load(self) -> None:
        """Learn of all objects before the first has a turn: who owns a row depends on all."""
        await _until_it_works(self._load, f"The objects of {self.kind.resource.plural} could not be listed")

    async def run(self) -> None:
        """Resync until cancelled. Raises `WentBack`: the process has to start anew."""
        while True:
            await self._until_due()
            await _until_it_works(self.compare, f"{self.kind.resource.plural} could not be compared with a list")

    async def _load(self) -> None:
        try:
            async for body in self._api.list_all(self._path):
                self._controller.observe(self.kind, body)
        except KubernetesError as error:
            if self._refused(error):
                return
            if not error.gone:
                raise
            # The API server says no more than "not found" of a kind that it does not know.
            missing = f"The CustomResourceDefinition {self.kind.resource.crd_name} does not exist"
            raise KubernetesError(error.status, error.reason or "NotFound", missing) from None
        self._record.list_worked()
        self._works()

    async def _until_due(self) -> None:
        suspect = self._record.suspect or self.refused or not self._record.begun
        pause = self._policy.suspect if suspect else self._policy.every
        with contextlib.suppress(TimeoutError):
            # Not wait_for: in Python 3.11 that loses a cancellation which comes together with the event.
            async with asyncio.timeout(pause * random.uniform(0.9, 1.1)):  # noqa: S311
                await self._listed.wait()
                # What the list has brought is taken in first, and one resync does for several lists.
                await asyncio.sleep(self._policy.after_list)
        self._listed.clear()

    async def compare(self) -> None:
        """Forget objects that are gone, learn of those that no watch has shown, and find out whether it shows any."""
        before = {entry.uid: entry.obj.resource_version for entry in self._store if self._concerns(entry)}
        newest = max(self._listed_at, *before.values(), 0)
        listed: dict[str, KubernetesObject] = {}
        try:
            async for page in self._api.pages(self._path, metadata_only=True):
                self._listed_at = self._not_before(newest, version_of(page), "a list")
                for body in page.get("items") or ():
                    seen = KubernetesObject.read(body)
                    listed[seen.uid] = seen
                    self._not_before(before.get(seen.uid, 0), seen.resource_version, seen.key)
                    known = self._store.get(seen.uid)
                    if known is None or not 0 < seen.resource_version <= known.obj.resource_version:
                        await self._read(seen)
        except KubernetesError as error:
            self._record.list_failed()
            if not self._refused(error):
                raise
            return  # objects of the namespace may be there still: none is forgotten
        for uid in before.keys() - listed.keys():
            gone = self._store.get(uid)
            if gone is not None:
                logger.info("%s was deleted, but no watch has shown the deletion", gone.obj.key, extra=about(gone))
                self._controller.forget(uid)
        self._record.compare(listed.values())
        self._works()

    def _not_before(self, known: int, version: int, what: str) -> int:
        """Return the version of what was just listed. Raises `WentBack` where something newer was known before."""
        if 0 < version < known:
            raise WentBack(
                f"the API server has gone back to an earlier state, as after a restored backup: {what} of "
                f"{self.kind.resource.plural} has the resourceVersion {version}, lower than {known} before"
            )
        return max(version, known)

    async def _read(self, seen: KubernetesObject) -> None:
        path = f"{self.kind.resource.path(seen.namespace)}/{seen.name}"
        try:
            self._controller.observe(self.kind, await self._api.get(path))
        except KubernetesError as error:
            if not error.gone:
                raise

    # -- a namespace that cannot be listed

    @property
    def refused(self) -> bool:
        """The API server refuses to list the namespace: it is gone, or the operator's permissions in it are."""
        return self.namespace is not None and self._store.namespaces.is_refused(self.namespace, self._name)

    def _refused(self, error: KubernetesError) -> bool:
        """Take in that a list failed; tell whether only this namespace is concerned, so that others are served."""
        if self.namespace is None or error.status != HTTPStatus.FORBIDDEN:
            return False
        if self._store.namespaces.refused(self.namespace, self._name, str(error)):
            holders = sum(entry.obj.namespace == self.namespace and entry.obj.has_finalizer for entry in self._store)
            logger.warning(
                "The operator cannot list namespace %s: it, or the Role or RoleBinding in it, does not exist (%s). "
                "The operator keeps trying, and serves the namespace again once the list works%s",
                self.namespace,
                error,
                f". Until then, nothing changes outside the cluster for these objects: {holders}" if holders else "",
            )
        return True

    def _works(self) -> None:
        """Take in that a list worked."""
        if self.namespace is not None and self._store.namespaces.listed(self.namespace, self._name):
            logger.info("The operator serves namespace %s again", self.namespace)
            # Which object owns what may depend on objects that were not known.
            for entry in self._store:
                self._controller.wake(entry.uid)

    @property
    def _name(self) -> str:
        return self.kind.resource.kind

    @property
    def _path(self) -> str:
        return self.kind.resource.path(self.namespace)

    def _concerns(self, entry: Entry) -> bool:
        return entry.kind is self.kind and self.namespace in (None, entry.obj.namespace)


async def _until_it_works(attempt: Callable[[], Awaitable[None]], complaint: str) -> None:
    attempts = 0
    while True:
        attempts += 1
        pause = _RETRY.pause(attempts)
        try:
            return await attempt()
        except WentBack:
            raise
        except KubernetesError as error:
            logger.warning("%s: %s; trying again in %.0f s", complaint, error, pause)
        except (Exception, asyncio.CancelledError):
            if being_cancelled():
                raise
            logger.exception("%s: unexpected error; trying again in %.0f s", complaint, pause)
        await asyncio.sleep(pause)
