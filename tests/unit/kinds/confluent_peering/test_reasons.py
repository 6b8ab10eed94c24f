"""The contract's list of reasons, one by one: what an object says of itself in each situation."""

from typing import Any

import pytest

from atlas_streams_peering.api.conditions import ConditionType
from atlas_streams_peering.confluent.models import Network
from atlas_streams_peering.kinds.confluent_peering.network import NoNetwork
from unit.kinds.confluent_peering.builders import (
    ATLAS,
    DEAD,
    DETAILS,
    ID,
    SUSPENDED,
    USABLE,
    Conditions,
    action_of,
    condition,
    conditions_of,
    decided,
    held,
    network,
    peering,
    reached,
    reconciling,
    stalled,
    status_after,
    stored,
)

PHASES = {
    "PROVISIONING": reconciling("Provisioning"),
    "PENDING_ACCEPT": reconciling("PendingAcceptance"),
    "READY": reached("Connected"),
    "FAILED": stalled("RequestFailed"),
    "DEPROVISIONING": reconciling("Deleting"),
    "DISCONNECTED": stalled("Disconnected"),
    "DEGRADED": reconciling("Provisioning"),
    "a word of tomorrow": reconciling("Provisioning"),
    None: reconciling("Provisioning"),
}
NETWORKS = {
    "provisioning": (network("PROVISIONING", aws=False), reconciling("NetworkNotReady")),
    "in an unknown phase": (network("UPGRADING", aws=False), reconciling("NetworkNotReady")),
    "on its way out": (network("DEPROVISIONING"), reconciling("NetworkNotReady")),
    "ready without its VPC": (network("READY", aws=False), reconciling("NetworkNotReady")),
    "failed": (network("FAILED", aws=False), stalled("NetworkFailed")),
    "gone": (NoNetwork("No such network."), stalled("NetworkNotFound")),
    "on Azure": (network("READY", aws=False, cloud="AZURE"), stalled("NetworkUnsupported")),
    "on Google Cloud and not ready": (network("PROVISIONING", aws=False, cloud="GCP"), stalled("NetworkUnsupported")),
    "for private links": (network(connection_types=["PRIVATELINK"]), stalled("NetworkUnsupported")),
    "for nothing": (network(connection_types=[]), stalled("NetworkUnsupported")),
}
ON = pytest.mark.parametrize(("on", "expected"), NETWORKS.values(), ids=NETWORKS.keys())


@pytest.mark.parametrize(("phase", "expected"), PHASES.items())
def test_what_is_said_of_each_phase_and_nothing_is_requested(phase: str | None, expected: Conditions) -> None:
    resource = stored(present=held("PROVISIONING"))
    decision = decided(resource, peering(phase))

    assert conditions_of(resource, decision) == expected
    assert (decision.change, decision.holds) == (None, True)
    assert decision.status.phase == phase


@pytest.mark.parametrize(("phase", "expected"), [pair for pair in PHASES.items() if pair[0]])
def test_the_spelling_of_a_phase_makes_no_difference(phase: str, expected: Conditions) -> None:
    resource = stored(present=held())

    assert conditions_of(resource, decided(resource, peering(phase.lower().replace("_", "-")))) == expected


@pytest.mark.parametrize(("phase", "expected"), PHASES.items())
def test_suspended_says_so_unless_the_peering_is_connected(phase: str | None, expected: Conditions) -> None:
    resource = stored({"suspend": True}, held())
    decision = decided(resource, peering(phase))

    assert conditions_of(resource, decision) == (expected if expected.ready == "True" else SUSPENDED)
    assert decision.status.phase == phase


@pytest.mark.parametrize(("phase", "true"), [(phase, phase in ("PENDING_ACCEPT", "READY")) for phase in PHASES])
@pytest.mark.parametrize("suspend", [False, True])
def test_requested_is_true_as_soon_as_the_other_side_has_to_accept(
    phase: str | None, true: bool, suspend: bool
) -> None:
    resource = stored({"suspend": suspend}, held())

    requested = condition(status_after(resource, decided(resource, peering(phase))), ConditionType.REQUESTED)

    assert (requested.status == "True") is true


def test_requested_is_false_while_there_is_no_peering() -> None:
    resource = stored({"suspend": True})

    assert condition(status_after(resource, decided(resource)), ConditionType.REQUESTED).status == "False"


@ON
@pytest.mark.parametrize("suspend", [False, True])
def test_what_is_wrong_with_the_network_is_said_and_nothing_is_requested(
    on: Network | NoNetwork, expected: Conditions, suspend: bool
) -> None:
    resource = stored({"suspend": suspend})
    decision = decided(resource, on=on)

    assert conditions_of(resource, decision) == (SUSPENDED if suspend else expected)
    assert (decision.change, decision.holds) == (None, False)


@ON
def test_of_a_network_that_fails_or_goes_under_a_peering_the_network_is_said_else_the_peering(
    on: Network | NoNetwork, expected: Conditions
) -> None:
    resource = stored(present=held())
    decision = decided(resource, peering(), on=on)

    ends = expected.reason in ("NetworkNotFound", "NetworkFailed")
    assert conditions_of(resource, decision) == (expected if ends else reached("Connected"))
    assert decision.status.peering_id == ID
    assert decision.holds


def test_a_peering_is_remembered_when_it_goes_with_its_network() -> None:
    resource = stored(present=held())
    decision = decided(resource, on=NoNetwork("No such network."))

    assert decision.remembers_missing
    assert decision.status.peering_id == ID
    assert action_of(decision) is None


@pytest.mark.parametrize(
    ("details", "words"),
    [
        (None, "Waiting for StreamsAccountDetails atlas"),
        ({}, "Waiting for StreamsAccountDetails atlas"),
        ({"observedGeneration": -1}, "Waiting for StreamsAccountDetails atlas"),
        *(({key: DETAILS[key] for key in DETAILS if key != left_out}, "atlas") for left_out in ATLAS),
        ({"cloudProvider": "azure", "subscriptionId": "1"}, "is for azure"),
    ],
)
def test_a_reference_that_does_not_say_all_is_waited_for(details: dict[str, Any] | None, words: str) -> None:
    resource = stored({"accountDetailsRef": {"name": "atlas"}})
    decision = decided(resource, details=details)

    assert conditions_of(resource, decision) == reconciling("ReferenceNotReady")
    assert words in decision.readiness.message
    assert action_of(decision) is None


def test_the_requester_is_there_before_the_reference_is_ready() -> None:
    resource = stored({"accountDetailsRef": {"name": "atlas"}})

    requester = decided(resource, details=None).status.requester

    assert requester is not None
    assert requester.vpc_id == "vpc-0d13eb6a2f0377854"


@pytest.mark.parametrize("phase", [*USABLE, *DEAD, "DEPROVISIONING"])
def test_of_two_objects_the_younger_is_already_managed(phase: str) -> None:
    younger = stored(name="younger", created="2024-12-11T08:00:00Z")
    decision = decided(younger, peering(phase), rivals=[stored(present=held(phase))])

    assert conditions_of(younger, decision) == stalled("AlreadyManaged")
    assert "team-a/orders" in decision.readiness.message
    assert (decision.change, decision.holds, decision.status.peering_id) == (None, False, None)
