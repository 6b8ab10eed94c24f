"""One list serves everybody who needs it, as often as the most eager one needs it."""

from atlas_streams_peering.polling.poll import PollKey
from unit.polling.waiting import settle
from unit.polling.world import NEVER, World, row


def beside(world: World) -> PollKey:
    """Return a poll beside the one under test, by which time passes."""
    return world.key._replace(arguments=("000000000001",))


async def test_one_list_serves_a_thousand_objects() -> None:
    world = World(pending=NEVER, steady=NEVER)
    uids = [f"uid-{number}" for number in range(1000)]
    for uid in uids:
        world.subscribe(uid)

    await world.woken_again(*uids)
    await settle()

    assert len(world.lists) == 1
    assert set(world.woken.values()) == {1}
    assert len(world.readings) == 1
    await world.close()


async def test_a_list_is_asked_for_as_the_key_says(world: World) -> None:
    world.subscribe("uid")
    await world.listed()

    assert world.lists == [world.key]


async def test_what_differs_in_anything_is_listed_apart(world: World) -> None:
    keys = [
        world.key,
        world.key._replace(scope="aaaaaaaaaaaaaaaaaaaaaaaa"),
        world.key._replace(arguments=("000000000042",)),
    ]
    for number, key in enumerate(keys):
        world.subscribe(f"uid-{number}", key=key)
        await world.listed(key=key)

    assert set(world.lists) == set(keys)


async def test_the_first_poll_wakes_all_subscribers_even_when_its_list_is_empty(world: World) -> None:
    world.subscribe("one")
    world.subscribe("two")

    await world.woken_again("one", "two")


async def test_a_later_subscriber_is_woken_by_the_next_poll(world: World) -> None:
    poll = world.subscribe("first")
    await world.steady("first")

    world.subscribe("later")
    world.polls.list_by(poll, 0)
    await world.woken_again("later")

    assert world.woken["first"] == 1


async def test_only_those_concerned_are_woken(world: World) -> None:
    world.answer = [row("pcx-1", vpc="vpc-1"), row("pcx-2", vpc="vpc-2")]
    poll = world.subscribe("by name", words=("pcx-1",))
    world.subscribe("by vpc", words=("vpc-1",))
    world.subscribe("another name", words=("pcx-2",))
    world.subscribe("another vpc", words=("vpc-2",))
    await world.steady("by name", "by vpc", "another name", "another vpc")

    world.answer = [row("pcx-1", vpc="vpc-1", status="active"), row("pcx-2", vpc="vpc-2")]
    world.polls.list_by(poll, 0)
    await world.woken_again("by name", "by vpc")
    await settle()

    assert world.woken["another name"] == world.woken["another vpc"] == 1


async def test_a_row_that_came_or_went_concerns_its_vpc(world: World) -> None:
    poll = world.subscribe("uid", words=("vpc-1",))
    await world.steady("uid")
    for rows in ([row("pcx-1", vpc="vpc-1")], []):
        world.answer = rows
        world.polls.list_by(poll, 0)
        await world.woken_again("uid")


async def test_a_row_that_changes_its_vpc_concerns_both(world: World) -> None:
    world.answer = [row(vpc="vpc-1")]
    poll = world.subscribe("old", words=("vpc-1",))
    world.subscribe("new", words=("vpc-2",))
    await world.steady("old", "new")

    world.answer = [row(vpc="vpc-2")]
    world.polls.list_by(poll, 0)
    await world.woken_again("old", "new")


async def test_the_shortest_interval_that_a_subscriber_wants_sets_the_pace_of_a_poll(world: World) -> None:
    world.subscribe("content")
    world.subscribe("eager")
    await world.steady("content", "eager")

    world.pace("eager", pending=True)

    await world.listed(3)
    assert world.woken["content"] == 1


async def test_a_poll_is_steady_once_no_subscriber_is_pending(world: World) -> None:
    world.subscribe("uid")
    await world.steady("uid")
    await settle()
    done = world.lists.count(world.key)

    world.subscribe("eager", key=beside(world))
    await world.listed(10, key=beside(world))

    assert world.lists.count(world.key) <= done + 1


async def test_an_object_may_ask_to_be_woken_by_the_next_poll_by_a_certain_time(world: World) -> None:
    world.subscribe("uid")
    world.subscribe("other")
    await world.steady("uid", "other")

    world.await_list("uid", by=0)
    await world.woken_again("uid")
    await settle()

    assert world.woken["other"] == 1


async def test_a_subscription_taken_anew_changes_nothing_of_the_pace(world: World) -> None:
    world.subscribe("uid")
    await world.steady("uid")
    done = world.lists.count(world.key)

    for _ in range(10):
        world.subscribe("uid")
    world.subscribe("eager", key=beside(world))
    await world.listed(5, key=beside(world))

    assert world.lists.count(world.key) <= done + 1


async def test_words_of_nobody_do_no_harm(world: World) -> None:
    world.pace("nobody", pending=True)
    world.await_list("nobody", by=0)
    world.leave("nobody")

    assert list(world.polls) == []


async def test_the_next_list_waits_until_all_have_read_what_the_last_one_showed(world: World) -> None:
    world.reads_at_once = False
    poll = world.subscribe("quick")
    world.subscribe("waiting in the queue")
    await world.woken_again("quick", "waiting in the queue")
    assert world.read("quick")

    world.polls.list_by(poll, 0)
    world.subscribe("eager", key=beside(world))
    world.reads_at_once = True
    await world.listed(5, key=beside(world))
    assert world.lists.count(world.key) == 1

    assert world.read("waiting in the queue")
    await world.listed()


async def test_an_object_that_leaves_holds_up_no_list(world: World) -> None:
    world.reads_at_once = False
    poll = world.subscribe("stays")
    world.subscribe("leaves")
    await world.woken_again("stays", "leaves")
    world.read("stays")

    world.leave("leaves")
    world.polls.list_by(poll, 0)

    await world.listed()


async def test_an_object_has_its_turn_because_of_a_list_only_once(world: World) -> None:
    world.reads_at_once = False
    world.subscribe("uid")
    await world.woken_again("uid")

    assert world.read("uid")
    assert not world.read("uid")


async def test_an_object_that_waits_for_other_credentials_has_its_secret_read_on_the_pending_interval(
    world: World,
) -> None:
    world.subscribe("uid")
    await world.steady("uid")
    await world.listed()
    await settle()
    readings, lists = len(world.readings), len(world.lists)

    world.pace("uid", pending=False, checks_secret=True)
    await world.signal.until(lambda: len(world.readings) >= readings + 3)

    assert len(world.lists) == lists
