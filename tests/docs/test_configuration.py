"""What is said of settings, endpoints, permissions and the deployment is what they are."""

from typing import Any

import pytest

from atlas_streams_peering.settings import Settings
from docs.documents import read, table_rows
from fast_yaml import read_yaml_all

ROWS = {row[0]: row for row in table_rows(read("docs/configuration.md"))}


def container() -> dict[str, Any]:
    """Return the deployment's only container."""
    manifests = read_yaml_all(read("deploy/operator.yaml"))
    (deployment,) = [manifest for manifest in manifests if manifest["kind"] == "Deployment"]
    (only,) = deployment["spec"]["template"]["spec"]["containers"]
    return dict(only)


def as_written(default: Any) -> str:
    if default in ("", ()):
        return "empty"
    return str(default).lower() if isinstance(default, bool) else str(getattr(default, "value", default))


@pytest.mark.parametrize("name", Settings.model_fields)
def test_each_setting_is_listed_with_its_variable_flag_and_default(name: str) -> None:
    variable, flag = name.upper(), f"--{name.replace('_', '-')}"
    assert ROWS[variable][:3] == [variable, flag, as_written(Settings.model_fields[name].default)]


def test_each_permission_is_listed_with_its_verbs() -> None:
    listed = {row[0].partition(",")[0]: row[1].split(", ") for row in table_rows(read("docs/security.md"))}
    granted: dict[str, set[str]] = {}
    for manifest in read_yaml_all(read("deploy/rbac.yaml")):
        # The aggregated roles are for people: what the operator may do is bound to its ServiceAccount.
        if any(label.startswith("rbac.authorization") for label in manifest["metadata"].get("labels", {})):
            continue
        for rule in manifest.get("rules", []):
            for resource in rule["resources"]:
                granted.setdefault(resource, set()).update(rule["verbs"])
    assert {resource: set(listed.get(resource, ())) for resource in granted} == granted


def test_the_deployment_sets_nothing_unknown_and_shows_the_ports_that_are_served() -> None:
    ports = {port["name"]: port["containerPort"] for port in container()["ports"]}
    defaults = Settings.model_fields
    assert ports == {"metrics": defaults["metrics_port"].default, "health": defaults["health_port"].default}
    assert {entry["name"].lower() for entry in container()["env"]} <= {
        *defaults,
        "pod_namespace",
        "pod_name",
        "pod_uid",
    }


def test_the_deployment_runs_with_values_that_the_operator_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    for entry in container()["env"]:
        if "value" in entry:
            monkeypatch.setenv(entry["name"], entry["value"])
    Settings()
