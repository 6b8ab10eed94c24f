"""The variables of the container's environment that decide how Atlas is reached, in the operator's own process."""

from atlas_simulator import SimulatorThread
from cluster.atlas import request
from cluster.conftest import StartOperator
from cluster.namespace import Namespace, peering, vpc

NO_PROXY = "localhost,::1/128,fd00::/8,127.0.0.0/8,.svc,*.cluster.local,[::1]:8443"


def test_a_list_of_addresses_and_networks_without_proxy_is_understood(
    namespace: Namespace, simulator: SimulatorThread, start_operator: StartOperator
) -> None:
    """The proxy does not exist: what is asked through it fails."""
    operator = start_operator(namespace, HTTP_PROXY="http://127.0.0.1:1", NO_PROXY=NO_PROXY)
    request(simulator, 1)
    namespace.apply(peering("orders", vpc=vpc(1)))

    namespace.wait_for_reason("orders", "Active")
    assert "Traceback" not in operator.output()
    operator.stop()
