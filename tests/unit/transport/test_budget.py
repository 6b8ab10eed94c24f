"""A rate budget, by the clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas_streams_peering.transport.budget import RateBudget
from unit.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def budget(clock: Clock) -> RateBudget:
    """Ten requests at once, two a second, three of them for changes only."""
    return RateBudget(capacity=10, refill=2, reserve=3, clock=clock)


def taken(budget: RateBudget, *, change: bool) -> int:
    """Take until there is no more, and return how often that went well."""
    number = 0
    while budget.take(change=change) == 0:
        number += 1
    return number


def test_changes_may_use_all(budget: RateBudget) -> None:
    assert taken(budget, change=True) == 10


def test_reads_leave_a_reserve_to_changes(budget: RateBudget) -> None:
    assert taken(budget, change=False) == 7
    assert taken(budget, change=True) == 3


def test_the_wait_is_just_long_enough(budget: RateBudget, clock: Clock) -> None:
    for change in (False, True):
        taken(budget, change=change)
        pause = budget.take(change=change)
        assert pause == pytest.approx(0.5)
        clock.now += pause
        assert budget.take(change=change) == 0


def test_it_fills_with_time_up_to_its_capacity(budget: RateBudget, clock: Clock) -> None:
    taken(budget, change=True)
    clock.now += 2
    assert budget.left == pytest.approx(4)
    clock.now += 3600
    assert budget.left == 10


def test_a_closed_budget_gives_nothing_to_anyone(budget: RateBudget, clock: Clock) -> None:
    budget.close(30)
    clock.now += 10
    assert budget.take(change=True) == budget.take(change=False) == pytest.approx(20)
    clock.now += 20
    assert budget.take(change=False) == 0


def test_a_shorter_closing_does_not_open_it_sooner(budget: RateBudget) -> None:
    budget.close(30)
    budget.close(5)
    assert budget.take(change=True) == pytest.approx(30)


@pytest.mark.parametrize(("requests", "left"), [(0, 10), (3, 7), (10, 0), (99, 0)])
def test_requests_made_without_asking_are_taken_in(budget: RateBudget, requests: int, left: float) -> None:
    budget.spend(requests)
    assert budget.left == left


@pytest.mark.parametrize(("said", "left"), [(4, 4), (0, 0), (-5, 0), (500, 10)])
def test_what_the_service_says_only_takes_away(budget: RateBudget, said: float, left: float) -> None:
    budget.limit_to(said)
    assert budget.left == left


@given(steps=st.lists(st.tuples(st.floats(0, 5), st.booleans(), st.none() | st.integers(0, 50)), max_size=60))
def test_never_more_than_the_bucket_holds(steps: list[tuple[float, bool, int | None]]) -> None:
    clock = Clock()
    budget = RateBudget(capacity=10, refill=2, reserve=3, clock=clock)
    started, given_away = clock.now, 0
    for seconds, change, said in steps:
        clock.now += seconds
        if said is not None:
            budget.limit_to(said)
        pause = budget.take(change=change)
        given_away += pause == 0
        assert pause >= 0
        assert 0 <= budget.left <= 10
    assert given_away <= 10 + 2 * (clock.now - started) + 1e-6
