"""Which connection an object means, and that no other is ever touched."""

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import PollTrigger, asked, request
from cluster.namespace import ACCOUNT, Namespace, condition_of, pcx, peering, vpc

pytestmark = pytest.mark.usefixtures("operator", "poll_trigger")

OTHER_ACCOUNT = "012345678901"


def test_the_request_of_the_account_and_vpc_is_taken(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 1)
    neighbour = request(simulator, 2)
    namespace.apply(peering("by-vpc", vpc=vpc(1)))

    status = namespace.wait_for_reason("by-vpc", "Active")

    assert status["connectionName"] == connection
    assert status["connectionId"] == simulator.connection(connection).row_id
    assert status["requester"] == {"accountId": ACCOUNT, "vpcId": vpc(1), "cidr": "10.0.0.0/16"}
    assert status["accepter"]["cidr"] == simulator.connection(connection).accepter.cidr
    assert asked(simulator, neighbour) == []


def test_a_pinned_connection_is_taken_without_its_vpc(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 3)
    namespace.apply(peering("by-name", connectionName=connection))

    status = namespace.wait_for_reason("by-name", "Active")

    assert status["connectionName"] == connection
    assert status["requester"]["vpcId"] == vpc(3)


def test_a_pinned_connection_is_waited_for_and_no_other_taken(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    other = request(simulator, 4, name=pcx(0x401))
    namespace.apply(peering("awaiting-name", vpc=vpc(4), connectionName=pcx(4)))
    namespace.wait_for_reason("awaiting-name", "WaitingForRequest")
    poll_trigger.wait_for_polls()

    assert pcx(4) in namespace.condition("awaiting-name")["message"]
    assert asked(simulator, other) == []
    connection = request(simulator, 4, name=pcx(4), accepter_vpc=vpc(0xA04))
    namespace.wait_for_reason("awaiting-name", "Active")
    assert asked(simulator, other, connection) == ["accept"]


def test_a_request_from_another_account_is_not_taken(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    foreign = request(simulator, 5, account=OTHER_ACCOUNT)
    namespace.apply(peering("own-account", vpc=vpc(5)))
    namespace.apply(peering("own-account-by-name", connectionName=foreign))
    namespace.wait_for_reasons({"own-account": "WaitingForRequest", "own-account-by-name": "WaitingForRequest"})
    poll_trigger.wait_for_polls()

    assert asked(simulator, foreign) == []
    assert ACCOUNT in namespace.condition("own-account-by-name")["message"]


def test_a_request_that_breaks_the_cidr_guard_is_never_taken(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    unwanted = request(simulator, 6, cidr="10.1.0.0/16")
    namespace.apply(peering("guarded", vpc=vpc(6), cidr="10.2.0.0/16"))
    namespace.wait_for_reason("guarded", "WaitingForRequest")
    poll_trigger.wait_for_polls()

    message = namespace.condition("guarded")["message"]
    assert "10.2.0.0/16" in message
    assert f"{unwanted} has 10.1.0.0/16" in message
    assert asked(simulator, unwanted) == []
    simulator.set_cloud_status(unwanted, "deleted")
    fitting = request(simulator, 6, name=pcx(0x60), cidr="10.2.0.0/16")
    assert namespace.wait_for_reason("guarded", "Active")["connectionName"] == fitting


def test_a_live_request_goes_before_dead_ones_and_of_dead_ones_the_newest_counts(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    for number, state in enumerate(("expired", "deleted", "rejected")):
        request(simulator, 7, name=pcx(0x7FF - number), state=state)
        simulator.advance(1)  # Atlas' IDs begin with the second of their making
    namespace.apply(peering("several", vpc=vpc(7)))
    status = namespace.wait_for_reason("several", "RequestRejected")
    assert status["connectionName"] == pcx(0x7FD)

    live = request(simulator, 7, name=pcx(0x6FF))

    assert namespace.wait_for_reason("several", "Active")["connectionName"] == live


def test_of_several_live_requests_none_is_touched_until_one_is_chosen(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    one = request(simulator, 8, name=pcx(0x801), accepter_vpc=vpc(0xA81))
    other = request(simulator, 8, name=pcx(0x802), accepter_vpc=vpc(0xA82), cidr="10.8.0.0/16")
    namespace.apply(peering("ambiguous", vpc=vpc(8)))
    namespace.wait_for_reason("ambiguous", "AmbiguousRequest")
    poll_trigger.wait_for_polls()
    found = namespace.objects()["ambiguous"]

    assert asked(simulator, one, other) == []
    assert condition_of(found, "Stalled")["status"] == "True"
    assert f"{one} (pending-acceptance, CIDR 10.0.0.0/16, towards " in condition_of(found)["message"]
    assert f"{other} (pending-acceptance, CIDR 10.8.0.0/16, towards " in condition_of(found)["message"]
    assert "set spec.connectionName" in condition_of(found)["message"]
    assert found["status"].keys().isdisjoint({"connectionName", "cloudStatus"})
    assert not found["metadata"].get("finalizers")

    namespace.patch("ambiguous", connectionName=other)
    namespace.wait_for_reason("ambiguous", "Active")
    assert asked(simulator, one) == []
    assert asked(simulator, other) == ["accept"]


def test_the_cidr_guard_chooses_among_several(namespace: Namespace, simulator: SimulatorThread) -> None:
    request(simulator, 9, name=pcx(0x901), accepter_vpc=vpc(0xA91))
    meant = request(simulator, 9, name=pcx(0x902), accepter_vpc=vpc(0xA92), cidr="10.9.0.0/16")
    namespace.apply(peering("guided", vpc=vpc(9), cidr="10.9.0.0/16"))

    assert namespace.wait_for_reason("guided", "Active")["connectionName"] == meant


def test_a_held_connection_stays_held_when_another_request_comes(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    held = request(simulator, 10, state="active")
    namespace.apply(peering("holding", vpc=vpc(10)))
    namespace.wait_for_reason("holding", "Active")

    newcomer = request(simulator, 10, name=pcx(0x1001), accepter_vpc=vpc(0xB10))
    poll_trigger.wait_for_polls()

    assert namespace.condition("holding")["reason"] == "Active"
    assert namespace.status("holding")["connectionName"] == held
    assert asked(simulator, held, newcomer) == []


MISMATCHES = {
    11: ({"vpc": vpc(0xC11)}, f"VPC is {vpc(11)}, not {vpc(0xC11)}"),
    12: ({"vpc": vpc(12), "cidr": "10.12.0.0/16"}, "CIDR is 10.0.0.0/16, not 10.12.0.0/16"),
    13: ({"cidr": "10.13.0.0/16"}, "CIDR is 10.0.0.0/16, not 10.13.0.0/16"),
}
"""Number of the pinned connection → what the spec says besides, and where that differs."""


@pytest.mark.parametrize("number", MISMATCHES)
def test_a_pinned_connection_that_is_not_what_the_spec_says_is_never_accepted(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger, number: int
) -> None:
    spec, difference = MISMATCHES[number]
    connection, name = request(simulator, number), f"mismatch-{number}"
    namespace.apply(peering(name, connectionName=connection, **spec))
    namespace.wait_for_reason(name, "RequesterMismatch")
    poll_trigger.wait_for_polls()
    found = namespace.objects()[name]

    assert asked(simulator, connection) == []
    assert condition_of(found, "Stalled")["status"] == "True"
    assert connection in condition_of(found)["message"]
    assert difference in condition_of(found)["message"]
    assert found["status"].keys().isdisjoint({"connectionName", "cloudStatus"})


def test_a_mismatch_ends_when_another_connection_is_named(namespace: Namespace, simulator: SimulatorThread) -> None:
    wrong, right = request(simulator, 14), request(simulator, 15)
    namespace.apply(peering("corrected", vpc=vpc(15), connectionName=wrong))
    namespace.wait_for_reason("corrected", "RequesterMismatch")

    namespace.patch("corrected", connectionName=right)
    namespace.wait_for_reason("corrected", "Active")

    assert asked(simulator, wrong) == []
    assert asked(simulator, right) == ["accept"]


def test_a_request_beyond_the_first_page_is_found(namespace: Namespace, simulator: SimulatorThread) -> None:
    for number in range(0x2000, 0x2000 + 501):
        request(simulator, number, account=OTHER_ACCOUNT)
    last = request(simulator, 0x3000, account=OTHER_ACCOUNT)
    namespace.apply(peering("second-page", account=OTHER_ACCOUNT, vpc=vpc(0x3000)))

    assert namespace.wait_for_reason("second-page", "Active")["connectionName"] == last


def test_an_unknown_state_is_shown_as_it_is_and_counts_as_in_progress(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 16, state="Quantum Leap")
    namespace.apply(peering("unknown", vpc=vpc(16)))
    namespace.wait_for_cloud({"unknown": "Quantum Leap"})
    poll_trigger.wait_for_polls()
    found = namespace.objects()["unknown"]

    assert condition_of(found)["status"] == "False"
    assert condition_of(found, "Reconciling")["status"] == "True"
    assert "'Quantum Leap'" in condition_of(found)["message"]
    assert asked(simulator, connection) == []
    simulator.set_cloud_status(connection, "active")
    namespace.wait_for_reason("unknown", "Active")


@pytest.mark.parametrize(
    ("number", "style", "active"),
    [(17, "PENDING_ACCEPTANCE", "ACTIVE"), (18, "pending_acceptance", "active"), (19, "PENDING-ACCEPTANCE", "ACTIVE")],
)
def test_atlas_may_spell_its_states_as_it_likes(
    namespace: Namespace, simulator: SimulatorThread, number: int, style: str, active: str
) -> None:
    simulator.configure({"cloud_status_style": style})
    connection = request(simulator, number)
    namespace.apply(peering(f"spelling-{number}", vpc=vpc(number)))

    status = namespace.wait_for_reason(f"spelling-{number}", "Active")

    simulator.configure({"cloud_status_style": "pending-acceptance"})
    assert status["cloudStatus"] == active
    assert asked(simulator, connection) == ["accept"]


def test_the_accepter_selects_one_of_several_atlas_vpcs(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    one = request(simulator, 40, name=pcx(0x4001), accepter_vpc=vpc(0xA41))
    other = request(simulator, 40, name=pcx(0x4002), accepter_vpc=vpc(0xA42))
    namespace.apply(
        peering("unselected", vpc=vpc(40)), peering("selected", vpc=vpc(40), accepter={"vpcId": vpc(0xA42)})
    )

    status = namespace.wait_for_reason("selected", "Active")
    namespace.wait_for_reason("unselected", "AmbiguousRequest")
    message = namespace.condition("unselected")["message"]
    poll_trigger.wait_for_polls()

    assert status["connectionName"] == other
    assert all(word in message for word in (one, other, vpc(0xA41), vpc(0xA42)))
    assert asked(simulator, one) == []
    assert asked(simulator, other) == ["accept"]
