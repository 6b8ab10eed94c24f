"""``helm test``: what `atlas-streams-peering check` finds, as the operator's ServiceAccount on a real API server."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chart_release import CRD, Release

from atlas_simulator import SimulatorThread
from atlas_streams_peering.kinds.resources import KINDS
from chart import containers, named, render
from chart.helm import ROOT
from cluster.forked import ForkedCommand
from cluster.waiting import wait_until

PATIENCE = "--patience=20"
PLURALS = ", ".join(kind.plural for kind in KINDS)

pytestmark = pytest.mark.usefixtures("kinds")


@pytest.fixture(scope="module")
def atlas() -> Iterator[SimulatorThread]:
    with SimulatorThread() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def installed(kinds: None, new_release: Callable[[str], Release], atlas: SimulatorThread) -> Iterator[Release]:
    """A release in which everything is in order; its operator does not run."""
    release = new_release("check")
    release.install(values(release, atlas))
    yield release
    release.remove_all()


def values(release: Release, atlas: SimulatorThread) -> dict[str, Any]:
    """Values with which everything is in order."""
    config = {
        "atlasBaseUrl": atlas.base_url,
        "confluentBaseUrl": atlas.base_url,  # any answer will do
        "watchNamespaces": [release.namespace],
        "leaderElect": False,
    }
    return {"crds": {"enabled": False}, "config": config}


def findings(output: str) -> dict[str, str]:
    """Return the lines that a check printed, by what they say."""
    return {line[6:]: line[:4].strip() for line in output.splitlines()}


def failures(found: dict[str, str]) -> list[str]:
    return [text for text, kind in found.items() if kind == "FAIL"]


def check(release: Release, atlas: SimulatorThread, *arguments: str, **variables: str) -> dict[str, str]:
    """Run the release's test pod, with other variables where they are given."""
    rendered = render(values(release, atlas), release=release.name, namespace=release.namespace)
    (container,) = containers(named(rendered, "Pod", release.object_name("test")))
    return findings(release.run(container, PATIENCE, *arguments, **variables).output)


def test_helm_test_passes_on_an_install_that_is_in_order(installed: Release, atlas: SimulatorThread) -> None:
    with installed.helm_running("test") as helm:
        ended = installed.run_pod(installed.object_name("test"), PATIENCE)
        assert helm.wait(timeout=60) == 0
    assert findings(ended.output) == {
        f"The API server serves atlasstreams.io/v1alpha1, with {PLURALS} of this version.": "ok",
        "The operator's account has all 32 required permissions.": "ok",
        f"Atlas answers at {atlas.base_url}.": "ok",
        f"Confluent Cloud answers at {atlas.base_url}.": "ok",
    }


def test_helm_test_fails_with_the_check(installed: Release) -> None:
    with installed.helm_running("test") as helm:
        assert installed.run_pod(installed.object_name("test"), "--secret=of-no-use", WATCH_NAMESPACES="").code == 1
        assert helm.wait(timeout=60) != 0


def test_missing_permissions_are_named(installed: Release, atlas: SimulatorThread) -> None:
    (failure,) = failures(check(installed, atlas, WATCH_NAMESPACES=""))
    lacking = [
        *(f"{verb} streamsvpcpeerings" for verb in ("get", "list", "watch", "patch")),
        "update streamsvpcpeerings/status",
        *(f"{verb} streamsaccountdetails" for verb in ("get", "list", "watch")),
        "update streamsaccountdetails/status",
        *(f"{verb} confluentpeerings" for verb in ("get", "list", "watch", "patch")),
        "update confluentpeerings/status",
        *(f"{verb} streamsoutboundvpcpeerings" for verb in ("get", "list", "watch", "patch")),
        "update streamsoutboundvpcpeerings/status",
        *(f"{verb} streamsvpcpeeringpolicies" for verb in ("get", "list", "watch", "patch")),
        "update streamsvpcpeeringpolicies/status",
        *(f"{verb} streamsvpcpeerings" for verb in ("create", "delete")),
        "get secrets",
        *(f"{verb} configmaps" for verb in ("get", "create", "update", "delete")),
        "create events",
    ]
    named = "; ".join(f"{permission} everywhere" for permission in lacking)
    assert failure == f"The operator's account lacks these permissions: {named}. Check its Roles and bindings."


def test_a_namespace_that_is_gone_is_named_in_place_of_all_that_is_missing_there(
    installed: Release, atlas: SimulatorThread
) -> None:
    (failure,) = failures(check(installed, atlas, WATCH_NAMESPACES=f"{installed.namespace},elsewhere"))
    assert failure == (
        "The operator's account can list nothing in elsewhere: the namespace is gone, or the operator's Role or "
        "RoleBinding in it is. Create them again, or remove the namespace from WATCH_NAMESPACES."
    )


