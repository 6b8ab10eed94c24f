"""Objects as last seen: what is taken in of them, and which view counts."""

from types import MappingProxyType
from typing import Any

import pytest

from atlas_streams_peering.api.group import FINALIZER, RECONCILE_REQUESTED_AT
from atlas_streams_peering.controller.resources import Registry, Resource


def view(version: int | str | None, **changes: Any) -> Resource:
    """Return a view of one object at a resourceVersion."""
    metadata: dict[str, Any] = {
        "namespace": "streams",
        "name": "kafka",
        "uid": "uid-1",
        "generation": changes.pop("generation", 1),
        "resourceVersion": version if version is None else str(version),
        **changes.pop("metadata", {}),
    }
    return Resource.read({"metadata": metadata, "spec": {"a": 1}, "status": {}, **changes})


def test_an_object_is_read_as_the_api_server_gives_it() -> None:
    resource = view(
        7,
        generation=3,
        metadata={
            "creationTimestamp": "2024-12-12T12:00:00Z",
            "deletionTimestamp": "2024-12-12T13:00:00Z",
            "finalizers": ["example.com/x", FINALIZER],
            "annotations": {RECONCILE_REQUESTED_AT: "now"},
        },
    )

    assert (resource.key, resource.uid) == ("streams/kafka", "uid-1")
    assert (resource.resource_version, resource.generation, resource.created) == (7, 3, "2024-12-12T12:00:00Z")
    assert (resource.deleting, resource.guarded, resource.reconcile_requested) == (True, True, "now")


def test_an_object_may_have_next_to_nothing() -> None:
    resource = Resource.read({"metadata": {"namespace": "n", "name": "x", "uid": "u"}})

    assert (resource.resource_version, resource.generation, resource.finalizers) == (0, 0, ())
    assert (resource.spec, resource.status, resource.reconcile_requested) == ({}, {}, None)
    assert not resource.deleting


def test_a_view_does_not_change_with_its_source() -> None:
    spec: dict[str, Any] = {"requester": {"vpcId": "vpc-1"}, "list": [{"a": 1}]}
    resource = view(1, spec=MappingProxyType(spec))

    spec["requester"]["vpcId"] = "vpc-2"
    spec["list"].append({})

    assert resource.spec == {"requester": {"vpcId": "vpc-1"}, "list": [{"a": 1}]}


def test_the_first_view_of_an_object_is_news() -> None:
    registry = Registry()

    assert registry.put(view(5))
    assert len(registry) == 1
    assert registry.get("uid-1") == view(5)


@pytest.mark.parametrize("version", [4, 5])
def test_an_older_view_is_left_aside(version: int) -> None:
    registry = Registry()
    registry.put(view(5))

    assert not registry.put(view(version, generation=2))

    assert registry.get("uid-1") == view(5)


def test_versions_are_compared_as_numbers() -> None:
    registry = Registry()
    registry.put(view(9))

    assert registry.put(view(10, generation=2))


@pytest.mark.parametrize("version", ["", "opaque", None])
def test_a_version_that_is_no_number_counts_as_new(version: str | None) -> None:
    registry = Registry()
    registry.put(view(5))

    assert registry.put(view(version, generation=2))


@pytest.mark.parametrize(
    "changes",
    [
        {"generation": 2},
        {"spec": {"a": 2}},
        {"status": {"cloudStatus": "active"}},
        {"metadata": {"deletionTimestamp": "2024-12-12T13:00:00Z"}},
        {"metadata": {"finalizers": [FINALIZER]}},
        {"metadata": {"annotations": {RECONCILE_REQUESTED_AT: "now"}}},
    ],
)
def test_what_a_reconcile_depends_on_is_news(changes: dict[str, Any]) -> None:
    registry = Registry()
    registry.put(view(5))

    assert registry.put(view(6, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"metadata": {"labels": {"a": "b"}}},
        {"metadata": {"annotations": {"example.com/other": "x"}}},
        {"metadata": {"managedFields": [{}]}},
    ],
)
def test_what_matters_to_nobody_is_kept_and_no_news(changes: dict[str, Any]) -> None:
    registry = Registry()
    registry.put(view(5))

    assert not registry.put(view(6, **changes))

    known = registry.get("uid-1")
    assert known is not None
    assert known.resource_version == 6


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, False),
        ({"status": {"cloudStatus": "active"}}, False),
        ({"metadata": {"finalizers": [FINALIZER]}}, False),
        ({"generation": 2}, True),
        ({"metadata": {"deletionTimestamp": "2024-12-12T13:00:00Z"}}, True),
        ({"metadata": {"annotations": {RECONCILE_REQUESTED_AT: "now"}}}, True),
    ],
)
def test_our_own_write_is_told_from_a_change_of_what_is_wanted(changes: dict[str, Any], wanted: bool) -> None:
    assert view(6, **changes).wants_other_than(view(5)) is wanted


def test_a_finalizer_that_somebody_takes_away_is_a_change_of_what_is_wanted() -> None:
    assert view(6).wants_other_than(view(5, metadata={"finalizers": [FINALIZER]}))


def test_an_object_that_is_gone_is_forgotten() -> None:
    registry = Registry()
    registry.put(view(5))

    assert registry.remove("uid-1") == view(5)
    assert registry.remove("uid-1") is None
    assert registry.get("uid-1") is None
    assert list(registry) == []


def test_objects_may_go_while_all_are_gone_through() -> None:
    registry = Registry()
    for number in range(3):
        registry.put(view(5, metadata={"uid": f"uid-{number}"}))

    for resource in registry:
        registry.remove(resource.uid)

    assert len(registry) == 0
