"""Deleting an Application: what happens to connections, and to an operator that is still needed."""

from pathlib import Path

import pytest

from atlas_simulator import SimulatorThread
from chart.helm import RELEASE
from cluster.atlas import asked, request
from cluster.namespace import vpc
from cluster.waiting import wait_until
from gitops import pods
from gitops.application import Application, chart_source
from gitops.manifests import PEERING, in_waves, orders, secret

pytestmark = pytest.mark.argocd


def test_deleting_the_application_deletes_the_connection(application: Application, atlas: SimulatorThread) -> None:
    connection = request(atlas, 50)
    application.commit([secret(), orders(vpc=vpc(50))])
    application.create()
    application.wait_for(sync="Synced", health="Healthy")

    application.delete()

    application.wait_gone()
    assert application.namespace.get(PEERING) is None
    assert atlas.connection(connection).cloud_status == "deleted"
    assert asked(atlas, connection) == ["accept", "delete"]


def test_deleting_the_application_alone_leaves_object_and_connection(
    application: Application, atlas: SimulatorThread
) -> None:
    connection = request(atlas, 51)
    application.commit([secret(), orders(vpc=vpc(51))])
    application.create(cascade=False)
    application.wait_for(sync="Synced", health="Healthy")

    application.delete()

    application.wait_gone()
    assert application.namespace.condition(PEERING)["reason"] == "Active"
    assert asked(atlas, connection) == ["accept"]


def test_the_application_of_the_chart_stays_as_long_as_there_are_objects(
    application: Application, atlas: SimulatorThread, tmp_path: Path
) -> None:
    namespace = application.namespace
    values = {"config": {"watchNamespaces": [application.name]}, "crds": {"enabled": False}}
    application.create(chart_source(RELEASE, values))
    application.wait_for(sync="Synced")
    request(atlas, 52)
    namespace.apply(secret(), orders(vpc=vpc(52)))
    namespace.wait_for_reason(PEERING, "Active", seconds=60)

    application.delete()
    refused = pods.run_job(namespace, f"{RELEASE}-uninstall-check", tmp_path)

    assert refused.returncode != 0
    assert f"{application.name}/{PEERING}" in refused.stdout
    assert "uninstall-check" in application.wait_for_condition("DeletionError")
    deployment = namespace.objects("deployment")[RELEASE]
    assert "deletionTimestamp" not in deployment["metadata"]

    namespace.delete(PEERING, wait=True)
    passed = pods.run_job(namespace, f"{RELEASE}-uninstall-check", tmp_path)

    assert passed.returncode == 0, passed.stdout
    application.wait_gone()
    assert namespace.objects("deployment,job,service") == {}


def test_one_application_for_chart_and_peerings_deletes_the_peerings_of_a_later_wave_before_the_operator(
    application: Application, atlas: SimulatorThread
) -> None:
    """The uninstall check is off here: with it, they have to be removed from git first, as above."""
    namespace = application.namespace
    connection = request(atlas, 53)
    application.commit(in_waves(secret(), orders(vpc=vpc(53))))
    off = {"refuseWhileObjectsExist": False}
    values = {"config": {"watchNamespaces": [application.name]}, "crds": {"enabled": False}, "uninstall": off}
    application.create(chart_source(RELEASE, values), {"path": application.folder})
    wait_until(lambda: namespace.get(RELEASE, "deployment"), "the Deployment is there", seconds=60)
    # A wave waits for the Deployment of the one before it.
    pods.deployment_is_available(namespace, RELEASE)
    application.wait_for(sync="Synced", health="Healthy")

    application.delete()

    application.wait_gone()
    assert asked(atlas, connection) == ["accept", "delete"]
    changes = [
        (event["verb"], event["objectRef"]["resource"])
        for event in namespace.cluster.audit_events()
        if (event.get("objectRef") or {}).get("namespace") == namespace.name and event["verb"] in ("delete", "patch")
    ]
    finalizer_removed = max(n for n, change in enumerate(changes) if change == ("patch", "streamsvpcpeerings"))
    assert finalizer_removed < changes.index(("delete", "deployments"))
