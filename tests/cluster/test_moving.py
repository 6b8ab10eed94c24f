"""The procedures of docs/backup.md and docs/upgrade.md work: an object moves, is restored, or is upgraded."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.conftest import ROOT, StartOperator
from cluster.namespace import Namespace, peering, vpc
from cluster.operator_process import OperatorProcess
from cluster.outbound import outbound
from local_cluster import Cluster

Manifest = dict[str, Any]
OPERATORS_OWN = "atlasstreams.io/cleanup"


@pytest.fixture(scope="module")
def elsewhere(make_namespace: Callable[[str], Namespace]) -> Namespace:
    made = make_namespace("elsewhere")
    made.secret()
    return made


@pytest.fixture(scope="module")
def operator(namespace: Namespace, elsewhere: Namespace, start_operator: StartOperator) -> OperatorProcess:
    return start_operator(namespace, elsewhere)


def exported(namespace: Namespace, name: str) -> Manifest:
    """Return what a backup has of an object."""
    found = namespace.get(name)
    assert found is not None
    return found


def without_status(backup: Manifest, *, finalizers: bool) -> Manifest:
    """Return what is applied from an export: name, labels, annotations and spec, and perhaps the finalizers."""
    kept = ("name", "labels", "annotations", *(("finalizers",) if finalizers else ()))
    metadata = {key: value for key, value in copy.deepcopy(backup["metadata"]).items() if key in kept}
    return {**{key: backup[key] for key in ("apiVersion", "kind", "spec")}, "metadata": metadata}


def lose(namespace: Namespace, name: str) -> None:
    """Have an object vanish, as with its cluster: no operator notices."""
    namespace.kubectl("patch", "svp", name, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    namespace.delete(name, wait=True)


def active(namespace: Namespace, simulator: SimulatorThread, number: int, name: str) -> str:
    connection = request(simulator, number)
    namespace.apply(peering(name, vpc=vpc(number)))
    namespace.wait_for_reason(name, "Active")
    return connection


@pytest.mark.usefixtures("operator")
def test_an_object_moves_to_another_namespace_and_its_connection_stays(
    namespace: Namespace, elsewhere: Namespace, simulator: SimulatorThread
) -> None:
    connection = active(namespace, simulator, 1, "moved")
    namespace.patch("moved", deletionPolicy="Retain")

    elsewhere.apply(without_status(exported(namespace, "moved"), finalizers=False))
    elsewhere.wait_for_reason("moved", "AlreadyManaged")
    namespace.delete("moved", wait=True)
    elsewhere.wait_for_reason("moved", "Active")

    assert exported(elsewhere, "moved")["spec"]["deletionPolicy"] == "Retain"
    assert asked(simulator, connection) == ["accept"]
    elsewhere.patch("moved", deletionPolicy="Delete")
    elsewhere.wait_for_finalizers("moved", [OPERATORS_OWN])
    elsewhere.delete("moved", wait=True)
    assert asked(simulator, connection) == ["accept", "delete"]


@pytest.mark.parametrize("finalizers", [False, True])
def test_a_restored_object_without_its_status_finds_its_connection_and_holds_it(
    namespace: Namespace, operator: OperatorProcess, simulator: SimulatorThread, finalizers: bool
) -> None:
    number, name = 2 + finalizers, f"restored-{finalizers}".lower()
    connection = active(namespace, simulator, number, name)
    backup = exported(namespace, name)
    assert backup["metadata"]["finalizers"] == [OPERATORS_OWN]
    operator.stop()
    lose(namespace, name)

    namespace.apply(without_status(backup, finalizers=finalizers))
    operator.start()
    namespace.wait_for_reason(name, "Active")

    assert asked(simulator, connection) == ["accept"]
    namespace.wait_for_finalizers(name, [OPERATORS_OWN])
    namespace.delete(name, wait=True)
    assert asked(simulator, connection) == ["accept", "delete"]


def test_an_object_that_is_restored_with_its_status_says_that_its_connection_was_deleted_since(
    namespace: Namespace, operator: OperatorProcess, simulator: SimulatorThread
) -> None:
    connection = active(namespace, simulator, 4, "outlived")
    backup = exported(namespace, "outlived")
    namespace.delete("outlived", wait=True)
    operator.stop()

    namespace.apply(without_status(backup, finalizers=True))
    status = json.dumps({"status": backup["status"]})
    namespace.kubectl("patch", "svp", "outlived", "--subresource=status", "--type=merge", "-p", status)
    operator.start()

    namespace.wait_for_reason("outlived", "ConnectionDeleted")
    assert asked(simulator, connection) == ["accept", "delete"]
    namespace.delete("outlived", wait=True)


@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize(
    "manifest",
    [peering("copy", vpc=vpc(5), secret="absent"), outbound("copy", 5, secret="absent")],
    ids=lambda manifest: manifest["kind"],
)
def test_a_copy_with_the_finalizer_that_never_held_anything_goes_although_its_secret_is_missing(
    namespace: Namespace, manifest: Manifest
) -> None:
    namespace.apply({**manifest, "metadata": {**manifest["metadata"], "finalizers": [OPERATORS_OWN]}})

    namespace.kubectl("delete", manifest["kind"].lower(), "copy", "--timeout=60s")


def test_after_an_upgrade_the_next_operator_goes_on_and_asks_nothing_twice(
    cluster: Cluster, namespace: Namespace, operator: OperatorProcess, simulator: SimulatorThread
) -> None:
    connection = active(namespace, simulator, 6, "kept")
    namespace.apply(peering("early", vpc=vpc(7)))
    namespace.wait_for_reason("early", "WaitingForRequest")
    before = {name: exported(namespace, name)["spec"] for name in ("kept", "early")}

    cluster.kubectl("apply", "--server-side", "-f", str(ROOT / "crds"))
    assert operator.stop() == 0
    operator.start()
    later = request(simulator, 7)

    namespace.wait_for_reason("early", "Active")
    assert {name: exported(namespace, name)["spec"] for name in before} == before
    assert asked(simulator, connection, later) == ["accept", "accept"]
    for name in before:
        namespace.delete(name, wait=True)
