"""What was asked of Atlas, and since when a list shows what came of it."""

from datetime import UTC, datetime, timedelta

import pytest

from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.controller.ledger import Ledger
from atlas_streams_peering.controller.retry import STANDSTILL, Asked
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType
from simulator.caller import OTHER_PROJECT, PROJECT
from unit.clock import Clock

NOW = datetime(2024, 12, 12, 12, 0, tzinfo=UTC)
ASKED = Asked(ActionType.ACCEPT, NOW)
LATER = Asked(ActionType.DELETE, NOW + timedelta(seconds=1))
ONE, TWO, THREE = Connection(name="pcx-1"), Connection(name="pcx-2"), Connection(name="pcx-3")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(clock: Clock) -> Ledger:
    return Ledger(clock)


def test_the_last_request_for_a_connection_is_remembered(ledger: Ledger) -> None:
    assert ledger.get(PROJECT, ONE.name) is None

    ledger.note(PROJECT, ONE.name, ASKED)
    ledger.note(PROJECT, ONE.name, LATER)

    assert ledger.get(PROJECT, ONE.name) is LATER
    assert ledger.asked(PROJECT, [ONE, TWO]) == {ONE.name: LATER}


def test_projects_are_kept_apart(ledger: Ledger) -> None:
    ledger.note(PROJECT, ONE.name, ASKED)

    assert ledger.get(OTHER_PROJECT, ONE.name) is None
    assert ledger.void_before(OTHER_PROJECT, [ONE]) == 0


def test_lists_from_before_a_request_ended_are_void(ledger: Ledger, clock: Clock) -> None:
    ledger.note(PROJECT, ONE.name, ASKED)
    clock.now += 5
    ledger.note(PROJECT, TWO.name, ASKED)

    assert ledger.void_before(PROJECT, [ONE]) == 1000
    assert ledger.void_before(PROJECT, [ONE, TWO, THREE]) == 1005
    assert ledger.void_before(PROJECT, [THREE]) == 0
    assert ledger.void_before(PROJECT, []) == 0


def test_entries_are_kept_longer_than_they_can_matter_and_not_for_ever(ledger: Ledger, clock: Clock) -> None:
    ledger.note(PROJECT, ONE.name, ASKED)
    clock.now += 2 * STANDSTILL.total_seconds()
    ledger.note(PROJECT, TWO.name, ASKED)
    assert ledger.get(PROJECT, ONE.name) is ASKED

    clock.now += 2 * 3600
    ledger.note(PROJECT, THREE.name, ASKED)

    assert ledger.asked(PROJECT, [ONE, TWO, THREE]) == {THREE.name: ASKED}
