"""A stored spec that does not parse, after somebody changed the CRD by hand: it is said, and can be deleted."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import PollTrigger, asked, request
from cluster.namespace import Namespace, condition_of, peering, vpc
from cluster.waiting import wait_until
from local_cluster import Cluster, LocalClusterError

CRD = "streamsvpcpeerings.atlasstreams.io"


@pytest.fixture
def lenient(cluster: Cluster) -> Iterator[None]:
    """The CRD takes any spec for a while."""
    strict = json.loads(cluster.kubectl("get", "crd", CRD, "-o", "json").stdout)
    loose = json.loads(json.dumps(strict))
    schema = loose["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"]["spec"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema.pop("x-kubernetes-validations", None)

    def put(version: dict[str, Any]) -> None:
        spec = json.dumps([{"op": "replace", "path": "/spec/versions", "value": version["spec"]["versions"]}])
        cluster.kubectl("patch", "crd", CRD, "--type=json", "-p", spec)

    put(loose)
    yield
    put(strict)


def store(namespace: Namespace, name: str, number: int, **spec: Any) -> None:
    """Apply an object as soon as the API server has taken up the lenient CRD."""
    manifest = peering(name, vpc=vpc(number), **spec)

    def taken() -> bool:
        try:
            namespace.apply(manifest)
        except LocalClusterError:
            return False
        return True

    wait_until(taken, "the lenient CRD is taken up")


@pytest.mark.usefixtures("lenient", "operator")
def test_an_invalid_spec_is_stalled_with_its_field_and_the_object_can_be_deleted(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 1)
    store(namespace, "broken", 1, desiredState="Bogus")

    namespace.wait_for_reason("broken", "InvalidSpec")

    found = namespace.get("broken") or {}
    assert "spec.desiredState" in condition_of(found)["message"]
    assert condition_of(found, "Stalled")["status"] == "True"
    assert namespace.wait_for_event("broken", "InvalidSpec")["type"] == "Warning"
    poll_trigger.wait_for_polls()
    assert asked(simulator, connection) == []
    namespace.delete("broken", wait=True)


@pytest.mark.usefixtures("lenient", "operator")
def test_a_spec_that_became_invalid_is_deleted_with_what_it_holds(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    connection = request(simulator, 2)
    store(namespace, "spoiled", 2)
    namespace.wait_for_reason("spoiled", "Active")
    namespace.patch("spoiled", desiredState="Bogus")
    namespace.wait_for_reason("spoiled", "InvalidSpec")

    namespace.delete("spoiled")

    namespace.wait_gone("spoiled")
    assert asked(simulator, connection) == ["accept", "delete"]


@pytest.mark.usefixtures("lenient", "operator")
def test_an_invalid_spec_that_retains_goes_at_once(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 3)
    store(namespace, "kept", 3)
    namespace.wait_for_reason("kept", "Active")
    namespace.patch("kept", desiredState="Bogus", deletionPolicy="Retain")

    namespace.delete("kept", wait=True)

    assert asked(simulator, connection) == ["accept"]


@pytest.mark.usefixtures("lenient", "operator")
def test_where_the_deletion_policy_itself_is_invalid_the_deletion_waits_and_says_how_to_get_out(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    connection = request(simulator, 4)
    store(namespace, "undecided", 4)
    namespace.wait_for_reason("undecided", "Active")
    namespace.patch("undecided", deletionPolicy="Orphan")
    namespace.wait_for_reason("undecided", "InvalidSpec")

    namespace.delete("undecided")
    event = namespace.wait_for_event("undecided", "InvalidSpec")
    assert "deletionPolicy: Retain" in namespace.condition("undecided")["message"] or event

    namespace.patch("undecided", deletionPolicy="Retain")
    namespace.wait_gone("undecided")
    assert asked(simulator, connection) == ["accept"]
