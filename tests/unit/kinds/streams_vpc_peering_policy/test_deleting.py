"""What becomes of what a policy has made when the policy goes."""

from typing import Any

import pytest

from unit.clock import VIRTUAL_TIME
from unit.kinds.streams_vpc_peering.builders import ACCOUNT
from unit.kinds.streams_vpc_peering_policy.builders import pcx, vpc
from unit.kinds.streams_vpc_peering_policy.world import LABEL, STEADY, World

pytestmark = VIRTUAL_TIME


async def taken(world: World, **spec: Any) -> None:
    """Have a policy take two requests."""
    world.atlas.request(1, 2)
    world.create(**spec)
    await world.until(lambda: len(world.atlas.changes) == 2)
    await world.until(lambda: world.status()["taken"] == 2)


@pytest.mark.parametrize("spec", [{}, {"deletionPolicy": "Retain"}])
async def test_it_stays_unless_told_otherwise_and_the_policy_goes_at_once(spec: dict[str, str]) -> None:
    async with World() as world:
        await taken(world, **spec)
        assert not world.has_finalizer()

        world.delete()
        assert not world.exists(), "nothing holds it"
        await world.passing(10 * STEADY)

        assert world.taken() == {pcx(1), pcx(2)}
        assert sorted(world.atlas.changes) == [f"accept {pcx(1)}", f"accept {pcx(2)}"]


async def test_it_goes_with_the_policy_where_that_is_said_and_its_connections_with_it() -> None:
    async with World() as world:
        await taken(world, deletionPolicy="Delete")
        assert world.has_finalizer()

        world.delete()
        await world.until(lambda: not world.exists())
        await world.until(lambda: world.taken() == set())

        assert sorted(world.atlas.changes)[2:] == [f"delete {pcx(1)}", f"delete {pcx(2)}"]
        said = [message for _, reason, message in world.events.said if reason == "Deleted"]
        assert (
            said[0]
            == "Deleted 2 StreamsVpcPeerings of this policy: in Atlas, each does what its own deletionPolicy says."
        )


async def test_the_objects_of_somebody_else_stay() -> None:
    async with World() as world:
        world.create_peering("copy", labels={LABEL: "orders"}, vpcId=vpc(7), connectionName=pcx(7))
        world.create_peering(pcx(8), labels={LABEL: "another"}, vpcId=vpc(8), connectionName=pcx(8))
        world.create_peering("kafka", vpcId=vpc(9))
        await taken(world, deletionPolicy="Delete")
        world.unlabel(pcx(2))
        await world.until(lambda: world.status()["taken"] == 1)

        world.delete()
        await world.until(lambda: not world.exists())
        await world.passing(10 * STEADY)

        assert {name for name in ("copy", pcx(2), pcx(8), "kafka") if world.peering(name)["spec"]} == {
            "copy",
            pcx(2),
            pcx(8),
            "kafka",
        }
        assert world.taken() == {"copy"}


async def test_the_finalizer_is_there_exactly_while_there_is_something_to_undo() -> None:
    async with World() as world:
        world.create(deletionPolicy="Delete")
        await world.until_reason("Watching")
        assert not world.has_finalizer()

        world.atlas.request(1)
        await world.until_taken(1)
        assert world.has_finalizer()

        world.change(deletionPolicy="Retain")
        await world.until(lambda: not world.has_finalizer())
        world.change(deletionPolicy="Delete")
        await world.until(world.has_finalizer)

        world.delete_peering(pcx(1))
        await world.until(lambda: not world.has_finalizer())
        world.delete()
        assert not world.exists()


async def test_the_finalizer_is_there_before_the_first_object() -> None:
    async with World() as world:
        world.atlas.request(1)
        seen: list[bool] = []
        world.objects.before("POST", "streamsvpcpeerings", lambda: seen.append(world.has_finalizer()))
        world.create(deletionPolicy="Delete")

        await world.until_taken(1)

        assert seen == [True]


async def test_a_suspended_policy_waits_with_what_it_has_made_and_names_the_two_ways_out() -> None:
    async with World() as world:
        await taken(world, deletionPolicy="Delete")
        world.change(suspend=True)
        await world.until_reason("Suspended")
        world.delete()

        await world.until(lambda: world.condition()["message"].startswith("Deletion waits"))
        await world.passing(60)
        written = list(world.writes)
        await world.passing(10 * STEADY)
        assert world.writes == written
        assert world.taken() == {pcx(1), pcx(2)}
        assert (
            "set suspend: false to delete what it has created, or deletionPolicy: Retain to keep it"
            in world.condition()["message"]
        )

        world.change(deletionPolicy="Retain")
        await world.until(lambda: not world.exists())
        assert world.taken() == {pcx(1), pcx(2)}


async def test_deleting_needs_neither_credentials_nor_atlas() -> None:
    async with World() as world:
        await taken(world, deletionPolicy="Delete")
        world.objects.remove("/api/v1/namespaces/team-a/secrets/atlas-api")
        await world.restart()
        world.atlas.lists.clear()

        world.delete()
        await world.until(lambda: not world.exists())

        assert all(world.peering(pcx(number))["metadata"]["deletionTimestamp"] for number in (1, 2))


async def test_a_deletion_that_the_api_server_refuses_waits_and_says_why_and_how_to_get_out() -> None:
    async with World() as world:
        await taken(world, deletionPolicy="Delete")
        world.objects.fail("DELETE", "streamsvpcpeerings", status=403, message="denied by a webhook", times=3)
        world.delete()

        await world.until_reason("WriteRefused")
        assert world.condition()["message"].startswith("Deletion waits: The Kubernetes API refuses the deletion of")
        assert "set deletionPolicy: Retain" in world.condition()["message"]

        await world.until(lambda: not world.exists())
        await world.until(lambda: world.taken() == set())


async def test_a_deletion_that_the_api_server_refuses_holds_back_no_other() -> None:
    async with World() as world:
        await taken(world, deletionPolicy="Delete")
        kept = min(world.taken())
        world.objects.fail("DELETE", kept, status=403, message="denied by a webhook", times=1000)
        world.delete()

        await world.until(lambda: world.taken() == {kept})
        await world.until_reason("WriteRefused")
        world.change(deletionPolicy="Retain")
        await world.until(lambda: not world.exists())
        assert world.taken() == {kept}


async def test_a_deletion_that_is_cut_off_goes_on_after_a_restart() -> None:
    async with World() as world:
        await taken(world, deletionPolicy="Delete")
        world.objects.fail("DELETE", pcx(2), status=None)
        world.delete()
        await world.passing(0.2)
        await world.restart()

        await world.until(lambda: not world.exists())
        await world.until(lambda: world.taken() == set())


async def test_a_change_to_retain_that_no_watch_has_shown_yet_keeps_what_it_has_made() -> None:
    async with World() as world:
        await taken(world, deletionPolicy="Delete")
        world.watch_seconds = 0.0
        world.delete()
        world.watch_seconds = 3600
        world.change(deletionPolicy="Retain")

        await world.until(lambda: not world.exists())
        await world.passing(10 * STEADY)

        assert world.taken() == {pcx(1), pcx(2)}
        assert world.peering(pcx(1))["spec"]["requester"]["accountId"] == ACCOUNT
