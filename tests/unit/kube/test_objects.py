"""Objects as last seen: what is taken in of them, and what is news."""

from typing import Any

import pytest

from atlas_streams_peering.api.group import FINALIZER, RECONCILE_REQUESTED_AT
from atlas_streams_peering.kube.objects import KubernetesObject


def view(version: int | str | None, **changes: Any) -> KubernetesObject:
    """Return a view of one object at a resourceVersion."""
    metadata: dict[str, Any] = {
        "namespace": "streams",
        "name": "kafka",
        "uid": "uid-1",
        "generation": changes.pop("generation", 1),
        "resourceVersion": version if version is None else str(version),
        **changes.pop("metadata", {}),
    }
    return KubernetesObject.read({"metadata": metadata, "spec": {"a": 1}, "status": {}, **changes})


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
    assert (resource.deleting, resource.has_finalizer, resource.reconcile_requested) == (True, True, "now")


def test_an_object_may_have_next_to_nothing() -> None:
    resource = KubernetesObject.read({"metadata": {"namespace": "n", "name": "x", "uid": "u"}})

    assert (resource.resource_version, resource.generation, resource.finalizers) == (0, 0, ())
    assert (resource.spec, resource.status, resource.reconcile_requested) == ({}, {}, None)
    assert not resource.deleting


@pytest.mark.parametrize("version", ["", "opaque", None])
def test_a_version_that_is_no_number_is_kept_as_it_is(version: str | None) -> None:
    assert (view(version).resource_version, view(version).version) == (0, version or "")


@pytest.mark.parametrize(
    "changes",
    [
        {"generation": 2},
        {"spec": {"a": 2}},
        {"status": {"cloudStatus": "active"}},
        {"metadata": {"deletionTimestamp": "2024-12-12T13:00:00Z"}},
        {"metadata": {"finalizers": [FINALIZER]}},
        {"metadata": {"annotations": {RECONCILE_REQUESTED_AT: "now"}}},
        {"metadata": {"labels": {"atlasstreams.io/policy": "orders", "team": "a"}}},
    ],
)
def test_what_a_reconcile_depends_on_is_news(changes: dict[str, Any]) -> None:
    assert not view(6, **changes).equals(view(5))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"metadata": {"labels": {"a": "b"}}},
        {"metadata": {"annotations": {"example.com/other": "x"}}},
        {"metadata": {"managedFields": [{}]}},
    ],
)
def test_what_matters_to_nobody_is_no_news(changes: dict[str, Any]) -> None:
    assert view(6, **changes).equals(view(5))


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
