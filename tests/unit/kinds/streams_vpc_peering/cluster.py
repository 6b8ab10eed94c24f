"""A model of the path around the kind: one list, one store of claims, and objects with turns in any order."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from atlas_streams_peering.api.conditions import ConditionType
from atlas_streams_peering.api.times import format_time
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.controller.attempts import Attempt
from atlas_streams_peering.controller.decision import Observation
from atlas_streams_peering.controller.kind import NotReady
from atlas_streams_peering.controller.resource import TypedResource
from atlas_streams_peering.controller.status import StatusBuilder
from atlas_streams_peering.controller.store import Entry, Store
from atlas_streams_peering.kinds.streams_vpc_peering.reconciler import Context, Resource
from atlas_streams_peering.kinds.streams_vpc_peering.resource import (
    ActionType,
    StreamsVpcPeeringSpec,
    StreamsVpcPeeringStatus,
)
from atlas_streams_peering.kube.objects import KubernetesObject
from atlas_streams_peering.polling.snapshot import Snapshot
from unit.kinds.streams_vpc_peering.builders import (
    ACCOUNT,
    GENERATION,
    INTERVALS,
    KIND,
    NOW,
    OBSERVED,
    OTHER_ACCOUNT,
    StreamsVpcPeeringDecision,
)

TURNS_EACH: Final = 20
"""Turns of one object, for one state of the list, after which it counts as restless."""

AFTER: Final = {ActionType.ACCEPT: "active", ActionType.REJECT: "rejected", ActionType.DELETE: "deleted"}
"""What becomes of a connection after a change."""


@dataclass(frozen=True, slots=True)
class Found:
    """An object as it is found."""

    spec: StreamsVpcPeeringSpec
    status: StreamsVpcPeeringStatus = field(default_factory=StreamsVpcPeeringStatus)
    created: int = 0
    deleting: bool = False


class Cluster:
    """Objects, what Atlas lists, and whose turn it is."""

    def __init__(self, found: Sequence[Found], rows: Iterable[Connection], *, dice: random.Random) -> None:
        self._dice = dice
        self.rows = {row.name: row for row in rows}
        self._store = Store()
        self._queued: set[Entry] = set()
        self.changes: list[tuple[str, str, str]] = []
        """Changes that were requested: (object, action, connection)."""
        self._held: dict[str, str | None] = {}
        self._attempts: dict[str, Attempt] = {}
        self._lists: dict[str, Snapshot[Connection]] = {}
        self._list()
        for number, each in enumerate(found):
            entry = self._store.put(KIND, _stored(f"object-{number}", each))
            assert entry is not None
            self._queued.add(entry)
            self._reclaim(entry)

    @property
    def entries(self) -> list[Entry]:
        return list(self._store)

    def holders(self, row: Connection) -> list[str]:
        """The objects that would have to undo a live connection before they go."""
        holding = (entry for entry in self.entries if self._held.get(entry.uid) == row.name)
        return sorted(entry.obj.name for entry in holding)

    def turn(self) -> bool:
        """Give one object that waits for it a turn; False: none waits."""
        if not self._queued:
            return False
        entry = self._dice.choice(sorted(self._queued, key=lambda entry: entry.obj.name))
        self._queued.discard(entry)
        if entry.obj.deleting and KIND.retains(self._resource(entry)):
            self._remove(entry)
            return True
        decision = self._decide(entry)
        status = decision.status
        if entry.obj.deleting and decision.finalized is not None:
            self._remove(entry)
            return True
        change = decision.change
        if change is not None:
            status = KIND.requested(status, change, format_time(NOW))
        self._held[entry.uid] = status.connection_name if decision.holds else None
        after = StatusBuilder(entry.resource.status, GENERATION, NOW).observed(status, decision.readiness, OBSERVED)
        self._write(entry, after)
        if change is not None:
            self.changes.append((entry.obj.name, change.action, change.target))
            self._attempts[change.target] = Attempt(change.action, NOW)
            word = AFTER[ActionType(change.action)]
            self.set(change.target, word)
        return True

    def settle(self) -> int:
        """Give turns until none waits; return how many it took."""
        turns = 0
        while self.turn():
            turns += 1
            assert turns <= TURNS_EACH * (len(self.entries) + 1) * (len(self.changes) + 1), "it does not come to rest"
        return turns

    def set(self, name: str, cloud_status: str | None) -> None:
        """Have the list show another state of a connection, which wakes everybody."""
        self.rows[name] = self.rows[name].model_copy(update={"cloud_status": cloud_status})
        self._list()
        self.wake_all()

    def wake_all(self) -> None:
        self._queued.update(self.entries)

    def statuses(self) -> dict[str, StreamsVpcPeeringStatus]:
        return {entry.obj.name: entry.resource.status for entry in self.entries}

    def reasons(self) -> dict[str, str]:
        """What Ready says of each object."""
        conditions = {name: status.condition(ConditionType.READY) for name, status in self.statuses().items()}
        return {name: ready.reason for name, ready in conditions.items() if ready is not None}

    def _list(self) -> None:
        for account in (ACCOUNT, OTHER_ACCOUNT):
            raw = [
                row.model_dump(by_alias=True, exclude_none=True, mode="json")
                for row in self.rows.values()
                if (row.requester_account_id or ACCOUNT) == account
            ]
            before = self._lists.get(account, Snapshot())
            self._lists[account] = before.succeeded_by(raw, KIND._source.rows, asked_at=0.0, now=NOW)

    @staticmethod
    def _resource(entry: Entry) -> Resource:
        assert isinstance(entry.resource, TypedResource)
        return entry.resource

    def _context(self, entry: Entry) -> Context:
        context = KIND.context(self._resource(entry), lambda _key: None)
        assert not isinstance(context, NotReady)
        return context

    def _decide(self, entry: Entry) -> StreamsVpcPeeringDecision:
        context = self._context(entry)
        (interest,) = KIND.interests(self._resource(entry), context, "fingerprint")
        (account,) = interest.key.arguments
        rows = self._lists[account].concerning(interest.words)
        words = {f"{interest.key.scope}/{word}" for word in self._lists[account].words_of(rows)}
        observation = Observation(
            rows=(rows,),
            rivals=self._store.rivals(entry, context.claim.places | words),
            attempts={name: self._attempts[name] for name in rows if name in self._attempts},
            unchanged_since=dict.fromkeys(rows, NOW),
        )
        return KIND.decide(self._resource(entry), context, observation, intervals=INTERVALS, now=NOW)

    def _write(self, entry: Entry, status: StreamsVpcPeeringStatus) -> None:
        obj = replace(entry.obj, status=status.model_dump(by_alias=True, exclude_none=True, mode="json"))
        if self._store.put(KIND, obj) is not None:
            self._reclaim(entry)

    def _reclaim(self, entry: Entry) -> None:
        self._queued.update(self._store.claim(entry, KIND.claim(self._resource(entry), self._context(entry))))

    def _remove(self, entry: Entry) -> None:
        self._queued.update(self._store.retire(entry))
        self._queued.discard(entry)
        self._store.remove(entry.uid)


def _stored(name: str, found: Found) -> KubernetesObject:
    metadata = {
        "name": name,
        "namespace": "team-a",
        "uid": f"uid-of-{name}",
        "generation": GENERATION,
        "creationTimestamp": f"2024-12-10T08:00:0{found.created}Z",
        **({"deletionTimestamp": "2024-12-12T11:00:00Z"} if found.deleting else {}),
    }
    return KubernetesObject.read(
        {
            "metadata": metadata,
            "spec": found.spec.model_dump(by_alias=True, exclude_none=True, mode="json"),
            "status": found.status.model_dump(by_alias=True, exclude_none=True, mode="json"),
        }
    )
