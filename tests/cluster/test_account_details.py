"""StreamsAccountDetails on a real API server: what is refused, shown, kept, shared and asked again."""

import re
from typing import Any, Final

import pytest

from atlas_simulator import SimulatorThread
from cluster.account_details import AWS, DetailsNamespace, account_details
from cluster.conftest import StartOperator
from cluster.namespace import PRIVATE_KEY, PROJECT, PUBLIC_KEY, Namespace
from cluster.operator_process import OperatorProcess
from cluster.waiting import wait_until
from local_cluster import Cluster

OTHER_PROJECT: Final = "671a86f4cfc9da7d7c31b150"
AZURE: Final = {
    "subscriptionId": "f1a2b3c4-d5e6-87a8-a9b0-c1d2e3f4a5b6",
    "virtualNetworkName": "vnet_a1b2c3d4e5f6a7b8c9d0e1f2_xyz987ab",
    "cidrBlock": "192.168.248.0/21",
}
GCP: Final = {
    "gcpProjectId": "p-a1b2c3d4e5f6a7b8c9d0e1f2",
    "vpcNetworkName": "nt-a1b2c3d4e5f6a7b8c9d0e1f2-xyz987ab",
    "cidrBlock": "192.168.248.0/21",
}


@pytest.fixture(scope="module")
def details(namespace: Namespace, cluster: Cluster) -> DetailsNamespace:
    return DetailsNamespace(cluster, namespace.name)


@pytest.fixture(scope="module", autouse=True)
def operator(namespace: Namespace, simulator: SimulatorThread, start_operator: StartOperator) -> OperatorProcess:
    simulator.add_project(OTHER_PROJECT)
    simulator.set_role(PUBLIC_KEY, OTHER_PROJECT, "owner")
    simulator.networks.put(PROJECT, "azure", "US_EAST_2")
    simulator.networks.put(PROJECT, "gcp", "CENTRAL_US")
    return start_operator(namespace)


def own(status: dict[str, Any]) -> dict[str, Any]:
    """Return the kind's own part of a status."""
    common = {"conditions", "observedGeneration", "lastHandledReconcileAt"}
    return {key: value for key, value in status.items() if key not in common}


def conditions(status: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {each["type"]: (each["status"], each["reason"]) for each in status["conditions"]}


def table(namespace: Namespace, *arguments: str) -> list[list[str]]:
    """Return the cells of what `kubectl get` prints."""
    lines = namespace.kubectl("get", *arguments).stdout.splitlines()
    starts = [match.start() for match in re.finditer(r"(?<=  )\S|^\S", lines[0])]
    ends = [*starts[1:], None]
    return [[line[start:end].strip() for start, end in zip(starts, ends, strict=True)] for line in lines]


# -- manifests


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"region": ""}, "region must be a region's name as in Atlas, such as US_EAST_1"),
        ({"region": "US EAST 1"}, "region must be a region's name as in Atlas, such as US_EAST_1"),
        ({"region": "../accountDetails"}, "region must be a region's name"),
        ({"region": None}, "spec.region: Required value"),
        ({"cloudProvider": "AWS"}, 'Unsupported value: "AWS": supported values: "aws", "azure", "gcp"'),
        ({"project": "no-project"}, "projectId must be the Atlas project's ID"),
        ({"configMapRef": {"name": "Not_A_Name"}}, "name must be the name of an object"),
        ({"configMapRef": {}}, "configMapRef.name: Required value"),
    ],
)
def test_a_malformed_manifest_is_refused_with_a_sentence(
    details: DetailsNamespace, spec: dict[str, Any], said: str
) -> None:
    assert said in details.refused(account_details("refused", **spec))


def test_what_identifies_the_network_cannot_be_changed(details: DetailsNamespace) -> None:
    details.apply(account_details("fixed"))

    for changed, field in (
        (account_details("fixed", "EU_WEST_1"), "region"),
        (account_details("fixed", project=OTHER_PROJECT), "projectId"),
        (account_details("fixed", cloudProvider="gcp"), "cloudProvider"),
    ):
        assert f"spec.{field} cannot be changed: create another object" in details.refused(changed)
    details.apply(account_details("fixed", cloudProvider="aws"))
    assert "spec.cloudProvider cannot be changed" in details.refused(account_details("fixed", cloudProvider="azure"))
    details.apply(account_details("fixed", config_map="fixed"))
    details.apply(account_details("fixed", secret=None))


