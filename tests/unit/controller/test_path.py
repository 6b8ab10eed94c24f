"""The one path of every object, with a made-up kind and on a virtual clock: from the parse to the first list."""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from atlas_streams_peering.transport.errors import Unauthorized, Unavailable
from unit.clock import VIRTUAL_TIME
from unit.controller.path_world import PENDING, World, path

pytestmark = VIRTUAL_TIME

HELD = {"row": "r", "state": "active"}
BROKEN = {"paused": ["not", "a", "bool"]}
UNDECIDABLE = {"deletion_policy": "Perhaps", "deletionPolicy": "Perhaps"}


class Branch(NamedTuple):
    """What an object is like, and what the path makes of it."""

    given: Callable[[World], None]
    reason: str
    """Of Ready."""
    progress: str | None = None
    """The condition beside Ready and Synced that is present."""
    synced: str | None = "Observed"
    """Reason of Synced."""
    changes: tuple[str, ...] = ()
    """What was requested."""
    finalizer: bool = False
    says: str = ""
    """Part of Ready's message."""


def created(**spec: Any) -> Callable[[World], None]:
    def given(world: World) -> None:
        world.create(**spec)

    return given


def with_row(state: str, **spec: Any) -> Callable[[World], None]:
    def given(world: World) -> None:
        world.service.set("r", state)
        world.create(row="r", **spec)

    return given


def without_secret(world: World) -> None:
    world.remove_secret()
    world.create(row="r")


def with_incomplete_secret(world: World) -> None:
    world.hold_secret("")
    world.create(row="r")


def made_and_deleted(**options: Any) -> Callable[[World], None]:
    """Make an object, and delete it before it has a turn."""

    def act(world: World) -> None:
        world.create(**options)
        world.delete()

    return act


def deleted(**object_: Any) -> Callable[[World], None]:
    def given(world: World) -> None:
        world.service.set("r", "active")
        world.create(held=True, status=HELD, **{"row": "r", **object_})
        world.delete()

    return given


def deleted_without_secret(world: World) -> None:
    world.remove_secret()
    deleted()(world)


BRANCHES = {
    "a spec that does not parse": Branch(
        created(row="r", **BROKEN), "InvalidSpec", "Stalled", synced=None, says="spec.paused"
    ),
    "a deletion whose spec does not say what to do, with something to undo": Branch(
        deleted(deletionPolicy="Perhaps"),
        "InvalidSpec",
        "Stalled",
        synced=None,
        finalizer=True,
        says="set deletionPolicy: Retain",
    ),
    "a reference to nobody": Branch(created(ref="two"), "ReferenceNotReady", "Reconciling", synced=None),
    "no Secret": Branch(
        without_secret, "CredentialsMissing", "Reconciling", "CredentialsMissing", says="streams/key does not exist"
    ),
    "a Secret without a key": Branch(
        with_incomplete_secret, "CredentialsMissing", "Reconciling", "CredentialsMissing", says="needs the key id"
    ),
    "a deletion without credentials": Branch(
        deleted_without_secret,
        "CredentialsMissing",
        "Reconciling",
        "CredentialsMissing",
        finalizer=True,
        says="set deletionPolicy: Retain",
    ),
    "no row": Branch(created(row="r"), "WaitingForRequest", "Reconciling"),
    "a row as wanted": Branch(with_row("active"), "Active", finalizer=True),
    "a row that has to change": Branch(with_row("pending"), "Active", changes=("Accept r",), finalizer=True),
    "a row that is under way": Branch(with_row("making"), "Provisioning", "Reconciling", finalizer=True),
    "a row that somebody has to mend": Branch(with_row("failed"), "RequestFailed", "Stalled", finalizer=True),
    "an object that is to wait": Branch(with_row("pending", paused=True), "Suspended", finalizer=True),
    "a policy of retaining": Branch(with_row("active", deletionPolicy="Retain"), "Active"),
}


@pytest.mark.parametrize("branch", BRANCHES.values(), ids=BRANCHES.keys())
async def test_an_object_comes_to_say(branch: Branch) -> None:
    async with World() as world:
        branch.given(world)

        await world.until_reason(branch.reason)
        await world.passing(1)

        progress = [kind for kind in ("Reconciling", "Stalled") if world.condition(kind) is not None]
        assert progress == ([branch.progress] if branch.progress else [])
        assert world.reason(kind="Synced") == branch.synced
        assert tuple(world.changes) == branch.changes
        assert world.has_finalizer() is branch.finalizer
        assert branch.says in world.message()


@pytest.mark.parametrize("branch", BRANCHES.values(), ids=BRANCHES.keys())
async def test_nothing_is_written_while_nothing_changes(branch: Branch) -> None:
    async with World() as world:
        branch.given(world)
        await world.until_reason(branch.reason)
        await world.passing(5)
        written, events = len(world.writes), len(world.events.said)

        await world.passing(1000)

        assert len(world.writes) == written
        assert len(world.events.said) == events


