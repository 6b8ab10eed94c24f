"""Objects are seen, queued, worked on and tried again, whatever fails on the way."""

import asyncio
from typing import Any

import pytest

from atlas_streams_peering.controller.controller import Controller
from atlas_streams_peering.controller.queue import CONCURRENCY
from atlas_streams_peering.controller.resources import Resource
from atlas_streams_peering.controller.writer import ObjectGone
from atlas_streams_peering.kube.api import KubernetesApi
from unit.controller.api_server import ApiServer
from unit.controller.objects import OURS, body, create, path, stored
from unit.controller.worker import Worker, at_work
from unit.polling.bell import settle

UID = "uid-of-kafka"


# -- what is seen


async def test_an_object_that_is_seen_is_worked_on(server: ApiServer, controller: Controller, worker: Worker) -> None:
    create(server)
    controller.observe(stored(server))

    async with at_work(controller):
        await worker.bell.until(lambda: worker.times_worked_on(UID) == 1)

    assert [resource.uid for resource in worker.views] == [UID]


async def test_an_old_view_and_one_that_says_nothing_new_are_no_work(
    server: ApiServer, controller: Controller, worker: Worker
) -> None:
    create(server)
    old = stored(server)
    create(server, generation=2)
    controller.observe(stored(server))
    controller.observe(stored(server))
    controller.observe(old)
    create(server, generation=2, labels={"only": "a label"})
    controller.observe(stored(server))

    assert [resource.generation for resource in worker.views] == [2]
    assert len(controller.queue) == 1


async def test_our_own_write_is_no_work(server: ApiServer, controller: Controller, worker: Worker) -> None:
    create(server)
    controller.observe(stored(server))
    async with at_work(controller):
        await worker.bell.until(lambda: worker.times_worked_on(UID) == 1)
        controller.update(create(server, finalizers=(OURS,)))
        controller.observe(stored(server))
        await settle()

    assert worker.times_worked_on(UID) == 1
    assert worker.views[-1].guarded


@pytest.mark.parametrize("change", [{"generation": 2}, {"deleting": True, "finalizers": (OURS,)}])
async def test_a_change_that_came_along_with_our_own_write_is_work(
    server: ApiServer, controller: Controller, worker: Worker, change: dict[str, Any]
) -> None:
    create(server)
    controller.observe(stored(server))
    async with at_work(controller):
        await worker.bell.until(lambda: worker.times_worked_on(UID) == 1)
        controller.update(Resource.read(server.put(path(), body(**change))))
        await worker.bell.until(lambda: worker.times_worked_on(UID) == 2)


async def test_the_answer_to_a_write_brings_no_object_back(
    server: ApiServer, controller: Controller, worker: Worker
) -> None:
    resource = create(server)
    controller.observe(stored(server))
    controller.forget(UID)

    controller.update(resource)

    assert controller.registry.get(UID) is None


async def test_an_object_that_is_gone_is_forgotten(server: ApiServer, controller: Controller, worker: Worker) -> None:
    create(server)
    controller.observe(stored(server))
    controller.forget(UID)
    controller.forget("unheard of")

    async with at_work(controller):
        await settle()

    assert worker.lost == [UID]
    assert worker.worked_on == []


async def test_a_controller_needs_a_kind(api: KubernetesApi) -> None:
    with pytest.raises(RuntimeError, match="no reconciler"):
        _ = Controller(api, ()).reconciler


# -- loading


async def test_all_objects_are_known_before_the_first_is_worked_on(
    server: ApiServer, controller: Controller, worker: Worker
) -> None:
    for number in range(600):
        create(server, f"kafka-{number}", namespace=f"namespace-{number % 3}")

    await controller.load()

    assert len(controller.registry) == len(controller.queue) == len(worker.views) == 600
    assert worker.worked_on == []


async def test_only_the_namespaces_that_are_watched_are_listed(
    server: ApiServer, api: KubernetesApi, worker: Worker
) -> None:
    for namespace in ("one", "two", "three"):
        create(server, namespace, namespace=namespace)
    controller = Controller(api, ("one", "three"))
    controller.reconciler = worker

    await controller.load()

    assert {resource.namespace for resource in controller.registry} == {"one", "three"}
    assert all("/namespaces/" in request.path for request in server.requests)


@pytest.mark.parametrize("status", [500, None])
async def test_loading_goes_on_until_it_works(
    server: ApiServer, controller: Controller, caplog: pytest.LogCaptureFixture, status: int | None
) -> None:
    create(server)
    server.fail("GET", status=status, times=2 if status is None else 1)

    await controller.load()

    assert len(controller.registry) == 1
    assert "could not be listed" in caplog.text


async def test_a_missing_definition_is_named_while_it_is_waited_for(
    server: ApiServer, controller: Controller, caplog: pytest.LogCaptureFixture
) -> None:
    server.fail("GET", status=404)

    await controller.load()

    assert "The CustomResourceDefinition streamsvpcpeerings.atlasstreams.io is not there" in caplog.text


# -- working


async def test_what_a_reconcile_says_of_later_is_kept(
    server: ApiServer, controller: Controller, worker: Worker
) -> None:
    create(server)
    controller.observe(stored(server))
    worker.outcome = lambda _: 0.01 if len(worker.worked_on) < 5 else None

    async with at_work(controller):
        await worker.bell.until(lambda: worker.times_worked_on(UID) == 5)
        await settle()

    assert worker.times_worked_on(UID) == 5


async def test_an_object_that_turns_out_to_be_gone_is_forgotten(
    server: ApiServer, controller: Controller, worker: Worker
) -> None:
    create(server)
    controller.observe(stored(server))
    worker.outcome = lambda _: ObjectGone("streams/kafka")

    async with at_work(controller):
        await worker.bell.until(lambda: worker.lost == [UID])

    assert len(controller.registry) == 0


async def test_a_cancellation_that_was_meant_for_something_else_costs_neither_the_work_nor_the_worker(
    server: ApiServer, controller: Controller, worker: Worker
) -> None:
    def cancelled(_: Resource) -> None:
        raise asyncio.CancelledError

    for number in range(CONCURRENCY):
        create(server, f"kafka-{number}")
    await controller.load()
    worker.outcome = cancelled
    async with at_work(controller):
        await worker.bell.until(lambda: len(worker.worked_on) >= 2 * CONCURRENCY)
        worker.outcome = lambda _: None
        await worker.bell.until(lambda: len(worker.worked_on) >= 3 * CONCURRENCY)
