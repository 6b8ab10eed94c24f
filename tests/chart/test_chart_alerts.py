"""Alerts and dashboard name metrics, labels and reasons that exist."""

import json
import re
import shutil
from pathlib import Path
from typing import Any, Final

import promql_parser
import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.atlas.rate_limit import NETWORK_PEERING, STREAMS
from chart import named, render
from chart.helm import CHART, RELEASE, ROOT
from fast_yaml import read_yaml
from unit.metrics.inventory import series

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
OF_THE_TARGET: Final = {"namespace", "exported_namespace", "job", "pod", "cluster"}
"""Labels that Prometheus adds to every series."""
CONDITIONS: Final = (ROOT / "docs" / "conditions.md").read_text().splitlines()


ALERTS: Final[list[dict[str, Any]]] = read_yaml((CHART / "files" / "alerts.yaml").read_text())["rules"]
DASHBOARD: Final = json.loads((CHART / "files" / "dashboard.json").read_text())
EXPRESSIONS: Final = [
    *(rule["expr"] for rule in ALERTS),
    *(target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())),
]


def names(expression: str) -> set[str]:
    """Return the metrics that a query names."""
    return set(re.findall(r"\b(?:atlas_streams_peering|controller_runtime|workqueue|process)_\w+", expression))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_query_names_metrics_that_the_operator_exports(expression: str) -> None:
    assert names(expression)
    assert names(expression) <= set(series())


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_query_uses_labels_that_its_metrics_have(expression: str) -> None:
    known = OF_THE_TARGET.union(*(series()[name] for name in names(expression)))
    grouped = {
        label for labels in re.findall(r"(?:by|on|group_left) \(([^)]*)\)", expression) for label in labels.split(", ")
    }
    matched = set(re.findall(r"(\w+)(?:=~|!~|!=|=)\"", expression))
    assert grouped | matched <= known


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_query_is_one_that_prometheus_understands(expression: str) -> None:
    promql_parser.parse(expression.replace("$__rate_interval", "5m"))  # raises ValueError


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_looks_at_its_own_release_only_and_keeps_apart_what_belongs_to_different_namespaces(
    alert: dict[str, Any],
) -> None:
    selectors = re.findall(r"atlas_streams_peering_\w+(\{[^}]*\})?", alert["expr"])
    assert all('job="JOB"' in selector for selector in selectors)
    groups = re.findall(r"by \(([^)]*)\)", alert["expr"])
    assert groups
    assert all({"job", "namespace"} <= set(labels.split(", ")) for labels in groups)


def test_every_reason_that_needs_somebody_is_an_alert() -> None:
    """A reason that is only ever given to a Stalled object needs no mention: being Stalled is the alert."""
    no_access, stuck = reasons_of("NoAccess"), reasons_of("Stuck")
    stalled = set(re.findall(r"`(\w+)`", " ".join(line for line in CONDITIONS if line.endswith("| Failed |"))))
    assert no_access | stuck | stalled == set(Reason) - QUIET
    assert reasons_of("ObjectStalled") == no_access & stalled


def reasons_of(alert: str) -> set[str]:
    """Return the reasons that an alert's expression names."""
    (expression,) = (rule["expr"] for rule in ALERTS if rule["alert"] == f"AtlasStreamsPeering{alert}")
    (reasons,) = re.findall(r'reason(?:=~|!~)"([^"]*)"', expression)
    return set(reasons.split("|"))


def test_the_budget_is_low_before_polls_stop_for_the_sake_of_changes() -> None:
    (expression,) = (rule["expr"] for rule in ALERTS if rule["alert"].endswith("RateBudgetLow"))
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


def test_the_rule_holds_the_alerts_for_the_series_of_its_release() -> None:
    expected = {}
    for alert in ALERTS:
        expression = alert["expr"].replace('"JOB"', f'"{RELEASE}"').replace('"NAMESPACE"', f'"{RELEASE}"')
        expected[alert["alert"]] = expression.replace("OLDEST_POLL", "900")
    assert {name: alert["expr"] for name, alert in rendered_alerts().items()} == expected