# -- deletion


GONE: dict[str, tuple[Callable[[World], None], tuple[str, ...], str]] = {
    "its row is deleted": (deleted(), ("Delete r",), "Nothing is left to delete."),
    "it retains": (deleted(deletionPolicy="Retain"), (), "Nothing was changed: deletionPolicy is Retain."),
    "its spec does not parse, and it retains": (
        deleted(deletionPolicy="Retain", **BROKEN),
        (),
        "Nothing was changed: deletionPolicy is Retain.",
    ),
    "its spec does not parse, and it holds nothing": (
        made_and_deleted(held=True, row=None, deletionPolicy="Perhaps", status={}),
        (),
        "Nothing was changed outside: the stored spec is not valid.",
    ),
    "its reference is not ready, and it holds nothing": (
        made_and_deleted(held=True, row=None, ref="two"),
        (),
        "Nothing was changed outside: The widget names no row yet.",
    ),
    "a part of its spec does not parse": (deleted(**BROKEN), ("Delete r",), "Nothing is left to delete."),
}


@pytest.mark.parametrize(("given", "changes", "says"), GONE.values(), ids=GONE.keys())
async def test_an_object_that_is_deleted_goes_when(
    given: Callable[[World], None], changes: tuple[str, ...], says: str
) -> None:
    async with World() as world:
        given(world)

        await world.until(lambda: not world.exists())
        await world.passing(1)

        assert tuple(world.changes) == changes
        assert world.events.said[-1] == ("Normal", "Deleted", says)
        assert list(world.polls) == [], "nobody needs them any more"


def delete_copy(world: World, **status: Any) -> None:
    """Delete an object that somebody has exported and applied elsewhere: with its finalizer, and this status only."""
    world.create(row="r", held=True)
    world.objects.edit(path(), lambda body: body.update(status=status))
    world.delete()


LAST_ACTION = {"type": "Accept", "time": "2024-12-12T11:00:00Z"}


async def test_a_copy_that_never_held_anything_goes_without_its_secret() -> None:
    async with World() as world:
        world.service.set("r", "active")
        world.remove_secret()
        delete_copy(world)

        await world.until(lambda: not world.exists())

        assert world.changes == []
        [(_, reason, said)] = world.events.said
        assert reason == "Deleted"
        assert said.startswith("Nothing was changed outside: the object has never held anything")


async def test_a_copy_that_never_held_anything_goes_where_the_service_refuses_its_credentials() -> None:
    async with World() as world:
        world.service.list_error = Unauthorized("no role")
        delete_copy(world)

        await world.until(lambda: not world.exists())


@pytest.mark.parametrize("status", [{"row": "r"}, {"lastAction": LAST_ACTION}], ids=["held", "requested"])
async def test_an_object_that_may_have_something_to_undo_waits_for_its_secret(status: dict[str, Any]) -> None:
    async with World() as world:
        world.remove_secret()
        delete_copy(world, **status)

        await world.until_reason("CredentialsMissing")
        await world.passing(10 * PENDING)

        assert world.exists()


async def test_a_copy_waits_for_a_service_that_does_not_answer() -> None:
    """Its status may be lost, and the service may know better."""
    async with World() as world:
        world.service.list_error = Unavailable("no answer")
        delete_copy(world)

        await world.until_reason("AtlasUnavailable")
        await world.passing(10 * PENDING)

        assert world.exists()


async def test_a_deletion_that_waits_goes_on_once_its_policy_is_to_retain() -> None:
    async with World() as world:
        deleted_without_secret(world)
        await world.until_reason("CredentialsMissing")

        world.change(deletionPolicy="Retain")

        await world.until(lambda: not world.exists())
        assert world.changes == []


async def test_a_deletion_goes_on_with_cached_credentials_when_its_secret_went_first() -> None:
    async with World() as world:
        world.service.set("r", "pending")
        world.create(row="r")
        await world.until_reason("Active")
        world.remove_secret()
        await world.passing(1)

        world.delete()

        await world.until(lambda: not world.exists())
        assert world.changes == ["Accept r", "Delete r"]


async def test_a_deletion_with_cached_credentials_notices_that_the_secret_is_there_again() -> None:
    async with World() as world:
        world.service.set("r", "active")
        world.create(row="r")
        await world.until_reason("Active")
        world.remove_secret()
        world.change(paused=True)
        world.delete()
        await world.until_reason("Suspended")
        [before] = world.polls

        world.hold_secret("another")

        await world.until(lambda: before not in world.polls, seconds=2 * PENDING)
        assert [poll.subscriptions.keys() for poll in world.polls] == [{"uid-of-one"}]


