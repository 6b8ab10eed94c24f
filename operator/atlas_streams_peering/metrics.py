"""Prometheus metrics, read from the live state when they are asked for."""

import time
from collections import Counter as Tally
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .atlas.client import Atlas
from .controller.resources import Resource
from .polling.looks import Look

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
            "Time that Atlas takes to answer.",
            ["operation"],
            registry=self.registry,
        )
        self._retries = Counter(
            f"{_PREFIX}_atlas_retries",
            "Requests to Atlas that the operator retried.",
            ["operation"],
            registry=self.registry,
        )
        self._time_to_active = Histogram(
            f"{_PREFIX}_time_to_active_seconds",
            "Time from when the operator first sees an object until its connection is active.",
            buckets=(1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 21600, 86400, 604800),
            registry=self.registry,
        )
        self._leading = Gauge(
            f"{_PREFIX}_leader", "1 while this replica is the leader, 0 while it stands by.", registry=self.registry
        )
        self._missed = Counter(
            f"{_PREFIX}_watch_missed_changes",
            "Changes that the watch missed and that a comparison with a list found.",
            registry=self.registry,
        )

    def atlas_request(self, operation: str, _project: str, status: int | None, seconds: float) -> None:
        """Count a request to Atlas."""
        self._requests.labels(operation, "none" if status is None else str(status)).inc()
        self._seconds.labels(operation).observe(seconds)

    def atlas_retry(self, operation: str) -> None:
        """Count a request that is retried."""
        self._retries.labels(operation).inc()

    def became_active(self, seconds: float) -> None:
        """Note how long an object took."""
        self._time_to_active.observe(seconds)

    def missed_change(self) -> None:
        """Count a change that the watch missed."""
        self._missed.inc()

    def watch_leading(self, leads: Callable[[], bool]) -> None:
        """Report whether this replica is the leader."""
        self._leading.set_function(lambda: float(leads()))

    def watch_looks(self, looks: Iterable[Look]) -> None:
        """Report the time of the last successful poll of each project."""
        self.registry.register(_Reader(lambda: _last_looks(looks)))

    def watch_objects(
        self, kind: str, resources: Iterable[Resource], *, leads: Callable[[], bool] = lambda: True
    ) -> None:
        """Report the objects of a kind by the reason of their Ready condition.

        Only the leader reports them, so that a sum over all replicas counts each object once.
        """
        self.registry.register(_Reader(lambda: _objects(kind, resources if leads() else ())))

    def watch_budgets(self, atlas: Atlas) -> None:
        """Report what is left of each project's rate budget, and of each service account's token."""
        self.registry.register(_Reader(lambda: _budgets(atlas)))
        self.registry.register(_Reader(lambda: _tokens(atlas)))


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
        "Requests that the operator may make at once, by project.",
        labels=["project"],
    )
    for project, budget in atlas.budgets.items():
        family.add_metric([project], budget.left)
    return family


def _tokens(atlas: Atlas) -> Metric:
    family = GaugeMetricFamily(
        f"{_PREFIX}_token_expiry_timestamp_seconds",
        "Time at which the operator replaces a service account's token, in Unix time.",
        labels=["client_id"],
    )
    for client_id, seconds_left in atlas.tokens().items():
        family.add_metric([client_id], time.time() + seconds_left)
    return family


def _last_looks(looks: Iterable[Look]) -> Metric:
    family = GaugeMetricFamily(
        f"{_PREFIX}_last_successful_poll_timestamp_seconds",
        "Time of the last successful poll of a project's connections, in Unix time.",
        labels=["project"],
    )
    latest: dict[str, float] = {}
    for look in looks:
        if look.succeeded_at is not None:
            project = look.key.project_id
            latest[project] = max(latest.get(project, 0.0), look.succeeded_at.timestamp())
    for project, moment in sorted(latest.items()):
        family.add_metric([project], moment)
    return family
