"""What the probes say, and that no part of the operator ends unnoticed."""

import asyncio
import contextlib
import http.client
import signal
from collections.abc import AsyncIterator

import pytest

from atlas_simulator import SimulatorThread
from atlas_streams_peering.kube.api import KubernetesApi
from atlas_streams_peering.runtime import EndedError, Operator
from atlas_streams_peering.settings import Settings
from cluster.atlas import asked, request
from cluster.conftest import StartOperator
from cluster.fault_proxy import FaultProxy
from cluster.lists import wait_for_lists
from cluster.namespace import Namespace, peering, vpc
from cluster.operator_process import OperatorProcess
from cluster.waiting import stays, wait_until

GOOD = (200, "ok\n")


def well(operator: OperatorProcess) -> bool:
    return operator.probe("/healthz") == operator.probe("/readyz") == GOOD


@pytest.fixture(scope="module")
def operator(namespace: Namespace, start_operator: StartOperator, proxy: FaultProxy) -> OperatorProcess:
    return start_operator(namespace, kubeconfig=proxy.kubeconfig)


# -- what is no reason to be started anew, nor to be taken out of service


def test_an_api_server_that_is_away_makes_it_neither_unhealthy_nor_unready(
    namespace: Namespace, operator: OperatorProcess, proxy: FaultProxy
) -> None:
    namespace.apply(peering("orders", vpc=vpc(1)))
    namespace.wait_for_reason("orders", "WaitingForRequest")
    with proxy.away():
        before = len(proxy.requests)
        stays(lambda: well(operator), "the probes are good", seconds=3)
        wait_until(lambda: len(proxy.requests) > before, "it has tried in vain")
        assert well(operator)


def test_an_atlas_that_is_away_makes_it_neither_unhealthy_nor_unready(
    namespace: Namespace, operator: OperatorProcess, simulator: SimulatorThread
) -> None:
    simulator.go_down()
    try:
        namespace.request_reconcile("orders", "while Atlas is away")
        namespace.wait_for_reason("orders", "AtlasUnavailable", kind="Synced")
        assert well(operator)
    finally:
        simulator.come_up()
    wait_for_lists(simulator)


# -- what is


def test_a_process_that_is_stuck_gives_no_answer(operator: OperatorProcess) -> None:
    assert operator.process is not None
    operator.process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(TimeoutError):
            operator.probe("/healthz", timeout=1)
    finally:
        operator.process.send_signal(signal.SIGCONT)
    wait_until(lambda: well(operator), "it is well again")


def test_one_that_is_told_to_stop_is_alive_and_not_ready_and_told_again_ends_in_order(
    namespace: Namespace, start_operator: StartOperator, operator: OperatorProcess, simulator: SimulatorThread
) -> None:
    assert operator.process is not None
    connection = request(simulator, 2)
    simulator.fault("latency", "accept", connection=connection, seconds=3)
    namespace.apply(peering("payments", vpc=vpc(2)))
    simulator.wait_for_call("accept", connection=connection)

    operator.process.send_signal(signal.SIGTERM)
    wait_until(lambda: operator.probe("/readyz") == (503, "the operator is stopping\n"), "it is not ready")
    assert operator.probe("/healthz") == GOOD
    operator.process.send_signal(signal.SIGTERM)

    assert operator.wait() == 0
    assert asked(simulator, connection) == ["accept"]
    assert namespace.status("payments")["lastAction"]["type"] == "Accept"
    assert "Traceback" not in operator.output()


def test_one_that_is_told_to_stop_before_the_objects_are_listed_ends_in_order(
    namespace: Namespace, start_operator: StartOperator, proxy: FaultProxy
) -> None:
    with proxy.fault(503, "GET") as fault:
        operator = start_operator(namespace, kubeconfig=proxy.kubeconfig, wait=False)
        wait_until(lambda: fault.hits, "it has begun to list")
        assert operator.stop() == 0
    assert "Traceback" not in operator.output()


def test_somebody_who_keeps_a_connection_open_does_not_hold_up_the_end(
    namespace: Namespace, start_operator: StartOperator
) -> None:
    """As Prometheus does."""

    operator = start_operator(namespace)
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", operator.metrics_port)) as scraper:
        scraper.request("GET", "/metrics")
        assert scraper.getresponse().read()
        assert operator.stop() == 0


# -- no part ends unnoticed


@pytest.fixture
async def running(
    api: KubernetesApi, namespace: Namespace, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[asyncio.Task[None]]:
    """An operator in this process."""
    monkeypatch.setenv("KUBECONFIG", str(proxy.kubeconfig))
    operator = Operator(Settings(watch_namespaces=(namespace.name,)), api)
    watches = proxy.count(watch=True)
    running = asyncio.create_task(operator.run())
    await asyncio.to_thread(wait_until, lambda: proxy.count(watch=True) > watches, "it watches")
    yield running
    operator.stop()
    await asyncio.wait([running])


@pytest.mark.parametrize("part", ["watch", "controller", "events", "leader election"])
async def test_a_part_that_ends_by_itself_ends_the_operator(running: asyncio.Task[None], part: str) -> None:
    (task,) = (task for task in asyncio.all_tasks() if task.get_name() == part)

    task.cancel()

    async with asyncio.timeout(60):
        with pytest.raises(EndedError, match=f"ended unexpectedly: {part}"):
            await running
