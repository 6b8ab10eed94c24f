from datetime import datetime, timedelta
from typing import Any

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.controller.retry import Asked, Intervals, Refusal, not_before
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType
from unit.kinds.streams_vpc_peering.builders import EARLIER, NOW, asked, connection, seconds

TEN_MINUTES = timedelta(minutes=10)
PASSING = Refusal(None, "Atlas is busy.", lasting=False)
LASTING = Refusal(Reason.UNAUTHORIZED, "The role is missing.", lasting=True)
LOST = Refusal(None, "No answer.", lasting=False, uncertain=True)

UNDER_WAY = {
    "REQUEST_ACCEPT": ActionType.ACCEPT,
    "ACCEPT_REQUESTED": ActionType.ACCEPT,
    "REQUEST_REJECT": ActionType.REJECT,
    "REJECT_REQUESTED": ActionType.REJECT,
    "REQUEST_DELETE": ActionType.DELETE,
    "DELETE_REQUESTED": ActionType.DELETE,
}


def due(
    last: Asked | None,
    row: Connection | None = None,
    *,
    action: ActionType = ActionType.ACCEPT,
    unchanged_since: datetime = EARLIER,
    pending: float = 10,
    steady: float = 120,
) -> datetime | None:
    return not_before(
        action,
        row or connection(),
        asked=last,
        unchanged_since=unchanged_since,
        intervals=Intervals(pending, steady),
    )


def pause(last: Asked, row: Connection | None = None, **intervals: Any) -> timedelta:
    moment = due(last, row, **intervals)
    assert moment is not None
    return moment - last.at


def test_what_was_never_asked_is_asked_at_once() -> None:
    assert due(None) is None


def test_another_change_than_the_last_is_asked_at_once() -> None:
    assert due(asked(ActionType.ACCEPT), action=ActionType.REJECT) is None


@pytest.mark.parametrize("word", UNDER_WAY)
class TestUnderWay:
    def test_the_same_is_not_asked_again_within_ten_minutes_of_the_last_change(self, word: str) -> None:
        row = connection(local_status=word)
        assert due(None, row, action=UNDER_WAY[word], unchanged_since=NOW) == NOW + TEN_MINUTES

    def test_nor_within_ten_minutes_of_asking(self, word: str) -> None:
        action = UNDER_WAY[word]
        row = connection(local_status=word)
        assert due(asked(action, ago=60), row, action=action) == NOW - seconds(60) + TEN_MINUTES

    def test_another_change_is_asked_at_once(self, word: str) -> None:
        row = connection(local_status=word)
        last = asked(UNDER_WAY[word])
        others = [action for action in ActionType if action is not last.action]
        assert [due(last, row, action=action, unchanged_since=NOW) for action in others] == [None, None]

    def test_asking_often_makes_the_pause_no_longer(self, word: str) -> None:
        action = UNDER_WAY[word]
        assert pause(asked(action, attempts=9), connection(local_status=word), action=action) == TEN_MINUTES


class TestUnseen:
    """Atlas took the request, but its list does not show it."""

    def test_its_list_is_given_half_a_minute(self) -> None:
        assert pause(asked(ActionType.ACCEPT)) == seconds(30)

    def test_a_longer_interval_is_the_pause(self) -> None:
        assert pause(asked(ActionType.ACCEPT), pending=45) == seconds(45)

    @pytest.mark.parametrize(("attempts", "expected"), [(2, 60), (3, 120), (4, 240), (5, 480), (6, 600), (5000, 600)])
    def test_the_pause_doubles_up_to_ten_minutes(self, attempts: int, expected: float) -> None:
        assert pause(asked(ActionType.ACCEPT, attempts=attempts)) == seconds(expected)


@pytest.mark.parametrize("word", ["UPDATE_FAILED", "SCAN_FAILED"])
@pytest.mark.parametrize(("attempts", "expected"), [(1, 10), (2, 20), (3, 40), (7, 600), (5000, 600)])
def test_an_unmet_wish_in_trouble_is_asked_again_with_backoff(word: str, attempts: int, expected: float) -> None:
    row = connection(local_status=word)
    assert pause(asked(ActionType.ACCEPT, attempts=attempts), row) == seconds(expected)


class TestRefusal:
    @pytest.mark.parametrize(("attempts", "expected"), [(1, 10), (2, 20), (3, 40), (6, 320), (7, 600), (5000, 600)])
    def test_a_passing_one_is_asked_again_with_backoff_up_to_ten_minutes(self, attempts: int, expected: float) -> None:
        assert pause(asked(ActionType.ACCEPT, attempts=attempts, refusal=PASSING)) == seconds(expected)

    @pytest.mark.parametrize(("attempts", "expected"), [(1, 30), (2, 30), (3, 40), (6, 320), (7, 600), (5000, 600)])
    def test_where_the_answer_was_lost_lists_are_given_half_a_minute(self, attempts: int, expected: float) -> None:
        assert pause(asked(ActionType.ACCEPT, attempts=attempts, refusal=LOST)) == seconds(expected)

    @pytest.mark.parametrize(("attempts", "expected"), [(1, 10), (2, 20), (4, 80), (5, 120), (5000, 120)])
    def test_a_lasting_one_is_asked_again_on_the_normal_interval(self, attempts: int, expected: float) -> None:
        assert pause(asked(ActionType.ACCEPT, attempts=attempts, refusal=LASTING)) == seconds(expected)

    def test_a_lasting_one_waits_no_longer_than_ten_minutes_on_a_long_interval(self) -> None:
        assert pause(asked(ActionType.ACCEPT, attempts=20, refusal=LASTING), steady=3600) == TEN_MINUTES

    def test_a_lasting_one_waits_no_shorter_than_the_pending_interval(self) -> None:
        assert pause(asked(ActionType.ACCEPT, attempts=20, refusal=LASTING), pending=60, steady=5) == seconds(60)
