"""The Grafana dashboard. What it shows stands here; what Grafana wants around it is generated."""

import json
from dataclasses import dataclass
from typing import Any, Final

P: Final = "atlas_streams_peering"
HERE: Final = 'namespace=~"$namespace"'
OK_REASONS: Final = "Active|Rejected|Deleted"

_DATASOURCE: Final = {"type": "prometheus", "uid": "$datasource"}


@dataclass(frozen=True)
class Panel:
    """One panel: queries by the legend of what they show."""

    title: str
    description: str
    queries: dict[str, str]
    kind: str = "timeseries"
    unit: str = "short"
    width: int = 8
    stacked: bool = False


ROWS: Final[dict[str, tuple[Panel, ...]]] = {
    "Now": (
        Panel(
            "Leaders", "1 replica leads. At 0, no replica acts.", {"": f"sum({P}_leader{{{HERE}}})"}, "stat", width=4
        ),
        Panel(
            "Ready objects",
            "Objects whose Ready condition is True.",
            {"": f'sum({P}_objects{{{HERE}, reason=~"{OK_REASONS}"}}) or vector(0)'},
            "stat",
            width=4,
        ),
        Panel(
            "Objects not ready",
            "Objects whose Ready condition is False or missing.",
            {"": f'sum({P}_objects{{{HERE}, reason!~"{OK_REASONS}"}}) or vector(0)'},
            "stat",
            width=4,
        ),
        Panel(
            "Oldest poll",
            "Age of the last successful poll of Atlas, for the project whose poll is oldest.",
            {"": f"time() - min({P}_last_successful_poll_timestamp_seconds{{{HERE}}})"},
            "stat",
            unit="s",
            width=4,
        ),
        Panel(
            "Requests to Atlas per minute",
            "All operations, all projects.",
            {"": f"sum(rate({P}_atlas_requests_total{{{HERE}}}[5m])) * 60"},
            "stat",
            width=4,
        ),
        Panel(
            "Failing requests",
            "Share of the requests to Atlas that fail.",
            {
                "": f'sum(rate({P}_atlas_requests_total{{{HERE}, status!~"2.."}}[15m])) '
                f"/ sum(rate({P}_atlas_requests_total{{{HERE}}}[15m]))"
            },
            "stat",
            unit="percentunit",
            width=4,
        ),
    ),
    "Objects": (
        Panel(
            "Objects by reason",
            "Number of objects by kind and by reason of the Ready condition.",
            {"{{kind}} {{reason}}": f"sum by (kind, reason) ({P}_objects{{{HERE}}})"},
            width=12,
            stacked=True,
        ),
        Panel(
            "Time until active",
            "Time from when the operator first sees an object until its connection is active. "
            "It includes the wait for the request.",
            {
                quantile: f"histogram_quantile({quantile}, "
                f"sum by (le) (rate({P}_time_to_active_seconds_bucket{{{HERE}}}[1h])))"
                for quantile in ("0.5", "0.9")
            },
            unit="s",
            width=12,
        ),
    ),
    "Atlas": (
        Panel(
            "Requests by operation and status",
            "Requests per second. Status none: Atlas did not answer.",
            {"{{operation}} {{status}}": f"sum by (operation, status) (rate({P}_atlas_requests_total{{{HERE}}}[5m]))"},
            unit="reqps",
        ),
        Panel(
            "Response time of Atlas",
            "95th percentile.",
            {
                "{{operation}}": "histogram_quantile(0.95, sum by (operation, le) "
                f"(rate({P}_atlas_request_duration_seconds_bucket{{{HERE}}}[5m])))"
            },
            unit="s",
        ),
        Panel(
            "Retries",
            "Retried requests per second.",
            {"{{operation}}": f"sum by (operation) (rate({P}_atlas_retries_total{{{HERE}}}[5m]))"},
            unit="reqps",
        ),
        Panel(
            "Rate budget left",
            "Requests that the operator may make at once, by project.",
            {"{{project}} {{endpoints}}": f"min by (project, endpoints) ({P}_atlas_rate_budget_left{{{HERE}}})"},
        ),
        Panel(
            "Age of the last successful poll",
            "By project.",
            {
                "{{project}} {{endpoints}}": "time() - max by (project, endpoints) "
                f"({P}_last_successful_poll_timestamp_seconds{{{HERE}}})",
            },
            unit="s",
        ),
        Panel(
            "Tokens",
            "Time until the tokens of the service accounts expire. The operator renews a token when it needs one.",
            {"{{client_id}}": f"max by (client_id) ({P}_token_expiry_timestamp_seconds{{{HERE}}}) - time()"},
            unit="s",
        ),
    ),
    "Confluent Cloud": (
        Panel(
            "Requests by operation and status",
            "Requests per second. Status none: Confluent Cloud did not answer.",
            {
                "{{operation}} {{status}}": "sum by (operation, status) "
                f"(rate({P}_confluent_requests_total{{{HERE}}}[5m]))"
            },
            unit="reqps",
        ),
        Panel(
            "Response time of Confluent Cloud",
            "95th percentile.",
            {
                "{{operation}}": "histogram_quantile(0.95, sum by (operation, le) "
                f"(rate({P}_confluent_request_duration_seconds_bucket{{{HERE}}}[5m])))"
            },
            unit="s",
        ),
        Panel(
            "Retries",
            "Retried requests per second.",
            {"{{operation}}": f"sum by (operation) (rate({P}_confluent_retries_total{{{HERE}}}[5m]))"},
            unit="reqps",
        ),
        Panel(
            "Rate budget left",
            "Requests that the operator may make at once, by environment.",
            {"{{environment}}": f"min by (environment) ({P}_confluent_rate_budget_left{{{HERE}}})"},
        ),
        Panel(
            "Age of the last successful poll",
            "By environment.",
            {
                "{{environment}}": "time() - max by (environment) "
                f"({P}_confluent_last_successful_poll_timestamp_seconds{{{HERE}}})",
            },
            unit="s",
        ),
    ),
}


