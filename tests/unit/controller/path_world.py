"""The whole path with an API server and a service in memory, on a clock that jumps: with a made-up kind, or others."""

import asyncio
import base64
from collections.abc import Callable, Mapping, Sized
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, ClassVar, Final, Self

from atlas_streams_peering.api.group import FINALIZER, RECONCILE_REQUESTED_AT
from atlas_streams_peering.controller.act import Actor
from atlas_streams_peering.controller.attempts import Attempt
from atlas_streams_peering.controller.controller import Controller
from atlas_streams_peering.controller.credentials import CredentialStore
from atlas_streams_peering.controller.default_credentials import DefaultCredentials
from atlas_streams_peering.controller.events import EventRecorder
from atlas_streams_peering.controller.kind import Kind
from atlas_streams_peering.controller.observe import Observer
from atlas_streams_peering.controller.reconcile import Reconciler
from atlas_streams_peering.controller.report import Reporter
from atlas_streams_peering.controller.reservations import Reservations
from atlas_streams_peering.controller.store import Store
from atlas_streams_peering.kube.api import KubernetesApi, KubernetesError
from atlas_streams_peering.kube.objects import KubernetesObject
from atlas_streams_peering.kube.writer import ObjectWriter
from atlas_streams_peering.polling.expectations import Expectations
from atlas_streams_peering.polling.intervals import Intervals
from atlas_streams_peering.polling.polls import Polls
from atlas_streams_peering.scheduling.clock import Clock
from atlas_streams_peering.transport.credentials import ApiKey, IncompleteCredentialsError, SecretFormat
from unit.controller.api_objects import ApiObjects, Body, Dropped, Refused, Request
from unit.controller.widget import WIDGET, Service, WidgetKind

NAMESPACE: Final = "streams"
PENDING, STEADY = 10.0, 120.0
NOON: Final = datetime(2024, 12, 12, 12, 0, tzinfo=UTC)
UNSEEN: Final = 30.0
"""Seconds for which nothing is requested again that may have been done."""


class DirectApi(KubernetesApi):
    """Asks the objects in place of a network; that takes a moment of virtual time each way."""

    def __init__(self, objects: ApiObjects, calls: list[str]) -> None:
        self._objects, self._calls = objects, calls

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        read: bool = True,
    ) -> dict[str, Any]:
        await asyncio.sleep(0.01)
        *_, kind, name = path.removesuffix("/status").split("/")
        what = "secret" if kind == "secrets" else name + ("/status" if path.endswith("/status") else "")
        self._calls.append(f"{method} {what}")
        headers = {"Content-Type": content_type, "Accept": accept}
        try:
            return self._objects.answer(Request(method, path, dict(query or {}), headers, body))
        except Refused as refused:
            raise KubernetesError(refused.status, refused.reason, str(refused)) from None
        except Dropped:
            raise KubernetesError(0, "", "The API server did not answer") from None
        finally:
            await asyncio.sleep(0.01)


