"""The values under ``config`` are the operator's settings, each of them, under the name that design and docs give."""

from typing import Any, Final

import pytest

from atlas_streams_peering.settings import Settings
from chart import containers, named, render
from chart.golden import modes
from chart.values import documented

OF_THE_CHART: Final = {"log_format": "json", "leader_elect": True}
"""Defaults that differ from the operator's own, because they are for a cluster and not for a terminal."""


def settings_of(values: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings as the operator reads them from what the chart renders."""
    for name, value in containers(named(render(values), "Deployment"))[0].variables.items():
        monkeypatch.setenv(name, value)
    return Settings()


def camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def test_every_setting_is_a_value_and_every_value_a_setting() -> None:
    values = {value.path[1] for value in documented() if value.path[0] == "config"}
    assert values == {camel_case(name) for name in Settings.model_fields}


def test_the_defaults_are_the_operators_own(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {name: field.default for name, field in Settings.model_fields.items()}
    assert settings_of({}, monkeypatch).model_dump() == own | OF_THE_CHART


@pytest.mark.parametrize("mode", modes())
def test_the_operator_reads_the_values_as_they_were_given(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    values = modes()[mode]
    read = settings_of(values, monkeypatch).model_dump(mode="json")
    given = values.get("config", {})
    assert {name: value for name, value in read.items() if camel_case(name) in given} == {
        name: given[camel_case(name)] for name in read if camel_case(name) in given
    }


def test_the_operator_knows_its_namespace_from_the_pod() -> None:
    (operator,) = containers(named(render(namespace="ops"), "Deployment"))
    assert operator.variables["POD_NAMESPACE"] == "ops"


@pytest.mark.parametrize("mode", modes())
def test_checks_run_with_the_operators_configuration_and_image(mode: str) -> None:
    rendered = render(modes()[mode])
    name = named(rendered, "Deployment")["metadata"]["name"]
    operator = named(rendered, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    test = named(rendered, "Pod", f"{name}-test")["spec"]["containers"][0]
    hook = named(rendered, "Job", f"{name}-uninstall-check")["spec"]["template"]["spec"]["containers"][0]
    for key in ("image", "env", "securityContext"):
        assert operator[key] == test[key] == hook[key]


def test_without_an_election_a_rollout_stops_the_old_pod_first() -> None:
    values = {"config": {"leaderElect": False}}
    assert named(render(values), "Deployment")["spec"]["strategy"] == {"type": "Recreate"}
    assert named(render(), "Deployment")["spec"]["strategy"]["type"] == "RollingUpdate"


def test_whatever_kubernetes_would_fill_in_beside_a_rolling_update_is_said() -> None:
    """It takes nothing out again that it has filled in, and refuses it when the election is turned off."""
    quarter = {"maxSurge": "25%", "maxUnavailable": "25%"}
    for values, update in [
        ({}, quarter),
        ({"type": "RollingUpdate"}, quarter),
        ({"rollingUpdate": {"maxSurge": 0}}, {**quarter, "maxSurge": 0}),
        ({"rollingUpdate": {"maxUnavailable": 0}}, {**quarter, "maxUnavailable": 0}),
    ]:
        strategy = named(render({"strategy": values}), "Deployment")["spec"]["strategy"]
        assert strategy == {"type": "RollingUpdate", "rollingUpdate": update}
