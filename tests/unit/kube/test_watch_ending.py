"""Kopf's watches end together, however they end."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from atlas_streams_peering.api.crd import CustomResource
from atlas_streams_peering.kinds.resources import KINDS
from atlas_streams_peering.kube.session import Sessions
from atlas_streams_peering.kube.watch import build_registry, run_watches, watch
from atlas_streams_peering.scheduling.ending import end
from unit.kube.kinds_server import KindsServer
from unit.kube.test_watch import RecordingHandler
from unit.polling.waiting import PATIENCE

KOPFS_OWN = {"stop-flag waiter"}
"""Tasks of no consequence that Kopf leaves behind."""


class Watching:
    """The operator's watches, as a task."""

    def __init__(self, server: KindsServer) -> None:
        self.stopping, self._before = asyncio.Event(), asyncio.all_tasks()
        sessions = Sessions()
        registry = build_registry(sessions)
        for kind in KINDS:
            watch(registry, kind, {None: RecordingHandler()})
        self.task = asyncio.create_task(
            run_watches(registry, sessions, (), self.stopping, started=lambda: None), name="watches"
        )
        self._server = server

    async def begun(self) -> None:
        await self._server.signal.until(lambda: all(self._server.watches.values()))

    async def ended(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait([self.task])

    def left(self) -> dict[str, asyncio.Task[object]]:
        """Return the tasks that are there still, by name, but for the server's."""
        names = {task.get_name(): task for task in asyncio.all_tasks() - self._before}
        return {name: task for name, task in names.items() if name not in KOPFS_OWN and not name.startswith("Task-")}


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[KindsServer]:
    async with KindsServer() as server:
        monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(tmp_path)))
        yield server


@pytest.fixture
async def watching(server: KindsServer) -> AsyncIterator[Watching]:
    watching = Watching(server)
    await watching.begun()
    yield watching
    await end(watching.task)
    await end(*watching.left().values())


@pytest.mark.parametrize("gone", KINDS, ids=lambda kind: kind.plural)
async def test_when_a_kind_is_gone_the_watches_of_the_others_end_too(
    server: KindsServer, watching: Watching, gone: CustomResource
) -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

    server.remove(gone)
    await watching.ended()

    assert getattr(watching.task.exception(), "status", None) == 404
    assert not watching.left()
    assert complaints == []


async def test_told_to_stop_the_watches_end(watching: Watching) -> None:
    watching.stopping.set()
    await watching.ended()

    assert watching.task.exception() is None
    assert not watching.left()


async def test_cancelled_the_watches_end(watching: Watching) -> None:
    watching.task.cancel()
    await watching.ended()

    assert watching.task.cancelled()
    assert not watching.left()
