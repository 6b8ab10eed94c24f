"""From `helm install` to `helm uninstall`, on real pods: each test goes on from where the last one ended."""

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.namespace import peering, vpc
from pods.installation import SECONDS, Installation


@pytest.fixture(scope="module", autouse=True)
def installed(installation: Installation) -> None:
    installation.install()


def test_a_peering_becomes_active(installation: Installation, atlas: SimulatorThread) -> None:
    connection = request(atlas, 1)
    installation.served.apply(peering("orders", vpc=vpc(1)))
    installation.served.wait_for_reason("orders", "Active", seconds=SECONDS)
    assert asked(atlas, connection) == ["accept"]


def test_helms_test_passes_as_a_real_pod(installation: Installation) -> None:
    answer = installation.helm("test")
    answer.must_succeed()
    assert "Succeeded" in answer.output


def test_an_uninstall_is_refused_while_an_object_exists(installation: Installation) -> None:
    answer = installation.uninstall()
    assert answer.code != 0
    assert "1 object of the operator still exists" in answer.output
    assert installation.get("deployment", installation.deployment) is not None


def test_an_uninstall_is_allowed_once_the_objects_are_gone(installation: Installation, atlas: SimulatorThread) -> None:
    installation.served.kubectl("delete", "svp", "orders", timeout=SECONDS)
    installation.uninstall().must_succeed()
    installation.wait_until_no_pod_is_left()
