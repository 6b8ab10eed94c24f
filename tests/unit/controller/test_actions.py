"""Changes asked of Atlas: what came of them is remembered, and few are under way at once."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from atlas_simulator import Simulator
from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.api.times import format_time
from atlas_streams_peering.atlas.client import Atlas
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.controller.actions import CHANGES_AT_ONCE, Actions, WantedNoMore
from atlas_streams_peering.controller.controller import NotLeading
from atlas_streams_peering.controller.retry import Asked
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType, LastAction
from simulator.caller import OTHER_PROJECT, PROJECT
from unit.atlas.world import KEY, connection_of
from unit.polling.bell import Bell

HERE = ("spec 1", "key 1")
ELSEWHERE = ("spec 2", "key 1")
OTHER = "pcx-0000000000000000f"
"""A connection that nothing is asked for."""


class Queue:
    """Notes who is woken."""

    def __init__(self) -> None:
        self.woken: list[str] = []
        self.bell = Bell()

    def wake(self, uid: str) -> None:
        self.woken.append(uid)
        self.bell.ring()


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def actions(atlas: Atlas, queue: Queue) -> Actions:
    return Actions(atlas, wake=queue.wake, may_act=lambda: True)


@pytest.fixture
async def connection(simulator: Simulator, atlas: Atlas) -> Connection:
    """A pending request."""
    return await connection_of(simulator, atlas.session(KEY))


async def ask(
    actions: Actions,
    connection: Connection,
    action: ActionType = ActionType.ACCEPT,
    circumstances: tuple[object, ...] = HERE,
    *,
    still_wanted: bool = True,
) -> tuple[Asked, bool]:
    async def look_again() -> bool:
        return still_wanted

    return await actions.ask(action, PROJECT, connection, KEY, circumstances, still_wanted=look_again)


@pytest.mark.parametrize("action", ActionType)
async def test_atlas_is_asked_once(
    simulator: Simulator, actions: Actions, connection: Connection, action: ActionType
) -> None:
    if action is ActionType.DELETE:
        simulator.set_cloud_status(connection.name, "active")

    asked, news = await ask(actions, connection, action)

    assert [call.connection for call in simulator.calls(action.value.lower())] == [connection.name]
    assert (asked.action, asked.attempts, asked.refusal, news) == (action, 1, None, True)
    assert actions.asked(PROJECT, [connection], HERE) == {connection.name: asked}


REFUSALS: list[tuple[dict[str, Any], Reason | None, bool]] = [
    ({"status": 409}, None, False),
    ({"status": 404}, None, False),
    ({"status": 429}, None, False),
    ({"status": 500}, Reason.ATLAS_UNAVAILABLE, False),
    ({"status": 401, "body": {"errorCode": "USER_UNAUTHORIZED"}}, Reason.UNAUTHORIZED, True),
    ({"status": 401, "body": {}}, Reason.CREDENTIALS_INVALID, True),
    ({"status": 403, "body": {"errorCode": "IP_ADDRESS_NOT_ON_ACCESS_LIST"}}, Reason.ACCESS_LIST_BLOCKED, True),
]


@pytest.mark.parametrize("case", REFUSALS)
async def test_a_refusal_says_what_stands_in_the_way(
    simulator: Simulator, actions: Actions, connection: Connection, case: tuple[dict[str, Any], Reason | None, bool]
) -> None:
    answer, *expected = case
    simulator.fault("answer", "accept", **answer)

    asked, _ = await ask(actions, connection)

    assert asked.refusal is not None
    assert [asked.refusal.reason, asked.refusal.lasting] == expected


async def test_attempts_at_one_action_are_counted(
    simulator: Simulator, actions: Actions, connection: Connection
) -> None:
    simulator.fault("answer", status=409, times=None)

    numbers = [
        (await ask(actions, connection, action))[0].attempts
        for action in (ActionType.ACCEPT, ActionType.ACCEPT, ActionType.ACCEPT, ActionType.REJECT)
    ]

    assert numbers == [1, 2, 3, 1]


async def test_the_same_refusal_again_is_no_news(
    simulator: Simulator, actions: Actions, connection: Connection
) -> None:
    simulator.fault("answer", "accept", status=409, times=3)
    simulator.fault("answer", "accept", status=404, times=1)

    news = [(await ask(actions, connection, circumstances=here))[1] for here in (HERE, HERE, ELSEWHERE, ELSEWHERE)]

    assert news == [True, False, True, True]


async def test_a_lasting_refusal_counts_under_its_own_circumstances_only(
    simulator: Simulator, actions: Actions, connection: Connection
) -> None:
    simulator.fault("answer", "accept", status=401, body={"errorCode": "USER_UNAUTHORIZED"})
    asked, _ = await ask(actions, connection)

    assert actions.asked(PROJECT, [connection], HERE) == {connection.name: asked}
    assert actions.asked(PROJECT, [connection], ELSEWHERE) == {}
    assert actions.forgiven(PROJECT, [connection], HERE) == frozenset()
    assert actions.forgiven(PROJECT, [connection], ELSEWHERE) == {connection.name}


async def test_a_passing_refusal_counts_under_any_circumstances(
    simulator: Simulator, actions: Actions, connection: Connection
) -> None:
    simulator.fault("answer", "accept", status=500)
    asked, _ = await ask(actions, connection)

    assert actions.asked(PROJECT, [connection], ELSEWHERE) == {connection.name: asked}
    assert actions.forgiven(PROJECT, [connection], ELSEWHERE) == frozenset()


@pytest.mark.parametrize("fault", [None, "lose-reply", "drop"])
async def test_lists_from_before_a_request_ended_are_void(
    simulator: Simulator, actions: Actions, connection: Connection, fault: str | None
) -> None:
    before = time.monotonic()
    assert actions.void_before(PROJECT, [connection]) == 0
    if fault is not None:
        simulator.fault(fault, "accept")

    await ask(actions, connection)

    assert before < actions.void_before(PROJECT, [connection]) <= time.monotonic()


async def test_a_replica_that_does_not_lead_asks_for_nothing(
    simulator: Simulator, atlas: Atlas, queue: Queue, connection: Connection
) -> None:
    actions = Actions(atlas, wake=queue.wake, may_act=lambda: False)

    with pytest.raises(NotLeading):
        await ask(actions, connection)

    assert simulator.calls("accept") == []
    assert actions.asked(PROJECT, [connection], HERE) == {}


async def test_a_change_that_is_wanted_no_more_is_not_asked_for(
    simulator: Simulator, actions: Actions, queue: Queue, connection: Connection
) -> None:
    simulator.fault("hang", "accept", times=None)
    hanging = [asyncio.create_task(ask(actions, connection)) for _ in range(CHANGES_AT_ONCE - 1)]
    await simulator.wait_for_call("accept", count=len(hanging), timeout=60)

    with pytest.raises(WantedNoMore):
        await ask(actions, connection, still_wanted=False)

    assert len(simulator.calls("accept")) == len(hanging)
    assert actions.asked(PROJECT, [connection], HERE) == {}
    assert actions.wait(PROJECT, "next", OTHER) == 0, "its place is free"
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)


async def test_changes_that_hang_leave_room_for_other_projects(
    simulator: Simulator, actions: Actions, queue: Queue, connection: Connection
) -> None:
    hanging = simulator.fault("hang", "accept", times=None)
    under_way = [asyncio.create_task(ask(actions, connection)) for _ in range(CHANGES_AT_ONCE)]
    await simulator.wait_for_call("accept", count=CHANGES_AT_ONCE, timeout=60)

    assert actions.wait(PROJECT, "first", OTHER) > 0
    assert actions.wait(PROJECT, "second", OTHER) > 0
    assert actions.wait(OTHER_PROJECT, "elsewhere", OTHER) == 0

    simulator.clear_faults(hanging)
    under_way[0].cancel()
    await queue.bell.until(lambda: queue.woken == ["first"])
    assert actions.wait(PROJECT, "first", OTHER) == 0
    for task in under_way:
        task.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)
    assert queue.woken == ["first", "second"]


async def test_a_connection_that_is_being_changed_waits_for_that_whoever_means_it(
    simulator: Simulator, actions: Actions, queue: Queue, connection: Connection
) -> None:
    hanging = simulator.fault("hang", "accept", times=None)
    under_way = asyncio.create_task(ask(actions, connection))
    await simulator.wait_for_call("accept", timeout=60)

    assert actions.wait(PROJECT, "namesake", connection.name) > 0
    assert actions.wait(PROJECT, "namesake", OTHER) == 0
    assert actions.wait(OTHER_PROJECT, "namesake", connection.name) == 0
    assert actions.wait(PROJECT, "namesake", connection.name) > 0

    simulator.clear_faults(hanging)
    under_way.cancel()
    await queue.bell.until(lambda: queue.woken == ["namesake"])
    assert actions.wait(PROJECT, "namesake", connection.name) == 0


async def test_a_change_waits_for_the_budget_of_its_project(atlas: Atlas, actions: Actions) -> None:
    atlas.budget(PROJECT).close(30)

    assert 29 < actions.wait(PROJECT, "uid", OTHER) <= 30
    assert actions.wait(OTHER_PROJECT, "uid", OTHER) == 0


async def test_the_last_action_is_the_newer_of_what_was_written_and_what_was_asked(
    actions: Actions, connection: Connection
) -> None:
    old = LastAction(type=ActionType.REJECT, time="2024-12-12T12:00:00Z")
    future = LastAction(type=ActionType.DELETE, time=format_time(datetime.now(UTC) + timedelta(days=1)))
    assert actions.last_action(PROJECT, connection, old) is old
    assert actions.last_action(PROJECT, connection, None) is None

    asked, _ = await ask(actions, connection)

    expected = LastAction(type=ActionType.ACCEPT, time=format_time(asked.at))
    assert actions.last_action(PROJECT, connection, None) == expected
    assert actions.last_action(PROJECT, connection, old) == expected
    assert actions.last_action(PROJECT, connection, future) is future
    assert actions.last_action(PROJECT, None, old) is old
