"""ConfigMaps of an owner are made, kept and removed; those of others are not touched."""

from typing import Any

import pytest

from atlas_streams_peering.kinds.streams_account_details.resource import STREAMS_ACCOUNT_DETAILS
from atlas_streams_peering.kube.api import KubernetesError
from atlas_streams_peering.kube.config_maps import ConfigMaps, Foreign, Owner
from atlas_streams_peering.kube.objects import KubernetesObject
from atlas_streams_peering.kube.writer import WriteRefused
from unit.kube.config_map_store import ConfigMapStore

DATA = {"region": "US_EAST_1"}


def owner(uid: str = "1234", name: str = "details") -> Owner:
    metadata = {"namespace": "streaming", "name": name, "uid": uid, "resourceVersion": "7"}
    return Owner(STREAMS_ACCOUNT_DETAILS, KubernetesObject.read({"metadata": metadata}))


OWNER = owner()
REFERENCE = {
    "apiVersion": "atlasstreams.io/v1alpha1",
    "kind": "StreamsAccountDetails",
    "name": "details",
    "uid": "1234",
    "controller": True,
}


@pytest.fixture
def store() -> ConfigMapStore:
    return ConfigMapStore()


@pytest.fixture
def config_maps(store: ConfigMapStore) -> ConfigMaps:
    return ConfigMaps(store)


