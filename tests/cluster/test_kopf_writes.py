"""Kopf's own ways with writes, which the operator is to be free of: writes that end all work, and writes of nothing."""

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.conftest import StartOperator
from cluster.fault_proxy import Fault, FaultProxy
from cluster.lists import wait_for_lists
from cluster.namespace import Namespace, peering, vpc
from cluster.operator_process import OperatorProcess
from cluster.waiting import wait_until

KOPF_GIVES_UP_AFTER = 9
"""Attempts that Kopf makes by default at a request answered 5xx; at one answered 422 it makes one."""


@pytest.fixture(scope="module", autouse=True)
def operator(namespace: Namespace, start_operator: StartOperator, proxy: FaultProxy) -> OperatorProcess:
    return start_operator(namespace, kubeconfig=proxy.kubeconfig)


def wait_for_more(fault: Fault, attempts: int) -> None:
    wait_until(lambda: fault.hits > attempts, "the status is tried to be written once more")


@pytest.mark.parametrize("status", [422, 500])
def test_however_often_the_status_cannot_be_written_the_next_change_is_acted_on(
    namespace: Namespace, simulator: SimulatorThread, proxy: FaultProxy, status: int
) -> None:
    name, number = f"answered-{status}", status
    namespace.apply(peering(name, vpc=vpc(number)))
    with proxy.fault(status, "PUT", f"/{name}/status$") as fault:
        while fault.hits <= KOPF_GIVES_UP_AFTER:
            attempts = fault.hits
            namespace.request_reconcile(name, str(attempts))
            wait_for_more(fault, attempts)

    connection = request(simulator, number)
    namespace.wait_for_reason(name, "Active")
    assert asked(simulator, connection) == ["accept"]


def test_every_write_changes_something(namespace: Namespace, simulator: SimulatorThread, proxy: FaultProxy) -> None:
    request(simulator, 3)
    namespace.apply(peering("frugal", vpc=vpc(3)))
    namespace.wait_for_reason("frugal", "Active")
    wait_for_lists(simulator, count=1)

    def shown() -> int:
        return sum(event.type == "MODIFIED" and event.name == "frugal" for event in proxy.events)

    written = proxy.count("PATCH", r"/frugal$") + proxy.count("PUT", r"/frugal/status$")
    assert written > 1
    wait_until(lambda: shown() >= written, "the watch has shown what was written")
    assert shown() == written


def test_where_nothing_changes_nothing_is_written(
    namespace: Namespace, simulator: SimulatorThread, proxy: FaultProxy
) -> None:
    request(simulator, 4)
    namespace.apply(peering("settled", vpc=vpc(4)), peering("waiting", vpc=vpc(5)))
    namespace.wait_for_reason("settled", "Active")
    namespace.wait_for_reason("waiting", "WaitingForRequest")
    wait_for_lists(simulator, count=1)
    before = len(proxy.requests)

    wait_for_lists(simulator)

    meanwhile = proxy.requests[before:]
    assert {request.method for request in meanwhile} == {"GET"}
    assert all(request.path.endswith("/secrets/atlas-api") for request in meanwhile)


def test_objects_carry_nothing_of_ours_but_the_finalizer(namespace: Namespace, simulator: SimulatorThread) -> None:
    request(simulator, 6)
    namespace.apply(peering("plain", vpc=vpc(6)))
    namespace.wait_for_reason("plain", "Active")

    found = namespace.get("plain")
    assert found is not None
    assert "annotations" not in found["metadata"]
    assert "labels" not in found["metadata"]
    assert found["metadata"]["finalizers"] == ["atlasstreams.io/cleanup"]


def test_deleting_an_object_leaves_no_trace_of_progress_on_it(
    namespace: Namespace, simulator: SimulatorThread, proxy: FaultProxy
) -> None:
    connection = request(simulator, 7)
    namespace.apply(peering("closing", vpc=vpc(7)))
    namespace.wait_for_reason("closing", "Active")

    with proxy.fault(500, "PATCH", r"/closing$"):
        namespace.delete("closing")
        wait_until(lambda: simulator.connection(connection).cloud_status == "deleted", "the connection is deleted")
        found = namespace.get("closing")
        assert found is not None
        assert "annotations" not in found["metadata"]

    namespace.wait_gone("closing")
