"""With POLICIES=false, the operator knows nothing of policies."""

from collections.abc import Callable

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.audit import OPERATOR
from cluster.conftest import StartOperator
from cluster.namespace import Namespace, peering, vpc
from cluster.policies import PolicyNamespace, policy
from local_cluster import Cluster


def test_a_policy_is_neither_watched_nor_served(
    make_namespace: Callable[[str], Namespace],
    cluster: Cluster,
    simulator: SimulatorThread,
    start_operator: StartOperator,
) -> None:
    namespace = make_namespace("")
    policies = PolicyNamespace(cluster, namespace.name)
    namespace.secret()
    before = len(list(cluster.audit_events()))
    start_operator(namespace, POLICIES="false")
    left, taken = request(simulator, 1), request(simulator, 2)
    policies.apply(policy("nobodys", vpcs=[vpc(1)]), peering("orders", vpc=vpc(2)))

    namespace.wait_for_reason("orders", "Active")

    assert asked(simulator, left, taken) == ["accept"]
    assert (policies.get("nobodys") or {})["status"] == {"observedGeneration": -1}
    requests = [
        event["requestURI"]
        for event in list(cluster.audit_events())[before:]
        if event["user"].get("username") == OPERATOR and "streamsvpcpeeringpolicies" in event["requestURI"]
    ]
    assert requests == []
