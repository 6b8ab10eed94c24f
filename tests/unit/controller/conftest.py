from collections.abc import AsyncIterator

import pytest

from atlas_streams_peering.controller.controller import Controller
from atlas_streams_peering.kube.api import KubernetesApi
from unit.atlas.conftest import atlas, simulator
from unit.controller.api_server import ApiServer
from unit.controller.worker import Worker

__all__ = ["atlas", "simulator"]


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as server:
        yield server


@pytest.fixture
async def api(server: ApiServer) -> AsyncIterator[KubernetesApi]:
    api = server.api()
    yield api
    await api.close()


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def controller(api: KubernetesApi, worker: Worker) -> Controller:
    controller = Controller(api, ())
    controller.reconciler = worker
    return controller
