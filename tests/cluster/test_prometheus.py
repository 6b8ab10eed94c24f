"""A real Prometheus scrapes a leader and a standby with the chart's alerts loaded: what a user of both sees."""

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any, Final

import pytest
import yaml

from atlas_simulator import SimulatorThread
from chart import named, render
from chart.dashboard import dashboard
from cluster.account_details import account_details
from cluster.atlas import request
from cluster.confluent import confluent_peering
from cluster.conftest import OPERATOR_NAMESPACE, StartOperator
from cluster.namespace import Namespace, peering, vpc
from cluster.outbound import outbound
from cluster.policies import policy
from cluster.prometheus import Prometheus, program, prometheus
from cluster.replicas import AFTER_A_CRASH, Replicas, leads
from cluster.waiting import wait_until
from fast_yaml import read_yaml
from unit.metrics.inventory import exported

RULES: Final = named(
    render({"metrics": {"prometheusRule": {"enabled": True}}}, release="peering", namespace="ops"), "PrometheusRule"
)["spec"]
CONDITION: Final = "atlas_streams_peering_object_condition"
EXPIRY: Final = "atlas_streams_peering_request_expiration_timestamp_seconds"
NO_SECRET: Final = {"secret": "not-there"}
OF_EACH_KIND: Final = {
    "StreamsVpcPeering": peering("shut-out-svp", vpc=vpc(9), **NO_SECRET),
    "StreamsAccountDetails": account_details("shut-out-sacct", **NO_SECRET),
    "ConfluentPeering": confluent_peering("shut-out-cfp", credentialsSecretRef={"name": "not-there"}),
    "StreamsOutboundVpcPeering": outbound("shut-out-sop", 9, **NO_SECRET),
    "StreamsVpcPeeringPolicy": policy("shut-out-svpp", **NO_SECRET),
}
"""One object of each kind whose Secret is not there."""


def at_once(rules: dict[str, Any]) -> dict[str, Any]:
    """Return the rules without the time for which a trouble has to last; how long that is, promtool tests."""
    copied: dict[str, Any] = read_yaml(yaml.safe_dump(rules))
    for group in copied["groups"]:
        for rule in group["rules"]:
            rule["for"] = "0s"
    return copied


@pytest.fixture(scope="module")
def replicas(start_operator: StartOperator, namespace: Namespace, vacant: None) -> Replicas:
    settings = {"LEADER_ELECT": "true", "POD_NAMESPACE": OPERATOR_NAMESPACE, "LOG_FORMAT": "json"}
    first = start_operator(namespace, **settings)
    wait_until(lambda: leads(first), "the first replica leads")
    return Replicas(first, start_operator(namespace, **settings))


