"""What the chart lets the operator, its hook and its users do."""

from typing import Any

import pytest
import yaml

from atlas_streams_peering.api.group import GROUP
from atlas_streams_peering.check import required_permissions
from atlas_streams_peering.kinds.resources import KINDS
from atlas_streams_peering.settings import Settings
from chart import Manifest, containers, is_hook, named, render
from chart.golden import modes
from chart.permissions import Grant, grants

CLUSTER_WIDE = {"ClusterRole", "ClusterRoleBinding"}
CREDENTIALS = {"defaultCredentialsSecret": "vault/atlas", "defaultCredentialsNamespaces": ["*"]}


@pytest.mark.parametrize("mode", modes())
def test_the_operator_is_granted_exactly_what_its_own_check_wants(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    values = modes()[mode]
    rendered = render(values)
    operator, *_ = containers(named(rendered, "Deployment"))
    for name, value in operator.variables.items():
        monkeypatch.setenv(name, value)
    secrets = tuple(values.get("rbac", {}).get("secretNames", ()))
    wanted = {
        Grant(one.verb, one.group, "/".join(filter(None, (one.resource, one.subresource))), one.namespace, one.name)
        for one in required_permissions(Settings(), secrets)
    }
    assert grants(rendered, operator.account) == wanted


@pytest.mark.parametrize("mode", modes())
def test_of_secrets_nothing_but_get_is_granted(mode: str) -> None:
    rules = [rule for one in render(modes()[mode]) for rule in one.get("rules", ()) if "secrets" in rule["resources"]]
    assert rules
    assert all(rule["verbs"] == ["get"] for rule in rules)


@pytest.mark.parametrize("mode", modes())
def test_no_rule_has_a_wildcard(mode: str) -> None:
    for manifest in render(modes()[mode]):
        for rule in manifest.get("rules", ()):
            assert "*" not in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]


def test_the_namespaced_mode_has_nothing_cluster_wide() -> None:
    rendered = render({"config": {"watchNamespaces": ["a", "b"]}, "crds": {"enabled": False}})
    assert {one["kind"] for one in rendered} & CLUSTER_WIDE == set()
    assert {grant.namespace for grant in grants(rendered, "atlas-streams-peering") if grant.group == GROUP} == {
        "a",
        "b",
    }


def test_objects_may_outlive_the_roles_of_their_namespace_and_nothing_else_is_granted_in_the_whole_cluster() -> None:
    values = {"config": {"watchNamespaces": ["a", "b"]}, "crds": {"enabled": False}}
    confined = grants(render(values), "atlas-streams-peering")
    outliving = grants(render({**values, "rbac": {"clusterWideObjects": True}}), "atlas-streams-peering")

    # What a policy creates and deletes is not needed in a namespace that is being deleted.
    of_objects = {grant for grant in confined if grant.group == GROUP and grant.verb not in ("create", "delete")}
    assert outliving == (confined - of_objects) | {grant._replace(namespace="") for grant in of_objects}


def test_for_the_whole_cluster_nothing_outlives_anything() -> None:
    assert render({"rbac": {"clusterWideObjects": True}}) == render()


def test_a_namespace_named_twice_is_granted_once() -> None:
    rendered = render({"config": {"watchNamespaces": ["a"]}})
    assert len([one for one in rendered if one["kind"] == "Role" and not is_hook(one)]) == 2  # a, and the Lease


@pytest.mark.parametrize(
    ("values", "granted"),
    [
        ({"config": CREDENTIALS}, False),  # any Secret may be read anyway
        ({"config": {**CREDENTIALS, "watchNamespaces": ["vault"]}}, False),
        ({"config": {**CREDENTIALS, "watchNamespaces": ["a"]}}, True),
        ({"config": CREDENTIALS, "rbac": {"secretNames": ["atlas"]}}, False),
        ({"config": CREDENTIALS, "rbac": {"secretNames": ["other"]}}, True),
    ],
)
def test_the_default_credentials_are_granted_by_name_where_nothing_else_grants_them(
    values: dict[str, Any], granted: bool
) -> None:
    by_name = Grant("get", "", "secrets", "vault", "atlas")
    assert (by_name in grants(render(values), "atlas-streams-peering")) is granted


