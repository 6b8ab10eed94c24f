"""Whatever is said is one sentence that names what it is about, and says nothing volatile."""

import itertools
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from atlas_streams_peering.api.conditions import ConditionType, Reason
from atlas_streams_peering.confluent.models import Network
from atlas_streams_peering.controller.attempts import Refusal
from atlas_streams_peering.kinds.confluent_peering.network import NoNetwork
from unit.kinds.confluent_peering.builders import (
    ATLAS,
    DEAD,
    ID,
    NETWORK,
    NOW,
    TARGET,
    USABLE,
    VPC,
    attempt,
    condition,
    decided,
    held,
    network,
    peering,
    status_after,
    stored,
)

REFUSED = Refusal(None, "Confluent Cloud refused to delete peer-1: in use (HTTP 409).", terminal=False)
TIME = re.compile(r"\d{2}:\d{2}|\d{4}-\d{2}-\d{2}T| ago| seconds")
PHASES = (*USABLE, *DEAD, "DEPROVISIONING", "DEGRADED", None)
NETWORKS: dict[str, Network | NoNetwork] = {
    "ready": network(),
    "provisioning": network("PROVISIONING", aws=False),
    "without a phase": network(None, aws=False),
    "without a VPC": network(aws=False),
    "failed": network("FAILED", aws=False),
    "gone": NoNetwork("Confluent Cloud refused to read network n-123abc: not found (HTTP 404)."),
    "on Azure": network(cloud="AZURE"),
    "for private links": network(connection_types=["PRIVATELINK"]),
    "for nothing": network(connection_types=[]),
}


def is_a_sentence(message: str) -> bool:
    """One line that ends with one full stop, without gaps where a value is missing."""
    return bool(re.fullmatch(r"\w.*[^.\s]\.", message)) and not re.search(r"None|\.\.|  |\(\)", message)


def said_of_peerings(now: datetime = NOW) -> Iterator[tuple[tuple[Any, ...], str]]:
    """What is said of one peering, in every phase it can be in."""
    for case in itertools.product(
        PHASES,
        ({}, {"error_code": "E1", "error_message": "No\nroute."}),
        (False, True),
        (False, True),
        (None, REFUSED),
        (None, "now"),
        ({}, {"routes": ["10.9.0.0/16"]}),
    ):
        phase, error, suspend, deleting, refusal, annotation, spec = case
        resource = stored({"suspend": suspend, **spec}, held(phase), deleting=deleting, annotation=annotation)
        attempts = {TARGET: attempt("Delete", 1, refusal=refusal)} if refusal else {}
        yield case, decided(resource, peering(phase, **error), attempts=attempts, now=now).readiness.message


def said_of_networks() -> Iterator[tuple[str, str]]:
    """What is said of an object without a peering."""
    for (name, on), suspend in itertools.product(NETWORKS.items(), (False, True)):
        resource = stored({"suspend": suspend})
        yield name, decided(resource, on=on).readiness.message


def test_whatever_is_said_is_a_sentence() -> None:
    said = (*said_of_peerings(), *said_of_networks())
    assert [case for case in said if not is_a_sentence(case[1])] == []


def test_whatever_is_said_of_a_peering_names_it() -> None:
    assert [case for case in said_of_peerings() if ID not in case[1]] == []


def test_whatever_is_said_of_a_network_names_it() -> None:
    assert [case for case in said_of_networks() if NETWORK not in case[1]] == []


def test_nothing_that_is_said_contains_a_time() -> None:
    assert [case for case in (*said_of_peerings(), *said_of_networks()) if TIME.search(case[1])] == []


@pytest.mark.parametrize("later", [1, 86_400])
def test_nothing_that_is_said_of_what_stays_changes_with_time(later: float) -> None:
    def settled(now: datetime) -> list[tuple[tuple[Any, ...], str]]:
        return [case for case in said_of_peerings(now) if case[0][4] is None]

    assert settled(NOW) == settled(NOW + timedelta(seconds=later))


def test_who_has_to_accept_what_is_said() -> None:
    message = decided(stored(present=held("PENDING_ACCEPT")), peering("PENDING_ACCEPT")).readiness.message

    for part in (VPC, ATLAS["vpcId"], ATLAS["accountId"], "confluentPeeringRef names orders"):
        assert part in message


def test_an_error_is_said_with_its_code_and_confluents_words() -> None:
    failed = peering("FAILED", error_code="OVERLAP", error_message="The CIDR block overlaps.")
    decision = decided(stored(present=held("FAILED")), failed)

    assert "OVERLAP: The CIDR block overlaps" in decision.readiness.message
    assert (decision.status.error_code, decision.status.error_message) == ("OVERLAP", "The CIDR block overlaps.")


def test_a_long_word_of_confluent_is_cut() -> None:
    decision = decided(stored(present=held()), peering("X" * 1000))

    assert decision.status.phase == "X" * 253
    assert len(decision.readiness.message) < 500


def test_the_requested_condition_says_who_has_to_accept_while_the_object_is_suspended() -> None:
    resource = stored({"suspend": True}, held("PENDING_ACCEPT"))
    after = status_after(resource, decided(resource, peering("PENDING_ACCEPT")))

    requested = condition(after, ConditionType.REQUESTED)
    assert (requested.status, requested.reason) == ("True", Reason.PENDING_ACCEPTANCE)
    assert "accept the connection" in requested.message
    assert condition(after, ConditionType.READY).reason == Reason.SUSPENDED
