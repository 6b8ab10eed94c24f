"""The whole reconcile path, where Atlas takes its time."""

import asyncio
import base64
from collections.abc import AsyncIterator

import pytest

from atlas_simulator import Simulator
from atlas_streams_peering.atlas.client import Atlas
from atlas_streams_peering.controller.actions import CHANGES_AT_ONCE
from atlas_streams_peering.controller.controller import Controller
from atlas_streams_peering.controller.events import EventRecorder
from atlas_streams_peering.controller.retry import Intervals
from atlas_streams_peering.controller.secrets import CredentialStore, DefaultCredentials
from atlas_streams_peering.kinds.streams_vpc_peering.reconciler import PeeringReconciler
from atlas_streams_peering.kube.api import KubernetesApi
from simulator.caller import ACCOUNT, request
from unit.atlas.world import KEY
from unit.controller.api_server import ApiServer
from unit.controller.objects import NAMESPACE, OURS, body, create, path, stored
from unit.controller.worker import at_work
from unit.polling.bell import settle

INTERVALS = Intervals(pending=0.1, steady=3600)
SLOW = 0.4
"""Seconds that Atlas takes for a list."""


@pytest.fixture
async def controller(api: KubernetesApi, atlas: Atlas) -> AsyncIterator[Controller]:
    controller = Controller(api, ())
    reconciler = controller.reconciler = PeeringReconciler(
        api=api,
        atlas=atlas,
        store=CredentialStore(api, DefaultCredentials(), max_age=0.05),
        controller=controller,
        events=EventRecorder(api),
        intervals=INTERVALS,
    )
    yield controller
    await reconciler.looks.close()


@pytest.fixture
def secret(server: ApiServer) -> None:
    values = {"publicApiKey": KEY.public_key, "privateApiKey": KEY.private_key}
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    server.put(f"/api/v1/namespaces/{NAMESPACE}/secrets/atlas-api", {"data": data})


@pytest.mark.usefixtures("secret")
async def test_lists_that_take_longer_than_the_interval_hold_up_nothing(
    server: ApiServer, simulator: Simulator, controller: Controller
) -> None:
    simulator.thaw()
    simulator.configure({"delays": {"recorded": 0, "requested": 0, "provisioning": 0}})
    simulator.fault("latency", "list", seconds=SLOW, times=None)
    name = request(simulator)
    create(server)
    await controller.load()

    async with at_work(controller), asyncio.timeout(60):
        await server.bell.until(lambda: stored(server)["status"].get("cloudStatus") == "active")

    assert stored(server)["status"]["connectionName"] == name
    assert len(simulator.calls("accept")) == 1


@pytest.mark.usefixtures("secret")
async def test_only_changes_that_are_made_cost_a_read_of_their_object(
    server: ApiServer, simulator: Simulator, controller: Controller
) -> None:
    simulator.fault("hang", "accept", times=None)
    for number in range(3 * CHANGES_AT_ONCE):
        vpc = f"vpc-{number:017x}"
        request(simulator, vpc)
        waiting = body(finalizers=(OURS,))
        waiting["spec"]["requester"] = {"accountId": ACCOUNT, "vpcId": vpc}
        server.put(path(f"kafka-{number}"), waiting)
    await controller.load()

    async with at_work(controller), asyncio.timeout(60):
        await simulator.wait_for_call("accept", count=CHANGES_AT_ONCE)
        while len(controller.queue) > CHANGES_AT_ONCE:
            await settle()

        assert len(server.made("GET", path("kafka-"))) == CHANGES_AT_ONCE
