"""What a policy creates is not Argo CD's: neither a difference, nor a child, nor pruned."""

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.namespace import vpc
from cluster.policies import policy
from cluster.waiting import wait_until
from gitops.application import Application
from gitops.manifests import secret

pytestmark = pytest.mark.argocd


def test_what_a_policy_has_created_stays_when_the_policy_is_removed_from_git(
    application: Application, atlas: SimulatorThread
) -> None:
    connection = request(atlas, 60)
    application.commit([secret(), policy("kafka", vpcs=[vpc(60)])])
    application.create()
    application.wait_for(sync="Synced", health="Healthy")
    wait_until(lambda: asked(atlas, connection) == ["accept"], "the request is accepted")
    application.refresh()
    application.wait_for(sync="Synced", health="Healthy")

    revision = application.commit([secret()])
    application.refresh()
    application.wait_for(sync="Synced", health="Healthy", revision=revision)

    assert application.namespace.get("kafka", "svpp") is None
    assert application.namespace.get(connection, "svp") is not None
    assert atlas.connection(connection).cloud_status == "active"
    assert asked(atlas, connection) == ["accept"]
