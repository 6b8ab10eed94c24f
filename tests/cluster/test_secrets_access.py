"""What the operator may do in Kubernetes is what it does: nothing is denied, and nothing is granted in vain."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import yaml

from atlas_simulator import SimulatorThread
from cluster.account_details import DetailsNamespace, account_details
from cluster.atlas import request
from cluster.audit import OPERATOR
from cluster.conftest import ROOT, StartOperator
from cluster.fault_proxy import FaultProxy
from cluster.namespace import PROJECT, Namespace, peering, vpc
from cluster.waiting import wait_until
from local_cluster import Cluster


class Access(NamedTuple):
    """One kind of request, as RBAC sees it."""

    verb: str
    group: str
    resource: str


def granted() -> set[Access]:
    """What the ClusterRole of the deployment allows; the Lease is the Role's."""
    documents = yaml.safe_load_all((ROOT / "deploy" / "rbac.yaml").read_text())
    roles = (document for document in documents if document["kind"] == "ClusterRole")
    # The others are aggregated into the cluster's own view and edit, for people.
    (role,) = (one for one in roles if one["metadata"]["name"] == "atlas-streams-peering")
    return {
        Access(verb, group, resource)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def operators_requests(cluster: Cluster, namespace: Namespace) -> Iterator[dict[str, Any]]:
    for event in cluster.audit_events():
        if event["user"]["username"] == OPERATOR and event.get("objectRef", {}).get("namespace") == namespace.name:
            yield event


def used(cluster: Cluster, namespace: Namespace) -> set[Access]:
    found = set()
    for event in operators_requests(cluster, namespace):
        target = event["objectRef"]
        resource = "/".join(filter(None, (target["resource"], target.get("subresource"))))
        found.add(Access(event["verb"], target.get("apiGroup", ""), resource))
    return found


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


def test_nothing_is_granted_in_vain(cluster: Cluster, namespace: Namespace) -> None:
    assert granted() - used(cluster, namespace) == set()


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
        ("delete", "streamsvpcpeerings"),
        ("list", "configmaps"),
        ("list", "namespaces"),
    ],
)
def test_what_it_does_not_need_it_may_not_do(cluster: Cluster, verb: str, resource: str) -> None:
    answer = cluster.kubectl("auth", "can-i", verb, resource, f"--as={OPERATOR}", check=False)
    assert answer.stdout.strip() == "no"
