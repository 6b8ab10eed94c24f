"""The chart's main modes: as reviewed, and as Kubernetes takes them in its oldest and newest supported version."""

import copy
from functools import cache

import pytest

from chart import named, render
from chart.golden import GOLDEN, golden, modes
from chart.helm import CHART
from chart.schemas import KUBERNETES, OLDEST, Validator
from fast_yaml import read_yaml

validator = cache(Validator)


@pytest.mark.parametrize("mode", modes())
def test_a_mode_renders_as_it_was_reviewed(mode: str) -> None:
    assert golden(render(modes()[mode])) == (GOLDEN / f"{mode}.yaml").read_text(), "see the change: make golden"


@pytest.mark.parametrize("minor", KUBERNETES)
@pytest.mark.parametrize("mode", modes())
def test_kubernetes_own_schemas_take_every_object(mode: str, minor: str) -> None:
    problems = {
        f"{manifest['kind']} {manifest['metadata']['name']}": validator(minor).problems(manifest)
        for manifest in render(modes()[mode], kubernetes=minor)
    }
    assert {name: found for name, found in problems.items() if found} == {}


@pytest.mark.parametrize("minor", KUBERNETES)
def test_the_schemas_would_notice_what_is_wrong(minor: str) -> None:
    deployment = copy.deepcopy(named(render(), "Deployment"))
    deployment["spec"]["replica"] = 1
    deployment["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"] = "8080"
    del deployment["spec"]["selector"]
    assert sorted(validator(minor).problems(deployment)) == [
        "$.spec.template.spec.containers[0].ports[0].containerPort: '8080' is not of type 'integer'",
        "$.spec: 'selector' is a required property",
        "$.spec: Additional properties are not allowed ('replica' was unexpected)",
    ]


def test_helm_refuses_clusters_older_than_the_oldest_supported_version() -> None:
    chart = read_yaml((CHART / "Chart.yaml").read_text())
    assert chart["kubeVersion"] == f">={OLDEST}.0-0"


def test_every_golden_render_belongs_to_a_mode() -> None:
    assert {path.stem for path in GOLDEN.glob("*.yaml")} == set(modes())
