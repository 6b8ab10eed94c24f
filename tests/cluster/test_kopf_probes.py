"""Probes answer at once, whatever the state of things: Kopf's own would wait a minute before it says no."""

from aiohttp import ClientSession, ClientTimeout
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration

from atlas_streams_peering.health import health_app, serve
from atlas_streams_peering.kube.api import KubernetesApi
from atlas_streams_peering.kube.objects import KubernetesObject
from atlas_streams_peering.runtime import Operator
from atlas_streams_peering.settings import Settings
from cluster.conftest import StartOperator
from cluster.fault_proxy import FaultProxy
from cluster.namespace import Namespace, peering
from cluster.operator_process import OperatorProcess, free_port
from cluster.waiting import wait_until

SEEN = {"namespace": "streams", "name": "orders", "uid": "uid-of-orders", "resourceVersion": "7"}
AT_ONCE = 10.0
"""Seconds that whoever asks waits for an answer."""


def serving(operator: OperatorProcess) -> bool:
    try:
        return bool(operator.probe("/healthz", timeout=AT_ONCE))
    except OSError:
        return False


def test_until_the_objects_are_listed_it_is_alive_but_not_ready(
    namespace: Namespace, start_operator: StartOperator, proxy: FaultProxy
) -> None:
    with proxy.fault(503, "GET"):
        operator = start_operator(namespace, kubeconfig=proxy.kubeconfig, wait=False)
        wait_until(lambda: serving(operator), "the probes are served")
        assert operator.probe("/healthz", timeout=AT_ONCE) == (200, "ok\n")
        assert operator.probe("/readyz", timeout=AT_ONCE) == (503, "the objects are not listed yet\n")

    wait_until(lambda: operator.probe("/readyz", timeout=AT_ONCE) == (200, "ok\n"), "it is ready")


async def test_where_work_waits_and_nothing_is_finished_the_probe_fails_at_once() -> None:
    api = KubernetesApi(ApiClient(Configuration()))
    operator, port = Operator(Settings(), api), free_port()
    operator._controller.queue.open()
    operator._controller.take_in(operator._kinds[0], KubernetesObject.read({**peering("orders"), "metadata": SEEN}))
    operator._controller.queue._progress_at -= 600
    runner = await serve(health_app(healthy=operator.unhealthy, ready=operator.unready), port)
    try:
        async with (
            ClientSession(timeout=ClientTimeout(AT_ONCE)) as session,
            session.get(f"http://127.0.0.1:{port}/healthz") as answer,
        ):
            assert answer.status == 503
            assert "work is waiting, but nothing was finished for 600 s" in await answer.text()
    finally:
        await runner.cleanup()
        await api.close()
