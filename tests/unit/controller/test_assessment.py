"""What every kind makes of its conclusion about an object."""

from datetime import UTC, datetime
from enum import StrEnum

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.controller.assessment import Assessment
from atlas_streams_peering.controller.decision import Progress, Readiness

NOW = datetime(2026, 7, 1, tzinfo=UTC)


class Action(StrEnum):
    MAKE = "Make"


def assessment(progress: Progress = Progress.RECONCILING, *, manages_nothing: bool = False) -> Assessment[str, Action]:
    readiness = Readiness(Reason.DELETING, "The row is on its way out.", progress)
    return Assessment(readiness, "row", action=Action.MAKE, retry_at=NOW, manages_nothing=manages_nothing)


@pytest.mark.parametrize("progress", [Progress.RECONCILING, Progress.STALLED])
@pytest.mark.parametrize("deleting", [False, True])
def test_suspend_holds_back_what_is_not_reached(progress: Progress, deleting: bool) -> None:
    assert assessment(progress).waits(suspend=True, deleting=deleting)


def test_without_suspend_nothing_waits() -> None:
    assert not assessment().waits(suspend=False, deleting=False)


def test_what_is_reached_does_not_wait() -> None:
    assert not assessment(Progress.REACHED).waits(suspend=True, deleting=False)


def test_an_object_that_manages_nothing_goes_although_it_is_suspended() -> None:
    assert not assessment(manages_nothing=True).waits(suspend=True, deleting=True)


def test_an_object_that_manages_nothing_and_stays_says_that_it_is_suspended() -> None:
    assert assessment(manages_nothing=True).waits(suspend=True, deleting=False)


def test_paused_it_changes_nothing_and_keeps_its_row() -> None:
    paused = assessment().paused("Suspended.")

    assert paused.readiness == Readiness(Reason.SUSPENDED, "Suspended.", Progress.PAUSED)
    assert (paused.row, paused.action, paused.retry_at) == ("row", None, None)


def test_an_object_goes_once_what_it_wanted_is_reached() -> None:
    assert assessment(Progress.REACHED).finalized("Atlas") == "Done: The row is on its way out."


def test_an_object_that_manages_nothing_goes_and_says_that_nothing_was_changed() -> None:
    assert (
        assessment(manages_nothing=True).finalized("Atlas")
        == "Nothing was changed in Atlas: The row is on its way out."
    )


@pytest.mark.parametrize("progress", [Progress.RECONCILING, Progress.STALLED, Progress.PAUSED])
def test_an_object_stays_while_there_is_something_left_to_do(progress: Progress) -> None:
    assert assessment(progress).finalized("Atlas") is None
