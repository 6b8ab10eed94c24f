"""The one path of every object, with a made-up kind and on a virtual clock: what lists show, and how old they are."""

import logging

import pytest

from atlas_streams_peering.transport.errors import (
    AccessListBlocked,
    CredentialsInvalid,
    RateLimited,
    RequestRefused,
    ServiceError,
    Unauthorized,
    Unavailable,
)
from unit.clock import VIRTUAL_TIME
from unit.controller.path_world import PENDING, STEADY, World, path

pytestmark = VIRTUAL_TIME

TRANSIENT = [Unavailable("no answer"), RateLimited("too many"), RequestRefused("what is this?", status=400)]
TERMINAL = [Unauthorized("no role"), CredentialsInvalid("a wrong key"), AccessListBlocked("not from here")]


def by_type(error: ServiceError) -> str:
    return type(error).__name__


async def active(world: World) -> None:
    world.service.set("r", "active")
    world.create(row="r")
    await world.until_reason("Active")


# -- polls that fail


@pytest.mark.parametrize("error", TRANSIENT, ids=by_type)
async def test_a_transient_failure_turns_synced_only(error: ServiceError) -> None:
    async with World() as world:
        await active(world)
        world.service.list_error = error

        await world.until(lambda: world.reason(kind="Synced") == error.reason)
        assert (world.reason(), world.message(kind="Synced")) == ("Active", str(error))
        assert world.condition("Stalled") is None

        world.service.list_error = None
        await world.until(lambda: world.reason(kind="Synced") == "Observed")


@pytest.mark.parametrize("error", TERMINAL, ids=by_type)
async def test_a_terminal_failure_stalls_the_object(error: ServiceError) -> None:
    async with World() as world:
        await active(world)
        world.service.list_error = error

        await world.until_reason(error.reason)
        assert world.condition("Stalled") is not None

        world.service.list_error = None
        await world.until_reason("Active")


@pytest.mark.parametrize("error", TRANSIENT, ids=by_type)
async def test_an_object_that_was_never_observed_says_why(error: ServiceError) -> None:
    async with World() as world:
        world.service.list_error = error
        world.create(row="r")

        await world.until_reason(error.reason)

        assert world.condition("Reconciling") is not None
        assert world.reason(kind="Synced") == error.reason


@pytest.mark.parametrize("error", [TRANSIENT[0], TERMINAL[0]], ids=by_type)
async def test_a_deletion_that_no_list_serves_waits_and_names_the_way_out(error: ServiceError) -> None:
    async with World() as world:
        await active(world)
        world.service.list_error = error
        world.delete()

        await world.until_reason(error.reason)
        assert "set deletionPolicy: Retain" in world.message()
        assert world.exists()

        world.service.list_error = None
        await world.until(lambda: not world.exists())
        assert world.changes == ["Delete r"]


async def test_a_failure_from_before_a_change_of_the_spec_says_nothing_about_it() -> None:
    async with World() as world:
        world.service.list_error = Unauthorized("no role")
        world.create(row="r")
        await world.until_reason("Unauthorized")
        world.service.list_error = None
        world.service.set("r", "active")

        world.change(paused=False)

        await world.until_reason("Active", seconds=1)


# -- how new a list has to be


async def grows_old(world: World) -> None:
    """Wait until the last list is too old to decide by."""
    lists = world.lists
    await world.until(lambda: world.lists > lists)
    await world.passing(2 * PENDING)


async def test_what_a_list_showed_of_a_row_before_it_was_changed_is_void() -> None:
    async with World() as world:
        world.service.set("r", "pending")
        world.service.set("other", "active")
        world.create(row="r")
        await world.until(lambda: world.changes)
        # A list of before is still on its way as the change ends, and everything wakes the object meanwhile.
        for _ in range(20):
            world.controller.wake("uid-of-one")
            await world.passing(0.1)
        await world.until_reason("Active")
        await world.passing(100)

        assert world.changes == ["Accept r"]


async def test_a_list_that_lags_behind_a_change_repeats_nothing_for_a_while() -> None:
    async with World() as world:
        world.service.set("r", "pending")
        world.service.stale = {"scope": {"r": {"name": "r", "state": "pending"}}}
        world.create(row="r")
        await world.until(lambda: world.changes)

        await world.passing(15)

        assert world.changes == ["Accept r"]
        assert world.reason() == "Accepting"
        world.service.stale = None
        await world.until_reason("Active")
        assert world.changes == ["Accept r"]


