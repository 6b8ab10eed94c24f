"""What is said about a peering in each of its states, and what the status shows."""

from typing import Any

import pytest

from atlas_streams_peering.api.conditions import ConditionType
from unit.kinds.streams_outbound_vpc_peering.builders import (
    ACCOUNT,
    ATLAS_CIDR,
    ATLAS_VPC,
    CONTAINER,
    ID,
    OTHER_CONTAINER,
    PCX,
    SUSPENDED,
    VPC,
    Conditions,
    action_of,
    condition,
    conditions_of,
    container,
    decided,
    held,
    peer,
    reached,
    reconciling,
    stalled,
    status_after,
    stored,
)

STATES: list[tuple[str | None, str | None, Conditions, bool]] = [
    ("INITIATING", None, reconciling("Initiating"), False),
    ("PENDING_ACCEPTANCE", None, reconciling("PendingAcceptance"), True),
    ("FINALIZING", None, reconciling("Finalizing"), True),
    ("AVAILABLE", None, reached("Available"), True),
    ("available", None, reached("Available"), True),
    ("pending-acceptance", None, reconciling("PendingAcceptance"), True),
    ("TERMINATING", None, reconciling("Deleting"), False),
    ("FAILED", "REJECTED", stalled("RequestRejected"), False),
    ("FAILED", "EXPIRED", stalled("RequestExpired"), False),
    ("FAILED", "INVALID_ARGUMENT", stalled("RequestFailed"), False),
    ("FAILED", "SOMETHING_NEW", stalled("RequestFailed"), False),
    ("FAILED", None, stalled("RequestFailed"), False),
    ("MIGRATING", None, reconciling("Initiating"), False),
    (None, None, reconciling("Initiating"), False),
]


@pytest.mark.parametrize(("state", "error", "expected", "requested"), STATES)
def test_each_state_has_its_reason(state: str | None, error: str | None, expected: Conditions, requested: bool) -> None:
    resource = stored(present=held(state))
    decision = decided(resource, peer(state, errorStateName=error))

    assert conditions_of(resource, decision) == expected
    assert action_of(decision) is None
    assert decision.holds
    says = condition(status_after(resource, decision), ConditionType.REQUESTED)
    assert (says.status == "True") is requested
    assert says.reason == expected.reason


@pytest.mark.parametrize(("state", "error", "expected", "requested"), STATES)
def test_the_status_shows_what_atlas_shows(
    state: str | None, error: str | None, expected: Conditions, requested: bool
) -> None:
    present = decided(stored(), peer(state, errorStateName=error)).status

    assert (present.peer_id, present.container_id) == (ID, CONTAINER)
    assert (present.status_name, present.error_state_name) == (state, error)
    assert present.connection_name == (None if state == "INITIATING" else PCX)
    assert present.atlas is not None
    assert (present.atlas.vpc_id, present.atlas.cidr_block) == (ATLAS_VPC, ATLAS_CIDR)


@pytest.mark.parametrize(
    ("state", "error", "expected"),
    [
        (
            "PENDING_ACCEPTANCE",
            None,
            (
                f"AWS account {ACCOUNT} has to accept {PCX} in eu-west-1, which connects {VPC} to Atlas' {ATLAS_VPC} "
                f"({ATLAS_CIDR})."
            ),
        ),
        ("AVAILABLE", None, f"{PCX} with {VPC} of AWS account {ACCOUNT} is AVAILABLE, with a route to 10.0.0.0/16."),
        (
            "INITIATING",
            None,
            f"Atlas requests peering {ID} with {VPC} of AWS account {ACCOUNT}; waiting for its pcx- name.",
        ),
        ("MIGRATING", None, f"{PCX} is MIGRATING; waiting for it to change."),
        (None, None, f"{PCX} is in no state that Atlas names; waiting for it to change."),
        (
            "FAILED",
            "REJECTED",
            (
                f"{PCX} has FAILED (REJECTED): somebody rejected it in AWS; to have it removed and a new peering "
                "requested, change the spec or the value of the annotation atlasstreams.io/reconcile-requested-at."
            ),
        ),
        (
            "FAILED",
            None,
            (
                f"{PCX} has FAILED; to have it removed and a new peering requested, change the spec or the value of "
                "the annotation atlasstreams.io/reconcile-requested-at."
            ),
        ),
    ],
)
def test_the_message_says_what_to_do_or_wait_for(state: str | None, error: str | None, expected: str) -> None:
    assert decided(stored(), peer(state, errorStateName=error)).readiness.message == expected


