"""An operator that watches every namespace, as one does that is not told otherwise."""

from collections.abc import Callable

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.conftest import StartOperator
from cluster.namespace import Namespace, peering, vpc


@pytest.mark.usefixtures("emptied")
def test_objects_of_every_namespace_are_reconciled(
    make_namespace: Callable[[str], Namespace], simulator: SimulatorThread, start_operator: StartOperator
) -> None:
    start_operator()
    for number, suffix in enumerate(("east", "west"), start=0xE000):
        connection = request(simulator, number)
        namespace = make_namespace(suffix)
        namespace.secret()
        namespace.apply(peering("orders", vpc=vpc(number)))

        namespace.wait_for_reason("orders", "Active")

        assert asked(simulator, connection) == ["accept"]
        namespace.delete("orders", wait=True)
        assert asked(simulator, connection) == ["accept", "delete"]
