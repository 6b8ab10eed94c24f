"""A ConfluentPeering's life on the path: requests, lists that lag, crashes, lost answers, deletions."""

from typing import Any

import pytest

from unit.clock import VIRTUAL_TIME
from unit.controller.path_world import PENDING, STEADY, UNSEEN
from unit.kinds.confluent_peering.builders import ATLAS, ID, NETWORK, VPC, row
from unit.kinds.confluent_peering.cloud import refusal
from unit.kinds.confluent_peering.world import ConfluentWorld

pytestmark = VIRTUAL_TIME

MADE = "POST peering one"


async def made(world: ConfluentWorld, phase: str = "READY") -> None:
    """Create an object, and wait until its peering is in this phase and is shown so."""
    world.create()
    await world.until(lambda: world.changes)
    world.cloud.set(phase)
    await world.until(lambda: world.status().get("phase") == phase)
    await world.passing(UNSEEN)


# -- making


async def test_a_peering_is_requested_once_followed_and_connected() -> None:
    async with ConfluentWorld() as world:
        world.create()
        await world.until_reason("Provisioning")
        await world.until(lambda: world.changes)
        world.cloud.set("PENDING_ACCEPT")
        await world.until_reason("PendingAcceptance")
        assert world.condition("Requested") is not None
        assert world.condition("Requested")["status"] == "True"  # type: ignore[index]
        world.cloud.set("READY")
        await world.until_reason("Connected", seconds=PENDING * 2)
        await world.passing(STEADY * 3)

        assert world.changes == [MADE]
        assert world.status()["peeringId"] == ID
        assert world.status()["requester"]["vpcId"] == VPC
        assert world.status()["atlas"] == ATLAS
        assert world.status()["lastAction"]["type"] == "Request"
        assert world.has_finalizer()


async def test_the_finalizer_and_the_intent_come_before_the_request() -> None:
    async with ConfluentWorld() as world:
        seen: list[tuple[bool, Any]] = []
        world.cloud.before_change = lambda: seen.append((world.has_finalizer(), world.status().get("lastAction")))
        world.create()
        await world.until(lambda: world.changes)

        ((finalizer, intent),) = seen
        assert finalizer
        assert intent["type"] == "Request"


async def test_nothing_is_written_while_nothing_changes() -> None:
    async with ConfluentWorld() as world:
        await made(world)
        before = len(world.writes)
        await world.passing(STEADY * 5)

        assert len(world.writes) == before


async def test_two_objects_share_the_list_and_the_network() -> None:
    async with ConfluentWorld() as world:
        for number in range(5):
            world.create(f"cfp-{number}", atlas={**ATLAS, "vpcId": f"vpc-0000000{number}"}, suspend=True)
        await world.until(lambda: all(world.reason(f"cfp-{number}") for number in range(5)))
        lists = [call for call in world.calls if call.startswith("list")]

        assert len(lists) == len(set(lists)) == 2


async def test_what_is_there_and_fits_is_adopted() -> None:
    async with ConfluentWorld() as world:
        world.cloud.add(row("READY", name="peer-theirs"))
        world.create()
        await world.until_reason("Connected")
        await world.passing(STEADY)

        assert world.changes == []
        assert world.status()["peeringId"] == "peer-theirs"
        assert world.has_finalizer()


async def test_of_two_objects_only_one_requests_and_the_other_follows_when_it_is_gone() -> None:
    async with ConfluentWorld() as world:
        world.create("younger", created="2024-12-12T11:30:00Z")
        world.create("older")
        await world.until_reason("AlreadyManaged", "younger")
        await world.until(lambda: world.changes)
        world.cloud.set("READY")
        await world.until_reason("Connected", "older")
        assert world.changes == ["POST peering older"]
        assert not world.has_finalizer("younger")

        world.delete("older")
        await world.until(lambda: not world.exists("older"))
        await world.until(lambda: len(world.changes) == 3)
        assert world.changes == ["POST peering older", "DELETE peer-1", "POST peering younger"]


@pytest.mark.parametrize("hundredths", range(1, 9))
async def test_an_older_one_that_comes_while_a_younger_one_is_about_to_request_makes_no_second(hundredths: int) -> None:
    async with ConfluentWorld() as world:
        world.create("younger", created="2024-12-12T11:30:00Z")
        await world.passing(hundredths / 100)
        world.create("older")
        await world.until(lambda: world.changes)
        await world.passing(PENDING * 2)

        assert len(world.changes) == 1
        reasons = {world.reason("younger"), world.reason("older")}
        assert reasons == {"Provisioning", "AlreadyManaged"}


