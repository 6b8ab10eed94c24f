"""What the operator does in Kubernetes it may do, and what it does not need it may not do.

That nothing is granted in vain is shown in the life of a release, which has objects of every kind: see tests/chart.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.account_details import DetailsNamespace, account_details
from cluster.atlas import request
from cluster.audit import OPERATOR
from cluster.conftest import StartOperator
from cluster.fault_proxy import FaultProxy
from cluster.namespace import PROJECT, Namespace, peering, vpc
from cluster.waiting import wait_until
from local_cluster import Cluster


def operators_requests(cluster: Cluster, namespace: Namespace) -> Iterator[dict[str, Any]]:
    for event in cluster.audit_events():
        if event["user"]["username"] == OPERATOR and event.get("objectRef", {}).get("namespace") == namespace.name:
            yield event


@pytest.fixture(scope="module", autouse=True)
def at_work(
    cluster: Cluster,
    namespace: Namespace,
    simulator: SimulatorThread,
    start_operator: StartOperator,
    proxy: FaultProxy,
) -> None:
    """An operator of which everything is asked once, also that it finds an object newer than it knew."""
    start_operator(namespace, kubeconfig=proxy.kubeconfig)
    details = DetailsNamespace(cluster, namespace.name)
    details.apply(account_details("network", config_map="network"))
    details.wait_for_reason("network", "Available")
    reference = {"confluentPeeringRef": {"name": "absent"}}
    namespace.apply(peering("orders", vpc=vpc(1)), peering("referring", requester=reference))
    namespace.wait_for_reason("orders", "WaitingForRequest")
    namespace.wait_for_reason("referring", "ReferenceNotReady")
    wait_until(lambda: proxy.watching, "a watch is open")
    with proxy.silent_watches():
        namespace.kubectl("label", "svp/orders", "sacct/network", "team=payments")
        request(simulator, 1)
        simulator.networks.put(PROJECT, "aws", "US_EAST_1", vpc_id=vpc(7))
        namespace.wait_for_reason("orders", "Active")
        wait_until(lambda: (details.data("network") or {}).get("vpcId") == vpc(7), "the ConfigMap is updated")
        wait_until(lambda: details.status("network")["vpcId"] == vpc(7), "the status is updated")
    proxy.break_watches()
    namespace.wait_for_event("orders", "Active")
    details.patch("network", configMapRef=None)
    details.wait_for_data("network", None)


def test_a_stale_view_of_an_object_costs_only_another_read(
    namespace: Namespace, simulator: SimulatorThread, proxy: FaultProxy
) -> None:
    assert proxy.count("PATCH", r"/orders$") == 2
    assert proxy.count("GET", r"/orders$") == 1
    assert len(simulator.calls("accept")) == 1
    found = namespace.get("orders")
    assert found is not None
    assert found["metadata"]["labels"] == {"team": "payments"}


def test_nothing_it_asks_for_is_denied(cluster: Cluster, namespace: Namespace) -> None:
    decisions = {
        (event["verb"], event["requestURI"]): event["annotations"]["authorization.k8s.io/decision"]
        for event in operators_requests(cluster, namespace)
    }
    assert decisions
    assert [what for what, decision in decisions.items() if decision != "allow"] == []


@pytest.mark.parametrize("verb", ["list", "watch", "create", "update", "patch", "delete", "deletecollection"])
def test_of_secrets_it_may_only_get_one_by_name(cluster: Cluster, verb: str) -> None:
    answer = cluster.kubectl("auth", "can-i", verb, "secrets", "--all-namespaces", f"--as={OPERATOR}", check=False)
    assert answer.stdout.strip() == "no"


def test_secrets_are_only_read_where_an_object_names_them(cluster: Cluster, namespace: Namespace) -> None:
    read = {
        event["objectRef"]["name"]
        for event in operators_requests(cluster, namespace)
        if event["objectRef"]["resource"] == "secrets"
    }
    assert read == {"atlas-api"}


@pytest.mark.parametrize(
    ("verb", "resource"),
    [
        ("update", "streamsvpcpeerings"),
        ("delete", "confluentpeerings"),
        ("create", "streamsoutboundvpcpeerings"),
        ("delete", "streamsvpcpeeringpolicies"),
        ("list", "configmaps"),
        ("list", "namespaces"),
    ],
)
def test_what_it_does_not_need_it_may_not_do(cluster: Cluster, verb: str, resource: str) -> None:
    answer = cluster.kubectl("auth", "can-i", verb, resource, f"--as={OPERATOR}", check=False)
    assert answer.stdout.strip() == "no"
