"""The operator's share of Atlas' rate limits."""

import pytest

from atlas_streams_peering.atlas.rate_limit import (
    NETWORK_PEERING,
    STREAMS,
    Share,
    budget_of,
    network_peering_scope,
    project_of,
    share_of,
)
from simulator.caller import PROJECT
from unit.clock import Clock


@pytest.mark.parametrize(
    ("share", "capacity", "refill"), [(STREAMS, 1200, 500 / 60), (NETWORK_PEERING, 2000, 1000 / 60)]
)
def test_a_share_stays_under_the_limit_of_atlas(share: Share, capacity: float, refill: float) -> None:
    assert share.capacity < capacity
    assert share.refill < refill
    assert share.reserve < share.capacity


@pytest.mark.parametrize(("scope", "share"), [(PROJECT, STREAMS), (network_peering_scope(PROJECT), NETWORK_PEERING)])
def test_each_set_of_endpoints_has_a_full_budget_of_its_own(scope: str, share: Share) -> None:
    assert share_of(scope) is share
    assert budget_of(scope, Clock()).left == share.capacity
    assert project_of(scope) == PROJECT
