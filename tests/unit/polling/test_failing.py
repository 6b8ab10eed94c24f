"""Polls that fail: who is told, what is remembered, and when it is tried again."""

import logging
import time

import pytest

from atlas_streams_peering.polling.poll import SecretKey
from atlas_streams_peering.transport.errors import (
    AccessListBlocked,
    CredentialsInvalid,
    ProjectNotFound,
    RateLimited,
    RequestRefused,
    ServiceError,
    TerminalError,
    Unauthorized,
    Unavailable,
)
from unit.polling.waiting import settle
from unit.polling.world import FAST, NEVER, SECRET, World, failure_of, row

TRANSIENT: list[ServiceError] = [Unavailable("first"), RateLimited("first")]
TERMINAL: list[ServiceError] = [
    CredentialsInvalid("first"),
    Unauthorized("first"),
    AccessListBlocked("first"),
    ProjectNotFound("first"),
    RequestRefused("first", status=400),
]
kinds = pytest.mark.parametrize("failure", [*TRANSIENT, *TERMINAL], ids=lambda failure: type(failure).__name__)


def with_words(failure: ServiceError, words: str) -> ServiceError:
    return RequestRefused(words, status=400) if isinstance(failure, RequestRefused) else type(failure)(words)


@kinds
async def test_a_failure_wakes_all_and_keeps_what_was_seen(world: World, failure: ServiceError) -> None:
    world.answer = [row()]
    poll = world.subscribe("uid")
    world.subscribe("other")
    await world.steady("uid", "other")

    world.answer = failure
    world.await_list("uid", by=0)
    await world.woken_again("uid", "other")

    assert poll.failure is failure
    assert poll.snapshot is not None
    assert poll.snapshot.rows.keys() == {row()["name"]}


@kinds
async def test_an_end_of_failure_wakes_all(world: World, failure: ServiceError) -> None:
    world.answer = failure
    poll = world.subscribe("uid")
    world.subscribe("other")
    await world.signal.until(lambda: world.woken["uid"] == world.woken["other"] == 1)

    world.answer = []
    world.polls.list_by(poll, 0)
    await world.woken_again("uid", "other")

    assert poll.failure is None


@pytest.mark.parametrize("failure", TRANSIENT, ids=lambda failure: type(failure).__name__)
async def test_transient_failures_wake_nobody_again_and_the_first_message_stays(
    world: World, failure: ServiceError
) -> None:
    world.answer = failure
    poll = world.subscribe("uid")
    await world.woken_again("uid")

    world.answer = type(failure)("second, with another number in it")
    world.polls.list_by(poll, 0)
    await world.listed(2)

    assert poll.failure is failure
    assert world.woken["uid"] == 1


@pytest.mark.parametrize("failure", TERMINAL, ids=lambda failure: type(failure).__name__)
async def test_a_terminal_failure_is_news_when_something_else_has_to_be_mended(
    world: World, failure: ServiceError
) -> None:
    world.answer = failure
    poll = world.subscribe("uid")
    await world.woken_again("uid")
    world.polls.list_by(poll, 0)
    await world.listed(2)
    assert world.woken["uid"] == 1

    world.answer = with_words(failure, "second")
    world.polls.list_by(poll, 0)
    await world.woken_again("uid")

    assert str(failure_of(poll)) == "second"


async def test_another_kind_of_failure_is_news(world: World) -> None:
    world.answer = Unauthorized("no role")
    poll = world.subscribe("uid")
    await world.woken_again("uid")

    world.answer = Unavailable("no answer")
    world.polls.list_by(poll, 0)
    await world.woken_again("uid")

    assert str(failure_of(poll)) == "no answer"


@pytest.mark.parametrize("failure", TERMINAL, ids=lambda failure: type(failure).__name__)
async def test_while_credentials_are_refused_the_secret_is_read_often_and_atlas_is_asked_seldom(
    world: World, failure: TerminalError
) -> None:
    world.answer = failure
    world.subscribe("uid")

    await world.signal.until(lambda: len(world.readings) >= 60)

    assert 2 <= world.lists.count(world.key) <= 10


