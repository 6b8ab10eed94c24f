"""Git can take a field back: with the manifest's field goes the object's, and the operator acts on the default."""

from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.namespace import vpc
from cluster.waiting import wait_until
from gitops.application import SECONDS, Application
from gitops.manifests import PEERING, orders, secret

pytestmark = pytest.mark.argocd

SERVER_SIDE = "ServerSideApply=true"
OPTIONAL: dict[str, Any] = {"deletionPolicy": "Retain", "desiredState": "Rejected", "suspend": True}


@pytest.mark.parametrize(("number", "options"), [(170, (SERVER_SIDE,)), (171, ())], ids=["server-side", "client-side"])
def test_a_field_that_leaves_git_leaves_the_object_and_means_its_default(
    application: Application, atlas: SimulatorThread, number: int, options: tuple[str, ...]
) -> None:
    connection = request(atlas, number, state="active")
    committed(application, number, OPTIONAL)
    application.create(options=options)
    application.namespace.wait_for_reason(PEERING, "Suspended", seconds=SECONDS)

    # No more suspended: it now acts on Rejected, which an active connection cannot become.
    leaves_the_object(application, number, "suspend", then="CannotReject")
    # No more Rejected: what is active is as wanted.
    leaves_the_object(application, number, "desiredState", "suspend", then="Active")
    # No more Retain: deleting the object deletes the connection.
    leaves_the_object(application, number, "deletionPolicy", "desiredState", "suspend", then="Active")
    application.wait_for(sync="Synced", health="Healthy")
    assert asked(atlas, connection) == []

    application.commit([secret()])
    application.refresh()

    application.namespace.wait_gone(PEERING, seconds=SECONDS)
    assert asked(atlas, connection) == ["delete"]


def committed(application: Application, number: int, optional: dict[str, Any]) -> str:
    return application.commit([secret(), orders(vpc=vpc(number), **optional)])


def leaves_the_object(application: Application, number: int, *absent: str, then: str) -> None:
    """Commit the manifest without these fields, and wait until the object lacks them and has this reason."""
    optional = {field: value for field, value in OPTIONAL.items() if field not in absent}
    manifest = orders(vpc=vpc(number), **optional)
    revision = committed(application, number, optional)

    application.refresh()

    application.wait_for_operation("Succeeded", revision=revision)
    wait_until(
        lambda: application.namespace.objects()[PEERING]["spec"] == manifest["spec"],
        f"the object has only {sorted(optional)}",
        seconds=SECONDS,
    )
    application.namespace.wait_for_reason(PEERING, then, seconds=SECONDS)
