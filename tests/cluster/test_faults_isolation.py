"""What goes wrong in one project holds up no other, even where both are reached with the same credentials."""

from collections.abc import Iterator
from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import request
from cluster.conftest import StartOperator
from cluster.namespace import PUBLIC_KEY, Namespace, peering, vpc
from cluster.operator_process import OperatorProcess
from cluster.waiting import wait_until

MANY = 40
"""Objects of the broken project: more than there are workers, or connections to Atlas."""


@pytest.fixture(scope="module", autouse=True)
def operator(namespace: Namespace, start_operator: StartOperator) -> Iterator[OperatorProcess]:
    started = start_operator(namespace)
    yield started
    started.kill()  # told to stop it would wait for the calls that hang


@pytest.fixture(params=["list", "accept"])
def broken_project(namespace: Namespace, simulator: SimulatorThread, request: Any) -> Iterator[str]:
    """A project in which one of the calls hangs, with more than enough objects that need it."""
    operation, number = str(request.param), len(simulator.connections()) + 1
    project = f"{number:024x}"
    simulator.add_project(project)
    simulator.set_role(PUBLIC_KEY, project, "owner")
    hang = simulator.fault("hang", operation, project=project, times=None)
    for each in range(MANY):
        account = f"{600_000_000_000 + each}"
        simulator.request_peering(project=project, account=account, vpc=vpc(number + each))
    namespace.apply(
        *(
            peering(f"{operation}-{each}", project=project, account=f"{600_000_000_000 + each}", vpc=vpc(number + each))
            for each in range(MANY)
        ),
    )
    wait_until(lambda: hang.hits >= 4, "calls of that project hang")
    yield operation
    simulator.clear_faults(hang)


def test_a_project_that_hangs_holds_up_no_other(
    namespace: Namespace, simulator: SimulatorThread, broken_project: str
) -> None:
    number = 0xF00 + len(broken_project)
    request(simulator, number)
    namespace.apply(peering(f"beside-{broken_project}", vpc=vpc(number)))

    namespace.wait_for_reason(f"beside-{broken_project}", "Active")
