"""Metrics of the operator's own work, with the names of controller-runtime and client-go if they mean the same."""

from collections import Counter as Tally
from collections.abc import Iterable, Sized
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ..controller.controller import Result
from ..controller.store import Entry

_RECONCILE_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_QUEUE_SECONDS: Final = (0.001, 0.01, 0.1, 1, 10, 60, 300)


class ReconcileMetrics:
    """Results of reconciles. As in controller-runtime, the name of a controller is its kind in lower case."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._total = Counter(
            "controller_runtime_reconcile",
            "Reconciles by kind and result.",
            ["controller", "result"],
            registry=registry,
        )
        self._errors = Counter(
            "controller_runtime_reconcile_errors",
            "Reconciles that ended in an error, by kind.",
            ["controller"],
            registry=registry,
        )
        self._seconds = Histogram(
            "controller_runtime_reconcile_time_seconds",
            "Time that a reconcile took, by kind.",
            ["controller"],
            buckets=_RECONCILE_SECONDS,
            registry=registry,
        )

    def serve(self, kinds: Iterable[str]) -> None:
        """Export series for each of these kinds from the start."""
        for kind in kinds:
            controller = controller_of(kind)
            self._errors.labels(controller)
            self._seconds.labels(controller)
            for result in Result:
                self._total.labels(controller, result)

    def reconciled(self, kind: str, result: Result, seconds: float) -> None:
        """Count a reconcile."""
        controller = controller_of(kind)
        self._total.labels(controller, result).inc()
        self._seconds.labels(controller).observe(seconds)
        if result is Result.ERROR:
            self._errors.labels(controller).inc()


class QueueMetrics:
    """Metrics of the queues."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._adds = Counter("workqueue_adds", "Items added to a queue.", ["name"], registry=registry)
        self._waited = Histogram(
            "workqueue_queue_duration_seconds",
            "Time that an item waited in a queue.",
            ["name"],
            buckets=_QUEUE_SECONDS,
            registry=registry,
        )
        self._worked = Histogram(
            "workqueue_work_duration_seconds",
            "Time that the work on an item of a queue took.",
            ["name"],
            buckets=_QUEUE_SECONDS,
            registry=registry,
        )

    def of(self, name: str) -> "QueueObserver":
        """Return the observer of the queue with this name."""
        return QueueObserver(self._adds.labels(name), self._waited.labels(name), self._worked.labels(name))


class QueueObserver:
    """Observes one queue."""

    def __init__(self, adds: Counter, waited: Histogram, worked: Histogram) -> None:
        self._adds, self._waited, self._worked = adds, waited, worked

    def added(self) -> None:
        """Count an item that was added."""
        self._adds.inc()

    def started(self, waited: float) -> None:
        """Record how long an item waited, in seconds."""
        self._waited.observe(waited)

    def finished(self, worked: float) -> None:
        """Record how long the work on an item took, in seconds."""
        self._worked.observe(worked)


class WorkGauges(Collector):
    """The amount of work that waits and that is in progress."""

    def __init__(self, kinds: Iterable[str], entries: Iterable[Entry], queues: Iterable[tuple[str, Sized]]) -> None:
        self._kinds, self._entries, self._queues = tuple(kinds), entries, tuple(queues)

    def collect(self) -> Iterable[Metric]:
        """Return the metrics."""
        working = GaugeMetricFamily(
            "controller_runtime_active_workers", "Objects that are being reconciled, by kind.", labels=["controller"]
        )
        tally = Tally(entry.kind.resource.kind for entry in self._entries if entry.slot.working)
        for kind in self._kinds:
            working.add_metric([controller_of(kind)], tally[kind])
        yield working
        depth = GaugeMetricFamily("workqueue_depth", "Items that wait in a queue.", labels=["name"])
        for name, waiting in self._queues:
            depth.add_metric([name], len(waiting))
        yield depth


def controller_of(kind: str) -> str:
    """Return the name of the controller of a kind."""
    return kind.lower()
