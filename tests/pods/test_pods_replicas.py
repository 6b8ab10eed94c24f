"""Two replicas: the leadership changes hands in every orderly end, and a peering becomes active through all of it."""

import json
from collections.abc import Iterator

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request, taken
from cluster.namespace import peering, vpc
from cluster.waiting import wait_until
from pods.installation import SECONDS, Installation

RELEASED = "Released the Lease"
NODE = "node-1"


@pytest.fixture(scope="module", autouse=True)
def installed(installation: Installation) -> None:
    installation.install(replicas=2, podDisruptionBudget={"enabled": True})


@pytest.fixture
def slow_atlas(atlas: SimulatorThread) -> Iterator[None]:
    """Atlas answers each acceptance only after a while: whoever ends meanwhile has one in hand."""
    slowness = atlas.fault("latency", "accept", times=None, seconds=1)
    yield
    atlas.clear_faults(slowness)


def becomes_active(installation: Installation, atlas: SimulatorThread, number: int) -> None:
    connection = request(atlas, number)
    name = f"orders-{number}"
    installation.served.apply(peering(name, vpc=vpc(number)))
    installation.served.wait_for_reason(name, "Active", seconds=SECONDS)
    assert taken(atlas, connection) == ["accept"]


def test_both_run_and_the_leader_owns_the_lease(installation: Installation, atlas: SimulatorThread) -> None:
    leader = installation.wait_for_leader()
    assert len(installation.names()) == 2
    (owner,) = installation.lease()["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"]) == ("Pod", leader)
    becomes_active(installation, atlas, 1)


def test_a_leader_whose_pod_is_deleted_gives_its_lease_back(installation: Installation, atlas: SimulatorThread) -> None:
    leader = installation.wait_for_leader()

    with installation.following(leader) as log:
        installation.kubectl("delete", "pod", leader, "--wait=false")
        installation.wait_for_leader(other_than=leader)
        wait_until(lambda: RELEASED in log(), "the Lease is given back", seconds=SECONDS)
    becomes_active(installation, atlas, 2)


@pytest.mark.usefixtures("slow_atlas")
def test_a_rollout_in_the_middle_of_changes_loses_none_and_makes_none_twice(
    installation: Installation, atlas: SimulatorThread
) -> None:
    leader = installation.wait_for_leader()
    numbers = range(10, 22)
    connections = [request(atlas, number) for number in numbers]
    names = [f"orders-{number}" for number in numbers]
    installation.served.apply(*(peering(name, vpc=vpc(number)) for name, number in zip(names, numbers, strict=True)))
    wait_until(lambda: taken(atlas, *connections), "the leader is at work", seconds=SECONDS)

    with installation.following(leader) as log:
        installation.kubectl("rollout", "restart", "deployment", installation.deployment)
        installation.kubectl(
            "rollout", "status", "deployment", installation.deployment, "--timeout=2m", timeout=SECONDS
        )
        installation.wait_for_leader(other_than=leader)
        wait_until(lambda: RELEASED in log(), "the Lease is given back", seconds=SECONDS)
    installation.served.wait_for_reasons(dict.fromkeys(names, "Active"), seconds=SECONDS)
    assert [asked(atlas, connection) for connection in connections] == [["accept"]] * len(connections)


def test_a_drained_node_ends_the_leader_in_order_and_another_takes_over_when_it_is_back(
    installation: Installation, atlas: SimulatorThread
) -> None:
    leader = installation.wait_for_leader()
    drain = ("drain", NODE, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=20s")
    with installation.following(leader) as log:
        try:
            # The budget lets one pod go; the last one cannot, since there is no other node.
            refused = installation.cluster.kubectl(*drain, check=False, timeout=SECONDS)
            assert "Cannot evict pod" in refused.stderr
            assert len(installation.names() & {leader}) <= 1
        finally:
            installation.cluster.kubectl("uncordon", NODE)
        installation.kubectl(
            "rollout", "status", "deployment", installation.deployment, "--timeout=2m", timeout=SECONDS
        )
        if leader not in installation.names():
            wait_until(lambda: RELEASED in log(), "the Lease is given back", seconds=SECONDS)
    installation.wait_for_leader()
    becomes_active(installation, atlas, 40)


def test_the_pods_run_as_restricted_ones_on_a_root_that_cannot_be_written(installation: Installation) -> None:
    for pod in installation.pods():
        container = pod["spec"]["containers"][0]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        name = pod["metadata"]["name"]
        written = installation.kubectl("exec", name, "--", "touch", "/file", check=False)
        assert "Read-only file system" in written.stderr
        who = installation.kubectl("exec", name, "--", "id", "-u").stdout.strip()
        assert who == "65532"
    assert (
        json.loads(installation.kubectl("get", "ns", installation.name, "-o", "json").stdout)["metadata"]["labels"][
            "pod-security.kubernetes.io/enforce"
        ]
        == "restricted"
    )
