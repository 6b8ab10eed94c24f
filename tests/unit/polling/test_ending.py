"""A look lives as long as somebody needs it, and its session as long as any look."""

from unit.polling.bell import settle
from unit.polling.world import KEY, World

ELSEWHERE = KEY._replace(project_id="aaaaaaaaaaaaaaaaaaaaaaaa")
ROTATED = KEY._replace(credentials="rotated")


async def test_a_look_ends_with_its_last_object(world: World) -> None:
    world.subscribe("one")
    look = world.subscribe("two")
    await world.looked()

    world.looks.leave("one")
    assert list(world.looks) == [look]

    world.looks.leave("two")
    await world.bell.until(lambda: world.abandoned == [KEY.credentials])
    assert list(world.looks) == []
    assert not world.looks.in_use(KEY.credentials)


async def test_an_object_takes_part_in_one_look_only(world: World) -> None:
    world.subscribe("uid")
    await world.looked()

    look = world.subscribe("uid", key=ELSEWHERE)

    assert list(world.looks) == [look]


async def test_a_session_is_kept_while_another_look_needs_it(world: World) -> None:
    world.subscribe("here")
    world.subscribe("elsewhere", key=ELSEWHERE)
    await world.looked(key=KEY)
    await world.looked(key=ELSEWHERE)

    world.looks.leave("here")
    await settle()
    assert world.abandoned == []

    world.looks.leave("elsewhere")
    await world.bell.until(lambda: world.abandoned == [KEY.credentials])


async def test_a_look_that_ends_before_it_began_harms_nobody(world: World) -> None:
    world.subscribe("uid")
    world.looks.leave("uid")
    await settle()

    assert world.lists == []
    assert list(world.looks) == []


async def test_closing_ends_all_looks(world: World) -> None:
    for number in range(5):
        world.subscribe(f"uid-{number}", key=KEY._replace(project_id=f"{number:024x}"))
    await world.looked(key=KEY._replace(project_id=f"{4:024x}"))

    await world.looks.close()

    done = len(world.lists)
    await settle()
    assert list(world.looks) == []
    assert len(world.lists) == done


async def test_an_object_whose_secret_was_rotated_is_woken_and_moves_on(world: World) -> None:
    world.subscribe("uid")
    await world.steady("uid")

    world.fingerprint = ROTATED.credentials
    world.looks.expect("uid", by=0)
    await world.told("uid")
    look = world.subscribe("uid", key=ROTATED)
    await world.looked(key=ROTATED)

    assert list(world.looks) == [look]
    await world.bell.until(lambda: world.abandoned == [KEY.credentials])


async def test_a_look_that_is_woken_as_it_is_cancelled_ends(world: World) -> None:
    look = world.subscribe("uid")
    await world.told("uid")
    await settle()

    look.ask_by(0)
    await world.looks.close()

    assert look.task is not None
    assert look.task.done()
