"""The main job: a request is there, or comes, and becomes active."""

import pytest
from atlas_simulator import SimulatorThread
from cluster.namespace import ACCOUNT, PROJECT, Namespace, pcx, peering, vpc
from cluster.operator_process import OperatorProcess

pytestmark = pytest.mark.usefixtures("operator")


def test_a_pending_request_is_accepted_once_and_becomes_active(
    namespace: Namespace, simulator: SimulatorThread, operator: OperatorProcess
) -> None:
    name = simulator.request_peering(project=PROJECT, account=ACCOUNT, vpc=vpc(1), name=pcx(1))
    namespace.apply(peering("orders", vpc=vpc(1)))

    namespace.kubectl("wait", "--for=condition=Ready", "svp/orders", "--timeout=30s")

    status = namespace.status("orders")
    assert status["cloudStatus"] == "active"
    assert status["connectionName"] == name
    assert status["lastAction"]["type"] == "Accept"
    assert [call.status for call in simulator.calls("accept", connection=name)] == [202]
    assert "Traceback" not in operator.output()
