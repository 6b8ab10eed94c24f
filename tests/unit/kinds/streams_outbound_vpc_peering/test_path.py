"""The life of StreamsOutboundVpcPeerings against the simulator, on a virtual clock."""

import pytest

from unit.clock import VIRTUAL_TIME
from unit.controller.path_world import PENDING, STEADY, UNSEEN
from unit.kinds.streams_outbound_vpc_peering.builders import ACCOUNT, OTHER_VPC, PROJECT, VPC
from unit.kinds.streams_outbound_vpc_peering.world import KEY, OutboundWorld

pytestmark = VIRTUAL_TIME

HOUR = 3_600.0


async def test_a_peering_is_requested_accepted_in_aws_and_deleted() -> None:
    async with OutboundWorld() as world:
        world.atlas.configure({"network_peering": {"delays": {"finalizing": 30}}})
        world.create()
        await world.until_reason("PendingAcceptance")
        [peer] = world.peers
        assert world.status()["connectionName"] == peer.connection_id
        assert (world.status()["peerId"], world.status()["containerId"]) == (peer.id, peer.container_id)
        assert (world.condition("Requested") or {})["status"] == "True"
        assert f"has to accept {peer.connection_id} in eu-west-1" in world.message()
        assert ACCOUNT in world.message()
        assert world.has_finalizer()

        world.accept()
        await world.until_reason("Finalizing")
        await world.until_reason("Available")
        assert world.status()["atlas"]["vpcId"].startswith("vpc-")
        await world.until(lambda: "Available" in world.events.reasons)
        assert world.events.reasons == ["Initiating", "PendingAcceptance", "Finalizing", "Available"]

        world.delete()
        await world.until(lambda: not world.exists())
        assert world.peers == []
        assert world.changes == ["create-peer", "delete-peer"]


async def test_once_it_is_available_nothing_is_written_or_changed() -> None:
    async with OutboundWorld() as world:
        await world.available()
        writes, changes = len(world.writes), world.changes
        await world.passing(STEADY * 5)

        assert (len(world.writes), world.changes) == (writes, changes)


async def test_one_list_serves_every_object() -> None:
    async with OutboundWorld() as world:
        for number in range(20):
            world.create(f"of-{number}", vpcId=f"vpc-{number:017x}", routeTableCidrBlock=f"10.{number}.0.0/16")
        await world.until(lambda: world.reason("of-19") == "PendingAcceptance")
        await world.until(lambda: all(world.reason(f"of-{n}") == "PendingAcceptance" for n in range(20)))
        before = world.lists
        await world.passing(PENDING * 10)

        assert world.lists - before <= 12


async def test_lists_that_lag_do_not_make_it_twice() -> None:
    async with OutboundWorld() as world:
        world.atlas.configure({"network_peering": {"delays": {"visibility": 60}}})
        world.create()
        await world.until_reason("PendingAcceptance", seconds=200)

        assert [call.status for call in world.atlas.calls("create-peer")].count(200) == 1
        assert len(world.peers) == 1


@pytest.mark.parametrize("fault", ["lose-reply", "drop", "answer"])
async def test_an_answer_that_is_lost_makes_no_second_peering(fault: str) -> None:
    async with OutboundWorld() as world:
        world.atlas.fault("replace-reply" if fault == "lose-reply" else "answer", "create-peer", status=503)
        world.create()
        await world.until_reason("PendingAcceptance")

        assert len(world.peers) == 1
        assert len(world.changes) == (1 if fault == "lose-reply" else 2)


async def test_a_crash_between_the_intent_and_the_call_makes_no_second_peering() -> None:
    async with OutboundWorld() as world:
        last = {"type": "Create", "time": "2024-12-12T12:16:35Z"}
        world.create(status={"observedGeneration": 1, "lastAction": last})
        took = await world.until_reason("PendingAcceptance", seconds=120)

        assert took >= UNSEEN - PENDING
        assert world.changes == ["create-peer"]


