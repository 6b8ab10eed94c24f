"""The API server fails: everything is reconciled afterwards, and nothing is asked of Atlas twice on the way."""

import contextlib

import pytest

from atlas_simulator import SimulatorThread
from atlas_streams_peering.api.group import FINALIZER
from cluster.atlas import asked, request
from cluster.conftest import StartOperator
from cluster.fault_proxy import EVENTS, OBJECT, STATUS, Fault, FaultProxy, Silence
from cluster.lists import wait_for_lists
from cluster.namespace import Namespace, pcx, peering, vpc
from cluster.operator_process import OperatorProcess
from cluster.waiting import wait_until
from local_cluster import Cluster, ControlPlane

ANSWERS: dict[str, int | Silence] = {
    "conflict": 409,
    "invalid": 422,
    "too-many": 429,
    "error": 500,
    "unavailable": 503,
    "broken": Silence.DROP,
}
"""What becomes of every write, by the name of the object that it concerns."""


@pytest.fixture(scope="module", autouse=True)
def operator(namespace: Namespace, start_operator: StartOperator, proxy: FaultProxy) -> OperatorProcess:
    return start_operator(namespace, kubeconfig=proxy.kubeconfig)


def hold(namespace: Namespace, simulator: SimulatorThread, number: int, name: str) -> str:
    """Let an object have a request to accept; return the connection's name."""
    connection = request(simulator, number)
    namespace.apply(peering(name, vpc=vpc(number)))
    return connection


def wait_for_hits(fault: Fault, count: int) -> None:
    wait_until(lambda: fault.hits >= count, f"what is to fail has failed {count} times")


def wait_active(simulator: SimulatorThread, connection: str) -> None:
    """Wait until Atlas has done its part, whatever the object says."""
    wait_until(lambda: simulator.connection(connection).cloud_status == "active", f"{connection} is active")


def test_while_status_writes_fail_nothing_is_changed_in_atlas_and_afterwards_each_change_is_made_once(
    namespace: Namespace, simulator: SimulatorThread, proxy: FaultProxy
) -> None:
    with contextlib.ExitStack() as outage:
        failing = {name: outage.enter_context(contextlib.ExitStack()) for name in ANSWERS}
        faults = {
            name: failing[name].enter_context(proxy.fault(outcome, "PUT", f"/{name}/status$"))
            for name, outcome in ANSWERS.items()
        }
        connections = {name: hold(namespace, simulator, number, name) for number, name in enumerate(ANSWERS, 1)}
        for name, fault in faults.items():
            wait_for_hits(fault, 2)
            assert asked(simulator, connections[name]) == []
            failing[name].close()

    for name, connection in connections.items():
        namespace.wait_for_reason(name, "Active", seconds=60)
        assert asked(simulator, connection) == ["accept"]


def test_without_the_finalizer_nothing_is_changed_in_atlas(
    namespace: Namespace, simulator: SimulatorThread, proxy: FaultProxy
) -> None:
    with proxy.fault(500, "PATCH", OBJECT) as fault:
        connection = hold(namespace, simulator, 20, "unguarded")
        wait_for_hits(fault, 2)
        assert asked(simulator, connection) == []

    namespace.wait_for_reason("unguarded", "Active")
    assert asked(simulator, connection) == ["accept"]


def test_an_object_deleted_before_it_had_the_finalizer_leaves_atlas_untouched(
    namespace: Namespace, simulator: SimulatorThread, proxy: FaultProxy
) -> None:
    with proxy.fault(500, "PATCH", OBJECT) as fault:
        connection = hold(namespace, simulator, 21, "short-lived")
        wait_for_hits(fault, 1)
        namespace.delete("short-lived", wait=True)

    namespace.apply(peering("poll-trigger", vpc=vpc(0xFFFF)))
    wait_for_lists(simulator)
    assert asked(simulator, connection) == []


def test_what_a_silent_watch_has_not_shown_counts_all_the_same_before_a_change(
    namespace: Namespace, simulator: SimulatorThread, proxy: FaultProxy
) -> None:
    unseen = {"suspended-unseen": 42, "deleted-unseen": 43}
    namespace.apply(*(peering(name, vpc=vpc(number), deletionPolicy="Retain") for name, number in unseen.items()))
    namespace.wait_for_reasons(dict.fromkeys(unseen, "WaitingForRequest"))

    with proxy.silent_watches():
        namespace.patch("suspended-unseen", suspend=True)
        namespace.delete("deleted-unseen", wait=True)
        connections = [request(simulator, number) for number in unseen.values()]
        namespace.wait_for_reason("suspended-unseen", "Suspended")
        wait_for_lists(simulator)
        assert asked(simulator, *connections) == []
    proxy.break_watches()


def test_an_object_deleted_behind_a_silent_watch_takes_up_no_newer_request(
    namespace: Namespace, simulator: SimulatorThread, proxy: FaultProxy
) -> None:
    gone = hold(namespace, simulator, 48, "deleted-late")
    namespace.wait_for_reason("deleted-late", "Active")
    simulator.vanish(gone)
    namespace.wait_for_reason("deleted-late", "ConnectionDeleted")

    with proxy.silent_watches():
        namespace.delete("deleted-late")
        newer = request(simulator, 48, name=pcx(49))
        namespace.wait_gone("deleted-late")
    proxy.break_watches()
    assert asked(simulator, newer) == []