def test_a_container_whose_vpc_is_not_known_yet_is_named_by_its_cidr_block() -> None:
    decision = decided(stored(), peer("PENDING_ACCEPTANCE"), containers=[container(vpcId=None)])

    assert f"to Atlas' VPC ({ATLAS_CIDR})" in decision.readiness.message
    assert decision.status.atlas is not None
    assert decision.status.atlas.vpc_id is None


def test_what_was_known_of_the_container_stays_while_no_list_shows_it() -> None:
    present = decided(stored(present=held()), peer(), containers=[]).status

    assert present.container_id == CONTAINER
    assert present.atlas is not None
    assert present.atlas.cidr_block == ATLAS_CIDR


@pytest.mark.parametrize("region", [None, "eu-west-1"])
def test_a_region_that_atlas_leaves_out_makes_no_difference(region: str | None) -> None:
    assert conditions_of(stored(), decided(stored(), peer(accepterRegionName=region))) == reached("Available")


@pytest.mark.parametrize(
    ("spec", "containers", "words"),
    [
        ({}, [], "no network container in US_EAST_1"),
        ({"region": "eu-west-1"}, [container()], "no network container in EU_WEST_1"),
        ({"containerId": OTHER_CONTAINER}, [container()], f"no network container {OTHER_CONTAINER}"),
        ({}, [container(regionName=None)], "spec.container.atlasCidrBlock"),
    ],
)
def test_a_missing_container_is_said(spec: dict[str, Any], containers: list[Any], words: str) -> None:
    resource = stored(spec)
    decision = decided(resource, containers=containers)

    assert conditions_of(resource, decision) == stalled("ContainerNotFound")
    assert words in decision.readiness.message
    assert (action_of(decision), decision.holds) == (None, False)


@pytest.mark.parametrize("spec", [{}, {"region": "us-east-1"}, {"containerId": CONTAINER}])
def test_a_container_is_found_by_region_or_id(spec: dict[str, Any]) -> None:
    decision = decided(stored(spec))

    assert decision.change is not None
    assert decision.change.row.container_id == CONTAINER


@pytest.mark.parametrize("state", ["PENDING_ACCEPTANCE", "FAILED", "TERMINATING"])
def test_a_suspended_object_says_what_there_is(state: str) -> None:
    resource = stored({"suspend": True}, held(state))
    decision = decided(resource, peer(state))

    assert conditions_of(resource, decision) == SUSPENDED
    assert decision.readiness.message == f"Suspended, nothing is changed in Atlas: {PCX} is {state}."
    assert decision.status.peer_id == ID


def test_a_suspended_object_requests_nothing_and_says_so() -> None:
    resource = stored({"suspend": True})
    decision = decided(resource)

    assert conditions_of(resource, decision) == SUSPENDED
    assert decision.readiness.message == (
        f"Suspended, nothing is changed in Atlas: there is no peering with {VPC} of AWS account {ACCOUNT}."
    )
    assert (decision.change, decision.holds) == (None, False)


def test_a_suspended_object_without_a_container_says_that() -> None:
    message = decided(stored({"suspend": True}), containers=[]).readiness.message
    assert message.startswith("Suspended, nothing is changed in Atlas: The project has no network container")


def test_a_suspended_object_whose_peering_is_available_is_ready() -> None:
    resource = stored({"suspend": True}, held())
    assert conditions_of(resource, decided(resource, peer())) == reached("Available")
