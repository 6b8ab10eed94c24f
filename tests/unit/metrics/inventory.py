"""Every metric that an operator at work exports, with its type and its labels.

Alerts, dashboard and documentation go by it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.atlas.client import Atlas
from atlas_streams_peering.confluent.client import Confluent
from atlas_streams_peering.controller.controller import Result
from atlas_streams_peering.controller.namespaces import Namespaces
from atlas_streams_peering.controller.store import Store
from atlas_streams_peering.kinds.resources import KINDS
from atlas_streams_peering.metrics import Metrics
from atlas_streams_peering.polling.poll import Poll, PollKey, Source
from atlas_streams_peering.polling.snapshot import RowFormat
from unit.kinds.entries import URL, body, put

KIND = "StreamsVpcPeering"


class Exported(NamedTuple):
    """One metric, as its documentation names it."""

    type: str
    labels: frozenset[str]
    """Those that a histogram's own ``le`` is no part of."""


class _Tokens(Atlas):
    def tokens(self) -> dict[str, float]:
        return {"mdb_sa_id_1": 60.0}


@cache
def exported() -> dict[str, Exported]:
    """Return the metrics by their names; counters with their ``_total``."""
    found: dict[str, Exported] = {}
    for family in _at_work().collect():
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        assert family.samples, f"{name} has no series: let the operator in this module have one"
        found[name] = Exported(family.type, frozenset(labels))
    return found


def series() -> dict[str, frozenset[str]]:
    """Return the labels of each name that a query may use."""
    return dict(_series())


def _series() -> Iterator[tuple[str, frozenset[str]]]:
    for name, (kind, labels) in exported().items():
        if kind == "histogram":
            yield f"{name}_bucket", labels | {"le"}
            yield f"{name}_count", labels
            yield f"{name}_sum", labels
        else:
            yield name, labels


def _at_work() -> CollectorRegistry:
    metrics, store, namespaces = Metrics(), Store(), Namespaces()
    pending: dict[str, Any] = {"connectionName": "pcx-0a", "pendingUntil": "2024-12-18T19:20:37Z"}
    put(store, KIND, body("orders", ("Ready", "False", "Suspended"), **pending))
    metrics.watch_leading(lambda: True)
    metrics.watch_objects(store)
    metrics.watch_work((kind.kind for kind in KINDS), store, [("objects", ()), ("polls", ())])
    namespaces.listed("team-a", KIND)
    metrics.watch_namespaces(namespaces)
    atlas, confluent = _Tokens(URL), Confluent(URL)
    atlas.budget("671a86f4cfc9da7d7c31b14f")
    confluent.budget("env-1")
    metrics.watch_budgets(atlas, confluent)
    now = datetime.now(UTC)
    metrics.watch_polls([_poll("atlas", "671a86f4cfc9da7d7c31b14f", now), _poll("confluent", "env-1", now)])
    for service in (metrics.atlas, metrics.confluent):
        service.request("list", "scope", 200, 0.1)
        service.retry("list")
    metrics.reconciles.reconciled(KIND, Result.SUCCESS, 0.1)
    for name in ("objects", "polls"):
        queue = metrics.queues.of(name)
        queue.added()
        queue.started(0.1)
        queue.finished(0.1)
    metrics.became_ready(next(iter(store)), Reason.ACTIVE)
    metrics.missed_change()
    return metrics.registry


def _poll(service: str, scope: str, at: datetime) -> Poll:
    async def fetch(*_arguments: object) -> tuple[()]:
        return ()

    rows: RowFormat[object] = RowFormat(name=str, parse=dict, tokens=lambda _row: (), progress=lambda row: row)
    return Poll(PollKey(Source("list", fetch, rows, service=service), scope, "fingerprint"), succeeded_at=at)
