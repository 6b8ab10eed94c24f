"""What no watch has shown, a comparison with the API server's own list finds."""

import asyncio

import pytest

from atlas_streams_peering.controller.resync import Resync, ResyncPolicy, WentBack
from atlas_streams_peering.kube.api import KubernetesApi, KubernetesError
from unit.controller.api_server import ApiServer
from unit.controller.harness import ControllerHarness, Worker, at_work, new_harness
from unit.controller.objects import OURS, create, path, stored

UID = "uid-of-kafka"


async def test_a_deletion_that_no_watch_has_shown_is_found(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    create(server)
    create(server, "stays")
    await harness.resync.load()
    server.remove(path())

    await harness.resync.compare()

    assert UID not in {obj.uid for obj in harness}
    assert harness.names == {"stays"}


async def test_a_namesake_takes_the_place_of_an_object_that_went_unseen(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    create(server)
    await harness.resync.load()
    create(server, uid="another")

    await harness.resync.compare()

    assert UID not in {obj.uid for obj in harness}
    assert [resource.uid for resource in harness] == ["another"]


async def test_an_object_and_a_change_that_no_watch_has_shown_are_found(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    create(server)
    await harness.resync.load()
    create(server, generation=7)
    create(server, "missed")

    await harness.resync.compare()

    assert {(resource.name, resource.generation) for resource in harness} == {("kafka", 7), ("missed", 1)}


async def test_what_is_known_is_not_read_again(server: ApiServer, harness: ControllerHarness, worker: Worker) -> None:
    for number in range(20):
        create(server, f"kafka-{number}")
    await harness.resync.load()
    server.requests.clear()

    await harness.resync.compare()

    [request] = server.requests
    assert "PartialObjectMetadataList" in request.headers["Accept"]


async def test_versions_need_not_be_numbers(server: ApiServer, harness: ControllerHarness, worker: Worker) -> None:
    create(server)
    stored(server)["metadata"]["resourceVersion"] = "opaque"
    await harness.resync.load()

    await harness.resync.compare()

    assert len(harness.store) == 1


async def test_an_object_that_goes_during_the_comparison_is_no_failure(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    create(server)
    server.fail("GET", path("kafka"), status=404)

    await harness.resync.compare()

    assert len(harness.store) == 0


@pytest.mark.parametrize("failing", ["streamsvpcpeerings$", "streamsvpcpeerings/missed$"])
async def test_a_comparison_that_fails_forgets_nobody(
    server: ApiServer, harness: ControllerHarness, worker: Worker, failing: str
) -> None:
    create(server)
    await harness.resync.load()
    server.remove(path())
    create(server, "missed")
    server.fail("GET", failing)

    with pytest.raises(KubernetesError):
        await harness.resync.compare()

    assert harness.store.get(UID) is not None


async def test_soon_after_the_watch_has_begun_anew_with_a_list_there_is_one_comparison(
    server: ApiServer, api: KubernetesApi, worker: Worker
) -> None:
    harness = new_harness(api, worker, policy=ResyncPolicy(after_list=0.05))
    create(server)
    await harness.resync.load()
    server.remove(path())
    async with at_work(harness):
        server.requests.clear()
        for _ in range(5):
            harness.resync.listed()
            await asyncio.sleep(0)
        async with asyncio.timeout(60):
            while harness.names:  # noqa: ASYNC110  # nothing rings when an object is forgotten
                await asyncio.sleep(0.01)

    assert len(server.made("GET")) == 1


async def test_a_comparison_that_has_found_something_is_followed_by_another_soon(
    server: ApiServer, api: KubernetesApi, worker: Worker
) -> None:
    missed: list[bool] = []
    times = ResyncPolicy(after_list=0, suspect=0.01, grace_period=0)
    harness = new_harness(api, worker, policy=times, missed=lambda: missed.append(True))
    create(server)
    await harness.resync.load()
    harness.resync.began()

    async with at_work(harness):
        harness.resync.listed()
        await server.signal.until(lambda: harness.resync.dead_watch is not None)
        harness.resync.observe(server.objects[path()])
        assert harness.resync.dead_watch is None

    assert missed == [True]


# -- several namespaces


def refuse(server: ApiServer, namespace: str) -> None:
    """Let the API server refuse all that is asked of a namespace."""
    server.fail("GET", f"/namespaces/{namespace}/", status=403, message="streamsvpcpeerings is forbidden", times=1000)


def other_namespace(harness: ControllerHarness, api: KubernetesApi, namespace: str) -> Resync:
    """Return the resync of another namespace, beside the harness's own."""
    return Resync(harness.resync.kind, api, harness.store, harness.controller, namespace)


async def test_a_namespace_that_may_not_be_listed_keeps_no_other_from_being_served(
    server: ApiServer, api: KubernetesApi, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    harness = new_harness(api, worker, namespace="here")
    gone = other_namespace(harness, api, "gone")
    create(server, "served", namespace="here")
    refuse(server, "gone")

    for _ in range(3):
        for resync in (gone, harness.resync):
            await resync.load()
            await resync.compare()

    assert harness.names == {"served"}
    assert harness.store.namespaces.readable == {"gone": False, "here": True}
    [line] = [line for line in caplog.messages if "The operator cannot list namespace gone:" in line]
    assert "streamsvpcpeerings is forbidden" in line


async def test_a_namespace_that_comes_back_is_served_and_wakes_the_objects_of_the_others(
    server: ApiServer, api: KubernetesApi, worker: Worker
) -> None:
    harness = new_harness(api, worker, namespace="here")
    gone = other_namespace(harness, api, "gone")
    known = create(server, "served", namespace="here")
    create(server, "back", namespace="gone")
    refuse(server, "gone")
    for resync in (gone, harness.resync):
        await resync.load()
    async with at_work(harness):
        await worker.signal.until(lambda: worker.times_worked_on(known.uid) == 1)
        server.recover()

        await gone.compare()

        await worker.signal.until(lambda: worker.times_worked_on(known.uid) == 2)
    assert harness.names == {"served", "back"}
    assert harness.store.namespaces.readable == {"gone": True, "here": True}


async def test_a_namespace_that_may_not_be_listed_any_more_is_not_forgotten(
    server: ApiServer, api: KubernetesApi, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    """What its objects hold, others may still not take."""
    harness = new_harness(api, worker, namespace="gone")
    create(server, "held", namespace="gone", finalizers=(OURS,))
    await harness.resync.load()
    refuse(server, "gone")

    await harness.resync.compare()

    assert "Until then, nothing changes outside the cluster for these objects: 1" in caplog.text
    assert harness.names == {"held"}
    assert harness.store.namespaces.unlisted("StreamsVpcPeering") == ()
    assert harness.store.namespaces.readable == {"gone": False}


async def test_a_comparison_concerns_the_objects_of_its_namespace_only(
    server: ApiServer, api: KubernetesApi, worker: Worker
) -> None:
    harness = new_harness(api, worker, namespace="here")
    create(server, "served", namespace="here")
    create(server, "other", namespace="there")
    for resync in (harness.resync, other_namespace(harness, api, "there")):
        await resync.load()

    await harness.resync.compare()

    assert harness.names == {"served", "other"}


async def test_without_namespaces_a_refused_list_is_tried_until_it_works(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    create(server)
    server.fail("GET", status=403)

    await harness.resync.load()

    assert harness.names == {"kafka"}
    assert harness.store.namespaces.readable == {}


# -- a watch that has not begun


async def test_a_watch_that_has_not_begun_is_named_unless_the_namespace_is_refused(
    server: ApiServer, api: KubernetesApi, worker: Worker
) -> None:
    harness = new_harness(api, worker, namespace="here")
    gone = other_namespace(harness, api, "gone")
    refuse(server, "gone")
    for resync in (gone, harness.resync):
        await resync.load()

    assert harness.resync.not_begun == "the watch of streamsvpcpeerings in namespace here has not begun"
    assert gone.not_begun is None
    harness.resync.began()
    assert harness.resync.not_begun is None


async def test_until_the_watch_has_begun_it_is_compared_often(
    server: ApiServer, api: KubernetesApi, worker: Worker
) -> None:
    """Nobody else would learn of a new object."""
    harness = new_harness(api, worker, policy=ResyncPolicy(every=3600.0, suspect=0.01))
    await harness.resync.load()
    async with at_work(harness):
        create(server)

        await worker.signal.until(lambda: bool(worker.worked_on))


# -- an API server that has gone back


async def test_a_list_older_than_what_was_known_ends_the_resync(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    """A backup was restored: each change would be taken for an old view, and be ignored."""
    create(server)
    await harness.resync.load()
    server.version -= 1

    with pytest.raises(WentBack, match=r"gone back to an earlier state.*a list of streamsvpcpeerings"):
        await harness.resync.compare()


async def test_a_list_older_than_the_one_before_ends_the_resync(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    server.version = 2000
    await harness.resync.compare()
    server.version = 1999

    with pytest.raises(WentBack):
        await harness.resync.compare()


async def test_an_object_older_than_it_was_known_ends_the_resync(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    """New versions may have overtaken those from before the backup."""
    create(server)
    await harness.resync.load()
    server.version = 5000
    stored(server)["metadata"]["resourceVersion"] = "999"

    with pytest.raises(WentBack, match="streams/kafka"):
        await harness.resync.compare()


async def test_a_change_that_the_watch_shows_while_a_list_is_read_is_no_step_back(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    listed = create(server)
    await harness.resync.load()

    def change() -> None:
        newer = {**stored(server), "metadata": {**stored(server)["metadata"], "resourceVersion": "4000"}}
        harness.resync.observe(newer)

    server.before("GET", "streamsvpcpeerings$", change)

    await harness.resync.compare()

    assert [obj.resource_version for obj in harness] == [4000]
    assert listed.resource_version < 4000


async def test_a_resync_that_finds_itself_in_the_past_ends(
    server: ApiServer, api: KubernetesApi, worker: Worker
) -> None:
    harness = new_harness(api, worker, policy=ResyncPolicy(suspect=0.01))
    create(server)
    await harness.resync.load()
    server.version -= 1

    async with asyncio.timeout(60):
        with pytest.raises(WentBack):
            await harness.resync.run()


async def test_the_watch_repeats_what_is_known_as_it_is_or_newer(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    create(server)
    await harness.resync.load()
    body = stored(server)
    version = int(body["metadata"]["resourceVersion"])

    def shown_at(version: object) -> bool:
        return harness.resync.repeats({**body, "metadata": {**body["metadata"], "resourceVersion": str(version)}})

    assert shown_at(version)
    assert shown_at(version - 1)
    assert not shown_at(version + 1)
    assert not shown_at("opaque")
    assert not harness.resync.repeats({**body, "metadata": {**body["metadata"], "uid": "another"}})


async def test_a_watch_that_only_repeats_what_is_known_is_not_dead(
    server: ApiServer, harness: ControllerHarness, worker: Worker
) -> None:
    create(server)
    await harness.resync.load()

    assert harness.resync.repeats(stored(server))
    for _ in range(3):
        await harness.resync.compare()

    assert not harness.resync._record.suspect
