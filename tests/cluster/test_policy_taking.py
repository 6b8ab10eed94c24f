"""Policies on a real API server: what they take, report and leave alone, and what stays when they go."""

from collections.abc import Callable
from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.audit import writes
from cluster.conftest import StartOperator
from cluster.namespace import ACCOUNT, PROJECT, SECRET, Namespace, pcx, peering, vpc
from cluster.operator_process import OperatorProcess
from cluster.policies import LABEL, PolicyNamespace, policy
from cluster.waiting import wait_until
from local_cluster import Cluster

OTHER_ACCOUNT = "000000000042"


@pytest.fixture(scope="module")
def policies(namespace: Namespace, cluster: Cluster) -> PolicyNamespace:
    return PolicyNamespace(cluster, namespace.name)


@pytest.fixture(scope="module")
def elsewhere(make_namespace: Callable[[str], Namespace]) -> Namespace:
    """Another namespace that the operator serves."""
    made = make_namespace("elsewhere")
    made.secret()
    return made


@pytest.fixture(scope="module", autouse=True)
def operator(namespace: Namespace, elsewhere: Namespace, start_operator: StartOperator) -> OperatorProcess:
    return start_operator(namespace, elsewhere)


def only(*numbers: int, **spec: Any) -> dict[str, Any]:
    """What confines a policy to some VPCs: tests of this module share an account."""
    return {"vpcs": [vpc(number) for number in numbers], **spec}


def test_a_request_that_matches_is_accepted_through_an_object_of_its_own(
    policies: PolicyNamespace, simulator: SimulatorThread
) -> None:
    connection = request(simulator, 1)
    template = {
        "metadata": {"labels": {"team": "orders"}, "annotations": {"example.com/contact": "someone"}},
        "spec": {"deletionPolicy": "Retain"},
    }
    policies.apply(policy("accepting", **only(1), template=template))

    wait_until(lambda: (policies.peering(connection) or {}).get("status", {}).get("cloudStatus") == "active", "active")

    made = policies.peering(connection) or {}
    assert made["metadata"]["labels"] == {"team": "orders", LABEL: "accepting"}
    assert made["metadata"]["annotations"] == {"example.com/contact": "someone"}
    assert "ownerReferences" not in made["metadata"]
    assert made["spec"] == {
        "projectId": PROJECT,
        "credentialsSecretRef": {"name": SECRET},
        "requester": {"accountId": ACCOUNT, "vpcId": vpc(1)},
        "connectionName": connection,
        "desiredState": "Accepted",
        "deletionPolicy": "Retain",
    }
    assert asked(simulator, connection) == ["accept"]
    wait_until(lambda: policies.status("accepting").get("taken") == 1, "it is counted")
    status = policies.wait_for_reason("accepting", "Watching")
    assert (status["action"], status["matching"], status["taken"]) == ("Accept", 1, 1)
    assert policies.wait_for_event("accepting", "Taken")["message"].startswith(
        f"Created StreamsVpcPeering {connection}"
    )


def test_a_request_of_a_policy_that_rejects_is_rejected(policies: PolicyNamespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 11)
    policies.apply(policy("rejecting", **only(11), action="Reject"))

    wait_until(lambda: asked(simulator, connection) == ["reject"], "the request is rejected")
    wait_until(lambda: policies.status("rejecting").get("taken") == 1, "it is counted")
    wait_until(lambda: simulator.connection(connection).cloud_status == "rejected", "AWS takes another request")
    policies.patch("rejecting", maxConnections=1)
    later = request(simulator, 11, name=pcx(12))
    wait_until(lambda: asked(simulator, later) == ["reject"], "a dead connection leaves its place to another")


def test_a_policy_that_reports_touches_nothing(
    policies: PolicyNamespace, simulator: SimulatorThread, cluster: Cluster
) -> None:
    requester = [
        {"accountId": OTHER_ACCOUNT, "vpcIds": [vpc(21), vpc(22)]},
        {"accountId": OTHER_ACCOUNT, "cidrs": ["10.23.0.0/16"]},
    ]
    made = {
        number: request(simulator, number, account=OTHER_ACCOUNT, cidr=f"10.{number}.0.0/24")
        for number in (21, 22, 23, 24)
    }
    manifest = policy("reporting", action="Report", excepted=[{"vpcIds": [vpc(22)]}])
    manifest["spec"]["requesters"] = requester
    policies.apply(manifest)

    expected = {made[21]: "Reported", made[22]: "Excepted", made[23]: "Reported", made[24]: "NotAllowed"}
    policies.wait_for_requests("reporting", expected)

    status = policies.wait_for_reason("reporting", "Watching")
    assert (status["matching"], status["taken"], status["action"]) == (2, 0, "Report")
    assert status["requests"][0] == {
        "connectionName": made[21],
        "requester": {"accountId": OTHER_ACCOUNT, "vpcId": vpc(21), "cidr": "10.21.0.0/24"},
        "reason": "Reported",
        "message": f"{made[21]} matches, and is not taken because the policy's action is Report.",
    }
    assert asked(simulator, *made.values()) == []
    assert not any(write.verb == "create" and write.name in made.values() for write in writes(cluster, policies.name))
    shown = policies.kubectl("get", "svpp", "reporting").stdout.splitlines()
    assert shown[0].split() == ["NAME", "ACTION", "MATCHING", "TAKEN", "READY", "REASON", "AGE"]
    assert shown[1].split()[:-1] == ["reporting", "Report", "2", "0", "True", "Watching"]


