"""What the alerts do: Prometheus' own unit tests of rules, on the rules as the chart renders them."""

import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from chart import named, render
from cluster.prometheus import program
from fast_yaml import read_yaml

TESTS: Final = Path(__file__).with_name("alerts.test.yaml")
RULES: Final = named(
    render({"metrics": {"prometheusRule": {"enabled": True}}}, release="peering", namespace="ops"), "PrometheusRule"
)["spec"]
ALERTS: Final = [rule["alert"] for group in RULES["groups"] for rule in group["rules"]]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with the rules and their tests."""
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(RULES))
    shutil.copy(TESTS, tmp_path)
    return tmp_path


def promtool(*arguments: str, directory: Path) -> None:
    command = [program("promtool"), *arguments]
    result = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_rules_are_valid(directory: Path) -> None:
    promtool("check", "rules", "--lint-fatal", "rules.yaml", directory=directory)


def test_each_alert_fires_when_it_should_and_not_before(directory: Path) -> None:
    promtool("test", "rules", TESTS.name, directory=directory)


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_is_tested_both_ways(alert: str) -> None:
    cases: list[dict[str, Any]] = [
        case
        for test in read_yaml(TESTS.read_text())["tests"]
        for case in test["alert_rule_test"]
        if case["alertname"] == alert
    ]
    assert any(case["exp_alerts"] for case in cases)
    assert any(not case["exp_alerts"] for case in cases)
