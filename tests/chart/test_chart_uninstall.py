"""``helm uninstall`` asks the hook first, and the hook refuses while objects exist."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from chart_release import Ended, Release

from chart.helm import CHART
from cluster.account_details import account_details
from cluster.policies import policy
from cluster.waiting import wait_until

HOOK = "uninstall-check"
PCX = "pcx-09277e1e81d0751c1"

pytestmark = pytest.mark.usefixtures("kinds")


@contextmanager
def uninstalled(release: Release) -> Iterator[tuple[Ended, int]]:
    """Uninstall; yield how the hook's pod ended, and with what exit code Helm did."""
    # A refused Job is kept for its log, until the next attempt.
    name = release.object_name(HOOK)
    kept = uid(release.get("job", name))
    with release.helm_running("uninstall") as helm:
        wait_until(lambda: uid(release.get("job", name)) not in (None, kept), "the hook's Job is there", seconds=60)
        ended = release.run_job(name)
        yield ended, helm.wait(timeout=60)


def install(release: Release, **values: Any) -> None:
    release.install({"crds": {"enabled": False}, **values})


def test_it_is_refused_with_a_list_of_the_objects_and_what_to_do(release: Release) -> None:
    install(release)
    release.peering("orders", holds=PCX)
    release.peering("payments")
    with uninstalled(release) as (hook, helm):
        namespace = release.namespace
        assert hook.output.splitlines()[:4] == [
            "Refused: 2 objects of the operator still exist:",
            f"- StreamsVpcPeering {namespace}/orders holds {PCX} in Atlas",
            f"- StreamsVpcPeering {namespace}/payments holds nothing in Atlas",
            "",
        ]
        assert f"kubectl delete streamsvpcpeering orders --namespace {namespace}" in hook.output
        assert helm != 0
    assert release.get("deployment", release.object_name()) is not None, "the operator goes on"
    assert release.get("svp", "orders") is not None


def test_after_a_refusal_the_release_can_be_rolled_back_and_upgraded_again(release: Release) -> None:
    install(release)
    release.peering("orders")
    with uninstalled(release) as (_, helm):
        assert helm == 1
    assert "has no deployed releases" in release.helm("upgrade", str(CHART)).output, "docs/uninstall.md says why"

    answer = release.helm("rollback", "1")
    assert answer.code == 0, answer.output
    answer = release.helm("upgrade", str(CHART), values={"crds": {"enabled": False}, "replicas": 2})

    assert answer.code == 0, answer.output
    deployment = release.get("deployment", release.object_name())
    assert deployment is not None
    assert deployment["spec"]["replicas"] == 2


def test_once_the_objects_are_gone_it_works_and_leaves_nothing_of_the_hook(release: Release) -> None:
    install(release)
    release.peering("orders")
    with uninstalled(release) as (hook, helm):
        assert (hook.code, helm) == (1, 1)
    release.kubectl("delete", "svp", "orders")
    with uninstalled(release) as (hook, helm):
        assert hook.output == "No objects exist.\n"
        assert helm == 0
    assert release.get("deployment", release.object_name()) is None
    for kind in ("job", "serviceaccount", "clusterrole", "clusterrolebinding"):
        assert release.get(kind, release.object_name(HOOK)) is None


def test_objects_that_never_hold_anything_in_atlas_do_not_stop_it_and_are_counted(release: Release) -> None:
    install(release)
    release.kubectl("create", "-f", "-", input=json.dumps(account_details("network")))
    release.peering("orders")
    with uninstalled(release) as (hook, helm):
        assert "network" not in hook.output
        assert helm != 0
    release.kubectl("delete", "svp", "orders")
    with uninstalled(release) as (hook, helm):
        assert hook.output.startswith(
            "No object exists that can hold anything in Atlas or Confluent Cloud. Other objects stay (1): "
        )
        assert helm == 0
    assert release.get("sacct", "network") is not None
    release.kubectl("delete", "sacct", "network")
    assert release.get("sacct", "network") is None


def test_a_policy_is_among_the_objects(release: Release) -> None:
    install(release)
    release.apply([policy("kafka")])
    with uninstalled(release) as (hook, helm):
        assert f"- StreamsVpcPeeringPolicy {release.namespace}/kafka takes requests, 0 so far" in hook.output
        assert f"kubectl delete streamsvpcpeeringpolicy kafka --namespace {release.namespace}" in hook.output
        assert helm != 0


def test_a_release_that_leaves_policies_out_does_not_look_for_them(release: Release) -> None:
    install(release, config={"policies": False})
    release.apply([policy("kafka")])
    with uninstalled(release) as (hook, helm):
        assert hook.output == "No objects exist.\n"
        assert helm == 0


def test_in_the_namespaced_mode_the_hook_sees_its_namespaces(release: Release) -> None:
    install(release, config={"watchNamespaces": [release.namespace]})
    release.peering("orders")
    with uninstalled(release) as (hook, helm):
        assert f"- StreamsVpcPeering {release.namespace}/orders holds nothing in Atlas" in hook.output
        assert helm != 0


def test_what_it_sees_is_listed_also_when_it_may_not_see_all(release: Release) -> None:
    """A namespace that is served may have been deleted since, and with it the hook's right to look into it."""
    unseen = "default"
    install(release, config={"watchNamespaces": [unseen, release.namespace]})
    release.peering("orders", holds=PCX)
    release.kubectl("delete", "rolebinding", release.object_name(), f"--namespace={unseen}")
    with uninstalled(release) as (hook, helm):
        first, *others = hook.output.splitlines()
        assert first.startswith("Refused: the check cannot determine whether objects still exist: ")
        assert f'in the namespace "{unseen}"' in first
        assert f"- StreamsVpcPeering {release.namespace}/orders holds {PCX} in Atlas" in others
        assert "If a namespace is gone, remove it from config.watchNamespaces" in others[0]
        assert helm != 0


def test_the_hook_can_be_left_out(release: Release) -> None:
    install(release, uninstall={"refuseWhileObjectsExist": False})
    release.peering("orders", holds=PCX)
    answer = release.helm("uninstall")
    assert answer.code == 0, answer.output
    assert release.get("svp", "orders") is not None, "it waits for another install"


def uid(manifest: dict[str, Any] | None) -> str | None:
    return manifest["metadata"]["uid"] if manifest else None
