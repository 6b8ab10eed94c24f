"""Which objects a list wakes: those whose rows changed, and those that read each list."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from atlas_streams_peering.polling.poll import Poll, PollKey, SecretKey, Source, Subscription
from atlas_streams_peering.polling.snapshot import RawRow, RowFormat, Snapshot
from atlas_streams_peering.transport.credentials import Credentials


async def nothing(_credentials: Credentials, _key: PollKey) -> Collection[RawRow]:
    return ()


ROWS: RowFormat[Any] = RowFormat(
    name=lambda row: row["name"], parse=dict, tokens=lambda _: (), progress=lambda row: row
)
NOW = datetime(2024, 12, 12, tzinfo=UTC)
NOTHING: Snapshot[Any] = Snapshot()
KEY = PollKey(Source("things", nothing, ROWS), "project", "fingerprint")


def poll() -> Poll:
    """A poll with three objects, none of which waits for a list."""
    made = Poll(KEY, snapshot=Snapshot())
    for uid, words, every_list in (
        ("by name", {"pcx-1"}, False),
        ("another name", {"pcx-2"}, False),
        ("every list", {"pcx-2"}, True),
    ):
        made.subscriptions[uid] = Subscription(
            frozenset(words), SecretKey("here", "atlas-api"), every_list=every_list, waiting=False
        )
    return made


def test_a_list_without_news_wakes_who_reads_each_list_and_nobody_else() -> None:
    assert list(poll().concerned(frozenset(), Snapshot())) == ["every list"]


def test_a_changed_row_wakes_who_means_it_too() -> None:
    assert list(poll().concerned(frozenset({"pcx-1"}), Snapshot())) == ["by name", "every list"]


def with_condition() -> Poll:
    """A poll with an object that is concerned by rows that are large, as the last list shows them."""
    rows = [{"name": "a", "size": 1}, {"name": "b", "size": 9}]
    made = Poll(KEY, snapshot=NOTHING.succeeded_by(rows, ROWS, asked_at=1.0, now=NOW))
    made.subscriptions["large"] = Subscription(
        frozenset(), SecretKey("here", "atlas-api"), where=lambda row: row["size"] > 5, waiting=False
    )
    return made


def test_a_row_that_a_condition_is_true_of_wakes_who_set_it_as_it_comes_and_as_it_goes() -> None:
    poll = with_condition()
    before, present = NOTHING, poll.snapshot
    assert present is not None

    assert list(poll.concerned(frozenset({"b"}), before)) == ["large"]
    assert list(poll.concerned(frozenset({"a"}), before)) == []

    poll.snapshot = before  # the row is gone
    assert list(poll.concerned(frozenset({"b"}), present)) == ["large"]


def test_a_condition_finds_rows_that_no_word_finds() -> None:
    snapshot = with_condition().snapshot
    assert snapshot is not None

    assert set(snapshot.concerning((), lambda row: row["size"] > 5)) == {"b"}
    assert set(snapshot.concerning({"a"}, lambda row: row["size"] > 5)) == {"a", "b"}
    assert set(snapshot.concerning({"a"})) == {"a"}
