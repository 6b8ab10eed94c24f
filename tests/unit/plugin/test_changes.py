"""Which changes may be made by hand."""

import pytest

from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType
from atlas_streams_peering.plugin.changes import Needless, Planned, check_unchanged, described, plan, question
from atlas_streams_peering.plugin.exit_codes import ExitCode
from atlas_streams_peering.plugin.failures import Failure
from atlas_streams_peering.plugin.owners import Owner, Ownership
from atlas_streams_peering.plugin.peerings import Peering
from unit.kinds.streams_vpc_peering.builders import LIVE_WORDS, NAME, TERMINAL_WORDS
from unit.plugin.builders import MATCHING, OWNER, peering

ACCEPT, REJECT, DELETE = ActionType.ACCEPT, ActionType.REJECT, ActionType.DELETE

# state: what accept, reject and delete do. "+": may be made, "=": is so already, "-": refused
TABLE = {
    "initiating-request": "---",
    "pending-acceptance": "++-",
    "provisioning": "=-+",
    "active": "=-+",
    "deleting": "-==",
    "expired": "-==",
    "rejected": "-==",
    "failed": "-==",
    "deleted": "-==",
    "odd-new-word": "--+",
}


def outcome(one: Peering, action: ActionType, *, even_if_managed: bool = False) -> str:
    try:
        found = plan(one, action, even_if_managed=even_if_managed)
    except Failure as failure:
        return "-" if failure.code is ExitCode.REFUSED else failure.code.name
    return "=" if isinstance(found, Needless) else "+"


@pytest.mark.parametrize(("state", "expected"), TABLE.items())
def test_the_state_decides_what_may_be_changed(state: str, expected: str) -> None:
    assert "".join(outcome(peering(state), action) for action in (ACCEPT, REJECT, DELETE)) == expected


def test_the_table_has_every_state() -> None:
    assert {*LIVE_WORDS, *TERMINAL_WORDS} <= {*TABLE}


@pytest.mark.parametrize("action", [REJECT, DELETE])
def test_what_an_object_manages_is_refused_with_a_pointer_to_it(action: ActionType) -> None:
    state = "pending-acceptance" if action is REJECT else "active"

    with pytest.raises(Failure) as caught:
        plan(peering(state, ownership=Ownership(OWNER)), action, even_if_managed=False)

    assert caught.value.code is ExitCode.REFUSED
    assert f"StreamsVpcPeering team-a/kafka manages {NAME}" in str(caught.value)
    assert f"spec.desiredState: {'Rejected' if action is REJECT else 'Deleted'}" in str(caught.value)
    assert "kubectl edit streamsvpcpeering kafka --namespace team-a" in str(caught.value)


def test_a_suspended_owner_has_to_be_resumed() -> None:
    owner = Owner("StreamsVpcPeering", "team-a", "kafka", "Suspended")

    with pytest.raises(Failure, match=r"Set spec\.suspend: false and spec\.desiredState: Accepted"):
        plan(peering("pending-acceptance", ownership=Ownership(owner)), ACCEPT, even_if_managed=False)


def test_an_object_that_only_matches_has_to_name_the_connection() -> None:
    with pytest.raises(Failure, match=f"team-b/stream matches {NAME}.* Set spec.connectionName: {NAME}"):
        plan(peering("pending-acceptance", ownership=Ownership(None, (MATCHING,))), ACCEPT, even_if_managed=False)


def test_nothing_is_changed_while_an_owner_may_be_unknown() -> None:
    one = peering(certain=False)

    assert outcome(one, DELETE) == "-"
    assert outcome(one, DELETE, even_if_managed=True) == "+"


def test_the_flag_overrules_an_owner_and_not_a_state() -> None:
    owned = Ownership(OWNER)

    assert plan(peering(ownership=owned), DELETE, even_if_managed=True) == Planned(peering(ownership=owned), DELETE)
    assert outcome(peering("expired", ownership=owned), ACCEPT, even_if_managed=True) == "-"


@pytest.mark.parametrize(
    "one",
    [
        peering("pending-acceptance", requester_account_id=None),
        peering("pending-acceptance", requester_vpc_id=None),
    ],
)
def test_a_request_is_accepted_only_where_atlas_says_whose_it_is(one: Peering) -> None:
    assert outcome(one, ACCEPT) == "-"
    assert outcome(one, REJECT) == "+"


def test_a_change_that_is_under_way_is_not_made_again() -> None:
    assert outcome(peering("pending-acceptance", local_status="REQUEST_ACCEPT"), ACCEPT) == "="


def test_the_person_sees_both_sides_before_deciding() -> None:
    lines = described(peering("pending-acceptance", ownership=Ownership(None, (MATCHING,)))).splitlines()

    assert [line.split() for line in lines[1:3]] == [
        ["requester", "account", "417601102659,", "VPC", "vpc-0d13eb6a2f0377854,", "CIDR", "10.0.0.0/16"],
        ["Atlas", "account", "974404375205,", "VPC", "vpc-0ddfd37072cc5ed61,", "CIDR", "not", "given"],
    ]
    assert lines[3] == "  managed by  nobody; it matches team-b/stream"


def test_a_deletion_is_asked_with_its_consequence() -> None:
    assert question(DELETE, 1) == "Delete this connection? Its traffic stops."
    assert question(DELETE, 2) == "Delete these 2 connections? Their traffic stops."
    assert question(ACCEPT, 1) == "Accept this connection?"


@pytest.mark.parametrize(
    "now",
    [
        peering("active", ownership=Ownership(OWNER)),
        peering("deleted"),
        peering("active", requester_vpc_id="vpc-0f0f0f0f0f0f0f0f0"),
        peering("active", certain=False),
    ],
    ids=["an object manages it", "another state", "another VPC", "an object may manage it"],
)
def test_what_has_changed_since_the_person_was_asked_is_left_alone(now: Peering) -> None:
    agreed = [Planned(peering("active"), ActionType.DELETE)]
    check_unchanged(agreed, agreed)

    with pytest.raises(Failure, match="has changed since you were asked") as caught:
        check_unchanged(agreed, [Planned(now, ActionType.DELETE)])

    assert caught.value.code is ExitCode.REFUSED
