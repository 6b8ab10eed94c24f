"""What the API server takes and refuses of ConfluentPeerings, and how it shows them; no operator runs here."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cluster.account_details import AWS
from cluster.confluent import ATLAS, ENVIRONMENT, NETWORK, REQUESTER, ConfluentNamespace, confluent_peering
from cluster.namespace import Namespace

ONE_OF = "exactly one of accountDetailsRef and atlas"
REFERENCE = {"name": "atlas"}

REFUSED: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "environmentId missing": ({"environmentId": None}, ("spec.environmentId", "Required value")),
    "environmentId of another kind": ({"environmentId": "n-abc123"}, ("spec.environmentId", "env- and lower-case")),
    "networkId missing": ({"networkId": None}, ("spec.networkId", "Required value")),
    "networkId of another kind": ({"networkId": "env-abc123"}, ("spec.networkId", "n- and lower-case")),
    "networkId with a path": ({"networkId": "n-abc/../x"}, ("spec.networkId", "n- and lower-case")),
    "no Secret": ({"credentialsSecretRef": None}, ("spec.credentialsSecretRef", "Required value")),
    "neither reference nor atlas": ({"atlas": None}, (ONE_OF,)),
    "reference and atlas": ({"accountDetailsRef": REFERENCE}, (ONE_OF,)),
    "atlas without a region": ({"atlas": {**AWS}}, ("spec.atlas.region", "Required value")),
    "a VPC that is none": ({"atlas": {**ATLAS, "vpcId": "subnet-1"}}, ("spec.atlas.vpcId", "AWS VPC ID")),
    "an account that is none": ({"atlas": {**ATLAS, "accountId": "12"}}, ("spec.atlas.accountId", "12 digits")),
    "a block that is none": ({"atlas": {**ATLAS, "cidrBlock": "10.0.0.0"}}, ("cidrBlock", "IPv4 CIDR block")),
    "a block with host bits": ({"atlas": {**ATLAS, "cidrBlock": "10.0.0.1/16"}}, ("cidrBlock", "network address")),
    "no routes": ({"routes": []}, ("spec.routes", "at least 1 items")),
    "a route with host bits": ({"routes": ["10.0.0.1/16"]}, ("spec.routes[0]", "network address")),
    "a region as Atlas spells it": ({"customerRegion": "US_EAST_1"}, ("spec.customerRegion", "as in AWS")),
    "an unknown policy": ({"deletionPolicy": "Orphan"}, ("spec.deletionPolicy", '"Delete", "Retain"')),
}
TAKEN: dict[str, dict[str, Any]] = {
    "all fields": {
        "displayName": "Kafka to Atlas",
        "routes": ["192.168.248.0/21", "10.9.0.0/16"],
        "customerRegion": "us-east-1",
        "deletionPolicy": "Retain",
        "suspend": True,
    },
    "a reference": {"atlas": None, "accountDetailsRef": REFERENCE},
    "a region as AWS spells it": {"atlas": {**ATLAS, "region": "us-east-1"}},
}
FIXED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "environmentId": ({}, {"environmentId": "env-other"}, "spec.environmentId cannot be changed"),
    "networkId": ({}, {"networkId": "n-other"}, "spec.networkId cannot be changed"),
    "accountId": ({}, {"atlas": {"accountId": "000000000042"}}, "spec.atlas.accountId cannot be changed"),
    "vpcId": ({}, {"atlas": {"vpcId": "vpc-0123456789abcdef0"}}, "spec.atlas.vpcId cannot be changed"),
    "the reference's name": (
        {"atlas": None, "accountDetailsRef": REFERENCE},
        {"accountDetailsRef": {"name": "other"}},
        "spec.accountDetailsRef cannot be changed",
    ),
    "a reference for the Atlas side": (
        {},
        {"atlas": None, "accountDetailsRef": REFERENCE},
        "spec.accountDetailsRef cannot be changed",
    ),
}
CHANGEABLE: dict[str, dict[str, Any]] = {
    "what is requested next": {
        "displayName": "other",
        "routes": ["10.9.0.0/16"],
        "customerRegion": "eu-west-1",
        "atlas": {"cidrBlock": "192.168.0.0/21", "region": "EU_WEST_1"},
    },
    "what the operator does": {
        "deletionPolicy": "Retain",
        "suspend": True,
        "credentialsSecretRef": {"name": "other"},
    },
}


@pytest.fixture(scope="module")
def there(make_namespace: Callable[[str], Namespace]) -> ConfluentNamespace:
    made = make_namespace("")
    return ConfluentNamespace(made.cluster, made.name)


@pytest.mark.parametrize(("spec", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_is_refused_in_words(
    there: ConfluentNamespace, spec: dict[str, Any], words: tuple[str, ...]
) -> None:
    said = there.refused(confluent_peering("refused", **spec))

    assert all(word in said for word in words), said


@pytest.mark.parametrize("spec", TAKEN.values(), ids=TAKEN.keys())
def test_what_is_right_is_taken_and_nothing_is_added(there: ConfluentNamespace, spec: dict[str, Any]) -> None:
    manifest = confluent_peering("taken", **spec)
    there.apply(manifest)
    stored = there.get("taken")
    there.delete("taken", wait=True)

    assert stored is not None
    assert stored["spec"] == manifest["spec"]
    assert stored["status"] == {"observedGeneration": -1}


@pytest.mark.parametrize(("spec", "change", "words"), FIXED.values(), ids=FIXED.keys())
def test_the_identity_cannot_be_changed(
    there: ConfluentNamespace, spec: dict[str, Any], change: dict[str, Any], words: str
) -> None:
    there.apply(confluent_peering("fixed", **spec))
    patch = json.dumps({"spec": change})
    answer = there.kubectl("patch", "cfp", "fixed", "--type=merge", "-p", patch, check=False)
    there.delete("fixed", wait=True)

    assert answer.returncode != 0
    assert words in answer.stderr


@pytest.mark.parametrize("change", CHANGEABLE.values(), ids=CHANGEABLE.keys())
def test_the_rest_can_be_changed(there: ConfluentNamespace, change: dict[str, Any]) -> None:
    there.apply(confluent_peering("open"))
    there.patch("open", **change)
    there.delete("open", wait=True)


def test_get_shows_the_columns_of_the_design(there: ConfluentNamespace) -> None:
    there.apply(confluent_peering("columns"))
    conditions = [
        {
            "type": "Ready",
            "status": "True",
            "reason": "Connected",
            "message": "Said.",
            "lastTransitionTime": "2024-12-12T12:00:00Z",
        }
    ]
    status = {"phase": "READY", "peeringId": "peer-1", "requester": REQUESTER, "conditions": conditions}
    there.kubectl(
        "patch", "cfp", "columns", "--subresource=status", "--type=merge", "-p", json.dumps({"status": status})
    )
    header, row = there.kubectl("get", "cfp", "columns", "-o", "wide").stdout.splitlines()
    there.delete("columns", wait=True)

    assert header.split() == [
        *("NAME", "NETWORK", "PEERING", "PHASE", "READY", "REASON", "AGE"),
        *("ENVIRONMENT", "REQUESTER", "MESSAGE"),
    ]
    name, network, peering, phase, ready, reason, _age, environment, requester, message = row.split()
    assert (name, network, peering, phase, ready, reason) == (
        "columns",
        NETWORK,
        "peer-1",
        "READY",
        "True",
        "Connected",
    )
    assert (environment, requester, message) == (ENVIRONMENT, REQUESTER["vpcId"], "Said.")


@pytest.mark.parametrize("path", ["cfp", "cfp.spec", "cfp.status", "cfp.spec.atlas", "cfp.status.requester"])
def test_explain_leaves_no_field_without_a_word(there: ConfluentNamespace, path: str) -> None:
    assert "<no description>" not in there.kubectl("explain", path).stdout
