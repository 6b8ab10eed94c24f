"""Events on objects, which `kubectl describe` shows."""

import asyncio
import logging
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zlib import crc32

from ..api.group import API_VERSION
from ..api.times import format_time
from ..kube.api import KubernetesApi, KubernetesError
from ..kube.objects import KubernetesObject
from ..scheduling.cancellation import being_cancelled
from .log_fields import about_object

logger = logging.getLogger(__name__)

_COMPONENT: Final = "atlas-streams-peering"
_LONGEST_MESSAGE: Final = 1024
_MOST_WAITING: Final = 5_000
_ATTEMPTS: Final = 6
_LINES: Final = 4


@dataclass(frozen=True, slots=True)
class _Event:
    namespace: str
    body: dict[str, Any]
    about: Mapping[str, Any]
    """The `extra` of log lines about it."""


class EventRecorder:
    """Posts Events in the background, so that a slow or failing API server does not delay reconciles."""

    def __init__(self, api: KubernetesApi) -> None:
        self._api = api
        self._lines: tuple[asyncio.Queue[_Event], ...] = tuple(asyncio.Queue(_MOST_WAITING) for _ in range(_LINES))

    def record(self, kind: str, obj: KubernetesObject, reason: str, message: str, *, warning: bool = False) -> None:
        """Queue an Event."""
        now = format_time(datetime.now(UTC))
        body = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {
                "name": f"{obj.name[:230]}.{time.time_ns():x}",
                "namespace": obj.namespace,
            },
            "involvedObject": {
                "apiVersion": API_VERSION,
                "kind": kind,
                "namespace": obj.namespace,
                "name": obj.name,
                "uid": obj.uid,
            },
            "type": "Warning" if warning else "Normal",
            "reason": reason,
            "message": message[:_LONGEST_MESSAGE],
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
            "source": {"component": _COMPONENT},
            "reportingComponent": _COMPONENT,
            "reportingInstance": platform.node()[:128],
        }
        extra = about_object(kind, obj, reason)
        line = self._lines[crc32(obj.uid.encode()) % _LINES]
        try:
            line.put_nowait(_Event(obj.namespace, body, extra))
        except asyncio.QueueFull:
            words = "%s: too many Events are waiting; not posted: %s: %s"
            logger.warning(words, obj.key, reason, message, extra=extra)

    async def run(self) -> None:
        """Post until cancelled. Events of one object stay in order; a failing Event delays only its own queue."""
        async with asyncio.TaskGroup() as posters:
            for line in self._lines:
                posters.create_task(self._post_all(line))

    async def _post_all(self, line: asyncio.Queue[_Event]) -> None:
        while True:
            event = await line.get()
            try:
                await self._post(event)
            except (Exception, asyncio.CancelledError):
                if being_cancelled():
                    raise
                logger.exception("An Event could not be posted", extra=event.about)
            finally:
                line.task_done()

    async def flush(self, *, seconds: float) -> None:
        """Post the remaining Events, for a limited time."""
        try:
            async with asyncio.timeout(seconds):
                for line in self._lines:
                    await line.join()
        except TimeoutError:
            logger.warning("%d Events were not posted", sum(line.qsize() for line in self._lines))

    async def _post(self, event: _Event) -> None:
        path = f"/api/v1/namespaces/{event.namespace}/events"
        for attempt in range(_ATTEMPTS):
            try:
                await self._api.post(path, event.body)
            except KubernetesError as error:
                if error.status == 404 or (error.status == 403 and "being terminated" in str(error)):
                    # A namespace that is being deleted accepts no new objects.
                    logger.debug("Event not posted in %s: %s", event.namespace, error, extra=event.about)
                    return
                if error.status in (400, 403, 409, 422):
                    logger.warning("Event not posted in %s: %s", event.namespace, error, extra=event.about)
                    return
                await asyncio.sleep(min(2.0**attempt * 0.5, 15.0))
            else:
                return
        logger.warning("Event not posted in %s: the API server kept failing", event.namespace, extra=event.about)
