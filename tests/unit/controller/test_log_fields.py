"""A log line about an object has fields that name it."""

import logging
from typing import Any

import pytest

from atlas_streams_peering.controller.log_fields import FIELDS, about
from atlas_streams_peering.controller.store import Store
from unit.clock import VIRTUAL_TIME
from unit.controller.path_world import World
from unit.kinds.entries import NAMESPACE, body, put


def test_what_is_known_of_an_object_is_in_its_fields() -> None:
    entry = put(Store(), "StreamsVpcPeering", body("orders", connectionName="pcx-0a"))

    assert about(entry, "Active") == {
        FIELDS: {
            "kind": "StreamsVpcPeering",
            "namespace": NAMESPACE,
            "name": "orders",
            "reason": "Active",
            "connection": "pcx-0a",
        }
    }


def test_what_is_not_known_is_left_out() -> None:
    entry = put(Store(), "StreamsAccountDetails", body("network"))

    assert about(entry) == {FIELDS: {"kind": "StreamsAccountDetails", "namespace": NAMESPACE, "name": "network"}}


def fields(record: logging.LogRecord) -> dict[str, Any]:
    found: dict[str, Any] = getattr(record, FIELDS, {})
    return found


@VIRTUAL_TIME
async def test_each_event_is_a_log_line_with_fields(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with World() as world:
        world.service.set("r", "pending")
        world.create(row="r")
        await world.until_reason("Active")
        await world.passing(1)

        logged = [(one["kind"], one["namespace"], one["name"], one["reason"]) for one in map(fields, caplog.records)]
        assert logged == [("Widget", "streams", "one", reason) for reason in world.events.reasons]
        assert len(logged) == 2


def broken(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError


@VIRTUAL_TIME
async def test_a_reconcile_that_fails_is_a_log_line_with_fields(caplog: pytest.LogCaptureFixture) -> None:
    async with World() as world:
        world.kind.decide = broken  # type: ignore[method-assign]
        world.create(row="r")
        await world.until(lambda: "unexpected error" in caplog.text)

        (failed, *_) = (record for record in caplog.records if "unexpected error" in record.getMessage())
        assert fields(failed) == {"kind": "Widget", "namespace": "streams", "name": "one"}
