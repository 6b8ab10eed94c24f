"""The operator ends, one way or another, and starts again: nothing is lost, and nothing is done twice."""

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.conftest import StartOperator
from cluster.fault_proxy import OBJECT, FaultProxy, Silence
from cluster.namespace import Namespace, pcx, peering, vpc
from cluster.operator_process import OperatorProcess
from cluster.waiting import wait_until

MANY = 200


@pytest.fixture(scope="module")
def operator(namespace: Namespace, start_operator: StartOperator, proxy: FaultProxy) -> OperatorProcess:
    return start_operator(namespace, kubeconfig=proxy.kubeconfig, POLL_INTERVAL_STEADY="60")


def test_killed_while_the_intent_is_being_written_it_has_not_asked_atlas_and_accepts_once_afterwards(
    namespace: Namespace, simulator: SimulatorThread, proxy: FaultProxy, operator: OperatorProcess
) -> None:
    with proxy.fault(Silence.HANG, "PUT", r"/unsaid/status$") as fault:
        connection = request(simulator, 10)
        namespace.apply(peering("unsaid", vpc=vpc(10)))
        wait_until(lambda: fault.hits, "the intent is to be written")
        operator.kill()
    assert "lastAction" not in namespace.status("unsaid")
    assert asked(simulator, connection) == []

    operator.start()

    namespace.wait_for_reason("unsaid", "Active")
    assert asked(simulator, connection) == ["accept"]


def test_killed_during_the_call_to_atlas_it_accepts_what_is_not_accepted_yet(
    namespace: Namespace, simulator: SimulatorThread, operator: OperatorProcess
) -> None:
    connection = request(simulator, 20)
    simulator.fault("latency", "accept", connection=connection, seconds=30)
    namespace.apply(peering("interrupted", vpc=vpc(20)))
    simulator.wait_for_call("accept", connection=connection)
    operator.kill()
    assert simulator.connection(connection).local_status == "NONE"

    operator.start()

    # What was requested may have been done, so that it is not requested again for half a minute.
    namespace.wait_for_reason("interrupted", "Active", seconds=60)
    assert [call.status for call in simulator.calls("accept", connection=connection)] == [None, 202]


def test_an_object_deleted_before_its_status_tells_what_came_of_a_newer_connection_takes_that_along(
    namespace: Namespace, simulator: SimulatorThread, proxy: FaultProxy, operator: OperatorProcess
) -> None:
    dead = request(simulator, 24, state="active")
    namespace.apply(peering("untold", vpc=vpc(24)))
    namespace.wait_for_reason("untold", "Active")
    simulator.set_cloud_status(dead, "deleted")
    namespace.request_reconcile("untold", "now")
    namespace.wait_for_reason("untold", "ConnectionDeleted")
    simulator.fault("latency", "accept", connection=pcx(25), seconds=1)
    newer = request(simulator, 24, name=pcx(25))
    namespace.request_reconcile("untold", "again")
    simulator.wait_for_call("accept", connection=newer)
    with proxy.fault(Silence.HANG, "PUT", r"/untold/status$"):
        simulator.wait_for_call("accept", connection=newer, status=202)
        operator.kill()
    assert namespace.status("untold")["connectionName"] == newer
    namespace.delete("untold")

    operator.start()

    namespace.wait_gone("untold")
    assert simulator.connection(newer).cloud_status in ("rejected", "deleted")


def test_an_object_deleted_while_nobody_was_there_still_takes_its_connection_along(
    namespace: Namespace, simulator: SimulatorThread, operator: OperatorProcess
) -> None:
    connection = request(simulator, 21, state="active")
    namespace.apply(peering("leaving", vpc=vpc(21)))
    namespace.wait_for_reason("leaving", "Active")
    assert operator.stop() == 0
    namespace.delete("leaving")

    operator.start()

    namespace.wait_gone("leaving")
    assert asked(simulator, connection) == ["delete"]


def test_killed_before_the_finalizer_was_removed_it_deletes_once(
    namespace: Namespace, simulator: SimulatorThread, proxy: FaultProxy, operator: OperatorProcess
) -> None:
    connection = request(simulator, 22, state="active")
    namespace.apply(peering("finishing", vpc=vpc(22)))
    namespace.wait_for_reason("finishing", "Active")
    with proxy.fault(500, "PATCH", OBJECT) as fault:
        namespace.delete("finishing")
        wait_until(lambda: fault.hits, "the finalizer could not be removed")
        operator.kill()

    operator.start()

    namespace.wait_gone("finishing")
    assert asked(simulator, connection) == ["delete"]


def test_it_starts_with_many_objects_with_one_poll_and_without_a_write(
    namespace: Namespace, simulator: SimulatorThread, proxy: FaultProxy, operator: OperatorProcess
) -> None:
    for number in range(1000, 1000 + MANY):
        request(simulator, number, state="active")
    namespace.apply(*(peering(f"one-of-many-{n}", vpc=vpc(1000 + n)) for n in range(MANY)))
    namespace.wait_for_reasons({f"one-of-many-{n}": "Active" for n in range(MANY)}, seconds=60)
    assert operator.stop() == 0
    lists, requests = len(simulator.calls("list")), len(proxy.requests)

    operator.start()

    # Work is taken up in order: whoever comes last is served after the many.
    namespace.apply(peering("last", vpc=vpc(23)))
    namespace.wait_for_reason("last", "WaitingForRequest")
    written = [request for request in proxy.requests[requests:] if request.method not in ("GET", "POST")]
    assert {request.path.rpartition("/streamsvpcpeerings/")[2] for request in written} == {"last/status"}
    assert len(simulator.calls("list")) - lists <= 2
    assert asked(simulator, *(pcx(1000 + n) for n in range(MANY))) == []


def test_told_to_stop_while_the_api_server_is_away_it_stops(proxy: FaultProxy, operator: OperatorProcess) -> None:
    with proxy.away():
        assert operator.stop() == 0
    operator.start()


def test_told_to_stop_before_it_could_list_the_objects_it_stops(
    namespace: Namespace, start_operator: StartOperator, proxy: FaultProxy
) -> None:
    with proxy.fault(503, "GET"):
        operator = start_operator(namespace, kubeconfig=proxy.kubeconfig, wait=False)
        wait_until(lambda: "could not be listed" in operator.output(), "the objects could not be listed")
        assert operator.stop() == 0


def test_a_wrong_configuration_ends_the_start_with_one_line_that_names_it(
    namespace: Namespace, start_operator: StartOperator
) -> None:
    operator = start_operator(namespace, wait=False, POLL_INTERVAL_PENDING="often")
    assert operator.wait() == 2
    (line,) = operator.output().splitlines()
    assert line.startswith("atlas-streams-peering: POLL_INTERVAL_PENDING: ")


def test_without_a_way_to_the_api_server_it_ends_with_one_line(
    namespace: Namespace, start_operator: StartOperator, proxy: FaultProxy
) -> None:
    absent = proxy.kubeconfig.with_name("absent")
    operator = start_operator(namespace, kubeconfig=absent, wait=False)
    assert operator.wait() == 1
    assert "Traceback" not in operator.output()
    assert "Cannot connect to the Kubernetes API" in operator.output().splitlines()[-1]
