"""suspend: true: everything is observed and said, nothing is changed in Atlas."""

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import PollTrigger, asked, request
from cluster.namespace import Namespace, condition_of, pcx, peering, vpc
from cluster.waiting import wait_until

pytestmark = pytest.mark.usefixtures("operator", "poll_trigger")

UNREACHED = (
    ("Accepted", "pending-acceptance"),
    ("Accepted", "provisioning"),
    ("Accepted", "expired"),
    ("Accepted", "deleted"),
    ("Rejected", "pending-acceptance"),
    ("Rejected", "active"),
    ("Deleted", "pending-acceptance"),
    ("Deleted", "active"),
)
REACHED = {
    ("Accepted", "active"): "Active",
    ("Rejected", "rejected"): "Rejected",
    ("Deleted", "deleted"): "Deleted",
}


@pytest.fixture(scope="module")
def seen(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> dict[tuple[str, str], dict[str, object]]:
    """Suspended objects by wanted state and cloud status, after the operator has had time to do wrong."""
    cases = {case: f"{case[0].lower()}-{case[1]}" for case in (*UNREACHED, *REACHED)}
    for number, (_, state) in enumerate(cases):
        request(simulator, 0x100 + number, state=state)
    namespace.apply(
        *(
            peering(name, vpc=vpc(0x100 + number), desiredState=wanted, suspend=True)
            for number, ((wanted, _), name) in enumerate(cases.items())
        )
    )
    namespace.wait_for_reasons({name: REACHED.get(case, "Suspended") for case, name in cases.items()})
    poll_trigger.wait_for_polls()
    objects = namespace.objects()
    return {case: objects[name] for case, name in cases.items()}


@pytest.mark.parametrize("case", UNREACHED)
def test_what_is_not_as_wanted_is_shown_and_left_alone(
    simulator: SimulatorThread, seen: dict[tuple[str, str], dict[str, dict[str, object]]], case: tuple[str, str]
) -> None:
    found = seen[case]
    connection = str(found["status"]["connectionName"])

    assert condition_of(found)["status"] == "False"
    assert not condition_of(found, "Reconciling")
    assert not condition_of(found, "Stalled")
    assert f"{connection} is {case[1]}" in condition_of(found)["message"]
    assert found["status"]["cloudStatus"] == case[1]
    assert asked(simulator, connection) == []


@pytest.mark.parametrize("case", REACHED)
def test_what_is_as_wanted_is_ready(
    seen: dict[tuple[str, str], dict[str, dict[str, object]]], case: tuple[str, str]
) -> None:
    assert condition_of(seen[case])["status"] == "True"


def test_without_a_request_it_says_what_it_waits_for(namespace: Namespace) -> None:
    namespace.apply(peering("waiting", vpc=vpc(1), suspend=True))
    namespace.wait_for_reason("waiting", "Suspended")

    assert vpc(1) in namespace.condition("waiting")["message"]


def test_a_request_that_comes_meanwhile_is_accepted_after_resuming(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    namespace.apply(peering("resumed", vpc=vpc(2), suspend=True))
    namespace.wait_for_reason("resumed", "Suspended")
    connection = request(simulator, 2)
    namespace.wait_for_cloud({"resumed": "pending-acceptance"})
    poll_trigger.wait_for_polls()
    assert asked(simulator, connection) == []

    namespace.patch("resumed", suspend=False)
    namespace.wait_for_reason("resumed", "Active")

    assert asked(simulator, connection) == ["accept"]


def test_suspending_an_active_object_keeps_it_ready_and_what_happens_then_is_told(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 3, state="active")
    namespace.apply(peering("paused", vpc=vpc(3)))
    namespace.wait_for_reason("paused", "Active")
    namespace.patch("paused", suspend=True)
    namespace.wait_for_reason("paused", "Active")

    simulator.set_cloud_status(connection, "deleted")
    namespace.wait_for_reason("paused", "Suspended")
    following = request(simulator, 3, name=pcx(0x301))
    namespace.wait_for_cloud({"paused": "pending-acceptance"})
    poll_trigger.wait_for_polls()

    assert asked(simulator, connection, following) == []


def test_a_deletion_waits_until_it_is_resumed(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    active, pending = request(simulator, 4), request(simulator, 5)
    simulator.fault("no-effect", "accept", connection=pending)
    namespace.apply(peering("kept", vpc=vpc(4)), peering("kept-pending", vpc=vpc(5)))
    namespace.wait_for_cloud({"kept": "active", "kept-pending": "pending-acceptance"})
    simulator.wait_for_call("accept", connection=pending)
    for name in ("kept", "kept-pending"):
        namespace.patch(name, suspend=True)
    namespace.wait_for_reasons({"kept": "Active", "kept-pending": "Suspended"})

    namespace.kubectl("delete", "svp", "kept", "kept-pending", "--wait=false")
    found = namespace.wait_for_reasons({"kept": "Suspended", "kept-pending": "Suspended"})
    poll_trigger.wait_for_polls()

    assert sorted(asked(simulator, active, pending)) == ["accept", "accept"]
    for name, connection in (("kept", active), ("kept-pending", pending)):
        message = condition_of(found[name])["message"]
        assert connection in message
        assert "suspend: false" in message
        assert "deletionPolicy: Retain" in message
        namespace.patch(name, suspend=False)
    namespace.wait_gone("kept")
    namespace.wait_gone("kept-pending")
    assert asked(simulator, active) == ["accept", "delete"]
    assert asked(simulator, pending) == ["accept", "reject"]


def test_retain_lets_a_suspended_object_go(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 6)
    namespace.apply(peering("let-go", vpc=vpc(6)))
    namespace.wait_for_reason("let-go", "Active")
    namespace.patch("let-go", suspend=True)
    namespace.wait_for_reason("let-go", "Active")
    namespace.delete("let-go")
    namespace.wait_for_reason("let-go", "Suspended")

    namespace.patch("let-go", deletionPolicy="Retain")
    namespace.wait_gone("let-go")
    poll_trigger.wait_for_polls()

    assert asked(simulator, connection) == ["accept"]


@pytest.mark.parametrize(("state", "number"), [("active", 61), (None, 62)])
def test_an_object_that_has_only_observed_goes_at_once_and_leaves_atlas_as_it_is(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger, state: str | None, number: int
) -> None:
    connection, name = request(simulator, number, state=state), f"observer-{number}"
    namespace.apply(peering(name, vpc=vpc(number), suspend=True))
    namespace.wait_for_cloud({name: state or "pending-acceptance"})

    namespace.kubectl("delete", "svp", name, "--timeout=50s")
    poll_trigger.wait_for_polls()

    assert asked(simulator, connection) == []


def test_an_object_that_was_suspended_before_it_requested_anything_goes_at_once(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 63, state="active")
    namespace.apply(peering("second-thoughts", vpc=vpc(63)))
    namespace.wait_for_reason("second-thoughts", "Active")
    namespace.patch("second-thoughts", suspend=True)

    namespace.kubectl("delete", "svp", "second-thoughts", "--timeout=50s")
    poll_trigger.wait_for_polls()

    assert asked(simulator, connection) == []


def test_a_suspended_object_that_holds_nothing_live_goes_at_once(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    request(simulator, 7, state="expired")
    namespace.apply(peering("empty", vpc=vpc(7), suspend=True))
    namespace.wait_for_cloud({"empty": "expired"})

    namespace.kubectl("delete", "svp", "empty", "--timeout=50s")

    assert namespace.get("empty") is None


def test_a_suspended_ambiguity_is_told_and_goes_at_once(namespace: Namespace, simulator: SimulatorThread) -> None:
    one = request(simulator, 8, name=pcx(0x801), accepter_vpc=vpc(0xA81))
    other = request(simulator, 8, name=pcx(0x802), accepter_vpc=vpc(0xA82))
    namespace.apply(peering("unclear", vpc=vpc(8), suspend=True))

    # A list that is older than the requests says that there is none.
    wait_until(lambda: one in namespace.condition("unclear").get("message", ""), "both requests are named")
    assert namespace.condition("unclear")["reason"] == "Suspended"
    namespace.kubectl("delete", "svp", "unclear", "--timeout=50s")
    assert asked(simulator, one, other) == []
