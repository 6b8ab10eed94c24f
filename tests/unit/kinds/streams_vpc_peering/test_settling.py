"""Several objects that mean the same connections come to rest, and no connection has two owners.

A model of the path around the kind: one list, one store of claims, and objects that have their turns in any order.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas_streams_peering.api.conditions import ConditionType
from atlas_streams_peering.api.status import LastAction
from atlas_streams_peering.api.times import format_time
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.controller.attempts import Attempt
from atlas_streams_peering.controller.decision import Observation
from atlas_streams_peering.controller.kind import NotReady
from atlas_streams_peering.controller.status import StatusBuilder
from atlas_streams_peering.controller.store import Entry, Store
from atlas_streams_peering.kinds.streams_vpc_peering.reconciler import Context
from atlas_streams_peering.kinds.streams_vpc_peering.resource import (
    ActionType,
    StreamsVpcPeeringSpec,
    StreamsVpcPeeringStatus,
)
from atlas_streams_peering.kinds.streams_vpc_peering.states import state_of
from atlas_streams_peering.kube.objects import KubernetesObject
from atlas_streams_peering.polling.snapshot import Snapshot
from unit.kinds.streams_vpc_peering.builders import (
    ACCOUNT,
    GENERATION,
    INTERVALS,
    KIND,
    NAME,
    NOW,
    OBSERVED,
    OTHER_ACCOUNT,
    OTHER_CIDR,
    PROJECT,
    StreamsVpcPeeringDecision,
    connection,
    held_status,
    seconds,
    spec,
)
from unit.kinds.streams_vpc_peering.strategies import NAMES, cloud_words, lists, mostly, specs, statuses

ACCEPTED: Final = LastAction(type=ActionType.ACCEPT, time=format_time(NOW - seconds(3600)))

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
        if entry.obj.deleting and KIND.retains(entry.resource):
            self._remove(entry)
            return True
        decision = self._decide(entry)
        status = decision.status
        if entry.obj.deleting and decision.let_go is not None:
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

    def _context(self, entry: Entry) -> Context:
        context = KIND.context(entry.resource, lambda _key: None)
        assert not isinstance(context, NotReady)
        return context

    def _decide(self, entry: Entry) -> StreamsVpcPeeringDecision:
        context = self._context(entry)
        (interest,) = KIND.interests(entry.resource, context, "fingerprint")
        (account,) = interest.key.arguments
        rows = self._lists[account].concerning(interest.words)
        words = {f"{interest.key.scope}/{word}" for word in self._lists[account].words_of(rows)}
        observation = Observation(
            rows=(rows,),
            rivals=self._store.rivals(entry, context.claim.places | words),
            attempts={name: self._attempts[name] for name in rows if name in self._attempts},
            unchanged_since=dict.fromkeys(rows, NOW),
        )
        return KIND.decide(entry.resource, context, observation, intervals=INTERVALS, now=NOW)

    def _write(self, entry: Entry, status: StreamsVpcPeeringStatus) -> None:
        obj = replace(entry.obj, status=status.model_dump(by_alias=True, exclude_none=True, mode="json"))
        if self._store.put(KIND, obj) is not None:
            self._reclaim(entry)

    def _reclaim(self, entry: Entry) -> None:
        self._queued.update(self._store.claim(entry, KIND.claim(entry.resource, self._context(entry))))

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


@st.composite
def founds(draw: st.DrawFn, *, held: bool = True) -> Found:
    """Any object of one project. `held`: its status may name a connection, as a restored copy's does."""
    wanted = draw(specs()).model_copy(update={"project_id": PROJECT})
    status = draw(statuses()) if held else StreamsVpcPeeringStatus()
    return Found(wanted, status, draw(st.integers(0, 2)), deleting=draw(mostly(False, True)))


def objects(*, held: bool = True) -> st.SearchStrategy[list[Found]]:
    return st.lists(founds(held=held), min_size=1, max_size=5)


def live(cluster: Cluster) -> list[Connection]:
    return [row for row in cluster.rows.values() if not state_of(row).terminal]


def young_holder(**spec_fields: str) -> Found:
    return Found(spec(**spec_fields), held_status("active"), created=2)


OLD: Final = Found(spec(), created=0)


