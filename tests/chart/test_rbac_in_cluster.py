"""The operator's permissions are the least that works: what it asks of a real API server, beside what it is granted.

One object's way is taken here, in both modes. What else the grants are for is listed in `NEEDED_ELSEWHERE`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chart_release import Release

from atlas_simulator import Settings, SimulatorThread
from chart import Grant, Manifest, Request, containers, grants, named, permissions, render, requests
from cluster.namespace import ACCOUNT, PRIVATE_KEY, PROJECT, PUBLIC_KEY, Namespace, peering, vpc
from cluster.operator_process import OperatorProcess

ACCOUNT_NAME = "atlas-streams-peering"
NEEDED_ELSEWHERE = {
    # the present state of an object, when a patch meets a change of somebody else's
    ("get", "streamsvpcpeerings"),
    # the Confluent side, where an object refers to one
    ("get", "confluentpeerings"),
}
pytestmark = pytest.mark.usefixtures("kinds")


@pytest.fixture(scope="module")
def atlas() -> Iterator[SimulatorThread]:
    settings = Settings()
    delays = {"recorded": 0.2, "requested": 0.2, "provisioning": 0.2, "deleting": 0.2}
    quick = settings.model_copy(update={"delays": settings.delays.model_copy(update=delays)})
    with SimulatorThread(quick) as simulator:
        simulator.add_project(PROJECT)
        simulator.add_api_key(PUBLIC_KEY, PRIVATE_KEY, roles={PROJECT: "owner"})
        yield simulator


@pytest.mark.parametrize("mode", ["cluster-wide", "namespaced"])
def test_nothing_is_denied_and_nothing_is_granted_that_is_not_used(
    mode: str, release: Release, atlas: SimulatorThread, tmp_path: Path
) -> None:
    watched = [release.namespace] if mode == "namespaced" else []
    values = {"config": {"watchNamespaces": watched}}
    rendered = render(values, release=ACCOUNT_NAME, namespace=release.namespace)
    release.apply(permissions(rendered))
    with operator_of(rendered, release, atlas, tmp_path):
        accept_and_delete(Namespace(release.cluster, release.namespace), atlas, number=len(watched))

    asked = requests(release.cluster.audit_events(), release.namespace, ACCOUNT_NAME)
    granted = grants(rendered, ACCOUNT_NAME)
    assert {request for request in asked if request.code in (401, 403)} == set()
    assert {request for request in asked if not any(grant.covers(request) for grant in granted)} == set()
    assert {(grant.verb, grant.resource) for grant in unused(granted, asked)} == NEEDED_ELSEWHERE


def unused(granted: set[Grant], asked: set[Request]) -> set[Grant]:
    return {grant for grant in granted if not any(grant.covers(request) for request in asked)}


def operator_of(rendered: list[Manifest], release: Release, atlas: SimulatorThread, directory: Path) -> OperatorProcess:
    """Return the operator with the environment of its Deployment, at a test's pace."""
    (operator,) = containers(named(rendered, "Deployment"))
    quick = {"POLL_INTERVAL_PENDING": "1", "POLL_INTERVAL_STEADY": "1"}
    left = {name: value for name, value in operator.variables.items() if not name.endswith(("_PORT", "_URL"))}
    kubeconfig = release.account(operator.account)
    return OperatorProcess(kubeconfig, directory / "operator.log", atlas=atlas.base_url, **{**left, **quick})


def accept_and_delete(namespace: Namespace, atlas: SimulatorThread, *, number: int) -> None:
    namespace.secret()
    atlas.request_peering(project=PROJECT, account=ACCOUNT, vpc=vpc(number))
    namespace.apply(peering("orders", vpc=vpc(number)))
    namespace.wait_for_reason("orders", "Active", seconds=60)
    namespace.wait_for_event("orders", "Active")
    namespace.delete("orders")
    namespace.wait_gone("orders", seconds=60)
