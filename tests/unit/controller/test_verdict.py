"""What every kind makes of its conclusion about an object."""

from datetime import UTC, datetime
from enum import StrEnum

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.controller.decision import Progress, Readiness
from atlas_streams_peering.controller.verdict import Verdict

NOW = datetime(2026, 7, 1, tzinfo=UTC)


class Action(StrEnum):
    MAKE = "Make"


def verdict(progress: Progress = Progress.RECONCILING, *, manages_nothing: bool = False) -> Verdict[str, Action]:
    readiness = Readiness(Reason.DELETING, "The row is on its way out.", progress)
    return Verdict(readiness, "row", action=Action.MAKE, retry_at=NOW, manages_nothing=manages_nothing)


@pytest.mark.parametrize("progress", [Progress.RECONCILING, Progress.STALLED])
@pytest.mark.parametrize("deleting", [False, True])
def test_suspend_holds_back_what_is_not_reached(progress: Progress, deleting: bool) -> None:
    assert verdict(progress).waits(suspend=True, deleting=deleting)


def test_without_suspend_nothing_waits() -> None:
    assert not verdict().waits(suspend=False, deleting=False)


def test_what_is_reached_does_not_wait() -> None:
    assert not verdict(Progress.REACHED).waits(suspend=True, deleting=False)


def test_an_object_that_manages_nothing_goes_although_it_is_suspended() -> None:
    assert not verdict(manages_nothing=True).waits(suspend=True, deleting=True)


def test_an_object_that_manages_nothing_and_stays_says_that_it_is_suspended() -> None:
    assert verdict(manages_nothing=True).waits(suspend=True, deleting=False)


def test_paused_it_changes_nothing_and_keeps_its_row() -> None:
    paused = verdict().paused("Suspended.")

    assert paused.readiness == Readiness(Reason.SUSPENDED, "Suspended.", Progress.PAUSED)
    assert (paused.row, paused.action, paused.retry_at) == ("row", None, None)


def test_an_object_goes_once_what_it_wanted_is_reached() -> None:
    assert verdict(Progress.REACHED).let_go("Atlas") == "Done: The row is on its way out."


def test_an_object_that_manages_nothing_goes_and_says_that_nothing_was_changed() -> None:
    assert verdict(manages_nothing=True).let_go("Atlas") == "Nothing was changed in Atlas: The row is on its way out."


@pytest.mark.parametrize("progress", [Progress.RECONCILING, Progress.STALLED, Progress.PAUSED])
def test_an_object_stays_while_there_is_something_left_to_do(progress: Progress) -> None:
    assert verdict(progress).let_go("Atlas") is None
