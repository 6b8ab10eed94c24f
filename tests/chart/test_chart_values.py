"""Each value of the chart has the effect that it says it has."""

import copy
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from chart import Manifest, render
from chart.values import documented

NAME: Final = "atlas-streams-peering"
TEAM: Final = {"example.com/team": "streaming"}
NOTE: Final = {"example.com/note": "seen"}
PEER: Final = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
DIGEST: Final = "sha256:" + "0123456789abcdef" * 4

POD: Final = "Deployment spec template spec"
CONTAINER: Final = f"{POD} containers 0"
NETWORK: Final = {"networkPolicy": {"enabled": True}}
EGRESS_DNS, EGRESS_API, EGRESS_ATLAS = (f"NetworkPolicy spec egress {number}" for number in range(3))
BUDGET: Final = {"podDisruptionBudget": {"enabled": True}, "replicas": 3}


@dataclass(frozen=True)
class Effect:
    """Setting `value` makes `place` read `expected`; `given` are values without which it has no effect."""

    value: str
    setting: Any
    place: str
    expected: Any
    given: dict[str, Any] = field(default_factory=dict)


def variable(value: str, setting: Any, name: str, expected: str, **given: Any) -> Effect:
    return Effect(f"config.{value}", setting, f"{CONTAINER} env name={name} value", expected, given)


def of_monitor(kind: str, endpoint: str) -> list[Effect]:
    section = f"{kind[0].lower()}{kind[1:]}"
    given = {"metrics": {section: {"enabled": True}}}
    at = f"{kind} spec {endpoint} 0"
    drop = [{"action": "drop", "sourceLabels": ["__name__"], "regex": "python_.*"}]
    return [
        Effect(f"metrics.{section}.enabled", True, f"{kind} metadata name", NAME),
        Effect(f"metrics.{section}.namespace", "monitoring", f"{kind} metadata namespace", "monitoring", given),
        Effect(f"metrics.{section}.labels", {"release": "x"}, f"{kind} metadata labels release", "x", given),
        Effect(f"metrics.{section}.annotations", NOTE, f"{kind} metadata annotations", NOTE, given),
        Effect(f"metrics.{section}.interval", "30s", f"{at} interval", "30s", given),
        Effect(f"metrics.{section}.scrapeTimeout", "9s", f"{at} scrapeTimeout", "9s", given),
        Effect(f"metrics.{section}.honorLabels", False, f"{at} honorLabels", False, given),
        Effect(f"metrics.{section}.relabelings", drop, f"{at} relabelings", drop, given),
        Effect(f"metrics.{section}.metricRelabelings", drop, f"{at} metricRelabelings", drop, given),
    ]


RULE: Final = {"metrics": {"prometheusRule": {"enabled": True}}}
DASHBOARD: Final = {"metrics": {"dashboard": {"enabled": True}}}

