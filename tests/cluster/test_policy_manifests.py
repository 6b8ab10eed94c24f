"""What the API server takes and refuses of a StreamsVpcPeeringPolicy, and what it says; no operator runs here."""

from collections.abc import Callable
from typing import Any

import pytest

from cluster.namespace import ACCOUNT, Namespace, vpc
from cluster.policies import PolicyNamespace, policy
from cluster.test_manifests import changed
from local_cluster import Cluster

ACCOUNT_WORDS = ("spec.requesters[0].accountId", "12 digits")
VPC_WORDS = ("spec.requesters[0].vpcIds[0]", "vpc- and 17 hexadecimal digits (8 for old VPCs)")
CIDR_WORDS = ("spec.requesters[0].cidrs[0]", "an IPv4 CIDR block such as 10.0.0.0/16")
NETWORK_WORDS = ("spec.requesters[0].cidrs[0]", "cidr must be a network address: 10.0.0.0/16, not 10.0.0.1/16")
RESERVED = "must not contain keys of atlasstreams.io"


def requester(**fields: Any) -> dict[str, Any]:
    return {"requesters": [{"accountId": ACCOUNT, **fields}]}


def metadata(**fields: Any) -> dict[str, Any]:
    return {"template": {"metadata": fields}}


REFUSED: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "projectId missing": ({"projectId": None}, ("spec.projectId", "Required value")),
    "projectId too short": ({"projectId": "671a86f4"}, ("spec.projectId", "24 lower-case hexadecimal digits")),
    "requesters missing": ({"requesters": None}, ("spec.requesters", "Required value")),
    "no requester": ({"requesters": []}, ("spec.requesters", "should have at least 1 items")),
    "too many requesters": (
        {"requesters": [{"accountId": f"{number:012}"} for number in range(51)]},
        ("spec.requesters", "must have at most 50 items"),
    ),
    "a requester without an account": ({"requesters": [{}]}, ("spec.requesters[0].accountId", "Required value")),
    "accountId too short": ({"requesters": [{"accountId": "4176"}]}, ACCOUNT_WORDS),
    "vpcIds empty": (requester(vpcIds=[]), ("spec.requesters[0].vpcIds", "should have at least 1 items")),
    "too many VPCs": (
        requester(vpcIds=[vpc(number) for number in range(51)]),
        ("spec.requesters[0].vpcIds", "must have at most 50 items"),
    ),
    "a VPC of another kind": (requester(vpcIds=["subnet-0d13eb6a2f0377854"]), VPC_WORDS),
    "cidrs empty": (requester(cidrs=[]), ("spec.requesters[0].cidrs", "should have at least 1 items")),
    "a malformed CIDR": (requester(cidrs=["10.0.0.0"]), CIDR_WORDS),
    "a CIDR of version 6": (requester(cidrs=["fd00::/8"]), CIDR_WORDS),
    "a CIDR with host bits": (requester(cidrs=["10.0.0.1/16"]), NETWORK_WORDS),
    "an exception of everything": ({"except": [{}]}, ("spec.except", "needs accountId, vpcIds or cidrs")),
    "an exception with a wrong VPC": ({"except": [{"vpcIds": ["vpc"]}]}, ("spec.except[0].vpcIds[0]", "vpc- and 17")),
    "action unknown": ({"action": "Ignore"}, ("spec.action", '"Accept", "Reject", "Report"')),
    "no connection at all": ({"maxConnections": 0}, ("spec.maxConnections", "greater than or equal to 1")),
    "too many connections": ({"maxConnections": 1001}, ("spec.maxConnections", "less than or equal to 1000")),
    "deletionPolicy unknown": ({"deletionPolicy": "Orphan"}, ("spec.deletionPolicy", '"Delete", "Retain"')),
    "deletionPolicy of the template unknown": (
        {"template": {"spec": {"deletionPolicy": "Orphan"}}},
        ("spec.template.spec.deletionPolicy", '"Delete", "Retain"'),
    ),
    "a label of the operator's": (
        metadata(labels={"atlasstreams.io/policy": "another"}),
        ("spec.template.metadata.labels", RESERVED),
    ),
    "an annotation of the operator's": (
        metadata(annotations={"atlasstreams.io/reconcile-requested-at": "now"}),
        ("spec.template.metadata.annotations", RESERVED),
    ),
    "a label that Kubernetes does not take": (
        metadata(labels={"-team": "orders"}),
        ("spec.template.metadata.labels", "use name or prefix/name"),
    ),
    "a label's value that Kubernetes does not take": (
        metadata(labels={"team": "the orders"}),
        ("spec.template.metadata.labels[team]", "use letters, digits"),
    ),
    "too many labels": (
        metadata(labels={f"label-{number}": "" for number in range(33)}),
        ("spec.template.metadata.labels", "must have at most 32 items"),
    ),
    "another field of the template": (
        {"template": {"spec": {"desiredState": "Deleted"}}},
        ("unknown field", "spec.template.spec.desiredState"),
    ),
    "unknown field": ({"limit": 3}, ("unknown field", "spec.limit")),
}