@pytest.mark.parametrize("seed", range(6))
class TestScenes:
    """What the properties below are made of, in names."""

    def test_an_older_object_does_not_take_a_held_connection_over(self, seed: int) -> None:
        cluster = Cluster([OLD, young_holder()], [connection("active")], dice=random.Random(seed))
        cluster.settle()
        assert cluster.reasons() == {"object-0": "AlreadyManaged", "object-1": "Active"}

    def test_nor_when_the_guard_of_its_holder_changes(self, seed: int) -> None:
        cluster = Cluster([OLD, young_holder(cidr=OTHER_CIDR)], [connection("active")], dice=random.Random(seed))
        cluster.settle()
        assert cluster.reasons() == {"object-0": "AlreadyManaged", "object-1": "RequesterMismatch"}
        assert cluster.holders(connection()) == ["object-1"]

    def test_when_the_held_connection_dies_age_decides_again(self, seed: int) -> None:
        cluster = Cluster([OLD, young_holder()], [connection("active")], dice=random.Random(seed))
        cluster.settle()
        cluster.set(NAME, "deleted")
        cluster.settle()
        assert cluster.reasons() == {"object-0": "ConnectionDeleted", "object-1": "AlreadyManaged"}

    def test_of_restored_copies_the_older_one_goes_on(self, seed: int) -> None:
        copy = Found(spec(), held_status("active"), created=0)
        cluster = Cluster([young_holder(), copy], [connection("active")], dice=random.Random(seed))
        cluster.settle()
        assert cluster.reasons() == {"object-0": "AlreadyManaged", "object-1": "Active"}

    def test_several_new_objects_accept_a_request_once(self, seed: int) -> None:
        found = [Found(spec(), created=created) for created in (2, 1, 0)]
        cluster = Cluster(found, [connection()], dice=random.Random(seed))
        cluster.settle()
        assert cluster.changes == [("object-2", "Accept", NAME)]
        assert cluster.reasons() == {
            "object-0": "AlreadyManaged",
            "object-1": "AlreadyManaged",
            "object-2": "Active",
        }

    def test_an_object_that_goes_leaves_the_others_to_find_another_owner(self, seed: int) -> None:
        retained = Found(
            spec(deletion_policy="Retain"), held_status("active", last_action=ACCEPTED), created=2, deleting=True
        )
        cluster = Cluster([OLD, retained], [connection("active")], dice=random.Random(seed))
        cluster.settle()
        assert (cluster.reasons(), cluster.changes) == ({"object-0": "Active"}, [])

    def test_a_deleted_copy_of_an_older_holder_touches_nothing(self, seed: int) -> None:
        copy = Found(spec(), held_status("active", last_action=ACCEPTED), created=2, deleting=True)
        cluster = Cluster(
            [Found(spec(), held_status("active"), created=0), copy], [connection("active")], dice=random.Random(seed)
        )
        cluster.settle()
        assert (cluster.reasons(), cluster.changes) == ({"object-0": "Active"}, [])


@given(objects(), lists(), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_it_comes_to_rest_and_then_another_round_changes_nothing(
    found: list[Found], rows: tuple[Connection, ...], dice: random.Random
) -> None:
    cluster = Cluster(found, rows, dice=dice)
    cluster.settle()
    # In its first turn an object may forget what its status remembers: from the second one on it stays as it is.
    cluster.wake_all()
    cluster.settle()
    statuses, changes = cluster.statuses(), list(cluster.changes)
    cluster.wake_all()
    turns = cluster.settle()
    assert (cluster.statuses(), cluster.changes) == (statuses, changes)
    assert turns == len(statuses)


@given(objects(), lists(), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_at_rest_no_live_connection_has_two_holders(
    found: list[Found], rows: tuple[Connection, ...], dice: random.Random
) -> None:
    cluster = Cluster(found, rows, dice=dice)
    cluster.settle()
    assert [names for row in live(cluster) if len(names := cluster.holders(row)) > 1] == []


@given(objects(held=False), lists(), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_from_nothing_no_connection_is_ever_changed_by_two_objects(
    found: list[Found], rows: tuple[Connection, ...], dice: random.Random
) -> None:
    cluster = Cluster(found, rows, dice=dice)
    cluster.settle()
    assert len({(name, row) for name, _, row in cluster.changes}) == len({row for _, _, row in cluster.changes})


@given(objects(), lists(), st.randoms(use_true_random=False), st.data())
@settings(max_examples=150)
def test_it_comes_to_rest_again_whatever_becomes_of_the_connections(
    found: list[Found], rows: tuple[Connection, ...], dice: random.Random, data: st.DataObject
) -> None:
    cluster = Cluster(found, rows, dice=dice)
    for name, word in data.draw(st.lists(st.tuples(st.sampled_from(NAMES), cloud_words), max_size=4)):
        for _ in range(data.draw(st.integers(0, 6))):
            cluster.turn()
        if name in cluster.rows:
            cluster.set(name, word)
    cluster.settle()
    assert [names for row in live(cluster) if len(names := cluster.holders(row)) > 1] == []
