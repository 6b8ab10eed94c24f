"""A poll runs as long as an object needs it, and its session as long as any poll."""

from unit.polling.waiting import settle
from unit.polling.world import World


async def test_a_poll_ends_with_its_last_object(world: World) -> None:
    world.subscribe("one")
    poll = world.subscribe("two")
    await world.listed()

    world.leave("one")
    assert list(world.polls) == [poll]

    world.leave("two")
    assert list(world.polls) == []
    done = len(world.lists)
    await settle()
    assert len(world.lists) == done


async def test_a_poll_that_ends_before_it_began_harms_nobody(world: World) -> None:
    world.subscribe("uid")
    world.leave("uid")
    await settle()

    assert world.lists == []
    assert list(world.polls) == []


async def test_closing_ends_all_polls(world: World) -> None:
    for number in range(5):
        world.subscribe(f"uid-{number}", key=world.key._replace(scope=f"{number:024x}"))
    await world.listed(key=world.key._replace(scope=f"{4:024x}"))

    await world.close()

    done = len(world.lists)
    await settle()
    assert list(world.polls) == []
    assert len(world.lists) == done


async def test_an_object_whose_secret_was_rotated_is_woken_and_moves_on(world: World) -> None:
    world.subscribe("uid")
    await world.steady("uid")

    rotated = world.key._replace(credentials="rotated")
    world.fingerprint = rotated.credentials
    world.await_list("uid", by=0)
    await world.woken_again("uid")
    world.leave("uid")
    poll = world.subscribe("uid", key=rotated)
    await world.listed(key=rotated)

    assert list(world.polls) == [poll]