class Events(EventRecorder):
    """Keeps the Events."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str, str]] = []
        """Type, reason and message of each."""

    def record(self, kind: str, obj: KubernetesObject, reason: str, message: str, *, warning: bool = False) -> None:
        self.said.append(("Warning" if warning else "Normal", str(reason), message))

    @property
    def reasons(self) -> list[str]:
        return [reason for _, reason, _ in self.said]


def _parse(data: Mapping[str, str]) -> ApiKey:
    if not data.get("id"):
        raise IncompleteCredentialsError("needs the key id")
    return ApiKey(data["id"], "private")


class World:
    """The operator's path, and everything around it."""

    formats: ClassVar[Mapping[str, SecretFormat]] = {"widgets": SecretFormat(_parse, "id")}

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.calls: list[str] = []
        """Requests to the API server and to the service, in their order."""
        self.clock = Clock(monotonic=loop.time, now=lambda: NOON + timedelta(seconds=loop.time()))
        self.objects, self.service, self.events = ApiObjects(), Service(self.calls), Events()
        self.service.open.set()
        self.leads = True
        self.budget: Callable[[str, str], float] = lambda _service, _scope: 0.0
        self.backlogged = False
        """More objects wait than the operator works on at once."""
        self.watching = True
        self.watch_seconds = 0.05
        """The watch shows a change so much later."""
        self.objects.changed = self._changed
        self.hold_secret()
        self._build()

    def _build(self) -> None:
        """Put the path together, as the operator's start does."""
        api, clock, intervals = DirectApi(self.objects, self.calls), self.clock, Intervals(PENDING, STEADY)
        self._kinds = {kind.resource.kind: kind for kind in self.kinds()}
        self.kind = next(iter(self._kinds.values()))
        self.store = store = Store(clock)
        credentials = CredentialStore(api, self.formats, DefaultCredentials(), max_age=4.5, clock=clock)
        self.polls = Polls(
            credentials=credentials.by_fingerprint,
            still_current=credentials.still_current,
            wake=lambda uid: self.controller.wake(uid),
            intervals=intervals,
            clock=clock,
        )
        writers = {name: ObjectWriter(api, kind.resource) for name, kind in self._kinds.items()}
        reporter = Reporter(writers, self.events, lambda entry, obj: self.controller.written(entry, obj), clock=clock)
        self.controller = Controller(store, self.polls, writers, reporter, intervals, clock=clock)
        expectations: Expectations[Attempt] = Expectations(clock)
        self.controller.turns = Reconciler(
            store=store,
            observer=Observer(self.polls, store, expectations, intervals, clock),
            actor=Actor(
                reporter,
                expectations,
                Reservations(),
                lambda service, scope: self.budget(service, scope),
                self.controller.wake,
                may_act=lambda: self.leads,
                clock=clock,
            ),
            reporter=reporter,
            credentials=credentials,
            intervals=intervals,
            reclaim=self.controller.reclaim,
            drop=self.controller.retire,
            backlogged=lambda: self.backlogged,
            may_act=lambda: self.leads,
            clock=clock,
        )
        self._tasks = [asyncio.create_task(self.controller.queue.run()), asyncio.create_task(self.polls.run())]

    def kinds(self) -> tuple[Kind[Any, Any, Any], ...]:
        """Return the kinds that the operator reconciles."""
        return (WidgetKind(self.service),)

    # -- the operator's life

    def kill(self) -> None:
        """End the operator at once, whatever it is at."""
        self.watching = False
        for task in self._tasks:
            task.cancel()
        for entry in self.store:
            self.controller.queue.drop(entry)
        for poll in self.polls:
            self.polls.queue.drop(poll)

    async def restart(self) -> None:
        """Start an operator that knows nothing but what the API server says."""
        self.kill()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.watching = True
        self._build()
        for body in self.objects.objects.values():
            if "spec" in body:
                self._observe(body)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _changed(self, event: str, body: Body) -> None:
        if "spec" in body:
            asyncio.get_running_loop().call_later(self.watch_seconds, self._show, event, body)

    def _show(self, event: str, body: Body) -> None:
        if not self.watching:
            return
        if event == "DELETED":
            self.controller.forget(body["metadata"]["uid"])
        else:
            self._observe(body)

    def _observe(self, body: Body) -> None:
        self.controller.observe(self._kinds[body.get("kind", "Widget")], body)

    # -- users

    def hold_secret(self, value: str = "public", name: str = "key") -> None:
        """Let the Secret hold this."""
        data = {"id": base64.b64encode(value.encode()).decode()}
        self.objects.put(f"/api/v1/namespaces/{NAMESPACE}/secrets/{name}", {"data": data})

    def remove_secret(self, name: str = "key") -> None:
        self.objects.remove(f"/api/v1/namespaces/{NAMESPACE}/secrets/{name}")

    def create(self, name: str = "one", *, held: bool = False, status: Body | None = None, **spec: Any) -> None:
        """Create a widget; `held`: as the operator left it when its row was active."""
        metadata: Body = {"generation": 1, "creationTimestamp": "2024-12-12T12:00:00Z"}
        present = status or {"observedGeneration": -1}
        if held:
            metadata["finalizers"] = [FINALIZER]
            present = {"observedGeneration": 1, "row": spec["row"], "state": "active", **(status or {})}
        body = {"metadata": metadata, "spec": spec, "status": present}
        self.objects.put(self.path(name), body)

    def change(self, name: str = "one", **spec: Any) -> None:
        """Change fields of the spec."""
        self.objects.edit(self.path(name), lambda body: body["spec"].update(spec), generation=True)

    def label(self, name: str = "one") -> None:
        """Change what matters to nobody."""
        self.objects.edit(self.path(name), lambda body: body["metadata"].update(labels={"at": str(self.now)}))

    def request_reconcile(self, value: str, name: str = "one") -> None:
        self.objects.edit(
            self.path(name), lambda body: body["metadata"].update(annotations={RECONCILE_REQUESTED_AT: value})
        )

    def delete(self, name: str = "one") -> None:
        self.objects.delete(self.path(name))

    def path(self, name: str = "one") -> str:
        """Return the path of an object."""
        return path(name)

    # -- what can be seen

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def exists(self, name: str = "one") -> bool:
        return self.path(name) in self.objects.objects

    def status(self, name: str = "one") -> Body:
        found: Body = self.objects.objects[self.path(name)]["status"]
        return found

    def condition(self, kind: str = "Ready", name: str = "one") -> Body | None:
        return next((each for each in self.status(name).get("conditions", ()) if each["type"] == kind), None)

    def reason(self, name: str = "one", kind: str = "Ready") -> str | None:
        found = self.condition(kind, name)
        return None if found is None else found["reason"]

    def message(self, name: str = "one", kind: str = "Ready") -> str:
        found = self.condition(kind, name)
        return "" if found is None else str(found["message"])

    def has_finalizer(self, name: str = "one") -> bool:
        return FINALIZER in self.objects.objects[self.path(name)]["metadata"].get("finalizers", ())

    @property
    def changes(self) -> list[str]:
        """What was requested of the service."""
        return [call for call in self.calls if call.startswith(("Accept", "Delete", "Make"))]

    @property
    def lists(self) -> int:
        return sum(call.startswith("list") for call in self.calls)

    @property
    def writes(self) -> list[str]:
        return [call for call in self.calls if call.startswith(("PUT", "PATCH"))]

    # -- time

    async def until(self, condition: Callable[[], object], *, seconds: float = 600.0) -> float:
        """Wait until something is so, at most these virtual seconds; return how long it took."""
        begun = self.now
        while not condition():
            assert self.now - begun < seconds, f"not within {seconds:.0f} s; calls: {self.calls[-30:]}"
            await asyncio.sleep(time_until_something_happens() + 0.05)
        return self.now - begun

    async def until_reason(self, reason: str, name: str = "one", *, seconds: float = 600.0) -> float:
        """Wait until Ready has this reason; return how long it took."""
        return await self.until(lambda: self.reason(name) == reason, seconds=seconds)

    @staticmethod
    async def passing(seconds: float) -> None:
        """Let virtual time pass."""
        await asyncio.sleep(seconds)


def time_until_something_happens() -> float:
    """Return the virtual seconds for which nothing changes that a test may wait for: no task runs, no timer ends."""
    loop = asyncio.get_running_loop()
    ready: Sized = loop._ready  # type: ignore[attr-defined]
    timers: list[asyncio.TimerHandle] = loop._scheduled  # type: ignore[attr-defined]
    return max(0.0, timers[0].when() - loop.time()) if timers and not ready else 0.0


def path(name: str = "one") -> str:
    return f"{WIDGET.path(NAMESPACE)}/{name}"
