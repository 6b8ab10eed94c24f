"""Prometheus metrics, read from the live state when they are asked for."""

from collections import Counter as Tally
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .atlas.client import Atlas
from .reconcile.resources import Resource

_PREFIX = "atlas_streams_peering"


class Metrics:
    """What is counted as it happens, and what is read when asked for."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            f"{_PREFIX}_atlas_requests",
            "Requests to Atlas, by operation and HTTP status (none: no answer).",
            ["operation", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            f"{_PREFIX}_atlas_request_duration_seconds",
            "Time that Atlas took to answer.",
            ["operation"],
            registry=self.registry,
        )
        self.leading = Gauge(
            f"{_PREFIX}_leader", "1 while this replica acts, 0 while it stands by.", registry=self.registry
        )

    def atlas_request(self, operation: str, _project: str, status: int | None, seconds: float) -> None:
        """Count a request to Atlas."""
        self._requests.labels(operation, "none" if status is None else str(status)).inc()
        self._seconds.labels(operation).observe(seconds)

    def watch_objects(self, kind: str, resources: Iterable[Resource]) -> None:
        """Report the objects of a kind by the reason of their Ready condition."""
        self.registry.register(_Reader(lambda: _objects(kind, resources)))

    def watch_budgets(self, atlas: Atlas) -> None:
        """Report what is left of each project's rate budget."""
        self.registry.register(_Reader(lambda: _budgets(atlas)))


class _Reader(Collector):
    def __init__(self, read: Callable[[], Metric]) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        yield self._read()


def _objects(kind: str, resources: Iterable[Resource]) -> Metric:
    family = GaugeMetricFamily(
        f"{_PREFIX}_objects", "Objects by kind and reason of the Ready condition.", labels=["kind", "reason"]
    )
    for reason, number in sorted(Tally(_ready_reason(resource) for resource in resources).items()):
        family.add_metric([kind, reason], number)
    return family


def _ready_reason(resource: Resource) -> str:
    conditions = resource.status.get("conditions") or ()
    return next((str(c["reason"]) for c in conditions if c["type"] == "Ready"), "None")


def _budgets(atlas: Atlas) -> Metric:
    family = GaugeMetricFamily(
        f"{_PREFIX}_atlas_rate_budget_left",
        "Requests that may be made at once, by project.",
        labels=["project"],
    )
    for project, budget in atlas.budgets.items():
        family.add_metric([project], budget.left)
    return family