TAKEN: dict[str, dict[str, Any]] = {
    "account": {},
    "vpcs": requester(vpcIds=[vpc(1), "vpc-1a2b3c4d"]),
    "cidrs": requester(cidrs=["10.0.0.0/8", "0.0.0.0/0", "10.0.0.1/32"]),
    "full": {
        "requesters": [
            {
                "accountId": ACCOUNT,
                "vpcIds": [vpc(number) for number in range(50)],
                "cidrs": [f"10.{number}.0.0/16" for number in range(50)],
            }
        ]
        * 50,
        "except": [{"vpcIds": [vpc(1)]}, {"cidrs": ["10.0.0.0/16"]}, {"accountId": ACCOUNT}],
        "maxConnections": 1000,
        "action": "Reject",
        "deletionPolicy": "Delete",
        "suspend": True,
        "template": {
            "metadata": {
                "labels": {"team": "orders", "example.com/cost-centre": "42", "empty": ""},
                "annotations": {"example.com/contact": "someone@example.com, or anybody else"},
            },
            "spec": {"deletionPolicy": "Retain"},
        },
    },
    "default-credentials": {"credentialsSecretRef": None},
}


@pytest.fixture(scope="module")
def policies(make_namespace: Callable[[str], Namespace], cluster: Cluster) -> PolicyNamespace:
    """A namespace that nobody looks after."""
    return PolicyNamespace(cluster, make_namespace("").name)


@pytest.mark.parametrize("case", REFUSED)
def test_a_manifest_is_refused_with_the_field_and_what_it_wants(policies: PolicyNamespace, case: str) -> None:
    changes, words = REFUSED[case]

    said = policies.refused(changed(policy("refused"), changes))

    for word in words:
        assert word in said


def test_what_is_well_formed_is_taken_as_it_is(policies: PolicyNamespace) -> None:
    manifests = {name: changed(policy(name), changes) for name, changes in TAKEN.items()}

    policies.apply(*manifests.values())

    stored = policies.objects()
    assert {name: stored[name]["spec"] for name in TAKEN} == {name: each["spec"] for name, each in manifests.items()}
    assert {stored[name]["status"]["observedGeneration"] for name in TAKEN} == {-1}


def test_the_project_cannot_be_changed_and_everything_else_can(policies: PolicyNamespace) -> None:
    policies.apply(policy("identity"))

    assert "spec.projectId cannot be changed" in policies.refused(policy("identity", project="b" * 24))

    policies.apply(changed(policy("identity"), {**TAKEN["full"], "credentialsSecretRef": {"name": "another"}}))
    policies.apply(policy("identity", action="Report", maxConnections=3))


def test_a_name_that_is_no_label_is_refused(policies: PolicyNamespace) -> None:
    policies.apply(policy("n" * 63))

    assert "at most 63 characters" in policies.refused(policy("n" * 64))
