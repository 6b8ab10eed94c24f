"""All metrics of the operator, in one registry."""

import time
from collections.abc import Callable, Iterable, Sized

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .. import __version__
from ..api.conditions import Reason
from ..atlas.client import Atlas
from ..confluent.client import Confluent
from ..controller.namespaces import Namespaces
from ..controller.store import Entry
from ..polling.poll import Poll
from .names import PREFIX
from .objects import ObjectMetrics
from .services import ATLAS, CONFLUENT, ServiceMetrics, budgets, last_polls, tokens
from .work import QueueMetrics, ReconcileMetrics, WorkGauges

# Without the second series with the creation time of each counter and histogram, which nothing uses.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """Metrics that are counted when something happens, and metrics that are collected at a scrape."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        Gauge(f"{PREFIX}_build_info", "1, with the version of the operator.", ["version"], registry=registry).labels(
            __version__
        ).set(1)
        self.atlas = ServiceMetrics("atlas", "Atlas", registry)
        self.confluent = ServiceMetrics("confluent", "Confluent Cloud", registry)
        self.reconciles = ReconcileMetrics(registry)
        self.queues = QueueMetrics(registry)
        self._time_to_active = Histogram(
            f"{PREFIX}_time_to_active_seconds",
            "Time from when an object was first seen until its connection was active.",
            buckets=(1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 21600, 86400, 604800),
            registry=registry,
        )
        self._leading = Gauge(f"{PREFIX}_leader", "1 while this replica acts, 0 while it stands by.", registry=registry)
        self._missed = Counter(
            f"{PREFIX}_watch_missed_changes",
            "Changes that the watch has not shown, and that only a comparison with a list has found.",
            registry=registry,
        )

    def became_ready(self, entry: Entry, reason: Reason) -> None:
        """Record how long an object took."""
        if reason is Reason.ACTIVE:
            self._time_to_active.observe(time.monotonic() - entry.first_seen)

    def missed_change(self) -> None:
        """Count a change that the watch has not shown."""
        self._missed.inc()

    def watch_leading(self, leads: Callable[[], bool]) -> None:
        """Report whether this replica acts."""
        self._leading.set_function(lambda: float(leads()))

    def watch_polls(self, polls: Iterable[Poll]) -> None:
        """Report the time of the last successful poll of each project and environment."""
        self.registry.register(_Reader(lambda: last_polls(polls, "atlas", "", ATLAS)))
        self.registry.register(_Reader(lambda: last_polls(polls, "confluent", "confluent_", CONFLUENT)))

    def watch_objects(self, entries: Iterable[Entry], *, leads: Callable[[], bool] = lambda: True) -> None:
        """Report each object of all kinds, and the number of objects by reason.

        Only the leader reports them, so that a sum over all replicas counts each object once.
        """
        self.registry.register(ObjectMetrics(entries, shown=leads))

    def watch_work(self, kinds: Iterable[str], entries: Iterable[Entry], queues: Iterable[tuple[str, Sized]]) -> None:
        """Report the number of reconciles in progress by kind, and the number of items in these queues."""
        names = tuple(kinds)
        self.reconciles.serve(names)
        self.registry.register(WorkGauges(names, entries, queues))

    def watch_namespaces(self, namespaces: Namespaces) -> None:
        """Report which of the watched namespaces the operator can list."""
        self.registry.register(_Reader(lambda: _readable(namespaces)))

    def watch_budgets(self, atlas: Atlas, confluent: Confluent) -> None:
        """Report the rest of each rate budget, and the expiry of each service account's token."""
        self.registry.register(_Reader(lambda: budgets("atlas", ATLAS, atlas.budgets)))
        self.registry.register(_Reader(lambda: budgets("confluent", CONFLUENT, confluent.budgets)))
        self.registry.register(_Reader(lambda: tokens(atlas)))


class _Reader(Collector):
    def __init__(self, read: Callable[[], Metric]) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        yield self._read()


def _readable(namespaces: Namespaces) -> Metric:
    family = GaugeMetricFamily(
        f"{PREFIX}_namespace_readable",
        "1 where the operator can list the objects of a namespace in WATCH_NAMESPACES, 0 where it is refused.",
        labels=["namespace"],
    )
    for namespace, readable in namespaces.readable.items():
        family.add_metric([namespace], float(readable))
    return family
