"""What list shows of connections."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from atlas_streams_peering.plugin.output import Format, Listing, Style, render
from atlas_streams_peering.plugin.owners import Ownership
from atlas_streams_peering.plugin.peerings import Peering, columns, in_order, item_of, summary
from unit.kinds.streams_vpc_peering.builders import ACCOUNT, CIDR, NAME, PROJECT, SECOND, THIRD, VPC
from unit.plugin.builders import MATCHING, OWNER, peering

NOW = datetime(2024, 12, 12, 7, 20, 58, tzinfo=UTC)
MANAGED = Ownership(OWNER)


def cell(one: Peering, title: str, *, wide: bool = False) -> Any:
    (column,) = [one for one in columns(several_projects=wide, now=NOW) if one.title == title]
    return column.cell(item_of(one))


def test_json_names_what_atlas_says_and_who_manages() -> None:
    assert item_of(peering("active", ownership=MANAGED, expiration_time="2024-12-18T19:20:37Z")) == {
        "name": NAME,
        "id": "6759e61aa6cf0a5476e233d1",
        "projectId": PROJECT,
        "cloudStatus": "active",
        "localStatus": "NONE",
        "requester": {"accountId": ACCOUNT, "vpcId": VPC, "cidr": CIDR},
        "accepter": {"accountId": "974404375205", "vpcId": "vpc-0ddfd37072cc5ed61"},
        "created": "2024-12-11T19:20:58Z",
        "management": "object",
        "managedBy": {"kind": "StreamsVpcPeering", "namespace": "team-a", "name": "kafka", "reason": "Active"},
    }


def test_json_does_not_change_with_time_alone() -> None:
    assert item_of(peering("pending-acceptance", expiration_time="2024-12-18T19:20:37Z"))["pendingUntil"] == (
        "2024-12-18T19:20:37Z"
    )


@pytest.mark.parametrize(
    ("status", "expiration", "shown", "style"),
    [
        ("pending-acceptance", "2024-12-18T19:20:37Z", "6d11h", Style.WAITING),
        ("pending-acceptance", "2024-12-12T08:20:58Z", "60m", Style.BAD),
        ("pending-acceptance", "2024-12-12T07:00:00Z", "overdue", Style.BAD),
        ("pending-acceptance", None, "-", Style.PLAIN),
        ("active", "2024-12-18T19:20:37Z", "-", Style.PLAIN),
    ],
)
def test_only_a_pending_request_expires(status: str, expiration: str | None, shown: str, style: Style) -> None:
    found = cell(peering(status, expiration_time=expiration), "EXPIRES")

    assert (found.text, found.style) == (shown, style)


@pytest.mark.parametrize(
    ("one", "text", "style"),
    [
        (peering(ownership=MANAGED), "team-a/kafka", Style.PLAIN),
        (peering(), "nobody", Style.BAD),
        (peering("expired"), "-", Style.DIM),
        (peering(ownership=Ownership(None, (MATCHING,))), "nobody (matches team-b/stream)", Style.BAD),
        (peering(certain=False), "unknown", Style.WAITING),
    ],
)
def test_who_manages_a_connection_is_said(one: Peering, text: str, style: Style) -> None:
    assert (cell(one, "MANAGED BY").text, cell(one, "MANAGED BY").style) == (text, style)


def test_what_may_need_somebody_comes_first() -> None:
    given = [
        peering("deleted", name="pcx-5"),
        peering("active", name="pcx-4"),
        peering("odd-new-word", name="pcx-3"),
        peering("pending-acceptance", name="pcx-2", expiration_time="2024-12-18T19:20:37Z"),
        peering("pending-acceptance", name="pcx-1", expiration_time="2024-12-19T19:20:37Z"),
    ]

    assert [one.name for one in in_order(given)] == ["pcx-2", "pcx-1", "pcx-4", "pcx-3", "pcx-5"]


def test_forgotten_connections_are_pointed_out() -> None:
    (active, pending) = summary(
        [peering(name=NAME), peering("pending-acceptance", name=SECOND), peering(name=THIRD, ownership=MANAGED)]
    )

    assert active.startswith(f"1 active connection is managed by nobody and may cost money: {NAME}. Let the operator")
    assert pending == f"1 request waits for somebody to accept or reject: {SECOND}."


def test_nothing_is_called_forgotten_while_objects_are_unknown() -> None:
    assert summary([peering(certain=False), peering("expired")]) == []


def test_a_summary_names_a_few() -> None:
    (sentence,) = summary([peering(name=f"pcx-{number}") for number in range(5)])

    assert sentence.startswith(
        "5 active connections are managed by nobody and may cost money: pcx-0, pcx-1, pcx-2 and 2"
    )


@pytest.mark.parametrize(("several", "there"), [(True, True), (False, False)])
def test_the_project_is_a_column_where_there_are_several(*, several: bool, there: bool) -> None:
    listing = Listing([item_of(peering())], columns(several_projects=several, now=NOW), name=str)

    assert ("PROJECT" in render(listing, Format.TABLE)) is there
    assert "PROJECT" in render(listing, Format.WIDE)


def test_the_age_is_that_of_the_row_in_atlas() -> None:
    assert cell(peering(), "AGE") == "12h"
    assert NOW - datetime(2024, 12, 11, 19, 20, 58, tzinfo=UTC) == timedelta(hours=12)