def test_permissions_by_name_are_asked_for_by_name(release: Release, atlas: SimulatorThread) -> None:
    release.install({**values(release, atlas), "rbac": {"secretNames": ["atlas"]}})
    assert failures(check(release, atlas, "--secret=atlas")) == []
    (failure,) = failures(check(release, atlas, "--secret=other"))
    assert "lacks these permissions: get secrets other in namespace" in failure


def test_default_credentials_that_do_not_exist_are_named(installed: Release, atlas: SimulatorThread) -> None:
    secret = f"{installed.namespace}/atlas"
    found = check(installed, atlas, DEFAULT_CREDENTIALS_SECRET=secret, DEFAULT_CREDENTIALS_NAMESPACES="*")
    assert failures(found) == [
        (
            f"The operator cannot use the default credentials: Secret {secret} does not exist; "
            "it needs the keys publicApiKey and privateApiKey, or clientId and clientSecret."
        )
    ]


def test_an_atlas_that_cannot_be_reached_is_named(installed: Release, atlas: SimulatorThread) -> None:
    assert failures(check(installed, atlas, ATLAS_BASE_URL="http://127.0.0.1:1")) == [
        (
            "The operator cannot reach Atlas: no answer from 127.0.0.1:1 (the port refuses connections); "
            "check the base URL and the egress rules of the cluster."
        )
    ]


def test_a_variable_that_stops_the_operator_is_named(installed: Release, atlas: SimulatorThread) -> None:
    assert failures(check(installed, atlas, SSL_CERT_FILE="/absent")) == [
        "The operator cannot start: SSL_CERT_FILE names a file that cannot be read (No such file or directory)."
    ]


def test_atlas_can_be_left_out(installed: Release, atlas: SimulatorThread) -> None:
    assert failures(check(installed, atlas, "--no-atlas", ATLAS_BASE_URL="http://127.0.0.1:1")) == []


def test_a_confluent_cloud_that_cannot_be_reached_is_named(installed: Release, atlas: SimulatorThread) -> None:
    assert failures(check(installed, atlas, CONFLUENT_BASE_URL="http://127.0.0.1:1")) == [
        (
            "The operator cannot reach Confluent Cloud: no answer from 127.0.0.1:1 (the port refuses connections); "
            "check the base URL and the egress rules of the cluster."
        )
    ]


def test_confluent_cloud_can_be_left_out(installed: Release, atlas: SimulatorThread) -> None:
    assert failures(check(installed, atlas, "--no-confluent", CONFLUENT_BASE_URL="http://127.0.0.1:1")) == []


def test_a_crd_older_than_the_operator_is_found(installed: Release, atlas: SimulatorThread) -> None:
    field = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/suspend"
    try:
        installed.kubectl("patch", "crd", CRD, "--type=json", "-p", json.dumps([{"op": "remove", "path": field}]))
        # The API server publishes what it serves a moment later.
        found = wait_until(lambda: failures(check(installed, atlas)), "the check fails", seconds=60)
    finally:
        installed.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(ROOT / "crds"))
    assert found == [
        (
            f"The CustomResourceDefinition {CRD} is older than the operator: it lacks spec.suspend. Apply the "
            "CustomResourceDefinition of this version."
        )
    ]


def test_a_leader_that_renews_its_lease_is_found(release: Release, atlas: SimulatorThread, tmp_path: Path) -> None:
    leading = values(release, atlas)
    leading["config"]["leaderElect"] = True
    release.install(leading)
    rendered = render(leading, release=release.name, namespace=release.namespace)
    (operator,) = containers(named(rendered, "Deployment"))
    environment = operator.environment(release.account(operator.account), HEALTH_PORT="0", METRICS_PORT="0")
    process = ForkedCommand(environment, tmp_path / "operator.log", operator.arguments)
    try:
        found = check(release, atlas, LEADER_ELECT="true", LEASE_NAME=release.object_name())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    renewed = f"it renews the Lease {release.namespace}/{release.object_name()}."
    assert [kind for text, kind in found.items() if text.endswith(renewed)] == ["ok"], found


def test_that_nobody_leads_is_found(release: Release, atlas: SimulatorThread) -> None:
    leading = values(release, atlas)
    leading["config"]["leaderElect"] = True
    release.install(leading)
    name = release.object_name()  # it serves some namespaces: the Lease is its own
    assert failures(check(release, atlas, "--patience=0.5", LEADER_ELECT="true", LEASE_NAME=name)) == [
        f"No replica leads: no replica renews the Lease {release.namespace}/{name} (the Lease does not exist)."
    ]
