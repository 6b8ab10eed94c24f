"""The names that users' manifests, RBAC and scripts rely on."""

from typing import Any

import pytest

from atlas_streams_peering.api import group
from atlas_streams_peering.api.conditions import ConditionType, Reason
from atlas_streams_peering.kinds.resources import KINDS

MANIFESTS = {kind.kind: kind.manifest() for kind in KINDS}
EVERY_KIND = pytest.mark.parametrize("manifest", MANIFESTS.values(), ids=MANIFESTS.keys())
READY, REASON, AGE = (
    ("Ready", '.status.conditions[?(@.type=="Ready")].status'),
    ("Reason", '.status.conditions[?(@.type=="Ready")].reason'),
    ("Age", ".metadata.creationTimestamp"),
)
MESSAGE = ("Message", '.status.conditions[?(@.type=="Ready")].message')
COLUMNS = [
    ("Connection", ".status.connectionName"),
    ("Requester", ".status.requester.vpcId"),
    ("Cloud Status", ".status.cloudStatus"),
    *(READY, REASON, AGE),
]
WIDE_COLUMNS = [("Project", ".spec.projectId"), ("Expires", ".status.pendingUntil"), MESSAGE]
DETAILS_COLUMNS = [
    ("Provider", ".status.cloudProvider"),
    ("Region", ".status.region"),
    ("Account", ".status.account"),
    ("Network", ".status.network"),
    ("CIDR", ".status.cidrBlock"),
    *(READY, REASON, AGE),
]
DETAILS_WIDE_COLUMNS = [("Project", ".spec.projectId"), MESSAGE]
POLICY_COLUMNS = [
    ("Action", ".status.action"),
    ("Matching", ".status.matching"),
    ("Taken", ".status.taken"),
    *(READY, REASON, AGE),
]
CONFLUENT_COLUMNS = [
    ("Network", ".spec.networkId"),
    ("Peering", ".status.peeringId"),
    ("Phase", ".status.phase"),
    *(READY, REASON, AGE),
]
CONFLUENT_WIDE_COLUMNS = [("Environment", ".spec.environmentId"), ("Requester", ".status.requester.vpcId"), MESSAGE]


def test_the_group_and_what_is_named_after_it() -> None:
    assert (group.GROUP, group.VERSION) == ("atlasstreams.io", "v1alpha1")
    assert group.FINALIZER.startswith("atlasstreams.io/")
    assert group.RECONCILE_REQUESTED_AT == "atlasstreams.io/reconcile-requested-at"
    assert group.POLICY == "atlasstreams.io/policy"


@EVERY_KIND
class TestEveryKind:
    def test_it_is_namespaced_and_in_the_group_and_category(self, manifest: dict[str, Any]) -> None:
        assert (manifest["spec"]["group"], manifest["spec"]["scope"]) == ("atlasstreams.io", "Namespaced")
        assert manifest["spec"]["names"]["categories"] == ["atlas-streams"]

    def test_its_only_version_is_served_and_stored_with_status_apart(self, manifest: dict[str, Any]) -> None:
        (version,) = manifest["spec"]["versions"]
        assert (version["name"], version["served"], version["storage"]) == ("v1alpha1", True, True)
        assert version["subresources"] == {"status": {}}

    def test_its_last_columns_are_those_of_every_kind(self, manifest: dict[str, Any]) -> None:
        assert columns_of(manifest, 0)[-3:] == [READY, REASON, AGE]
        assert columns_of(manifest, 1)[-1] == MESSAGE

    def test_an_untouched_object_never_reads_as_current(self, manifest: dict[str, Any]) -> None:
        (version,) = manifest["spec"]["versions"]
        status = version["schema"]["openAPIV3Schema"]["properties"]["status"]
        assert status["default"] == {"observedGeneration": -1}


def test_the_names_of_streams_vpc_peering() -> None:
    names = MANIFESTS["StreamsVpcPeering"]["spec"]["names"]
    assert names == {
        "kind": "StreamsVpcPeering",
        "listKind": "StreamsVpcPeeringList",
        "plural": "streamsvpcpeerings",
        "singular": "streamsvpcpeering",
        "shortNames": ["svp"],
        "categories": ["atlas-streams"],
    }


