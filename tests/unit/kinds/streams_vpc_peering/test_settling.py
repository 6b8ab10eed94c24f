"""Several objects that mean the same connections come to rest, and no connection has two owners."""

import random
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas_streams_peering.api.status import LastAction
from atlas_streams_peering.api.times import format_time
from atlas_streams_peering.atlas.connection_states import state_of
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType, StreamsVpcPeeringStatus
from unit.kinds.streams_vpc_peering.builders import (
    NAME,
    NOW,
    OTHER_CIDR,
    PROJECT,
    connection,
    held_status,
    seconds,
    spec,
)
from unit.kinds.streams_vpc_peering.cluster import Cluster, Found
from unit.kinds.streams_vpc_peering.strategies import NAMES, cloud_words, lists, mostly, specs, statuses

ACCEPTED: Final = LastAction(type=ActionType.ACCEPT, time=format_time(NOW - seconds(3600)))


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


@given(objects(), lists(), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_it_comes_to_rest_with_one_holder_of_each_live_connection_and_another_round_changes_nothing(
    found: list[Found], rows: tuple[Connection, ...], dice: random.Random
) -> None:
    cluster = Cluster(found, rows, dice=dice)
    cluster.settle()
    assert [names for row in live(cluster) if len(names := cluster.holders(row)) > 1] == []
    # In its first turn an object may forget what its status remembers: from the second one on it stays as it is.
    cluster.wake_all()
    cluster.settle()
    statuses, changes = cluster.statuses(), list(cluster.changes)
    cluster.wake_all()
    turns = cluster.settle()
    assert (cluster.statuses(), cluster.changes) == (statuses, changes)
    assert turns == len(statuses)


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
