"""A requester that is named by its ConfluentPeering."""

from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import PollTrigger, asked, request
from cluster.namespace import ACCOUNT, Namespace, condition_of, peering, vpc

pytestmark = pytest.mark.usefixtures("operator", "poll_trigger")


def referring(name: str, reference: str, **spec: Any) -> dict[str, Any]:
    return peering(name, requester={"confluentPeeringRef": {"name": reference}}, **spec)


def confluent_peering(namespace: Namespace, name: str) -> None:
    """Create a ConfluentPeering whose Secret does not exist: the test reports in the operator's place."""
    spec = {
        "environmentId": "env-abc123",
        "networkId": "n-abc123",
        "credentialsSecretRef": {"name": "absent"},
        "accountDetailsRef": {"name": "absent"},
    }
    namespace.apply(
        {
            "apiVersion": "atlasstreams.io/v1alpha1",
            "kind": "ConfluentPeering",
            "metadata": {"name": name},
            "spec": spec,
        }
    )


def report(namespace: Namespace, name: str, **requester: str) -> None:
    """Let a ConfluentPeering report its requester."""
    namespace.merge(name, {"status": {"requester": requester}}, "confluentpeering", subresource="status")


def test_a_reference_that_does_not_exist_is_waited_for(namespace: Namespace, simulator: SimulatorThread) -> None:
    namespace.apply(referring("alone", "absent"))

    namespace.wait_for_reason("alone", "ReferenceNotReady")
    found = namespace.objects()["alone"]

    assert condition_of(found)["status"] == "False"
    assert condition_of(found, "Reconciling")["status"] == "True"
    assert "ConfluentPeering absent" in condition_of(found)["message"]
    namespace.delete("alone", wait=True)


def test_the_request_is_accepted_once_the_reference_says_whose_it_is(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    namespace.apply(referring("orders", "orders"))
    namespace.wait_for_reason("orders", "ReferenceNotReady")
    confluent_peering(namespace, "orders")
    connection, neighbour = request(simulator, 1), request(simulator, 2)
    report(namespace, "orders", accountId=ACCOUNT)
    poll_trigger.wait_for_polls()
    assert namespace.condition("orders")["reason"] == "ReferenceNotReady"

    report(namespace, "orders", vpcId=vpc(1))
    status = namespace.wait_for_reason("orders", "Active")

    assert status["connectionName"] == connection
    assert status["requester"] == {"accountId": ACCOUNT, "vpcId": vpc(1), "cidr": "10.0.0.0/16"}
    assert asked(simulator, connection) == ["accept"]
    assert asked(simulator, neighbour) == []


def test_a_reference_that_goes_does_not_undo_what_it_said(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    confluent_peering(namespace, "payments")
    report(namespace, "payments", accountId=ACCOUNT, vpcId=vpc(3))
    connection = request(simulator, 3)
    namespace.apply(referring("payments", "payments"))
    namespace.wait_for_reason("payments", "Active")

    namespace.delete("payments", kind="confluentpeering", wait=True)
    namespace.request_reconcile("payments", "now")
    poll_trigger.wait_for_polls()

    assert namespace.condition("payments")["reason"] == "Active"
    namespace.delete("payments", wait=True)
    assert asked(simulator, connection) == ["accept", "delete"]


def test_the_name_of_a_connection_and_a_reference_have_to_agree(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    confluent_peering(namespace, "shipping")
    report(namespace, "shipping", accountId=ACCOUNT, vpcId=vpc(4))
    other = request(simulator, 5)
    namespace.apply(referring("shipping", "shipping", connectionName=other))
    namespace.wait_for_reason("shipping", "RequesterMismatch")
    poll_trigger.wait_for_polls()

    assert asked(simulator, other) == []
