"""Atlas' rate limit, as its answers tell of it: the project's budget takes it in."""

import httpx
import pytest

from atlas_simulator import Simulator
from atlas_streams_peering.atlas.client import Atlas, Session
from atlas_streams_peering.atlas.rate_limit import STREAMS
from atlas_streams_peering.transport.budget import RateBudget
from atlas_streams_peering.transport.errors import RateLimited, Unavailable
from simulator.caller import ACCOUNT, OTHER_PROJECT, PROJECT
from unit.atlas.virtual_time import in_virtual_time, now
from unit.atlas.world import EMPTY_LIST, KEY, PENDING, session_of


class Limited:
    """Answers the first requests with 429 (or another status), and notes when each request came."""

    def __init__(self, *, times: int, retry_after: str | None, status: int = 429) -> None:
        self._left, self._status = times, status
        self._headers = {} if retry_after is None else {"Retry-After": retry_after}
        self.times: list[float] = []

    def __call__(self, _request: httpx.Request) -> httpx.Response:
        self.times.append(now())
        self._left -= 1
        if self._left >= 0:
            return httpx.Response(self._status, headers=self._headers, json={"errorCode": "RATE_LIMITED"})
        return httpx.Response(200, json=EMPTY_LIST)


def read_from(atlas: Limited) -> None:
    async def read() -> None:
        session = session_of(atlas, budget=STREAMS.budget(now))
        await session.list_connections(PROJECT, ACCOUNT)

    in_virtual_time(read)


@pytest.mark.parametrize("seconds", [1, 7, 15])
def test_a_read_waits_as_long_as_atlas_asks(seconds: int) -> None:
    atlas = Limited(times=1, retry_after=str(seconds))

    read_from(atlas)

    first, second = atlas.times
    assert seconds <= second - first <= seconds + 1


def test_a_read_waits_as_long_as_an_overloaded_atlas_asks() -> None:
    atlas = Limited(times=1, retry_after="7", status=503)

    read_from(atlas)

    first, second = atlas.times
    assert second - first >= 7


@pytest.mark.parametrize("header", [None, "", "soon", "Wed, 18 Dec 2024 19:20:37 GMT", "inf", "nan"])
def test_a_read_waits_also_where_atlas_does_not_say_how_long(header: str | None) -> None:
    atlas = Limited(times=1, retry_after=header)

    read_from(atlas)

    first, second = atlas.times
    assert 5 <= second - first <= 20


def test_a_read_does_not_wait_for_ever() -> None:
    atlas = Limited(times=1, retry_after="600")

    with pytest.raises(RateLimited) as raised:
        read_from(atlas)

    assert len(atlas.times) == 1
    assert 590 < (raised.value.retry_after or 0) < 601


def test_an_overloaded_atlas_that_asks_for_long_patience_is_unavailable() -> None:
    atlas = Limited(times=1, retry_after="600", status=503)

    with pytest.raises(Unavailable):
        read_from(atlas)

    assert len(atlas.times) == 1


async def test_retry_after_closes_the_budget_of_its_project_only(
    simulator: Simulator, atlas: Atlas, session: Session
) -> None:
    simulator.fault("answer", "reject", status=429, headers={"Retry-After": "30"})

    with pytest.raises(RateLimited) as raised:
        await session.reject(PROJECT, PENDING)

    assert raised.value.retry_after == 30
    for change in (True, False):
        assert 29 < atlas.budget(PROJECT).take(change=change) < 31
        assert atlas.budget(OTHER_PROJECT).take(change=change) == 0


async def test_a_used_up_project_is_left_alone(simulator: Simulator, session: Session) -> None:
    simulator.empty_bucket(PROJECT)

    for _ in range(5):
        with pytest.raises(RateLimited):
            await session.list_connections(PROJECT, ACCOUNT)

    assert len(simulator.calls("list")) == 1
    await session.list_connections(OTHER_PROJECT, ACCOUNT)


async def test_what_atlas_says_is_left_counts(simulator: Simulator, atlas: Atlas, session: Session) -> None:
    simulator.configure({"rate_limit": {"capacity": 200}})

    await session.list_connections(PROJECT, ACCOUNT)

    assert 199 <= atlas.budget(PROJECT).left < 205


@pytest.mark.parametrize("word", ["", "many", "-1", "1.5", "1e3"])
async def test_what_is_no_number_of_requests_is_ignored(word: str) -> None:
    budget = RateBudget(capacity=1000, refill=0.001)
    headers = {"RateLimit-Remaining": word}
    session = session_of(
        lambda _: httpx.Response(200, headers=headers, json=EMPTY_LIST), credentials=KEY, budget=budget
    )

    await session.list_connections(PROJECT, ACCOUNT)

    assert budget.left > 900


async def test_atlas_need_not_say_what_is_left(simulator: Simulator, atlas: Atlas, session: Session) -> None:
    simulator.configure({"rate_limit": {"headers": False}})

    await session.list_connections(PROJECT, ACCOUNT)

    assert atlas.budget(PROJECT).left > 900


async def test_a_challenge_is_a_request_too(simulator: Simulator, atlas: Atlas, session: Session) -> None:
    simulator.configure({"rate_limit": {"headers": False}})
    budget = atlas.budgets[PROJECT] = RateBudget(capacity=100, refill=1e-9, reserve=1)

    await session.list_connections(PROJECT, ACCOUNT)
    assert round(budget.left) == 98
    await session.list_connections(PROJECT, ACCOUNT)
    assert round(budget.left) == 97


async def test_the_sessions_of_all_credentials_share_the_budget_of_a_project(atlas: Atlas) -> None:
    assert atlas.budget(PROJECT) is atlas.budget(PROJECT)
    assert atlas.budget(PROJECT) is not atlas.budget(OTHER_PROJECT)
