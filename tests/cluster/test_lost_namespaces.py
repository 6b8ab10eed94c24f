"""An operator that serves some namespaces: one that is lost takes the service from no other."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.conftest import OPERATOR_NAMESPACE, StartOperator
from cluster.namespace import Namespace, peering, vpc
from cluster.waiting import wait_until
from local_cluster import Cluster

ACCOUNT = "lost-namespaces"


def grant(namespace: Namespace) -> None:
    """Let the account serve a namespace, as the chart does in the namespaced mode."""
    role = f"--clusterrole={OPERATOR_NAMESPACE}"
    account = f"--serviceaccount={OPERATOR_NAMESPACE}:{ACCOUNT}"
    namespace.kubectl("create", "rolebinding", ACCOUNT, role, account)


@pytest.fixture(scope="module")
def identity(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An account that may do nothing yet."""
    where = f"--namespace={OPERATOR_NAMESPACE}"
    cluster.kubectl("create", "serviceaccount", ACCOUNT, where)
    path = tmp_path_factory.mktemp("account") / "kubeconfig"
    yield cluster.service_account_kubeconfig(OPERATOR_NAMESPACE, ACCOUNT, path)
    cluster.kubectl("delete", "serviceaccount", ACCOUNT, where)


@pytest.fixture
def served(make_namespace: Callable[[str], Namespace]) -> tuple[Namespace, Namespace]:
    kept, lost = make_namespace("kept"), make_namespace("lost")
    for namespace in (kept, lost):
        grant(namespace)
        namespace.secret()
    return kept, lost


def test_the_others_are_served_after_a_restart_and_the_lost_one_when_it_is_back(
    cluster: Cluster,
    served: tuple[Namespace, Namespace],
    identity: Path,
    simulator: SimulatorThread,
    start_operator: StartOperator,
) -> None:
    kept, lost = served
    cluster.kubectl("delete", "namespace", lost.name)

    operator = start_operator(kept, lost, kubeconfig=identity, LOG_LEVEL="info")

    connection = request(simulator, 1)
    kept.apply(peering("orders", vpc=vpc(1)))
    kept.wait_for_reason("orders", "Active")
    assert asked(simulator, connection) == ["accept"]
    readable = "atlas_streams_peering_namespace_readable"
    assert f'{readable}{{namespace="{lost.name}"}} 0.0' in operator.metrics()
    assert f'{readable}{{namespace="{kept.name}"}} 1.0' in operator.metrics()
    assert operator.output().count(f"Namespace {lost.name} is not served") == 1
    assert "will retry" not in operator.output()

    cluster.kubectl("create", "namespace", lost.name)
    grant(lost)
    lost.secret()
    returned = request(simulator, 2)
    lost.apply(peering("orders", vpc=vpc(2)))

    lost.wait_for_reason("orders", "Active", seconds=90)
    assert asked(simulator, returned) == ["accept"]
    wait_until(lambda: f'{readable}{{namespace="{lost.name}"}} 1.0' in operator.metrics(), "it is listed", seconds=90)
    assert operator.process is not None
    assert operator.process.poll() is None
