"""Which lists show what came of a request."""

from datetime import UTC, datetime, timedelta

import pytest

from atlas_streams_peering.controller.attempts import STANDSTILL, Attempt
from atlas_streams_peering.polling.expectations import Expectations
from atlas_streams_peering.scheduling.clock import Clock as TwoClocks
from simulator.caller import OTHER_PROJECT, PROJECT
from unit.clock import Clock

NOW = datetime(2024, 12, 12, 12, 0, tzinfo=UTC)
ASKED = Attempt("Accept", NOW)
LATER = Attempt("Delete", NOW + timedelta(seconds=1))
ONE, TWO, THREE = "pcx-1", "pcx-2", "pcx-3"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def expectations(clock: Clock) -> Expectations[Attempt]:
    return Expectations(TwoClocks(monotonic=clock))


def test_the_last_request_for_a_connection_is_remembered(expectations: Expectations[Attempt]) -> None:
    assert expectations.get(PROJECT, ONE) is None

    expectations.note(PROJECT, ONE, ASKED)
    expectations.note(PROJECT, ONE, LATER)

    assert expectations.get(PROJECT, ONE) is LATER
    assert expectations.attempts(PROJECT, [ONE, TWO]) == {ONE: LATER}


def test_projects_are_kept_apart(expectations: Expectations[Attempt]) -> None:
    expectations.note(PROJECT, ONE, ASKED)

    assert expectations.get(OTHER_PROJECT, ONE) is None
    assert expectations.void_before(OTHER_PROJECT, [ONE]) == 0


def test_lists_from_before_a_request_ended_are_void(expectations: Expectations[Attempt], clock: Clock) -> None:
    expectations.note(PROJECT, ONE, ASKED)
    clock.now += 5
    expectations.note(PROJECT, TWO, ASKED)

    assert expectations.void_before(PROJECT, [ONE]) == 1000
    assert expectations.void_before(PROJECT, [ONE, TWO, THREE]) == 1005
    assert expectations.void_before(PROJECT, [THREE]) == 0
    assert expectations.void_before(PROJECT, []) == 0


def test_entries_are_kept_longer_than_they_can_matter_and_not_for_ever(
    expectations: Expectations[Attempt], clock: Clock
) -> None:
    expectations.note(PROJECT, ONE, ASKED)
    clock.now += 2 * STANDSTILL.total_seconds()
    expectations.note(PROJECT, TWO, ASKED)
    assert expectations.get(PROJECT, ONE) is ASKED

    clock.now += 2 * 3600
    expectations.note(PROJECT, THREE, ASKED)

    assert expectations.attempts(PROJECT, [ONE, TWO, THREE]) == {THREE: ASKED}
