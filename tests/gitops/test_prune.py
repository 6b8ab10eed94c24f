"""A manifest that is removed from git takes its connection along, unless it was told to leave it."""

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.namespace import vpc
from gitops.application import Application
from gitops.manifests import PEERING, orders, secret

pytestmark = pytest.mark.argocd


def test_removing_the_manifest_deletes_the_connection(application: Application, atlas: SimulatorThread) -> None:
    connection = request(atlas, 20)
    synced_and_removed_from_git(application, vpc=vpc(20))

    assert atlas.connection(connection).cloud_status == "deleted"
    assert asked(atlas, connection) == ["accept", "delete"]


def test_removing_the_manifest_of_one_to_retain_asks_nothing_of_atlas(
    application: Application, atlas: SimulatorThread
) -> None:
    connection = request(atlas, 21)
    synced_and_removed_from_git(application, vpc=vpc(21), deletionPolicy="Retain")

    assert atlas.connection(connection).cloud_status == "active"
    assert asked(atlas, connection) == ["accept"]


def synced_and_removed_from_git(application: Application, **spec: str) -> None:
    """Let a peering be synced and then pruned; the Application is Synced again only when its object is gone."""
    application.commit([secret(), orders(**spec)])
    application.create()
    application.wait_for(sync="Synced", health="Healthy")
    revision = application.commit([secret()])
    application.refresh()
    application.wait_for(sync="Synced", health="Healthy", revision=revision)
    assert application.namespace.get(PEERING) is None