async def test_a_restart_goes_on_where_it_was() -> None:
    async with OutboundWorld() as world:
        world.create()
        await world.until(lambda: world.changes)
        await world.restart()
        await world.until_reason("PendingAcceptance")
        await world.restart()
        world.accept()
        await world.until_reason("Available")

        assert world.changes == ["create-peer"]


async def test_what_is_there_is_adopted_with_the_routes_of_the_spec() -> None:
    async with OutboundWorld() as world:
        [container] = world.atlas.network_peering.containers(PROJECT)
        peer = world.atlas.network_peering.add_peer(container.id, ACCOUNT, VPC, "10.5.0.0/16", "eu-west-1")
        world.create()
        await world.until(lambda: world.changes)
        await world.until_reason("PendingAcceptance")

        assert world.changes == ["update-peer"]
        assert [(one.id, one.routes) for one in world.peers] == [(peer, "10.0.0.0/16")]
        assert world.has_finalizer()


async def test_changed_routes_are_patched() -> None:
    async with OutboundWorld() as world:
        await world.available()
        world.change(routeTableCidrBlock="10.7.0.0/16")
        await world.until_reason("Finalizing")
        await world.until_reason("Available")

        assert world.changes == ["create-peer", "update-peer"]
        assert [one.routes for one in world.peers] == ["10.7.0.0/16"]
        assert "10.7.0.0/16" in world.message()


@pytest.mark.parametrize(
    ("end", "reason"), [("reject", "RequestRejected"), ("expire", "RequestExpired"), ("refuse", "RequestFailed")]
)
@pytest.mark.parametrize("wish", ["annotation", "spec"])
async def test_a_failed_peering_is_said_and_renewed_only_when_asked(end: str, reason: str, wish: str) -> None:
    async with OutboundWorld() as world:
        outbound = world.atlas.network_peering
        if end == "refuse":
            outbound.refuse_vpc(VPC)
        world.create()
        if end != "refuse":
            await world.until_reason("PendingAcceptance")
            (outbound.reject if end == "reject" else outbound.expire)(world.peers[0].id)
        await world.until_reason(reason)
        [dead] = world.peers
        assert world.condition("Stalled") is not None
        await world.passing(HOUR)
        assert world.changes == ["create-peer"]

        outbound.refuse_vpc(VPC, None)
        if wish == "annotation":
            world.request_reconcile("again")
        else:
            world.change(routeTableCidrBlock="10.8.0.0/16")
        await world.until_reason("Deleting")
        await world.until_reason("PendingAcceptance")
        assert world.changes == ["create-peer", "delete-peer", "create-peer"]
        assert [one.id == dead.id for one in world.peers] == [False]


async def test_a_renewal_survives_a_restart() -> None:
    async with OutboundWorld() as world:
        world.create()
        await world.until_reason("PendingAcceptance")
        world.atlas.network_peering.reject(world.peers[0].id)
        await world.until_reason("RequestRejected")
        world.request_reconcile("again")
        await world.until(lambda: "delete-peer" in world.changes)
        await world.restart()
        await world.until_reason("PendingAcceptance")

        assert world.changes == ["create-peer", "delete-peer", "create-peer"]


async def test_what_somebody_deleted_in_atlas_is_made_again_after_a_second_list() -> None:
    async with OutboundWorld() as world:
        await world.available()
        world.atlas.network_peering.vanish(world.peers[0].id)
        await world.until(lambda: world.changes == ["create-peer", "create-peer"])
        await world.until_reason("PendingAcceptance")


async def test_what_one_list_misses_is_not_made_again() -> None:
    async with OutboundWorld() as world:
        await world.available()
        await world.passing(STEADY)
        before = world.lists
        world.atlas.fault(
            "answer",
            "list-peers",
            status=200,
            body={"results": []},
            headers={"Content-Type": "application/vnd.atlas.2023-01-01+json"},
        )
        await world.until(lambda: world.lists > before, seconds=STEADY * 2)
        await world.passing(STEADY * 3)

        assert world.changes == ["create-peer"]
        assert world.reason() == "Available"
        assert world.has_finalizer()


