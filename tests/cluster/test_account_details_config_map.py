"""The ConfigMap of a StreamsAccountDetails lives as the spec says, and one of somebody else is left alone."""

import pytest

from atlas_simulator import SimulatorThread
from cluster.account_details import AWS, DetailsNamespace, account_details
from cluster.audit import writes
from cluster.conftest import StartOperator
from cluster.namespace import PROJECT, Namespace
from cluster.operator_process import OperatorProcess
from cluster.waiting import wait_until
from local_cluster import Cluster

DATA = {"projectId": PROJECT, "cloudProvider": "aws", "region": "US_EAST_1", **AWS}


@pytest.fixture(scope="module")
def details(namespace: Namespace, cluster: Cluster) -> DetailsNamespace:
    return DetailsNamespace(cluster, namespace.name)


@pytest.fixture(scope="module", autouse=True)
def operator(namespace: Namespace, start_operator: StartOperator) -> OperatorProcess:
    return start_operator(namespace)


def test_it_is_made_with_the_details_and_belongs_to_the_object(details: DetailsNamespace) -> None:
    details.apply(account_details("made", config_map="made-details"))

    status = details.wait_for_reason("made", "Available")

    assert details.data("made-details") == DATA
    assert status["configMapName"] == "made-details"
    owner, made = details.get("made") or {}, details.config_map("made-details") or {}
    # The control plane of the tests has no garbage collector: this is what a real one goes by.
    assert made["metadata"]["ownerReferences"] == [
        {
            "apiVersion": "atlasstreams.io/v1alpha1",
            "kind": "StreamsAccountDetails",
            "name": "made",
            "uid": owner["metadata"]["uid"],
            "controller": True,
        }
    ]


def test_a_config_map_of_another_cloud_has_the_names_of_that_cloud(
    details: DetailsNamespace, simulator: SimulatorThread
) -> None:
    simulator.networks.put(PROJECT, "azure", "US_EAST_2")
    details.apply(account_details("azure", "US_EAST_2", cloudProvider="azure", config_map="azure-details"))
    status = details.wait_for_reason("azure", "Available")

    assert details.data("azure-details") == {
        "projectId": PROJECT,
        **{
            key: status[key] for key in ("cloudProvider", "region", "subscriptionId", "virtualNetworkName", "cidrBlock")
        },
    }


def test_drift_is_repaired_and_a_deleted_one_is_made_again_within_the_steady_interval(
    details: DetailsNamespace,
) -> None:
    details.apply(account_details("drifting", config_map="drifting"))
    details.wait_for_reason("drifting", "Available")

    details.change_data("drifting", vpcId="vpc-of-somebody", more="of it", region=None)
    details.wait_for_data("drifting", DATA)

    details.merge("drifting", {"metadata": {"labels": {"team": "orders"}}}, "configmap")
    details.change_data("drifting", vpcId="vpc-of-somebody")
    details.wait_for_data("drifting", DATA)
    assert (details.config_map("drifting") or {})["metadata"]["labels"]["team"] == "orders", "labels are others' own"

    details.delete("drifting", "configmap", wait=True)
    details.wait_for_data("drifting", DATA)


def test_new_details_reach_the_config_map(details: DetailsNamespace, simulator: SimulatorThread) -> None:
    simulator.networks.put(PROJECT, "aws", "EU_WEST_2")
    details.apply(account_details("renewed", "EU_WEST_2", config_map="renewed"))
    details.wait_for_reason("renewed", "Available")

    simulator.networks.put(PROJECT, "aws", "EU_WEST_2", vpc_id="vpc-0123456789abcdef0")

    details.wait_for_data("renewed", {**DATA, "region": "EU_WEST_2", "vpcId": "vpc-0123456789abcdef0"})


def test_it_keeps_the_last_details_while_atlas_has_no_network(
    details: DetailsNamespace, simulator: SimulatorThread
) -> None:
    simulator.networks.put(PROJECT, "aws", "EU_WEST_3")
    details.apply(account_details("lost", "EU_WEST_3", config_map="lost"))
    details.wait_for_reason("lost", "Available")

    simulator.networks.remove(PROJECT, "aws", "EU_WEST_3")
    details.wait_for_reason("lost", "RegionNotAvailable")

    assert details.data("lost") == {**DATA, "region": "EU_WEST_3"}


