"""Resync: compares what the watch has shown with lists of the API server, because a watch can lose a change or die."""

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
    """The API server has gone back to an earlier state, so the state of this process may be invalid."""


@dataclass(frozen=True, slots=True)
class ResyncPolicy:
    """Intervals of the comparison with lists, in seconds."""

    every: float = 300.0
    """Between two resyncs while nothing is suspect."""
    after_list: float = 5.0
    """After the watch has restarted with a list, because it does not show earlier deletions."""
    suspect: float = 60.0
    """After a resync that found a change that the watch had not shown."""
    grace_period: float = 180.0
    """Until a watch counts as dead if it does not show what lists show. Kopf restarts a watch after 70 seconds without
    an event, and waits at most 30 seconds between attempts."""


class Resync:
    """Lists the objects of one kind, in one namespace or in all: at the start, and again according to the policy."""

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
        """Observe an object from the watch."""
        obj = KubernetesObject.read(body)
        self._record.show(obj.uid, obj.resource_version)
        self._controller.take_in(self.kind, obj)

    def repeats(self, body: Mapping[str, Any]) -> bool:
        """Return whether the watch shows a known or older version of an object; if so, record that it was shown."""
        uid, version = body["metadata"]["uid"], version_of(body)
        known = self._store.get(uid)
        if known is None or not 0 < version <= known.obj.resource_version:
            return False
        self._record.show(uid, version)
        return True

    def forget(self, uid: str) -> None:
        """Forget an object after the watch has shown its deletion."""
        self._record.show_gone(uid)
        self._controller.forget(uid)

    def listed(self) -> None:
        """Record that the watch has restarted with a list, so that it does not show deletions from before."""
        self._listed.set()

    def began(self) -> None:
        """Record that the API server has started to answer the watch."""
        self._record.begun = True

    @property
    def not_begun(self) -> str | None:
        """Which watch has not started although lists work: the operator would not notice new objects in time."""
        if self._record.begun or self.refused:
            return None
        where = f" in namespace {self.namespace}" if self.namespace else ""
        return f"the watch of {self.kind.resource.plural}{where} has not begun"

    @property
    def dead_watch(self) -> str | None:
        """Why the watch counts as dead; None also if the API server refuses lists."""
        return None if self.refused else self._record.dead

    async def load(self) -> None:
        """List all objects before the first reconcile, because ownership depends on all of them."""
        await _until_it_works(self._load, f"The objects of {self.kind.resource.plural} could not be listed")

    async def run(self) -> None:
        """Resync until cancelled. Raises `WentBack` if the process has to restart."""
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
            # The API server answers only "not found" for an unknown kind.
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
                # The objects of the list are observed first, and one resync covers several lists.
                await asyncio.sleep(self._policy.after_list)
        self._listed.clear()

    async def compare(self) -> None:
        """Compare the store with a list: forget deleted objects, observe new ones, and check the watch."""
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
            return  # objects of the namespace may still exist, so none is forgotten
        for uid in before.keys() - listed.keys():
            gone = self._store.get(uid)
            if gone is not None:
                logger.info("%s was deleted, but no watch has shown the deletion", gone.obj.key, extra=about(gone))
                self._controller.forget(uid)
        self._record.compare(listed.values())
        self._works()

    def _not_before(self, known: int, version: int, what: str) -> int:
        """Return the resourceVersion of the list. Raises `WentBack` if the process knows a newer one."""
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
        """The API server refuses to list the namespace: the namespace or the operator's Role in it does not exist."""
        return self.namespace is not None and self._store.namespaces.is_refused(self.namespace, self._name)

    def _refused(self, error: KubernetesError) -> bool:
        """Record that a list failed; return whether only this namespace is affected, so that the others are served."""
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
        """Record that a list worked."""
        if self.namespace is not None and self._store.namespaces.listed(self.namespace, self._name):
            logger.info("The operator serves namespace %s again", self.namespace)
            # Ownership may depend on objects that the operator did not know before.
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