def test_another_job_may_be_named() -> None:
    for alert in rendered_alerts(job="mine").values():
        assert 'job="mine"' in alert["expr"]
        assert f'job="{RELEASE}"' not in alert["expr"]


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_the_runbook_of_an_alert_is_a_section_that_exists(alert: dict[str, Any]) -> None:
    address = "https://docs/{page}.md#{anchor}"
    rendered = rendered_alerts(runbookUrl=address)[alert["alert"]]
    url = rendered["annotations"]["runbook_url"]
    if "reason" in alert["expr"]:
        assert url == "https://docs/troubleshooting.md#{{ $labels.reason | toLower }}"
        sections = sections_of("troubleshooting.md")
        assert {reason.lower() for reason in Reason} - sections <= {"observed"}
    else:
        assert url == f"https://docs/metrics.md#{alert['alert'].lower()}"
        assert alert["alert"].lower() in sections_of("metrics.md")


def test_a_released_chart_leads_to_the_documentation_of_its_version(tmp_path: Path) -> None:
    released = shutil.copytree(CHART, tmp_path / "chart")
    chart = read_yaml((released / "Chart.yaml").read_text())
    (released / "Chart.yaml").write_text(yaml.safe_dump({**chart, "home": "https://git.example.com/team/operator"}))
    rendered = render(
        {"metrics": {"prometheusRule": {"enabled": True}, "dashboard": {"enabled": True}}}, chart=released
    )

    docs = f"https://git.example.com/team/operator/blob/v{chart['appVersion']}/docs"
    (group,) = named(rendered, "PrometheusRule")["spec"]["groups"]
    assert {rule["annotations"]["runbook_url"].partition("#")[0] for rule in group["rules"]} == {
        f"{docs}/metrics.md",
        f"{docs}/troubleshooting.md",
    }
    (dashboard,) = named(rendered, "ConfigMap")["data"].values()
    assert [link["url"] for link in json.loads(dashboard)["links"]] == [
        f"{docs}/metrics.md",
        f"{docs}/troubleshooting.md",
    ]


def sections_of(page: str) -> set[str]:
    """Return the anchors of a page of the documentation."""
    return {heading.lower() for heading in re.findall(r"(?m)^#+ (\w+)$", (ROOT / "docs" / page).read_text())}


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


def test_grafanas_sdk_reads_the_dashboard_as_it_is() -> None:
    register_default_plugins()
    read = Dashboard.from_json(DASHBOARD)
    assert json.loads(JSONEncoder().encode(read)) == DASHBOARD


def test_the_dashboard_is_for_any_data_source_and_any_cluster() -> None:
    assert [variable["name"] for variable in DASHBOARD["templating"]["list"]] == ["datasource", "cluster", "job"]
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            assert target["datasource"] == panel["datasource"] == {"type": "prometheus", "uid": "$datasource"}
            selectors = re.findall(r"\w+(\{[^}]*\})", target["expr"])
            assert all('cluster=~"$cluster"' in selector for selector in selectors)


def test_the_dashboard_names_each_object_in_a_table() -> None:
    (table,) = (panel for panel in DASHBOARD["panels"] if panel["type"] == "table")
    (arranged,) = (each["options"] for each in table["transformations"] if each["id"] == "organize")
    shown = sorted(arranged["renameByName"], key=lambda column: arranged["indexByName"][column])
    assert shown[1:6] == ["namespace", "kind", "name", "status", "reason"]


def test_what_is_shown_as_one_number_has_a_colour_for_it() -> None:
    for panel in DASHBOARD["panels"]:
        if panel["type"] == "stat":
            assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"], panel["title"]
            assert panel["options"]["colorMode"] == "background"


def rendered_alerts(values: dict[str, Any] | None = None, **rule: str) -> dict[str, dict[str, Any]]:
    rendered = render({**(values or {}), "metrics": {"prometheusRule": {"enabled": True, **rule}}})
    (group,) = named(rendered, "PrometheusRule")["spec"]["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}
