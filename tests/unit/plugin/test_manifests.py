"""Manifests of connections that exist already: applying one changes nothing in Atlas."""

from datetime import UTC, datetime

import pytest

from atlas_streams_peering.api.base import DeletionPolicy
from atlas_streams_peering.controller.decision import Observation
from atlas_streams_peering.controller.resource import TypedResource, read_resource
from atlas_streams_peering.kinds.streams_vpc_peering.reconciler import Context
from atlas_streams_peering.kube.objects import KubernetesObject
from atlas_streams_peering.plugin.exit_codes import ExitCode
from atlas_streams_peering.plugin.failures import Failure
from atlas_streams_peering.plugin.manifests import Details, chosen, manifest, remarks
from atlas_streams_peering.plugin.owners import Ownership
from atlas_streams_peering.plugin.peerings import Peering
from unit.kinds.streams_vpc_peering.builders import ACCOUNT, CIDR, INTERVALS, KIND, NAME, PROJECT, SECOND, THIRD, VPC
from unit.plugin.builders import MATCHING, OWNER, peering

DETAILS = Details("team-a", "atlas-api", DeletionPolicy.RETAIN)


def test_an_active_connection_is_described_as_it_is() -> None:
    assert manifest(peering("active"), DETAILS) == {
        "apiVersion": "atlasstreams.io/v1alpha1",
        "kind": "StreamsVpcPeering",
        "metadata": {"name": NAME, "namespace": "team-a"},
        "spec": {
            "projectId": PROJECT,
            "credentialsSecretRef": {"name": "atlas-api"},
            "requester": {"accountId": ACCOUNT, "vpcId": VPC, "cidr": CIDR},
            "connectionName": NAME,
            "desiredState": "Accepted",
            "deletionPolicy": "Retain",
        },
    }


def test_what_is_not_known_is_left_out() -> None:
    found = manifest(peering(requester_cidr=None), Details(None, None, DeletionPolicy.DELETE))

    assert "namespace" not in found["metadata"]
    assert "credentialsSecretRef" not in found["spec"]
    assert found["spec"]["requester"] == {"accountId": ACCOUNT, "vpcId": VPC}


@pytest.mark.parametrize("state", ["pending-acceptance", "provisioning", "active", "rejected", "deleting", "deleted"])
def test_the_operator_changes_nothing_for_the_manifest_of_any_state(state: str) -> None:
    one = peering(state)
    made = manifest(one, DETAILS)
    body = {**made, "metadata": {**made["metadata"], "uid": "uid", "generation": 1}}
    resource = read_resource(KubernetesObject.read(body), KIND.spec, KIND.status)
    assert isinstance(resource, TypedResource)
    context = KIND.context(resource, lambda _key: None)
    assert isinstance(context, Context)

    decision = KIND.decide(
        resource,
        context,
        Observation(({one.name: one.connection},)),
        intervals=INTERVALS,
        now=datetime(2024, 12, 12, tzinfo=UTC),
    )

    assert decision.change is None
    assert decision.status.connection_name == one.name


def test_without_names_all_live_ones_that_no_object_means_are_chosen() -> None:
    free = [peering("active", name=NAME), peering("pending-acceptance", name=SECOND)]
    others = [
        peering("active", name=THIRD, ownership=Ownership(OWNER)),
        peering("active", name="pcx-4", ownership=Ownership(None, (MATCHING,))),
        peering("expired", name="pcx-5"),
        peering("deleting", name="pcx-6"),
    ]

    assert chosen([*free, *others], []) == free


@pytest.mark.parametrize(
    ("one", "code", "words"),
    [
        (peering(name=SECOND), ExitCode.NOT_FOUND, "Atlas lists no connection"),
        (peering(ownership=Ownership(OWNER)), ExitCode.REFUSED, "team-a/kafka manages"),
        (peering("expired"), ExitCode.REFUSED, "is expired: there is nothing to adopt"),
    ],
)
def test_a_name_that_cannot_be_adopted_is_refused(one: Peering, code: ExitCode, words: str) -> None:
    with pytest.raises(Failure, match=words) as caught:
        chosen([one], [NAME])

    assert caught.value.code is code


def test_a_connection_from_an_unknown_account_cannot_be_adopted() -> None:
    with pytest.raises(Failure, match="does not say from which account"):
        manifest(peering(requester_account_id=None), DETAILS)


def test_what_a_person_should_know_is_said() -> None:
    suspended, secret, retain = remarks([peering("pending-acceptance")], Details(None, None, DeletionPolicy.RETAIN))

    assert suspended == f"Suspended, because the operator would accept: {NAME}. To accept, remove spec.suspend."
    assert "--secret-ref" in secret
    assert retain.startswith("With deletionPolicy: Retain, deleting an object leaves its connection.")
    assert remarks([peering("active")], Details(None, "atlas-api", DeletionPolicy.DELETE)) == []