def test_a_provider_cannot_be_left_out_where_that_means_another(details: DetailsNamespace) -> None:
    details.apply(account_details("fixed-gcp", "CENTRAL_US", cloudProvider="gcp"))

    answer = details.kubectl(
        "patch", "sacct", "fixed-gcp", "--type=merge", '-p={"spec":{"cloudProvider":null}}', check=False
    )

    assert "spec.cloudProvider cannot be changed" in answer.stderr


def test_the_api_server_fills_in_nothing_under_spec(details: DetailsNamespace) -> None:
    manifest = account_details("bare")
    details.apply(manifest)

    assert (details.get("bare") or {})["spec"] == manifest["spec"]


# -- what is shown


@pytest.mark.parametrize(
    ("name", "region", "spec", "shown"),
    [
        ("aws", "US_EAST_1", {}, {"cloudProvider": "aws", "region": "US_EAST_1", **AWS}),
        ("aws-own-name", "us-east-1", {}, {"cloudProvider": "aws", "region": "US_EAST_1", **AWS}),
        ("azure", "US_EAST_2", {"cloudProvider": "azure"}, {"cloudProvider": "azure", "region": "US_EAST_2", **AZURE}),
        ("gcp", "CENTRAL_US", {"cloudProvider": "gcp"}, {"cloudProvider": "gcp", "region": "CENTRAL_US", **GCP}),
    ],
)
def test_the_details_of_each_cloud_are_available(
    details: DetailsNamespace, name: str, region: str, spec: dict[str, Any], shown: dict[str, str]
) -> None:
    details.apply(account_details(name, region, **spec))

    status = details.wait_for_reason(name, "Available")

    account, network = [value for key, value in shown.items() if key not in ("cloudProvider", "region", "cidrBlock")]
    assert own(status) == {**shown, "account": account, "network": network}
    assert conditions(status) == {"Ready": ("True", "Available"), "Synced": ("True", "Observed")}
    assert details.finalizers(name) == []
    event = details.wait_for_event(name, "Available")
    assert (event["type"], network in event["message"]) == ("Normal", True)


def test_get_shows_the_columns_of_the_design(details: DetailsNamespace) -> None:
    details.apply(
        account_details("column-aws"),
        account_details("column-gcp", "CENTRAL_US", cloudProvider="gcp"),
        account_details("column-none", "EU_WEST_3"),
    )
    details.wait_for_reasons(
        {"column-aws": "Available", "column-gcp": "Available", "column-none": "RegionNotAvailable"}
    )

    header, *rows = table(details, "sacct", "-o", "wide")

    by_name = {row[0]: row for row in rows}
    assert header == [
        *("NAME", "PROVIDER", "REGION", "ACCOUNT", "NETWORK", "CIDR", "READY", "REASON", "AGE"),
        *("PROJECT", "MESSAGE"),
    ]
    aws, gcp, none = (by_name[f"column-{name}"] for name in ("aws", "gcp", "none"))
    assert aws[1:8] == ["aws", "US_EAST_1", *AWS.values(), "True", "Available"]
    assert gcp[1:8] == ["gcp", "CENTRAL_US", *GCP.values(), "True", "Available"]
    assert none[1:8] == ["aws", "EU_WEST_3", "", "", "", "False", "RegionNotAvailable"]
    assert [row[9] for row in (aws, gcp, none)] == [PROJECT] * 3
    assert aws[10].startswith("Atlas uses VPC ")
    assert table(details, "sacct")[0] == header[:9]


@pytest.mark.parametrize("name", ["sacct", "streamsaccountdetails.atlasstreams.io", "atlas-streams"])
def test_the_kind_is_found_under_each_of_its_names(details: DetailsNamespace, name: str) -> None:
    details.apply(account_details("named"))

    found = details.kubectl("get", name, "-o", "name").stdout.split()

    assert "streamsaccountdetails.atlasstreams.io/named" in found


@pytest.mark.parametrize("path", ["sacct", "sacct.spec", "sacct.status", "sacct.spec.configMapRef"])
def test_explain_leaves_no_field_without_a_word(details: DetailsNamespace, path: str) -> None:
    assert "<no description>" not in details.kubectl("explain", path).stdout