async def test_the_younger_one_goes_without_touching_what_the_older_has() -> None:
    async with ConfluentWorld() as world:
        world.create("older")
        world.create("younger", created="2024-12-12T11:30:00Z")
        await world.until_reason("AlreadyManaged", "younger")
        world.delete("younger")
        await world.until(lambda: not world.exists("younger"))
        await world.passing(STEADY)

        assert world.changes == ["POST peering older"]


async def test_an_object_that_is_deleted_and_created_again_requests_at_once() -> None:
    async with ConfluentWorld() as world:
        for _ in range(4):
            world.create()
            assert await world.until(lambda: len(world.cloud.peerings) == 1) < PENDING
            world.cloud.set("READY")
            await world.until_reason("Connected")
            world.delete()
            assert await world.until(lambda: not world.exists()) < PENDING * 2

        assert [change.split()[0] for change in world.changes] == ["POST", "DELETE"] * 4


# -- lists that lag, lost answers, crashes


async def test_nothing_is_requested_twice_while_lists_lag() -> None:
    async with ConfluentWorld() as world:
        world.cloud.stale = {}
        world.create()
        await world.until(lambda: world.changes)
        await world.passing(UNSEEN - PENDING)
        world.cloud.set("READY")
        world.cloud.stale = None
        await world.until_reason("Connected")
        await world.passing(STEADY)

        assert world.changes == [MADE]


@pytest.mark.parametrize("lag", [True, False], ids=["lists lag", "lists are new"])
async def test_what_was_made_without_an_answer_is_adopted(lag: bool) -> None:
    async with ConfluentWorld() as world:
        world.cloud.lost = 1
        world.cloud.stale = {} if lag else None
        world.create()
        await world.until(lambda: world.changes)
        await world.passing(UNSEEN - PENDING)
        world.cloud.stale = None
        world.cloud.set("READY")
        await world.until_reason("Connected")
        await world.passing(STEADY)

        assert world.changes == [MADE]
        assert world.status()["lastAction"]["type"] == "Request"


async def test_what_was_lost_on_its_way_is_requested_again() -> None:
    async with ConfluentWorld() as world:
        world.cloud.answers = [refusal(503, "down")]
        world.create()
        await world.until(lambda: world.changes)
        took = await world.until(lambda: len(world.changes) == 2)

        assert took >= UNSEEN
        assert len(world.cloud.peerings) == 1


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_crash_between_the_request_and_its_status_makes_no_second_one(arrives: bool) -> None:
    async with ConfluentWorld() as world:
        world.cloud.stale = {}
        world.cloud.before_change = world.kill
        world.create()
        await world.until(lambda: world.changes)
        if not arrives:
            world.cloud.peerings.clear()
        assert "peeringId" not in world.status()
        world.cloud.before_change = lambda: None
        await world.restart()
        await world.passing(UNSEEN - PENDING)
        assert world.changes == [MADE]
        world.cloud.stale = None
        await world.passing(STEADY)

        assert world.changes == ([MADE] if arrives else [MADE, MADE])
        assert len(world.cloud.peerings) == 1


def lists_of_peerings(world: ConfluentWorld) -> int:
    return sum(call.startswith("list") and call.endswith("/peerings") for call in world.calls)


async def until_peerings_are_listed(world: ConfluentWorld) -> None:
    """Wait for the next list of peerings; the network has lists of its own."""
    before = lists_of_peerings(world)
    await world.until(lambda: lists_of_peerings(world) > before, seconds=STEADY * 3)


async def test_what_one_list_misses_is_not_made_again() -> None:
    async with ConfluentWorld() as world:
        await made(world)
        world.cloud.stale = {}
        await until_peerings_are_listed(world)
        world.cloud.stale = None
        await world.passing(STEADY * 2)

        assert world.changes == [MADE]
        assert world.reason() == "Connected"


@pytest.mark.parametrize("phase", ["FAILED", "DEPROVISIONING", "READY"])
async def test_what_one_list_misses_is_not_replaced_by_what_somebody_else_has_made(phase: str) -> None:
    async with ConfluentWorld() as world:
        world.create()
        await world.until(lambda: world.cloud.peerings)
        world.cloud.set("READY")
        await world.until_reason("Connected")
        before, written = world.status(), len(world.writes)
        world.cloud.add(row(phase, name="peer-9"))
        world.cloud.stale = {"peer-9": world.cloud.peerings["peer-9"]}
        await until_peerings_are_listed(world)
        world.cloud.stale = None
        await world.passing(STEADY)

        assert (world.status(), len(world.writes)) == (before, written)


