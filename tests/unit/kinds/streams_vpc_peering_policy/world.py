"""Policies and StreamsVpcPeerings on the path, with replicas of the operator, on a clock that jumps."""

import asyncio
import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Final, Self

import httpx

from atlas_streams_peering.api.group import FINALIZER
from atlas_streams_peering.atlas.client import Atlas
from atlas_streams_peering.atlas.secrets import ATLAS_SECRET
from atlas_streams_peering.controller.act import Actor
from atlas_streams_peering.controller.attempts import Attempt
from atlas_streams_peering.controller.controller import Controller
from atlas_streams_peering.controller.credentials import CredentialStore
from atlas_streams_peering.controller.default_credentials import DefaultCredentials
from atlas_streams_peering.controller.kind import Kind
from atlas_streams_peering.controller.observe import Observer
from atlas_streams_peering.controller.reconcile import Reconciler
from atlas_streams_peering.controller.report import Reporter
from atlas_streams_peering.controller.reservations import Reservations
from atlas_streams_peering.controller.store import Store
from atlas_streams_peering.kinds.streams_vpc_peering.reconciler import StreamsVpcPeeringKind
from atlas_streams_peering.kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from atlas_streams_peering.kinds.streams_vpc_peering_policy.reconciler import StreamsVpcPeeringPolicyKind
from atlas_streams_peering.kinds.streams_vpc_peering_policy.resource import STREAMS_VPC_PEERING_POLICY
from atlas_streams_peering.kube.labelled import LabelledObjects
from atlas_streams_peering.kube.writer import ObjectWriter
from atlas_streams_peering.polling.expectations import Expectations
from atlas_streams_peering.polling.intervals import Intervals
from atlas_streams_peering.polling.polls import Polls
from atlas_streams_peering.scheduling.clock import Clock
from unit.controller.api_objects import ApiObjects, Body
from unit.controller.path_world import DirectApi, Events, time_until_something_happens
from unit.kinds.streams_vpc_peering.builders import ACCOUNT, PROJECT
from unit.kinds.streams_vpc_peering_policy.builders import NAMESPACE, entry, pcx, vpc

PENDING, STEADY = 10.0, 120.0
NOON: Final = datetime(2024, 12, 12, 12, 0, tzinfo=UTC)
LABEL: Final = "atlasstreams.io/policy"

_CHANGE: Final = re.compile(r".*/streams/vpcPeeringConnections/(?P<name>[^:/]+)(:(?P<what>accept|reject))?")
_AFTER: Final = {"accept": "active", "reject": "rejected", None: "deleted"}


class FakeAtlas:
    """Connections of a project, listed by the requester's account."""

    def __init__(self) -> None:
        self.rows: dict[str, Body] = {}
        self.changes: list[str] = []
        self.lists: list[str] = []
        self.stuck = False
        """Changes are taken, and never come about."""

    def request(self, *numbers: int, **fields: Any) -> None:
        """Let VPCs ask for peerings."""
        for number in numbers:
            given = {
                "name": pcx(number),
                "requesterAccountId": ACCOUNT,
                "requesterVpcId": vpc(number),
                "requesterCidr": f"10.{number}.0.0/16",
                "cloudStatus": "pending-acceptance",
            }
            self.rows[pcx(number)] = given | fields

    def answer(self, request: httpx.Request) -> httpx.Response:
        change = _CHANGE.fullmatch(request.url.path)
        if change is None:
            account = request.url.params["requesterAccountId"]
            self.lists.append(account)
            return httpx.Response(200, json={"results": [row for row in self.rows.values() if _is_of(row, account)]})
        self.changes.append(f"{change['what'] or 'delete'} {change['name']}")
        if not self.stuck:
            self.rows[change["name"]] = self.rows[change["name"]] | {"cloudStatus": _AFTER[change["what"]]}
        return httpx.Response(202, json={})


def _is_of(row: Body, account: str) -> bool:
    return bool(row["requesterAccountId"] == account)