@pytest.fixture(scope="module")
def scraped(replicas: Replicas, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    targets = {"first": replicas.first.metrics_port, "second": replicas.second.metrics_port}
    with prometheus(tmp_path_factory.mktemp("prometheus"), at_once(RULES), targets) as running:
        wait_until(lambda: len(running.query("atlas_streams_peering_leader")) == 2, "both are scraped", seconds=60)
        yield running


@pytest.fixture(scope="module")
def objects(namespace: Namespace, simulator: SimulatorThread, replicas: Replicas) -> Namespace:
    """A namespace with an object that is Active, one that is dead, one whose request expires soon, and those above."""
    request(simulator, 1)
    request(simulator, 2, state="expired")
    request(simulator, 3, delays={"expiration": 5 * 3600.0})
    namespace.apply(
        peering("fine", vpc=vpc(1)),
        peering("dead", vpc=vpc(2)),
        peering("soon", vpc=vpc(3), suspend=True),
        *OF_EACH_KIND.values(),
    )
    namespace.wait_for_reasons({"fine": "Active", "dead": "RequestExpired", "soon": "Suspended"})
    return namespace


def test_all_alerts_are_loaded_and_none_of_them_fails(scraped: Prometheus) -> None:
    expected = sorted(rule["alert"] for group in RULES["groups"] for rule in group["rules"])

    def evaluated() -> list[str]:
        return sorted(rule["name"] for rule in scraped.rules() if rule["health"] == "ok")

    wait_until(lambda: evaluated() == expected, "all rules are evaluated")


@pytest.mark.parametrize("kind", OF_EACH_KIND)
def test_an_object_of_each_kind_is_named(scraped: Prometheus, objects: Namespace, kind: str) -> None:
    name = OF_EACH_KIND[kind]["metadata"]["name"]
    series = f'{CONDITION}{{type="Ready", kind="{kind}", namespace="{objects.name}", name="{name}"}}'

    (found,) = wait_until(lambda: scraped.query(series), f"{name} is named")

    assert (found["status"], found["reason"]) == ("False", "CredentialsMissing")


@pytest.mark.parametrize("kind", OF_EACH_KIND)
def test_a_missing_secret_is_a_warning_for_each_kind(objects: Namespace, kind: str) -> None:
    event = objects.wait_for_event(OF_EACH_KIND[kind]["metadata"]["name"], "CredentialsMissing")
    assert event["type"] == "Warning"


def firing(scraped: Prometheus, alert: str, **labels: str) -> dict[str, Any]:
    """Wait until an alert with these labels fires, and return its annotations."""

    def found() -> dict[str, Any] | None:
        for one in scraped.alerts():
            if labels.items() <= one["labels"].items() and one["labels"]["alertname"] == f"AtlasStreamsPeering{alert}":
                annotations: dict[str, Any] = one["annotations"]
                return annotations
        return None

    return wait_until(found, f"{alert} fires for {labels}") or {}


def test_the_alerts_fire_for_those_who_have_to_act_and_say_for_what(scraped: Prometheus, objects: Namespace) -> None:
    here = {"job": "peering", "namespace": objects.name}
    dead = firing(scraped, "ObjectStalled", **here, kind="StreamsVpcPeering", name="dead", reason="RequestExpired")
    soon = firing(scraped, "RequestExpiresSoon", **here, kind="StreamsVpcPeering", name="soon")
    no_access = firing(scraped, "NoAccess", **here, kind="ConfluentPeering", reason="CredentialsMissing")

    assert dead["summary"] == f"StreamsVpcPeering {objects.name}/dead needs your attention: RequestExpired."
    assert dead["runbook_url"].endswith("docs/troubleshooting.md#requestexpired")
    assert re.fullmatch(
        rf"The request pcx-\w+ of StreamsVpcPeering {objects.name}/soon expires in 4h 5\dm \d+\S*s\.", soon["summary"]
    )
    assert no_access["summary"].startswith("The operator has no access for 1 ConfluentPeering objects")
    # An object on its way counts as stuck at once, without the hour that the rule gives it.
    wait_until(
        lambda: {alert["labels"].get("name") for alert in scraped.alerts()} == {None, "dead", "soon"},
        "no alert is about anybody else",
    )


DASHBOARD: Final = json.loads(dashboard())
QUERIES: Final = {
    (panel["title"], target["legendFormat"]): target["expr"]
    for panel in DASHBOARD["panels"]
    for target in panel.get("targets", ())
}


def in_grafana(expression: str) -> str:
    """Return a query with the variables as Grafana fills them in."""
    return expression.replace("$cluster", ".*").replace("$job", "peering").replace("$__rate_interval", "1m")


def test_prometheus_answers_each_query_of_the_dashboard(scraped: Prometheus, objects: Namespace) -> None:
    for expression in QUERIES.values():
        scraped.query(in_grafana(expression))  # raises HTTPStatusError where it is no query, or joins what cannot be


def test_the_table_of_the_dashboard_has_a_row_for_each_object(scraped: Prometheus, objects: Namespace) -> None:
    table = in_grafana(QUERIES["Objects", "Ready"])
    names = {"fine", "dead", "soon", *(one["metadata"]["name"] for one in OF_EACH_KIND.values())}

    rows = wait_until(lambda: {row["name"]: row for row in scraped.query(table)}, "there are rows")

    assert set(rows) == names
    assert {row["namespace"] for row in rows.values()} == {objects.name}
    assert (rows["fine"]["status"], rows["fine"]["reason"]) == ("True", "Active")
    assert rows["fine"]["connection"] == objects.wait_for_reason("fine", "Active")["connectionName"]
    assert rows["soon"]["suspended"] == "true"
    assert [row["name"] for row in scraped.query(in_grafana(QUERIES["Objects", "Expires in"]))] == ["soon"]


def test_only_the_leader_names_objects(scraped: Prometheus, objects: Namespace, replicas: Replicas) -> None:
    wait_until(lambda: scraped.query(f'{CONDITION}{{name="fine"}}'), "it is named")

    assert {series["pod"] for series in scraped.query(f"{{__name__=~'{CONDITION}|{EXPIRY}'}}")} == {"first"}
    assert {series["pod"] for series in scraped.query("workqueue_depth")} == {"first", "second"}
    assert "_created" not in replicas.leader.metrics()


def test_the_metrics_are_those_of_the_documentation(objects: Namespace, replicas: Replicas) -> None:
    shown = dict(re.findall(r"(?m)^# TYPE (\S+) (\w+)$", replicas.leader.metrics()))
    assert shown == {name: metric.type for name, metric in exported().items()}


def test_promtool_finds_no_fault_in_the_metrics(objects: Namespace, replicas: Replicas) -> None:
    command = [program("promtool"), "check", "metrics"]
    result = subprocess.run(
        command, input=replicas.leader.metrics(), capture_output=True, text=True, timeout=60, check=False
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_the_log_names_the_object_in_fields(objects: Namespace, replicas: Replicas) -> None:
    lines = [json.loads(line) for line in replicas.first.output().splitlines()]
    (active,) = (line for line in lines if (line.get("name"), line.get("reason")) == ("fine", "Active"))
    assert (active["kind"], active["namespace"]) == ("StreamsVpcPeering", objects.name)
    assert active["connection"] == objects.wait_for_reason("fine", "Active")["connectionName"]


def test_the_series_of_an_object_end_with_it(scraped: Prometheus, objects: Namespace) -> None:
    wait_until(lambda: scraped.query(f'{EXPIRY}{{name="soon"}}'), "it is named")

    objects.delete("soon", wait=True)

    wait_until(lambda: not scraped.query('{__name__=~"atlas_streams_peering.*", name="soon"}'), "nothing names it")
    wait_until(
        lambda: "AtlasStreamsPeeringRequestExpiresSoon" not in {one["labels"]["alertname"] for one in scraped.alerts()},
        "the alert ends",
    )


def test_the_next_leader_goes_on_with_the_series(scraped: Prometheus, objects: Namespace, replicas: Replicas) -> None:
    assert replicas.first.stop() == 0

    wait_until(
        lambda: {series["pod"] for series in scraped.query(f'{CONDITION}{{name="fine"}}')} == {"second"},
        "the standby names the objects",
        seconds=AFTER_A_CRASH,
    )
    (counted,) = scraped.query(f'count by (name) ({CONDITION}{{name="fine", type="Ready"}}) == 1')
    assert counted == {"name": "fine"}
