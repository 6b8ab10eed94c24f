"""The operator's share of Confluent Cloud's rate limit, and the headers in which it speaks of it."""

import httpx
import pytest

from atlas_streams_peering.confluent.rate_limit import CAPACITY, RESERVE, environment_budget
from atlas_streams_peering.transport.budget import RateBudget
from atlas_streams_peering.transport.errors import RateLimited
from unit.atlas.virtual_time import in_virtual_time, now
from unit.clock import Clock
from unit.confluent.world import (
    EMPTY_LIST,
    ENVIRONMENT,
    KEY,
    NETWORK,
    OTHER_ENVIRONMENT,
    confluent_of,
    create,
    failure,
    session_of,
)


def test_a_new_budget_is_full_and_keeps_something_for_changes() -> None:
    assert environment_budget(Clock()).left == CAPACITY > RESERVE > 0


async def test_what_confluent_cloud_says_is_left_counts_for_its_environment() -> None:
    headers = {"X-RateLimit-Limit": "20", "X-RateLimit-Remaining": "9", "X-RateLimit-Reset": "1"}
    confluent = confluent_of(lambda _: httpx.Response(200, json=EMPTY_LIST, headers=headers), clock=Clock())

    await confluent.session(KEY).list_peerings(ENVIRONMENT, NETWORK)

    assert confluent.budget(ENVIRONMENT).left == 9
    assert confluent.budget(OTHER_ENVIRONMENT).left == CAPACITY


@pytest.mark.parametrize("word", ["", "many", "-1", "1.5"])
async def test_what_is_no_number_of_requests_is_ignored(word: str) -> None:
    headers = {"X-RateLimit-Remaining": word}
    budget = RateBudget(capacity=30, refill=0.001)

    await session_of(lambda _: httpx.Response(200, json=EMPTY_LIST, headers=headers), budget=budget).list_peerings(
        ENVIRONMENT, NETWORK
    )

    assert budget.left > 28


@pytest.mark.parametrize("header", ["Retry_After", "X_RateLimit_Reset"])
async def test_a_limit_closes_the_budget_of_its_environment_only(header: str) -> None:
    confluent = confluent_of(lambda _: failure(429, "Slow down.", **{header: "30"}), clock=Clock())

    with pytest.raises(RateLimited):
        await create(confluent.session(KEY))

    for change in (True, False):
        assert 29 < confluent.budget(ENVIRONMENT).take(change=change) < 31
        assert confluent.budget(OTHER_ENVIRONMENT).take(change=change) == 0


@pytest.mark.parametrize("header", ["Retry_After", "X_RateLimit_Reset"])
def test_a_read_waits_as_long_as_confluent_cloud_asks(header: str) -> None:
    times = []

    def answer(_request: httpx.Request) -> httpx.Response:
        times.append(now())
        if len(times) == 1:
            return failure(429, "Slow down.", **{header: "7"})
        return httpx.Response(200, json=EMPTY_LIST)

    async def read() -> None:
        await session_of(answer, budget=environment_budget(now)).list_peerings(ENVIRONMENT, NETWORK)

    in_virtual_time(read)

    first, second = times
    assert 7 <= second - first <= 8
