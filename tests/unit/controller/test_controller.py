"""Objects are seen, queued, worked on and tried again, whatever fails on the way."""

import asyncio

import pytest

from atlas_streams_peering.api.group import RECONCILE_REQUESTED_AT
from atlas_streams_peering.controller.controller import CONCURRENCY
from atlas_streams_peering.kube.api import KubernetesApi
from atlas_streams_peering.kube.objects import KubernetesObject
from atlas_streams_peering.kube.writer import ObjectGone
from unit.controller.api_server import ApiServer
from unit.controller.harness import ControllerHarness, Worker, at_work, new_harness
from unit.controller.objects import OURS, create, stored
from unit.polling.waiting import settle

UID = "uid-of-kafka"


# -- what is seen


async def test_an_object_that_is_seen_is_worked_on(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    create(server)
    harness.resync.observe(stored(server))

    async with at_work(harness):
        await worker.signal.until(lambda: worker.times_worked_on(UID) == 1)

    assert harness.names == {"kafka"}


async def test_an_old_view_and_one_that_says_nothing_new_are_no_work(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    create(server)
    old = stored(server)
    create(server, generation=2)
    harness.resync.observe(stored(server))
    harness.resync.observe(stored(server))
    harness.resync.observe(old)
    create(server, generation=2, labels={"only": "a label"})
    harness.resync.observe(stored(server))

    assert [obj.generation for obj in harness] == [2]
    assert len(harness.controller.queue) == 1


async def test_our_own_write_is_no_work(server: ApiServer, harness: ControllerHarness, worker: Worker) -> None:
    create(server)
    harness.resync.observe(stored(server))
    async with at_work(harness):
        await worker.signal.until(lambda: worker.times_worked_on(UID) == 1)
        [entry] = harness.store
        harness.controller.written(entry, create(server, finalizers=(OURS,)))
        harness.resync.observe(stored(server))
        await settle()

    assert worker.times_worked_on(UID) == 1
    assert [obj.has_finalizer for obj in harness] == [True]


async def test_the_answer_to_a_write_brings_no_object_back(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    obj = create(server)
    harness.resync.observe(stored(server))
    [entry] = harness.store
    harness.resync.forget(UID)

    harness.controller.written(entry, obj)

    assert harness.store.get(UID) is None


async def test_an_object_that_only_others_hold_is_let_alone(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    create(server, finalizers=("example.com/theirs",), deleting=True)
    harness.resync.observe(stored(server))

    async with at_work(harness):
        await settle()

    assert worker.worked_on == []


async def test_an_object_that_is_gone_is_forgotten(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    create(server)
    harness.resync.observe(stored(server))
    harness.resync.forget(UID)
    harness.resync.forget("unheard of")

    async with at_work(harness):
        await settle()

    assert harness.names == set()
    assert worker.worked_on == []


# -- loading


async def test_all_objects_are_known_before_the_first_is_worked_on(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    for number in range(600):
        create(server, f"kafka-{number}", namespace=f"namespace-{number % 3}")

    await harness.resync.load()

    assert len(harness.store) == len(harness.controller.queue) == 600
    assert worker.worked_on == []


async def test_only_the_namespace_that_is_watched_is_listed(
    server: ApiServer, api: KubernetesApi, worker: Worker
) -> None:
    for namespace in ("one", "two"):
        create(server, namespace, namespace=namespace)
    harness = new_harness(api, worker, namespace="one")

    await harness.resync.load()

    assert {resource.namespace for resource in harness} == {"one"}
    assert all("/namespaces/" in request.path for request in server.requests)


@pytest.mark.parametrize("status", [500, None])
async def test_loading_goes_on_until_it_works(
    server: ApiServer, harness: ControllerHarness, caplog: pytest.LogCaptureFixture, status: int | None
) -> None:
    create(server)
    server.fail("GET", status=status, times=2 if status is None else 1)

    await harness.resync.load()

    assert len(harness.store) == 1
    assert "could not be listed" in caplog.text


async def test_a_missing_definition_is_named_while_it_is_waited_for(
    server: ApiServer, harness: ControllerHarness, caplog: pytest.LogCaptureFixture
) -> None:
    server.fail("GET", status=404)

    await harness.resync.load()

    assert "The CustomResourceDefinition streamsvpcpeerings.atlasstreams.io does not exist" in caplog.text


# -- working


async def test_what_a_reconcile_says_of_later_is_kept(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    create(server)
    harness.resync.observe(stored(server))
    worker.outcome = lambda _: 0.01 if len(worker.worked_on) < 5 else None

    async with at_work(harness):
        await worker.signal.until(lambda: worker.times_worked_on(UID) == 5)
        await settle()

    assert worker.times_worked_on(UID) == 5


async def test_an_object_that_turns_out_to_be_gone_is_forgotten(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    create(server)
    harness.resync.observe(stored(server))
    worker.outcome = lambda _: ObjectGone("streams/kafka")

    async with at_work(harness):
        await worker.signal.until(lambda: bool(worker.worked_on))
        await settle()

    assert len(harness.store) == 0


async def test_a_cancellation_that_was_meant_for_something_else_costs_neither_the_work_nor_the_worker(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    def cancelled(_: KubernetesObject) -> None:
        raise asyncio.CancelledError

    finished: set[str] = set()
    for number in range(CONCURRENCY):
        create(server, f"kafka-{number}")
    await harness.resync.load()
    worker.outcome = cancelled
    async with at_work(harness):
        await worker.signal.until(lambda: len(worker.worked_on) >= 2 * CONCURRENCY)
        worker.outcome = lambda obj: finished.add(obj.uid)
        await worker.signal.until(lambda: len(finished) == CONCURRENCY)


async def test_what_somebody_wants_and_has_no_answer_goes_before_news_of_what_is_under_way(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    for name in ("answered", "new", "requested"):
        create(server, name)
        if name != "new":
            stored(server, name)["status"]["observedGeneration"] = 1
    stored(server, "requested")["metadata"]["annotations"] = {RECONCILE_REQUESTED_AT: "now"}
    await harness.resync.load()

    async with at_work(harness):
        await worker.signal.until(lambda: len(worker.worked_on) == 3)

    assert [obj.name for obj in worker.worked_on] == ["new", "requested", "answered"]
