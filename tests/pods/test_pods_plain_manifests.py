"""The plain manifests of deploy/, as the documents say to apply them."""

from collections.abc import Iterator

import pytest
import yaml

from atlas_simulator import SimulatorThread
from chart.helm import RELEASE, ROOT
from chart.manifests import manifest_files
from cluster.atlas import asked, request
from cluster.namespace import peering, vpc
from cluster.waiting import wait_until
from fast_yaml import read_yaml_all
from image.archive import REPOSITORY, TAG
from pods.installation import SECONDS, Installation

CRDS, PERMISSIONS = str(ROOT / "crds"), str(ROOT / "deploy" / "rbac.yaml")


@pytest.fixture(scope="module")
def operator(installation: Installation) -> str:
    """The operator's manifest, with this image and the test's Atlas, as a user edits it."""
    image = {"repository": REPOSITORY, "tag": TAG, "pullPolicy": "Never"}
    manifests = read_yaml_all(manifest_files(image)["operator.yaml"])
    deployment = next(manifest for manifest in manifests if manifest["kind"] == "Deployment")
    settings = {
        "ATLAS_BASE_URL": installation.atlas_url,
        "CONFLUENT_BASE_URL": installation.atlas_url,
        "ALLOW_PLAIN_HTTP": "true",
        "POLL_INTERVAL_PENDING": "1",
        "POLL_INTERVAL_STEADY": "2",
    }
    for entry in deployment["spec"]["template"]["spec"]["containers"][0]["env"]:
        if entry["name"] in settings:
            entry["value"] = settings[entry["name"]]
    return yaml.safe_dump_all(manifests)


@pytest.fixture(scope="module", autouse=True)
def applied(installation: Installation, operator: str) -> Iterator[None]:
    kubectl = installation.cluster.kubectl
    kubectl("apply", "--server-side", "-f", CRDS, "-f", PERMISSIONS)
    kubectl("apply", "--server-side", "-f", "-", input=operator)
    yield
    kubectl("delete", "--ignore-not-found", "--wait=false", "-f", "-", input=operator)
    kubectl("delete", "--ignore-not-found", "-f", PERMISSIONS, timeout=SECONDS)


def in_its_namespace(installation: Installation, *arguments: str) -> str:
    return installation.cluster.kubectl("--namespace", RELEASE, *arguments, timeout=SECONDS).stdout


def test_they_run_and_a_peering_becomes_active(installation: Installation, atlas: SimulatorThread) -> None:
    in_its_namespace(installation, "rollout", "status", f"deployment/{RELEASE}", "--timeout=2m")
    connection = request(atlas, 1)
    installation.served.apply(peering("orders", vpc=vpc(1)))
    installation.served.wait_for_reason("orders", "Active", seconds=SECONDS)
    assert asked(atlas, connection) == ["accept"]


def test_the_check_passes_in_the_operators_pod(installation: Installation) -> None:
    in_its_namespace(installation, "exec", f"deployment/{RELEASE}", "--", RELEASE, "check")


def test_applied_again_after_they_were_deleted_they_act_at_once(
    installation: Installation, atlas: SimulatorThread, operator: str
) -> None:
    """The permissions go at the same time as the pod: whoever led cannot give the Lease back."""
    kubectl = installation.cluster.kubectl

    def holder() -> str:
        return in_its_namespace(installation, "get", "leases", "-o", "jsonpath={.items[*].spec.holderIdentity}")

    wait_until(holder, "it leads", seconds=SECONDS)
    for kind in ("rolebinding", "clusterrolebinding"):
        in_its_namespace(installation, "delete", kind, "--selector=app.kubernetes.io/name=atlas-streams-peering")
    kubectl("delete", "--wait=false", "-f", "-", input=operator)
    wait_until(
        lambda: not in_its_namespace(installation, "get", "pods", "-o", "name"), "no pod is left", seconds=SECONDS
    )
    wait_until(lambda: not holder(), "nobody holds the Lease", seconds=SECONDS)

    kubectl("apply", "--server-side", "-f", PERMISSIONS)
    kubectl("apply", "--server-side", "-f", "-", input=operator)

    connection = request(atlas, 2)
    installation.served.apply(peering("again", vpc=vpc(2)))
    installation.served.wait_for_reason("again", "Active", seconds=SECONDS)
    assert asked(atlas, connection) == ["accept"]