def test_the_names_of_streams_account_details() -> None:
    names = MANIFESTS["StreamsAccountDetails"]["spec"]["names"]
    assert names == {
        "kind": "StreamsAccountDetails",
        "listKind": "StreamsAccountDetailsList",
        "plural": "streamsaccountdetails",
        "singular": "streamsaccountdetails",
        "shortNames": ["sacct"],
        "categories": ["atlas-streams"],
    }


def test_the_names_of_streams_vpc_peering_policy() -> None:
    names = MANIFESTS["StreamsVpcPeeringPolicy"]["spec"]["names"]
    assert names == {
        "kind": "StreamsVpcPeeringPolicy",
        "listKind": "StreamsVpcPeeringPolicyList",
        "plural": "streamsvpcpeeringpolicies",
        "singular": "streamsvpcpeeringpolicy",
        "shortNames": ["svpp"],
        "categories": ["atlas-streams"],
    }


def test_the_names_of_confluent_peering() -> None:
    names = MANIFESTS["ConfluentPeering"]["spec"]["names"]
    assert names == {
        "kind": "ConfluentPeering",
        "listKind": "ConfluentPeeringList",
        "plural": "confluentpeerings",
        "singular": "confluentpeering",
        "shortNames": ["cfp"],
        "categories": ["atlas-streams"],
    }


def columns_of(manifest: dict[str, Any], priority: int) -> list[tuple[str, str]]:
    """Return names and paths of the columns that show always (0) or with `-o wide` (1)."""
    (version,) = manifest["spec"]["versions"]
    columns = [c for c in version["additionalPrinterColumns"] if c.get("priority", 0) == priority]
    return [(column["name"], column["jsonPath"]) for column in columns]


@pytest.mark.parametrize(
    ("kind", "normal", "wide"),
    [
        ("StreamsVpcPeering", COLUMNS, WIDE_COLUMNS),
        ("StreamsAccountDetails", DETAILS_COLUMNS, DETAILS_WIDE_COLUMNS),
        ("StreamsVpcPeeringPolicy", POLICY_COLUMNS, DETAILS_WIDE_COLUMNS),
        ("ConfluentPeering", CONFLUENT_COLUMNS, CONFLUENT_WIDE_COLUMNS),
    ],
)
def test_the_columns_of_a_kind(kind: str, normal: list[tuple[str, str]], wide: list[tuple[str, str]]) -> None:
    assert columns_of(MANIFESTS[kind], 0) == normal
    assert columns_of(MANIFESTS[kind], 1) == wide


def test_the_types_of_condition() -> None:
    assert set(ConditionType) == {"Ready", "Synced", "Reconciling", "Stalled", "Requested"}


def test_the_reasons() -> None:
    assert set(Reason) >= {
        "Active",
        "Rejected",
        "Deleted",
        "WaitingForRequest",
        "Accepting",
        "Provisioning",
        "Rejecting",
        "Deleting",
        "Suspended",
        "RequestExpired",
        "RequestFailed",
        "RequestRejected",
        "ConnectionDeleted",
        "AmbiguousRequest",
        "RequesterMismatch",
        "CannotReject",
        "CredentialsMissing",
        "CredentialsInvalid",
        "Unauthorized",
        "AccessListBlocked",
        "ProjectNotFound",
        "AlreadyManaged",
        "ReferenceNotReady",
        "Available",
        "RegionNotAvailable",
        "ConfigMapConflict",
        "Watching",
        "LimitReached",
        "NameTaken",
        "Connected",
        "PendingAcceptance",
        "Disconnected",
        "NetworkNotReady",
        "NetworkNotFound",
        "NetworkFailed",
        "NetworkUnsupported",
        "Observed",
        "RateLimited",
        "AtlasUnavailable",
        "Refused",
        "ConfluentUnavailable",
    }
