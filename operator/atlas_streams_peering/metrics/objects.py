"""Metrics of each object.

They are collected from the store at each scrape, so a series ends with its object.
"""

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ..controller.store import Entry
from .names import PREFIX

_OBJECT: Final = ("kind", "namespace", "name")
"""Labels of every series about one object."""

_Names = tuple[str, str, str]
"""Their values."""


class ObjectMetrics(Collector):
    """The conditions, the connection and the expiry of each object of every kind."""

    def __init__(self, entries: Iterable[Entry], *, shown: Callable[[], bool]) -> None:
        self._entries, self._shown = entries, shown

    def collect(self) -> Iterable[Metric]:
        """Return the metrics, without series if this replica is not the leader."""
        # By name: if a deletion was missed, the store has two objects of one name, and Prometheus accepts no series
        # twice.
        known = {_names(entry): entry for entry in self._entries if not entry.dropped} if self._shown() else {}
        yield _counts(known.values())
        yield _conditions(known)
        yield _infos(known)
        yield _expirations(known)


def _counts(entries: Iterable[Entry]) -> Metric:
    family = GaugeMetricFamily(
        f"{PREFIX}_objects", "Objects by kind and reason of the Ready condition.", labels=["kind", "reason"]
    )
    tally = Tally((entry.kind.resource.kind, _ready_reason(entry)) for entry in entries)
    for (kind, reason), number in sorted(tally.items()):
        family.add_metric([kind, reason], number)
    return family


def _ready_reason(entry: Entry) -> str:
    ready = entry.resource.status.condition("Ready")
    return ready.reason if ready else "None"


def _conditions(known: Mapping[_Names, Entry]) -> Metric:
    family = GaugeMetricFamily(
        f"{PREFIX}_object_condition",
        "1 for each condition of each object, with its present status and reason.",
        labels=[*_OBJECT, "type", "status", "reason"],
    )
    for named, entry in known.items():
        for condition in entry.resource.status.conditions:
            family.add_metric([*named, condition.type, condition.status, condition.reason], 1.0)
    return family


def _infos(known: Mapping[_Names, Entry]) -> Metric:
    family = GaugeMetricFamily(
        f"{PREFIX}_object_info",
        "1 for each object: the connection or peering that it manages, and whether it is suspended.",
        labels=[*_OBJECT, "connection", "suspended"],
    )
    for named, entry in known.items():
        suspended = "true" if entry.obj.spec.get("suspend") is True else "false"
        family.add_metric([*named, entry.resource.status.connection or "", suspended], 1.0)
    return family


def _expirations(known: Mapping[_Names, Entry]) -> Metric:
    family = GaugeMetricFamily(
        f"{PREFIX}_request_expiration_timestamp_seconds",
        "When the pending request that an object manages expires, in Unix time.",
        labels=[*_OBJECT, "connection"],
    )
    for named, entry in known.items():
        expires = entry.resource.status.request_expires_at
        if expires is not None:
            family.add_metric([*named, entry.resource.status.connection or ""], expires.timestamp())
    return family


def _names(entry: Entry) -> _Names:
    return (entry.kind.resource.kind, entry.obj.namespace, entry.obj.name)