async def test_a_container_is_created_only_when_told_and_never_deleted() -> None:
    async with OutboundWorld(container=False) as world:
        world.create("without")
        await world.until_reason("ContainerNotFound", "without")
        world.delete("without")
        await world.until(lambda: not world.exists("without"))

        world.create("with", container={"atlasCidrBlock": "192.168.240.0/21"})
        await world.until_reason("PendingAcceptance", "with")
        assert world.changes == ["create-container", "create-peer"]
        [container] = world.atlas.network_peering.containers(PROJECT)
        assert (container.region, container.cidr_block) == ("US_EAST_1", "192.168.240.0/21")
        world.delete("with")
        await world.until(lambda: not world.exists("with"))
        assert [one.id for one in world.atlas.network_peering.containers(PROJECT)] == [container.id]


async def test_two_objects_that_want_the_same_container_make_one() -> None:
    async with OutboundWorld(container=False) as world:
        wanted = {"atlasCidrBlock": "192.168.240.0/21"}
        world.create("a", container=wanted)
        world.create(
            "b", container={"atlasCidrBlock": "192.168.240.0/21"}, vpcId=OTHER_VPC, routeTableCidrBlock="10.1.0.0/16"
        )
        await world.until(lambda: world.reason("a") == world.reason("b") == "PendingAcceptance")

        assert world.changes.count("create-container") == 1


async def test_a_container_that_comes_later_is_used() -> None:
    async with OutboundWorld(container=False) as world:
        world.create()
        await world.until_reason("ContainerNotFound")
        world.atlas.network_peering.add_container(PROJECT, "US_EAST_1")
        await world.until_reason("PendingAcceptance", seconds=STEADY * 2)


async def test_a_refusal_is_said_and_asked_again_on_the_steady_interval_or_when_the_spec_changes() -> None:
    async with OutboundWorld() as world:
        world.create(routeTableCidrBlock="192.168.0.0/16")
        await world.until_reason("Refused")
        assert world.reason(kind="Requested") == "Refused"
        assert "OVERLAPPING_ATLAS_CIDR_BLOCK" in world.message()
        assert "lastAction" not in world.status()
        await world.until(lambda: not world.has_finalizer(), seconds=PENDING * 2)
        await world.passing(STEADY * 3.5)
        assert 2 <= len(world.changes) <= 5

        world.change(routeTableCidrBlock="10.0.0.0/16")
        assert await world.until_reason("PendingAcceptance") < STEADY


@pytest.mark.parametrize(
    ("role", "words"), [("read", "Project Network Access Manager"), ("owner", "Project Network Access Manager")]
)
async def test_a_missing_role_is_named_and_a_new_one_is_used(role: str, words: str) -> None:
    async with OutboundWorld() as world:
        world.atlas.set_role(KEY, PROJECT, role)
        world.create()
        await world.until_reason("Unauthorized")
        assert words in world.message()
        world.atlas.set_role(KEY, PROJECT, "network")
        await world.until_reason("PendingAcceptance", seconds=STEADY * 2)


async def test_a_container_needs_the_owner_of_the_project() -> None:
    async with OutboundWorld(container=False) as world:
        world.atlas.set_role(KEY, PROJECT, "network")
        world.create(container={"atlasCidrBlock": "192.168.240.0/21"})
        await world.until_reason("Unauthorized")
        assert "Project Owner" in world.message()


@pytest.mark.parametrize("hundredths", range(1, 9))
async def test_an_older_one_that_names_the_container_and_comes_meanwhile_makes_no_second(hundredths: int) -> None:
    async with OutboundWorld() as world:
        [container] = world.atlas.network_peering.containers(PROJECT)
        world.create("younger", created="2024-12-12T11:30:00Z")
        await world.passing(hundredths / 100)
        world.create("older", containerId=container.id)
        await world.until(lambda: world.changes)
        await world.passing(PENDING * 2)

        assert world.changes == ["create-peer"]
        assert {world.reason("younger"), world.reason("older")} == {"PendingAcceptance", "AlreadyManaged"}