async def test_pauses_between_failures_grow_up_to_the_steady_interval() -> None:
    world = World(pending=FAST, steady=4 * FAST)
    world.answer = Unauthorized("no role")
    poll = world.subscribe("uid")
    pauses: list[float] = []
    for _ in range(8):
        await world.listed()
        await settle()
        pauses.append(poll.list_at - poll.finished_at)
    await world.close()

    assert pauses[0] <= FAST
    assert all(3 * FAST <= pause <= 4 * FAST for pause in pauses[3:])


async def test_the_pause_is_short_again_after_a_success(world: World) -> None:
    world.answer = Unavailable("no answer")
    poll = world.subscribe("uid")
    await world.listed(5)
    world.answer = []
    await world.woken_again("uid")
    await settle()

    assert poll.list_at - poll.finished_at <= FAST
    world.answer = Unavailable("no answer again")
    await world.woken_again("uid")
    await settle()
    assert poll.list_at - poll.finished_at <= FAST * 2 ** (poll.failures - 1)


async def test_the_pause_that_atlas_asks_for_is_kept(world: World) -> None:
    world.answer = RateLimited("too many", retry_after=NEVER)
    poll = world.subscribe("uid")
    await world.woken_again("uid")
    await settle()

    assert poll.list_at >= poll.finished_at + NEVER
    assert poll.due_at >= poll.list_at
    world.pace("uid", pending=True)
    world.await_list("uid", by=0)
    assert poll.due_at >= poll.list_at


async def test_a_rotated_secret_moves_its_objects_on(world: World) -> None:
    world.answer = CredentialsInvalid("refused")
    world.subscribe("moves")
    world.subscribe("stays", secret=SecretKey("here", "another"))
    await world.signal.until(lambda: world.woken["moves"] == world.woken["stays"] == 1)

    world.secrets[SECRET] = "rotated"
    await world.woken_again("moves")
    world.leave("moves")
    await settle()

    assert world.woken["stays"] == 1


async def test_credentials_rotated_a_moment_ago_are_not_called_invalid(world: World) -> None:
    poll = world.subscribe("uid")
    await world.steady("uid")

    world.answer, world.rotated_to = CredentialsInvalid("refused"), "rotated"
    world.await_list("uid", by=0)
    await world.woken_again("uid")

    assert (SECRET, True) in world.readings
    assert poll.failure is None


async def test_a_deletion_goes_on_with_the_credentials_last_read(world: World) -> None:
    world.fingerprint = "gone"
    world.answer = [row()]
    poll = world.subscribe("uid", cached=True)

    await world.woken_again("uid")

    assert poll.snapshot is not None


async def test_without_current_credentials_atlas_is_not_asked(world: World) -> None:
    world.fingerprint = "rotated"
    world.subscribe("uid")

    await world.signal.until(lambda: world.woken["uid"] >= 3)

    assert world.lists == []


async def test_an_unexpected_error_does_not_end_the_poll(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.answer = ZeroDivisionError("unforeseen")
    poll = world.subscribe("uid")
    await world.listed(2)
    world.answer = [row()]

    await world.woken_again("uid")

    assert poll.snapshot is not None
    assert {record.levelno for record in caplog.records if "unexpected error" in record.message} == {logging.ERROR}


async def test_an_object_that_asks_for_a_list_during_another_is_told_of_its_end(world: World) -> None:
    poll = world.subscribe("uid")
    await world.steady("uid")
    world.gate.clear()
    world.await_list("uid", by=0)
    await world.listed()

    world.await_list("uid", by=0)
    asked_at = time.monotonic()
    world.gate.set()
    await world.woken_again("uid")
    world.await_list("uid", by=0)  # that list had begun too early
    await world.woken_again("uid")

    assert poll.snapshot is not None
    assert poll.snapshot.asked_at >= asked_at
