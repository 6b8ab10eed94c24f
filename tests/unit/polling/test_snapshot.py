"""What one list shows, and how it differs from the one before."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas_streams_peering.polling.snapshot import Snapshot
from unit.polling.world import FORMAT, NAME, VPC, row

EARLIER = datetime(2024, 12, 12, 12, 0, tzinfo=UTC)
NOW = EARLIER + timedelta(minutes=1)
OTHER_VPC = "vpc-0123456789abcdef0"


Rows = Snapshot[Mapping[str, Any]]


def snapshot(*rows: dict[str, Any], before: Rows | None = None, now: datetime = EARLIER) -> Rows:
    return (before or Snapshot()).succeeded_by(rows, FORMAT, asked_at=1.0, now=now)


def test_an_unchanged_row_is_not_parsed_again() -> None:
    before = snapshot(row("pcx-1"), row("pcx-2"))
    after = snapshot(row("pcx-1"), row("pcx-2", status="active"), before=before, now=NOW)

    assert after.rows["pcx-1"] is before.rows["pcx-1"]
    assert after.rows["pcx-2"]["cloudStatus"] == "active"


def test_it_is_known_since_when_a_row_is_as_it_is() -> None:
    before = snapshot(row("pcx-1"), row("pcx-2"))
    after = snapshot(row("pcx-1"), row("pcx-2", status="active"), row("pcx-3"), before=before, now=NOW)

    assert after.unchanged_since == {"pcx-1": EARLIER, "pcx-2": NOW, "pcx-3": NOW}


def test_only_its_states_count_for_how_long_a_row_is_as_it_is() -> None:
    before = snapshot(row() | {"statusMessage": "working", "localStatus": "REQUEST_ACCEPT"})
    reworded = snapshot(row() | {"statusMessage": "still", "localStatus": "REQUEST_ACCEPT"}, before=before, now=NOW)
    moved = snapshot(row() | {"statusMessage": "still", "localStatus": "ACCEPT_REQUESTED"}, before=before, now=NOW)

    assert reworded.unchanged_since[NAME] == EARLIER
    assert moved.unchanged_since[NAME] == NOW


def test_a_row_that_came_back_is_new() -> None:
    gone = snapshot(before=snapshot(row()))
    back = snapshot(row(), before=gone, now=NOW)

    assert back.unchanged_since[NAME] == NOW


def test_what_came_went_or_changed_is_known() -> None:
    before = snapshot(row("pcx-same"), row("pcx-gone"), row("pcx-changed"))
    after = snapshot(row("pcx-same"), row("pcx-new"), row("pcx-changed", status="active"))

    assert after.changed_from(before) == {"pcx-gone", "pcx-new", "pcx-changed"}
    assert after.changed_from(after) == frozenset()


@pytest.mark.parametrize(
    ("names", "vpcs", "found"),
    [
        ((), (), set()),
        ((), (VPC,), {"pcx-1", "pcx-2"}),
        (("pcx-3",), (), {"pcx-3", "pcx-4"}),
        (("pcx-5",), (), {"pcx-5"}),
        (("pcx-3",), (VPC,), {"pcx-1", "pcx-2", "pcx-3", "pcx-4"}),
        (("pcx-unheard-of",), ("vpc-unheard-of",), set()),
    ],
)
def test_what_concerns_somebody_is_found_with_its_neighbours(
    names: tuple[str, ...], vpcs: tuple[str, ...], found: set[str]
) -> None:
    nowhere: dict[str, Any] = {"name": "pcx-5"}
    seen = snapshot(row("pcx-1"), row("pcx-2"), row("pcx-3", vpc=OTHER_VPC), row("pcx-4", vpc=OTHER_VPC), nowhere)

    assert list(seen.concerning((*names, *vpcs))) == sorted(found)


rows = st.lists(
    st.builds(
        row,
        st.sampled_from([f"pcx-{number}" for number in range(6)]),
        vpc=st.sampled_from([VPC, OTHER_VPC]),
        status=st.sampled_from(["active", "expired"]),
    ),
    unique_by=lambda one: one["name"],
    max_size=6,
)


@given(first=rows, second=rows)
def test_a_snapshot_depends_on_its_list_alone(first: list[dict[str, Any]], second: list[dict[str, Any]]) -> None:
    after = snapshot(*second, before=snapshot(*first), now=NOW)
    fresh = snapshot(*second)

    assert (after.raw, after.rows, after.by_token) == (fresh.raw, fresh.rows, fresh.by_token)
    statuses = {one["name"]: one["cloudStatus"] for one in first}
    unchanged = {name for name, since in after.unchanged_since.items() if since == EARLIER}
    assert unchanged == {one["name"] for one in second if statuses.get(one["name"]) == one["cloudStatus"]}
