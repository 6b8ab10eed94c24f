"""Writing status and finalizer: every write is a compare-and-set on the version that was decided on."""

from typing import Any

import pytest

from atlas_streams_peering.kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from atlas_streams_peering.kube.api import FIELD_MANAGER, KubernetesApi, KubernetesError
from atlas_streams_peering.kube.writer import ObjectChanged, ObjectGone, ObjectWriter, WriteRefused
from unit.controller.api_server import ApiServer
from unit.controller.objects import NAMESPACE, OURS, THEIRS, create, finalizers, path, stored

STATUS = {"observedGeneration": 1, "cloudStatus": "active"}
REFUSALS = [400, 403, 413, 422]


@pytest.fixture
def writer(api: KubernetesApi) -> ObjectWriter:
    return ObjectWriter(api, STREAMS_VPC_PEERING)


# -- status


async def test_the_status_is_replaced_as_a_whole(server: ApiServer, writer: ObjectWriter) -> None:
    obj = create(server)

    written = await writer.write_status(obj, STATUS)

    assert stored(server)["status"] == STATUS == written.status
    assert written.resource_version > obj.resource_version


async def test_a_write_names_its_object_by_uid_and_version(server: ApiServer, writer: ObjectWriter) -> None:
    obj = create(server)
    await writer.write_status(obj, STATUS)

    [request] = server.made("PUT")
    assert request.path == f"{path()}/status"
    assert request.query == {"fieldManager": FIELD_MANAGER}
    assert request.body == {
        "apiVersion": "atlasstreams.io/v1alpha1",
        "kind": "StreamsVpcPeering",
        "metadata": {"name": "kafka", "namespace": NAMESPACE, "uid": obj.uid, "resourceVersion": obj.version},
        "status": STATUS,
    }


async def test_a_namesake_keeps_its_status(server: ApiServer, writer: ObjectWriter) -> None:
    obj = create(server)
    create(server, uid="another")

    with pytest.raises(ObjectChanged):
        await writer.write_status(obj, STATUS)
    with pytest.raises(ObjectGone):
        await writer.read(obj)

    assert stored(server)["status"] == {"observedGeneration": -1}


async def test_the_status_of_an_object_that_somebody_else_has_changed_is_not_written(
    server: ApiServer, writer: ObjectWriter
) -> None:
    obj = create(server)
    create(server, labels={"team": "payments"})

    with pytest.raises(ObjectChanged):
        await writer.write_status(obj, STATUS)

    assert stored(server)["status"] == {"observedGeneration": -1}
    assert len(server.made("PUT")) == 1


async def test_the_status_of_an_object_that_is_gone_creates_nothing(server: ApiServer, writer: ObjectWriter) -> None:
    obj = create(server)
    server.remove(path())

    with pytest.raises(ObjectGone):
        await writer.write_status(obj, STATUS)

    assert server.objects == {}


@pytest.mark.parametrize("status", REFUSALS)
async def test_a_refusal_is_said_in_the_api_servers_words(server: ApiServer, writer: ObjectWriter, status: int) -> None:
    obj = create(server)
    server.fail("PUT", status=status, message="the quota is used up")

    with pytest.raises(WriteRefused, match=r"The Kubernetes API refuses the status: the quota is used up"):
        await writer.write_status(obj, STATUS)


@pytest.mark.parametrize("status", [429, 500, 503, None])
async def test_any_other_failure_is_one_that_passes(
    server: ApiServer, writer: ObjectWriter, status: int | None
) -> None:
    obj = create(server)
    server.fail("PUT", status=status, times=5)

    with pytest.raises(KubernetesError) as raised:
        await writer.write_status(obj, STATUS)

    assert raised.value.status == (status or 0)


# -- finalizer


async def test_a_finalizer_that_a_webhook_takes_off_again_is_refused(server: ApiServer, writer: ObjectWriter) -> None:
    server.stripped.add(OURS)

    with pytest.raises(WriteRefused, match="something undoes each change"):
        await writer.set_finalizer(create(server), present=True)

    assert len(server.made("PATCH")) == 1


@pytest.mark.parametrize("others", [(), (THEIRS,), (THEIRS, "example.com/more")])
async def test_our_finalizer_comes_and_goes_beside_others(
    server: ApiServer, writer: ObjectWriter, others: tuple[str, ...]
) -> None:
    obj = create(server, finalizers=others)

    held = await writer.set_finalizer(obj, present=True)
    assert finalizers(server) == [*others, OURS]
    assert held.has_finalizer

    free = await writer.set_finalizer(held, present=False)
    assert finalizers(server) == [*others]
    assert not free.has_finalizer


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_ours_is_removed_wherever_it_stands(server: ApiServer, writer: ObjectWriter, place: int) -> None:
    all_of_them = [THEIRS, "example.com/more"]
    all_of_them.insert(place, OURS)

    await writer.set_finalizer(create(server, finalizers=tuple(all_of_them)), present=False)

    assert finalizers(server) == [THEIRS, "example.com/more"]


@pytest.mark.parametrize("present", [True, False])
async def test_finalizers_that_others_have_changed_meanwhile_are_left_as_they_are(
    server: ApiServer, writer: ObjectWriter, present: bool
) -> None:
    obj = create(server, finalizers=() if present else (OURS,))
    create(server, finalizers=(THEIRS,))

    with pytest.raises(ObjectChanged):
        await writer.set_finalizer(obj, present=present)

    assert finalizers(server) == [THEIRS]


async def test_an_object_that_is_being_deleted_takes_no_finalizer_any_more(
    server: ApiServer, writer: ObjectWriter
) -> None:
    obj = create(server, finalizers=(THEIRS,))
    create(server, finalizers=(THEIRS,), deleting=True)

    with pytest.raises(ObjectChanged):
        await writer.set_finalizer(obj, present=True)

    assert finalizers(server) == [THEIRS]


async def test_the_last_finalizer_lets_the_object_go(server: ApiServer, writer: ObjectWriter) -> None:
    await writer.set_finalizer(create(server, finalizers=(OURS,), deleting=True), present=False)

    assert server.objects == {}


@pytest.mark.parametrize("present", [True, False])
async def test_the_finalizer_of_an_object_that_is_gone_is_no_failure_to_write(
    server: ApiServer, writer: ObjectWriter, present: bool
) -> None:
    obj = create(server, finalizers=() if present else (OURS,))
    server.remove(path())

    with pytest.raises(ObjectGone):
        await writer.set_finalizer(obj, present=present)


@pytest.mark.parametrize(("failure", "status"), [({"status": 500}, 500), ({"status": None}, 0)])
async def test_a_failure_to_write_the_finalizer_is_said(
    server: ApiServer, writer: ObjectWriter, failure: dict[str, Any], status: int
) -> None:
    obj = create(server)
    server.fail("PATCH", **failure)

    with pytest.raises(KubernetesError) as raised:
        await writer.set_finalizer(obj, present=True)

    assert raised.value.status == status


async def test_a_refused_finalizer_is_said_in_the_api_servers_words(server: ApiServer, writer: ObjectWriter) -> None:
    obj = create(server)
    server.fail("PATCH", status=403, message="admission: a label is missing")

    with pytest.raises(WriteRefused, match="refuses the finalizer: admission: a label is missing"):
        await writer.set_finalizer(obj, present=True)
