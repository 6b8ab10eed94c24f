"""What the chart does not take, and what it says then: one sentence that names the value and the way out."""

import json
from typing import Any

import jsonschema
import pytest

from chart import ChartRefusedError, render
from chart.helm import CHART, helm
from chart.values import SCHEMA

SCHEMA_OF_VALUES = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text()))
DIGEST = "sha256:" + "0" * 64
CREDENTIALS = {"defaultCredentialsSecret": "ops/atlas"}


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"replicaCount": 2}, "$"),
        ({"image": {"name": "x"}}, "$.image"),
        ({"image": {"repository": ""}}, "$.image.repository"),
        ({"image": {"repository": "images.example:5000/peering:1.0"}}, "$.image.repository"),
        ({"image": {"digest": "latest"}}, "$.image.digest"),
        ({"image": {"pullPolicy": "Sometimes"}}, "$.image.pullPolicy"),
        ({"imagePullSecrets": ["pull"]}, "$.imagePullSecrets[0]"),
        ({"config": {"publicApiKey": "x"}}, "$.config"),
        ({"config": {"atlasBaseUrl": "cloud.mongodb.com"}}, "$.config.atlasBaseUrl"),
        ({"config": {"atlasBaseUrl": "https://x/?key=1"}}, "$.config.atlasBaseUrl"),
        ({"config": {"watchNamespaces": "a,b"}}, "$.config.watchNamespaces"),
        ({"config": {"watchNamespaces": ["*"]}}, "$.config.watchNamespaces[0]"),
        ({"config": {"pollIntervalPending": 0}}, "$.config.pollIntervalPending"),
        ({"config": {"pollIntervalSteady": "2m"}}, "$.config.pollIntervalSteady"),
        ({"config": {"defaultCredentialsSecret": "atlas"}}, "$.config.defaultCredentialsSecret"),
        ({"config": {"defaultCredentialsNamespaces": ["a b"]}}, "$.config.defaultCredentialsNamespaces[0]"),
        ({"config": {"logLevel": "trace"}}, "$.config.logLevel"),
        ({"config": {"logFormat": "xml"}}, "$.config.logFormat"),
        ({"config": {"metricsPort": 70000}}, "$.config.metricsPort"),
        ({"config": {"healthPort": 0}}, "$.config.healthPort"),
        ({"config": {"pollIntervalPending": "0.5"}}, "$.config.pollIntervalPending"),
        ({"config": {"pollIntervalSteady": "86400.5"}}, "$.config.pollIntervalSteady"),
        ({"config": {"pollIntervalSteady": "90000"}}, "$.config.pollIntervalSteady"),
        ({"config": {"leaderElect": "yes"}}, "$.config.leaderElect"),
        ({"crds": {"keep": "true"}}, "$.crds.keep"),
        ({"nameOverride": "My Name"}, "$.nameOverride"),
        ({"fullnameOverride": "a.b"}, "$.fullnameOverride"),
        ({"replicas": 1.5}, "$.replicas"),
        ({"strategy": {"type": "Rolling"}}, "$.strategy.type"),
        ({"podDisruptionBudget": {"minAvailable": "one"}}, "$.podDisruptionBudget.minAvailable"),
        ({"resources": {"memory": "1Gi"}}, "$.resources"),
        ({"livenessProbe": {"httpGet": {"path": "/"}}}, "$.livenessProbe"),
        ({"extraEnv": [{"value": "x"}]}, "$.extraEnv[0]"),
        ({"extraEnv": {"A": "b"}}, "$.extraEnv"),
        ({"networkPolicy": {"metricsFrom": [{"selector": {}}]}}, "$.networkPolicy.metricsFrom[0]"),
        ({"serviceAccount": {"name": "My Account"}}, "$.serviceAccount.name"),
        ({"rbac": {"secretNames": ["Atlas API"]}}, "$.rbac.secretNames[0]"),
        ({"commonLabels": {"a": 1}}, "$.commonLabels.a"),
        ({"metrics": {"enabled": True}}, "$.metrics"),
        ({"metrics": {"serviceMonitor": {"interval": "soon"}}}, "$.metrics.serviceMonitor.interval"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_schema_refuses(values: dict[str, Any], place: str) -> None:
    assert [error.json_path for error in SCHEMA_OF_VALUES.iter_errors(values)] == [place]


def test_helm_holds_values_to_the_schema() -> None:
    with pytest.raises(ChartRefusedError, match="at '/config': additional properties 'publicApiKey' not allowed"):
        render({"config": {"publicApiKey": "x"}})


def test_a_parent_chart_may_pass_what_helm_passes_to_every_chart() -> None:
    assert render({"global": {"region": "x"}, "enabled": True}) == render()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"image": {"tag": "1.0", "digest": DIGEST}},
            "image.tag and image.digest are both set: leave image.tag out, because the digest selects the image.",
        ),
        (
            {"replicas": 2, "config": {"leaderElect": False}},
            (
                "replicas is 2 without config.leaderElect: all replicas would act at the same time; "
                "set config.leaderElect to true."
            ),
        ),
        (
            {"strategy": {"type": "RollingUpdate"}, "config": {"leaderElect": False}},
            (
                "strategy.type is RollingUpdate without config.leaderElect: two pods would act during a rollout; "
                "set config.leaderElect to true, or strategy.type to Recreate."
            ),
        ),
        (
            {"config": {"atlasBaseUrl": "http://atlas.example"}},
            (
                "config.atlasBaseUrl is plain http: the operator would send credentials unencrypted; use https, "
                "or set config.allowPlainHttp to true for a test."
            ),
        ),
        (
            {"config": {"confluentBaseUrl": "http://127.0.0.1.example"}},
            (
                "config.confluentBaseUrl is plain http: the operator would send credentials unencrypted; use https, "
                "or set config.allowPlainHttp to true for a test."
            ),
        ),
        (
            {"config": {"atlasBaseUrl": "https://user:word@atlas.example"}},
            "config.atlasBaseUrl holds credentials: put them in a Secret.",
        ),
        (
            {"config": CREDENTIALS},
            (
                "config.defaultCredentialsSecret is set, but no object may use it: "
                'name namespaces in config.defaultCredentialsNamespaces, or "*" for all.'
            ),
        ),
        (
            {"config": {"defaultCredentialsNamespaces": ["a"]}},
            (
                "config.defaultCredentialsNamespaces is set, but no Secret holds default credentials: "
                "name a Secret (namespace/name) in config.defaultCredentialsSecret."
            ),
        ),
        (
            {"config": {**CREDENTIALS, "watchNamespaces": ["a"], "defaultCredentialsNamespaces": ["a", "b"]}},
            (
                "config.defaultCredentialsNamespaces names b, which the operator does not serve: "
                "add it to config.watchNamespaces, or leave it out."
            ),
        ),
        (
            {"config": {"metricsPort": 8081}},
            "config.metricsPort and config.healthPort are both 8081: give them different ports.",
        ),
        (
            {"config": {"metricsPort": 0}, "metrics": {"podMonitor": {"enabled": True}}},
            "metrics.podMonitor is enabled, but config.metricsPort is 0: the operator serves no metrics; set a port.",
        ),
        (
            {"config": {"metricsPort": 0}, "metrics": {"prometheusRule": {"enabled": True}}},
            (
                "metrics.prometheusRule is enabled, but config.metricsPort is 0: the operator serves no metrics; "
                "set a port."
            ),
        ),
        (
            {"metrics": {"serviceMonitor": {"enabled": True}, "podMonitor": {"enabled": True}}},
            (
                "metrics.serviceMonitor and metrics.podMonitor are both enabled: Prometheus would scrape every metric "
                "twice; enable one."
            ),
        ),
        (
            {"metrics": {"serviceMonitor": {"enabled": True}, "service": {"enabled": False}}},
            (
                "metrics.serviceMonitor is enabled without metrics.service, which it needs to find the pods: "
                "enable the Service, or use metrics.podMonitor."
            ),
        ),
        (
            {"podDisruptionBudget": {"minAvailable": 1, "maxUnavailable": 1}},
            (
                "podDisruptionBudget.minAvailable and podDisruptionBudget.maxUnavailable are both set: "
                "Kubernetes accepts only one; leave the other out."
            ),
        ),
        (
            {"podDisruptionBudget": {"enabled": True, "minAvailable": 1}},
            (
                "podDisruptionBudget.minAvailable is 1 of 1 replicas: Kubernetes could never drain a node that runs a "
                "replica; lower it, or use maxUnavailable."
            ),
        ),
        (
            {"podDisruptionBudget": {"enabled": True, "minAvailable": "50%"}},
            (
                "podDisruptionBudget.minAvailable is 50%, rounded up 1 of 1 replicas: Kubernetes could never "
                "drain a node that runs a replica; lower it, or use maxUnavailable."
            ),
        ),
        (
            {"podDisruptionBudget": {"enabled": True, "maxUnavailable": "0%"}},
            (
                "podDisruptionBudget.maxUnavailable is 0%: Kubernetes could never drain a node that runs a replica; "
                "raise it."
            ),
        ),
        (
            {"extraEnv": [{"name": "WATCH_NAMESPACES", "value": "a"}]},
            "extraEnv sets WATCH_NAMESPACES, which the chart sets: use the value under config instead.",
        ),
        (
            {"extraEnv": [{"name": "POD_UID", "value": "a"}]},
            "extraEnv sets POD_UID, which the chart sets: use the value under config instead.",
        ),
        (
            {"podDisruptionBudget": {"enabled": True, "minAvailable": "100%"}, "replicas": 3},
            (
                "podDisruptionBudget.minAvailable is 100%: Kubernetes could never drain a node that runs a replica; "
                "lower it, or use maxUnavailable."
            ),
        ),
        (
            {"strategy": {"rollingUpdate": {"maxSurge": 1}}, "config": {"leaderElect": False}},
            (
                "strategy.type is RollingUpdate without config.leaderElect: two pods would act during a rollout; "
                "set config.leaderElect to true, or strategy.type to Recreate."
            ),
        ),
        (
            {"strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}},
            (
                "strategy.rollingUpdate is set, but strategy.type is Recreate, which does not use it: "
                "leave one of them out."
            ),
        ),
        (
            {"metrics": {"dashboard": {"enabled": True}}, "config": {"metricsPort": 0}},
            "metrics.dashboard is enabled, but config.metricsPort is 0: the operator serves no metrics; set a port.",
        ),
        (
            {"extraArgs": ["--watch-namespaces=a"]},
            (
                "extraArgs sets --watch-namespaces, on which the chart's other objects depend: "
                "use the value under config instead."
            ),
        ),
        (
            {"serviceAccount": {"create": False}},
            (
                "serviceAccount.create is false and serviceAccount.name is empty: "
                "name the ServiceAccount that you made for the operator."
            ),
        ),
        (
            {"crds": {"keep": False}, "uninstall": {"refuseWhileObjectsExist": False}},
            (
                "crds.keep and uninstall.refuseWhileObjectsExist are both false: helm uninstall would delete every "
                "object, and objects that hold a connection would stay forever; set one of them to true."
            ),
        ),
        (
            {"crds": {"keep": False}, "config": {"watchNamespaces": ["a"]}},
            (
                "crds.keep is false beside config.watchNamespaces: helm uninstall would delete the objects of all "
                "namespaces, and its check sees only those of its own namespaces; set crds.keep to true, or "
                "crds.enabled to false."
            ),
        ),
        (
            {"image": {"repository": None}},
            "image.repository is null: give it a value, or leave it out for the default.",
        ),
        (
            {"config": {"leaderElect": None}},
            "config.leaderElect is null: give it a value, or leave it out for the default.",
        ),
        (
            {"uninstall": {"refuseWhileObjectsExist": None}},
            "uninstall.refuseWhileObjectsExist is null: give it a value, or leave it out for the default.",
        ),
    ],
    ids=lambda value: value.split(":")[0][:60] if isinstance(value, str) else "",
)
def test_values_that_do_not_fit_together_are_refused_with_a_sentence(values: dict[str, Any], sentence: str) -> None:
    assert refusals(values) == [sentence]


