"""What no watch has shown, a comparison with the API server's own list finds."""

import asyncio

import pytest

from atlas_streams_peering.controller.controller import Comparing, Controller
from atlas_streams_peering.kube.api import KubernetesApi, KubernetesError
from unit.controller.api_server import ApiServer
from unit.controller.objects import create, path, stored
from unit.controller.worker import Worker, at_work

UID = "uid-of-kafka"


async def test_a_deletion_that_no_watch_has_shown_is_found(
    server: ApiServer, controller: Controller, worker: Worker
) -> None:
    create(server)
    create(server, "stays")
    await controller.load()
    server.remove(path())

    await controller.compare()

    assert worker.lost == [UID]
    assert [resource.name for resource in controller.registry] == ["stays"]


async def test_a_namesake_takes_the_place_of_an_object_that_went_unseen(
    server: ApiServer, controller: Controller, worker: Worker
) -> None:
    create(server)
    await controller.load()
    create(server, uid="another")

    await controller.compare()

    assert worker.lost == [UID]
    assert [resource.uid for resource in controller.registry] == ["another"]


async def test_an_object_and_a_change_that_no_watch_has_shown_are_found(
    server: ApiServer, controller: Controller, worker: Worker
) -> None:
    create(server)
    await controller.load()
    create(server, generation=7)
    create(server, "missed")

    await controller.compare()

    assert {(resource.name, resource.generation) for resource in controller.registry} == {("kafka", 7), ("missed", 1)}


async def test_what_is_known_is_not_read_again(server: ApiServer, controller: Controller, worker: Worker) -> None:
    for number in range(20):
        create(server, f"kafka-{number}")
    await controller.load()
    server.requests.clear()

    await controller.compare()

    [request] = server.requests
    assert "PartialObjectMetadataList" in request.headers["Accept"]
    assert worker.lost == []


async def test_versions_need_not_be_numbers(server: ApiServer, controller: Controller, worker: Worker) -> None:
    create(server)
    stored(server)["metadata"]["resourceVersion"] = "opaque"
    await controller.load()

    await controller.compare()

    assert len(controller.registry) == 1
    assert worker.lost == []


async def test_an_object_that_goes_during_the_comparison_is_no_failure(
    server: ApiServer, controller: Controller, worker: Worker
) -> None:
    create(server)
    server.fail("GET", path("kafka"), status=404)

    await controller.compare()

    assert len(controller.registry) == 0


@pytest.mark.parametrize("failing", ["streamsvpcpeerings$", "streamsvpcpeerings/missed$"])
async def test_a_comparison_that_fails_forgets_nobody(
    server: ApiServer, controller: Controller, worker: Worker, failing: str
) -> None:
    create(server)
    await controller.load()
    server.remove(path())
    create(server, "missed")
    server.fail("GET", failing)

    with pytest.raises(KubernetesError):
        await controller.compare()

    assert worker.lost == []
    assert controller.registry.get(UID) is not None


async def test_soon_after_the_watch_has_begun_anew_with_a_list_there_is_one_comparison(
    server: ApiServer, api: KubernetesApi, worker: Worker
) -> None:
    controller = Controller(api, (), comparing=Comparing(after_list=0.05))
    controller.reconciler = worker
    create(server)
    await controller.load()
    server.remove(path())
    async with at_work(controller):
        server.requests.clear()
        for _ in range(5):
            controller.listed()
            await asyncio.sleep(0)
        await worker.bell.until(lambda: worker.lost == [UID])

    assert len(server.made("GET")) == 1


async def test_a_comparison_that_has_found_something_is_followed_by_another_soon(
    server: ApiServer, api: KubernetesApi, worker: Worker
) -> None:
    missed: list[bool] = []
    times = Comparing(after_list=0, in_doubt=0.01, fair_time=0)
    controller = Controller(api, (), comparing=times, missed=lambda: missed.append(True))
    controller.reconciler = worker
    create(server)
    await controller.load()

    async with at_work(controller):
        controller.listed()
        await server.bell.until(lambda: controller.dead_watch is not None)
        controller.observe(server.objects[path()])
        assert controller.dead_watch is None

    assert missed == [True]
