"""Writes that the Kubernetes API refuses reach the object's condition and an Event, in the policy's own words."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.namespace import Namespace, condition_of, peering, vpc
from cluster.waiting import wait_until
from local_cluster import LocalClusterError

WORDS = "objects of this namespace need the label cost-centre"

pytestmark = pytest.mark.usefixtures("operator")


@contextmanager
def policy(namespace: Namespace, resource: str) -> Iterator[None]:
    """Refuse each UPDATE of a resource whose object lacks a label."""
    name = f"{namespace.name}-{resource.replace('/', '-')}"
    rule = {
        "apiGroups": ["atlasstreams.io"],
        "apiVersions": ["*"],
        "operations": ["UPDATE"],
        "resources": [resource],
    }
    selector = {"matchLabels": {"kubernetes.io/metadata.name": namespace.name}}
    documents: list[dict[str, Any]] = [
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": name},
            "spec": {
                "failurePolicy": "Fail",
                "matchConstraints": {"resourceRules": [rule]},
                "validations": [
                    {
                        "expression": "has(object.metadata.labels) && 'cost-centre' in object.metadata.labels",
                        "message": WORDS,
                    }
                ],
            },
        },
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": name},
            "spec": {
                "policyName": name,
                "validationActions": ["Deny"],
                "matchResources": {"namespaceSelector": selector},
            },
        },
    ]
    namespace.apply(*documents)
    probe = peering(f"probe-{resource.replace('/', '-')}", vpc=vpc(99), suspend=True)
    namespace.apply(probe)
    status = resource.endswith("/status")

    def in_force() -> bool:
        change = {"status": {"statusMessage": "probe"}} if status else {"spec": {"suspend": True}}
        try:
            namespace.merge(probe["metadata"]["name"], change, subresource="status" if status else "")
        except LocalClusterError as refusal:
            return WORDS in str(refusal)
        return False

    wait_until(in_force, "the policy is in force")
    yield
    for document in reversed(documents):
        namespace.delete(name, document["kind"], wait=True)


def test_a_finalizer_that_a_policy_refuses_is_said_in_its_words_and_nothing_is_asked_of_atlas(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    with policy(namespace, "streamsvpcpeerings"):
        connection = request(simulator, 1)
        namespace.apply(peering("unlabelled", vpc=vpc(1)))
        namespace.wait_for_reason("unlabelled", "WriteRefused")
        found = namespace.get("unlabelled") or {}

        assert WORDS in condition_of(found)["message"]
        assert condition_of(found, "Stalled")["status"] == "True"
        event = namespace.wait_for_event("unlabelled", "WriteRefused")
        assert event["type"] == "Warning"
        assert WORDS in event["message"]
        assert asked(simulator, connection) == []

    namespace.wait_for_reason("unlabelled", "Active")
    assert asked(simulator, connection) == ["accept"]


def test_a_finalizer_that_cannot_be_taken_off_is_said_too(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 2, state="active")
    namespace.apply(peering("held", vpc=vpc(2)))
    namespace.wait_for_reason("held", "Active")
    with policy(namespace, "streamsvpcpeerings"):
        namespace.delete("held")
        wait_until(lambda: asked(simulator, connection) == ["delete"], "the connection is deleted")
        wait_until(lambda: namespace.condition("held").get("reason") == "WriteRefused", "the refusal is said")
        assert WORDS in namespace.condition("held")["message"]

    namespace.wait_gone("held")
    assert asked(simulator, connection) == ["delete"]


def test_a_status_that_a_policy_refuses_is_said_in_an_event(namespace: Namespace, simulator: SimulatorThread) -> None:
    with policy(namespace, "streamsvpcpeerings/status"):
        connection = request(simulator, 3)
        namespace.apply(peering("mute", vpc=vpc(3)))

        event = namespace.wait_for_event("mute", "WriteRefused")

        assert WORDS in event["message"]
        assert asked(simulator, connection) == []

    namespace.wait_for_reason("mute", "Active")


def test_a_status_that_another_manager_owns_becomes_whole_and_true(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    connection = request(simulator, 4)
    namespace.apply(peering("restored", vpc=vpc(4)))
    namespace.wait_for_reason("restored", "Active")
    stale = {
        "apiVersion": "atlasstreams.io/v1alpha1",
        "kind": "StreamsVpcPeering",
        "metadata": {"name": "restored"},
        "status": {
            "observedGeneration": 1,
            "connectionName": connection,
            "cloudStatus": "expired",
            "conditions": [
                {
                    "type": kind,
                    "status": status,
                    "reason": "RequestExpired",
                    "message": "As the backup has it.",
                    "lastTransitionTime": "2026-01-01T00:00:00Z",
                }
                for kind, status in (("Ready", "False"), ("Stalled", "True"), ("BackedUp", "True"))
            ],
        },
    }
    namespace.kubectl(
        "apply",
        "--server-side",
        "--force-conflicts",
        "--field-manager=backup",
        "--subresource=status",
        "-f",
        "-",
        input=json.dumps(stale),
    )

    namespace.wait_for_reason("restored", "Active")
    found = namespace.get("restored") or {}
    assert found["status"]["cloudStatus"] == "active"
    assert {each["type"] for each in found["status"]["conditions"]} == {"Ready", "Synced", "BackedUp"}
    assert asked(simulator, connection) == ["accept"]