def test_it_moves_with_its_name_in_the_spec_and_goes_without(details: DetailsNamespace) -> None:
    details.apply(account_details("moving"))
    details.wait_for_reason("moving", "Available")
    details.patch("moving", configMapRef={"name": "moving-one"})
    details.wait_for_data("moving-one", DATA)

    details.patch("moving", configMapRef={"name": "moving-two"})
    details.wait_for_data("moving-two", DATA)
    details.wait_for_data("moving-one", None)

    details.patch("moving", configMapRef=None)
    details.wait_for_data("moving-two", None)
    wait_until(lambda: "configMapName" not in details.status("moving"), "the status names no ConfigMap")
    assert details.condition("moving")["reason"] == "Available"


def test_one_of_somebody_else_is_left_alone_and_taken_when_it_is_gone(
    details: DetailsNamespace, cluster: Cluster
) -> None:
    details.write_config_map("taken", mine="yes")
    details.apply(account_details("blocked", config_map="taken"))

    status = details.wait_for_reason("blocked", "ConfigMapConflict")

    assert {each["type"] for each in status["conditions"]} == {"Ready", "Synced", "Stalled"}
    assert "ConfigMap taken exists and does not belong to this object" in details.condition("blocked")["message"]
    assert details.wait_for_event("blocked", "ConfigMapConflict")["type"] == "Warning"
    assert status["vpcId"] == AWS["vpcId"], "the details are known all the same"
    assert details.data("taken") == {"mine": "yes"}
    assert [each for each in writes(cluster, details.name) if each.name == "taken"] == []

    details.delete("taken", "configmap", wait=True)
    details.wait_for_reason("blocked", "Available")
    assert details.data("taken") == DATA


def test_two_objects_do_not_write_the_same_one(details: DetailsNamespace) -> None:
    details.apply(account_details("first", config_map="both"))
    details.wait_for_reason("first", "Available")

    details.apply(account_details("second", config_map="both"))

    details.wait_for_reason("second", "ConfigMapConflict")
    assert "belongs to StreamsAccountDetails first" in details.condition("second")["message"]


def test_a_new_object_of_the_name_takes_over_what_the_last_one_left(details: DetailsNamespace) -> None:
    """A garbage collector may be slow: what it has not deleted yet is no conflict."""
    details.apply(account_details("again", config_map="again"))
    details.wait_for_reason("again", "Available")
    details.delete("again", wait=True)

    details.apply(account_details("again", config_map="again"))
    details.wait_for_reason("again", "Available")

    (reference,) = (details.config_map("again") or {})["metadata"]["ownerReferences"]
    assert reference["uid"] == (details.get("again") or {})["metadata"]["uid"]


def test_what_the_api_server_refuses_is_said_in_its_words_and_tried_again(details: DetailsNamespace) -> None:
    frozen = {"data": {"frozen": "yes"}, "immutable": True}
    details.apply(account_details("refused", config_map="refused"))
    details.wait_for_reason("refused", "Available")
    details.merge("refused", frozen, "configmap")

    details.wait_for_reason("refused", "WriteRefused")
    assert "The Kubernetes API refuses ConfigMap refused: " in details.condition("refused")["message"]
    assert "immutable" in details.condition("refused")["message"]
    assert details.status("refused")["vpcId"] == AWS["vpcId"]

    details.delete("refused", "configmap", wait=True)
    details.wait_for_reason("refused", "Available")
    assert details.data("refused") == DATA


def test_an_object_that_goes_leaves_its_config_map_to_the_garbage_collector(
    details: DetailsNamespace, cluster: Cluster
) -> None:
    details.apply(account_details("gone", config_map="gone"))
    details.wait_for_reason("gone", "Available")

    details.delete("gone", wait=True)

    touched = [each for each in writes(cluster, details.name) if (each.resource, each.name) == ("configmaps", "gone")]
    assert {each.verb for each in touched} <= {"create"}
