"""The Grafana dashboard, in the schema that Grafana's own SDK writes. What it shows stands in `dashboard_panels`."""

from typing import Final

from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.builders.common import GraphThresholdsStyleConfig, ReduceDataOptions, StackingConfig
from grafana_foundation_sdk.builders.dashboard import (
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    FieldColor,
    QueryVariable,
    Row,
    ThresholdsConfig,
)
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.variants import Dataquery as AnyQuery
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    GraphThresholdsStyleMode,
    StackingMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
    VariableOption,
    VariableRefresh,
    VariableSort,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from chart.dashboard_panels import ROWS, Form, P, Panel

DOCS: Final = "docs"
"""The chart puts the address of the repository before it."""
_DATASOURCE: Final = DataSourceRef(type_val="prometheus", uid="$datasource")
_STAT_HEIGHT, _HEIGHT, _TABLE_HEIGHT = 4, 8, 10
_COLUMNS: Final = {
    "cluster": "Cluster",
    "namespace": "Namespace",
    "kind": "Kind",
    "name": "Name",
    "status": "Ready",
    "reason": "Reason",
    "connection": "Connection",
    "suspended": "Suspended",
    "Value #B": "Expires in",
}
"""Columns of the table of objects, in their order."""


def dashboard() -> str:
    """Return the dashboard as Grafana imports it."""
    builder = (
        Dashboard("Atlas Stream Processing VPC peering")
        .uid("atlas-streams-peering")
        .tags(["atlas-streams-peering", "mongodb-atlas"])
        .description("The objects of atlas-streams-peering, and its requests to Atlas and Confluent Cloud.")
        .refresh("1m")
        .time("now-6h", "now")
        .timezone("")
        .with_variable(DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .with_variable(_variable("cluster", "Cluster", f"label_values({P}_leader, cluster)"))
        .with_variable(_variable("job", "Release", f'label_values({P}_leader{{cluster=~"$cluster"}}, job)'))
        .link(_link("Metrics and alerts", f"{DOCS}/metrics.md"))
        .link(_link("Troubleshooting", f"{DOCS}/troubleshooting.md"))
    )
    for title, panels in ROWS.items():
        builder.with_row(Row(title))
        for panel in panels:
            builder.with_panel(_BUILDERS[panel.form](panel))
    built = builder.build()
    for number, numbered in enumerate(built.panels or (), start=1):
        numbered.id_val = number
    return JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False).encode(built) + "\n"


def _variable(name: str, label: str, query: str) -> QueryVariable:
    return (
        QueryVariable(name)
        .label(label)
        .datasource(_DATASOURCE)
        .query({"query": query, "refId": name})
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        # Also series without the label: a single Prometheus knows no cluster.
        .all_value(".*")
        .current(VariableOption(text=["All"], value=["$__all"]))
    )


def _link(title: str, url: str) -> DashboardLink:
    return DashboardLink(title).type(DashboardLinkType.LINK).icon("doc").url(url).target_blank(True)


def _queries(panel: Panel, *, instant: bool, form: PromQueryFormat | None = None) -> list[Builder[AnyQuery]]:
    queries: list[Builder[AnyQuery]] = []
    for number, (legend, expression) in enumerate(panel.queries.items()):
        query = Dataquery().ref_id(chr(ord("A") + number)).datasource(_DATASOURCE).expr(expression)
        query = query.instant() if instant else query.range()
        query = query if form is None else query.format(form)
        queries.append(query.legend_format(legend or "__auto"))
    return queries


def _steps(panel: Panel) -> ThresholdsConfig:
    steps = panel.steps or (("green", None),)
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps([Threshold(value, color) for color, value in steps])


def _stat(panel: Panel) -> stat.Panel:
    return (
        stat.Panel()
        .title(panel.title)
        .description(panel.description)
        .datasource(_DATASOURCE)
        .targets(_queries(panel, instant=True))
        .unit(panel.unit)
        .thresholds(_steps(panel))
        .color_scheme(FieldColor().mode(FieldColorModeId.THRESHOLDS))
        .color_mode(BigValueColorMode.BACKGROUND)
        .graph_mode(BigValueGraphMode.NONE)
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
        .no_value("none")
        .span(panel.width)
        .height(_STAT_HEIGHT)
    )


def _time_series(panel: Panel) -> timeseries.Panel:
    style = GraphThresholdsStyleMode.DASHED if panel.steps else GraphThresholdsStyleMode.OFF
    return (
        timeseries.Panel()
        .title(panel.title)
        .description(panel.description)
        .datasource(_DATASOURCE)
        .targets(_queries(panel, instant=False))
        .unit(panel.unit)
        .min(0)
        .thresholds(_steps(panel))
        .thresholds_style(GraphThresholdsStyleConfig().mode(style))
        .fill_opacity(20 if panel.stacked else 0)
        .stacking(StackingConfig().mode(StackingMode.NORMAL if panel.stacked else StackingMode.NONE))
        .span(panel.width)
        .height(_HEIGHT)
    )


def _table(panel: Panel) -> table.Panel:
    order = {column: number for number, column in enumerate(_COLUMNS)}
    arranged = {"excludeByName": {"Time": True, "Value #A": True}, "indexByName": order, "renameByName": _COLUMNS}
    words = {"True": "green", "False": "red"}
    colours = {
        word: ValueMappingResult(color=colour, index=number) for number, (word, colour) in enumerate(words.items())
    }
    return (
        table.Panel()
        .title(panel.title)
        .description(panel.description)
        .datasource(_DATASOURCE)
        .targets(_queries(panel, instant=True, form=PromQueryFormat.TABLE))
        .with_transformation(DataTransformerConfig("merge", options={}))
        .with_transformation(DataTransformerConfig("organize", options=arranged))
        .filterable(True)
        .override_by_name(
            "Ready",
            [
                DynamicConfigValue("mappings", [ValueMap(options=colours)]),
                DynamicConfigValue("custom.cellOptions", {"type": "color-background", "mode": "basic"}),
            ],
        )
        .override_by_name(
            "Expires in",
            [
                DynamicConfigValue("unit", "s"),
                DynamicConfigValue("thresholds", _expiry_steps()),
                DynamicConfigValue("color", {"mode": "thresholds"}),
                DynamicConfigValue("custom.cellOptions", {"type": "color-text"}),
            ],
        )
        .override_by_name(
            "Reason",
            [
                DynamicConfigValue(
                    "links",
                    [{"title": "Troubleshooting", "url": f"{DOCS}/troubleshooting.md", "targetBlank": True}],
                )
            ],
        )
        .span(panel.width)
        .height(_TABLE_HEIGHT)
    )


def _expiry_steps() -> dict[str, object]:
    steps = (("red", None), ("orange", 86400), ("green", 259200))
    return {"mode": "absolute", "steps": [{"color": color, "value": value} for color, value in steps]}


_BUILDERS: Final = {Form.STAT: _stat, Form.TIME_SERIES: _time_series, Form.TABLE: _table}
