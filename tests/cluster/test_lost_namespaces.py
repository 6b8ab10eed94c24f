"""An operator that serves some namespaces: one that is lost takes the service from no other."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from atlas_simulator import SimulatorThread
from chart import render
from cluster.atlas import asked, request
from cluster.conftest import OPERATOR_NAMESPACE, StartOperator
from cluster.namespace import Namespace, peering, vpc
from cluster.operator_process import OperatorProcess
from cluster.waiting import wait_until
from local_cluster import Cluster


class Account:
    """An operator's account that may do nothing but what the chart grants it in single namespaces."""

    def __init__(self, cluster: Cluster, name: str, directory: Path) -> None:
        self._cluster, self.name = cluster, name
        cluster.kubectl("create", "serviceaccount", name, f"--namespace={OPERATOR_NAMESPACE}")
        self.kubeconfig = cluster.service_account_kubeconfig(OPERATOR_NAMESPACE, name, directory / "kubeconfig")

    def serve(self, namespace: Namespace) -> None:
        """Grant what the chart grants in a namespace."""
        self._apply(namespace, {"Role", "RoleBinding"}, clusterWideObjects=False)

    def let_objects_outlive(self, namespace: Namespace) -> None:
        """Grant what the chart grants beside that, when it is told to."""
        self._apply(namespace, {"ClusterRole", "ClusterRoleBinding"}, clusterWideObjects=True)

    def _apply(self, namespace: Namespace, kinds: set[str], **rbac: bool) -> None:
        values = {
            "config": {"watchNamespaces": [namespace.name], "leaderElect": False},
            "rbac": rbac,
            "serviceAccount": {"create": False, "name": self.name},
        }
        rendered = render(values, release=namespace.name, namespace=OPERATOR_NAMESPACE)
        roles = [manifest for manifest in rendered if manifest["kind"] in kinds]
        manifests = {"apiVersion": "v1", "kind": "List", "items": roles}
        self._cluster.kubectl("apply", "--filename=-", input=json.dumps(manifests))


@pytest.fixture
def account(cluster: Cluster, tmp_path: Path, request: pytest.FixtureRequest) -> Account:
    return Account(cluster, request.node.name.removeprefix("test_").replace("_", "-")[:40].rstrip("-"), tmp_path)


def made(make: Callable[[str], Namespace], name: str, account: Account) -> Namespace:
    """Make a namespace with a Secret, which the account serves."""
    namespace = make(name)
    namespace.secret()
    account.serve(namespace)
    return namespace


def test_the_others_are_served_after_a_restart_and_the_lost_one_when_it_is_back(
    cluster: Cluster,
    make_namespace: Callable[[str], Namespace],
    account: Account,
    simulator: SimulatorThread,
    start_operator: StartOperator,
) -> None:
    kept, lost = made(make_namespace, "kept", account), made(make_namespace, "lost", account)
    cluster.kubectl("delete", "namespace", lost.name)

    operator = start_operator(kept, lost, kubeconfig=account.kubeconfig, LOG_LEVEL="info")

    connection = request(simulator, 1)
    kept.apply(peering("orders", vpc=vpc(1)))
    kept.wait_for_reason("orders", "Active")
    assert asked(simulator, connection) == ["accept"]
    assert readable(operator, lost) == "0.0"
    assert readable(operator, kept) == "1.0"
    assert operator.output().count(f"The operator cannot list namespace {lost.name}:") == 1
    assert "will retry" not in operator.output()

    returned = request(simulator, 2)
    made(make_namespace, "lost", account).apply(peering("orders", vpc=vpc(2)))

    lost.wait_for_reason("orders", "Active", seconds=90)
    assert asked(simulator, returned) == ["accept"]
    wait_until(lambda: readable(operator, lost) == "1.0", "it is listed", seconds=90)
    assert operator.process is not None
    assert operator.process.poll() is None


def readable(operator: OperatorProcess, namespace: Namespace) -> str:
    """Return what the metric says of a namespace."""
    name = f'atlas_streams_peering_namespace_readable{{namespace="{namespace.name}"}} '
    return next(line.removeprefix(name) for line in operator.metrics().splitlines() if line.startswith(name))


def test_a_namespace_takes_its_connections_along_where_its_objects_outlive_its_roles(
    cluster: Cluster,
    make_namespace: Callable[[str], Namespace],
    account: Account,
    simulator: SimulatorThread,
    start_operator: StartOperator,
) -> None:
    doomed = made(make_namespace, "doomed", account)
    account.let_objects_outlive(doomed)
    start_operator(doomed, kubeconfig=account.kubeconfig)
    connection = request(simulator, 3)
    doomed.apply(peering("orders", vpc=vpc(3)))
    doomed.wait_for_reason("orders", "Active")

    doomed.kubectl("delete", "rolebinding,secret", "--all")
    cluster.kubectl("delete", "namespace", doomed.name, "--timeout=60s")

    assert asked(simulator, connection) == ["accept", "delete"]
    assert simulator.connection(connection).cloud_status == "deleted"


def test_a_namespace_that_is_deleted_waits_until_its_objects_are_granted_again(
    cluster: Cluster,
    make_namespace: Callable[[str], Namespace],
    account: Account,
    simulator: SimulatorThread,
    start_operator: StartOperator,
) -> None:
    """Nothing can be created in a namespace that is being deleted, no Role either: what helps is cluster-wide."""
    stuck = made(make_namespace, "stuck", account)
    operator = start_operator(stuck, kubeconfig=account.kubeconfig, LOG_LEVEL="info")
    connection = request(simulator, 4)
    stuck.apply(peering("orders", vpc=vpc(4)))
    stuck.wait_for_reason("orders", "Active")
    stuck.kubectl("delete", "rolebinding", "--all")
    cluster.kubectl("delete", "namespace", stuck.name, "--wait=false")
    said = f"The operator cannot list namespace {stuck.name}:"
    wait_until(lambda: said in operator.output(), "the operator says what waits", seconds=60)
    (line,) = (line for line in operator.output().splitlines() if said in line)
    assert line.endswith("Until then, nothing changes outside the cluster for these objects: 1")
    assert asked(simulator, connection) == ["accept"]

    account.let_objects_outlive(stuck)

    cluster.kubectl("wait", "--for=delete", f"namespace/{stuck.name}", "--timeout=120s")
    assert asked(simulator, connection) == ["accept", "delete"]