# -- finalizer


async def test_the_finalizer_is_there_before_anything_is_requested_and_goes_with_what_it_is_for() -> None:
    async with World() as world:
        world.service.set("r", "pending")
        world.create(row="r")
        await world.until_reason("Active")
        calls = [call for call in world.calls if not call.startswith(("GET", "list"))]
        assert calls[:3] == ["PATCH one", "PUT one/status", "Accept r"]

        world.change(deletionPolicy="Retain")
        await world.until(lambda: not world.has_finalizer())
        world.change(deletionPolicy="Delete")
        await world.until(world.has_finalizer)


async def test_the_finalizer_stays_while_what_was_held_may_only_be_missing_from_a_list() -> None:
    async with World() as world:
        world.create(held=True, row="r")

        await world.until_reason("ConnectionDeleted")
        await world.passing(300)

        assert world.has_finalizer()


async def test_the_finalizer_goes_once_lists_have_shown_that_what_was_held_is_gone() -> None:
    async with World() as world:
        world.service.set("r", "active")
        world.create(row="r", forgets=True)
        await world.until_reason("Active")
        lists = world.lists
        world.service.rows["scope"] = {}

        await world.until(lambda: world.lists == lists + 1)
        await world.passing(1)
        assert world.has_finalizer(), "one list may have missed it"

        await world.until(lambda: not world.has_finalizer(), seconds=2 * PENDING)


async def test_a_finalizer_that_somebody_takes_off_comes_back() -> None:
    async with World() as world:
        world.service.set("r", "active")
        world.create(row="r")
        await world.until_reason("Active")

        world.objects.edit(path(), lambda body: body["metadata"].update(finalizers=["example.com/theirs"]))

        await world.until(world.has_finalizer)
        assert world.objects.objects[path()]["metadata"]["finalizers"][0] == "example.com/theirs"


# -- references


async def test_an_object_is_woken_by_the_one_it_refers_to() -> None:
    async with World() as world:
        world.service.set("r", "active")
        world.create("one", ref="two")
        await world.until_reason("ReferenceNotReady")

        world.create("two", row="r")

        assert await world.until_reason("Active", "one", seconds=3 * PENDING) < 2 * PENDING
        assert world.reason("two") == "Active"


async def test_an_object_notices_that_the_one_it_refers_to_is_gone() -> None:
    async with World() as world:
        world.create("two", status={"row": "r"}, deletionPolicy="Retain", row="r")
        world.create("one", ref="two")
        await world.until_reason("WaitingForRequest")

        world.delete("two")

        await world.until_reason("ReferenceNotReady", seconds=1)


# -- an object that goes while something is read for it


def goes_for_good(world: World) -> None:
    world.objects.changed("DELETED", world.objects.objects.pop(path()))


def is_held_by_others(world: World) -> None:
    theirs = {"finalizers": ["example.com/theirs"], "deletionTimestamp": "2024-12-12T13:00:00Z"}
    world.controller.observe(world.kind, world.objects.edit(path(), lambda body: body["metadata"].update(theirs)))


@pytest.mark.parametrize("go", [goes_for_good, is_held_by_others])
async def test_an_object_that_goes_while_its_secret_is_read_leaves_nothing_behind(go: Callable[[World], None]) -> None:
    async with World() as world:
        world.watch_seconds = 0.001
        world.objects.before("GET", "secrets/key", lambda: go(world))
        world.create(held=True, row="r")
        await world.until(lambda: "GET secret" in world.calls)

        await world.passing(500)

        assert list(world.polls) == []
        assert world.lists == 0
        assert world.writes == []
        assert [entry for entry in world.store if not entry.dropped] == []
        assert world.store.secrets_in_use() == set()


async def test_the_answer_to_a_write_brings_no_object_back() -> None:
    async with World() as world:
        world.watch_seconds = 0.001

        def soon_gone() -> None:
            asyncio.get_running_loop().call_later(0.005, goes_for_good, world)

        world.objects.before("PUT", "one/status", soon_gone)
        world.create(row="r")

        await world.until(lambda: "PUT one/status" in world.calls)
        await world.passing(500)

        assert list(world.store) == []
        assert list(world.polls) == []


async def test_a_view_from_before_the_finalizer_was_removed_brings_no_object_back() -> None:
    async with World() as world:
        deleted(deletionPolicy="Retain")(world)
        world.objects.edit(path(), lambda body: body["metadata"]["finalizers"].append("example.com/theirs"))
        view = world.objects.objects[path()]
        await world.until(lambda: not world.has_finalizer())
        calls = len(world.calls)

        world.controller.observe(world.kind, view)
        await world.passing(500)

        assert len(world.calls) == calls
