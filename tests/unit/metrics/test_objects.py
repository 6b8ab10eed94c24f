"""Series that name objects: one per condition, connection and expiry; they go when the object goes."""

from collections.abc import Iterator
from typing import Any

import pytest

from atlas_streams_peering.controller.store import Store
from atlas_streams_peering.kinds.resources import KINDS
from atlas_streams_peering.metrics import Metrics
from unit.kinds.entries import NAMESPACE, all_kinds, body, put

PREFIX = "atlas_streams_peering"
EVERY_KIND = pytest.mark.parametrize("kind", [resource.kind for resource in KINDS])
NAMING = (f"{PREFIX}_object_condition", f"{PREFIX}_object_info", f"{PREFIX}_request_expiration_timestamp_seconds")


class Shown:
    """What a replica exports."""

    def __init__(self) -> None:
        self.store, self.metrics, self.leads = Store(), Metrics(), True
        self.metrics.watch_objects(self.store, leads=lambda: self.leads)

    def series(self, *names: str) -> list[dict[str, str]]:
        """Return the labels of all series of these metrics."""
        return [dict(labels) for labels, _ in self._samples(names)]

    def values(self, name: str) -> list[float]:
        return [value for _, value in self._samples((name,))]

    def _samples(self, names: tuple[str, ...]) -> Iterator[tuple[dict[str, str], float]]:
        for family in self.metrics.registry.collect():
            for sample in family.samples:
                if sample.name in names:
                    yield sample.labels, sample.value


@pytest.fixture
def shown() -> Shown:
    return Shown()


def test_the_kinds_that_are_reconciled_are_all_kinds() -> None:
    assert set(all_kinds()) == {resource.kind for resource in KINDS}


@EVERY_KIND
def test_each_condition_of_each_object_is_a_series(shown: Shown, kind: str) -> None:
    put(
        shown.store,
        kind,
        body("orders", ("Ready", "False", "Refused"), ("Synced", "True", "Observed"), ("Stalled", "True", "Refused")),
    )

    named = {"kind": kind, "namespace": NAMESPACE, "name": "orders"}
    assert shown.series(f"{PREFIX}_object_condition") == [
        {**named, "type": "Ready", "status": "False", "reason": "Refused"},
        {**named, "type": "Synced", "status": "True", "reason": "Observed"},
        {**named, "type": "Stalled", "status": "True", "reason": "Refused"},
    ]
    assert set(shown.values(f"{PREFIX}_object_condition")) == {1.0}


@EVERY_KIND
def test_the_series_of_an_object_go_with_it(shown: Shown, kind: str) -> None:
    gone = put(shown.store, kind, body("gone", ("Ready", "True", "Active"), pendingUntil="2024-12-18T19:20:37Z"))
    put(shown.store, kind, body("stays", ("Ready", "True", "Active")))

    shown.store.retire(gone)

    assert {labels["name"] for labels in shown.series(*NAMING)} == {"stays"}
    assert shown.values(f"{PREFIX}_objects") == [1.0]


@EVERY_KIND
def test_a_successor_of_the_same_name_takes_the_place_of_an_object_whose_end_was_missed(
    shown: Shown, kind: str
) -> None:
    put(shown.store, kind, body("orders", ("Ready", "True", "Active"), pendingUntil="2024-12-18T19:20:37Z"))
    successor = body("orders", ("Ready", "True", "Active"), pendingUntil="2025-12-18T19:20:37Z", version=2)
    successor["metadata"]["uid"] = "another"
    put(shown.store, kind, successor)

    series = shown.series(*NAMING)
    assert len(series) == len({tuple(labels.items()) for labels in series})
    assert shown.values(f"{PREFIX}_objects") == [1.0]


@EVERY_KIND
def test_an_object_that_no_operator_has_seen_has_no_condition(shown: Shown, kind: str) -> None:
    put(shown.store, kind, body("new"))

    assert shown.series(f"{PREFIX}_object_condition") == []
    assert shown.series(f"{PREFIX}_objects") == [{"kind": kind, "reason": "None"}]
    assert [labels["name"] for labels in shown.series(f"{PREFIX}_object_info")] == ["new"]


@EVERY_KIND
def test_a_new_reason_takes_the_place_of_the_old_one(shown: Shown, kind: str) -> None:
    put(shown.store, kind, body("orders", ("Ready", "False", "Provisioning")))
    put(shown.store, kind, body("orders", ("Ready", "True", "Active"), version=2))

    (only,) = shown.series(f"{PREFIX}_object_condition")
    assert (only["status"], only["reason"]) == ("True", "Active")


@EVERY_KIND
def test_a_replica_that_stands_by_names_no_object(shown: Shown, kind: str) -> None:
    put(shown.store, kind, body("orders", ("Ready", "True", "Active"), pendingUntil="2024-12-18T19:20:37Z"))

    shown.leads = False

    assert shown.series(*NAMING, f"{PREFIX}_objects") == []


def test_a_status_that_does_not_parse_is_no_reason_to_show_nothing(shown: Shown) -> None:
    put(shown.store, "StreamsVpcPeering", body("odd", ("Ready", "True", "Active"), requester=["what?"]))

    assert [labels["reason"] for labels in shown.series(f"{PREFIX}_object_condition")] == ["Active"]


@pytest.mark.parametrize(
    ("kind", "status", "connection"),
    [
        ("StreamsVpcPeering", {"connectionName": "pcx-0a"}, "pcx-0a"),
        ("StreamsOutboundVpcPeering", {"connectionName": "pcx-0b", "peerId": "p"}, "pcx-0b"),
        ("ConfluentPeering", {"peeringId": "peer-1"}, "peer-1"),
        ("StreamsAccountDetails", {"vpcId": "vpc-1"}, ""),
        ("StreamsVpcPeeringPolicy", {"matching": 1}, ""),
    ],
)
def test_an_object_is_shown_with_the_connection_that_it_manages(
    shown: Shown, kind: str, status: dict[str, Any], connection: str
) -> None:
    put(shown.store, kind, body("orders", **status))

    named = {"kind": kind, "namespace": NAMESPACE, "name": "orders"}
    assert shown.series(f"{PREFIX}_object_info") == [{**named, "connection": connection, "suspended": "false"}]


@EVERY_KIND
def test_a_suspended_object_says_so(shown: Shown, kind: str) -> None:
    suspended = body("orders")
    suspended["spec"]["suspend"] = True
    put(shown.store, kind, suspended)

    assert [labels["suspended"] for labels in shown.series(f"{PREFIX}_object_info")] == ["true"]


def test_a_pending_request_has_the_time_at_which_it_expires(shown: Shown) -> None:
    until: dict[str, Any] = {"connectionName": "pcx-0a", "expirationTime": "2024-12-18T19:20:37Z"}
    put(shown.store, "StreamsVpcPeering", body("pending", pendingUntil="2024-12-18T19:20:37Z", **until))
    put(shown.store, "StreamsVpcPeering", body("accepted", **until))
    put(shown.store, "StreamsVpcPeering", body("odd", pendingUntil="soon"))

    name = f"{PREFIX}_request_expiration_timestamp_seconds"
    assert shown.series(name) == [
        {"kind": "StreamsVpcPeering", "namespace": NAMESPACE, "name": "pending", "connection": "pcx-0a"}
    ]
    assert shown.values(name) == [1734549637.0]