def test_the_lease_is_the_only_one_that_may_be_changed() -> None:
    leases = {grant for grant in grants(render(), "atlas-streams-peering") if grant.resource == "leases"}
    assert {(grant.verb, grant.name) for grant in leases} == {
        ("create", ""),  # what has no name yet cannot be granted by name
        ("get", "atlas-streams-peering"),
        ("update", "atlas-streams-peering"),
    }
    assert {grant.namespace for grant in leases} == {"atlas-streams-peering"}


@pytest.mark.parametrize(
    ("release", "config", "name"),
    [
        # For the whole cluster: whatever the release, two in one namespace take turns.
        ("atlas-streams-peering", {}, "atlas-streams-peering"),
        ("blue", {}, "atlas-streams-peering"),
        # For some namespaces: an operator of its own, under the name that the usual release has always had.
        ("atlas-streams-peering", {"watchNamespaces": ["a"]}, "atlas-streams-peering"),
        ("blue", {"watchNamespaces": ["a"]}, "blue-atlas-streams-peering"),
        ("green", {"watchNamespaces": ["b"]}, "green-atlas-streams-peering"),
        # As it is said.
        ("blue", {"leaseName": "shared"}, "shared"),
        ("blue", {"leaseName": "shared", "watchNamespaces": ["a"]}, "shared"),
    ],
)
def test_the_operator_campaigns_for_the_lease_that_it_may_write(
    release: str, config: dict[str, Any], name: str
) -> None:
    rendered = render({"config": config}, release=release)
    (operator,) = containers(named(rendered, "Deployment"))
    account = named(rendered, "ServiceAccount")["metadata"]["name"]
    may = {(grant.verb, grant.name) for grant in grants(rendered, account) if grant.resource == "leases"}
    assert operator.variables["LEASE_NAME"] == name
    assert may == {("create", ""), ("get", name), ("update", name)}


def test_without_an_election_no_lease_is_granted() -> None:
    values = {"config": {"leaderElect": False}}
    rendered = render(values)
    assert not any(grant.resource == "leases" for grant in grants(rendered, "atlas-streams-peering"))
    assert "LEASE_NAME" not in containers(named(rendered, "Deployment"))[0].variables


def test_users_who_may_view_or_edit_a_namespace_may_do_so_with_every_kind() -> None:
    rendered = render()
    view = named(rendered, "ClusterRole", "atlas-streams-peering-view")
    edit = named(rendered, "ClusterRole", "atlas-streams-peering-edit")
    kinds = sorted(kind.plural for kind in KINDS)
    assert [sorted(rule["resources"]) for role in (view, edit) for rule in role["rules"]] == [kinds, kinds]
    assert view["rules"][0]["verbs"] == ["get", "list", "watch"]
    assert edit["rules"][0]["verbs"] == ["create", "update", "patch", "delete", "deletecollection"]
    assert aggregated(view) == {"view", "edit", "admin"}
    assert aggregated(edit) == {"edit", "admin"}


def test_one_value_leaves_policies_out_with_their_crd_and_all_that_only_they_need() -> None:
    policies = "streamsvpcpeeringpolicies"
    served, without = render(), render({"config": {"policies": False}})
    needed = grants(served, "atlas-streams-peering") - grants(without, "atlas-streams-peering")

    assert {(grant.verb, grant.resource) for grant in needed} == {
        *((verb, policies) for verb in ("get", "list", "watch", "patch")),
        ("update", f"{policies}/status"),
        ("create", "streamsvpcpeerings"),
        ("delete", "streamsvpcpeerings"),
    }
    assert f"{policies}.{GROUP}" in yaml.safe_dump(served)
    assert policies not in yaml.safe_dump(without)


def test_nobody_but_the_operator_may_write_status() -> None:
    for role in (one for one in render() if one["kind"] == "ClusterRole"):
        writes_status = any(resource.endswith("/status") for rule in role["rules"] for resource in rule["resources"])
        assert writes_status is (role["metadata"]["name"] == "atlas-streams-peering")


def test_with_roles_of_your_own_there_are_none_of_the_chart() -> None:
    rendered = render({"rbac": {"create": False}})
    assert not any("rules" in yaml.safe_dump(one) for one in rendered if one["kind"] in CLUSTER_WIDE)


def aggregated(role: Manifest) -> set[str]:
    prefix = "rbac.authorization.k8s.io/aggregate-to-"
    return {key.removeprefix(prefix) for key in role["metadata"]["labels"] if key.startswith(prefix)}
