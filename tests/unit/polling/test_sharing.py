"""One list serves everybody who needs it, as often as the most eager one needs it."""

from unit.polling.bell import settle
from unit.polling.world import ACCOUNT, KEY, NEVER, PROJECT, World, row

EAGER = KEY._replace(requester_account_id="000000000001")
"""A look beside the one under test, by which time passes."""


async def test_one_list_serves_a_thousand_objects() -> None:
    world = World(pending=NEVER, steady=NEVER)
    uids = [f"uid-{number}" for number in range(1000)]
    for uid in uids:
        world.subscribe(uid)

    await world.told(*uids)
    await settle()

    assert len(world.lists) == 1
    assert set(world.woken.values()) == {1}
    assert len(world.readings) == 1
    await world.looks.close()


async def test_a_list_is_asked_for_as_the_key_says(world: World) -> None:
    world.subscribe("uid")
    await world.looked()

    assert world.lists == [(PROJECT, KEY.credentials, ACCOUNT)]


async def test_what_differs_in_anything_is_listed_apart(world: World) -> None:
    keys = [
        KEY,
        KEY._replace(project_id="aaaaaaaaaaaaaaaaaaaaaaaa"),
        KEY._replace(requester_account_id="000000000042"),
    ]
    for number, key in enumerate(keys):
        world.subscribe(f"uid-{number}", key=key)
        await world.looked(key=key)

    assert set(world.lists) == set(keys)


async def test_the_first_look_wakes_all_also_when_it_shows_nothing(world: World) -> None:
    world.subscribe("one")
    world.subscribe("two")

    await world.told("one", "two")


async def test_a_later_subscriber_hears_of_the_next_look(world: World) -> None:
    look = world.subscribe("first")
    await world.steady("first")

    world.subscribe("later")
    look.ask_by(0)
    await world.told("later")

    assert world.woken["first"] == 1


async def test_only_those_concerned_are_woken(world: World) -> None:
    world.answer = [row("pcx-1", vpc="vpc-1"), row("pcx-2", vpc="vpc-2")]
    look = world.subscribe("by name", names=("pcx-1",))
    world.subscribe("by vpc", vpcs=("vpc-1",))
    world.subscribe("another name", names=("pcx-2",))
    world.subscribe("another vpc", vpcs=("vpc-2",))
    await world.steady("by name", "by vpc", "another name", "another vpc")

    world.answer = [row("pcx-1", vpc="vpc-1", status="active"), row("pcx-2", vpc="vpc-2")]
    look.ask_by(0)
    await world.told("by name", "by vpc")
    await settle()

    assert world.woken["another name"] == world.woken["another vpc"] == 1


async def test_a_row_that_came_or_went_concerns_its_vpc(world: World) -> None:
    look = world.subscribe("uid", vpcs=("vpc-1",))
    await world.steady("uid")
    for rows in ([row("pcx-1", vpc="vpc-1")], []):
        world.answer = rows
        look.ask_by(0)
        await world.told("uid")


async def test_a_row_that_changes_its_vpc_concerns_both(world: World) -> None:
    world.answer = [row(vpc="vpc-1")]
    look = world.subscribe("old", vpcs=("vpc-1",))
    world.subscribe("new", vpcs=("vpc-2",))
    await world.steady("old", "new")

    world.answer = [row(vpc="vpc-2")]
    look.ask_by(0)
    await world.told("old", "new")


async def test_a_look_follows_its_most_eager_object(world: World) -> None:
    world.subscribe("content")
    world.subscribe("eager")
    await world.steady("content", "eager")

    world.looks.pace("eager", pending=True)

    await world.looked(3)
    assert world.woken["content"] == 1


async def test_a_look_is_steady_once_all_are_content(world: World) -> None:
    world.subscribe("uid")
    await world.steady("uid")
    await settle()
    done = world.lists.count(KEY)

    world.subscribe("eager", key=EAGER)
    await world.looked(10, key=EAGER)

    assert world.lists.count(KEY) <= done + 1


async def test_an_object_may_ask_to_hear_of_the_next_look_by_a_certain_time(world: World) -> None:
    world.subscribe("uid")
    world.subscribe("other")
    await world.steady("uid", "other")

    world.looks.expect("uid", by=0)
    await world.told("uid")
    await settle()

    assert world.woken["other"] == 1


async def test_a_subscription_taken_anew_changes_nothing_of_the_pace(world: World) -> None:
    world.subscribe("uid")
    await world.steady("uid")
    done = world.lists.count(KEY)

    for _ in range(10):
        world.subscribe("uid")
    world.subscribe("eager", key=EAGER)
    await world.looked(5, key=EAGER)

    assert world.lists.count(KEY) <= done + 1


async def test_words_of_nobody_do_no_harm(world: World) -> None:
    world.looks.pace("nobody", pending=True)
    world.looks.expect("nobody", by=0)
    world.looks.leave("nobody")

    assert list(world.looks) == []
