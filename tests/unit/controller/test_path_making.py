"""The one path of every object, with a made-up kind and on a virtual clock: what is not there is made."""

import pytest

from atlas_streams_peering.transport.errors import Refused, ServiceError, Unauthorized, Unavailable
from unit.clock import VIRTUAL_TIME
from unit.controller.path_world import PENDING, STEADY, UNSEEN, World

pytestmark = VIRTUAL_TIME


def wanted(world: World) -> None:
    world.create(row="r", made=True)


async def test_what_is_not_there_is_made_once() -> None:
    async with World() as world:
        wanted(world)

        await world.until(lambda: world.condition("Requested"))
        await world.passing(STEADY)

        assert world.changes == ["Make r"]
        assert world.has_finalizer()
        assert world.status()["lastAction"]["type"] == "Make"


async def test_it_is_adopted_where_lists_that_lag_show_it_late() -> None:
    async with World() as world:
        world.service.stale = {}
        wanted(world)
        await world.until(lambda: world.changes)
        await world.passing(UNSEEN - PENDING)
        world.service.stale = None

        await world.until(lambda: world.condition("Requested"))
        await world.passing(STEADY)

        assert world.changes == ["Make r"]


async def test_what_one_list_misses_is_not_made_again() -> None:
    async with World() as world:
        wanted(world)
        await world.until(lambda: world.condition("Requested"))
        await world.passing(UNSEEN)
        world.service.stale = {}
        before = world.lists
        await world.until(lambda: world.lists > before, seconds=STEADY * 2)
        world.service.stale = None
        await world.passing(STEADY)

        assert world.changes == ["Make r"]
        assert world.condition("Requested") is not None


async def test_what_somebody_deleted_elsewhere_is_made_again() -> None:
    async with World() as world:
        wanted(world)
        await world.until(lambda: world.condition("Requested"))
        await world.passing(UNSEEN)
        del world.service.rows["scope"]["r"]

        await world.until(lambda: len(world.changes) == 2)
        await world.passing(STEADY)

        assert world.changes == ["Make r", "Make r"]
        assert world.condition("Requested") is not None


# -- a condition of the kind's own


async def test_a_condition_of_the_kinds_own_stays_while_nothing_can_be_observed() -> None:
    async with World() as world:
        wanted(world)
        await world.until(lambda: world.condition("Requested"))
        said = world.condition("Requested")

        world.remove_secret()
        await world.until(lambda: world.reason(kind="Synced") == "CredentialsMissing")

        assert world.condition("Requested") == said


@pytest.mark.parametrize("error", [Unavailable("No answer."), Unauthorized("No role.")], ids=["silent", "forbidden"])
async def test_a_condition_of_the_kinds_own_stays_while_polls_fail(error: ServiceError) -> None:
    async with World() as world:
        wanted(world)
        await world.until(lambda: world.condition("Requested"))
        said = world.condition("Requested")

        world.service.list_error = error
        await world.until(lambda: world.reason(kind="Synced") == error.reason)

        assert world.condition("Requested") == said


async def test_a_condition_of_the_kinds_own_goes_when_it_is_decided_on_no_more() -> None:
    async with World() as world:
        wanted(world)
        await world.until(lambda: world.condition("Requested"))

        world.service.set("r", "failed")
        await world.until_reason("RequestFailed")

        assert world.condition("Requested") is None


# -- refused for good


async def test_what_is_refused_for_good_is_said_in_the_services_words_and_its_intent_is_taken_back() -> None:
    async with World() as world:
        world.service.errors = [Refused("The quota of 25 is reached.")] * 2
        wanted(world)

        await world.until_reason("Refused")

        assert world.message() == "The quota of 25 is reached."
        assert world.condition("Stalled") is not None
        assert "lastAction" not in world.status()
        await world.passing(STEADY)
        assert [said for said in world.events.said if said[1] == "MakeFailed"] == [
            ("Warning", "MakeFailed", "The quota of 25 is reached.")
        ]


async def test_what_is_refused_for_good_is_requested_again_on_the_steady_interval() -> None:
    async with World() as world:
        world.service.errors = [Refused("The quota is reached.")] * 3
        wanted(world)
        await world.until_reason("Refused")

        await world.passing(STEADY * 0.9)
        assert len(world.changes) == 1

        await world.until(lambda: world.condition("Requested"), seconds=STEADY * 4)
        assert len(world.changes) == 4
        assert world.events.reasons.count("MakeFailed") == 1


async def test_what_is_refused_for_good_is_requested_again_at_once_when_the_spec_changes_or_somebody_asks() -> None:
    async with World() as world:
        world.service.errors = [Refused("The quota is reached.")] * 2
        wanted(world)
        await world.until_reason("Refused")
        # A list that began before the request ended counts for nothing; the next one does.
        await world.passing(2 * PENDING)

        world.change(secret="key", paused=False)
        assert await world.until(lambda: len(world.changes) == 2) < PENDING
        await world.passing(2 * PENDING)

        world.request_reconcile("now")
        assert await world.until(lambda: len(world.changes) == 3) < PENDING


async def test_the_intent_stays_where_nobody_knows_whether_the_change_was_made() -> None:
    async with World() as world:
        world.service.errors = [Unavailable("No answer.")]
        world.service.unclear = True
        wanted(world)

        await world.until(lambda: world.condition("Requested"))

        assert world.status()["lastAction"]["type"] == "Make"
        assert world.changes == ["Make r"]
