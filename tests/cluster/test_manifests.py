"""What the API server takes, refuses, and says when it refuses; no operator runs here."""

from collections.abc import Callable
from typing import Any

import pytest

from cluster.namespace import Namespace, pcx, peering, vpc

PROJECT_WORDS = ("spec.projectId", "24 lower-case hexadecimal digits")
ACCOUNT_WORDS = ("spec.requester.accountId", "12 digits")
VPC_WORDS = ("spec.requester.vpcId", "vpc- and 17 hexadecimal digits (8 for old VPCs)")
CIDR_WORDS = ("spec.requester.cidr", "an IPv4 CIDR block such as 10.0.0.0/16")
NETWORK_WORDS = ("spec.requester.cidr", "cidr must be a network address: 10.0.0.0/16, not 10.0.0.1/16")
NAME_WORDS = ("spec.connectionName", "pcx- and 17 hexadecimal digits (8 for old connections)")
ONE_OF = ("spec.requester", "exactly one of accountId and confluentPeeringRef")
REFERENCE = {"name": "orders"}

REFUSED: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "projectId missing": ({"projectId": None}, ("spec.projectId", "Required value")),
    "projectId too short": ({"projectId": "671a86f4"}, PROJECT_WORDS),
    "projectId in capitals": ({"projectId": "671A86F4CFC9DA7D7C31B14F"}, PROJECT_WORDS),
    "projectId with a line end": ({"projectId": "671a86f4cfc9da7d7c31b14f\n"}, PROJECT_WORDS),
    "requester missing": ({"requester": None}, ("spec.requester", "Required value")),
    "accountId a number": (
        {"requester": {"accountId": 417601102659}},
        ("spec.requester.accountId", '"integer"', "string"),
    ),
    "accountId too short": ({"requester": {"accountId": "41760110265"}}, ACCOUNT_WORDS),
    "accountId with hyphens": ({"requester": {"accountId": "4176-0110-2659"}}, ACCOUNT_WORDS),
    "accountId missing": ({"requester": {"accountId": None}}, ONE_OF),
    "accountId beside a reference": (
        {"requester": {"confluentPeeringRef": REFERENCE, "vpcId": None}},
        ONE_OF,
    ),
    "vpcId beside a reference": (
        {"requester": {"accountId": None, "confluentPeeringRef": REFERENCE}},
        ("spec.requester", "cannot be combined with confluentPeeringRef"),
    ),
    "reference without a name": (
        {"requester": {"accountId": None, "vpcId": None, "confluentPeeringRef": {}}},
        ("spec.requester.confluentPeeringRef.name", "Required value"),
    ),
    "vpcId missing": (
        {"requester": {"vpcId": None}},
        ("spec.requester.vpcId", "is required unless you set connectionName"),
    ),
    "vpcId of another kind": ({"requester": {"vpcId": "subnet-0d13eb6a2f0377854"}}, VPC_WORDS),
    "vpcId too short": ({"requester": {"vpcId": "vpc-0d13eb6a2f037785"}}, VPC_WORDS),
    "vpcId in capitals": ({"requester": {"vpcId": "vpc-0D13EB6A2F0377854"}}, VPC_WORDS),
    "vpcId empty": ({"requester": {"vpcId": ""}}, VPC_WORDS),
    "cidr without a length": ({"requester": {"cidr": "10.0.0.0"}}, CIDR_WORDS),
    "cidr too long": ({"requester": {"cidr": "10.0.0.0/33"}}, CIDR_WORDS),
    "cidr out of range": ({"requester": {"cidr": "10.256.0.0/16"}}, CIDR_WORDS),
    "cidr of an address": ({"requester": {"cidr": "10.0.0.1/16"}}, NETWORK_WORDS),
    "cidr of the last address": ({"requester": {"cidr": "255.255.255.255/31"}}, NETWORK_WORDS),
    "cidr of everything, with an address": ({"requester": {"cidr": "10.0.0.0/0"}}, NETWORK_WORDS),
    "cidr of version 6": ({"requester": {"cidr": "fd00::/8"}}, CIDR_WORDS),
    "connectionName too short": ({"connectionName": "pcx-1"}, NAME_WORDS),
    "connectionName an Atlas ID": ({"connectionName": "6759e61aa6cf0a5476e233d1"}, NAME_WORDS),
    "desiredState unknown": (
        {"desiredState": "Approved"},
        ("spec.desiredState", '"Accepted", "Rejected", "Deleted"'),
    ),
    "deletionPolicy unknown": ({"deletionPolicy": "Orphan"}, ("spec.deletionPolicy", '"Delete", "Retain"')),
    "suspend a word": ({"suspend": "yes"}, ("spec.suspend", "boolean")),
    "credentialsSecretRef without a name": (
        {"credentialsSecretRef": {}},
        ("spec.credentialsSecretRef.name", "Required value"),
    ),
    "credentialsSecretRef with an empty name": (
        {"credentialsSecretRef": {"name": ""}},
        ("spec.credentialsSecretRef.name", "must be the name of an object"),
    ),
    "credentialsSecretRef to another namespace": (
        {"credentialsSecretRef": {"name": "atlas-api", "namespace": "other"}},
        ("unknown field", "spec.credentialsSecretRef.namespace"),
    ),
    "unknown field": ({"connectionId": pcx(1)}, ("unknown field", "spec.connectionId")),
    "unknown field of the requester": ({"requester": {"vpc": vpc(1)}}, ("unknown field", "spec.requester.vpc")),
}
TAKEN: dict[str, dict[str, Any]] = {
    "by-vpc": {},
    "by-name": {"requester": {"vpcId": None}, "connectionName": pcx(1)},
    "by-reference": {"requester": {"accountId": None, "vpcId": None, "confluentPeeringRef": REFERENCE}},
    "old-ids": {"requester": {"vpcId": "vpc-1a2b3c4d"}, "connectionName": "pcx-1a2b3c4d"},
    "leading-zero": {"requester": {"accountId": "012345678901"}},
    "any-cidr": {"requester": {"cidr": "0.0.0.0/0"}},
    "one-address": {"requester": {"cidr": "10.0.0.1/32"}},
    "two-addresses": {"requester": {"cidr": "10.0.0.2/31"}},
    "default-credentials": {"credentialsSecretRef": None},
}


