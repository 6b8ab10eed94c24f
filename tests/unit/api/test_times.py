from datetime import UTC, datetime, timedelta, timezone

import pytest

from atlas_streams_peering.api.times import format_time, parse_time

MOMENT = datetime(2024, 12, 18, 19, 20, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2024-12-18T19:20:37Z",
        "2024-12-18T19:20:37.000Z",
        "2024-12-18T19:20:37+00:00",
        "2024-12-18T21:20:37+02:00",
        "2024-12-18T19:20:37",
    ],
)
def test_a_time_is_read_however_it_is_written(text: str) -> None:
    assert parse_time(text) == MOMENT


@pytest.mark.parametrize("text", [None, "", "soon", "19:20"])
def test_what_is_no_time_is_none(text: str | None) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize(
    "moment",
    [
        MOMENT,
        MOMENT + timedelta(microseconds=999_999),
        MOMENT.astimezone(timezone(timedelta(hours=-5))),
    ],
)
def test_a_time_is_written_in_whole_seconds_of_utc(moment: datetime) -> None:
    assert format_time(moment) == "2024-12-18T19:20:37Z"