@pytest.mark.parametrize("gone", [False, True], ids=["it is back", "it is gone"])
async def test_what_keeps_a_new_one_from_being_requested_is_said_when_two_lists_have_missed_the_peering(
    gone: bool,
) -> None:
    async with ConfluentWorld() as world:
        world.create()
        await world.until(lambda: world.cloud.peerings)
        world.cloud.set("READY")
        await world.until_reason("Connected")
        world.cloud.networks[NETWORK]["spec"]["connection_types"] = ["PRIVATELINK"]
        await world.passing(STEADY * 2)
        before, written = world.status(), len(world.writes)
        world.cloud.stale = {}
        await until_peerings_are_listed(world)
        if not gone:
            world.cloud.stale = None
        await world.passing(STEADY)

        assert ((world.status(), len(world.writes)) == (before, written)) is not gone
        assert (world.reason() == "Connected") is not gone


async def test_what_somebody_deleted_elsewhere_is_made_again() -> None:
    async with ConfluentWorld() as world:
        await made(world)
        world.cloud.peerings.clear()
        await world.until(lambda: len(world.changes) == 2)
        world.cloud.set("READY")
        await world.until_reason("Connected")

        assert world.changes == [MADE, MADE]
        assert world.status()["peeringId"] == "peer-2"


async def test_an_outage_turns_only_synced() -> None:
    async with ConfluentWorld() as world:
        await made(world)
        world.cloud.down = True
        await world.until(lambda: world.reason(kind="Synced") == "ConfluentUnavailable", seconds=STEADY * 3)

        assert world.reason() == "Connected"
        assert world.condition("Requested")["status"] == "True"  # type: ignore[index]


# -- refused


async def test_a_refusal_is_said_and_nothing_is_held() -> None:
    async with ConfluentWorld() as world:
        world.cloud.answers = [refusal(409, "Route 192.168.248.0/21 overlaps.")] * 2
        world.create()
        await world.until_reason("Refused")
        await world.until(lambda: not world.has_finalizer())

        assert "Route 192.168.248.0/21 overlaps" in world.message()
        assert "lastAction" not in world.status()

        world.request_reconcile("now")
        assert await world.until(lambda: len(world.changes) == 2) < PENDING
        await world.until(lambda: not world.has_finalizer())
        assert world.reason() == "Refused"

        world.change(customerRegion="eu-west-1")
        assert await world.until(lambda: len(world.changes) == 3) < PENDING
        await world.until(lambda: world.cloud.peerings)
        assert world.has_finalizer()


async def test_a_refused_object_is_deleted_without_a_trace() -> None:
    async with ConfluentWorld() as world:
        world.cloud.answers = [refusal(422, "quota")] * 100
        world.create()
        await world.until_reason("Refused")
        world.delete()
        await world.until(lambda: not world.exists())

        assert world.changes == [MADE]


async def test_the_refusal_of_an_object_that_is_gone_is_not_its_successors() -> None:
    async with ConfluentWorld() as world:
        world.cloud.answers = [refusal(409, "overlaps")]
        world.create("wrong", routes=["10.0.0.0/16"])
        await world.until_reason("Refused", "wrong")
        world.delete("wrong")
        await world.until(lambda: not world.exists("wrong"))
        world.create("right")

        assert await world.until(lambda: world.cloud.peerings) < PENDING * 3


# -- dead


@pytest.mark.parametrize("phase", ["FAILED", "DISCONNECTED"])
async def test_a_dead_one_stays_until_somebody_wants_a_new_one(phase: str) -> None:
    async with ConfluentWorld() as world:
        await made(world, phase)
        await world.passing(STEADY * 5)
        assert world.changes == [MADE]

        world.request_reconcile("now")
        await world.until(lambda: len(world.changes) == 3)
        world.cloud.set("READY")
        await world.until_reason("Connected")
        await world.passing(STEADY)

        assert world.changes == [MADE, "DELETE peer-1", MADE]
        assert world.status()["lastHandledReconcileAt"] == "now"


async def test_a_change_of_spec_makes_a_new_one_also_when_the_operator_dies_between_the_two_steps() -> None:
    async with ConfluentWorld() as world:
        await made(world, "FAILED")
        world.cloud.before_change = world.kill
        world.change(customerRegion="eu-west-1")
        await world.until(lambda: len(world.changes) == 2)
        world.cloud.before_change = lambda: None
        await world.restart()
        await world.until(lambda: len(world.changes) == 3)
        await world.passing(STEADY)

        assert world.changes == [MADE, "DELETE peer-1", MADE]
        assert world.cloud.peerings["peer-2"]["spec"]["cloud"]["customer_region"] == "eu-west-1"


async def test_a_wish_during_an_outage_is_not_lost() -> None:
    async with ConfluentWorld() as world:
        await made(world, "DISCONNECTED")
        world.cloud.down = True
        world.request_reconcile("now")
        await world.until(lambda: world.reason(kind="Synced") == "ConfluentUnavailable", seconds=STEADY * 3)
        world.cloud.down = False
        await world.until(lambda: len(world.changes) == 3)

        assert world.changes == [MADE, "DELETE peer-1", MADE]


# -- the network