def test_a_network_that_changes_is_shown_within_the_steady_interval(
    details: DetailsNamespace, simulator: SimulatorThread
) -> None:
    simulator.networks.put(PROJECT, "aws", "EU_CENTRAL_1")
    details.apply(account_details("changing", "EU_CENTRAL_1"))
    details.wait_for_reason("changing", "Available")

    simulator.networks.put(PROJECT, "aws", "EU_CENTRAL_1", cidr_block="10.200.0.0/21")

    wait_until(lambda: details.status("changing")["cidrBlock"] == "10.200.0.0/21", "the new CIDR block is shown")
    assert "10.200.0.0/21" in details.condition("changing")["message"]


# -- regions


@pytest.mark.parametrize("region", ["AP_SOUTH_1", "NOWHERE_1"], ids=["without a network", "that AWS does not have"])
def test_a_region_without_a_network_is_stalled_until_there_is_one(
    details: DetailsNamespace, simulator: SimulatorThread, region: str
) -> None:
    name = region.lower().replace("_", "-")
    details.apply(account_details(name, region))

    status = details.wait_for_reason(name, "RegionNotAvailable")

    assert conditions(status) == {
        "Ready": ("False", "RegionNotAvailable"),
        "Synced": ("True", "Observed"),
        "Stalled": ("True", "RegionNotAvailable"),
    }
    message = details.condition(name)["message"]
    for said in (f"aws {region}", "dedicated cluster", "network container"):
        assert said in message
    assert own(status) == {"cloudProvider": "aws", "region": region}
    assert details.wait_for_event(name, "RegionNotAvailable")["type"] == "Warning"
    if region == "NOWHERE_1":
        return

    simulator.networks.put(PROJECT, "aws", region)
    assert details.wait_for_reason(name, "Available")["vpcId"] == AWS["vpcId"]

    simulator.networks.remove(PROJECT, "aws", region)
    assert "vpcId" not in details.wait_for_reason(name, "RegionNotAvailable")


def test_an_answer_without_the_vpc_is_not_available_and_says_so(
    details: DetailsNamespace, simulator: SimulatorThread
) -> None:
    simulator.networks.put(PROJECT, "aws", "EU_NORTH_1", vpc_id=None)
    details.apply(account_details("incomplete", "EU_NORTH_1"))

    details.wait_for_reason("incomplete", "RegionNotAvailable")
    assert "has no vpcId" in details.condition("incomplete")["message"]

    simulator.networks.put(PROJECT, "aws", "EU_NORTH_1", vpc_id="vpc-0ef7efa5ceca36e2f")
    details.wait_for_reason("incomplete", "Available")


# -- outages and access


def test_while_atlas_is_away_only_synced_turns_and_the_values_stay(
    details: DetailsNamespace, simulator: SimulatorThread
) -> None:
    simulator.networks.put(PROJECT, "aws", "EU_WEST_1")
    details.apply(account_details("outage", "EU_WEST_1"))
    before = details.wait_for_reason("outage", "Available")

    fault = simulator.fault("answer", "account-details", status=503, times=None, region="EU_WEST_1")
    during = details.wait_for_reason("outage", "AtlasUnavailable", kind="Synced")
    details.apply(account_details("outage-new", "EU_WEST_1"))
    new = details.wait_for_reason("outage-new", "AtlasUnavailable")
    simulator.clear_faults(fault)
    after = details.wait_for_reason("outage", "Observed", kind="Synced")
    details.wait_for_reason("outage-new", "Available")

    assert own(during) == own(before) == own(after)
    assert conditions(during) == {"Ready": ("True", "Available"), "Synced": ("False", "AtlasUnavailable")}
    assert conditions(new)["Reconciling"] == ("True", "AtlasUnavailable")


