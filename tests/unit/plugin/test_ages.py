"""Durations are shown as kubectl shows ages."""

from datetime import UTC, datetime, timedelta

import pytest

from atlas_streams_peering.plugin.ages import created_at, short


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (330, "5m30s"),
        (3600, "60m"),
        (4 * 3600 + 60, "4h1m"),
        (47 * 3600, "47h"),
        (6 * 86400 + 23 * 3600, "6d23h"),
        (300 * 86400, "300d"),
        (3 * 365 * 86400 + 86400, "3y1d"),
        (9 * 365 * 86400, "9y"),
    ],
)
def test_a_duration_has_as_many_units_as_kubectl_shows(seconds: int, text: str) -> None:
    assert short(timedelta(seconds=seconds)) == text


def test_the_id_of_a_row_says_when_it_was_made() -> None:
    assert created_at("6759e61aa6cf0a5476e233d1") == datetime(2024, 12, 11, 19, 20, 58, tzinfo=UTC)


@pytest.mark.parametrize("row_id", [None, "", "6759e61a", "z759e61aa6cf0a5476e233d1"])
def test_what_is_no_id_says_nothing(row_id: str | None) -> None:
    assert created_at(row_id) is None
