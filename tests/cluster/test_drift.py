"""What somebody else does to the connection: it is seen, said, and followed by whatever request comes next."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import PollTrigger, asked, request
from cluster.namespace import Namespace, condition_of, pcx, peering, vpc

pytestmark = pytest.mark.usefixtures("operator", "poll_trigger")

FINALIZER = "atlasstreams.io/cleanup"
FATES = {
    "deleted": "ConnectionDeleted",
    "rejected": "RequestRejected",
    "expired": "RequestExpired",
    "failed": "RequestFailed",
}


@dataclass
class TerminalConnections:
    """Connections that ended while objects held them."""

    connections: dict[str, str] = field(default_factory=dict)
    """Object → the connection it held."""
    successors: dict[str, str] = field(default_factory=dict)
    """Object → the new request from the same VPC."""
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The objects after the connection has ended, before the new request."""
    objects_after: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The objects after the new request."""


@pytest.fixture(scope="module")
def terminal_connections(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> TerminalConnections:
    """For each fate an object that matches by VPC and a pinned one; all end at once, then new requests come."""
    terminal_connections, manifests = TerminalConnections(), []
    for number, fate in enumerate(FATES):
        for kind, pinned in (("free", False), ("pinned", True)):
            vpc_number = 0x100 + 2 * number + pinned
            connection = terminal_connections.connections[f"{kind}-{fate}"] = request(
                simulator, vpc_number, state="active"
            )
            pin = {"connectionName": connection} if pinned else {}
            manifests.append(peering(f"{kind}-{fate}", vpc=vpc(vpc_number), **pin))
    namespace.apply(*manifests)
    namespace.wait_for_reasons(dict.fromkeys(terminal_connections.connections, "Active"))
    for name, connection in terminal_connections.connections.items():
        simulator.set_cloud_status(connection, name.partition("-")[2])
    reasons = {name: FATES[name.partition("-")[2]] for name in terminal_connections.connections}
    terminal_connections.objects = namespace.wait_for_reasons(reasons)
    for name, connection in terminal_connections.connections.items():
        successor = pcx(int(connection.removeprefix("pcx-"), 16) + 0x1000)
        terminal_connections.successors[name] = request(
            simulator, int(connection.removeprefix("pcx-"), 16), name=successor
        )
    free = {name: "Active" for name in terminal_connections.connections if name.startswith("free")}
    namespace.wait_for_reasons(free)
    poll_trigger.wait_for_polls()
    terminal_connections.objects_after = namespace.objects()
    return terminal_connections


@pytest.mark.parametrize("fate", FATES)
def test_a_connection_that_died_is_said_and_stalls(terminal_connections: TerminalConnections, fate: str) -> None:
    found = terminal_connections.objects[f"free-{fate}"]

    assert condition_of(found)["status"] == "False"
    assert condition_of(found, "Stalled")["reason"] == FATES[fate]
    assert not condition_of(found, "Reconciling")
    assert found["status"]["cloudStatus"] == fate
    assert found["status"]["connectionName"] == terminal_connections.connections[f"free-{fate}"]
    assert "make a new request" in condition_of(found)["message"]


@pytest.mark.parametrize("fate", FATES)
def test_an_object_whose_connection_died_can_go_at_any_time(
    terminal_connections: TerminalConnections, fate: str
) -> None:
    assert FINALIZER not in terminal_connections.objects[f"free-{fate}"]["metadata"].get("finalizers", [])


@pytest.mark.parametrize("fate", FATES)
def test_a_new_request_is_taken_up_by_itself(
    simulator: SimulatorThread, terminal_connections: TerminalConnections, fate: str
) -> None:
    name = f"free-{fate}"
    status = terminal_connections.objects_after[name]["status"]

    assert status["connectionName"] == terminal_connections.successors[name]
    assert status["cloudStatus"] == "active"
    assert asked(simulator, terminal_connections.successors[name]) == ["accept"]
    assert asked(simulator, terminal_connections.connections[name]) == []
    assert terminal_connections.objects_after[name]["metadata"]["finalizers"] == [FINALIZER]


@pytest.mark.parametrize("fate", FATES)
def test_a_new_request_is_not_taken_up_where_the_dead_one_is_pinned(
    simulator: SimulatorThread, terminal_connections: TerminalConnections, fate: str
) -> None:
    name = f"pinned-{fate}"
    ready = condition_of(terminal_connections.objects_after[name])

    assert ready["reason"] == FATES[fate]
    assert "set spec.connectionName to it, or remove spec.connectionName" in ready["message"]
    assert asked(simulator, terminal_connections.successors[name]) == []


@pytest.mark.parametrize(("fate", "pin"), [("deleted", True), ("expired", False)])
def test_a_pin_set_anew_or_removed_lets_the_new_request_be_taken(
    namespace: Namespace, simulator: SimulatorThread, terminal_connections: TerminalConnections, fate: str, pin: bool
) -> None:
    name = f"pinned-{fate}"

    namespace.patch(name, connectionName=terminal_connections.successors[name] if pin else None)
    status = namespace.wait_for_reason(name, "Active")

    assert status["connectionName"] == terminal_connections.successors[name]
    assert asked(simulator, terminal_connections.successors[name]) == ["accept"]


def test_a_request_that_somebody_else_accepts_becomes_active(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 1, state="provisioning")
    namespace.apply(peering("accepted", vpc=vpc(1)))
    status = namespace.wait_for_reason("accepted", "Provisioning")
    assert status["connectionName"] == connection

    simulator.set_cloud_status(connection, "active")
    status = namespace.wait_for_reason("accepted", "Active")

    assert asked(simulator, connection) == []
    assert "lastAction" not in status


def test_a_connection_on_its_way_out_reads_as_deleting(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 2, state="active")
    namespace.apply(peering("leaving", vpc=vpc(2)))
    namespace.wait_for_reason("leaving", "Active")

    simulator.set_cloud_status(connection, "deleting")
    namespace.wait_for_reason("leaving", "Deleting")

    assert namespace.condition("leaving", "Reconciling")["status"] == "True"
    assert asked(simulator, connection) == []


def test_an_active_connection_that_vanishes_reads_as_deleted(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 3, state="active")
    namespace.apply(peering("vanished", vpc=vpc(3)))
    before = namespace.wait_for_reason("vanished", "Active")

    simulator.vanish(connection)
    status = namespace.wait_for_reason("vanished", "ConnectionDeleted")
    poll_trigger.wait_for_polls()

    assert namespace.status("vanished") == status
    assert "cloudStatus" not in status
    assert {key: status[key] for key in ("connectionName", "connectionId", "requester", "accepter")} == {
        key: before[key] for key in ("connectionName", "connectionId", "requester", "accepter")
    }


def test_an_object_whose_active_connection_vanished_goes_and_asks_for_nothing(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    connection = request(simulator, 8, state="active")
    namespace.apply(peering("bereft", vpc=vpc(8)))
    namespace.wait_for_reason("bereft", "Active")
    simulator.vanish(connection)
    namespace.wait_for_reason("bereft", "ConnectionDeleted")
    assert not namespace.finalizers("bereft")

    namespace.delete("bereft", wait=True)

    assert asked(simulator, connection) == []


def test_a_connection_that_one_list_missed_is_held_again(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 9, state="active")
    namespace.apply(peering("missed", vpc=vpc(9)))
    namespace.wait_for_reason("missed", "Active")
    simulator.vanish(connection)
    namespace.wait_for_reason("missed", "ConnectionDeleted")

    simulator.set_cloud_status(connection, "active")
    status = namespace.wait_for_reason("missed", "Active")

    assert status["connectionName"] == connection
    assert namespace.finalizers("missed") == [FINALIZER]
    assert asked(simulator, connection) == []


def test_a_request_that_comes_while_the_old_one_is_deleted_is_taken_up_afterwards(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    old = request(simulator, 10, state="active")
    namespace.apply(peering("renewed", vpc=vpc(10)))
    namespace.wait_for_reason("renewed", "Active")
    simulator.set_cloud_status(old, "deleting")
    new = request(simulator, 10, name=pcx(0xA1), accepter_vpc=vpc(0xA10))
    namespace.wait_for_reason("renewed", "Deleting")
    poll_trigger.wait_for_polls()
    assert asked(simulator, old, new) == []

    simulator.set_cloud_status(old, "deleted")
    status = namespace.wait_for_reason("renewed", "Active")

    assert status["connectionName"] == new
    assert asked(simulator, old, new) == ["accept"]


def test_a_dead_connection_that_is_listed_no_more_stays_what_it_was(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 4, state="expired")
    namespace.apply(peering("forgotten", vpc=vpc(4)))
    namespace.wait_for_reason("forgotten", "RequestExpired")

    simulator.vanish(connection)
    namespace.wait_for_cloud({"forgotten": None})
    poll_trigger.wait_for_polls()

    assert namespace.condition("forgotten", "Stalled")["reason"] == "RequestExpired"
    assert connection in namespace.condition("forgotten")["message"]


def test_a_request_that_is_taken_back_is_waited_for_again(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 5, state="initiating-request")
    namespace.apply(peering("withdrawn", vpc=vpc(5)))
    namespace.wait_for_cloud({"withdrawn": "initiating-request"})

    simulator.vanish(connection)
    namespace.wait_for_cloud({"withdrawn": None})
    status = namespace.wait_for_reason("withdrawn", "WaitingForRequest")

    assert "connectionName" not in status
    assert not namespace.finalizers("withdrawn")
    again = request(simulator, 5, name=pcx(0x50))
    assert namespace.wait_for_reason("withdrawn", "Active")["connectionName"] == again


def test_a_request_that_expires_unlisted_reads_as_expired(namespace: Namespace, simulator: SimulatorThread) -> None:
    simulator.configure({"linger": {"expired": 0}})
    simulator.fault("no-effect", "accept", connection=pcx(6))
    connection = request(simulator, 6, delays={"expiration": 2})
    simulator.configure({"linger": {"expired": None}})
    namespace.apply(peering("late", vpc=vpc(6)))
    namespace.wait_for_reason("late", "Accepting")

    status = namespace.wait_for_reason("late", "RequestExpired")

    assert status["connectionName"] == connection
    assert "cloudStatus" not in status


def test_a_request_that_fails_at_aws_says_why(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 7, cidr="192.168.248.0/24")
    namespace.apply(peering("overlapping", vpc=vpc(7)))

    status = namespace.wait_for_reason("overlapping", "RequestFailed")

    assert status["statusMessage"] == "The CIDR blocks of the two VPCs overlap."
    assert "The CIDR blocks of the two VPCs overlap" in namespace.condition("overlapping")["message"]
    assert asked(simulator, connection) == []