def test_a_suspended_policy_takes_what_waits_as_soon_as_it_may(
    policies: PolicyNamespace, simulator: SimulatorThread
) -> None:
    connection = request(simulator, 31)
    policies.apply(policy("suspended", **only(31), suspend=True))
    policies.wait_for_reason("suspended", "Suspended")
    wait_until(lambda: policies.requests("suspended").get(connection) == "Suspended", "the request is listed")
    assert asked(simulator, connection) == []

    policies.patch("suspended", suspend=False)

    wait_until(lambda: asked(simulator, connection) == ["accept"], "it is accepted")


def test_a_request_that_an_object_means_is_left_to_it_wherever_that_is(
    policies: PolicyNamespace, elsewhere: Namespace, simulator: SimulatorThread
) -> None:
    elsewhere.apply(peering("observer", vpc=vpc(41), suspend=True))
    elsewhere.wait_for_reason("observer", "Suspended")
    connection = request(simulator, 41)
    policies.apply(policy("second", **only(41)))

    wait_until(lambda: policies.requests("second").get(connection) == "AlreadyManaged", "it is left alone")
    policies.wait_for_reason("second", "Watching")
    assert policies.peering(connection) is None

    elsewhere.delete("observer", wait=True)
    wait_until(lambda: asked(simulator, connection) == ["accept"], "it is taken")


def test_an_object_of_somebody_else_under_the_name_is_left_alone(
    policies: PolicyNamespace, simulator: SimulatorThread
) -> None:
    policies.apply(peering(pcx(51), vpc=vpc(0x5FF)))
    before = (policies.peering(pcx(51)) or {})["spec"]
    connection = request(simulator, 51)
    policies.apply(policy("blocked", **only(51)))

    status = policies.wait_for_reason("blocked", "NameTaken")

    assert {condition["type"] for condition in status["conditions"]} == {"Ready", "Synced", "Stalled"}
    assert policies.requests("blocked").get(connection) == "NameTaken"
    assert policies.wait_for_event("blocked", "NameTaken")["type"] == "Warning"
    assert (policies.peering(connection) or {})["spec"] == before
    assert asked(simulator, connection) == []

    policies.delete(connection, "svp", wait=True)
    wait_until(lambda: asked(simulator, connection) == ["accept"], "it is taken once the name is free")
    policies.wait_for_reason("blocked", "Watching")


def test_what_a_policy_has_made_stays_when_it_goes(policies: PolicyNamespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 61)
    policies.apply(policy("retaining", **only(61)))
    wait_until(lambda: asked(simulator, connection) == ["accept"], "it is accepted")
    wait_until(lambda: policies.status("retaining").get("taken") == 1, "it is counted")
    assert policies.finalizers("retaining") == []

    policies.delete("retaining", wait=True)

    assert policies.taken("retaining") == {connection}
    assert asked(simulator, connection) == ["accept"]


def test_what_a_policy_has_made_goes_with_it_where_that_is_said(
    policies: PolicyNamespace, simulator: SimulatorThread
) -> None:
    connections = [request(simulator, number) for number in (71, 72)]
    policies.apply(policy("deleting", **only(71, 72), deletionPolicy="Delete"))
    wait_until(lambda: len(asked(simulator, *connections)) == 2, "both are accepted")
    policies.wait_for_finalizers("deleting", ["atlasstreams.io/cleanup"])
    policies.apply(peering("copy", vpc=vpc(0x7FF)))
    policies.kubectl("label", "svp", "copy", f"{LABEL}=deleting")

    policies.delete("deleting", wait=True)
    policies.wait_for_taken("deleting", {"copy"})

    assert sorted(asked(simulator, *connections)) == ["accept", "accept", "delete", "delete"]


def test_a_policy_whose_secret_comes_later_says_so(policies: PolicyNamespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 81)
    policies.apply(policy("secretless", **only(81), secret="later"))
    policies.wait_for_reason("secretless", "CredentialsMissing")

    policies.secret("later")

    wait_until(lambda: asked(simulator, connection) == ["accept"], "it is accepted")
    made = policies.peering(connection) or {}
    assert made["spec"]["credentialsSecretRef"] == {"name": "later"}


def test_nothing_is_written_while_nothing_changes(policies: PolicyNamespace, cluster: Cluster) -> None:
    policies.apply(policy("quiet", **only(0x91), maxConnections=1))
    policies.wait_for_reason("quiet", "Watching")
    policies.request_reconcile("quiet", "0")
    wait_until(lambda: policies.status("quiet").get("lastHandledReconcileAt") == "0", "it has come to rest")
    before = [write for write in writes(cluster, policies.name) if write.name == "quiet"]

    policies.request_reconcile("quiet", "1")
    wait_until(lambda: policies.status("quiet").get("lastHandledReconcileAt") == "1", "it has polled again")

    after = [write for write in writes(cluster, policies.name) if write.name == "quiet"]
    assert len(after) == len(before) + 1