async def test_the_request_waits_for_the_network() -> None:
    async with ConfluentWorld() as world:
        world.cloud.add_network("PROVISIONING")
        world.create()
        await world.until_reason("NetworkNotReady")
        assert "requester" not in world.status()
        world.cloud.add_network("READY")
        await world.until(lambda: world.changes, seconds=PENDING * 2)

        assert world.status()["requester"] == {"accountId": "417601102659", "vpcId": VPC, "cidr": "10.0.0.0/16"}


async def test_a_suspended_object_reports_the_requester_and_goes_at_once() -> None:
    async with ConfluentWorld() as world:
        world.create(suspend=True)
        await world.until_reason("Suspended")
        assert world.status()["requester"]["vpcId"] == VPC
        assert not world.has_finalizer()
        world.delete()

        assert not world.exists()
        assert world.changes == []


async def test_a_deletion_ends_when_the_network_is_gone() -> None:
    async with ConfluentWorld() as world:
        await made(world)
        world.cloud.networks.clear()
        world.cloud.peerings.clear()
        await world.until_reason("NetworkNotFound", seconds=STEADY * 2)
        assert NETWORK in world.message()
        world.delete()
        await world.until(lambda: not world.exists())

        assert world.changes == [MADE]


# -- deleting


@pytest.mark.parametrize("phase", ["PROVISIONING", "PENDING_ACCEPT", "READY", "FAILED", "DISCONNECTED"])
async def test_deleting_deletes_the_peering_and_then_lets_the_object_go(phase: str) -> None:
    async with ConfluentWorld() as world:
        await made(world, phase)
        world.delete()
        await world.until(lambda: not world.exists())

        assert world.changes == [MADE, "DELETE peer-1"]
        assert world.cloud.peerings == {}


async def test_a_deletion_waits_until_what_is_on_its_way_out_is_gone() -> None:
    async with ConfluentWorld() as world:
        await made(world)
        gone = dict(world.cloud.peerings)
        world.cloud.stale = gone
        world.delete()
        await world.until(lambda: len(world.changes) == 2)
        gone[ID] = row("DEPROVISIONING")
        await world.passing(STEADY)
        assert world.exists()
        assert world.reason() == "Deleting"
        world.cloud.stale = None
        await world.until(lambda: not world.exists())

        assert world.changes == [MADE, "DELETE peer-1"]


async def test_what_is_requested_while_the_object_is_deleted_leaves_nothing_behind() -> None:
    async with ConfluentWorld() as world:
        world.cloud.stale = {}
        world.cloud.lost = 1
        world.cloud.before_change = world.delete
        world.create()
        await world.until(lambda: world.changes)
        world.cloud.before_change = lambda: None
        await world.passing(UNSEEN - PENDING)
        assert world.exists()
        world.cloud.stale = None
        await world.until(lambda: not world.exists())

        assert world.changes == [MADE, "DELETE peer-1"]
        assert world.cloud.peerings == {}


async def test_retain_touches_nothing_and_needs_no_credentials() -> None:
    async with ConfluentWorld() as world:
        await made(world)
        world.remove_secret("confluent")
        await world.restart()
        world.delete()
        await world.until_reason("CredentialsMissing")
        assert "deletionPolicy: Retain" in world.message()
        world.change(deletionPolicy="Retain")
        await world.until(lambda: not world.exists())

        assert world.changes == [MADE]
        assert world.cloud.phases == ["READY"]


async def test_an_object_that_retains_carries_no_finalizer() -> None:
    async with ConfluentWorld() as world:
        world.create(deletionPolicy="Retain")
        await world.until(lambda: world.changes)
        world.cloud.set("READY")
        await world.until_reason("Connected")
        assert not world.has_finalizer()
        world.delete()
        await world.passing(STEADY)

        assert world.changes == [MADE]
        assert world.cloud.phases == ["READY"]


async def test_a_suspended_object_that_made_something_waits_and_says_the_ways_out() -> None:
    async with ConfluentWorld() as world:
        await made(world)
        world.change(suspend=True)
        await world.passing(PENDING)
        world.delete()
        await world.until_reason("Suspended")
        assert "set suspend: false to delete it in Confluent Cloud" in world.message()
        assert "deletionPolicy: Retain" in world.message()
        world.change(suspend=False)
        await world.until(lambda: not world.exists())

        assert world.cloud.peerings == {}


async def test_a_refused_deletion_is_said_with_the_way_out_and_requested_again() -> None:
    async with ConfluentWorld() as world:
        await made(world)
        world.cloud.answers = [refusal(409, "in use")] * 2
        world.delete()
        await world.until(lambda: "in use" in world.message())
        assert "deletionPolicy: Retain" in world.message()
        await world.until(lambda: not world.exists())

        assert world.changes == [MADE, *["DELETE peer-1"] * 3]
