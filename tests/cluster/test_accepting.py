"""The main job: a request is there, or comes, and becomes active."""

from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import PollTrigger, asked, request
from cluster.namespace import ACCOUNT, PROJECT, Namespace, pcx, peering, vpc
from cluster.operator_process import OperatorProcess
from cluster.waiting import wait_until

pytestmark = pytest.mark.usefixtures("operator")


def test_a_pending_request_is_accepted_once_and_becomes_active_at_the_operator_s_own_pace(
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


@pytest.mark.usefixtures("poll_trigger")
def test_a_request_that_atlas_shows_late_is_accepted_when_it_shows(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    namespace.apply(peering("early", vpc=vpc(2)))
    status = namespace.wait_for_reason("early", "WaitingForRequest")
    assert status["requester"] == {"accountId": ACCOUNT, "vpcId": vpc(2)}
    assert "cloudStatus" not in status

    name = request(simulator, 2, delays={"visibility": 0.4, "initiating_request": 0.8})

    assert namespace.wait_for_reason("early", "Active")["connectionName"] == name
    assert asked(simulator, name) == ["accept"]


@pytest.mark.usefixtures("poll_trigger")
def test_on_its_way_it_says_accepting_then_provisioning(namespace: Namespace, simulator: SimulatorThread) -> None:
    name = request(simulator, 3, delays={"recorded": 60})
    namespace.apply(peering("slow", vpc=vpc(3)))
    namespace.wait_for_reason("slow", "Accepting")
    status = wait_until(lambda: with_local_status(namespace, "slow", "REQUEST_ACCEPT"), "Atlas' own word is shown")
    assert status["cloudStatus"] == "pending-acceptance"
    assert status["lastAction"]["type"] == "Accept"
    assert status["expirationTime"].endswith("Z")

    simulator.set_cloud_status(name, "provisioning", local_status="ACCEPT_REQUESTED")
    namespace.wait_for_reason("slow", "Provisioning")
    simulator.set_cloud_status(name, "active")
    status = namespace.wait_for_reason("slow", "Active")

    assert status["localStatus"] == "ACTIVE"
    assert asked(simulator, name) == ["accept"]


@pytest.mark.usefixtures("poll_trigger")
def test_a_list_that_lags_behind_leads_to_no_second_accept(namespace: Namespace, simulator: SimulatorThread) -> None:
    simulator.configure({"read_lag": 1})
    name = request(simulator, 4)
    namespace.apply(peering("lagging", vpc=vpc(4)))

    namespace.wait_for_reason("lagging", "Active")

    simulator.configure({"read_lag": 0})
    assert asked(simulator, name) == ["accept"]


def test_an_accept_that_stands_still_is_not_asked_again(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    simulator.fault("stuck", "accept", connection=pcx(5))
    name = request(simulator, 5)
    namespace.apply(peering("stuck", vpc=vpc(5)))
    wait_until(lambda: with_local_status(namespace, "stuck", "ACCEPT_REQUESTED"), "Atlas' own word is shown")
    poll_trigger.wait_for_polls()

    assert asked(simulator, name) == ["accept"]


@pytest.mark.usefixtures("poll_trigger")
def test_what_atlas_says_of_its_trouble_is_passed_on(namespace: Namespace, simulator: SimulatorThread) -> None:
    simulator.fault("update-failed", "accept", connection=pcx(6), message="AWS said no.")
    name = request(simulator, 6)
    namespace.apply(peering("troubled", vpc=vpc(6)))

    status = wait_until(lambda: with_local_status(namespace, "troubled", "UPDATE_FAILED"), "the trouble is shown")
    message = namespace.condition("troubled")["message"]

    assert status["statusMessage"] == "AWS said no."
    assert "UPDATE_FAILED: AWS said no." in message
    namespace.wait_for_reason("troubled", "Active")
    assert asked(simulator, name) == ["accept", "accept"]


def with_local_status(namespace: Namespace, name: str, local_status: str) -> dict[str, Any]:
    """Return the status if Atlas' own word is in it."""
    status = namespace.status(name)
    return status if status.get("localStatus") == local_status else {}
