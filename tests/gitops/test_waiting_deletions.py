"""Deletions that wait: for Atlas, or for somebody's word."""

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.lists import wait_for_lists
from cluster.namespace import PROJECT, vpc
from gitops.application import Application
from gitops.manifests import PEERING, Manifest, orders, secret

pytestmark = pytest.mark.argocd

SYNC_OPTIONS = "argocd.argoproj.io/sync-options"


def test_a_deletion_that_atlas_does_not_allow_says_what_to_do(application: Application, atlas: SimulatorThread) -> None:
    atlas.add_api_key("revokedx", "private", roles={PROJECT: "owner"})
    own_secret = {**secret(), "stringData": {"publicApiKey": "revokedx", "privateApiKey": "private"}}
    connection = request(atlas, 160, state="active")
    application.commit([own_secret, orders(vpc=vpc(160))])
    application.create()
    application.wait_for(sync="Synced", health="Healthy")

    atlas.remove_principal("revokedx")
    application.namespace.wait_for_reason(PEERING, "CredentialsInvalid", seconds=60)
    application.commit([own_secret])
    application.refresh()

    application.wait_for(sync="OutOfSync", health="Degraded")
    said = application.health_of("StreamsVpcPeering", PEERING)["message"]
    assert said == application.namespace.condition(PEERING)["message"]
    assert said.startswith("Deletion waits: Atlas does not accept the credentials")

    application.namespace.patch(PEERING, deletionPolicy="Retain")

    application.wait_for(sync="Synced", health="Healthy")
    assert application.namespace.get(PEERING) is None
    assert atlas.connection(connection).cloud_status == "active"


def test_pruning_waits_for_a_word_where_the_manifest_wants_one(
    application: Application, atlas: SimulatorThread
) -> None:
    connection = request(atlas, 161)
    application.commit([secret(), guarded(orders(vpc=vpc(161)), "Prune=confirm")])
    application.create()
    application.wait_for(sync="Synced", health="Healthy")

    application.commit([secret()])
    application.refresh()
    application.wait_for_operation("Running", saying="waiting for pruning confirmation of")
    assert asked(atlas, connection) == ["accept"]

    application.confirm_deletion()

    application.wait_for_operation("Succeeded")
    application.namespace.wait_gone(PEERING)
    assert asked(atlas, connection) == ["accept", "delete"]


def test_deleting_the_application_waits_for_a_word_where_the_manifest_wants_one(
    application: Application, atlas: SimulatorThread
) -> None:
    connection = request(atlas, 162)
    application.commit([secret(), guarded(orders(vpc=vpc(162)), "Delete=confirm")])
    application.create()
    application.wait_for(sync="Synced", health="Healthy")

    application.delete()
    wait_for_lists(atlas)
    assert application.get() is not None
    assert asked(atlas, connection) == ["accept"]
    application.confirm_deletion()

    application.wait_gone()
    assert application.namespace.get(PEERING) is None
    assert asked(atlas, connection) == ["accept", "delete"]


def guarded(manifest: Manifest, option: str) -> Manifest:
    """Return a manifest with a sync option of its own."""
    annotations = {**manifest["metadata"].get("annotations", {}), SYNC_OPTIONS: option}
    return {**manifest, "metadata": {**manifest["metadata"], "annotations": annotations}}
