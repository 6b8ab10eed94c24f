"""Sync waves: what comes after a peering waits until its connection is there."""

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.namespace import vpc
from gitops.application import WAITING_FOR_THE_PEERING, Application
from gitops.manifests import LATER, PEERING, consumer, in_waves, orders, secret

pytestmark = pytest.mark.argocd


def test_a_later_wave_waits_until_the_peering_is_active(application: Application, atlas: SimulatorThread) -> None:
    application.commit(in_waves(secret(), orders(vpc=vpc(1)), consumer()))
    application.create()
    application.wait_for_operation("Running", saying=WAITING_FOR_THE_PEERING)
    application.namespace.wait_for_reason(PEERING, "WaitingForRequest")
    assert application.namespace.get(LATER, "configmap") is None

    connection = request(atlas, 1)

    application.wait_for_operation("Succeeded")
    application.wait_for(sync="Synced", health="Healthy")
    ready = application.namespace.condition(PEERING)
    created = application.namespace.objects("configmap")[LATER]["metadata"]["creationTimestamp"]
    assert ready["reason"] == "Active"
    assert ready["lastTransitionTime"] <= created
    assert asked(atlas, connection) == ["accept"]
