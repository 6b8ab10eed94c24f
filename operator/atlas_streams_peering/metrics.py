"""Prometheus metrics, read from the live state when they are asked for."""

import time
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .api.conditions import Reason
from .atlas.client import Atlas
from .atlas.rate_limit import project_of, share_of
from .confluent.client import Confluent
from .controller.namespaces import Namespaces
from .controller.store import Entry
from .polling.poll import Poll
from .transport.budget import RateBudget

_PREFIX = "atlas_streams_peering"


class ServiceMetrics:
    """The requests to one service."""

    def __init__(self, name: str, title: str, registry: CollectorRegistry) -> None:
        prefix = f"{_PREFIX}_{name}"
        self._requests = Counter(
            f"{prefix}_requests",
            f"Requests to {title}, by operation and HTTP status (none: no answer).",
            ["operation", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            f"{prefix}_request_duration_seconds",
            f"Time that {title} took to answer.",
            ["operation"],
            registry=registry,
        )
        self._retries = Counter(
            f"{prefix}_retries", f"Reads of {title} that were tried again.", ["operation"], registry=registry
        )

    def request(self, operation: str, _scope: str, status: int | None, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(operation, "none" if status is None else str(status)).inc()
        self._seconds.labels(operation).observe(seconds)

    def retry(self, operation: str) -> None:
        """Count a read that is tried again."""
        self._retries.labels(operation).inc()


class Metrics:
    """What is counted as it happens, and what is read when asked for."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.atlas = ServiceMetrics("atlas", "Atlas", self.registry)
        self.confluent = ServiceMetrics("confluent", "Confluent Cloud", self.registry)
        self._time_to_active = Histogram(
            f"{_PREFIX}_time_to_active_seconds",
            "Time from when an object was first seen until its connection was active.",
            buckets=(1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 21600, 86400, 604800),
            registry=self.registry,
        )
        self._leading = Gauge(
            f"{_PREFIX}_leader", "1 while this replica acts, 0 while it stands by.", registry=self.registry
        )
        self._missed = Counter(
            f"{_PREFIX}_watch_missed_changes",
            "Changes that the watch has not shown, and that only a comparison with a list has found.",
            registry=self.registry,
        )

    def became_ready(self, entry: Entry, reason: Reason) -> None:
        """Note how long an object took."""
        if reason is Reason.ACTIVE:
            self._time_to_active.observe(time.monotonic() - entry.first_seen)

    def missed_change(self) -> None:
        """Count a change that the watch has not shown."""
        self._missed.inc()

    def watch_leading(self, leads: Callable[[], bool]) -> None:
        """Report whether this replica acts."""
        self._leading.set_function(lambda: float(leads()))

    def watch_polls(self, polls: Iterable[Poll]) -> None:
        """Report when each project and each environment was last polled with success."""
        self.registry.register(_Reader(lambda: _last_polls(polls, "atlas", "", _ATLAS)))
        self.registry.register(_Reader(lambda: _last_polls(polls, "confluent", "confluent_", _CONFLUENT)))

    def watch_objects(self, entries: Iterable[Entry], *, leads: Callable[[], bool] = lambda: True) -> None:
        """Report the objects of all kinds by the reason of their Ready condition.

        Only the replica that acts does: a sum over all replicas counts each object once.
        """
        self.registry.register(_Reader(lambda: _objects(entries if leads() else ())))

    def watch_namespaces(self, namespaces: Namespaces) -> None:
        """Report which of the namespaces that the operator is told to watch it can list."""
        self.registry.register(_Reader(lambda: _readable(namespaces)))

    def watch_budgets(self, atlas: Atlas, confluent: Confluent) -> None:
        """Report what is left of each project's and environment's rate budget, and of each service account's token."""
        self.registry.register(_Reader(lambda: _budgets("atlas", _ATLAS, atlas.budgets)))
        self.registry.register(_Reader(lambda: _budgets("confluent", _CONFLUENT, confluent.budgets)))
        self.registry.register(_Reader(lambda: _tokens(atlas)))


class _Reader(Collector):
    def __init__(self, read: Callable[[], Metric]) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        yield self._read()


def _objects(entries: Iterable[Entry]) -> Metric:
    family = GaugeMetricFamily(
        f"{_PREFIX}_objects", "Objects by kind and reason of the Ready condition.", labels=["kind", "reason"]
    )
    tally = Tally((entry.kind.resource.kind, _ready_reason(entry)) for entry in entries)
    for (kind, reason), number in sorted(tally.items()):
        family.add_metric([kind, reason], number)
    return family


def _ready_reason(entry: Entry) -> str:
    ready = entry.resource.status.condition("Ready")
    return ready.reason if ready else "None"


@dataclass(frozen=True, slots=True)
class _Scopes:
    """How the scopes of a service are shown."""

    words: str
    labels: tuple[str, ...]
    values: Callable[[str], tuple[str, ...]]


_ATLAS = _Scopes(
    "project and set of endpoints",
    ("project", "endpoints"),
    lambda scope: (project_of(scope), share_of(scope).endpoints),
)
_CONFLUENT = _Scopes("environment", ("environment",), lambda scope: (scope,))


def _readable(namespaces: Namespaces) -> Metric:
    family = GaugeMetricFamily(
        f"{_PREFIX}_namespace_readable",
        "1 where the operator can list the objects of a namespace in WATCH_NAMESPACES, 0 where it is refused.",
        labels=["namespace"],
    )
    for namespace, readable in namespaces.readable.items():
        family.add_metric([namespace], float(readable))
    return family


def _budgets(service: str, scopes: _Scopes, budgets: Mapping[str, RateBudget]) -> Metric:
    family = GaugeMetricFamily(
        f"{_PREFIX}_{service}_rate_budget_left",
        f"Requests that may be made at once, by {scopes.words}.",
        labels=scopes.labels,
    )
    for scope, budget in budgets.items():
        family.add_metric(scopes.values(scope), budget.left)
    return family


def _tokens(atlas: Atlas) -> Metric:
    family = GaugeMetricFamily(
        f"{_PREFIX}_token_expiry_timestamp_seconds",
        "When a service account's token will be replaced, in Unix time.",
        labels=["client_id"],
    )
    for client_id, seconds_left in atlas.tokens().items():
        family.add_metric([client_id], time.time() + seconds_left)
    return family


def _last_polls(polls: Iterable[Poll], service: str, prefix: str, scopes: _Scopes) -> Metric:
    family = GaugeMetricFamily(
        f"{_PREFIX}_{prefix}last_successful_poll_timestamp_seconds",
        f"When Atlas or Confluent Cloud was last polled with success, by {scopes.words}, in Unix time.",
        labels=scopes.labels,
    )
    latest: dict[str, float] = {}
    for poll in polls:
        if poll.succeeded_at is not None and poll.key.source.service == service:
            latest[poll.key.scope] = max(latest.get(poll.key.scope, 0.0), poll.succeeded_at.timestamp())
    for scope, moment in sorted(latest.items()):
        family.add_metric(scopes.values(scope), moment)
    return family
