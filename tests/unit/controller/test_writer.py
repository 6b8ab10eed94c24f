"""Writing status and finalizer, also when others write at the same time."""

from typing import Any

import pytest

from atlas_streams_peering.controller.writer import ObjectGone, Writer
from atlas_streams_peering.kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from atlas_streams_peering.kube.api import FIELD_MANAGER, KubernetesApi, KubernetesError
from unit.controller.api_server import ApiServer
from unit.controller.objects import NAMESPACE, OURS, THEIRS, create, finalizers, path, stored

STATUS = {"observedGeneration": 1, "cloudStatus": "active"}


@pytest.fixture
def writer(api: KubernetesApi) -> Writer:
    return Writer(api, STREAMS_VPC_PEERING)


# -- status


async def test_the_status_is_applied_as_a_whole(server: ApiServer, writer: Writer) -> None:
    resource = create(server)

    written = await writer.write_status(resource, STATUS)

    assert stored(server)["status"] == STATUS == written.status
    assert written.resource_version > resource.resource_version


async def test_an_apply_names_its_object_by_version(server: ApiServer, writer: Writer) -> None:
    resource = create(server)
    await writer.write_status(resource, STATUS)

    [request] = server.made("PATCH")
    assert request.path == f"{path()}/status"
    assert request.query == {"fieldManager": FIELD_MANAGER, "force": "true"}
    assert request.headers["Content-Type"] == "application/apply-patch+yaml"
    assert request.body == {
        "apiVersion": "atlasstreams.io/v1alpha1",
        "kind": "StreamsVpcPeering",
        "metadata": {"name": "kafka", "namespace": NAMESPACE, "resourceVersion": str(resource.resource_version)},
        "status": STATUS,
    }


async def test_a_namesake_keeps_its_status(server: ApiServer, writer: Writer) -> None:
    resource = create(server)
    create(server, uid="another")

    with pytest.raises(ObjectGone):
        await writer.write_status(resource, STATUS)

    assert stored(server)["status"] == {"observedGeneration": -1}


async def test_the_status_of_an_object_that_somebody_else_has_changed_is_written(
    server: ApiServer, writer: Writer
) -> None:
    resource = create(server)
    server.put(path(), stored(server))

    await writer.write_status(resource, STATUS)

    assert stored(server)["status"] == STATUS


async def test_the_status_of_an_object_that_keeps_changing_is_given_up_for_now(
    server: ApiServer, writer: Writer
) -> None:
    resource = create(server)
    server.fail("PATCH", status=409, times=100)

    with pytest.raises(KubernetesError, match="keeps changing") as raised:
        await writer.write_status(resource, STATUS)

    assert raised.value.conflict


async def test_the_status_of_an_object_that_is_gone_creates_nothing(server: ApiServer, writer: Writer) -> None:
    resource = create(server)
    server.remove(path())

    with pytest.raises(ObjectGone):
        await writer.write_status(resource, STATUS)

    assert server.objects == {}


@pytest.mark.parametrize("status", [403, 422, 429, 500, 503, None])
async def test_any_other_failure_is_said(server: ApiServer, writer: Writer, status: int | None) -> None:
    resource = create(server)
    server.fail("PATCH", status=status)

    with pytest.raises(KubernetesError) as raised:
        await writer.write_status(resource, STATUS)

    assert raised.value.status == (status or 0)


# -- finalizer


async def test_a_finalizer_that_a_webhook_takes_off_again_is_no_success(server: ApiServer, writer: Writer) -> None:
    server.stripped.add(OURS)

    with pytest.raises(KubernetesError, match="undoes each change of the finalizers"):
        await writer.add_finalizer(create(server))

    assert len(server.made("PATCH")) == 1


@pytest.mark.parametrize("others", [(), (THEIRS,), (THEIRS, "example.com/more")])
async def test_our_finalizer_comes_and_goes_beside_others(
    server: ApiServer, writer: Writer, others: tuple[str, ...]
) -> None:
    resource = create(server, finalizers=others)

    guarded = await writer.add_finalizer(resource)
    assert finalizers(server) == [*others, OURS]
    assert guarded.guarded

    free = await writer.remove_finalizer(guarded)
    assert finalizers(server) == [*others]
    assert not free.guarded


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_ours_is_removed_wherever_it_stands(server: ApiServer, writer: Writer, place: int) -> None:
    all_of_them = [THEIRS, "example.com/more"]
    all_of_them.insert(place, OURS)

    await writer.remove_finalizer(create(server, finalizers=tuple(all_of_them)))

    assert finalizers(server) == [THEIRS, "example.com/more"]


