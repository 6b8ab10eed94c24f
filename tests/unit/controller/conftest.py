from collections.abc import AsyncIterator

import pytest

from atlas_streams_peering.kube.api import KubernetesApi
from unit.controller.api_server import ApiServer
from unit.controller.harness import ControllerHarness, Worker, new_harness


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
def harness(api: KubernetesApi, worker: Worker) -> ControllerHarness:
    """A controller whose turns do as the worker says."""
    return new_harness(api, worker)