async def test_absence_needs_a_list_that_is_newer_than_the_wish() -> None:
    async with World() as world:
        await active(world)
        world.service.rows["scope"] = {}
        await world.until_reason("ConnectionDeleted")
        world.service.set("new", "active")
        lists = world.lists

        world.change(row="new")

        await world.until_reason("Active")
        assert world.lists > lists
        assert "WaitingForRequest" not in world.events.reasons


async def test_what_one_list_misses_is_not_said_to_be_gone() -> None:
    async with World() as world:
        await active(world)
        lists = world.lists
        world.service.stale = {}
        await world.until(lambda: world.lists == lists + 1)
        await world.passing(PENDING / 2)

        world.service.stale = None
        await world.passing(3 * STEADY)

        assert world.events.reasons == ["Active"]


async def test_what_two_lists_a_pending_interval_apart_miss_is_said_to_be_gone() -> None:
    async with World() as world:
        await active(world)
        lists = world.lists
        world.service.rows["scope"] = {}
        await world.until(lambda: world.lists == lists + 1)

        took = await world.until_reason("ConnectionDeleted")

        assert 0.9 * PENDING <= took <= 2 * PENDING


async def test_a_deletion_believes_only_two_lists_that_what_it_held_is_gone() -> None:
    async with World() as world:
        await active(world)
        await grows_old(world)
        world.service.stale = {}
        lists = world.lists
        world.delete()
        await world.until(lambda: world.lists == lists + 1)
        await world.passing(1)
        assert world.exists(), "one list may have missed it"

        world.service.stale = None

        await world.until(lambda: not world.exists())
        assert world.changes == ["Delete r"]


async def test_a_deletion_goes_on_when_two_lists_a_pending_interval_apart_show_nothing() -> None:
    async with World() as world:
        await active(world)
        await grows_old(world)
        world.service.rows["scope"] = {}
        world.delete()

        took = await world.until(lambda: not world.exists())

        assert 0.9 * PENDING <= took <= 2 * PENDING
        assert world.changes == []


async def test_the_end_of_what_was_deleted_on_request_needs_one_list_only() -> None:
    async with World() as world:
        await active(world)
        world.delete()
        await world.until(lambda: world.changes)
        lists = world.lists

        await world.until(lambda: not world.exists())

        assert world.lists == lists + 1


# -- when lists are read


async def lists_in(world: World, seconds: float) -> int:
    before = world.lists
    await world.passing(seconds)
    return world.lists - before


@pytest.mark.parametrize(
    ("state", "paused", "interval"),
    [
        ("making", False, PENDING),
        ("active", False, STEADY),
        ("failed", False, STEADY),
        ("pending", True, STEADY),
    ],
    ids=["Reconciling", "Ready", "Stalled", "paused"],
)
async def test_lists_come_as_fast_as_the_object_needs_them(state: str, paused: bool, interval: float) -> None:
    async with World() as world:
        world.service.set("r", state)
        world.create(row="r", paused=paused)
        await world.until(lambda: world.condition())
        await world.passing(STEADY)

        assert 8 <= await lists_in(world, 10 * interval) <= 12


async def test_one_list_serves_all_objects_of_a_scope() -> None:
    async with World() as world:
        for number in range(50):
            world.service.set(f"r{number}", "active")
            world.create(f"w{number}", row=f"r{number}")

        await world.until(lambda: all(world.reason(f"w{number}") == "Active" for number in range(50)))
        await world.passing(STEADY)

        assert world.lists <= 4


@pytest.mark.parametrize("state", ["active", "failed"])
async def test_a_requested_reconcile_lists_at_once(state: str) -> None:
    async with World() as world:
        world.service.set("r", state)
        world.create(row="r")
        await world.until(lambda: world.condition())
        await world.passing(STEADY / 2)
        lists = world.lists

        world.request_reconcile("now")

        await world.until(lambda: world.status().get("lastHandledReconcileAt") == "now", seconds=1)
        assert world.lists == lists + 1


async def test_a_reconcile_that_is_requested_during_a_list_waits_for_the_next() -> None:
    async with World() as world:
        await active(world)
        await world.passing(STEADY / 2)
        world.service.seconds = 5
        lists = world.lists
        world.request_reconcile("first")
        await world.until(lambda: world.lists == lists + 1)
        world.request_reconcile("second")

        await world.until(lambda: world.status().get("lastHandledReconcileAt") == "second", seconds=2 * PENDING)

        assert world.lists == lists + 2


async def test_lists_that_take_longer_than_the_interval_hold_up_nothing() -> None:
    async with World() as world:
        world.service.seconds = 4 * PENDING
        world.service.set("r", "pending")
        world.create(row="r")

        await world.until_reason("Active")

        assert world.changes == ["Accept r"]


