"""Polls that the annotation requests, on an operator that would otherwise poll once a minute."""

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.conftest import StartOperator
from cluster.namespace import PROJECT, Namespace, peering, vpc
from cluster.operator_process import OperatorProcess
from cluster.waiting import wait_until

pytestmark = pytest.mark.usefixtures("operator")

ECHO = "lastHandledReconcileAt"


@pytest.fixture(scope="module")
def operator(namespace: Namespace, start_operator: StartOperator) -> OperatorProcess:
    """An operator that takes its time."""
    return start_operator(namespace, POLL_INTERVAL_PENDING="60", POLL_INTERVAL_STEADY="60")


def wait_for_echo(namespace: Namespace, name: str, value: str) -> None:
    wait_until(lambda: namespace.status(name).get(ECHO) == value, f"{name} has echoed {value}")


def test_a_new_value_of_the_annotation_requests_a_poll_at_once(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    namespace.apply(peering("orders", vpc=vpc(1)))
    namespace.wait_for_reason("orders", "WaitingForRequest")
    connection = request(simulator, 1)
    assert ECHO not in namespace.status("orders")

    namespace.request_reconcile("orders", "one")
    namespace.wait_for_reason("orders", "Accepting")

    wait_for_echo(namespace, "orders", "one")
    wait_until(lambda: simulator.connection(connection).cloud_status == "active", "the connection is active")
    namespace.request_reconcile("orders", "two")
    namespace.wait_for_reason("orders", "Active")
    wait_for_echo(namespace, "orders", "two")


def test_each_value_of_the_annotation_requests_one_poll(namespace: Namespace, simulator: SimulatorThread) -> None:
    namespace.apply(peering("payments", vpc=vpc(2)))
    namespace.wait_for_reason("payments", "WaitingForRequest")
    before = len(simulator.calls("list"))

    namespace.request_reconcile("payments", "one")
    wait_for_echo(namespace, "payments", "one")
    assert len(simulator.calls("list")) == before + 1
    namespace.request_reconcile("payments", "one")
    namespace.merge("payments", {"metadata": {"labels": {"looked": "twice"}}})
    namespace.request_reconcile("payments", "two")
    wait_for_echo(namespace, "payments", "two")

    assert len(simulator.calls("list")) == before + 2


def test_a_poll_requested_by_one_object_serves_the_others(namespace: Namespace, simulator: SimulatorThread) -> None:
    namespace.apply(peering("asking", vpc=vpc(3)), peering("listening", vpc=vpc(4)))
    namespace.wait_for_reasons({"asking": "WaitingForRequest", "listening": "WaitingForRequest"})
    connection = request(simulator, 4, state="active")

    namespace.request_reconcile("asking", "now")
    status = namespace.wait_for_reason("listening", "Active")

    assert status["connectionName"] == connection
    assert ECHO not in status


def test_the_echo_stays_when_the_annotation_goes(namespace: Namespace) -> None:
    namespace.apply(peering("echoing", vpc=vpc(5)))
    namespace.request_reconcile("echoing", "once")
    wait_for_echo(namespace, "echoing", "once")

    namespace.kubectl("annotate", "svp", "echoing", "atlasstreams.io/reconcile-requested-at-")
    namespace.patch("echoing", suspend=True)
    status = namespace.wait_for_reason("echoing", "Suspended")

    assert status[ECHO] == "once"


def test_a_poll_requested_while_suspended_is_made_and_changes_nothing(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    namespace.apply(peering("suspended", vpc=vpc(6), suspend=True))
    namespace.wait_for_reason("suspended", "Suspended")
    connection = request(simulator, 6)

    namespace.request_reconcile("suspended", "now")
    wait_for_echo(namespace, "suspended", "now")

    assert namespace.status("suspended")["cloudStatus"] == "pending-acceptance"
    assert asked(simulator, connection) == []


def test_a_secret_made_a_moment_ago_is_read_at_once(namespace: Namespace, simulator: SimulatorThread) -> None:
    request(simulator, 7, state="active")
    namespace.apply(peering("keyless", vpc=vpc(7), secret="made-later"))
    namespace.wait_for_reason("keyless", "CredentialsMissing")

    namespace.secret("made-later")
    namespace.request_reconcile("keyless", "now")

    namespace.wait_for_reason("keyless", "Active")


def test_what_atlas_did_not_allow_a_moment_ago_is_asked_again_at_once(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    simulator.add_api_key("reader", "5f2c0a53", roles={PROJECT: "read"})
    namespace.secret("reader-api", publicApiKey="reader", privateApiKey="5f2c0a53")
    connection = request(simulator, 11)
    namespace.apply(peering("forbidden", vpc=vpc(11), secret="reader-api"))
    namespace.request_reconcile("forbidden", "first")
    namespace.wait_for_reason("forbidden", "Unauthorized")

    simulator.set_role("reader", PROJECT, "owner")
    namespace.request_reconcile("forbidden", "now")

    simulator.wait_for_call("accept", connection=connection, status=202)


def test_a_change_of_the_spec_is_acted_on_at_once(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 8, state="active")
    namespace.apply(peering("changed", vpc=vpc(8)))
    namespace.request_reconcile("changed", "now")
    namespace.wait_for_reason("changed", "Active")

    namespace.patch("changed", desiredState="Deleted")
    simulator.wait_for_call("delete", connection=connection)

    namespace.wait_for_reason("changed", "Deleting")


def test_a_list_older_than_the_object_does_not_prove_that_there_is_nothing_to_delete(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    namespace.apply(peering("looking", vpc=vpc(9)))
    namespace.wait_for_reason("looking", "WaitingForRequest")
    connection = request(simulator, 10, state="active")

    namespace.apply(peering("unwanted", vpc=vpc(10), desiredState="Deleted"))
    namespace.wait_for_reason("unwanted", "Deleting")

    # The intent is written before Atlas is asked.
    simulator.wait_for_call("delete", connection=connection)
    assert asked(simulator, connection) == ["delete"]
    assert "Deleted" not in [event["reason"] for event in namespace.events("unwanted")]


def test_two_lists_of_one_moment_do_not_prove_that_a_connection_is_gone(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    connection = request(simulator, 14, state="active")
    namespace.apply(peering("overlooked", vpc=vpc(14)))
    namespace.request_reconcile("overlooked", "held")
    namespace.wait_for_reason("overlooked", "Active")

    simulator.vanish(connection)
    before = len(simulator.calls("list"))
    namespace.request_reconcile("overlooked", "missed")
    wait_until(lambda: len(simulator.calls("list")) > before, "a list misses the connection")
    namespace.request_reconcile("overlooked", "missed again")
    wait_until(lambda: len(simulator.calls("list")) > before + 1, "another does")
    assert namespace.condition("overlooked")["reason"] == "Active"
    namespace.delete("overlooked")
    wait_until(lambda: len(simulator.calls("list")) > before + 2, "the list made for the deletion does")
    simulator.set_cloud_status(connection, "active")
    namespace.request_reconcile("overlooked", "listed")

    simulator.wait_for_call("delete", connection=connection, status=202)
    wait_until(lambda: simulator.connection(connection).cloud_status == "deleted", "the connection is deleted")
    namespace.request_reconcile("overlooked", "deleted")
    namespace.wait_gone("overlooked")


def test_the_status_reports_a_failed_first_poll_without_a_second_poll(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    stranger = "900000000001"
    simulator.fault(operation="list", account=stranger, times=None, kind="answer", status=403)

    namespace.apply(peering("strange", account=stranger, vpc=vpc(12)))
    namespace.wait_for_reason("strange", "Unauthorized")

    assert len(simulator.calls("list", requester_account_id=stranger)) == 1


def test_one_poll_for_the_object_proves_that_there_is_no_connection(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    quiet = "900000000002"

    namespace.apply(peering("nothing", account=quiet, vpc=vpc(13), desiredState="Deleted"))
    namespace.wait_for_reason("nothing", "Deleted")

    assert len(simulator.calls("list", requester_account_id=quiet)) == 1
