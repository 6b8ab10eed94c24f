"""Three manifests do the whole procedure on a real API server, and deleting them leaves nothing on either side."""

import itertools

import pytest

from atlas_simulator import SimulatorThread
from cluster.account_details import AWS, account_details
from cluster.confluent import REQUESTER, ConfluentNamespace, confluent_peering, quick_confluent
from cluster.namespace import Namespace, peering
from cluster.waiting import wait_until

pytestmark = pytest.mark.usefixtures("operator")

NAME = "orders"
MANIFESTS = {
    "sacct": account_details(NAME),
    "cfp": confluent_peering(NAME, details=NAME),
    "svp": peering(NAME, requester={"confluentPeeringRef": {"name": NAME}}),
}
ORDERS = list(itertools.permutations(MANIFESTS))


@pytest.fixture(scope="module")
def both_sides(namespace: Namespace, simulator: SimulatorThread) -> ConfluentNamespace:
    quick_confluent(simulator)
    there = ConfluentNamespace(namespace.cluster, namespace.name)
    there.confluent_secret()
    return there


def wait_until_connected(there: ConfluentNamespace) -> None:
    there.wait_for_reason(NAME, "Connected", seconds=60)
    Namespace(there.cluster, there.name).wait_for_reason(NAME, "Active", seconds=60)


def nothing_is_left(there: ConfluentNamespace, simulator: SimulatorThread) -> bool:
    gone = not any(there.get(NAME, kind) for kind in MANIFESTS)
    dead = all(peering.phase is None for peering in simulator.confluent.peerings())
    return gone and dead and all(row.cloud_status in ("deleted", "rejected") for row in simulator.connections())


@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_from_nothing_to_connected_and_back(
    both_sides: ConfluentNamespace, simulator: SimulatorThread, order: tuple[str, ...]
) -> None:
    made = len(simulator.confluent.peerings())
    both_sides.apply(*(MANIFESTS[kind] for kind in order))
    wait_until_connected(both_sides)

    status = both_sides.status(NAME)
    assert status["requester"] == REQUESTER
    assert status["atlas"] == {**AWS, "region": "US_EAST_1"}
    assert len(simulator.confluent.peerings()) == made + 1
    svp = (both_sides.get(NAME, "svp") or {})["status"]
    assert svp["accepter"]["vpcId"] == AWS["vpcId"]
    assert svp["connectionName"] == simulator.confluent.peering(status["peeringId"]).connection

    for kind in order:
        both_sides.delete(NAME, kind)
    wait_until(lambda: nothing_is_left(both_sides, simulator), "nothing is left on either side", seconds=60)


def test_kubectl_waits_for_the_request_and_for_the_connection(
    both_sides: ConfluentNamespace, simulator: SimulatorThread
) -> None:
    both_sides.apply(MANIFESTS["sacct"], MANIFESTS["cfp"])
    both_sides.kubectl("wait", f"cfp/{NAME}", "--for=condition=Requested", "--timeout=60s", timeout=90)
    assert both_sides.condition(NAME)["reason"] in ("PendingAcceptance", "Provisioning")

    both_sides.apply(MANIFESTS["svp"])
    both_sides.kubectl("wait", f"cfp/{NAME}", "--for=condition=Ready", "--timeout=60s", timeout=90)

    for kind in MANIFESTS:
        both_sides.delete(NAME, kind)
    both_sides.kubectl("wait", f"cfp/{NAME}", "--for=delete", "--timeout=60s", check=False, timeout=90)
    wait_until(lambda: nothing_is_left(both_sides, simulator), "nothing is left on either side", seconds=60)
