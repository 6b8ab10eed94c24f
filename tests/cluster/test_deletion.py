"""Deleting an object: what the operator does with its connection in each state, and when the object is gone."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import PollTrigger, asked, request
from cluster.namespace import Namespace, condition_of, pcx, peering, vpc

pytestmark = pytest.mark.usefixtures("operator", "poll_trigger")

DEAD = ("expired", "rejected", "failed", "deleted")
NEXT = {
    "initiating-request": "pending-acceptance",
    "provisioning": "active",
    "deleting": "deleted",
    "in-limbo": "active",
}
"""States in which nothing can be undone yet, and what they turn to."""
STATES = (*DEAD, *NEXT, "pending-acceptance", "active")


@dataclass
class Deletions:
    """Deleted objects: what they held, and what the operator requested before and after their deletion."""

    atlas: SimulatorThread
    connections: dict[str, str] = field(default_factory=dict)
    """Object → connection."""
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The objects while they wait in deletion."""
    asked_before: dict[str, list[str]] = field(default_factory=dict)
    """Object → what was asked for its connection until its deletion."""
    asked_meanwhile: dict[str, list[str]] = field(default_factory=dict)
    """Object → what was asked while its connection could not be undone."""

    def hold(self, name: str, number: int, state: str, **spec: Any) -> dict[str, Any]:
        """Return an object for a connection in this state; one that stays pending has swallowed its accept."""
        self.connections[name] = pcx(number)
        if state == "pending-acceptance":
            self.atlas.fault("no-effect", "accept", connection=pcx(number))
        request(self.atlas, number, state=state)
        return peering(name, vpc=vpc(number), **spec)

    def asked(self) -> dict[str, list[str]]:
        """Return what was asked so far, by object."""
        return {name: asked(self.atlas, connection) for name, connection in self.connections.items()}

    def asked_since(self, name: str) -> list[str]:
        """Return what was asked since the object's deletion."""
        return asked(self.atlas, self.connections[name])[len(self.asked_before[name]) :]


@pytest.fixture(scope="module")
def deletions(namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger) -> Deletions:
    """One deleted object for each state and policy. The operator has polled twice since."""
    deletions = Deletions(simulator)
    deleting = [deletions.hold(state, 100 + n, state) for n, state in enumerate(STATES)]
    retaining = [
        deletions.hold(f"retained-{state}", 200 + n, state, deletionPolicy="Retain") for n, state in enumerate(STATES)
    ]
    namespace.apply(*deleting, *retaining)
    namespace.wait_for_cloud({name: name.removeprefix("retained-") for name in deletions.connections})
    # The status names what is to be requested before it is: the accept of these may still be on its way.
    for name in ("pending-acceptance", "retained-pending-acceptance"):
        simulator.wait_for_call("accept", connection=deletions.connections[name], status=202)
    deletions.asked_before = deletions.asked()
    namespace.kubectl("delete", "svp", "--field-selector=metadata.name!=poll-trigger", "--wait=false")
    poll_trigger.wait_for_polls()
    deletions.objects, deletions.asked_meanwhile = namespace.objects(), deletions.asked()
    for state, following in NEXT.items():
        simulator.set_cloud_status(deletions.connections[state], following)
    return deletions


@pytest.mark.parametrize("state", DEAD)
def test_a_dead_connection_is_left_alone(namespace: Namespace, deletions: Deletions, state: str) -> None:
    namespace.wait_gone(state)

    assert deletions.asked_since(state) == []


def test_a_pending_request_is_rejected(namespace: Namespace, deletions: Deletions) -> None:
    namespace.wait_gone("pending-acceptance")

    assert deletions.asked_since("pending-acceptance") == ["reject"]
    assert deletions.atlas.connection(deletions.connections["pending-acceptance"]).cloud_status == "rejected"


def test_an_active_connection_is_deleted(namespace: Namespace, deletions: Deletions) -> None:
    namespace.wait_gone("active")

    assert deletions.asked_since("active") == ["delete"]
    assert deletions.atlas.connection(deletions.connections["active"]).cloud_status == "deleted"


@pytest.mark.parametrize("state", NEXT)
def test_an_object_waits_while_nothing_can_be_undone(deletions: Deletions, state: str) -> None:
    ready = condition_of(deletions.objects[state])

    assert ready["reason"] == "Deleting"
    assert deletions.connections[state] in ready["message"]
    assert deletions.asked_meanwhile[state] == deletions.asked_before[state] == []


@pytest.mark.parametrize(
    ("state", "calls"),
    [
        ("initiating-request", ["reject"]),
        ("provisioning", ["delete"]),
        ("deleting", []),
        ("in-limbo", ["delete"]),
    ],
)
def test_it_is_undone_once_it_can_be(namespace: Namespace, deletions: Deletions, state: str, calls: list[str]) -> None:
    namespace.wait_gone(state)

    assert deletions.asked_since(state) == calls


@pytest.mark.parametrize("state", STATES)
def test_retain_lets_the_object_go_and_changes_nothing(deletions: Deletions, state: str) -> None:
    name = f"retained-{state}"

    assert name not in deletions.objects
    assert deletions.asked_since(name) == []
    assert deletions.atlas.connection(deletions.connections[name]).cloud_status == state
