"""What the actions do on a real Argo CD, and what a sync makes of it."""

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.namespace import vpc
from cluster.waiting import wait_until
from gitops.application import SECONDS, Application
from gitops.manifests import PEERING, orders, secret

pytestmark = pytest.mark.argocd

KIND = "StreamsVpcPeering"


def test_the_reconcile_action_makes_no_difference_to_git(application: Application, atlas: SimulatorThread) -> None:
    request(atlas, 150)
    application.commit([secret(), orders(vpc=vpc(150))])
    application.create()
    application.wait_for(sync="Synced", health="Healthy")
    synced = application.operation["startedAt"]

    application.run_action("reconcile", KIND, PEERING)

    wait_until(lambda: "lastHandledReconcileAt" in application.namespace.status(PEERING), "the operator has polled")
    application.refresh()
    application.wait_for(sync="Synced", health="Healthy")
    assert application.operation["startedAt"] == synced


def test_suspending_stays_where_git_does_not_say_otherwise(application: Application, atlas: SimulatorThread) -> None:
    application.commit([secret(), orders(vpc=vpc(151))])
    application.create()
    application.namespace.wait_for_reason(PEERING, "WaitingForRequest", seconds=SECONDS)
    application.wait_for(sync="Synced", health="Progressing")

    application.run_action("suspend", KIND, PEERING)
    connection = request(atlas, 151)

    application.wait_for(sync="Synced", health="Suspended")
    application.refresh()
    application.wait_for(sync="Synced", health="Suspended")
    assert asked(atlas, connection) == []

    application.run_action("resume", KIND, PEERING)

    application.wait_for(sync="Synced", health="Healthy")
    assert asked(atlas, connection) == ["accept"]


def test_self_heal_takes_back_what_git_says_otherwise(application: Application, atlas: SimulatorThread) -> None:
    request(atlas, 152)
    application.commit([secret(), orders(vpc=vpc(152), suspend=False)])
    application.create()
    application.wait_for(sync="Synced", health="Healthy")
    before = generation(application)

    application.run_action("suspend", KIND, PEERING)

    # Once changed by the action, and once by Argo CD.
    wait_until(lambda: generation(application) == before + 2, "the change is taken back", seconds=SECONDS)
    assert application.namespace.objects()[PEERING]["spec"]["suspend"] is False
    application.wait_for(sync="Synced", health="Healthy")


def generation(application: Application) -> int:
    found: int = application.namespace.objects()[PEERING]["metadata"]["generation"]
    return found