class Replica:
    """One process of the operator."""

    def __init__(self, world: "World") -> None:
        self._world, self.leads, self.watching = world, True, True
        api, clock, intervals = world.api, world.clock, Intervals(PENDING, STEADY)
        transport = httpx.MockTransport(world.atlas.answer)
        atlas = Atlas("https://atlas.example", http_transport=transport, may_change=lambda: self.leads)
        peerings = StreamsVpcPeeringKind(atlas)
        made = LabelledObjects(
            api,
            STREAMS_VPC_PEERING,
            may_act=lambda: self.leads,
            seen=lambda body: self.controller.observe(peerings, body),
        )
        policies = StreamsVpcPeeringPolicyKind(peerings.connections, made, clock=clock.monotonic)
        self.kinds: dict[str, Kind[Any, Any, Any]] = {kind.resource.kind: kind for kind in (peerings, policies)}
        self.store = Store(clock)
        credentials = CredentialStore(api, {"atlas": ATLAS_SECRET}, DefaultCredentials(), max_age=4.5, clock=clock)
        self.polls = Polls(
            credentials=credentials.by_fingerprint,
            still_current=credentials.still_current,
            wake=lambda uid: self.controller.wake(uid),
            intervals=intervals,
            clock=clock,
        )
        writers = {kind.resource.kind: ObjectWriter(api, kind.resource) for kind in self.kinds.values()}
        reporter = Reporter(writers, world.events, lambda entry, obj: self.controller.written(entry, obj), clock=clock)
        self.controller = Controller(self.store, self.polls, writers, reporter, intervals, clock=clock)
        expectations: Expectations[Attempt] = Expectations(clock)
        self.controller.turns = Reconciler(
            store=self.store,
            observer=Observer(self.polls, self.store, expectations, intervals, clock),
            actor=Actor(
                reporter,
                expectations,
                Reservations(),
                lambda _service, _scope: 0.0,
                self.controller.wake,
                may_act=lambda: self.leads,
                clock=clock,
            ),
            reporter=reporter,
            credentials=credentials,
            intervals=intervals,
            reclaim=self.controller.reclaim,
            drop=self.controller.retire,
            may_act=lambda: self.leads,
            clock=clock,
        )
        for body in world.objects.objects.values():
            self.show("ADDED", body)
        self._tasks = [asyncio.create_task(self.controller.queue.run()), asyncio.create_task(self.polls.run())]

    def count_decisions(self) -> list[None]:
        """Return a list that grows with each decision about a policy."""
        kind, counted = self.kinds[STREAMS_VPC_PEERING_POLICY.kind], list[None]()
        decide = kind.decide

        def counting(*arguments: Any, **options: Any) -> Any:
            counted.append(None)
            return decide(*arguments, **options)

        kind.decide = counting  # type: ignore[method-assign]  # to watch it, not to replace what it does
        return counted

    def show(self, event: str, body: Body) -> None:
        """Have the watch show a change."""
        kind = self.kinds.get(str(body.get("kind")))
        if kind is None or not self.watching:
            return
        if event == "DELETED":
            self.controller.forget(body["metadata"]["uid"])
        else:
            self.controller.observe(kind, body)

    async def kill(self) -> None:
        """End the process at once, whatever it is at."""
        self.watching = False
        for task in self._tasks:
            task.cancel()
        for entry_ in self.store:
            self.controller.queue.drop(entry_)
        for poll in self.polls:
            self.polls.queue.drop(poll)
        await asyncio.gather(*self._tasks, return_exceptions=True)


