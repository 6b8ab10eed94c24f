"""Metrics of the services: requests to each, its rate budgets, its tokens, and its polls."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric

from ..atlas.client import Atlas
from ..atlas.rate_limit import project_of, share_of
from ..polling.poll import Poll
from ..transport.budget import RateBudget
from .names import PREFIX


class ServiceMetrics:
    """The requests to one service."""

    def __init__(self, name: str, title: str, registry: CollectorRegistry) -> None:
        prefix = f"{PREFIX}_{name}"
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


@dataclass(frozen=True, slots=True)
class Scopes:
    """The labels for the scopes of a service."""

    words: str
    labels: tuple[str, ...]
    values: Callable[[str], tuple[str, ...]]


ATLAS = Scopes(
    "project and set of endpoints",
    ("project", "endpoints"),
    lambda scope: (project_of(scope), share_of(scope).endpoints),
)
CONFLUENT = Scopes("environment", ("environment",), lambda scope: (scope,))


def budgets(service: str, scopes: Scopes, left: Mapping[str, RateBudget]) -> Metric:
    """Return the rest of each rate budget of a service."""
    family = GaugeMetricFamily(
        f"{PREFIX}_{service}_rate_budget_left",
        f"Requests that may be made at once, by {scopes.words}.",
        labels=scopes.labels,
    )
    for scope, budget in left.items():
        family.add_metric(scopes.values(scope), budget.left)
    return family


def tokens(atlas: Atlas) -> Metric:
    """Return when the tokens of the service accounts will be replaced."""
    family = GaugeMetricFamily(
        f"{PREFIX}_token_expiry_timestamp_seconds",
        "When a service account's token will be replaced, in Unix time.",
        labels=["client_id"],
    )
    for client_id, seconds_left in atlas.tokens().items():
        family.add_metric([client_id], time.time() + seconds_left)
    return family


def last_polls(polls: Iterable[Poll], service: str, prefix: str, scopes: Scopes) -> Metric:
    """Return the time of the last successful poll of each project or environment."""
    family = GaugeMetricFamily(
        f"{PREFIX}_{prefix}last_successful_poll_timestamp_seconds",
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