def test_an_alert_that_does_not_exist_cannot_be_disabled() -> None:
    (sentence,) = refusals({"metrics": {"prometheusRule": {"disabledAlerts": ["Mine"]}}})
    assert sentence.startswith(
        "metrics.prometheusRule.disabledAlerts names Mine, which is not an alert; the alerts are Atlas"
    )


def test_all_that_is_wrong_is_said_at_once() -> None:
    values = {"image": {"tag": "1.0", "digest": DIGEST}, "replicas": 2, "config": {"leaderElect": False}}
    assert len(refusals(values)) == 2


@pytest.mark.parametrize(("replicas", "least"), [(3, "66%"), (2, "50%"), (2, 1), (0, 1)], ids=lambda value: f"{value}")
def test_a_budget_that_lets_nodes_be_drained_is_taken(replicas: int, least: int | str) -> None:
    assert render({"replicas": replicas, "podDisruptionBudget": {"enabled": True, "minAvailable": least}})


def test_seconds_may_be_a_fraction_which_helm_takes_for_a_string() -> None:
    rendered = helm("template", "blue", str(CHART), "--set=config.pollIntervalPending=1.5").stdout
    assert 'POLL_INTERVAL_PENDING\n              value: "1.5"' in rendered


def test_an_image_may_come_from_a_registry_with_a_port() -> None:
    assert render({"image": {"repository": "localhost:5000/platform/peering"}})


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:8080"])
def test_plain_http_is_taken_towards_the_pod_itself(host: str) -> None:
    assert render({"config": {"atlasBaseUrl": f"http://{host}"}})


def refusals(values: dict[str, Any]) -> list[str]:
    with pytest.raises(ChartRefusedError) as refused:
        render(values)
    _, _, said = str(refused.value).partition("These values contradict each other:\n")
    return [line.removeprefix("- ") for line in said.splitlines() if line.startswith("- ")]
