"""ConfluentPeerings on a real API server, with the stand-in for Confluent Cloud: made, renewed, refused and left."""

from collections.abc import Iterator

import pytest

from atlas_simulator import ConfluentPeering, SimulatorThread
from cluster.confluent import ATLAS, CHANGES, NETWORK, REQUESTER, ConfluentNamespace, confluent_peering, quick_confluent
from cluster.namespace import Namespace
from cluster.waiting import wait_until

pytestmark = pytest.mark.usefixtures("operator")


@pytest.fixture(scope="module")
def clouded(namespace: Namespace, simulator: SimulatorThread) -> ConfluentNamespace:
    quick_confluent(simulator)
    there = ConfluentNamespace(namespace.cluster, namespace.name)
    there.confluent_secret()
    return there


@pytest.fixture
def there(clouded: ConfluentNamespace, simulator: SimulatorThread) -> Iterator[ConfluentNamespace]:
    """Nothing is there before the test, and nothing after it."""
    yield clouded
    for name in clouded.objects():
        clouded.patch(name, deletionPolicy="Retain", suspend=False)
    clouded.kubectl("delete", "cfp", "--all", "--timeout=60s", timeout=90)
    for peering in alive(simulator):
        simulator.confluent.delete_peering(peering.id)
    wait_until(lambda: not alive(simulator), "nothing is left")


def alive(simulator: SimulatorThread) -> list[ConfluentPeering]:
    return [peering for peering in simulator.confluent.peerings() if peering.phase is not None]


def changes(simulator: SimulatorThread, since: int) -> list[str]:
    """What was requested of Confluent Cloud after so many calls."""
    return [call.operation for call in simulator.calls()[since:] if call.operation in CHANGES]


def test_a_dead_peering_stays_until_somebody_wants_a_new_one(
    there: ConfluentNamespace, simulator: SimulatorThread
) -> None:
    there.apply(confluent_peering("renewed"))
    there.wait_for_reason("renewed", "PendingAcceptance")
    (first,) = alive(simulator)
    simulator.confluent.set_peering_phase(first.id, "DISCONNECTED")
    status = there.wait_for_reason("renewed", "Disconnected")
    assert status["phase"] == "DISCONNECTED"
    assert [peering.id for peering in alive(simulator)] == [first.id]

    there.request_reconcile("renewed", "now")
    there.wait_for_reason("renewed", "PendingAcceptance")

    (second,) = alive(simulator)
    assert second.id != first.id
    assert there.status("renewed")["peeringId"] == second.id
    there.wait_for_event("renewed", "Disconnected")


def test_what_somebody_deleted_elsewhere_is_made_again(there: ConfluentNamespace, simulator: SimulatorThread) -> None:
    there.apply(confluent_peering("again"))
    there.wait_for_reason("again", "PendingAcceptance")
    (first,) = alive(simulator)
    simulator.confluent.delete_peering(first.id)

    wait_until(lambda: there.status("again").get("peeringId") not in (None, first.id), "another one is requested")
    there.wait_for_reason("again", "PendingAcceptance")


def test_what_is_there_is_adopted_and_deleted_with_the_object(
    there: ConfluentNamespace, simulator: SimulatorThread
) -> None:
    before = len(simulator.calls())
    there_already = simulator.confluent.create_peering(
        NETWORK, account=ATLAS["accountId"], vpc=ATLAS["vpcId"], routes=[ATLAS["cidrBlock"]]
    )
    there.apply(confluent_peering("adopting"))
    there.wait_for_reason("adopting", "PendingAcceptance")
    assert there.status("adopting")["peeringId"] == there_already

    there.delete("adopting", wait=True)

    assert alive(simulator) == []
    assert changes(simulator, before) == ["delete-peering"]


def test_a_refusal_is_said_in_confluents_words(there: ConfluentNamespace, simulator: SimulatorThread) -> None:
    there.apply(confluent_peering("refused", routes=["10.0.0.0/24"]))
    there.wait_for_reason("refused", "Refused")
    found = there.get("refused")

    assert found is not None
    assert "must not overlap with your Confluent Cloud CIDR block" in there.condition("refused")["message"]
    wait_until(lambda: not (there.get("refused") or {})["metadata"].get("finalizers"), "nothing is held")
    assert "lastAction" not in there.status("refused")

    there.patch("refused", routes=[ATLAS["cidrBlock"]])
    there.wait_for_reason("refused", "PendingAcceptance")


def test_a_suspended_object_reports_the_requester_and_leaves_nothing(
    there: ConfluentNamespace, simulator: SimulatorThread
) -> None:
    before = len(simulator.calls())
    there.apply(confluent_peering("suspended", suspend=True))
    status = there.wait_for_reason("suspended", "Suspended")
    assert status["requester"] == REQUESTER

    there.delete("suspended", wait=True)

    assert changes(simulator, before) == []


def test_retain_leaves_the_peering(there: ConfluentNamespace, simulator: SimulatorThread) -> None:
    there.apply(confluent_peering("retained", deletionPolicy="Retain"))
    there.wait_for_reason("retained", "PendingAcceptance")
    there.delete("retained", wait=True)

    assert [peering.phase for peering in alive(simulator)] == ["PENDING_ACCEPT"]


def test_of_two_objects_the_older_owns_the_peering(there: ConfluentNamespace, simulator: SimulatorThread) -> None:
    there.apply(confluent_peering("older"))
    there.wait_for_reason("older", "PendingAcceptance")
    there.apply(confluent_peering("younger"))
    there.wait_for_reason("younger", "AlreadyManaged")
    assert "older" in there.condition("younger")["message"]

    there.delete("younger", wait=True)

    assert len(alive(simulator)) == 1


@pytest.mark.parametrize(
    ("spec", "reason"),
    [({"networkId": "n-absent"}, "NetworkNotFound"), ({"networkId": "n-google"}, "NetworkUnsupported")],
)
def test_what_is_wrong_with_the_network_is_said(
    there: ConfluentNamespace, simulator: SimulatorThread, spec: dict[str, str], reason: str
) -> None:
    if spec["networkId"] == "n-google":
        environment = simulator.confluent.network(NETWORK).environment
        simulator.confluent.add_network(environment=environment, network="n-google", cloud="GCP")
    there.apply(confluent_peering("wrong", **spec))

    there.wait_for_reason("wrong", reason)

    assert there.condition("wrong", "Stalled")["status"] == "True"


def test_a_wrong_key_is_said(there: ConfluentNamespace) -> None:
    there.secret("wrong", apiKey="UNKNOWN", apiSecret="unknown")
    there.apply(confluent_peering("keyless", credentialsSecretRef={"name": "wrong"}))

    there.wait_for_reason("keyless", "CredentialsInvalid")
