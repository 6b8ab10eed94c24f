"""What the Grafana dashboard shows: its panels, row by row."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

P: Final = "atlas_streams_peering"
HERE: Final = 'cluster=~"$cluster", job=~"$job"'
WINDOW: Final = "$__rate_interval"
OBJECT: Final = "cluster, namespace, kind, name"


class Form(StrEnum):
    """How a panel shows its queries."""

    STAT = "stat"
    TIME_SERIES = "timeseries"
    TABLE = "table"


@dataclass(frozen=True)
class Panel:
    """One panel: queries by the legend of what they show."""

    title: str
    description: str
    queries: dict[str, str]
    form: Form = Form.TIME_SERIES
    unit: str = "short"
    width: int = 8
    stacked: bool = False
    steps: tuple[tuple[str, float | None], ...] = ()
    """Colours, and the value from which each counts; None: from the lowest."""


def of_objects(metric: str, **labels: str) -> str:
    """Return the series of objects, with the namespace of the object in ``namespace`` however Prometheus scrapes."""
    selector = ", ".join([HERE, *(f'{name}="{value}"' for name, value in labels.items())])
    return f'label_replace({P}_{metric}{{{selector}}}, "namespace", "$1", "exported_namespace", "(.+)")'


def _stat(
    title: str, description: str, query: str, *steps: tuple[str, float | None], unit: str = "short", width: int = 4
) -> Panel:
    return Panel(title, description, {"": query}, Form.STAT, unit=unit, width=width, steps=steps)


def _p95(histogram: str, by: str) -> str:
    return f"histogram_quantile(0.95, sum by ({by}, le) (rate({histogram}_bucket{{{HERE}}}[{WINDOW}])))"


def _service(name: str, title: str, scope: str, words: str, poll: str) -> tuple[Panel, ...]:
    legend = " ".join(f"{{{{{label}}}}}" for label in scope.split(", "))
    return (
        Panel(
            "Requests by operation and status",
            f"Requests per second. Status none: {title} did not answer.",
            {
                "{{operation}} {{status}}": "sum by (operation, status) "
                f"(rate({P}_{name}_requests_total{{{HERE}}}[{WINDOW}]))"
            },
            unit="reqps",
            stacked=True,
        ),
        Panel(
            f"Response time of {title}",
            "95th percentile.",
            {"{{operation}}": _p95(f"{P}_{name}_request_duration_seconds", "operation")},
            unit="s",
        ),
        Panel(
            "Retries",
            "Retried requests per second.",
            {"{{operation}}": f"sum by (operation) (rate({P}_{name}_retries_total{{{HERE}}}[{WINDOW}]))"},
            unit="reqps",
        ),
        Panel(
            "Rate budget left",
            f"Requests that the operator may make at once, by {words}.",
            {legend: f"min by ({scope}) ({P}_{name}_rate_budget_left{{{HERE}}})"},
        ),
        Panel(
            "Age of the last successful poll",
            f"By {words}.",
            {legend: f"time() - max by ({scope}) ({P}_{poll}last_successful_poll_timestamp_seconds{{{HERE}}})"},
            unit="s",
            steps=(("green", None), ("orange", 900.0), ("red", 3600.0)),
        ),
    )


NOW: Final = (
    _stat(
        "Leaders",
        "One replica of each release leads. At 0, no replica acts.",
        f"sum({P}_leader{{{HERE}}})",
        ("red", None),
        ("green", 1.0),
    ),
    _stat(
        "Ready objects",
        "Objects whose condition Ready is True.",
        f"count({of_objects('object_condition', type='Ready', status='True')}) or vector(0)",
        ("green", None),
    ),
    _stat(
        "Objects in progress",
        "Objects that nobody has to act on: the operator, or the other side, is at work.",
        f"count({of_objects('object_condition', type='Reconciling', status='True')}) or vector(0)",
        ("blue", None),
    ),
    _stat(
        "Stalled objects",
        "Objects that someone has to act on. The table below names them.",
        f"count({of_objects('object_condition', type='Stalled', status='True')}) or vector(0)",
        ("green", None),
        ("red", 1.0),
    ),
    _stat(
        "Next request expires in",
        "Time until the first pending request expires.",
        f"min({of_objects('request_expiration_timestamp_seconds')}) - time()",
        ("red", None),
        ("orange", 86400.0),
        ("green", 259200.0),
        unit="s",
    ),
    _stat(
        "Failing requests to Atlas",
        "Share of the requests that fail.",
        f'sum(rate({P}_atlas_requests_total{{{HERE}, status!~"2.."}}[{WINDOW}])) '
        f"/ sum(rate({P}_atlas_requests_total{{{HERE}}}[{WINDOW}]))",
        ("green", None),
        ("orange", 0.05),
        ("red", 0.25),
        unit="percentunit",
    ),
)

OBJECTS: Final = (
    Panel(
        "Objects",
        "Each object with its condition Ready, and the time until its pending request expires.",
        {
            "Ready": f"max by ({OBJECT}, status, reason) ({of_objects('object_condition', type='Ready')}) "
            f"* on ({OBJECT}) group_left (connection, suspended) "
            f"max by ({OBJECT}, connection, suspended) ({of_objects('object_info')})",
            "Expires in": f"max by ({OBJECT}) ({of_objects('request_expiration_timestamp_seconds')}) - time()",
        },
        Form.TABLE,
        width=24,
    ),
    Panel(
        "Objects by reason",
        "Number of objects by kind and by reason of the condition Ready.",
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
)

OPERATOR: Final = (
    Panel(
        "Reconciles",
        "Per second, by kind and result.",
        {
            "{{controller}} {{result}}": "sum by (controller, result) "
            f"(rate(controller_runtime_reconcile_total{{{HERE}}}[{WINDOW}]))"
        },
        unit="ops",
        stacked=True,
    ),
    Panel(
        "Time of a reconcile",
        "95th percentile, by kind.",
        {"{{controller}}": _p95("controller_runtime_reconcile_time_seconds", "controller")},
        unit="s",
    ),
    Panel(
        "Queue depth",
        "Objects and polls that wait for their turn.",
        {"{{pod}} {{name}}": f"sum by (pod, name) (workqueue_depth{{{HERE}}})"},
        steps=(("green", None), ("orange", 500.0)),
    ),
    Panel(
        "Memory",
        "Resident memory of each replica.",
        {"{{pod}}": f"max by (pod) (process_resident_memory_bytes{{{HERE}}})"},
        unit="bytes",
    ),
    Panel(
        "CPU",
        "Cores that each replica uses.",
        {"{{pod}}": f"max by (pod) (rate(process_cpu_seconds_total{{{HERE}}}[{WINDOW}]))"},
    ),
    Panel(
        "Leader and version",
        "1: the replica leads, 0: it stands by.",
        {
            "{{pod}} {{version}}": f"max by (pod) ({P}_leader{{{HERE}}}) "
            f"* on (pod) group_left (version) max by (pod, version) ({P}_build_info{{{HERE}}})"
        },
    ),
    Panel(
        "Changes that the watch missed",
        "Per hour. The operator found them by comparison with a list.",
        {"": f"sum(increase({P}_watch_missed_changes_total{{{HERE}}}[1h]))"},
    ),
    Panel(
        "Tokens",
        "Time until the tokens of the service accounts expire. The operator renews a token when it needs one.",
        {"{{client_id}}": f"max by (client_id) ({P}_token_expiry_timestamp_seconds{{{HERE}}}) - time()"},
        unit="s",
    ),
)

ROWS: Final[dict[str, tuple[Panel, ...]]] = {
    "Now": NOW,
    "Objects": OBJECTS,
    "Atlas": _service("atlas", "Atlas", "project, endpoints", "project", ""),
    "Confluent Cloud": _service("confluent", "Confluent Cloud", "environment", "environment", "confluent_"),
    "Operator": OPERATOR,
}
