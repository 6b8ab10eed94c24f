"""Deleting objects whose Secret is gone: with the credentials last read, or not at all, but never stuck in silence."""

from collections.abc import Callable

import pytest

from atlas_simulator import SimulatorThread
from atlas_streams_peering.api.group import FINALIZER
from cluster.atlas import asked, request
from cluster.conftest import StartOperator
from cluster.namespace import Namespace, peering, vpc
from cluster.operator_process import OperatorProcess
from cluster.waiting import wait_until
from local_cluster import Cluster

MakeNamespace = Callable[[str], Namespace]


@pytest.fixture(scope="module")
def doomed(make_namespace: MakeNamespace) -> Namespace:
    """A namespace that is deleted as a whole."""
    made = make_namespace("doomed")
    made.secret()
    return made


@pytest.fixture(scope="module")
def bare(make_namespace: MakeNamespace) -> Namespace:
    """A namespace without a Secret."""
    return make_namespace("bare")


@pytest.fixture(scope="module", autouse=True)
def operator(
    namespace: Namespace, doomed: Namespace, bare: Namespace, start_operator: StartOperator
) -> OperatorProcess:
    return start_operator(namespace, doomed, bare)


def hold(namespace: Namespace, simulator: SimulatorThread, number: int, name: str) -> str:
    """Let an object hold an active connection; return the connection's name."""
    connection = request(simulator, number, state="active")
    namespace.apply(peering(name, vpc=vpc(number)))
    namespace.wait_for_reason(name, "Active")
    return connection


def wait_until_it_waits(namespace: Namespace, name: str) -> None:
    wait_until(
        lambda: namespace.condition(name)["message"].startswith("Deletion waits: "), f"{name} says that it waits"
    )


def test_a_namespace_deleted_as_a_whole_takes_its_connections_along(
    doomed: Namespace, simulator: SimulatorThread, cluster: Cluster
) -> None:
    connections = [hold(doomed, simulator, number, f"orders-{number}") for number in (1, 2, 3)]
    with_the_secret_first = ("delete", "secret/atlas-api", "namespace/" + doomed.name, "--wait=false")
    doomed.kubectl(*with_the_secret_first)

    wait_until(
        lambda: cluster.rest.get("namespace", "", doomed.name) is None,
        "the namespace is gone",
        seconds=60,
        every=0.3,
    )

    assert [asked(simulator, connection) for connection in connections] == [["delete"]] * 3
    assert {simulator.connection(connection).cloud_status for connection in connections} == {"deleted"}


def test_a_secret_that_was_never_read_and_is_gone_keeps_the_object_which_says_the_way_out(
    namespace: Namespace, simulator: SimulatorThread, operator: OperatorProcess
) -> None:
    retained = hold(namespace, simulator, 10, "retained")
    restored = hold(namespace, simulator, 11, "restored")
    operator.stop()
    namespace.delete("atlas-api", kind="secret")
    operator.start()
    namespace.wait_for_reason("retained", "CredentialsMissing")
    assert namespace.status("retained")["cloudStatus"] == "active", "the last known status stays"

    namespace.delete("retained")
    namespace.delete("restored")
    for name in ("retained", "restored"):
        wait_until_it_waits(namespace, name)
        message = namespace.condition(name)["message"]
        assert "atlas-api does not exist" in message
        assert "set deletionPolicy: Retain" in message
        assert namespace.wait_for_event(name, "CredentialsMissing")["type"] == "Warning"

    namespace.patch("retained", deletionPolicy="Retain")
    namespace.wait_gone("retained")
    namespace.secret()
    namespace.wait_gone("restored")
    assert asked(simulator, retained) == []
    assert asked(simulator, restored) == ["delete"]


def test_a_copy_applied_where_its_secret_is_missing_goes_and_leaves_the_original_its_connection(
    namespace: Namespace, bare: Namespace, simulator: SimulatorThread
) -> None:
    connection = hold(namespace, simulator, 20, "original")
    exported = {**peering("original", vpc=vpc(20))}
    exported["metadata"]["finalizers"] = [FINALIZER]
    bare.apply(exported)
    bare.wait_for_reason("original", "CredentialsMissing")

    bare.delete("original")

    bare.wait_gone("original")
    assert namespace.condition("original")["reason"] == "Active"
    assert asked(simulator, connection) == []


def test_an_object_without_its_secret_carries_the_finalizer_as_soon_as_it_shall_not_retain_any_more(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    namespace.secret("lost")
    connection = request(simulator, 30, state="active")
    namespace.apply(peering("retained", vpc=vpc(30), secret="lost", deletionPolicy="Retain"))
    namespace.wait_for_reason("retained", "Active")
    namespace.delete("lost", kind="secret")
    namespace.wait_for_reason("retained", "CredentialsMissing")
    assert namespace.finalizers("retained") == []

    namespace.patch("retained", deletionPolicy="Delete")
    namespace.wait_for_finalizers("retained", [FINALIZER])
    namespace.merge("retained", {"metadata": {"finalizers": None}})
    namespace.wait_for_finalizers("retained", [FINALIZER])
    namespace.patch("retained", deletionPolicy="Retain")
    namespace.wait_for_finalizers("retained", [])
    namespace.patch("retained", deletionPolicy="Delete")
    namespace.wait_for_finalizers("retained", [FINALIZER])

    namespace.delete("retained")
    namespace.wait_gone("retained")
    assert asked(simulator, connection) == ["delete"]
