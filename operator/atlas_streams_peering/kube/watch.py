"""Kopf's settings, its login, and one watch per kind.

The operator uses only `on.event` of Kopf, which keeps no state in the object and needs no annotation. The controller
handles the finalizer, the status and the retries (see docs/decisions.md).
"""

import asyncio
import random
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, Protocol

import kopf
from kubernetes.aio.client.configuration import Configuration

from ..api.crd import CustomResource
from ..api.group import GROUP, VERSION
from ..scheduling.ending import end
from .api import load_configuration
from .session import Sessions

_SERVER_TIMEOUT: Final = 300
"""Seconds after which the API server ends a watch, so that a dead connection is detected."""


class ObjectSink(Protocol):
    """Receives the events of a watch."""

    def observe(self, body: Mapping[str, Any]) -> None:
        """Observe an object."""
        ...

    def forget(self, uid: str) -> None:
        """Forget a deleted object."""
        ...


class _EndlessBackoff:
    """Seconds between Kopf's own attempts. It never ends, so Kopf retries forever."""

    def __iter__(self) -> Iterator[float]:
        pause = 1.0
        while True:
            yield pause * random.uniform(0.7, 1.0)  # noqa: S311
            pause = min(pause * 2, 30.0)


class _NoDiffBase(kopf.DiffBaseStorage):
    """Stores no last-handled configuration: nothing uses it, and Kopf would compute it for every event."""

    def build(self, *, body: kopf.Body, extra_fields: Any = None) -> kopf.BodyEssence:  # noqa: ARG002
        return kopf.BodyEssence()

    def fetch(self, *, body: kopf.Body) -> kopf.BodyEssence | None:  # noqa: ARG002
        return None

    def store(self, *, body: kopf.Body, patch: kopf.Patch, essence: kopf.BodyEssence) -> None:
        """Store nothing."""


class _NoProgress(kopf.ProgressStorage):
    """Stores no progress of handlers: `on.event` has none."""

    def fetch(self, *, key: Any, body: kopf.Body) -> None:  # noqa: ARG002
        return None

    def store(self, *, key: Any, record: Any, body: kopf.Body, patch: kopf.Patch) -> None:
        """Store nothing."""

    def purge(self, *, key: Any, body: kopf.Body, patch: kopf.Patch) -> None:
        """Purge nothing."""

    def touch(self, *, body: kopf.Body, patch: kopf.Patch, value: str | None) -> None:
        """Touch nothing."""

    def clear(self, *, essence: kopf.BodyEssence) -> kopf.BodyEssence:
        return essence


def build_registry(sessions: Sessions) -> kopf.OperatorRegistry:
    """Return a registry with the operator's settings and login."""
    registry = kopf.OperatorRegistry()

    @kopf.on.startup(registry=registry, errors=kopf.ErrorsMode.PERMANENT)
    async def configure(settings: kopf.OperatorSettings, **_: Any) -> None:
        settings.peering.standalone = True
        settings.scanning.disabled = True
        # Kopf never sets it. It must differ from the operator's own finalizer.
        settings.persistence.finalizer = f"{GROUP}/kopf-unused"
        settings.persistence.diffbase_storage = _NoDiffBase()
        settings.persistence.progress_storage = _NoProgress()
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
    async def login(**_: Any) -> kopf.AiohttpSession:
        return sessions.session(_connection(await load_configuration()))

    return registry


def _connection(configuration: Configuration) -> kopf.ConnectionInfo:
    """Return Kopf's connection info for the API server, equal to the client's configuration."""
    scheme, _, token = configuration.api_key.get("BearerToken", "").partition(" ")
    return kopf.ConnectionInfo(
        server=configuration.host,
        ca_path=configuration.ssl_ca_cert,
        insecure=not configuration.verify_ssl,
        certificate_path=configuration.cert_file,
        private_key_path=configuration.key_file,
        scheme=scheme.capitalize() or None,
        token=token.strip() or None,
        proxy_url=configuration.proxy,
    )


def watch(registry: kopf.OperatorRegistry, kind: CustomResource, sinks: Mapping[str | None, ObjectSink]) -> None:
    """Pass every event of this kind to the sink of the object's namespace, or to that of all (None)."""

    @kopf.on.event(GROUP, VERSION, kind.plural, registry=registry, id=f"{kind.plural}-seen")
    async def seen(event: kopf.RawEvent, **_: Any) -> None:
        body = event["object"]
        sink = sinks.get(body["metadata"].get("namespace")) or sinks[None]
        if event["type"] == "DELETED":
            sink.forget(body["metadata"]["uid"])
        else:
            sink.observe(body)


async def run_watches(
    registry: kopf.OperatorRegistry,
    sessions: Sessions,
    namespaces: tuple[str, ...],
    stopping: asyncio.Event,
    *,
    started: Callable[[], None],
) -> None:
    """Watch until `stopping` is set; `namespaces`: empty means all. `started` is called once Kopf has begun."""
    tasks = await kopf.spawn_tasks(
        registry=registry,
        standalone=True,
        clusterwide=not namespaces,
        namespaces=namespaces,
        stop_flag=stopping,
        # Nothing uses it. Without it, Kopf looks up the user's name, which a container's user may lack.
        identity="atlas-streams-peering",  # type: ignore[arg-type]  # Kopf's own name for str is private
    )
    started()
    try:
        await kopf.run_tasks(tasks, ignored=_AllTasks())
    finally:
        # When one watch fails, Kopf leaves the others running. End them one by one: if the loop cancels a watch
        # together with its waiter for a pause, the watch takes that for a pause, and continues.
        await end(*sessions.users)


class _AllTasks(Collection[asyncio.Task[Any]]):
    """The tasks that Kopf must not cancel when it stops: all tasks that are not its own.

    Kopf treats every task that started later as its own, waits five seconds for it, and cancels it: polls, Events, and
    open connections to the metrics server.
    """

    def __contains__(self, _: object) -> bool:
        return True

    def __iter__(self) -> Iterator[asyncio.Task[Any]]:
        return iter(())

    def __len__(self) -> int:
        return 0
