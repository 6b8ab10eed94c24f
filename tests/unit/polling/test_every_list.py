"""Which objects a list wakes: those whose rows changed, and those that read each list."""

from collections.abc import Collection
from typing import Any

from atlas_streams_peering.polling.poll import Poll, PollKey, SecretKey, Source, Subscription
from atlas_streams_peering.polling.snapshot import RawRow, RowFormat, Snapshot
from atlas_streams_peering.transport.credentials import Credentials


async def nothing(_credentials: Credentials, _key: PollKey) -> Collection[RawRow]:
    return ()


ROWS: RowFormat[Any] = RowFormat(
    name=lambda row: row["name"], parse=dict, tokens=lambda _: (), progress=lambda row: row
)
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