async def test_no_list_is_read_while_the_last_one_still_waits_in_the_queue() -> None:
    async with World() as world:
        world.service.set("r", "making")
        world.create(row="r")
        await world.until_reason("Provisioning")
        world.controller.queue._opened = False  # the workers are all busy elsewhere
        world.service.set("r", "made")
        before = world.lists
        await world.passing(20 * PENDING)
        assert world.lists == before + 1

        world.controller.queue.open()

        assert await lists_in(world, 10 * PENDING) >= 9


# -- Secrets


async def test_an_object_whose_access_is_refused_notices_a_new_secret_within_a_pending_interval() -> None:
    async with World() as world:
        world.service.list_error = Unauthorized("no role")
        world.create(row="r")
        await world.until_reason("Unauthorized")
        await world.passing(10 * STEADY)
        world.service.list_error = None
        world.service.set("r", "active")

        world.hold_secret("another")

        assert await world.until_reason("Active") <= PENDING + 1


async def test_an_object_whose_change_is_refused_notices_a_new_secret_within_a_pending_interval() -> None:
    async with World() as world:
        world.service.set("r", "pending")
        world.service.errors = [Unauthorized("may list, may not accept")] * 20
        world.create(row="r")
        await world.until_reason("Unauthorized")
        await world.passing(10 * STEADY)
        world.service.errors = []
        asked = len(world.changes)

        world.hold_secret("another")

        assert await world.until(lambda: len(world.changes) > asked) <= PENDING + 1
        await world.until_reason("Active")


async def test_a_secret_is_read_often_while_the_service_refuses_the_key_and_the_service_is_asked_seldom() -> None:
    async with World() as world:
        world.service.list_error = CredentialsInvalid("a wrong key")
        world.create(row="r")
        await world.until_reason("CredentialsInvalid")
        await world.passing(10 * STEADY)
        reads = world.calls.count("GET secret")

        assert await lists_in(world, 10 * STEADY) <= 15
        assert world.calls.count("GET secret") - reads >= 0.8 * 10 * STEADY / PENDING


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("public", "not accepted; check Secret streams/key."),
        ("'public'", "not accepted; check Secret streams/key: the value of id is in quotes."),
    ],
)
async def test_a_refused_key_is_said_with_its_secret_and_with_what_looks_wrong_there(value: str, said: str) -> None:
    async with World() as world:
        world.hold_secret(value)
        world.service.list_error = CredentialsInvalid("not accepted; check the Secret.")
        world.create(row="r")

        await world.until_reason("CredentialsInvalid")

        assert world.message() == said


async def test_an_object_moves_to_the_poll_of_its_new_credentials() -> None:
    async with World() as world:
        await active(world)
        [before] = world.polls

        world.hold_secret("another")
        await world.until(lambda: before not in world.polls)
        await world.passing(STEADY)

        assert [poll.subscriptions.keys() for poll in world.polls] == [{"uid-of-one"}]


# -- objects that wake each other


async def test_objects_that_keep_waking_each_other_are_held_back_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with World() as world:
        world.service.set("r", "active")
        world.create("one", row="r")
        world.create("two", row="r", ref="one")
        await world.until_reason("Active", "two")
        turns = 0

        for number in range(200):
            world.objects.edit(path("one"), lambda body, number=number: body["status"].update(row="r", extra=number))  # type: ignore[misc]
            await world.passing(0.2)
            entry = world.store.get("uid-of-two")
            turns += entry is not None and entry.turn_by is not None

        assert turns > 100, "most of the time it waits"
        warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert 1 <= len(warnings) <= 6
        assert "two" in warnings[0].message


@pytest.mark.parametrize("during_a_turn", [False, True])
async def test_an_object_that_is_held_back_has_its_turn_in_the_end(during_a_turn: bool) -> None:
    async with World() as world:
        world.service.set("r", "active")
        world.create("one", status={"row": "r"}, paused=["does not parse, so nothing else is written"])
        world.create("two", ref="one")
        await world.until_reason("Active", "two")
        await world.passing(STEADY / 2)
        entry = world.store.get("uid-of-two")
        assert entry is not None
        world.controller.queue.add_later(entry, 3600)
        entry.wakes, entry.woken_at = 100.0, world.now
        if during_a_turn:
            world.controller.wake("uid-of-two")
            await world.until(lambda: entry.slot.working)

        body = world.objects.edit(path("one"), lambda body: body["status"].update(row="s"))
        world.controller.observe(world.kind, body)

        await world.until_reason("WaitingForRequest", "two", seconds=30)
