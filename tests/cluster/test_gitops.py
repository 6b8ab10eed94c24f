"""Nothing that the operator does makes a manifest in git look changed."""

import json
from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import PollTrigger, request
from cluster.audit import Write, writes
from cluster.namespace import Namespace, peering, vpc
from cluster.waiting import wait_until
from local_cluster import Cluster

pytestmark = pytest.mark.usefixtures("operator", "poll_trigger")

NOON = "2024-12-11T12:00:00Z"


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    """What stands in git."""
    declared = peering("declared", vpc=vpc(1))
    declared["metadata"]["labels"] = {"team": "orders"}
    return declared


@pytest.fixture(scope="module")
def before(namespace: Namespace, simulator: SimulatorThread, manifest: dict[str, Any]) -> dict[str, Any]:
    """The object of the manifest, accepted and active."""
    request(simulator, 1)
    namespace.kubectl_apply(manifest)
    namespace.kubectl("wait", "--for=condition=Ready", "svp/declared", "--timeout=30s")
    return namespace.objects()["declared"]


def test_every_field_of_the_manifest_is_what_it_was(before: dict[str, Any], manifest: dict[str, Any]) -> None:
    assert before["spec"] == manifest["spec"]
    assert before["metadata"]["labels"] == manifest["metadata"]["labels"]
    assert before["metadata"]["generation"] == 1


@pytest.mark.parametrize("mode", ["--server-side=false", "--server-side"])
def test_a_diff_is_empty(namespace: Namespace, before: dict[str, Any], manifest: dict[str, Any], mode: str) -> None:
    own = () if mode.endswith("false") else ("--field-manager=kubectl-client-side-apply",)

    answer = namespace.kubectl("diff", mode, *own, "-f", "-", input=json.dumps(manifest), check=False)

    assert (answer.returncode, answer.stdout) == (0, ""), answer.stderr


def test_applying_it_again_changes_nothing(
    namespace: Namespace, before: dict[str, Any], manifest: dict[str, Any]
) -> None:
    said = namespace.kubectl_apply(manifest)

    assert said.split() == ["streamsvpcpeering.atlasstreams.io/declared", "unchanged"]
    assert namespace.objects()["declared"]["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


def test_applying_it_server_side_again_changes_nothing(namespace: Namespace, simulator: SimulatorThread) -> None:
    request(simulator, 2)
    manifest = peering("owned", vpc=vpc(2))
    namespace.kubectl_apply(manifest, server_side=True)
    namespace.wait_for_reason("owned", "Active")
    before = namespace.objects()["owned"]

    namespace.kubectl_apply(manifest, server_side=True)

    assert namespace.objects()["owned"] == before
    assert before["metadata"]["finalizers"] == ["atlasstreams.io/cleanup"]


def test_an_apply_that_takes_the_status_along_does_not_change_it(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    request(simulator, 3)
    namespace.kubectl_apply(peering("exported", vpc=vpc(3)))
    namespace.wait_for_reason("exported", "Active")
    exported = namespace.objects()["exported"]

    exported["status"] = {"cloudStatus": "pending-acceptance"}
    namespace.kubectl("replace", "-f", "-", input=json.dumps(exported))

    assert namespace.status("exported")["cloudStatus"] == "active"


def test_what_another_tool_adds_to_the_object_stays(namespace: Namespace, simulator: SimulatorThread) -> None:
    request(simulator, 4)
    namespace.kubectl_apply(peering("tracked", vpc=vpc(4)))
    namespace.merge("tracked", {"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": "streams:tracked"}}})
    namespace.wait_for_reason("tracked", "Active")

    metadata = namespace.objects()["tracked"]["metadata"]

    assert metadata["annotations"]["argocd.argoproj.io/tracking-id"] == "streams:tracked"


def test_a_condition_that_another_controller_adds_stays_and_starts_no_quarrel(
    cluster: Cluster, namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 5, state="active")
    namespace.kubectl_apply(peering("annotated", vpc=vpc(5)))
    namespace.wait_for_reason("annotated", "Active")
    audited = {"type": "Audited", "status": "True", "reason": "Seen", "message": "Seen."}
    added = [{"op": "add", "path": "/status/conditions/-", "value": audited | {"lastTransitionTime": NOON}}]
    namespace.kubectl("patch", "svp", "annotated", "--subresource=status", "--type=json", "-p", json.dumps(added))
    simulator.set_cloud_status(connection, "deleted")
    namespace.wait_for_reason("annotated", "ConnectionDeleted")
    before = len(own_writes(cluster, namespace, "annotated"))
    poll_trigger.wait_for_polls(3)

    assert namespace.condition("annotated", "Audited")["reason"] == "Seen"
    assert len(own_writes(cluster, namespace, "annotated")) == before


def test_a_status_that_somebody_changed_is_set_right(namespace: Namespace, simulator: SimulatorThread) -> None:
    request(simulator, 6, state="active")
    namespace.kubectl_apply(peering("forged", vpc=vpc(6)))
    status = namespace.wait_for_reason("forged", "Active")

    forged = {"cloudStatus": "deleted", "connectionName": None}
    namespace.merge("forged", {"status": forged}, subresource="status")

    wait_until(lambda: namespace.status("forged") == status, "the status is as it was")


def test_a_finalizer_that_somebody_removed_comes_back(namespace: Namespace, simulator: SimulatorThread) -> None:
    request(simulator, 7, state="active")
    namespace.kubectl_apply(peering("bared", vpc=vpc(7)))
    namespace.wait_for_finalizers("bared", ["atlasstreams.io/cleanup"])

    namespace.merge("bared", {"metadata": {"finalizers": None}})

    namespace.wait_for_finalizers("bared", ["atlasstreams.io/cleanup"])


def own_writes(cluster: Cluster, namespace: Namespace, name: str) -> list[Write]:
    return [write for write in writes(cluster, namespace.name) if write.name == name]