async def test_a_config_map_that_is_not_there_is_made_and_belongs_to_its_owner(
    store: ConfigMapStore, config_maps: ConfigMaps
) -> None:
    assert await config_maps.ensure(OWNER, "atlas", DATA) is None

    made = store.objects["atlas"]
    assert made["data"] == DATA
    assert made["metadata"]["ownerReferences"] == [REFERENCE]
    assert made["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "atlas-streams-peering"}


async def test_one_that_is_as_it_has_to_be_is_not_written(store: ConfigMapStore, config_maps: ConfigMaps) -> None:
    await config_maps.ensure(OWNER, "atlas", DATA)
    await config_maps.ensure(OWNER, "atlas", dict(DATA))

    assert store.writes == ["POST"]


@pytest.mark.parametrize(
    "drift",
    [
        {"data": {"region": "EU_WEST_1"}},
        {"data": {**DATA, "more": "of it"}},
        {"data": {}},
        {},
        {"data": DATA, "binaryData": {"extra": "AA=="}},
    ],
)
async def test_one_that_differs_is_written_anew_and_keeps_what_others_say_about_it(
    store: ConfigMapStore, config_maps: ConfigMaps, drift: dict[str, Any]
) -> None:
    other = {"apiVersion": "v1", "kind": "Pod", "name": "web", "uid": "5"}
    metadata = {"labels": {"team": "orders"}, "ownerReferences": [other, REFERENCE]}
    store.put("atlas", metadata=metadata, **drift)

    await config_maps.ensure(OWNER, "atlas", DATA)

    found = store.objects["atlas"]
    assert (found["data"], "binaryData" in found) == (DATA, False)
    assert found["metadata"]["labels"] == {"team": "orders"}
    assert found["metadata"]["ownerReferences"] == [other, REFERENCE]


@pytest.mark.parametrize(
    ("references", "controller"),
    [
        ([], None),
        ([{**REFERENCE, "uid": "5", "name": "other"}], "StreamsAccountDetails other"),
        ([{**REFERENCE, "uid": "5", "kind": "Deployment", "apiVersion": "apps/v1"}], "Deployment details"),
        ([{**REFERENCE, "controller": False}], None),
    ],
    ids=["nobody", "another object", "another kind", "not as its controller"],
)
async def test_one_of_somebody_else_is_left_alone(
    store: ConfigMapStore, config_maps: ConfigMaps, references: list[dict[str, Any]], controller: str | None
) -> None:
    before = store.put("atlas", data={"a": "b"}, metadata={"ownerReferences": references})

    assert await config_maps.ensure(OWNER, "atlas", DATA) == Foreign(controller)
    await config_maps.remove(OWNER, "atlas")

    assert store.objects["atlas"] == before
    assert store.writes == []


async def test_one_of_an_earlier_object_of_the_name_is_taken_over(
    store: ConfigMapStore, config_maps: ConfigMaps
) -> None:
    """That object is gone, and the garbage collector is on its way: it deletes only what still names that owner."""
    await config_maps.ensure(owner("earlier"), "atlas", DATA)

    assert await config_maps.ensure(OWNER, "atlas", DATA) is None

    assert store.objects["atlas"]["metadata"]["ownerReferences"] == [REFERENCE]


async def test_one_that_somebody_makes_first_is_not_overwritten(store: ConfigMapStore, config_maps: ConfigMaps) -> None:
    store.before_write = lambda: store.put("atlas", data={"a": "b"})

    assert await config_maps.ensure(OWNER, "atlas", DATA) == Foreign(None)
    assert store.objects["atlas"]["data"] == {"a": "b"}


async def test_a_change_in_between_is_read_before_it_is_overwritten(
    store: ConfigMapStore, config_maps: ConfigMaps
) -> None:
    mine = store.put("atlas", data={}, metadata={"ownerReferences": [REFERENCE]})
    labelled = {**mine["metadata"], "labels": {"team": "orders"}}
    store.before_write = lambda: store.put("atlas", metadata=labelled)

    await config_maps.ensure(OWNER, "atlas", DATA)

    assert store.objects["atlas"]["data"] == DATA
    assert store.objects["atlas"]["metadata"]["labels"] == {"team": "orders"}


async def test_one_that_goes_in_between_is_made_again(store: ConfigMapStore, config_maps: ConfigMaps) -> None:
    store.put("atlas", data={}, metadata={"ownerReferences": [REFERENCE]})
    store.before_write = store.objects.clear

    await config_maps.ensure(OWNER, "atlas", DATA)

    assert store.objects["atlas"]["data"] == DATA


async def test_removing_removes_the_owners_one_and_tolerates_none(
    store: ConfigMapStore, config_maps: ConfigMaps
) -> None:
    await config_maps.ensure(OWNER, "atlas", DATA)

    await config_maps.remove(OWNER, "atlas")
    await config_maps.remove(OWNER, "atlas")

    assert store.objects == {}


async def test_one_that_is_given_away_in_between_is_not_removed(store: ConfigMapStore, config_maps: ConfigMaps) -> None:
    await config_maps.ensure(OWNER, "atlas", DATA)
    store.before_write = lambda: store.put("atlas", data={"a": "b"})

    await config_maps.remove(OWNER, "atlas")

    assert store.objects["atlas"]["data"] == {"a": "b"}


@pytest.mark.parametrize("status", [400, 403, 413, 422])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_a_refusal_is_told_in_the_api_servers_words(
    store: ConfigMapStore, config_maps: ConfigMaps, method: str, status: int
) -> None:
    if method != "POST":
        store.put("atlas", data={}, metadata={"ownerReferences": [REFERENCE]})
    store.refusals[method] = KubernetesError(status, "Forbidden", "exceeded quota: no more of these")

    request = config_maps.remove(OWNER, "atlas") if method == "DELETE" else config_maps.ensure(OWNER, "atlas", DATA)
    with pytest.raises(WriteRefused, match=r"^The Kubernetes API refuses ConfigMap atlas: exceeded quota: no more"):
        await request


@pytest.mark.parametrize("status", [0, 429, 500, 503])
async def test_a_failure_is_no_refusal(store: ConfigMapStore, config_maps: ConfigMaps, status: int) -> None:
    store.refusals["POST"] = KubernetesError(status, "InternalError", "failed")

    with pytest.raises(KubernetesError):
        await config_maps.ensure(OWNER, "atlas", DATA)


async def test_a_race_that_does_not_end_is_a_failure(store: ConfigMapStore, config_maps: ConfigMaps) -> None:
    store.refusals["POST"] = KubernetesError(409, "AlreadyExists", "again")

    with pytest.raises(KubernetesError, match="again"):
        await config_maps.ensure(OWNER, "atlas", DATA)

    assert len(store.writes) <= 3
