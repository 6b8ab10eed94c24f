"""At rest nothing moves: no drift, no status write, no sync, and no reconciliation of Argo CD's because of us."""

from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import request
from cluster.audit import writes
from cluster.lists import wait_for_lists
from cluster.namespace import vpc
from gitops.application import Application
from gitops.manifests import PEERING, orders, secret
from local_cluster import Cluster

pytestmark = pytest.mark.argocd

AN_HOUR_OF_LOOKS = 3600 // 120
"""At the operator's default interval; here it polls every second."""


def test_an_hour_of_polls_changes_nothing(application: Application, atlas: SimulatorThread, cluster: Cluster) -> None:
    request(atlas, 40)
    application.commit([secret(), orders(vpc=vpc(40))])
    application.create()
    application.wait_for(sync="Synced", health="Healthy")
    application.refresh()
    before = what_would_show_a_change(application)
    written = len(writes(cluster, application.name))

    for _ in range(AN_HOUR_OF_LOOKS):
        wait_for_lists(atlas, count=1)

    assert what_would_show_a_change(application) == before
    assert len(writes(cluster, application.name)) == written
    application.refresh()
    application.wait_for(sync="Synced", health="Healthy")
    assert application.operation["startedAt"] == before["operation"]


def what_would_show_a_change(application: Application) -> dict[str, Any]:
    status = application.status
    return {
        "object": application.namespace.objects()[PEERING]["metadata"]["resourceVersion"],
        "operation": status["operationState"]["startedAt"],
        "reconciled": status["reconciledAt"],
        "sync": status["sync"]["status"],
        "health": status["health"]["status"],
    }
