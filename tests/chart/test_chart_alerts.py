"""Alerts and dashboard name metrics, labels and reasons that exist."""

import json
import re
from typing import Any, Final

import promql_parser
import pytest
import yaml

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.atlas.client import Atlas
from atlas_streams_peering.atlas.rate_limit import NETWORK_PEERING, STREAMS
from atlas_streams_peering.confluent.client import Confluent
from atlas_streams_peering.metrics import Metrics
from chart import named, render
from chart.helm import CHART

QUIET: Final = {
    Reason.ACTIVE,
    Reason.REJECTED,
    Reason.DELETED,
    Reason.AVAILABLE,
    Reason.WATCHING,
    Reason.CONNECTED,
    Reason.WAITING_FOR_REQUEST,  # the other side's turn, for as long as that takes
    Reason.PENDING_ACCEPTANCE,
    Reason.NETWORK_NOT_READY,
    Reason.REFERENCE_NOT_READY,
    Reason.SUSPENDED,  # somebody wanted it so
    Reason.OBSERVED,
    Reason.RATE_LIMITED,  # these three show as stale polls and as failing requests
    Reason.ATLAS_UNAVAILABLE,
    Reason.CONFLUENT_UNAVAILABLE,
}
"""Reasons that are no alert of their own."""
LABELS: Final = {
    "atlas_streams_peering_objects": {"kind", "reason"},
    "atlas_streams_peering_time_to_active_seconds_bucket": {"le"},
    "atlas_streams_peering_atlas_requests_total": {"operation", "status"},
    "atlas_streams_peering_atlas_request_duration_seconds_bucket": {"operation", "le"},
    "atlas_streams_peering_atlas_rate_budget_left": {"project", "endpoints"},
    "atlas_streams_peering_atlas_retries_total": {"operation"},
    "atlas_streams_peering_last_successful_poll_timestamp_seconds": {"project", "endpoints"},
    "atlas_streams_peering_confluent_requests_total": {"operation", "status"},
    "atlas_streams_peering_confluent_request_duration_seconds_bucket": {"operation", "le"},
    "atlas_streams_peering_confluent_rate_budget_left": {"environment"},
    "atlas_streams_peering_confluent_retries_total": {"operation"},
    "atlas_streams_peering_confluent_last_successful_poll_timestamp_seconds": {"environment"},
    "atlas_streams_peering_token_expiry_timestamp_seconds": {"client_id"},
    "atlas_streams_peering_leader": set(),
    "atlas_streams_peering_watch_missed_changes_total": set(),
}
"""The metrics that alerts and dashboard rely on; beside these labels there are those of the target."""
OF_THE_TARGET: Final = {"namespace", "job"}


ALERTS: Final[list[dict[str, Any]]] = yaml.safe_load((CHART / "files" / "alerts.yaml").read_text())["rules"]
DASHBOARD: Final = json.loads((CHART / "files" / "dashboard.json").read_text())
EXPRESSIONS: Final = [
    *(rule["expr"] for rule in ALERTS),
    *(target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())),
]


def test_only_the_metrics_that_are_agreed_on_are_named() -> None:
    named_metrics = {
        name for expression in EXPRESSIONS for name in re.findall(r"atlas_streams_peering_\w+", expression)
    }
    assert named_metrics == set(LABELS)


def test_the_operator_has_every_metric_that_is_named() -> None:
    metrics = Metrics()
    metrics.watch_objects([])
    metrics.watch_budgets(Atlas("http://127.0.0.1"), Confluent("http://127.0.0.1"))
    metrics.watch_polls([])
    suffixes = {"counter": ["_total"], "histogram": ["_bucket"]}
    families = metrics.registry.collect()
    assert set(LABELS) <= {family.name + suffix for family in families for suffix in suffixes.get(family.type, [""])}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_query_uses_labels_that_its_metric_has(expression: str) -> None:
    known = OF_THE_TARGET.union(*(LABELS[name] for name in re.findall(r"atlas_streams_peering_\w+", expression)))
    grouped = {label for labels in re.findall(r"by \(([^)]*)\)", expression) for label in labels.split(", ")}
    matched = set(re.findall(r"(\w+)(?:=~|!~|!=|=)\"", expression))
    assert grouped | matched <= known


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_query_is_one_that_prometheus_understands(expression: str) -> None:
    promql_parser.parse(expression)  # raises ValueError


def test_every_reason_that_needs_somebody_is_an_alert() -> None:
    named_reasons = [
        reason
        for rule in ALERTS
        for reasons in re.findall(r'reason=~"([^"]*)"', rule["expr"])
        for reason in reasons.split("|")
    ]
    assert sorted(named_reasons) == sorted(set(Reason) - QUIET)


def test_the_budget_is_low_before_polls_stop_for_the_sake_of_changes() -> None:
    (expression,) = (rule["expr"] for rule in ALERTS if rule["alert"] == "AtlasStreamsPeeringRateBudgetLow")
    assert float(expression.rpartition("< ")[2]) > max(STREAMS.reserve, NETWORK_PEERING.reserve)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_says_what_is_wrong_and_where_to_look(alert: dict[str, Any]) -> None:
    assert alert["alert"].startswith("AtlasStreamsPeering")
    assert alert["for"]
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert alert["annotations"]["summary"].endswith(".")
    assert len(alert["annotations"]["description"]) > 50


@pytest.mark.parametrize(("interval", "oldest"), [(120, 900), (300, 900), (1800, 5400), (1000.5, 3003)])
def test_a_poll_is_stale_after_three_steady_intervals_and_never_before_a_quarter_of_an_hour(
    interval: float, oldest: int
) -> None:
    rendered = rendered_alerts({"config": {"pollIntervalSteady": interval}})
    for alert in ("AtlasStreamsPeeringStalePoll", "AtlasStreamsPeeringConfluentStalePoll"):
        assert rendered[alert]["expr"].endswith(f"> {oldest}")


def test_the_rule_holds_the_alerts_as_they_are() -> None:
    assert rendered_alerts() == {
        alert["alert"]: {**alert, "expr": alert["expr"].replace("OLDEST_POLL", "900")} for alert in ALERTS
    }


def test_the_configmap_holds_the_dashboard_as_it_is() -> None:
    (content,) = named(render({"metrics": {"dashboard": {"enabled": True}}}), "ConfigMap")["data"].values()
    assert json.loads(content) == DASHBOARD


def test_panels_neither_overlap_nor_leave_the_grid() -> None:
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def rendered_alerts(values: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    rendered = render({**(values or {}), "metrics": {"prometheusRule": {"enabled": True}}})
    (group,) = named(rendered, "PrometheusRule")["spec"]["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}
