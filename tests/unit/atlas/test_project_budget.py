"""The operator's share of Atlas' rate limit."""

from typing import Final

from atlas_streams_peering.atlas.rate_limit import CAPACITY, REFILL, RESERVE, project_budget
from unit.clock import Clock

ATLAS_CAPACITY: Final = 1200
ATLAS_REFILL: Final = 500 / 60


def test_the_budget_stays_under_that_of_atlas() -> None:
    assert CAPACITY < ATLAS_CAPACITY
    assert REFILL < ATLAS_REFILL
    assert RESERVE < CAPACITY


def test_a_new_budget_is_full() -> None:
    assert project_budget(Clock()).left == CAPACITY