def test_secrets_that_do_not_do_are_said_and_set_right(details: DetailsNamespace, simulator: SimulatorThread) -> None:
    simulator.add_api_key("stranger", "s")
    details.secret("wrong", publicApiKey=PUBLIC_KEY, privateApiKey="wrong")
    details.secret("stranger", publicApiKey="stranger", privateApiKey="s")
    expected = {
        "absent": "CredentialsMissing",
        "wrong": "CredentialsInvalid",
        "stranger": "Unauthorized",
    }
    details.apply(*(account_details(f"with-{name}", secret=name) for name in expected))
    details.apply(account_details("with-no-project", project="f" * 24))

    details.wait_for_reasons({f"with-{name}": reason for name, reason in expected.items()})
    details.wait_for_reason("with-no-project", "ProjectNotFound")
    assert "Project Read Only" in details.condition("with-stranger")["message"]

    for name in expected:
        details.secret(name)
    details.wait_for_reasons(dict.fromkeys((f"with-{name}" for name in expected), "Available"))


def test_a_key_is_rotated_without_the_object_ever_leaving_ready(
    details: DetailsNamespace, simulator: SimulatorThread
) -> None:
    simulator.add_api_key("old", "o", roles={PROJECT: "read"})
    simulator.add_api_key("new", "n", roles={PROJECT: "read"})
    details.secret("rotating", publicApiKey="old", privateApiKey="o")
    details.apply(account_details("rotated", secret="rotating"))
    before = details.wait_for_reason("rotated", "Available")

    details.secret("rotating", publicApiKey="new", privateApiKey="n")
    simulator.remove_principal("old")

    simulator.wait_for_call("account-details", principal="new", count=3)
    assert details.status("rotated") == before


# -- when Atlas is asked


def test_one_call_serves_all_objects_of_a_place(details: DetailsNamespace, simulator: SimulatorThread) -> None:
    simulator.networks.put(OTHER_PROJECT, "aws", "SA_EAST_1")
    names = [f"shared-{number}" for number in range(20)]
    details.apply(*(account_details(name, "sa-east-1", project=OTHER_PROJECT, config_map=name) for name in names))
    details.apply(account_details("alone", project=OTHER_PROJECT))
    details.wait_for_reasons(dict.fromkeys((*names, "alone"), "Available"))

    def calls(region: str) -> int:
        return len(simulator.calls("account-details", project=OTHER_PROJECT, region=region, status=200))

    shared, alone = calls("SA_EAST_1"), calls("US_EAST_1")
    wait_until(lambda: calls("US_EAST_1") >= alone + 3, "three steady intervals have passed")

    assert 1 <= calls("SA_EAST_1") - shared <= 6, "twenty objects need as many calls as one"


def test_a_reconcile_can_be_requested(details: DetailsNamespace) -> None:
    details.apply(account_details("requested"))
    details.wait_for_reason("requested", "Available")

    details.request_reconcile("requested", "now")

    wait_until(
        lambda: details.status("requested").get("lastHandledReconcileAt") == "now", "the annotation has been handled"
    )


def test_nothing_is_written_while_nothing_changes(details: DetailsNamespace, simulator: SimulatorThread) -> None:
    details.apply(account_details("quiet", config_map="quiet"))
    details.wait_for_reason("quiet", "Available")
    versions = [(details.get("quiet", kind) or {})["metadata"]["resourceVersion"] for kind in ("sacct", "configmap")]

    before = len(simulator.calls("account-details", region="US_EAST_1"))
    simulator.wait_for_call("account-details", region="US_EAST_1", count=before + 3)

    after = [(details.get("quiet", kind) or {})["metadata"]["resourceVersion"] for kind in ("sacct", "configmap")]
    assert after == versions


def test_the_object_goes_at_once(details: DetailsNamespace) -> None:
    details.apply(account_details("going"))
    details.wait_for_reason("going", "Available")

    details.delete("going", wait=True)

    assert details.get("going") is None


def test_metrics_have_each_type_once_and_count_the_kind(details: DetailsNamespace, operator: OperatorProcess) -> None:
    details.apply(account_details("counted"))
    details.wait_for_reason("counted", "Available")

    text = operator.metrics()

    types = [line for line in text.splitlines() if line.startswith("# TYPE ")]
    assert len(types) == len(set(types))
    assert re.search(r'_objects\{kind="StreamsAccountDetails",reason="Available"\} [1-9]', text)


def test_the_operators_log_knows_no_secret_and_no_unexpected_error(operator: OperatorProcess) -> None:
    assert PRIVATE_KEY not in operator.output()
    assert operator.unexpected_errors() == []
