"""What no watch has shown, a comparison with the API server's own list finds."""

import asyncio

import pytest

from atlas_streams_peering.controller.resync import ResyncPolicy
from atlas_streams_peering.kube.api import KubernetesApi, KubernetesError
from unit.controller.api_server import ApiServer
from unit.controller.objects import create, path, stored
from unit.controller.worker import Scene, Worker, at_work, scene

UID = "uid-of-kafka"


async def test_a_deletion_that_no_watch_has_shown_is_found(server: ApiServer, stage: Scene, worker: Worker) -> None:
    create(server)
    create(server, "stays")
    await stage.resync.load()
    server.remove(path())

    await stage.resync.compare()

    assert UID not in {obj.uid for obj in stage}
    assert stage.names == {"stays"}


async def test_a_namesake_takes_the_place_of_an_object_that_went_unseen(
    server: ApiServer, stage: Scene, worker: Worker
) -> None:
    create(server)
    await stage.resync.load()
    create(server, uid="another")

    await stage.resync.compare()

    assert UID not in {obj.uid for obj in stage}
    assert [resource.uid for resource in stage] == ["another"]


async def test_an_object_and_a_change_that_no_watch_has_shown_are_found(
    server: ApiServer, stage: Scene, worker: Worker
) -> None:
    create(server)
    await stage.resync.load()
    create(server, generation=7)
    create(server, "missed")

    await stage.resync.compare()

    assert {(resource.name, resource.generation) for resource in stage} == {("kafka", 7), ("missed", 1)}


async def test_what_is_known_is_not_read_again(server: ApiServer, stage: Scene, worker: Worker) -> None:
    for number in range(20):
        create(server, f"kafka-{number}")
    await stage.resync.load()
    server.requests.clear()

    await stage.resync.compare()

    [request] = server.requests
    assert "PartialObjectMetadataList" in request.headers["Accept"]


async def test_versions_need_not_be_numbers(server: ApiServer, stage: Scene, worker: Worker) -> None:
    create(server)
    stored(server)["metadata"]["resourceVersion"] = "opaque"
    await stage.resync.load()

    await stage.resync.compare()

    assert len(stage.store) == 1


async def test_an_object_that_goes_during_the_comparison_is_no_failure(
    server: ApiServer, stage: Scene, worker: Worker
) -> None:
    create(server)
    server.fail("GET", path("kafka"), status=404)

    await stage.resync.compare()

    assert len(stage.store) == 0


@pytest.mark.parametrize("failing", ["streamsvpcpeerings$", "streamsvpcpeerings/missed$"])
async def test_a_comparison_that_fails_forgets_nobody(
    server: ApiServer, stage: Scene, worker: Worker, failing: str
) -> None:
    create(server)
    await stage.resync.load()
    server.remove(path())
    create(server, "missed")
    server.fail("GET", failing)

    with pytest.raises(KubernetesError):
        await stage.resync.compare()

    assert stage.store.get(UID) is not None


async def test_soon_after_the_watch_has_begun_anew_with_a_list_there_is_one_comparison(
    server: ApiServer, api: KubernetesApi, worker: Worker
) -> None:
    stage = scene(api, worker, policy=ResyncPolicy(after_list=0.05))
    create(server)
    await stage.resync.load()
    server.remove(path())
    async with at_work(stage):
        server.requests.clear()
        for _ in range(5):
            stage.resync.listed()
            await asyncio.sleep(0)
        async with asyncio.timeout(60):
            while stage.names:  # noqa: ASYNC110  # nothing rings when an object is forgotten
                await asyncio.sleep(0.01)

    assert len(server.made("GET")) == 1


async def test_a_comparison_that_has_found_something_is_followed_by_another_soon(
    server: ApiServer, api: KubernetesApi, worker: Worker
) -> None:
    missed: list[bool] = []
    times = ResyncPolicy(after_list=0, suspect=0.01, grace_period=0)
    stage = scene(api, worker, policy=times, missed=lambda: missed.append(True))
    create(server)
    await stage.resync.load()

    async with at_work(stage):
        stage.resync.listed()
        await server.bell.until(lambda: stage.resync.dead_watch is not None)
        stage.resync.observe(server.objects[path()])
        assert stage.resync.dead_watch is None

    assert missed == [True]
