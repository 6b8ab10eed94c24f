"""A request that is dead turns the application Degraded, and a new one turns it Healthy again."""

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.namespace import pcx, vpc
from gitops.application import Application
from gitops.manifests import LATER, PEERING, consumer, in_waves, orders, secret

pytestmark = pytest.mark.argocd


@pytest.mark.parametrize(
    ("number", "state", "reason"), [(10, "rejected", "RequestRejected"), (12, "expired", "RequestExpired")]
)
def test_an_application_whose_request_died_says_why_and_is_healthy_with_a_new_one(
    number: int, state: str, reason: str, application: Application, atlas: SimulatorThread
) -> None:
    dead = request(atlas, number, state=state)
    application.commit([secret(), orders(vpc=vpc(number))])
    application.create()

    application.wait_for(sync="Synced", health="Degraded")
    ready = application.namespace.condition(PEERING)
    shown = application.health_of("StreamsVpcPeering", PEERING)
    assert ready["reason"] == reason
    assert dead in ready["message"]
    assert (shown["status"], shown["message"]) == ("Degraded", ready["message"])

    new = request(atlas, number, name=pcx(number + 1))

    application.wait_for(sync="Synced", health="Healthy")
    assert (asked(atlas, dead), asked(atlas, new)) == ([], ["accept"])


def test_a_sync_that_meets_a_dead_request_fails_at_once_and_a_retry_goes_on_with_a_new_one(
    application: Application, atlas: SimulatorThread
) -> None:
    request(atlas, 14, state="expired")
    application.commit(in_waves(secret(), orders(vpc=vpc(14)), consumer()))
    application.create(retry={"limit": 10, "backoff": {"duration": "1s", "maxDuration": "2s"}})

    failed = application.wait_for_operation("Running", saying="Retrying attempt #1")
    results = {each["kind"]: each for each in failed["syncResult"]["resources"]}
    assert failed["message"].startswith("one or more synchronization tasks completed unsuccessfully")
    assert results["StreamsVpcPeering"]["hookPhase"] == "Failed"
    assert results["StreamsVpcPeering"]["message"] == application.namespace.condition(PEERING)["message"]
    assert application.namespace.get(LATER, "configmap") is None

    request(atlas, 14, name=pcx(15))

    application.wait_for_operation("Succeeded")
    application.wait_for(sync="Synced", health="Healthy")


def test_a_retry_with_refresh_takes_up_the_commit_that_mends(application: Application, atlas: SimulatorThread) -> None:
    dead = request(atlas, 18, state="expired")
    request(atlas, 18, name=pcx(19))
    application.commit(in_waves(secret(), orders(vpc=vpc(18), connectionName=dead), consumer()))
    application.create(retry={"limit": 10, "refresh": True, "backoff": {"duration": "1s", "maxDuration": "2s"}})
    application.wait_for_operation("Running", saying="Retrying attempt")

    mended = application.commit(in_waves(secret(), orders(vpc=vpc(18)), consumer()))
    application.refresh()

    application.wait_for_operation("Succeeded", revision=mended)
    application.wait_for(sync="Synced", health="Healthy", revision=mended)


def test_a_sync_without_retries_has_failed_and_stays_so_until_somebody_syncs(
    application: Application, atlas: SimulatorThread
) -> None:
    request(atlas, 16, state="rejected")
    application.commit(in_waves(secret(), orders(vpc=vpc(16)), consumer()))
    application.create(retry={"limit": 0})
    application.wait_for_operation("Failed", saying="completed unsuccessfully")

    request(atlas, 16, name=pcx(17))
    application.namespace.wait_for_reason(PEERING, "Active", seconds=60)
    application.refresh()
    # Argo CD does not count what is missing towards the health.
    status = application.wait_for(sync="OutOfSync", health="Healthy")
    assert [(each["type"], "Failed last sync attempt" in each["message"]) for each in status["conditions"]] == [
        ("SyncError", True)
    ]
    assert application.namespace.get(LATER, "configmap") is None

    application.sync()

    application.wait_for_operation("Succeeded")
    application.wait_for(sync="Synced", health="Healthy")