async def test_the_younger_of_two_touches_nothing_and_takes_over_what_is_left() -> None:
    async with OutboundWorld() as world:
        world.create("older", created="2024-12-01T08:00:00Z", deletionPolicy="Retain")
        world.create("younger")
        await world.until_reason("AlreadyManaged", "younger")
        await world.until_reason("PendingAcceptance", "older")
        assert "older" in world.message("younger")
        assert "peerId" not in world.status("younger")

        world.delete("older")
        await world.until_reason("PendingAcceptance", "younger")
        assert world.changes == ["create-peer"]
        world.delete("younger")
        await world.until(lambda: not world.exists("younger"))
        assert world.peers == []


async def test_deleting_the_younger_leaves_the_peering() -> None:
    async with OutboundWorld() as world:
        world.create("older", created="2024-12-01T08:00:00Z")
        world.create("younger")
        await world.until_reason("AlreadyManaged", "younger")
        await world.until_reason("PendingAcceptance", "older")
        world.delete("younger")
        await world.until(lambda: not world.exists("younger"))
        await world.passing(STEADY)

        assert world.changes == ["create-peer"]


async def test_retain_leaves_the_peering_without_a_call() -> None:
    async with OutboundWorld() as world:
        await world.available(deletionPolicy="Retain")
        assert not world.has_finalizer()
        world.remove_secret("atlas-api")
        world.delete()
        await world.until(lambda: not world.exists())
        assert len(world.peers) == 1


async def test_a_suspended_object_changes_nothing_until_it_is_resumed() -> None:
    async with OutboundWorld() as world:
        world.create(suspend=True)
        await world.until_reason("Suspended")
        await world.passing(STEADY * 2)
        assert world.changes == []
        world.change(suspend=False)
        await world.until_reason("PendingAcceptance")

        world.change(suspend=True)
        await world.until_reason("Suspended")
        assert (world.condition("Requested") or {})["status"] == "True"
        world.delete()
        await world.passing(STEADY)
        assert world.exists()
        assert "suspend: false" in world.message()
        world.change(suspend=False)
        await world.until(lambda: not world.exists())
        assert world.peers == []


async def test_who_only_observed_goes_at_once() -> None:
    async with OutboundWorld() as world:
        [container] = world.atlas.network_peering.containers(PROJECT)
        world.atlas.network_peering.add_peer(container.id, ACCOUNT, VPC, "10.0.0.0/16", "eu-west-1")
        world.create(suspend=True)
        await world.until(lambda: "peerId" in world.status())
        world.delete()
        assert await world.until(lambda: not world.exists()) < PENDING
        assert len(world.peers) == 1


@pytest.mark.parametrize("state", ["PENDING_ACCEPTANCE", "FAILED", "INITIATING"])
async def test_a_peering_is_deleted_in_whatever_state_it_is(state: str) -> None:
    async with OutboundWorld() as world:
        world.create()
        await world.until(lambda: world.changes)
        if state == "FAILED":
            await world.until_reason("PendingAcceptance")
            world.atlas.network_peering.reject(world.peers[0].id)
            await world.until_reason("RequestRejected")
        elif state == "PENDING_ACCEPTANCE":
            await world.until_reason("PendingAcceptance")
        world.delete()
        await world.until(lambda: not world.exists())

        assert world.peers == []


@pytest.mark.parametrize(("status", "code"), [(404, "PEER_NOT_FOUND"), (409, "PEER_ALREADY_REQUESTED_DELETION")])
async def test_a_deletion_that_somebody_else_requested_is_done_when_the_peering_is_gone(status: int, code: str) -> None:
    async with OutboundWorld() as world:
        await world.available()
        peer = world.peers[0].id
        answer = {"error": status, "errorCode": code, "detail": "Gone or going."}
        world.atlas.fault("answer", "delete-peer", status=status, body=answer)
        world.delete()
        await world.until(lambda: world.changes[-1] == "delete-peer")
        world.atlas.network_peering.vanish(peer)
        await world.until(lambda: not world.exists())

        assert world.changes == ["create-peer", "delete-peer"]