def dashboard() -> str:
    """Return the dashboard as Grafana imports it."""
    document = {
        "uid": "atlas-streams-peering",
        "title": "Atlas Stream Processing VPC peering",
        "tags": ["atlas-streams-peering", "mongodb-atlas"],
        "description": "The objects of atlas-streams-peering, and its requests to Atlas and Confluent Cloud.",
        "editable": True,
        "schemaVersion": 39,
        "version": 1,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "",
        "templating": {"list": _variables()},
        "annotations": {"list": []},
        "panels": _panels(),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _variables() -> list[dict[str, Any]]:
    namespaces = f"label_values({P}_leader, namespace)"
    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
        {
            "name": "namespace",
            "label": "Namespace",
            "type": "query",
            "datasource": _DATASOURCE,
            "query": {"query": namespaces, "refId": "namespaces"},
            "definition": namespaces,
            "includeAll": True,
            "multi": True,
            "current": {"text": ["All"], "value": ["$__all"]},
            "refresh": 2,
            "sort": 1,
        },
    ]


def _panels() -> list[dict[str, Any]]:
    panels: list[dict[str, Any]] = []
    y = 0
    for title, row in ROWS.items():
        panels.append({"type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": _place(0, y, 24, 1)})
        y, x = y + 1, 0
        height = 4 if all(panel.kind == "stat" for panel in row) else 8
        for panel in row:
            if x + panel.width > 24:
                x, y = 0, y + height
            panels.append(_panel(panel, _place(x, y, panel.width, height)))
            x += panel.width
        y += height
    return [{"id": number, **panel} for number, panel in enumerate(panels, start=1)]


def _panel(panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    targets = [
        {"refId": chr(ord("A") + number), "datasource": _DATASOURCE, "expr": query, "legendFormat": legend or "__auto"}
        for number, (legend, query) in enumerate(panel.queries.items())
    ]
    custom = {"stacking": {"mode": "normal" if panel.stacked else "none"}} if panel.kind == "timeseries" else {}
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": _DATASOURCE,
        "gridPos": place,
        "targets": targets,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0, "custom": custom}, "overrides": []},
    }


def _place(x: int, y: int, width: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": width, "h": height}