def changed(manifest: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest with changes merged into its spec; None removes."""

    def merge(into: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        merged = dict(into)
        for key, value in new.items():
            merged[key] = merge(merged[key], value) if isinstance(merged.get(key), dict) and value else value
        return {key: value for key, value in merged.items() if value is not None}

    return {**manifest, "spec": merge(manifest["spec"], changes)}


NOW = "2024-12-18T19:20:37Z"


@pytest.fixture(scope="module")
def namespace(make_namespace: Callable[[str], Namespace]) -> Namespace:
    """A namespace that nobody looks after."""
    return make_namespace("")


@pytest.mark.parametrize("case", REFUSED)
def test_a_manifest_is_refused_with_the_field_and_what_it_wants(namespace: Namespace, case: str) -> None:
    changes, words = REFUSED[case]

    said = namespace.refused(changed(peering("refused", vpc=vpc(1)), changes))

    for word in words:
        assert word in said


def test_a_malformed_cidr_is_not_also_called_a_wrong_network(namespace: Namespace) -> None:
    said = namespace.refused(peering("malformed", vpc=vpc(1), cidr="10.0.0.1"))

    assert "network address" not in said


def test_a_manifest_without_a_spec_is_refused(namespace: Namespace) -> None:
    manifest = {key: value for key, value in peering("specless", vpc=vpc(1)).items() if key != "spec"}

    assert "spec: Required value" in namespace.refused(manifest)


def test_what_names_a_connection_in_one_of_the_ways_is_taken_as_it_is(namespace: Namespace) -> None:
    manifests = {name: changed(peering(name, vpc=vpc(1)), changes) for name, changes in TAKEN.items()}
    namespace.apply(*manifests.values())
    found = namespace.objects()

    for name, manifest in manifests.items():
        assert found[name]["spec"] == manifest["spec"]
        assert found[name]["status"] == {"observedGeneration": -1}
        assert "finalizers" not in found[name]["metadata"]


@pytest.mark.parametrize("server_side", [False, True])
def test_a_field_that_is_removed_from_the_manifest_goes_from_the_object(
    namespace: Namespace, *, server_side: bool
) -> None:
    manifest = peering(f"taken-back-{server_side}".lower(), vpc=vpc(1))
    optional = {"desiredState": "Rejected", "deletionPolicy": "Retain", "suspend": True}
    namespace.kubectl_apply(changed(manifest, optional), server_side=server_side)

    for field in tuple(optional):
        del optional[field]
        namespace.kubectl_apply(changed(manifest, optional), server_side=server_side)
        assert namespace.objects()[manifest["metadata"]["name"]]["spec"] == manifest["spec"] | optional


def test_a_field_without_a_value_counts_as_left_out(namespace: Namespace) -> None:
    """As a template writes it whose value is empty."""
    manifest = peering("empty-fields", vpc=vpc(1), desiredState=None, deletionPolicy=None, suspend=None)

    namespace.kubectl_apply(manifest)

    assert namespace.objects()["empty-fields"]["spec"] == peering("empty-fields", vpc=vpc(1))["spec"]


OTHER_REQUESTER = "create another StreamsVpcPeering for another requester"
BY_NAME: dict[str, Any] = {"requester": {"vpcId": None}, "connectionName": pcx(1)}
BY_REFERENCE: dict[str, Any] = TAKEN["by-reference"]
IMMUTABLE: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "projectId changed": (
        {},
        {"projectId": "0" * 24},
        "spec.projectId cannot be changed: create another object for another project",
    ),
    "accountId changed": (
        {},
        {"requester": {"accountId": "000000000000"}},
        f"spec.requester.accountId cannot be changed: {OTHER_REQUESTER}",
    ),
    "accountId given up for a reference": (
        {},
        {"requester": {"accountId": None, "vpcId": None, "confluentPeeringRef": REFERENCE}},
        f"spec.requester.accountId cannot be changed: {OTHER_REQUESTER}",
    ),
    "vpcId changed": (
        {},
        {"requester": {"vpcId": vpc(2)}},
        f"spec.requester.vpcId cannot be changed: {OTHER_REQUESTER}",
    ),
    "vpcId set": (
        BY_NAME,
        {"requester": {"vpcId": vpc(1)}},
        f"spec.requester.vpcId cannot be changed: {OTHER_REQUESTER}",
    ),
    "vpcId removed": (
        {},
        {"requester": {"vpcId": None}, "connectionName": pcx(1)},
        f"spec.requester.vpcId cannot be changed: {OTHER_REQUESTER}",
    ),
    "reference changed": (
        BY_REFERENCE,
        {"requester": {"confluentPeeringRef": {"name": "payments"}}},
        f"spec.requester.confluentPeeringRef cannot be changed: {OTHER_REQUESTER}",
    ),
    "reference given up for an account": (
        BY_REFERENCE,
        {"requester": {"confluentPeeringRef": None, "accountId": "417601102659", "vpcId": vpc(1)}},
        f"spec.requester.confluentPeeringRef cannot be changed: {OTHER_REQUESTER}",
    ),
}


@pytest.mark.parametrize("case", IMMUTABLE)
def test_what_says_whose_connection_is_meant_cannot_change(namespace: Namespace, case: str) -> None:
    start, changes, sentence = IMMUTABLE[case]
    manifest = changed(peering(case.lower().replace(" ", "-"), vpc=vpc(1)), start)
    namespace.apply(manifest)

    said = namespace.refused(changed(manifest, changes))

    assert sentence in said


def test_everything_else_can_change(namespace: Namespace) -> None:
    manifest = peering("changing", vpc=vpc(1), cidr="10.0.0.0/16")
    namespace.apply(manifest)

    for changes in (
        {"requester": {"cidr": "10.1.0.0/16"}},
        {"requester": {"cidr": None}},
        {"credentialsSecretRef": {"name": "another"}},
        {"credentialsSecretRef": None},
        {"connectionName": pcx(1)},
        {"connectionName": pcx(2)},
        {"connectionName": None},
        {"desiredState": "Deleted", "deletionPolicy": "Retain", "suspend": True},
    ):
        manifest = changed(manifest, changes)
        namespace.apply(manifest)

    assert namespace.objects()["changing"]["spec"] == manifest["spec"]


def holding(namespace: Namespace, name: str, cloud_status: str, pinned: str | None = None) -> dict[str, Any]:
    """Make an object whose status says that it holds connection 1 in this state."""
    manifest = changed(peering(name, vpc=vpc(1)), {"connectionName": pinned})
    namespace.apply(manifest)
    status = {"connectionName": pcx(1), "cloudStatus": cloud_status}
    namespace.merge(name, {"status": status}, subresource="status")
    return manifest


@pytest.mark.parametrize("cloud_status", ["active", "ACTIVE", "provisioning"])
@pytest.mark.parametrize("pinned", [None, pcx(1)])
def test_a_name_cannot_be_pointed_away_from_a_connection_that_is_held(
    namespace: Namespace, cloud_status: str, pinned: str | None
) -> None:
    name = f"held-{cloud_status}-{'pinned' if pinned else 'free'}".lower()
    manifest = holding(namespace, name, cloud_status, pinned)

    said = namespace.refused(changed(manifest, {"connectionName": pcx(2)}))

    assert "spec.connectionName cannot be pointed away from the connection this object holds" in said
    assert "desiredState to Deleted" in said
    for allowed in (pcx(1), None, pcx(1)):
        namespace.apply(changed(manifest, {"connectionName": allowed, "suspend": True}))


@pytest.mark.parametrize(
    ("last_action", "reason", "held"),
    [("Accept", "Accepting", True), ("Accept", "Suspended", False), ("Reject", "Accepting", False)],
)
def test_a_name_cannot_be_pointed_away_while_atlas_has_just_been_asked_to_accept(
    namespace: Namespace, last_action: str, reason: str, *, held: bool
) -> None:
    name = f"asked-{last_action}-{reason}".lower()
    manifest = holding(namespace, name, "pending-acceptance", None)
    ready = {"type": "Ready", "status": "False", "reason": reason, "message": "", "lastTransitionTime": NOW}
    status = {"lastAction": {"type": last_action, "time": NOW}, "conditions": [ready]}
    namespace.merge(name, {"status": status}, subresource="status")

    away = changed(manifest, {"connectionName": pcx(2)})

    if held:
        assert "cannot be pointed away from the connection this object holds" in namespace.refused(away)
    else:
        namespace.apply(away)


@pytest.mark.parametrize("cloud_status", ["pending-acceptance", "expired", "rejected", "failed", "deleted", "deleting"])
def test_a_name_may_be_pointed_away_from_any_other(namespace: Namespace, cloud_status: str) -> None:
    manifest = holding(namespace, f"loose-{cloud_status}", cloud_status, pinned=pcx(1))

    namespace.apply(changed(manifest, {"connectionName": pcx(2)}))