async def test_atlas_that_says_there_is_no_such_peering_lets_the_object_go() -> None:
    async with OutboundWorld() as world:
        await world.available()
        answer = {"error": 404, "errorCode": "PEER_NOT_FOUND", "detail": "Gone."}
        world.atlas.fault("answer", "delete-peer", status=404, body=answer)
        world.delete()

        await world.until(lambda: not world.exists())


async def test_a_deletion_goes_on_without_its_secret() -> None:
    async with OutboundWorld() as world:
        await world.available()
        world.remove_secret("atlas-api")
        world.delete()
        await world.until(lambda: not world.exists())
        assert world.peers == []


async def test_an_outage_turns_only_synced() -> None:
    async with OutboundWorld() as world:
        await world.available()
        world.atlas.fault("answer", "list-peers", status=503, times=None)
        await world.until(lambda: world.reason(kind="Synced") == "AtlasUnavailable", seconds=STEADY * 3)
        assert world.reason() == "Available"
        assert (world.condition("Requested") or {})["status"] == "True"
        world.atlas.clear_faults()
        await world.until(lambda: world.reason(kind="Synced") == "Observed", seconds=STEADY * 3)


async def test_a_deletion_during_an_outage_waits_and_says_the_way_out() -> None:
    async with OutboundWorld() as world:
        await world.available()
        world.atlas.fault("answer", "list-peers", status=503, times=None)
        world.delete()
        await world.until_reason("AtlasUnavailable", seconds=STEADY * 3)
        assert "deletionPolicy: Retain" in world.message()
        world.change(deletionPolicy="Retain")
        await world.until(lambda: not world.exists())


@pytest.mark.parametrize("fault", ["no-effect", "stuck"])
async def test_a_request_that_atlas_forgets_or_never_finishes_is_said_or_made_again(fault: str) -> None:
    async with OutboundWorld() as world:
        world.atlas.fault(fault, "create-peer")
        world.create()
        if fault == "no-effect":
            await world.until_reason("PendingAcceptance", seconds=STEADY * 2)
            assert world.changes == ["create-peer", "create-peer"]
        else:
            await world.until_reason("Initiating")
            await world.passing(3600)
            assert world.changes == ["create-peer"]


async def test_a_peering_that_one_list_misses_stays_available_where_the_container_is_missed_too() -> None:
    async with OutboundWorld() as world:
        await world.available()
        before, written = world.status(), len(world.writes)
        lists = world.lists
        world.atlas.fault("answer", "list-peers", status=200, body={"results": [], "totalCount": 0})
        world.atlas.fault("answer", "list-containers", status=200, body={"results": [], "totalCount": 0})
        await world.until(lambda: world.lists >= lists + 3)

        assert world.atlas.faults() == []
        assert (world.status(), len(world.writes)) == (before, written)


async def test_a_list_from_before_a_request_does_not_count_for_one_that_names_the_container_in_another_way() -> None:
    async with OutboundWorld() as world:
        [container] = world.atlas.network_peering.containers(PROJECT)
        world.create("older", containerId=container.id)
        world.create("younger", created="2024-12-12T11:30:00Z")
        await world.until(lambda: world.status("older").get("peerId"))
        world.delete("older")
        await world.until(lambda: not world.exists("older"))
        await world.until_reason("PendingAcceptance", "younger")

        assert [call.status for call in world.atlas.calls("create-peer")] == [200, 200]


async def test_a_list_from_before_the_secret_was_gone_does_not_count_as_the_first_of_two() -> None:
    async with OutboundWorld() as world:
        await world.available()
        missing = {"results": [], "totalCount": 0}
        world.atlas.fault("answer", "list-peers", status=200, body=missing)
        await world.until(lambda: not world.atlas.faults())
        world.remove_secret("atlas-api")
        await world.until_reason("CredentialsMissing")
        world.atlas.fault("answer", "list-peers", status=200, body=missing)
        world.hold_secret()
        await world.until_reason("Available")

        assert world.changes == ["create-peer"]
