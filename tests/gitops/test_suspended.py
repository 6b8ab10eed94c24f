"""A suspended peering holds up the waves after it. Argo CD takes no commit while it waits; these are the ways out."""

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.namespace import vpc
from gitops.application import WAITING_FOR_THE_PEERING, Application
from gitops.manifests import LATER, PEERING, consumer, in_waves, orders, secret

pytestmark = pytest.mark.argocd


def test_the_action_resume_lets_a_waiting_sync_go_on(application: Application, atlas: SimulatorThread) -> None:
    connection = request(atlas, 30)
    resumed = waits_although_the_resumption_is_committed(application, 30)
    assert asked(atlas, connection) == []

    application.run_action("resume", "StreamsVpcPeering", PEERING)

    # What the action has changed is what was committed: of the commit nothing is left to sync.
    application.wait_for_operation("Succeeded")
    application.wait_for(sync="Synced", health="Healthy", revision=resumed)
    assert application.namespace.get(LATER, "configmap") is not None
    assert asked(atlas, connection) == ["accept"]


def test_a_sync_that_is_terminated_makes_way_for_the_commit_that_resumes(
    application: Application, atlas: SimulatorThread
) -> None:
    request(atlas, 31)
    resumed = waits_although_the_resumption_is_committed(application, 31)

    application.terminate_operation()

    application.wait_for_operation("Succeeded", revision=resumed)
    application.wait_for(sync="Synced", health="Healthy", revision=resumed)


def test_a_suspended_peering_that_is_active_holds_up_nothing(application: Application, atlas: SimulatorThread) -> None:
    connection = request(atlas, 32, state="active")
    application.commit(in_waves(secret(), orders(vpc=vpc(32), suspend=True), consumer()))
    application.create()

    application.wait_for_operation("Succeeded")
    application.wait_for(sync="Synced", health="Healthy")
    assert asked(atlas, connection) == []


def waits_although_the_resumption_is_committed(application: Application, number: int) -> str:
    """Let a sync wait for a suspended peering, commit its resumption, and return that revision."""
    suspended = application.commit(in_waves(secret(), orders(vpc=vpc(number), suspend=True), consumer()))
    application.create()
    application.wait_for_operation("Running", saying=WAITING_FOR_THE_PEERING)
    application.namespace.wait_for_reason(PEERING, "Suspended")
    application.wait_for(health="Suspended")
    resumed = application.commit(in_waves(secret(), orders(vpc=vpc(number), suspend=False), consumer()))
    application.refresh()
    application.wait_for(sync="OutOfSync", revision=resumed)
    operation = application.operation
    assert (operation["phase"], operation["syncResult"]["revision"]) == ("Running", suspended)
    assert application.namespace.objects()[PEERING]["spec"]["suspend"] is True
    return resumed
