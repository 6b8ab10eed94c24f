"""maxConnections holds: whatever comes at once, whoever else acts, and however often the operator starts anew."""

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.kinds.streams_vpc_peering_policy.decide import conclude, decide
from atlas_streams_peering.kinds.streams_vpc_peering_policy.survey import Inventory, inventory, survey
from unit.clock import VIRTUAL_TIME
from unit.kinds.streams_vpc_peering.builders import NOW
from unit.kinds.streams_vpc_peering_policy.builders import POLICY, claim, own, pcx, request, spec
from unit.kinds.streams_vpc_peering_policy.world import STEADY, Replica, World

# -- in the decision


@given(
    limit=st.integers(1, 6),
    taken=st.sets(st.integers(1, 12)),
    ended=st.sets(st.integers(1, 12)),
    meant=st.sets(st.integers(1, 12)),
    asking=st.sets(st.integers(1, 12)),
)
def test_no_decision_plans_beyond_the_limit_and_every_request_that_waits_is_counted(
    limit: int, taken: set[int], ended: set[int], meant: set[int], asking: set[int]
) -> None:
    policy = spec(maxConnections=limit)
    claims = [own(number, ended=number in ended) for number in taken]
    claims += [claim(number, name=f"hand-made-{number}") for number in meant]
    seen = survey(policy, POLICY, [request(number) for number in asking], claims, now=NOW)
    objects = inventory(POLICY, claims)

    decision = decide(policy, seen, objects, retry_at=NOW)

    waiting = [one.connection_name for one in decision.status.requests if one.reason == "LimitReached"]
    free = asking - taken - meant
    assert objects.live == len(taken - ended)
    assert len(waiting) == max(0, len(free) - max(0, limit - objects.live))
    assert (decision.plan is not None) is (bool(free) and objects.live < limit)
    # While there is room, the policy is at work, and nobody has to act.
    stalled = bool(waiting) and objects.live >= limit
    assert (decision.readiness.reason is Reason.LIMIT_REACHED) is stalled
    if stalled:
        number = "1 request waits" if len(waiting) == 1 else f"{len(waiting)} requests wait"
        assert decision.readiness.message.startswith(
            f"{number}, because {objects.live} of at most {limit} connections of this policy are live; "
        )


def test_a_request_waits_where_the_policy_says_so_and_the_next_in_line_does_not() -> None:
    seen = survey(spec(), POLICY, [request(1), request(2, expiration_time="2024-12-13T00:00:00Z")], [], now=NOW)

    decision = conclude(spec(maxConnections=1), seen, Inventory())

    assert [one.connection_name for one in decision.status.requests] == [pcx(1)]


# -- on the path


@VIRTUAL_TIME
class TestOnThePath:
    async def test_no_more_are_taken_than_allowed_and_the_rest_follows_as_others_go(self) -> None:
        async with World() as world:
            world.atlas.request(*range(1, 8))
            world.create(maxConnections=3)

            await world.until_reason("LimitReached")
            await world.passing(10 * STEADY)

            assert world.taken() == {pcx(1), pcx(2), pcx(3)}
            assert world.condition("Stalled")["message"].startswith("4 requests wait, because 3 of at most 3 ")
            assert (world.status()["matching"], world.status()["taken"]) == (7, 3)
            assert set(world.requests().values()) == {"LimitReached"}

            world.delete_peering(pcx(2))
            await world.until(lambda: pcx(4) in world.taken())
            await world.passing(10 * STEADY)
            assert world.taken() == {pcx(1), pcx(3), pcx(4)}
            assert world.most_live == 3

    async def test_a_higher_limit_lets_those_in_that_wait_and_a_lower_one_undoes_nothing(self) -> None:
        async with World() as world:
            world.atlas.request(1, 2, 3, 4)
            world.create(maxConnections=1)
            await world.until_reason("LimitReached")

            world.change(maxConnections=3)
            await world.until_taken(1, 2, 3)
            world.change(maxConnections=1)
            await world.passing(10 * STEADY)

            assert world.taken() == {pcx(1), pcx(2), pcx(3)}
            assert "3 of at most 1 connections" in world.condition()["message"]

    async def test_a_connection_that_is_dead_makes_room(self) -> None:
        async with World() as world:
            world.atlas.request(1, 2, 3)
            world.create(maxConnections=1, action="Reject")

            await world.until_taken(1, 2, 3)
            await world.until(lambda: len(world.atlas.changes) == 3)

            assert sorted(world.atlas.changes) == [f"reject {pcx(number)}" for number in (1, 2, 3)]

    async def test_objects_that_no_watch_has_shown_count(self) -> None:
        async with World() as world:
            world.watch_seconds = 30.0
            world.atlas.request(*range(1, 8))
            world.create(maxConnections=3)
            await world.until_reason("LimitReached")

            await world.restart()
            await world.passing(10 * STEADY)

            assert world.most_live == 3

    async def test_objects_of_a_policy_that_was_deleted_count_for_the_one_that_has_its_name(self) -> None:
        async with World() as world:
            world.atlas.request(*range(1, 8))
            world.create(maxConnections=2)
            await world.until_reason("LimitReached")
            world.delete()
            await world.until(lambda: not world.exists())

            world.create(maxConnections=2)
            await world.until_reason("LimitReached")
            await world.passing(10 * STEADY)

            assert world.most_live == 2

    @pytest.mark.parametrize("seed", range(12))
    async def test_it_holds_while_operators_die_lead_by_turns_and_see_late(self, seed: int) -> None:
        dice = random.Random(seed)
        async with World() as world:
            world.watch_seconds = dice.choice([0.05, 5.0, 60.0])
            world.create(maxConnections=3)
            for number in range(1, 10):
                world.atlas.request(number)
            for _ in range(8):
                await world.passing(dice.uniform(0.0, 3.0))
                await _something_happens(world, dice)
            await world.passing(10 * STEADY)

            assert len(world.taken()) == world.most_live == 3
            assert sorted(world.atlas.changes) == sorted(f"accept {name}" for name in world.taken())


async def _something_happens(world: World, dice: random.Random) -> None:
    """The operator is killed, or another replica takes the Lease over in the midst of whatever the first one is at."""
    if dice.random() < 0.5:
        await world.restart()
        return
    former = world.replica
    former.leads = False
    successor = Replica(world)
    world.replicas = [successor, former]
    await asyncio.sleep(dice.uniform(0.0, 2.0))
    await former.kill()
    world.replicas = [successor]
