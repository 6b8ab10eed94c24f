"""Objects in a namespace that the operator cannot list may own a peering: it is not taken over for that long."""

from typing import Any

import pytest

from unit.kinds.streams_outbound_vpc_peering.builders import (
    CREATE,
    PCX,
    SECOND,
    USABLE,
    action_of,
    ago,
    conditions_of,
    decided,
    held,
    peer,
    stalled,
    status,
    stored,
)

BESIDE = ("team-b",)
REQUESTED = status(lastAction={"type": "Create", "time": ago(30)})
READY = {"type": "Ready", "status": "False", "reason": "AlreadyManaged", "message": "Held."}
REFUSED = status(conditions=[{**READY, "observedGeneration": 3, "lastTransitionTime": ago(60)}])


@pytest.mark.parametrize("state", [*USABLE, "FAILED", "TERMINATING"])
def test_a_peering_that_an_unknown_object_may_manage_is_not_taken_over(state: str) -> None:
    wanting = stored({"routeTableCidrBlock": "10.9.0.0/16"})
    decision = decided(wanting, peer(state), unlisted=BESIDE)

    assert conditions_of(wanting, decision) == stalled("AlreadyManaged")
    assert (decision.change, decision.holds, decision.status.peer_id) == (None, False, None)
    assert "team-b" in decision.readiness.message


def test_the_message_names_the_peering_and_says_what_to_do() -> None:
    assert decided(stored(), peer(), unlisted=BESIDE).readiness.message == (
        f"{PCX} may be managed by an object that the operator cannot list, in team-b; restore the operator's Role and "
        "RoleBinding there, or remove the namespace from WATCH_NAMESPACES."
    )


@pytest.mark.parametrize("deleting", [False, True])
@pytest.mark.parametrize("state", [*USABLE, "FAILED", "TERMINATING"])
def test_what_an_object_holds_it_keeps(state: str, deleting: bool) -> None:
    about = stored(None, held(state), deleting=deleting)

    assert decided(about, peer(state), unlisted=BESIDE) == decided(about, peer(state))


@pytest.mark.parametrize("deleting", [False, True])
def test_what_an_object_has_requested_is_its_own(deleting: bool) -> None:
    about = stored(None, REQUESTED, deleting=deleting)

    assert decided(about, peer(), unlisted=BESIDE) == decided(about, peer())


def test_a_peering_that_nobody_has_is_requested() -> None:
    assert action_of(decided(stored(), unlisted=BESIDE)) == CREATE


def test_what_another_object_managed_is_left_to_it_while_its_namespace_cannot_be_listed() -> None:
    decision = decided(stored(None, REFUSED), unlisted=BESIDE)

    assert conditions_of(stored(), decision) == stalled("AlreadyManaged")
    assert (decision.change, decision.holds) == (None, False)
    assert decision.readiness.message.startswith("The same peering may be requested by an object that the operator ")
    assert action_of(decided(stored(None, REFUSED))) == CREATE


def test_an_object_keeps_its_dead_peering_where_a_better_one_may_be_an_unknown_objects() -> None:
    about = stored(None, held("FAILED"))
    better = peer(name=SECOND)

    assert decided(about, peer("FAILED"), better, unlisted=BESIDE) == decided(about, peer("FAILED"))


@pytest.mark.parametrize("spec", [None, {"suspend": True}])
def test_an_object_that_holds_nothing_is_deleted_and_touches_nothing(spec: dict[str, Any] | None) -> None:
    decision = decided(stored(spec, REFUSED, deleting=True), peer(), unlisted=BESIDE)

    assert (action_of(decision), decision.finalized is not None) == (None, True)
