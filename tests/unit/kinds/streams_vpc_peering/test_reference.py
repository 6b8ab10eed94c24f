"""What a ConfluentPeering says of the request: whose it is, and which Atlas VPC it leads to."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.controller.kind import NotReady
from atlas_streams_peering.kinds.streams_vpc_peering.matching import Identity
from atlas_streams_peering.kinds.streams_vpc_peering.reconciler import Resource
from atlas_streams_peering.kinds.streams_vpc_peering.resource import StreamsVpcPeeringSpec, StreamsVpcPeeringStatus
from atlas_streams_peering.kube.objects import ObjectKey
from unit.kinds.streams_vpc_peering.builders import (
    ACCOUNT,
    CIDR,
    KIND,
    NAME,
    OTHER_VPC,
    PROJECT,
    SECOND,
    VPC,
    action_of,
    claim,
    connection,
    decided,
    held_status,
    situation,
    spec,
    stored,
)

ATLAS_VPC, OTHER_ATLAS_VPC = "vpc-0ddfd37072cc5ed61", "vpc-0aaaaaaaaaaaaaaaa"
REQUESTER = {"accountId": ACCOUNT, "vpcId": VPC, "cidr": CIDR}
WAITS = [{"type": "Ready", "status": "False", "reason": "ReferenceNotReady"}]
REQUESTED = [
    {"type": "Ready", "status": "False", "reason": "Suspended"},
    {"type": "Requested", "status": "True", "reason": "PendingAcceptance"},
]
NOT_REQUESTED = [{**one, "status": "False", "reason": "Suspended"} for one in REQUESTED]
Status = Mapping[str, Any]


def referring(status: StreamsVpcPeeringStatus | None = None, **fields: Any) -> Resource:
    wanted = StreamsVpcPeeringSpec.model_validate(
        {"project_id": PROJECT, "requester": {"confluent_peering_ref": {"name": "orders"}}, **fields}
    )
    return stored(wanted, status or StreamsVpcPeeringStatus())


def meant(resource: Resource, said: Status | None) -> Identity | str:
    """Who is meant when the ConfluentPeering says this; a text: why nobody is."""
    asked: list[ObjectKey] = []

    def lookup(key: ObjectKey) -> Status | None:
        asked.append(key)
        return said

    context = KIND.context(resource, lookup)
    assert set(asked) <= {ObjectKey("ConfluentPeering", "team-a", "orders")}
    return context.message if isinstance(context, NotReady) else context.claim.identity


def towards(vpc: str | None, *, name: str = NAME, state: str = "pending-acceptance") -> Any:
    return connection(state, name=name, accepter_vpc_id=vpc)


def through_reference(**fields: Any) -> Any:
    """An object whose ConfluentPeering requests a connection with the Atlas VPC."""
    wanted = spec(**fields)
    identity = Identity.of(wanted, account_id=ACCOUNT, vpc_id=VPC, requested_vpc_id=ATLAS_VPC)
    about = claim(wanted)
    return situation(wanted, own=replace(about, identity=identity))


# -- who is meant


def test_the_reference_says_whose_request_it_is_and_where_it_leads() -> None:
    identity = meant(referring(), {"requester": REQUESTER, "atlas": {"vpcId": ATLAS_VPC}})

    assert isinstance(identity, Identity)
    assert (identity.account_id, identity.vpc_id) == (ACCOUNT, VPC)
    assert (identity.requested_vpc_id, identity.accepter_vpc_id) == (ATLAS_VPC, None)


def test_the_specs_own_selector_counts_more() -> None:
    identity = meant(
        referring(accepter={"vpc_id": OTHER_ATLAS_VPC}), {"requester": REQUESTER, "atlas": {"vpcId": ATLAS_VPC}}
    )

    assert isinstance(identity, Identity)
    assert (identity.requested_vpc_id, identity.accepter_vpc_id) == (None, OTHER_ATLAS_VPC)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (None, "to report its AWS account and VPC"),
        ({}, "to report its AWS account and VPC"),
        ({"requester": {"accountId": ACCOUNT}}, "to report its AWS account and VPC"),
        ({"requester": {"vpcId": VPC}}, "to report its AWS account and VPC"),
        ({"requester": REQUESTER, "conditions": WAITS}, "which waits for its StreamsAccountDetails"),
        ({"requester": REQUESTER, "conditions": NOT_REQUESTED}, "which waits for its StreamsAccountDetails"),
    ],
)
def test_it_is_waited_for_until_it_has_said_all(said: Status | None, words: str) -> None:
    why = meant(referring(), said)

    assert isinstance(why, str)
    assert "ConfluentPeering orders" in why
    assert words in why


def test_what_was_learnt_before_the_atlas_vpc_was_known_is_not_enough() -> None:
    waiting = decided(situation()).status
    why = meant(referring(waiting), {"requester": REQUESTER, "conditions": WAITS})

    assert isinstance(why, str)


@pytest.mark.parametrize("conditions", [[], REQUESTED, [{"type": "Ready", "reason": "CredentialsMissing"}]])
def test_an_atlas_vpc_is_not_needed(conditions: list[Any]) -> None:
    identity = meant(referring(), {"requester": REQUESTER, "conditions": conditions})

    assert isinstance(identity, Identity)
    assert identity.requested_vpc_id is None


@pytest.mark.parametrize("said", [None, {}, {"requester": {**REQUESTER, "vpcId": OTHER_VPC}}])
def test_what_a_held_connection_was_learnt_from_does_not_matter_any_more(said: Status | None) -> None:
    identity = meant(referring(held_status("active")), said)

    assert isinstance(identity, Identity)
    assert (identity.account_id, identity.vpc_id) == (ACCOUNT, VPC)


def test_what_was_learnt_while_waiting_stays() -> None:
    waiting = decided(through_reference()).status
    identity = meant(referring(waiting), None)

    assert isinstance(identity, Identity)
    assert (identity.account_id, identity.vpc_id, identity.requested_vpc_id) == (ACCOUNT, VPC, ATLAS_VPC)


# -- which connection is meant


def test_of_several_the_one_towards_the_requested_vpc_is_accepted() -> None:
    decision = decided(through_reference(), towards(OTHER_ATLAS_VPC, name=SECOND), towards(ATLAS_VPC))

    assert (action_of(decision), decision.status.connection_name) == ("Accept", NAME)


def test_of_several_one_that_leaves_its_vpc_out_may_be_it() -> None:
    decision = decided(through_reference(), towards(OTHER_ATLAS_VPC, name=SECOND), towards(None))

    assert decision.status.connection_name == NAME


def test_of_several_that_all_lead_elsewhere_none_is_taken() -> None:
    decision = decided(through_reference(), towards(OTHER_ATLAS_VPC), towards("vpc-0bbbbbbbbbbbbbbbb", name=SECOND))

    assert (action_of(decision), decision.readiness.reason) == (None, Reason.WAITING_FOR_REQUEST)
    assert f"towards {ATLAS_VPC}" in decision.readiness.message


def test_several_towards_the_requested_vpc_are_ambiguous() -> None:
    decision = decided(through_reference(), towards(ATLAS_VPC), towards(ATLAS_VPC, name=SECOND))

    assert decision.readiness.reason is Reason.AMBIGUOUS_REQUEST


def test_the_only_one_is_taken() -> None:
    assert action_of(decided(through_reference(), towards(OTHER_ATLAS_VPC))) == "Accept"


def test_the_only_one_is_left_to_the_object_whose_reference_has_requested_it() -> None:
    other = claim(name="other", created="2024-12-11T08:00:00Z")
    identity = replace(other.identity, requested_vpc_id=OTHER_ATLAS_VPC)
    decision = decided(through_reference(), towards(OTHER_ATLAS_VPC), rivals=[replace(other, identity=identity)])

    assert (action_of(decision), decision.readiness.reason) == (None, Reason.WAITING_FOR_REQUEST)
    assert decision.status.connection_name is None


def test_one_that_is_held_stays_held() -> None:
    about = through_reference()
    status = held_status("active", name=SECOND)
    about = replace(about, status=status, claim=replace(about.claim, held=SECOND))
    decision = decided(about, towards(OTHER_ATLAS_VPC, name=SECOND, state="active"), towards(ATLAS_VPC))

    assert decision.status.connection_name == SECOND
    assert decision.readiness.reason is Reason.ACTIVE