EFFECTS: Final = [
    Effect("image.repository", "example/peering", f"{CONTAINER} image", "example/peering:0.1.0"),
    Effect("image.tag", "edge", f"{CONTAINER} image", f"{NAME}:edge"),
    Effect("image.digest", DIGEST, f"{CONTAINER} image", f"{NAME}@{DIGEST}"),
    Effect("image.pullPolicy", "Always", f"{CONTAINER} imagePullPolicy", "Always"),
    Effect("imagePullSecrets", [{"name": "pull"}], f"{POD} imagePullSecrets", [{"name": "pull"}]),
    variable("atlasBaseUrl", "https://atlas.example", "ATLAS_BASE_URL", "https://atlas.example"),
    variable("confluentBaseUrl", "https://confluent.example", "CONFLUENT_BASE_URL", "https://confluent.example"),
    variable("watchNamespaces", ["a", "b"], "WATCH_NAMESPACES", "a,b"),
    variable("pollIntervalPending", 2.5, "POLL_INTERVAL_PENDING", "2.5"),
    variable("pollIntervalSteady", 86400, "POLL_INTERVAL_STEADY", "86400"),
    variable(
        "defaultCredentialsSecret",
        "vault/atlas",
        "DEFAULT_CREDENTIALS_SECRET",
        "vault/atlas",
        config={"defaultCredentialsNamespaces": ["*"]},
    ),
    variable(
        "defaultCredentialsNamespaces",
        ["a", "b"],
        "DEFAULT_CREDENTIALS_NAMESPACES",
        "a,b",
        config={"defaultCredentialsSecret": "vault/atlas"},
    ),
    variable("logFormat", "text", "LOG_FORMAT", "text"),
    variable("logLevel", "debug", "LOG_LEVEL", "debug"),
    variable("metricsPort", 9090, "METRICS_PORT", "9090"),
    variable("healthPort", 9091, "HEALTH_PORT", "9091"),
    variable("leaderElect", False, "LEADER_ELECT", "false"),
    variable("leaseName", "team-a", "LEASE_NAME", "team-a"),
    variable("policies", False, "POLICIES", "false"),
    variable("allowPlainHttp", True, "ALLOW_PLAIN_HTTP", "true"),
    Effect("crds.enabled", False, "CustomResourceDefinition", None),
    Effect("crds.keep", False, "CustomResourceDefinition metadata annotations", None),
    Effect("crds.annotations", NOTE, "CustomResourceDefinition metadata annotations example.com/note", "seen"),
    Effect("uninstall.refuseWhileObjectsExist", False, "Job", None),
    Effect("nameOverride", "peering", "Deployment metadata labels app.kubernetes.io/name", "peering"),
    Effect("fullnameOverride", "peering", "Deployment metadata name", "peering"),
    Effect("namespaceOverride", "platform", "Deployment metadata namespace", "platform"),
    Effect("commonLabels", TEAM, "Deployment spec template metadata labels example.com/team", "streaming"),
    Effect("deploymentLabels", TEAM, "Deployment metadata labels example.com/team", "streaming"),
    Effect("deploymentAnnotations", NOTE, "Deployment metadata annotations", NOTE),
    Effect("podLabels", TEAM, "Deployment spec template metadata labels example.com/team", "streaming"),
    Effect("podAnnotations", NOTE, "Deployment spec template metadata annotations", NOTE),
    Effect("replicas", 3, "Deployment spec replicas", 3),
    Effect("strategy", {"type": "Recreate"}, "Deployment spec strategy", {"type": "Recreate"}),
    Effect("revisionHistoryLimit", 0, "Deployment spec revisionHistoryLimit", 0),
    Effect("terminationGracePeriodSeconds", 5, f"{POD} terminationGracePeriodSeconds", 5),
    Effect("podDisruptionBudget.enabled", True, "PodDisruptionBudget spec maxUnavailable", 1),
    Effect("podDisruptionBudget.minAvailable", 0, "PodDisruptionBudget spec minAvailable", 0, BUDGET),
    Effect("podDisruptionBudget.maxUnavailable", "50%", "PodDisruptionBudget spec maxUnavailable", "50%", BUDGET),
    Effect(
        "topologySpreadConstraints",
        [{"topologyKey": "zone", "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}],
        f"{POD} topologySpreadConstraints 0 labelSelector matchLabels app.kubernetes.io/component",
        "operator",
    ),
    Effect("affinity", {"podAffinity": {}}, f"{POD} affinity", {"podAffinity": {}}),
    Effect("nodeSelector", {"disk": "ssd"}, f"{POD} nodeSelector", {"disk": "ssd"}),
    Effect("tolerations", [{"operator": "Exists"}], f"{POD} tolerations", [{"operator": "Exists"}]),
    Effect("priorityClassName", "platform", f"{POD} priorityClassName", "platform"),
    Effect("runtimeClassName", "gvisor", f"{POD} runtimeClassName", "gvisor"),
    Effect("resources", {"limits": {"cpu": 1}}, f"{CONTAINER} resources limits", {"cpu": 1, "memory": "256Mi"}),
    Effect("podSecurityContext", {"fsGroup": 7}, f"{POD} securityContext fsGroup", 7),
    Effect("securityContext", {"runAsUser": 7}, f"{CONTAINER} securityContext runAsUser", 7),
    Effect("livenessProbe", {"periodSeconds": 7}, f"{CONTAINER} livenessProbe periodSeconds", 7),
    Effect("readinessProbe", {"periodSeconds": 7}, f"{CONTAINER} readinessProbe periodSeconds", 7),
    Effect("livenessProbe", {"enabled": False}, f"{CONTAINER} livenessProbe", None),
    Effect("readinessProbe", {"enabled": False}, f"{CONTAINER} readinessProbe", None),
    Effect("extraContainers", [{"name": "c", "image": "i"}], f"{POD} containers name=c image", "i"),
    Effect("extraEnv", [{"name": "A", "value": "b"}], f"{CONTAINER} env name=A value", "b"),
    Effect("extraArgs", ["--log-level=debug"], f"{CONTAINER} args", ["run", "--log-level=debug"]),
    Effect("extraVolumes", [{"name": "v"}], f"{POD} volumes", [{"name": "v"}]),
    Effect("extraVolumeMounts", [{"name": "v"}], f"{CONTAINER} volumeMounts", [{"name": "v"}]),
    Effect("dnsPolicy", "Default", f"{POD} dnsPolicy", "Default"),
    Effect("dnsConfig", {"searches": ["x"]}, f"{POD} dnsConfig", {"searches": ["x"]}),
    Effect(
        "hostAliases",
        [{"ip": "192.0.2.1", "hostnames": ["x"]}],
        f"{POD} hostAliases",
        [{"ip": "192.0.2.1", "hostnames": ["x"]}],
    ),
    Effect("hostUsers", False, f"{POD} hostUsers", False),
    Effect("networkPolicy.enabled", True, "NetworkPolicy spec policyTypes", ["Ingress", "Egress"]),
    Effect("networkPolicy.metricsFrom", [PEER], "NetworkPolicy spec ingress 1 from", [PEER], NETWORK),
    Effect("networkPolicy.apiServerPorts", [16443], f"{EGRESS_API} ports 0 port", 16443, NETWORK),
    Effect("networkPolicy.apiServerTo", [PEER], f"{EGRESS_API} to", [PEER], NETWORK),
    Effect("networkPolicy.atlasTo", [PEER], f"{EGRESS_ATLAS} to", [PEER], NETWORK),
    Effect("networkPolicy.dnsTo", [PEER], f"{EGRESS_DNS} to", [PEER], NETWORK),
    Effect("networkPolicy.extraIngress", [{"from": [PEER]}], "NetworkPolicy spec ingress 2 from", [PEER], NETWORK),
    Effect("networkPolicy.extraEgress", [{"to": [PEER]}], "NetworkPolicy spec egress 3 to", [PEER], NETWORK),
    Effect("config.atlasBaseUrl", "https://x.example:8443", f"{EGRESS_ATLAS} ports 0 port", 8443, NETWORK),
    Effect("serviceAccount.create", False, "ServiceAccount", None, {"serviceAccount": {"name": "mine"}}),
    Effect("serviceAccount.name", "mine", f"{POD} serviceAccountName", "mine"),
    Effect("serviceAccount.labels", TEAM, "ServiceAccount metadata labels example.com/team", "streaming"),
    Effect("serviceAccount.annotations", NOTE, "ServiceAccount metadata annotations", NOTE),
    Effect("serviceAccount.automount", True, "ServiceAccount automountServiceAccountToken", True),
    Effect("rbac.create", False, "RoleBinding", None),
    Effect("rbac.aggregateClusterRoles", False, f"ClusterRole/{NAME}-view", None),
    Effect(
        "rbac.clusterWideObjects",
        True,
        "ClusterRole metadata name",
        f"{NAME}-objects-{NAME}",
        {"config": {"watchNamespaces": ["a"]}, "crds": {"enabled": False}},
    ),
    Effect("rbac.secretNames", ["atlas"], f"ClusterRole/{NAME} rules resources=['secrets'] resourceNames", ["atlas"]),
    Effect("metrics.service.enabled", False, "Service", None),
    Effect("metrics.service.port", 80, "Service spec ports 0 port", 80),
    Effect("metrics.service.labels", TEAM, "Service metadata labels example.com/team", "streaming"),
    Effect("metrics.service.annotations", NOTE, "Service metadata annotations", NOTE),
    Effect("metrics.service.ipFamilyPolicy", "SingleStack", "Service spec ipFamilyPolicy", "SingleStack"),
    Effect("metrics.service.ipFamilies", ["IPv6"], "Service spec ipFamilies", ["IPv6"]),
    Effect("config.metricsPort", 0, "Service", None),
    *of_monitor("ServiceMonitor", "endpoints"),
    *of_monitor("PodMonitor", "podMetricsEndpoints"),
    Effect("metrics.prometheusRule.enabled", True, "PrometheusRule spec groups 0 name", NAME),
    Effect("metrics.prometheusRule.namespace", "ops", "PrometheusRule metadata namespace", "ops", RULE),
    Effect("metrics.prometheusRule.labels", {"a": "b"}, "PrometheusRule metadata labels a", "b", RULE),
    Effect("metrics.prometheusRule.annotations", NOTE, "PrometheusRule metadata annotations", NOTE, RULE),
    Effect(
        "metrics.prometheusRule.job",
        "peering",
        "PrometheusRule spec groups 0 rules alert=AtlasStreamsPeeringMultipleLeaders expr",
        f'sum by (job, namespace) (atlas_streams_peering_leader{{job="peering", namespace="{NAME}"}}) > 1',
        RULE,
    ),
    Effect(
        "metrics.prometheusRule.runbookUrl",
        "https://runbooks/{page}#{anchor}",
        "PrometheusRule spec groups 0 rules alert=AtlasStreamsPeeringMultipleLeaders annotations runbook_url",
        "https://runbooks/metrics#atlasstreamspeeringmultipleleaders",
        RULE,
    ),
    Effect(
        "metrics.prometheusRule.alertLabels",
        {"team": "x"},
        "PrometheusRule spec groups 0 rules 0 labels",
        {"severity": "critical", "team": "x"},
        RULE,
    ),
    Effect(
        "metrics.prometheusRule.disabledAlerts",
        ["AtlasStreamsPeeringStuck"],
        "PrometheusRule spec groups 0 rules alert=AtlasStreamsPeeringStuck",
        None,
        RULE,
    ),
    Effect(
        "metrics.prometheusRule.extraRules",
        [{"record": "r", "expr": "1"}],
        "PrometheusRule spec groups 0 rules record=r expr",
        "1",
        RULE,
    ),
    Effect("metrics.dashboard.enabled", True, "ConfigMap metadata labels grafana_dashboard", "1"),
    Effect("metrics.dashboard.namespace", "ops", "ConfigMap metadata namespace", "ops", DASHBOARD),
    Effect("metrics.dashboard.labels", {"a": "b"}, "ConfigMap metadata labels a", "b", DASHBOARD),
    Effect("metrics.dashboard.annotations", NOTE, "ConfigMap metadata annotations", NOTE, DASHBOARD),
    Effect("global.imagePullSecrets", [{"name": "pull"}], f"{POD} imagePullSecrets", [{"name": "pull"}]),
    Effect("global.nodeSelector", {"disk": "ssd"}, f"{POD} nodeSelector", {"disk": "ssd"}),
    Effect("test.enabled", False, "Pod", None),
    Effect("test.atlas", False, "Pod spec containers 0 args", ["check", "--no-atlas"]),
    Effect("test.confluent", False, "Pod spec containers 0 args", ["check", "--no-confluent"]),
    Effect("extraObjects", ["{kind: X, metadata: {name: '{{ .Release.Name }}'}}"], "X metadata name", NAME),
]


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: f"{effect.value}={effect.setting}"[:60])
def test_a_value_has_its_effect(effect: Effect) -> None:
    rendered = render(merged(effect.given, nested(effect.value, effect.setting)))
    assert found(rendered, effect.place) == effect.expected


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: f"{effect.value}={effect.setting}"[:60])
def test_without_the_value_it_is_otherwise(effect: Effect) -> None:
    # Default credentials and who may use them only go together.
    given = {} if effect.value.startswith("config.defaultCredentials") else effect.given
    assert found(render(given), effect.place) != effect.expected


