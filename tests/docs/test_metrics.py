"""docs/metrics.md has every metric that the operator exports, and every alert of the chart."""

import re
from typing import Final

from chart.helm import CHART
from docs.documents import ROOT
from fast_yaml import read_yaml
from unit.metrics.inventory import Exported, exported

PAGE: Final = (ROOT / "docs" / "metrics.md").read_text()
ROW: Final = re.compile(r"^\| `(\w+)` \|([^|]*)\| (\w+) \| ([^|]+) \|$", re.MULTILINE)


def test_the_tables_have_every_metric_with_its_type_and_labels() -> None:
    rows = ROW.findall(PAGE)
    documented = {name: Exported(kind, frozenset(re.findall(r"`(\w+)`", labels))) for name, labels, kind, _ in rows}
    assert documented == exported()
    assert len(rows) == len(documented)


def test_each_alert_has_a_section() -> None:
    alerts = [rule["alert"] for rule in read_yaml((CHART / "files" / "alerts.yaml").read_text())["rules"]]
    assert re.findall(r"(?m)^### (AtlasStreamsPeering\w+)$", PAGE) == alerts


def test_a_section_says_how_severe_its_alert_is() -> None:
    for rule in read_yaml((CHART / "files" / "alerts.yaml").read_text())["rules"]:
        (section,) = re.findall(rf"(?m)^### {rule['alert']}\n\n(\w+)\.", PAGE)
        assert section.lower() == rule["labels"]["severity"]
