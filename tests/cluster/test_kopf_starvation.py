"""Many objects that wait hold up none that has something to do."""

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import request
from cluster.lists import wait_for_lists
from cluster.namespace import Namespace, peering, vpc

pytestmark = pytest.mark.usefixtures("operator")

WAITING = 100


@pytest.fixture(scope="module", autouse=True)
def crowd(namespace: Namespace, operator: object) -> None:
    """Objects without a request, and objects without credentials."""
    waiting = [peering(f"waiting-{n}", vpc=vpc(1000 + n)) for n in range(WAITING)]
    locked_out = [peering(f"locked-out-{n}", vpc=vpc(2000 + n), secret="absent") for n in range(WAITING // 5)]
    namespace.apply(*waiting, *locked_out)
    for last in ("waiting-0", f"waiting-{WAITING - 1}"):
        namespace.wait_for_reason(last, "WaitingForRequest", seconds=60)


def test_a_new_object_is_served_at_once_while_a_hundred_wait(namespace: Namespace, simulator: SimulatorThread) -> None:
    request(simulator, 1)
    namespace.apply(peering("newcomer", vpc=vpc(1)))
    namespace.wait_for_reason("newcomer", "Active")


def test_one_of_the_hundred_is_served_at_once_when_its_request_comes(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    request(simulator, 1000 + WAITING // 2)
    namespace.wait_for_reason(f"waiting-{WAITING // 2}", "Active")


def test_a_hundred_waiting_objects_share_one_poll(simulator: SimulatorThread) -> None:
    wait_for_lists(simulator)
    first, *_, last = simulator.calls("list")
    interval = 1.0
    assert len(simulator.calls("list")) <= (last.time - first.time) / (interval * 0.8) + 10