def test_no_value_is_left_out_here() -> None:
    of_a_parent = {"global.imagePullSecrets", "global.nodeSelector"}
    assert {".".join(value.path) for value in documented()} | of_a_parent == {effect.value for effect in EFFECTS}


def test_what_a_parent_chart_sets_for_all_comes_together_with_our_own() -> None:
    given = {"imagePullSecrets": [{"name": "all"}, {"name": "pull"}], "nodeSelector": {"disk": "hdd", "os": "linux"}}
    rendered = render({"global": given, "imagePullSecrets": [{"name": "pull"}], "nodeSelector": {"disk": "ssd"}})

    assert found(rendered, f"{POD} imagePullSecrets") == [{"name": "all"}, {"name": "pull"}]
    assert found(rendered, f"{POD} nodeSelector") == {"disk": "ssd", "os": "linux"}


@pytest.mark.parametrize(
    "path", [".".join(value.path) for value in documented() if value.default in ({}, []) and value.default is not None]
)
def test_a_key_with_nothing_after_it_is_as_good_as_an_empty_one(path: str) -> None:
    given: dict[str, Any] = merged(merged(NETWORK, DASHBOARD), {"metrics": {"serviceMonitor": {"enabled": True}}})
    if path.startswith("metrics.podMonitor"):
        given = {"metrics": {"podMonitor": {"enabled": True}}}
    given = merged(given, RULE)
    assert render(merged(given, nested(path, None))) == render(given)


def nested(path: str, setting: Any) -> dict[str, Any]:
    for key in reversed(path.split(".")):
        setting = {key: setting}
    return setting  # type: ignore[no-any-return]


def merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    result = copy.deepcopy(first)
    for key, value in second.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def found(manifests: list[Manifest], place: str) -> Any:
    """Return what is at ``Kind[/name] key 0 key=value …``; None: nothing."""
    kind, *steps = place.split(" ")
    kind, _, name = kind.partition("/")
    value: Any = next((one for one in manifests if one["kind"] == kind and _of_name(one, name)), None)
    for step in steps:
        key, selects, wanted = step.partition("=")
        if value is None:
            return None
        if selects:
            value = next((entry for entry in value if str(entry.get(key)) == wanted), None)
        elif isinstance(value, list):
            value = value[int(step)] if int(step) < len(value) else None
        else:
            value = value.get(step)
    return value


def _of_name(manifest: Manifest, name: str) -> bool:
    hook = "helm.sh/hook" in (manifest["metadata"].get("annotations") or {})
    return manifest["metadata"]["name"] == name if name else not hook or manifest["kind"] in ("Job", "Pod")
