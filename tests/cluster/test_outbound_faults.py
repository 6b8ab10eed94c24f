"""StreamsOutboundVpcPeerings while Atlas errs, lags or forgets, and while the operator is killed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.conftest import StartOperator
from cluster.namespace import PROJECT, PUBLIC_KEY, Namespace, condition_of
from cluster.operator_process import OperatorProcess
from cluster.outbound import OutboundNamespace, accept, creations, outbound, peers_of, quick_outbound_atlas
from cluster.waiting import wait_until
from local_cluster import Cluster

LATE = 60.0
"""Seconds within which something happens that waits for the operator's half a minute of doubt. All that waits so begins
with the module, and does so at the same time."""


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorThread]:
    with quick_outbound_atlas() as atlas:
        yield atlas


@pytest.fixture(scope="module")
def sops(namespace: Namespace, cluster: Cluster) -> OutboundNamespace:
    return OutboundNamespace(cluster, namespace.name)


@dataclass(frozen=True)
class Killed:
    """What an operator had written down when it was killed during a request."""

    lasting: dict[str, dict[str, Any]]
    """The last action of each object that had one."""


KILLED_AT = {"killed": 30, "before": 31}
"""The objects, with the numbers of their VPCs, while whose peerings were requested an operator was killed."""
OF_KILLED = "671a86f4cfc9da7d7c31b130"
"""Their project."""


def add_project(simulator: SimulatorThread, project: str) -> None:
    simulator.add_project(project)
    simulator.set_role(PUBLIC_KEY, project, "project-owner")
    simulator.network_peering.add_container(project, "US_EAST_1")


@pytest.fixture(scope="module")
def killed(sops: OutboundNamespace, simulator: SimulatorThread, start_operator: StartOperator) -> Killed:
    """An operator that was killed, before the one of this module began."""
    operator = start_operator(sops)
    add_project(simulator, OF_KILLED)
    fault = simulator.fault("hang", "create-peer", project=OF_KILLED)
    sops.apply(*(outbound(name, number, project=OF_KILLED) for name, number in KILLED_AT.items()))
    wait_until(lambda: fault.hits or simulator.calls("create-peer", fault="hang"), "a request hangs")
    operator.kill()
    statuses = {name: sops.status(name) for name in KILLED_AT}
    return Killed({name: status["lastAction"] for name, status in statuses.items() if "lastAction" in status})


@pytest.fixture(scope="module", autouse=True)
def operator(namespace: Namespace, killed: Killed, start_operator: StartOperator) -> OperatorProcess:
    return start_operator(namespace)


@dataclass(frozen=True)
class Trouble:
    """What befalls the request of an object's peering."""

    number: int
    kind: str
    more: dict[str, Any] = field(default_factory=dict)
    made: int = 1
    """How many peerings Atlas has made in the end."""

    @property
    def project(self) -> str:
        """A project of its own: a fault hits nobody else there."""
        return f"671a86f4cfc9da7d7c31b1{self.number}"


TROUBLES = {
    "lost-reply": Trouble(10, "lose-reply"),
    "lost-request": Trouble(11, "drop"),
    "error": Trouble(12, "answer", {"status": 500}),
    "proxy-page": Trouble(13, "proxy-page"),
    "limited": Trouble(14, "answer", {"status": 429, "headers": {"Retry-After": "1"}}),
    "made-but-error": Trouble(15, "replace-reply", {"status": 503}),
    "forgotten": Trouble(16, "no-effect", made=2),
}


@pytest.fixture(scope="module", autouse=True)
def vanished(sops: OutboundNamespace, simulator: SimulatorThread, operator: OperatorProcess) -> str:
    """The id of a peering that somebody has deleted in Atlas."""
    sops.apply(outbound("vanished", 22))
    peer: str = sops.wait_for_reason("vanished", "PendingAcceptance")["peerId"]
    simulator.network_peering.vanish(peer)
    return peer


