"""A made-up kind, its service in memory: all that a kind brings to the path, in a few lines."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from atlas_streams_peering.api.base import ApiModel
from atlas_streams_peering.api.conditions import ConditionType, Reason
from atlas_streams_peering.api.crd import CustomResource
from atlas_streams_peering.api.status import LastAction, ResourceStatus
from atlas_streams_peering.api.times import parse_time
from atlas_streams_peering.controller.attempts import Attempt
from atlas_streams_peering.controller.decision import (
    Absence,
    Change,
    Decision,
    ExtraCondition,
    Observation,
    Progress,
    Readiness,
    refused,
)
from atlas_streams_peering.controller.kind import Interest, Kind, Lookup, NotReady
from atlas_streams_peering.controller.resource import InvalidResource, TypedResource
from atlas_streams_peering.kube.objects import ObjectKey
from atlas_streams_peering.polling.intervals import Intervals
from atlas_streams_peering.polling.poll import PollKey, Source
from atlas_streams_peering.polling.snapshot import RawRow, RowFormat
from atlas_streams_peering.transport.credentials import Credentials


class WidgetSpec(ApiModel):
    scope: str = "scope"
    row: str | None = None
    ref: str | None = None
    """A widget whose status names the row."""
    secret: str = "key"
    paused: bool = False
    made: bool = False
    """A row that is not there is made."""
    forgets: bool = False
    """A row that it held and that is not there is gone for certain."""
    deletion_policy: Literal["Delete", "Retain"] = "Delete"


class WidgetStatus(ResourceStatus):
    row: str | None = None
    state: str | None = None
    receipt: str | None = None
    last_action: LastAction | None = None


WIDGET = CustomResource("Widget", "widgets", "widget", (), "", WidgetSpec, WidgetStatus, ())
Resource = TypedResource[WidgetSpec, WidgetStatus]
Row = dict[str, str]


@dataclass(frozen=True)
class Claim:
    uid: str
    scope: str
    row: str

    @property
    def places(self) -> frozenset[str]:
        return frozenset({f"{self.scope}/{self.row}"})


@dataclass
class Service:
    """Rows by scope. A row that is pending can be accepted, and any row deleted."""

    calls: list[str]
    """Notes each request, in one order with those to the API server."""
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    stale: dict[str, dict[str, Row]] | None = None
    """What lists show in place of the rows, as from a copy that lags behind."""
    list_error: Exception | None = None
    errors: list[Exception | None] = field(default_factory=list)
    """What the next changes raise."""
    unclear: bool = False
    """A change that raises is made all the same."""
    accepted: str = "active"
    """State of a row that was accepted."""
    at_change: Callable[[], None] = lambda: None
    open: asyncio.Event = field(default_factory=asyncio.Event)
    """Changes end once this is set."""
    seconds: float = 0.2
    """A list takes so long."""

    def set(self, name: str, state: str, scope: str = "scope") -> None:
        self.rows.setdefault(scope, {})[name] = {"name": name, "state": state}

    async def list(self, credentials: Credentials, key: PollKey) -> Collection[RawRow]:
        self.calls.append(f"list {key.scope}")
        shown = [dict(row) for row in (self.rows if self.stale is None else self.stale).get(key.scope, {}).values()]
        await asyncio.sleep(self.seconds)
        if self.list_error is not None:
            raise self.list_error
        return shown

    async def change(self, change: Change) -> Mapping[str, str]:
        self.calls.append(f"{change.action} {change.target}")
        self.at_change()
        await self.open.wait()
        await asyncio.sleep(0.1)
        error = self.errors.pop(0) if self.errors else None
        if error is None or self.unclear:
            if change.action == "Accept":
                self.set(change.target, self.accepted, change.scope)
            elif change.action == "Make":
                self.set(change.target, "requested", change.scope)
            else:
                self.rows[change.scope].pop(change.target, None)
        if error is not None:
            raise error
        return {"receipt": f"receipt of {change.target}"}


class WidgetKind(Kind[WidgetSpec, WidgetStatus, Claim]):
    resource, spec, status, service = WIDGET, WidgetSpec, WidgetStatus, "widgets"

    def __init__(self, service: Service) -> None:
        rows: RowFormat[Row] = RowFormat(lambda raw: str(raw["name"]), dict, lambda _: (), lambda row: row["state"])
        self._backend, self._source = service, Source("widgets", service.list, rows)

    def retains(self, resource: Resource) -> bool:
        return resource.spec.deletion_policy == "Retain"

    def holds(self, resource: Resource | InvalidResource[WidgetStatus]) -> bool:
        return resource.status.row is not None

    def references(self, resource: Resource) -> frozenset[ObjectKey]:
        ref = resource.spec.ref
        return frozenset() if ref is None else frozenset({ObjectKey("Widget", resource.obj.namespace, ref)})

    def context(self, resource: Resource, lookup: Lookup) -> Claim | NotReady:
        row = resource.spec.row
        for key in self.references(resource):
            row = (lookup(key) or {}).get("row") or resource.status.row
        if row is None:
            return NotReady("The widget names no row yet.")
        return Claim(resource.obj.uid, resource.spec.scope, row)

    def claim(self, resource: Resource, context: Claim) -> Claim:
        return context

    def secret_name(self, resource: Resource) -> str:
        return resource.spec.secret

    def interests(self, resource: Resource, context: Claim, fingerprint: str) -> tuple[Interest, ...]:
        row = frozenset({context.row})
        return (Interest(PollKey(self._source, context.scope, fingerprint), row, targets=row),)

    def decide(
        self, resource: Resource, context: Claim, observation: Observation, *, intervals: Intervals, now: datetime
    ) -> Decision[WidgetStatus]:
        status, deleting, name = resource.status, resource.obj.deleting, context.row
        row: Row | None = observation.rows[0].get(name)
        if row is None:
            asked = status.last_action is not None and status.last_action.type == "Delete"
            absence = Absence.OBSERVED if asked or not deleting else Absence.UNEXPLAINED
            if deleting:
                said = Readiness(Reason.DELETED, "Nothing is there.", Progress.REACHED)
                return Decision(said, status, finalized="Nothing is left to delete.", absence=absence)
            if resource.spec.made:
                absence = Absence.UNEXPLAINED if status.row == name else Absence.OBSERVED
                said = Readiness(Reason.PROVISIONING, "Being made.", Progress.RECONCILING)
                decision = Decision(said, status, holds=True, absence=absence)
                return self._with_change(decision, "Make", context, observation, intervals=intervals, now=now)
            if status.row == name:
                said = Readiness(Reason.CONNECTION_DELETED, "The row is gone.", Progress.STALLED)
                absence = Absence.NONE if status.state is None else Absence.UNEXPLAINED
                status = status.model_copy(update={"state": None})
                gone = resource.spec.forgets
                return Decision(said, status, remembers_missing=True, gone=gone, absence=absence)
            said = Readiness(Reason.WAITING_FOR_REQUEST, "No row.", Progress.RECONCILING)
            return Decision(said, WidgetStatus(), absence=absence)
        status = status.model_copy(update={"row": name, "state": row["state"]})
        readiness, action = self._wanted(resource, row)
        decision = Decision(readiness, status, holds=True)
        if row["state"] in ("requested", "active"):
            extra = ExtraCondition(ConditionType.REQUESTED, True, Reason.PROVISIONING, "The others have to accept.")
            decision = replace(decision, extra=(extra,))
        return self._with_change(decision, action, context, observation, intervals=intervals, now=now)

    def _with_change(
        self,
        decision: Decision[WidgetStatus],
        action: str | None,
        context: Claim,
        observation: Observation,
        *,
        intervals: Intervals,
        now: datetime,
    ) -> Decision[WidgetStatus]:
        """Return the decision with a change, if one is due."""
        if action is None:
            return decision
        name = context.row
        attempt = self._last_attempt(name, decision.status, observation)
        due = attempt.retry_at(intervals) if attempt is not None and attempt.action == action else now
        if due <= now:
            return replace(decision, change=Change(action, context.scope, name, f"{action} {name} requested."))
        readiness = decision.readiness
        if attempt is not None and attempt.refusal is not None:
            readiness = refused(attempt.refusal, attempt.refusal.message, wish=readiness)
        return replace(decision, readiness=readiness, retry_at=due)

    @staticmethod
    def _wanted(resource: Resource, row: Row) -> tuple[Readiness, str | None]:
        if resource.spec.paused:
            return Readiness(Reason.SUSPENDED, "Paused.", Progress.PAUSED), None
        if resource.obj.deleting:
            return Readiness(Reason.DELETING, "Being deleted.", Progress.RECONCILING), "Delete"
        match row["state"]:
            case "pending":
                return Readiness(Reason.ACCEPTING, "Being accepted.", Progress.RECONCILING), "Accept"
            case "active":
                return Readiness(Reason.ACTIVE, "Active.", Progress.REACHED), None
            case "failed":
                return Readiness(Reason.REQUEST_FAILED, "Failed.", Progress.STALLED), None
            case _:
                return Readiness(Reason.PROVISIONING, "Being made.", Progress.RECONCILING), None

    @staticmethod
    def _last_attempt(name: str, status: WidgetStatus, observation: Observation) -> Attempt | None:
        if name in observation.attempts:
            return observation.attempts[name]
        at = parse_time(status.last_action.time) if status.last_action else None
        return Attempt(status.last_action.type, at) if status.last_action and at else None

    def requested(self, status: WidgetStatus, change: Change, time: str) -> WidgetStatus:
        return status.model_copy(
            update={"row": change.target, "last_action": LastAction(type=change.action, time=time)}
        )

    def undone(self, before: WidgetStatus, status: WidgetStatus) -> WidgetStatus:
        return status.model_copy(update={"row": before.row, "last_action": before.last_action})

    async def act(self, change: Change, credentials: Credentials) -> Mapping[str, Any]:
        return await self._backend.change(change)

    def refused(self, action: str, target: str, why: str, *, deleting: bool) -> str:
        return why
