"""From `helm install` to `helm uninstall`, on real pods: each test goes on from where the last one ended."""

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.namespace import peering, vpc
from cluster.waiting import wait_until
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


def test_another_installation_finds_no_lease_of_the_last_one_and_acts_at_once(
    installation: Installation, atlas: SimulatorThread
) -> None:
    wait_until(lambda: installation.holder() is None, "nobody holds the Lease", seconds=SECONDS)

    installation.install()

    (pod,) = installation.names()
    assert installation.wait_for_leader() == pod
    connection = request(atlas, 2)
    installation.served.apply(peering("again", vpc=vpc(2)))
    installation.served.wait_for_reason("again", "Active", seconds=SECONDS)
    assert asked(atlas, connection) == ["accept"]


def test_an_upgrade_takes_the_peerings_over(installation: Installation, atlas: SimulatorThread) -> None:
    (old,) = installation.names()

    installation.upgrade(podAnnotations={"changed": "yes"})

    installation.wait_for_leader(other_than=old)
    connection = request(atlas, 3)
    installation.served.apply(peering("later", vpc=vpc(3)))
    installation.served.wait_for_reason("later", "Active", seconds=SECONDS)
    assert asked(atlas, connection) == ["accept"]
    assert installation.served.condition("again")["reason"] == "Active"
