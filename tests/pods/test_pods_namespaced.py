"""A release for some namespaces, in a user namespace of the kernel, without the cluster's names."""

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.namespace import peering, vpc
from pods.installation import SECONDS, Installation

RESOLVES = "import socket; socket.getaddrinfo('kubernetes.default.svc', 443)"


@pytest.fixture(scope="module", autouse=True)
def installed(installation: Installation) -> None:
    watched = {"watchNamespaces": [installation.served.name]}
    installation.install(config=watched, dnsPolicy="Default", hostUsers=False)


@pytest.fixture
def pod(installation: Installation) -> str:
    (name,) = installation.names()
    return name


def test_the_pod_resolves_no_name_of_the_cluster_and_the_operator_works(
    installation: Installation, atlas: SimulatorThread, pod: str
) -> None:
    assert installation.kubectl("exec", pod, "--", "python3", "-c", RESOLVES, check=False).returncode != 0
    connection = request(atlas, 1)
    installation.served.apply(peering("orders", vpc=vpc(1)))
    installation.served.wait_for_reason("orders", "Active", seconds=SECONDS)
    assert asked(atlas, connection) == ["accept"]


def test_its_users_are_not_those_of_the_node(installation: Installation, pod: str) -> None:
    mapped = installation.kubectl("exec", pod, "--", "cat", "/proc/self/uid_map").stdout.split()
    assert mapped[0] == "0"
    assert mapped[1] != "0"


def test_helms_test_passes(installation: Installation) -> None:
    installation.helm("test").must_succeed()


def test_it_is_uninstalled_once_its_objects_are_gone(installation: Installation) -> None:
    assert installation.uninstall().code != 0
    installation.served.kubectl("delete", "svp", "--all", timeout=SECONDS)
    installation.uninstall().must_succeed()
    installation.wait_until_no_pod_is_left()
    assert installation.holder() is None
