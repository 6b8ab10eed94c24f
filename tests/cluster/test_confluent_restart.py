"""The operator is killed at each step of the whole procedure: each change is requested once, and nothing is left."""

import pytest

from atlas_simulator import SimulatorThread
from cluster.account_details import account_details
from cluster.atlas import asked
from cluster.confluent import CHANGES, ConfluentNamespace, confluent_peering, quick_confluent
from cluster.namespace import Namespace, peering
from cluster.operator_process import OperatorProcess
from cluster.waiting import wait_until

NAME = "orders"
STEPS = (("create-peering", "cfp"), ("accept", "svp"))
ENDS = (("delete", "svp"), ("delete-peering", "cfp"))


@pytest.fixture(scope="module")
def there(namespace: Namespace, simulator: SimulatorThread) -> ConfluentNamespace:
    quick_confluent(simulator)
    there = ConfluentNamespace(namespace.cluster, namespace.name)
    there.confluent_secret()
    return there


def made(simulator: SimulatorThread, change: str) -> int:
    """The requests for this change that Confluent Cloud has taken."""
    return sum(call.status is None or call.status < 400 for call in simulator.calls(change))


def wait_until_gone(there: ConfluentNamespace, kind: str) -> None:
    wait_until(lambda: there.get(NAME, kind) is None, "the object is gone", seconds=60)


def test_killed_at_each_step_it_requests_each_change_once_and_leaves_nothing(
    there: ConfluentNamespace, simulator: SimulatorThread, operator: OperatorProcess
) -> None:
    for operation, _ in (*STEPS, *ENDS):
        simulator.fault("lose-reply", operation)
    there.apply(
        account_details(NAME),
        confluent_peering(NAME, details=NAME),
        peering(NAME, requester={"confluentPeeringRef": {"name": NAME}}),
    )
    for operation, kind in STEPS:
        simulator.wait_for_call(operation, timeout=60)
        operator.kill()
        assert (there.get(NAME, kind) or {})["metadata"]["finalizers"] == ["atlasstreams.io/cleanup"]
        assert "lastAction" in (there.get(NAME, kind) or {})["status"]
        operator.start()
    there.wait_for_reason(NAME, "Connected", seconds=60)
    Namespace(there.cluster, there.name).wait_for_reason(NAME, "Active", seconds=60)
    (connection,) = (row.name for row in simulator.connections())
    assert [made(simulator, change) for change in CHANGES] == [1, 0]
    assert asked(simulator, connection) == ["accept"]

    for operation, kind in ENDS:
        there.delete(NAME, kind)
        simulator.wait_for_call(operation, timeout=60)
        operator.kill()
        operator.start()
        wait_until_gone(there, kind)
    there.delete(NAME, "sacct")

    assert [made(simulator, change) for change in CHANGES] == [1, 1]
    assert asked(simulator, connection) == ["accept", "delete"]
    assert all(peering.phase is None for peering in simulator.confluent.peerings())
    assert simulator.connection(connection).cloud_status == "deleted"
