"""The operator ends in order and in bounded time, whatever its watch does."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration

from atlas_streams_peering import runtime
from atlas_streams_peering.controller.store import Entry
from atlas_streams_peering.kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from atlas_streams_peering.kube.api import KubernetesApi, KubernetesError
from atlas_streams_peering.kube.objects import KubernetesObject
from atlas_streams_peering.runtime import EndedError, Operator
from atlas_streams_peering.scheduling.ending import end_what_is_left
from atlas_streams_peering.settings import Settings
from unit.clock import VIRTUAL_TIME
from unit.polling.waiting import Signal

pytestmark = VIRTUAL_TIME

LONGEST = 25.0
"""Seconds within which it ends; Kubernetes gives a pod 30."""

KAFKA = {
    "metadata": {"name": "kafka", "namespace": "streams", "uid": "uid-1", "resourceVersion": "1", "generation": 1},
    "spec": {},
}


class Cluster(KubernetesApi):
    """An API server whose lists are empty, without a network."""

    def __init__(self) -> None:
        super().__init__(ApiClient(Configuration()))
        self.gone = ""
        """Plural of a kind that is not there any more."""
        self.given_back: list[float] = []
        """When a Lease was given back."""
        self._lease: dict[str, Any] | None = None

    async def request(self, method: str, path: str, *, body: Any = None, **_: Any) -> dict[str, Any]:
        if "/leases" in path:
            return self._lease_request(body)
        if self.gone and path.endswith(self.gone):
            raise KubernetesError(404, "NotFound", "the server could not find the requested resource")
        return {"items": []}

    def _lease_request(self, written: Any) -> dict[str, Any]:
        if written is not None:
            self._lease = {**written, "metadata": {"resourceVersion": "1"}}
            if not written["spec"]["holderIdentity"]:
                self.given_back.append(now())
        if self._lease is None:
            raise KubernetesError(404, "NotFound", "there is no Lease")
        return self._lease


class NotFound(Exception):  # noqa: N818  # as the watch raises it
    status = 404


class World:
    """An operator with an object in hand, and a watch that does what the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, elects: bool = False) -> None:
        self.signal, self.cluster = Signal(), Cluster()
        self.ending_since: list[float] = []
        self.operator = Operator(
            Settings(leader_elect=elects), self.cluster, ending=lambda: self.ending_since.append(now())
        )
        self.operator._controller.turns = self
        self.turn_takes, self.turns_begun, self.turns_done = 8.0, 0, 0
        self.watch_is_deaf = self.kind_is_gone = False
        monkeypatch.setattr(runtime, "run_watches", self._watch)
        self.running = asyncio.create_task(self.operator.run())

    async def reconcile(self, _: Entry) -> None:
        self.turns_begun += 1
        self.signal.send()
        await asyncio.sleep(self.turn_takes)
        self.turns_done += 1

    async def _watch(self, *arguments: Any, started: object) -> None:
        *_, stopping = arguments
        while True:
            try:
                await self._until(stopping)
            except asyncio.CancelledError:
                if not self.watch_is_deaf:
                    raise
            else:
                return

    async def _until(self, stopping: asyncio.Event) -> None:
        while self.watch_is_deaf or not stopping.is_set():
            await asyncio.sleep(0.5)
            if self.kind_is_gone:
                raise NotFound

    async def begin_a_turn(self) -> None:
        self.operator._controller.take_in(self.operator._kinds[0], KubernetesObject.read(KAFKA))
        await self.signal.until(lambda: self.turns_begun == 1)

    async def seconds_to_end(self) -> float:
        before = now()
        await asyncio.wait([self.running])
        return now() - before

    async def close(self) -> None:
        self.watch_is_deaf = False
        await end_what_is_left()
        await self.cluster.close()


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    world = World(monkeypatch)
    yield world
    await world.close()


async def test_told_to_stop_it_lets_what_is_in_hand_come_to_its_end(world: World) -> None:
    await world.begin_a_turn()

    world.operator.stop()

    assert await world.seconds_to_end() == world.turn_takes
    assert world.running.exception() is None
    assert world.turns_done == 1


async def test_told_to_stop_it_does_not_wait_for_a_watch_that_does_not_end(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.watch_is_deaf = True
    await world.begin_a_turn()

    world.operator.stop()

    assert await world.seconds_to_end() < LONGEST
    assert world.running.exception() is None
    assert world.turns_done == 1
    assert [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING] == [
        "Still running 3 s after the cancellation: watch"
    ]


@pytest.fixture
async def leader(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    leader = World(monkeypatch, elects=True)
    yield leader
    await leader.close()


async def test_told_to_stop_it_gives_its_lease_back_before_it_waits_for_its_watch(leader: World) -> None:
    leader.watch_is_deaf, leader.turn_takes = True, 0.5
    await leader.begin_a_turn()
    before = now()

    leader.operator.stop()
    await leader.seconds_to_end()

    (given_back,) = leader.cluster.given_back
    assert given_back == before + leader.turn_takes


async def test_told_to_stop_while_something_hangs_it_ends_all_the_same(world: World) -> None:
    world.watch_is_deaf, world.turn_takes = True, 3600
    await world.begin_a_turn()

    world.operator.stop()

    assert await world.seconds_to_end() < LONGEST
    assert world.running.exception() is None


async def test_told_twice_to_stop_it_ends_as_if_told_once(world: World) -> None:
    await world.begin_a_turn()

    world.operator.stop()
    await asyncio.sleep(1)
    world.operator.stop()

    assert await world.seconds_to_end() == world.turn_takes - 1
    assert world.running.exception() is None
    assert world.turns_done == 1


async def test_when_a_kind_is_gone_what_is_in_hand_comes_to_its_end_too(world: World) -> None:
    await world.begin_a_turn()
    world.cluster.gone = STREAMS_VPC_PEERING.plural

    world.kind_is_gone = True

    assert await world.seconds_to_end() == world.turn_takes
    assert world.turns_done == 1
    with pytest.raises(EndedError, match=STREAMS_VPC_PEERING.crd_name):
        await world.running


async def test_it_says_so_as_soon_as_it_begins_to_end(world: World) -> None:
    await world.begin_a_turn()
    assert world.ending_since == []

    world.kind_is_gone = True
    before = now()
    await world.seconds_to_end()

    assert isinstance(world.running.exception(), EndedError)
    (since,) = world.ending_since
    assert since - before <= 0.5