async def test_what_is_so_already_is_not_written(server: ApiServer, writer: Writer) -> None:
    guarded = create(server, "guarded", finalizers=(OURS,))
    free = create(server, "free")

    assert await writer.add_finalizer(guarded) is guarded
    assert await writer.remove_finalizer(free) is free
    assert server.requests == []


@pytest.mark.parametrize(
    ("before", "now", "after"),
    [
        ((), (THEIRS,), [THEIRS, OURS]),
        ((THEIRS,), (), [OURS]),
        ((THEIRS,), ("example.com/more", THEIRS), ["example.com/more", THEIRS, OURS]),
        ((), (OURS,), [OURS]),
    ],
)
async def test_adding_minds_what_others_did_meanwhile(
    server: ApiServer, writer: Writer, before: tuple[str, ...], now: tuple[str, ...], after: list[str]
) -> None:
    resource = create(server, finalizers=before)
    create(server, finalizers=now)

    assert (await writer.add_finalizer(resource)).guarded
    assert finalizers(server) == after


@pytest.mark.parametrize(
    ("before", "now", "after"),
    [
        ((OURS,), (THEIRS, OURS), [THEIRS]),
        ((THEIRS, OURS), (OURS,), []),
        ((THEIRS, OURS), (OURS, THEIRS), [THEIRS]),
        ((OURS,), (THEIRS,), [THEIRS]),
    ],
)
async def test_removing_minds_what_others_did_meanwhile(
    server: ApiServer, writer: Writer, before: tuple[str, ...], now: tuple[str, ...], after: list[str]
) -> None:
    resource = create(server, finalizers=before)
    create(server, finalizers=now)

    assert not (await writer.remove_finalizer(resource)).guarded
    assert finalizers(server) == after


async def test_an_object_that_is_being_deleted_takes_no_finalizer_any_more(server: ApiServer, writer: Writer) -> None:
    resource = create(server, finalizers=(THEIRS,))
    create(server, finalizers=(THEIRS,), deleting=True)

    seen = await writer.add_finalizer(resource)

    assert (seen.guarded, seen.deleting) == (False, True)
    assert finalizers(server) == [THEIRS]


async def test_the_last_finalizer_lets_the_object_go(server: ApiServer, writer: Writer) -> None:
    await writer.remove_finalizer(create(server, finalizers=(OURS,), deleting=True))

    assert server.objects == {}


@pytest.mark.parametrize("present", [True, False])
async def test_a_namesake_keeps_its_finalizers(server: ApiServer, writer: Writer, present: bool) -> None:
    resource = create(server, finalizers=() if present else (OURS,))
    create(server, uid="another", finalizers=(OURS,) if not present else ())
    before = finalizers(server)

    with pytest.raises(ObjectGone):
        await (writer.add_finalizer(resource) if present else writer.remove_finalizer(resource))

    assert finalizers(server) == before


@pytest.mark.parametrize("present", [True, False])
async def test_the_finalizer_of_an_object_that_is_gone_is_no_failure_to_write(
    server: ApiServer, writer: Writer, present: bool
) -> None:
    resource = create(server, finalizers=() if present else (OURS,))
    server.remove(path())

    with pytest.raises(ObjectGone):
        await (writer.add_finalizer(resource) if present else writer.remove_finalizer(resource))


@pytest.mark.parametrize(("failure", "status"), [({"status": 500}, 500), ({"status": 403}, 403), ({"status": None}, 0)])
async def test_a_failure_to_write_the_finalizer_is_said(
    server: ApiServer, writer: Writer, failure: dict[str, Any], status: int
) -> None:
    resource = create(server)
    server.fail("PATCH", **failure)

    with pytest.raises(KubernetesError) as raised:
        await writer.add_finalizer(resource)

    assert raised.value.status == status


async def test_a_conflict_without_end_is_given_up(server: ApiServer, writer: Writer) -> None:
    resource = create(server)
    server.fail("PATCH", status=409, times=100)

    with pytest.raises(KubernetesError, match="keep changing"):
        await writer.add_finalizer(resource)

    assert len(server.made("PATCH")) <= 10