@pytest.fixture(scope="module")
def troubled(sops: OutboundNamespace, simulator: SimulatorThread, operator: OperatorProcess) -> None:
    """All of them at once."""
    for trouble in TROUBLES.values():
        add_project(simulator, trouble.project)
        simulator.fault(trouble.kind, "create-peer", project=trouble.project, **trouble.more)
    sops.apply(*(outbound(name, trouble.number, project=trouble.project) for name, trouble in TROUBLES.items()))


@pytest.mark.usefixtures("troubled")
@pytest.mark.parametrize("name", TROUBLES)
def test_a_request_in_trouble_leads_to_one_peering(
    sops: OutboundNamespace, simulator: SimulatorThread, name: str
) -> None:
    sops.wait_for_reason(name, "PendingAcceptance", seconds=LATE)

    trouble = TROUBLES[name]
    assert len(peers_of(simulator, trouble.number, project=trouble.project)) == 1
    assert creations(simulator, trouble.number, project=trouble.project) == trouble.made


def test_what_somebody_deletes_in_atlas_is_made_again(
    sops: OutboundNamespace, simulator: SimulatorThread, vanished: str
) -> None:
    wait_until(lambda: creations(simulator, 22) == 2, "it is made again", seconds=LATE)
    wait_until(lambda: sops.status("vanished").get("peerId") != vanished, "it is another one", seconds=LATE)
    assert sops.wait_for_reason("vanished", "PendingAcceptance")["peerId"] != vanished


def test_an_operator_that_is_killed_goes_on_and_makes_nothing_twice(
    sops: OutboundNamespace, simulator: SimulatorThread, killed: Killed
) -> None:
    assert killed.lasting
    assert {action["type"] for action in killed.lasting.values()} == {"Create"}

    for name, number in KILLED_AT.items():
        sops.wait_for_reason(name, "PendingAcceptance", seconds=LATE)
        assert creations(simulator, number, project=OF_KILLED) == 1
        accept(simulator, number, project=OF_KILLED)
        sops.wait_for_reason(name, "Available")


def test_a_missing_role_is_named_and_a_new_one_is_used(sops: OutboundNamespace, simulator: SimulatorThread) -> None:
    simulator.set_role(PUBLIC_KEY, PROJECT, "read")
    sops.apply(outbound("roleless", 20))
    status = sops.wait_for_reason("roleless", "Unauthorized")
    assert "Project Network Access Manager" in condition_of({"status": status})["message"]
    simulator.set_role(PUBLIC_KEY, PROJECT, "project-owner")
    sops.wait_for_reason("roleless", "PendingAcceptance")


def test_an_outage_turns_only_synced(sops: OutboundNamespace, simulator: SimulatorThread) -> None:
    sops.apply(outbound("steady", 21))
    accept(simulator, 21)
    sops.wait_for_reason("steady", "Available")
    fault = simulator.fault("answer", "list-peers", times=None, status=503)
    status = sops.wait_for_reason("steady", "AtlasUnavailable", kind="Synced", seconds=LATE)
    assert condition_of({"status": status})["status"] == "True"
    assert condition_of({"status": status}, "Requested")["status"] == "True"
    simulator.clear_faults(fault)
    sops.wait_for_reason("steady", "Observed", kind="Synced", seconds=LATE)


@pytest.mark.parametrize(
    ("number", "status", "code"), [(23, 404, "PEER_NOT_FOUND"), (24, 409, "PEER_ALREADY_REQUESTED_DELETION")]
)
def test_a_deletion_that_somebody_else_asked_for_is_done(
    sops: OutboundNamespace, simulator: SimulatorThread, *, number: int, status: int, code: str
) -> None:
    name = f"going-{number}"
    sops.apply(outbound(name, number))
    peer = sops.wait_for_reason(name, "PendingAcceptance")["peerId"]
    body = {"error": status, "errorCode": code, "detail": "Gone or going."}
    simulator.fault("answer", "delete-peer", connection=peer, status=status, body=body)
    sops.delete(name)
    wait_until(lambda: simulator.calls("delete-peer", connection=peer), "the deletion is requested")
    simulator.network_peering.vanish(peer)
    sops.wait_gone(name)
    assert len(simulator.calls("delete-peer", connection=peer)) == 1
