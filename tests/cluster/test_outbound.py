"""StreamsOutboundVpcPeerings on a real API server: their lives, what is refused, adopted, renewed and deleted."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.conftest import StartOperator
from cluster.namespace import ACCOUNT, PROJECT, Namespace, condition_of, vpc
from cluster.operator_process import OperatorProcess
from cluster.outbound import (
    CHANGES,
    OutboundNamespace,
    accept,
    creations,
    outbound,
    peers_of,
    quick_outbound_atlas,
)
from cluster.waiting import next_second, wait_until
from local_cluster import Cluster


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorThread]:
    with quick_outbound_atlas() as atlas:
        yield atlas


@pytest.fixture(scope="module")
def sops(namespace: Namespace, cluster: Cluster) -> OutboundNamespace:
    return OutboundNamespace(cluster, namespace.name)


@pytest.fixture(scope="module", autouse=True)
def operator(namespace: Namespace, start_operator: StartOperator) -> Iterator[OperatorProcess]:
    operator = start_operator(namespace)
    yield operator
    assert operator.unexpected_errors() == []


# -- manifests


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"region": None}, "spec needs exactly one of region and containerId"),
        ({"region": "US_EAST_1", "containerId": "c" * 24}, "spec needs exactly one of region and containerId"),
        ({"containerId": "c" * 24, "container": {"atlasCidrBlock": "10.8.0.0/21"}}, "spec.container needs spec.region"),
        ({"containerId": "short"}, "containerId must be the ID of a network container"),
        ({"container": {}}, "container.atlasCidrBlock: Required value"),
        ({"container": {"atlasCidrBlock": "10.8.0.0/16"}}, "prefix length from /21 to /24"),
        ({"container": {"atlasCidrBlock": "10.8.0.1/21"}}, "atlasCidrBlock must be a network address"),
        ({"awsAccountId": "1"}, "awsAccountId must be an AWS account ID: 12 digits, in quotes"),
        ({"awsAccountId": None}, "spec.awsAccountId: Required value"),
        ({"vpcId": "pcx-1"}, "vpcId must be an AWS VPC ID"),
        ({"vpcId": None}, "spec.vpcId: Required value"),
        ({"routeTableCidrBlock": "10.0.0.0"}, "routeTableCidrBlock must be an IPv4 CIDR block such as 10.0.0.0/16"),
        ({"routeTableCidrBlock": "10.0.0.1/16"}, "routeTableCidrBlock must be a network address"),
        ({"routeTableCidrBlock": None}, "spec.routeTableCidrBlock: Required value"),
        ({"accepterRegion": None}, "spec.accepterRegion: Required value"),
        ({"accepterRegion": "us east"}, "accepterRegion must be a region's name as in AWS, such as us-east-1"),
        ({"deletionPolicy": "Keep"}, 'supported values: "Delete", "Retain"'),
        ({"project": "no-project"}, "projectId must be the Atlas project's ID"),
    ],
)
def test_a_malformed_manifest_is_refused_with_a_sentence(
    sops: OutboundNamespace, spec: dict[str, Any], said: str
) -> None:
    assert said in sops.refused(outbound("refused", 1, **spec))


def test_nothing_but_the_routes_the_policies_and_the_credentials_can_be_changed(sops: OutboundNamespace) -> None:
    sops.apply(outbound("fixed", 1, suspend=True))

    changes: dict[str, dict[str, Any]] = {
        "region": {"region": "EU_WEST_1"},
        "containerId": {"containerId": "c" * 24},
        "container": {"container": {"atlasCidrBlock": "10.8.0.0/21"}},
        "awsAccountId": {"awsAccountId": "000000000042"},
        "vpcId": {"vpcId": vpc(999)},
        "accepterRegion": {"accepterRegion": "eu-west-1"},
        "projectId": {"project": "b" * 24},
    }
    for field, spec in changes.items():
        said = sops.refused(outbound("fixed", 1, suspend=True, **spec))
        assert f"spec.{field} cannot be changed: create another" in said
    sops.apply(
        outbound("fixed", 1, suspend=True, routeTableCidrBlock="10.200.0.0/16", deletionPolicy="Retain", secret=None)
    )


def test_the_api_server_fills_in_nothing_under_spec(sops: OutboundNamespace) -> None:
    manifest = outbound("bare", 2)
    sops.apply(manifest)
    assert (sops.get("bare") or {})["spec"] == manifest["spec"]


# -- a life


def test_a_peering_lives_from_its_request_to_its_end(sops: OutboundNamespace, simulator: SimulatorThread) -> None:
    sops.apply(outbound("life", 10))
    status = sops.wait_for_reason("life", "PendingAcceptance")
    [peer] = peers_of(simulator, 10)
    assert (status["connectionName"], status["peerId"]) == (peer.connection_id, peer.id)
    assert (
        f"AWS account {ACCOUNT} has to accept {peer.connection_id} in us-east-1"
        in condition_of({"status": status})["message"]
    )
    sops.kubectl("wait", "sop/life", "--for=condition=Requested", "--timeout=50s")
    assert sops.finalizers("life") == ["atlasstreams.io/cleanup"]

    accept(simulator, 10)
    status = sops.wait_for_reason("life", "Available")
    assert status["statusName"] == "AVAILABLE"
    assert status["atlas"]["cidrBlock"] == "192.168.248.0/21"
    assert status["atlas"]["vpcId"].startswith("vpc-")
    shown = sops.kubectl("get", "sop", "life", "-o", "wide").stdout.splitlines()
    assert shown[0].split() == (
        ["NAME", "PEER", "VPC", "CONNECTION", "STATUS", "READY", "REASON", "AGE", "PROJECT", "CONTAINER", "MESSAGE"]
    )
    assert shown[1].split()[:5] == ["life", vpc(10), peer.connection_id, "AVAILABLE", "True"]

    sops.patch("life", routeTableCidrBlock="10.210.0.0/16")
    wait_until(lambda: [one.routes for one in peers_of(simulator, 10)] == ["10.210.0.0/16"], "the route is changed")
    sops.wait_for_reason("life", "Available")

    sops.delete("life")
    sops.wait_gone("life")
    assert peers_of(simulator, 10) == []
    assert creations(simulator, 10) == 1
    for reason in ("Initiating", "PendingAcceptance", "Available", "Deleting", "Deleted"):
        sops.wait_for_event("life", reason)


@pytest.mark.parametrize(
    ("number", "end", "reason"), [(20, "reject", "RequestRejected"), (21, "expire", "RequestExpired")]
)
def test_a_failed_peering_is_renewed_only_when_asked(
    sops: OutboundNamespace, simulator: SimulatorThread, number: int, end: str, reason: str
) -> None:
    name = f"dead-{number}"
    sops.apply(outbound(name, number))
    status = sops.wait_for_reason(name, "PendingAcceptance")
    getattr(simulator.network_peering, end)(status["peerId"])
    status = sops.wait_for_reason(name, reason)
    assert condition_of({"status": status}, "Stalled")["status"] == "True"
    assert condition_of({"status": status}, "Requested")["status"] == "False"
    sops.wait_for_reason("bare", "PendingAcceptance")  # others go on, and this one stays
    assert creations(simulator, number) == 1

    sops.request_reconcile(name, "again")
    sops.wait_for_reason(name, "PendingAcceptance")
    assert creations(simulator, number) == 2
    assert len(peers_of(simulator, number)) == 1


def test_a_vpc_that_aws_does_not_know_is_said_and_mended_by_a_change_of_the_spec(
    sops: OutboundNamespace, simulator: SimulatorThread
) -> None:
    simulator.network_peering.refuse_vpc(vpc(22))
    sops.apply(outbound("no-vpc", 22))
    status = sops.wait_for_reason("no-vpc", "RequestFailed")
    assert status["errorStateName"] == "INVALID_ARGUMENT"
    simulator.network_peering.refuse_vpc(vpc(22), None)
    sops.patch("no-vpc", routeTableCidrBlock="10.222.0.0/16")
    sops.wait_for_reason("no-vpc", "PendingAcceptance")


def test_what_is_there_is_adopted_and_gets_the_routes_of_the_spec(
    sops: OutboundNamespace, simulator: SimulatorThread
) -> None:
    [container] = [one for one in simulator.network_peering.containers(PROJECT) if one.region == "US_EAST_1"]
    peer = simulator.network_peering.add_peer(container.id, ACCOUNT, vpc(30), "10.230.0.0/16")
    sops.apply(outbound("adopted", 30, containerId=container.id))
    status = sops.wait_for_reason("adopted", "PendingAcceptance")
    assert status["peerId"] == peer
    wait_until(lambda: simulator.network_peering.peer(peer).routes == "10.30.0.0/16", "the route is changed")
    assert creations(simulator, 30) == 1

    sops.delete("adopted")
    sops.wait_gone("adopted")
    assert peers_of(simulator, 30) == []


def test_of_two_objects_the_older_one_has_it(sops: OutboundNamespace, simulator: SimulatorThread) -> None:
    sops.apply(outbound("older", 31))
    next_second()
    sops.apply(outbound("younger", 31))
    status = sops.wait_for_reason("younger", "AlreadyManaged")
    assert "peerId" not in status
    assert f"{sops.name}/older" in condition_of({"status": status})["message"]
    sops.delete("younger")
    sops.wait_gone("younger")
    sops.wait_for_reason("older", "PendingAcceptance")
    assert len(peers_of(simulator, 31)) == creations(simulator, 31) == 1


def test_retain_leaves_the_peering_and_a_later_object_adopts_it(
    sops: OutboundNamespace, simulator: SimulatorThread
) -> None:
    sops.apply(outbound("kept", 32, deletionPolicy="Retain"))
    peer = sops.wait_for_reason("kept", "PendingAcceptance")["peerId"]
    sops.delete("kept", wait=True)
    sops.apply(outbound("kept-too", 32))
    assert sops.wait_for_reason("kept-too", "PendingAcceptance")["peerId"] == peer


def test_a_suspended_object_waits_with_its_deletion_and_says_the_two_ways_out(
    sops: OutboundNamespace, simulator: SimulatorThread
) -> None:
    sops.apply(outbound("held", 33))
    sops.wait_for_reason("held", "PendingAcceptance")
    sops.patch("held", suspend=True)
    sops.wait_for_reason("held", "Suspended")
    sops.delete("held")
    wait_until(lambda: "Deletion waits" in sops.condition("held").get("message", ""), "the deletion waits")
    message = sops.condition("held")["message"]
    assert "suspend: false" in message
    assert "deletionPolicy: Retain" in message
    sops.patch("held", suspend=False)
    sops.wait_gone("held")
    assert peers_of(simulator, 33) == []


# -- containers


def test_a_container_is_made_only_when_told_and_stays(sops: OutboundNamespace, simulator: SimulatorThread) -> None:
    sops.apply(outbound("nowhere", 40, region="EU_WEST_2"))
    sops.wait_for_reason("nowhere", "ContainerNotFound")
    assert sops.finalizers("nowhere") == []
    sops.apply(outbound("somewhere", 41, region="eu-west-2", container={"atlasCidrBlock": "192.168.0.0/21"}))
    sops.wait_for_reason("somewhere", "PendingAcceptance")
    sops.wait_for_reason("nowhere", "PendingAcceptance")  # it finds what the other one had made
    for name in ("nowhere", "somewhere"):
        sops.delete(name)
        sops.wait_gone(name)

    assert "EU_WEST_2" in [one.region for one in simulator.network_peering.containers(PROJECT)]
    assert [call.operation for call in simulator.calls("delete-container")] == []


def test_what_atlas_refuses_is_said_in_its_words(sops: OutboundNamespace) -> None:
    sops.apply(
        outbound("overlap", 42, routeTableCidrBlock="192.168.248.0/24"),
        outbound("overlapping-container", 43, region="EU_WEST_3", container={"atlasCidrBlock": "192.168.248.0/22"}),
    )
    for name in ("overlap", "overlapping-container"):
        status = sops.wait_for_reason(name, "Refused")
        assert "OVERLAPPING_ATLAS_CIDR_BLOCK" in condition_of({"status": status})["message"]
        assert "lastAction" not in status
        sops.delete(name)
        sops.wait_gone(name)


def test_the_operators_status_fits_the_schema_and_its_spec_stays_as_it_is(sops: OutboundNamespace) -> None:
    for found in json.loads(sops.kubectl("get", "sop", "-o", "json", "--show-managed-fields").stdout)["items"]:
        written = [each for each in found["metadata"]["managedFields"] if each["manager"] == "atlas-streams-peering"]
        assert written
        assert not any("f:spec" in each["fieldsV1"] for each in written)
        assert found["status"]["observedGeneration"] in (found["metadata"]["generation"], -1)


def test_nothing_but_what_objects_wanted_was_asked_of_atlas(simulator: SimulatorThread) -> None:
    assert {call.operation for call in simulator.calls() if call.operation in CHANGES} == set(CHANGES) - {
        "delete-container"
    }
