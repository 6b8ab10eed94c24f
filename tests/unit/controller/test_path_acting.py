"""The one path of every object, with a made-up kind and on a virtual clock: what is requested, and what came of it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from atlas_streams_peering.controller.reservations import CHANGES_AT_ONCE
from atlas_streams_peering.transport.errors import (
    CredentialsInvalid,
    NotLeader,
    RateLimited,
    RequestRefused,
    ServiceError,
    Unauthorized,
    Unavailable,
)
from unit.clock import VIRTUAL_TIME
from unit.controller.path_world import NAMESPACE, PENDING, STEADY, UNSEEN, World, path

pytestmark = VIRTUAL_TIME

STATUS = "one/status"


def pending(world: World, name: str = "one", row: str = "r", **spec: Any) -> None:
    world.service.set(row, "pending", spec.get("scope", "scope"))
    world.create(name, row=row, **spec)


# -- intent, then act


async def test_the_intent_is_recorded_before_the_change_is_requested() -> None:
    async with World() as world:
        seen: list[dict[str, object]] = []
        world.service.at_change = lambda: seen.append(world.status())
        pending(world)

        await world.until_reason("Active")

        calls = [call for call in world.calls if not call.startswith(("GET", "list"))]
        assert calls[:4] == ["PATCH one", "PUT one/status", "Accept r", "PUT one/status"]
        [intent] = seen
        assert intent["row"] == "r"
        assert intent["lastAction"] == {"type": "Accept", "time": "2024-12-12T12:16:40Z"}
        assert world.status()["receipt"] == "receipt of r"
        assert world.status()["lastAction"] == intent["lastAction"]


async def test_every_write_names_the_version_and_the_uid_that_it_was_decided_on() -> None:
    async with World() as world:
        pending(world)
        await world.until_reason("Active")

        writes = world.objects.made("PUT") + world.objects.made("PATCH")
        assert {write.body["metadata"]["uid"] for write in writes} == {"uid-of-one"}
        versions = [write.body["metadata"]["resourceVersion"] for write in writes]
        assert len(set(versions)) == len(writes)


async def test_an_event_tells_of_each_step_once() -> None:
    async with World() as world:
        pending(world)
        await world.until_reason("Active")
        await world.passing(STEADY)

        assert world.events.said == [
            ("Normal", "Accepting", "Accept r requested."),
            ("Normal", "Active", "Active."),
        ]


async def test_after_a_conflict_the_object_is_read_and_decided_on_again_and_nothing_was_requested() -> None:
    async with World() as world:
        world.service.set("s", "pending")
        world.objects.before("PUT", STATUS, lambda: world.change(row="s"))
        pending(world)

        await world.until_reason("Active")

        assert world.changes == ["Accept s"]
        assert world.status()["row"] == "s"


@pytest.mark.parametrize(
    "change", [{"paused": True}, {"deletionPolicy": "Retain"}], ids=["it is to wait", "it is to retain"]
)
async def test_a_change_that_is_wanted_no_more_is_not_requested(change: dict[str, Any]) -> None:
    async with World() as world:
        world.service.set("r", "active")
        world.create(row="r")
        await world.until_reason("Active")

        def meanwhile() -> None:
            world.change(**change)

        world.objects.before("PUT", STATUS, meanwhile)
        world.delete()
        await world.passing(STEADY)

        assert world.changes == []


async def test_a_namesake_inherits_neither_the_intent_nor_the_change() -> None:
    async with World() as world:

        def replace() -> None:
            body = world.objects.objects.pop(path())
            theirs = {**body, "metadata": {"uid": "another", "generation": 1}, "spec": {"row": "elsewhere"}}
            world.objects.put(path(), {**theirs, "status": {"observedGeneration": -1}})

        world.objects.before("PUT", STATUS, replace)
        pending(world)

        await world.until_reason("WaitingForRequest")

        assert world.changes == []
        assert "row" not in world.status()
        assert [entry.uid for entry in world.store] == ["another"]


async def test_an_object_that_keeps_changing_gets_its_turn_with_growing_pauses() -> None:
    async with World() as world:

        def again() -> None:
            world.label()
            if world.now < 1060:
                world.objects.before("PUT", STATUS, again)

        world.objects.before("PUT", STATUS, again)
        pending(world)
        await world.passing(59)
        assert world.changes == []
        assert len(world.objects.made("PUT")) < 20

        await world.until(lambda: world.changes)


async def test_a_conflict_on_the_report_does_not_repeat_the_request() -> None:
    async with World() as world:
        world.service.at_change = lambda: world.objects.before("PUT", STATUS, world.label)
        pending(world)

        await world.until_reason("Active")
        await world.passing(2 * STEADY)

        assert world.changes == ["Accept r"]


@pytest.mark.parametrize("status", [500, None], ids=["failed", "lost"])
@pytest.mark.parametrize("late", [False, True], ids=["not written", "written"])
async def test_a_report_that_fails_does_not_repeat_the_request(status: int | None, late: bool) -> None:
    async with World() as world:
        world.service.at_change = lambda: world.objects.fail("PUT", STATUS, status=status, times=5, late=late)
        pending(world)

        await world.until_reason("Active")
        await world.passing(2 * STEADY)

        assert world.changes == ["Accept r"]


async def test_an_intent_whose_answer_is_lost_is_not_acted_on_and_counts_as_one() -> None:
    async with World() as world:
        world.objects.fail("PUT", STATUS, status=None, late=True)
        pending(world)
        await world.until(lambda: world.status().get("lastAction"))

        waited = await world.until(lambda: world.changes)

        assert waited >= UNSEEN - 1
        assert world.changes == ["Accept r"]


async def test_an_intent_that_could_not_be_written_is_no_intent() -> None:
    async with World() as world:
        world.objects.fail("PUT", STATUS, status=500, times=3)
        pending(world)

        assert await world.until(lambda: world.changes) < UNSEEN

        assert world.changes == ["Accept r"]


# -- a process that ends between the two


async def test_after_a_crash_between_intent_and_act_nothing_is_requested_for_a_while() -> None:
    async with World() as world:
        soon = asyncio.get_running_loop().call_soon
        world.objects.before("PUT", STATUS, lambda: soon(world.kill))
        pending(world)
        await world.until(lambda: world.status().get("lastAction"))
        await world.restart()
        assert world.changes == []

        waited = await world.until(lambda: world.changes)

        assert UNSEEN - 1 <= waited <= UNSEEN + PENDING
        await world.until_reason("Active")
        assert world.changes == ["Accept r"]


async def test_after_a_crash_during_the_act_it_is_not_requested_twice() -> None:
    async with World() as world:
        world.service.at_change = world.kill
        pending(world)
        await world.until(lambda: world.changes)
        world.service.set("r", "active")  # the service has taken it all the same
        await world.restart()

        await world.until_reason("Active")
        await world.passing(2 * STEADY)

        assert world.changes == ["Accept r"]


async def test_what_was_refused_for_good_is_still_said_after_a_restart() -> None:
    async with World() as world:
        world.service.errors = [Unauthorized("no role")] * 50
        pending(world)
        await world.until_reason("Unauthorized")
        await world.passing(STEADY)
        seen: list[str | None] = []
        world.service.at_change = lambda: seen.append(world.reason())

        await world.restart()
        await world.until(lambda: seen)
        await world.passing(1)

        assert (seen[0], world.reason()) == ("Unauthorized", "Unauthorized")


# -- leadership


async def test_a_replica_that_does_not_lead_writes_and_requests_nothing() -> None:
    async with World() as world:
        world.leads = False
        pending(world)
        await world.passing(STEADY)
        assert world.calls == []

        world.leads = True

        await world.until_reason("Active", seconds=3 * PENDING)
        assert world.changes == ["Accept r"]


async def test_a_replica_that_loses_its_lease_after_the_intent_requests_nothing() -> None:
    async with World() as world:
        soon = asyncio.get_running_loop().call_soon
        world.objects.before("PUT", STATUS, lambda: soon(setattr, world, "leads", False))
        pending(world)
        await world.until(lambda: world.status().get("lastAction"))
        await world.passing(STEADY)
        assert world.changes == []

        world.leads = True

        await world.until_reason("Active")
        assert world.changes == ["Accept r"]


async def test_a_change_that_the_client_did_not_send_counts_as_one_that_may_have_been_made() -> None:
    async with World() as world:
        world.service.errors = [NotLeader("fenced")]
        pending(world)
        await world.until(lambda: world.changes)

        waited = await world.until(lambda: len(world.changes) == 2)

        assert waited >= UNSEEN - 1
        await world.until_reason("Active")
        assert "AcceptFailed" not in world.events.reasons


# -- writes that the API server refuses


@pytest.mark.parametrize("status", [400, 403, 413, 422])
@pytest.mark.parametrize(
    ("method", "where", "what"), [("PATCH", "one$", "the finalizer"), ("PUT", STATUS, "the status")]
)
async def test_a_write_that_is_refused_is_said_and_nothing_is_requested(
    method: str, where: str, what: str, status: int
) -> None:
    async with World() as world:
        world.objects.fail(method, where, status=status, message="a webhook says no", times=10**9)
        pending(world)
        said = (
            "Warning",
            "WriteRefused",
            f"The Kubernetes API refuses {what}: a webhook says no (HTTP {status} Injected).",
        )
        await world.until(lambda: world.events.said)
        await world.passing(10 * STEADY)

        assert world.events.said == [said], "once"
        assert world.changes == []
        assert world.reason() == ("WriteRefused" if method == "PATCH" else None)
        assert len(world.writes) < 60, "with growing pauses"

        world.objects.recover()
        await world.until_reason("Active", seconds=2 * STEADY)
        assert world.changes == ["Accept r"]


async def test_a_refused_finalizer_stalls_the_object_in_its_status() -> None:
    async with World() as world:
        world.objects.stripped.add("atlasstreams.io/cleanup")
        pending(world)

        await world.until_reason("WriteRefused")
        await world.passing(STEADY)

        assert world.condition("Stalled") is not None
        assert "something undoes each change of metadata.finalizers" in world.message()
        assert world.changes == []


async def test_an_intent_that_is_refused_while_other_statuses_are_not_requests_nothing() -> None:
    async with World() as world:
        world.objects.fail("PUT", STATUS, status=403, message="no")
        pending(world)

        await world.until_reason("WriteRefused")

        assert world.changes == []
        await world.until_reason("Active")
        assert world.changes == ["Accept r"]


# -- changes that the service refuses


REFUSALS: list[tuple[ServiceError, str, str | None, float, float]] = [
    (RequestRefused("not now", status=409), "Accepting", "Reconciling", PENDING, 2 * PENDING),
    (RateLimited("too many"), "Accepting", "Reconciling", PENDING, 2 * PENDING),
    (Unauthorized("no role"), "Unauthorized", "Stalled", PENDING, 2 * PENDING),
    (Unavailable("no answer"), "Accepting", "Reconciling", UNSEEN, UNSEEN + PENDING),
]


@pytest.mark.parametrize(
    ("error", "reason", "progress", "earliest", "latest"), REFUSALS, ids=[type(each[0]).__name__ for each in REFUSALS]
)
async def test_a_change_that_is_refused_is_requested_again_later(
    error: ServiceError, reason: str, progress: str, earliest: float, latest: float
) -> None:
    async with World() as world:
        world.service.errors = [error]
        pending(world)
        await world.until(lambda: "AcceptFailed" in world.events.reasons)
        await world.passing(0.1)
        assert world.reason() == reason
        assert world.message() == str(error)
        assert world.condition(progress) is not None

        waited = await world.until(lambda: len(world.changes) == 2)

        assert earliest - 1 <= waited <= latest
        await world.until_reason("Active")
        assert len(world.changes) == 2


async def times_between_requests(world: World, number: int) -> list[float]:
    return [
        await world.until(lambda count=count: len(world.changes) > count, seconds=1000)  # type: ignore[misc]
        for count in range(1, number)
    ]


@pytest.mark.parametrize(
    ("error", "first", "longest"),
    [
        (RequestRefused("not now", status=409), PENDING, 600.0),
        (Unauthorized("no role"), PENDING, STEADY),
        (Unavailable("no answer"), UNSEEN, 600.0),
    ],
    ids=["transient", "terminal", "unknown"],
)
async def test_pauses_between_requests_grow_up_to_a_limit(error: ServiceError, first: float, longest: float) -> None:
    async with World() as world:
        world.service.errors = [error] * 100
        pending(world)
        await world.until(lambda: world.changes)

        pauses = await times_between_requests(world, 9)

        wanted = [min(first * 2**count, longest) for count in range(8)]
        assert all(want - 1 <= pause <= want + 3 for pause, want in zip(pauses, wanted, strict=True)), pauses


async def test_the_same_refusal_again_is_no_news() -> None:
    async with World() as world:
        world.service.errors = [Unauthorized("no role")] * 10
        pending(world)
        await world.until_reason("Unauthorized")
        await world.passing(3 * STEADY)

        assert len(world.changes) > 3
        assert world.events.reasons == ["AcceptFailed", "Unauthorized"]
        # The intent, and that it came to nothing; the first refusal is said besides.
        assert len([each for each in world.writes if each.startswith("PUT")]) <= 2 * len(world.changes) + 1


async def test_a_key_that_is_refused_for_a_change_is_said_with_its_secret() -> None:
    async with World() as world:
        world.service.errors = [CredentialsInvalid("not accepted; check the Secret.")]
        pending(world)

        await world.until_reason("CredentialsInvalid")

        assert world.message() == f"not accepted; check Secret {NAMESPACE}/key."


async def test_no_answer_in_other_words_is_no_news() -> None:
    async with World() as world:
        world.service.errors = [
            Unavailable("no connection within 5 s"),
            Unavailable("the port refuses connections"),
        ] * 5
        pending(world)
        await world.until(lambda: len(world.changes) == 4)
        await world.passing(0.1)

        assert world.events.reasons.count("AcceptFailed") == 1
        assert world.message() == "no connection within 5 s"


async def test_a_change_that_may_have_been_made_is_found_and_not_requested_again() -> None:
    async with World() as world:
        world.service.errors, world.service.unclear = [Unavailable("no answer")], True
        pending(world)

        await world.until_reason("Active")
        await world.passing(STEADY)

        assert world.changes == ["Accept r"]


@pytest.mark.parametrize(
    "act",
    [
        lambda world: world.change(scope="scope"),
        lambda world: world.hold_secret("another"),
        lambda world: world.request_reconcile("now"),
    ],
    ids=["another spec", "another key", "a request to reconcile"],
)
@pytest.mark.parametrize("error", [Unauthorized("no role"), RequestRefused("not now", status=409)], ids=repr)
async def test_what_was_refused_is_requested_at_once_when_somebody_has_acted(
    act: Callable[[World], None], error: ServiceError
) -> None:
    async with World() as world:
        world.service.errors = [error] * 4
        pending(world)
        await world.until(lambda: len(world.changes) == 4)
        await world.passing(1)

        act(world)

        assert await world.until(lambda: len(world.changes) == 5) <= PENDING + 1
        await world.until_reason("Active")


async def test_an_unexpected_error_of_a_request_counts_as_one_that_may_have_been_made(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with World() as world:
        world.service.errors = [ZeroDivisionError("unforeseen")]
        pending(world)
        await world.until(lambda: world.changes)

        assert await world.until(lambda: len(world.changes) == 2) >= UNSEEN - 1

        assert "unexpected error" in caplog.text


# -- how many at once


async def test_changes_that_hang_leave_room_for_other_scopes() -> None:
    async with World() as world:
        world.service.open.clear()
        for number in range(3 * CHANGES_AT_ONCE):
            pending(world, f"w{number}", f"r{number}")
        pending(world, "elsewhere", "e", scope="other")

        await world.until(lambda: len(world.changes) == CHANGES_AT_ONCE + 1)
        await world.passing(STEADY)
        assert len(world.changes) == CHANGES_AT_ONCE + 1
        assert "Accept e" in world.changes

        world.service.open.set()
        await world.until(lambda: len(world.changes) == 3 * CHANGES_AT_ONCE + 1, seconds=2)


async def test_an_object_that_waits_its_turn_costs_no_write_of_an_intent() -> None:
    async with World() as world:
        world.service.open.clear()
        for number in range(3 * CHANGES_AT_ONCE):
            pending(world, f"w{number}", f"r{number}")
        await world.until(lambda: len(world.changes) == CHANGES_AT_ONCE)
        await world.passing(STEADY)

        assert len(world.objects.made("PUT")) == CHANGES_AT_ONCE


async def test_a_row_has_one_change_at_a_time_whoever_means_it() -> None:
    async with World() as world:
        world.service.open.clear()
        pending(world, "one")
        pending(world, "two")
        await world.until(lambda: world.changes)
        await world.passing(STEADY)
        assert world.changes == ["Accept r"]

        world.service.open.set()

        await world.until(lambda: world.reason("one") == world.reason("two") == "Active")
        assert world.changes == ["Accept r"], "the list of before is void for both"


async def test_a_change_waits_for_the_rate_budget_and_nothing_is_written_for_a_short_wait() -> None:
    async with World() as world:
        free_at = world.now + 4
        world.budget = lambda _service, _scope: max(0.0, free_at - world.now)
        pending(world)
        await world.passing(3)
        assert world.objects.made("PUT") == []

        await world.until(lambda: world.changes)

        assert world.now >= free_at


async def test_an_object_that_waits_long_for_the_rate_budget_says_what_it_wants() -> None:
    async with World() as world:
        free_at = world.now + 60
        world.budget = lambda _service, _scope: max(0.0, free_at - world.now)
        pending(world)

        await world.until_reason("Accepting", seconds=5)
        assert world.changes == []

        await world.until(lambda: world.changes)
        assert free_at <= world.now <= free_at + 2


# -- turns


async def taken(world: World, *, leaves: str, after: float) -> None:
    """Have the service take a request that leaves the row in this state, and let so many seconds pass."""
    world.service.accepted = leaves
    pending(world)
    await world.until(lambda: world.changes)
    await world.passing(after)


async def test_a_row_that_changes_after_a_taken_request_is_told_with_the_next_list() -> None:
    async with World() as world:
        await taken(world, leaves="pending", after=1)
        world.service.set("r", "active")

        assert await world.until_reason("Active") <= PENDING + 1


async def test_while_others_wait_progress_is_not_written_and_the_end_is() -> None:
    async with World() as world:
        world.backlogged = True
        await taken(world, leaves="requested", after=PENDING * 3)
        assert world.reason() == "Accepting"

        world.service.set("r", "active")
        assert await world.until_reason("Active") <= PENDING + 1


async def test_progress_that_was_not_written_is_when_nobody_waits_any_more() -> None:
    async with World() as world:
        world.backlogged = True
        await taken(world, leaves="requested", after=PENDING * 3)
        world.backlogged = False

        assert await world.until_reason("Provisioning") <= PENDING * 2
