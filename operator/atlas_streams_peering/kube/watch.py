"""Kopf's settings, its login, and one watch per kind.

Only `on.event` is used. It keeps no state in the object, needs no annotation, and an error in it
ends nothing; the finalizer, the status and the retries are ours (see docs/decisions.md).
"""

import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Final, Protocol

import kopf

from ..api.crd import CustomResource
from ..api.group import GROUP, VERSION
from .api import in_cluster
from .session import Listed, Sessions

_SERVER_TIMEOUT: Final = 300
"""Seconds after which the API server ends a watch: a connection that died silently is noticed."""


class ObjectSink(Protocol):
    """Takes what a watch shows."""

    def observe(self, body: Mapping[str, Any]) -> None:
        """Take in an object."""
        ...

    def forget(self, uid: str) -> None:
        """Take in that an object is gone."""
        ...


class _EndlessBackoff:
    """Seconds between Kopf's own attempts; never runs out, so that no failure of the API server is final."""

    def __iter__(self) -> Iterator[float]:
        pause = 1.0
        while True:
            yield pause * random.uniform(0.7, 1.0)  # noqa: S311
            pause = min(pause * 2, 30.0)


def build_registry(listed: Listed = lambda _plural: None) -> kopf.OperatorRegistry:
    """Return a registry with the operator's settings and login; `listed` is told of each list that Kopf has made."""
    sessions = Sessions(listed)
    registry = kopf.OperatorRegistry()

    @kopf.on.startup(registry=registry, errors=kopf.ErrorsMode.PERMANENT)
    async def configure(settings: kopf.OperatorSettings, **_: Any) -> None:
        settings.peering.standalone = True
        settings.scanning.disabled = True
        # Never set by us through Kopf, and never to be mistaken for our own finalizer.
        settings.persistence.finalizer = f"{GROUP}/kopf-unused"
        settings.posting.enabled = False
        settings.networking.request_timeout, settings.networking.connect_timeout = 30, 10
        settings.networking.error_backoffs = _EndlessBackoff()
        settings.watching.server_timeout, settings.watching.client_timeout = (
            _SERVER_TIMEOUT,
            _SERVER_TIMEOUT + 10,
        )
        settings.watching.reconnect_backoff = 1.0
        settings.queueing.idle_timeout = 0.5

    @kopf.on.login(registry=registry)
    async def login(**kwargs: Any) -> kopf.AiohttpSession | None:
        method = kopf.login_with_service_account if in_cluster() else kopf.login_with_kubeconfig
        info = method(**kwargs)
        return None if info is None else sessions.session(info)

    return registry


def watch(registry: kopf.OperatorRegistry, kind: CustomResource, sink: ObjectSink) -> None:
    """Hand every change of this kind's objects to `sink`."""

    @kopf.on.event(GROUP, VERSION, kind.plural, registry=registry, id=f"{kind.plural}-seen")
    async def seen(event: kopf.RawEvent, **_: Any) -> None:
        body = event["object"]
        if event["type"] == "DELETED":
            sink.forget(body["metadata"]["uid"])
        else:
            sink.observe(body)


def at_end(registry: kopf.OperatorRegistry, finish: Callable[[], Awaitable[None]]) -> None:
    """Call `finish` as Kopf ends: it waits five seconds for each task that began after it and still runs."""

    @kopf.on.cleanup(registry=registry, errors=kopf.ErrorsMode.PERMANENT)
    async def ending(**_: Any) -> None:
        await finish()