class World:
    """Replicas, and everything around them."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.clock = Clock(monotonic=loop.time, now=lambda: NOON + timedelta(seconds=loop.time()))
        self.calls: list[str] = []
        self.objects, self.atlas, self.events = ApiObjects(), FakeAtlas(), Events()
        self.api = DirectApi(self.objects, self.calls)
        self.watch_seconds = 0.05
        """Watches show a change so much later."""
        self._made = 0
        self.most_live = 0
        """The most StreamsVpcPeerings with a policy's label that there ever were at a time."""
        self.objects.changed = self._changed
        self.hold_secret()
        self.replicas = [Replica(self)]

    @property
    def replica(self) -> Replica:
        return self.replicas[0]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for replica in self.replicas:
            await replica.kill()

    def _changed(self, event: str, body: Body) -> None:
        self.most_live = max(self.most_live, len(self.taken()))
        asyncio.get_running_loop().call_later(self.watch_seconds, self._show, event, body)

    def _show(self, event: str, body: Body) -> None:
        for replica in self.replicas:
            replica.show(event, body)

    # -- the operator's life

    async def restart(self) -> None:
        """Kill the operator, and start it again: it knows nothing but what the API server says."""
        await self.replica.kill()
        self.replicas = [Replica(self)]

    # -- users

    def hold_secret(self) -> None:
        data = {key: base64.b64encode(b"value").decode() for key in ("publicApiKey", "privateApiKey")}
        self.objects.put(f"/api/v1/namespaces/{NAMESPACE}/secrets/atlas-api", {"data": data})

    def create(self, *requesters: Body, name: str = "orders", namespace: str = NAMESPACE, **spec: Any) -> None:
        """Create a policy: for all requests of the account unless said otherwise."""
        excepted = {"except": spec.pop("excepted")} if "excepted" in spec else {}
        given = {"requesters": list(requesters) or [entry()], **excepted, **spec}
        self._put(STREAMS_VPC_PEERING_POLICY.kind, _policy(name, namespace), given)

    def create_peering(self, name: str, *, labels: Body | None = None, **spec: Any) -> None:
        """Create a StreamsVpcPeering by hand."""
        requester = {"accountId": ACCOUNT, **({"vpcId": spec.pop("vpcId")} if "vpcId" in spec else {})}
        self._put(STREAMS_VPC_PEERING.kind, _peering(name), {"requester": requester, **spec}, labels=labels or {})

    def _put(self, kind: str, path: str, spec: Body, **metadata: Any) -> None:
        fields = {"projectId": PROJECT, "credentialsSecretRef": {"name": "atlas-api"}, **spec}
        self._made += 1
        given: Body = {
            "generation": 1,
            "creationTimestamp": "2024-12-12T12:00:00Z",
            "uid": f"uid-{self._made}",
            **metadata,
        }
        body = {"kind": kind, "metadata": given, "spec": fields, "status": {"observedGeneration": -1}}
        self.objects.put(path, json.loads(json.dumps(body)))

    def change(self, name: str = "orders", namespace: str = NAMESPACE, **spec: Any) -> None:
        self.objects.edit(_policy(name, namespace), lambda body: body["spec"].update(spec), generation=True)

    def delete(self, name: str = "orders") -> None:
        self.objects.delete(_policy(name))

    def delete_peering(self, name: str) -> None:
        self.objects.delete(_peering(name))

    def unlabel(self, name: str) -> None:
        self.objects.edit(_peering(name), lambda body: body["metadata"]["labels"].clear())

    # -- what can be seen

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def exists(self, name: str = "orders") -> bool:
        return _policy(name) in self.objects.objects

    def policy(self, name: str = "orders", namespace: str = NAMESPACE) -> Body:
        return self.objects.objects[_policy(name, namespace)]

    def status(self, name: str = "orders", namespace: str = NAMESPACE) -> Body:
        found: Body = self.policy(name, namespace)["status"]
        return found

    def condition(self, kind: str = "Ready", name: str = "orders", namespace: str = NAMESPACE) -> Body:
        conditions = self.status(name, namespace).get("conditions", ())
        return next((each for each in conditions if each["type"] == kind), {})

    def reason(self, name: str = "orders", namespace: str = NAMESPACE) -> str | None:
        return self.condition("Ready", name, namespace).get("reason")

    def requests(self, name: str = "orders", namespace: str = NAMESPACE) -> dict[str, str]:
        return {one["connectionName"]: one["reason"] for one in self.status(name, namespace).get("requests", ())}

    def has_finalizer(self) -> bool:
        return FINALIZER in self.policy()["metadata"].get("finalizers", ())

    def taken(self, name: str = "orders", namespace: str = NAMESPACE) -> set[str]:
        """Names of the objects with a policy's label."""
        return {
            body["metadata"]["name"]
            for path, body in self.objects.objects.items()
            if path.startswith(f"{STREAMS_VPC_PEERING.path(namespace)}/")
            and body["metadata"].get("labels", {}).get(LABEL) == name
        }

    def peering(self, name: str, namespace: str = NAMESPACE) -> Body:
        return self.objects.objects[_peering(name, namespace)]

    @property
    def creations(self) -> int:
        return len(self.objects.made("POST"))

    @property
    def writes(self) -> list[str]:
        return [call for call in self.calls if not call.startswith("GET")]

    # -- time

    async def until(self, condition: Callable[[], object], *, seconds: float = 600.0) -> float:
        """Wait until something is so, at most these virtual seconds; return how long it took."""
        begun = self.now
        while not condition():
            assert self.now - begun < seconds, f"not within {seconds:.0f} s; calls: {self.calls[-30:]}"
            await asyncio.sleep(time_until_something_happens() + 0.05)
        return self.now - begun

    async def until_reason(self, reason: str, name: str = "orders", namespace: str = NAMESPACE) -> float:
        return await self.until(lambda: self.reason(name, namespace) == reason)

    async def until_taken(self, *numbers: int) -> float:
        names = {pcx(number) for number in numbers}
        return await self.until(lambda: self.taken() == names and self.status().get("taken") == len(names))

    @staticmethod
    async def passing(seconds: float) -> None:
        """Let virtual time pass."""
        await asyncio.sleep(seconds)


def _policy(name: str, namespace: str = NAMESPACE) -> str:
    return f"{STREAMS_VPC_PEERING_POLICY.path(namespace)}/{name}"


def _peering(name: str, namespace: str = NAMESPACE) -> str:
    return f"{STREAMS_VPC_PEERING.path(namespace)}/{name}"