def test_a_namesake_made_behind_a_silent_watch_is_not_given_the_status_of_the_one_before(
    namespace: Namespace, simulator: SimulatorThread, proxy: FaultProxy
) -> None:
    connection = request(simulator, 44, state="active")
    namespace.apply(peering("replaced", vpc=vpc(44), deletionPolicy="Retain"))
    namespace.wait_for_reason("replaced", "Active")

    with proxy.silent_watches():
        namespace.delete("replaced", wait=True)
        namespace.apply(peering("replaced", vpc=vpc(45)))
        writes = proxy.count("PUT", r"/replaced/status$")
        simulator.set_cloud_status(connection, "deleted")
        wait_until(lambda: proxy.count("PUT", r"/replaced/status$") > writes, "a status was to be written")
        wait_for_lists(simulator)
        assert namespace.status("replaced") == {"observedGeneration": -1}
    proxy.break_watches()
    namespace.wait_for_reason("replaced", "WaitingForRequest")


def test_a_newer_request_is_not_accepted_before_the_status_names_it(
    namespace: Namespace, simulator: SimulatorThread, proxy: FaultProxy
) -> None:
    dead = hold(namespace, simulator, 40, "again")
    namespace.wait_for_reason("again", "Active")
    simulator.set_cloud_status(dead, "deleted")
    namespace.wait_for_reason("again", "ConnectionDeleted")

    with proxy.fault(500, "PUT", STATUS) as fault:
        newer = request(simulator, 40, name=pcx(41))
        wait_for_hits(fault, 2)
        assert asked(simulator, newer) == []

    namespace.wait_for_reason("again", "Active")
    assert asked(simulator, newer) == ["accept"]


def test_what_became_of_an_accept_is_written_as_soon_as_that_is_possible(
    namespace: Namespace, simulator: SimulatorThread, proxy: FaultProxy
) -> None:
    connection = request(simulator, 46)
    simulator.fault("latency", "accept", connection=connection, seconds=1)
    namespace.apply(peering("unwritten", vpc=vpc(46)))
    simulator.wait_for_call("accept", connection=connection)
    with proxy.fault(500, "PUT", r"/unwritten/status$") as fault:
        simulator.wait_for_call("accept", connection=connection, status=202)
        namespace.patch("unwritten", requester={"cidr": "10.9.0.0/16"})
        wait_active(simulator, connection)
        wait_for_hits(fault, 1)

    namespace.wait_for_reason("unwritten", "RequesterMismatch")
    assert namespace.status("unwritten")["lastAction"]["type"] == "Accept"
    assert namespace.finalizers("unwritten") == [FINALIZER]
    namespace.delete("unwritten")
    namespace.wait_gone("unwritten")
    assert asked(simulator, connection) == ["accept", "delete"]


def test_events_that_cannot_be_posted_hold_up_nothing_and_come_later(
    namespace: Namespace, simulator: SimulatorThread, proxy: FaultProxy
) -> None:
    with proxy.fault(500, "POST", EVENTS) as fault:
        hold(namespace, simulator, 22, "unsung")
        namespace.wait_for_reason("unsung", "Active")
        wait_for_hits(fault, 2)
        assert namespace.events("unsung") == []

    wait_until(
        lambda: [event["reason"] for event in namespace.events("unsung")][-1:] == ["Active"], "the Events are posted"
    )


def test_objects_made_and_deleted_while_the_api_server_was_away_are_reconciled(
    namespace: Namespace, simulator: SimulatorThread, proxy: FaultProxy
) -> None:
    connection = hold(namespace, simulator, 23, "leaving")
    namespace.wait_for_reason("leaving", "Active")

    with proxy.away():
        hold(namespace, simulator, 24, "arriving")
        namespace.delete("leaving")

    namespace.wait_for_reason("arriving", "Active", seconds=60)
    namespace.wait_gone("leaving", seconds=60)
    assert asked(simulator, connection) == ["accept", "delete"]


def test_while_the_api_server_is_frozen_the_probes_answer_and_afterwards_work_goes_on(
    namespace: Namespace, simulator: SimulatorThread, cluster: Cluster, operator: OperatorProcess
) -> None:
    assert isinstance(cluster, ControlPlane)
    connection = hold(namespace, simulator, 25, "patient")
    namespace.wait_for_reason("patient", "Active")

    cluster.pause()
    try:
        simulator.set_cloud_status(connection, "deleted")
        assert operator.ready()
    finally:
        cluster.resume()

    namespace.wait_for_reason("patient", "ConnectionDeleted", seconds=60)


@pytest.mark.may_be_denied("an API server that has only just started knows no roles for a moment")
def test_a_restart_of_the_api_server_is_survived(
    namespace: Namespace, simulator: SimulatorThread, cluster: Cluster, operator: OperatorProcess
) -> None:
    assert isinstance(cluster, ControlPlane)
    hold(namespace, simulator, 27, "steady")
    namespace.wait_for_reason("steady", "Active")
    cluster.restart_apiserver()

    connection = hold(namespace, simulator, 26, "survivor")

    namespace.wait_for_reason("survivor", "Active", seconds=60)
    assert asked(simulator, connection) == ["accept"]
    assert "CredentialsMissing" not in [event["reason"] for event in namespace.events("steady")]
    assert operator.ready()
    assert operator.unexpected_errors() == []
