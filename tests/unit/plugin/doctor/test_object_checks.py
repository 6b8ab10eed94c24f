"""What is read for the objects, and what the checks of objects and of Confluent Cloud say."""

from typing import Any

import pytest

from atlas_streams_peering.confluent.models import Network
from atlas_streams_peering.controller.default_credentials import DefaultCredentials
from atlas_streams_peering.kube.objects import KubernetesObject
from atlas_streams_peering.plugin.doctor.checks import confluent, objects
from atlas_streams_peering.plugin.doctor.checks.confluent import ConfluentAccess
from atlas_streams_peering.plugin.doctor.checks.objects import Seen
from atlas_streams_peering.plugin.doctor.checks.roles import Right
from atlas_streams_peering.plugin.doctor.scope import Scope
from atlas_streams_peering.plugin.doctor.targets import targets_of
from atlas_streams_peering.plugin.objects import Objects
from atlas_streams_peering.polling.poll import SecretKey
from atlas_streams_peering.transport.errors import (
    CredentialsInvalid,
    RequestRefused,
    ServiceError,
    Unauthorized,
    Unavailable,
)
from unit.plugin.doctor.reported import reported

PROJECT = "671a86f4cfc9da7d7c31b14f"


def condition(kind: str, status: str, reason: str = "Active", message: str = "So it is.") -> dict[str, str]:
    return {"type": kind, "status": status, "reason": reason, "message": message}


READY = condition("Ready", "True")


def body(name: str, *, namespace: str = "here", **fields: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "uid": name, "generation": 1, **fields.pop("metadata", {})}
    return {"metadata": metadata, "spec": fields.pop("spec", {}), "status": fields.pop("status", {})}


def seen(name: str, kind: str = "StreamsVpcPeering", **fields: Any) -> Seen:
    return Seen(kind, KubernetesObject.read(body(name, **fields)))


def status(*conditions: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"observedGeneration": 1, "conditions": list(conditions), **more}


def judged(*every: Seen, **more: Any) -> list[tuple[str, str]]:
    return reported(objects.judge(every, where="in namespace here", **more))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"status": status(READY)}, ("ok", "1 object is Ready: StreamsVpcPeering here/orders.")),
        (
            {"status": {"observedGeneration": -1}},
            ("failed", "No operator has observed StreamsVpcPeering here/orders."),
        ),
        (
            {"status": status(READY), "metadata": {"generation": 2}},
            ("warning", "The operator has not observed the present spec of StreamsVpcPeering here/orders yet."),
        ),
        (
            {"status": status(condition("Ready", "False", "RequestExpired"), condition("Stalled", "True"))},
            ("failed", "StreamsVpcPeering here/orders is Stalled (RequestExpired): So it is."),
        ),
        (
            {"status": status(condition("Ready", "False", "WaitingForRequest"))},
            ("warning", "StreamsVpcPeering here/orders is not Ready (WaitingForRequest): So it is."),
        ),
        (
            {"status": status(READY, condition("Synced", "False", "AtlasUnavailable"))},
            (
                "warning",
                (
                    "StreamsVpcPeering here/orders is Ready, but the last poll for it failed (AtlasUnavailable): "
                    "So it is."
                ),
            ),
        ),
        (
            {
                "status": status(condition("Ready", "False", "Unauthorized"), condition("Stalled", "True")),
                "metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"},
            },
            ("warning", "The deletion of StreamsVpcPeering here/orders waits (Unauthorized): So it is."),
        ),
    ],
)
def test_an_object(fields: dict[str, Any], expected: tuple[str, str]) -> None:
    assert judged(seen("orders", **fields)) == [expected]


def test_a_reason_leads_to_its_section() -> None:
    stalled = status(condition("Ready", "False", "RequestExpired"), condition("Stalled", "True"))
    (finding,) = objects.judge([seen("a", status=stalled)], where="")
    assert finding.next_step == "docs/troubleshooting.md#requestexpired"


def test_what_is_not_there_and_what_is_not_known() -> None:
    assert judged() == [("skipped", "There is no object of the operator in namespace here.")]
    assert judged(missing=["svp/orders"]) == [("failed", "There is no object svp/orders in namespace here.")]
    assert judged(forbidden=["You may not list svp."]) == [
        (
            "unknown",
            ("The doctor cannot read all objects in namespace here: You may not list svp."),
        )
    ]


# -- scope

EVERY = Objects(
    {
        "StreamsVpcPeering": (body("orders"), body("other"), body("orders", namespace="there")),
        "ConfluentPeering": (body("orders"),),
    },
    {"StreamsVpcPeering": "Some are not known."},
)


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        (
            Scope("here"),
            ["StreamsVpcPeering here/orders", "StreamsVpcPeering here/other", "ConfluentPeering here/orders"],
        ),
        (Scope("here", ["orders"]), ["StreamsVpcPeering here/orders", "ConfluentPeering here/orders"]),
        (Scope("here", ["svp/orders"]), ["StreamsVpcPeering here/orders"]),
        (Scope("here", ["confluentpeerings.atlasstreams.io/orders"]), ["ConfluentPeering here/orders"]),
        (
            Scope(None, ["StreamsVpcPeering/orders"]),
            ["StreamsVpcPeering here/orders", "StreamsVpcPeering there/orders"],
        ),
        (Scope("elsewhere"), []),
    ],
)
def test_a_scope_is_a_namespace_and_names(scope: Scope, names: list[str]) -> None:
    assert [one.words for one in scope.of(EVERY)] == names


def test_a_name_that_no_object_has_is_missing() -> None:
    scope = Scope("here", ["orders", "sacct/orders"])
    assert scope.missing(scope.of(EVERY)) == ["sacct/orders"]


def test_objects_of_other_namespaces_matter_to_the_whole_cluster_only() -> None:
    assert Scope(None).unknown(EVERY) == ["Some are not known."]
    assert Scope("here").unknown(EVERY) == []


# -- targets


def wanting(name: str, kind: str = "StreamsVpcPeering", *, secret: str | None = "atlas", **spec: Any) -> Seen:  # noqa: S107  # a name
    reference = {"credentialsSecretRef": {"name": secret}} if secret else {}
    return seen(name, kind, spec={"projectId": PROJECT, **reference, **spec})


def test_one_project_for_each_secret_with_all_its_accounts() -> None:
    learnt = seen(
        "c",
        spec={"projectId": PROJECT, "credentialsSecretRef": {"name": "atlas"}},
        status={"requester": {"accountId": "3"}},
    )
    every = [
        wanting("a", requester={"accountId": "1"}),
        wanting("b", "StreamsVpcPeeringPolicy", requesters=[{"accountId": "2"}]),
        learnt,
        wanting("d", secret="other"),
    ]
    targets = targets_of(every, DefaultCredentials())
    first, second = targets.projects
    assert (first.secret, second.secret) == (SecretKey("here", "atlas"), SecretKey("here", "other"))
    assert first.accounts == {"1", "2", "3"}
    assert targets.secrets[SecretKey("here", "atlas")] == (
        "StreamsVpcPeering here/a",
        "StreamsVpcPeeringPolicy here/b",
        "StreamsVpcPeering here/c",
    )


def test_the_default_credentials_serve_objects_of_their_namespaces() -> None:
    defaults = DefaultCredentials(SecretKey("operator", "atlas"), ["here"])
    targets = targets_of([wanting("a", secret=None)], defaults)
    assert [one.secret for one in targets.projects] == [SecretKey("operator", "atlas")]
    assert targets.lacking == []
    (lacking,) = targets_of([wanting("a", secret=None)], DefaultCredentials()).lacking
    assert lacking.objects == ("StreamsVpcPeering here/a",)


def test_given_credentials_replace_those_of_the_objects_in_atlas() -> None:
    peering = wanting("b", "ConfluentPeering", secret="cloud", environmentId="env-1", networkId="n-1")
    targets = targets_of([wanting("a"), wanting("c", secret=None), peering], DefaultCredentials(), given=True)
    assert [(one.id, one.secret) for one in targets.projects] == [(PROJECT, None)]
    assert list(targets.secrets) == [SecretKey("here", "cloud", "confluent")]
    assert targets.networks == [(SecretKey("here", "cloud", "confluent"), "env-1", "n-1")]


def test_a_project_of_the_command_line_needs_no_object() -> None:
    assert [one.id for one in targets_of([], DefaultCredentials(), project="f" * 24).projects] == ["f" * 24]
    assert [one.id for one in targets_of([wanting("a")], DefaultCredentials(), project="f" * 24).projects] == ["f" * 24]


@pytest.mark.parametrize(
    ("one", "rights"),
    [
        (wanting("a"), {Right.CONNECTIONS}),
        (wanting("a", suspend=True), set()),
        (wanting("a", "StreamsAccountDetails"), set()),
        (wanting("a", "StreamsOutboundVpcPeering"), {Right.PEERINGS}),
        (wanting("a", "StreamsOutboundVpcPeering", container={}), {Right.PEERINGS}),
        (
            wanting("a", "StreamsOutboundVpcPeering", container={"atlasCidrBlock": "10.0.0.0/21"}),
            {Right.PEERINGS, Right.CONTAINERS},
        ),
        (wanting("a", "StreamsVpcPeeringPolicy", action="Report"), set()),
        (wanting("a", "StreamsVpcPeeringPolicy"), {Right.CONNECTIONS}),
    ],
)
def test_what_objects_want_to_change(one: Seen, rights: set[Right]) -> None:
    (project,) = targets_of([one], DefaultCredentials()).projects
    assert project.rights == rights


# -- Confluent Cloud

NETWORK = Network.model_validate(
    {"id": "n-1", "spec": {"cloud": "AWS", "connection_types": ["PEERING"]}, "status": {"phase": "READY"}}
)


@pytest.mark.parametrize(
    ("network", "error", "outcome", "part"),
    [
        (NETWORK, None, "ok", "can read network n-1 (READY)"),
        (NETWORK.model_copy(update={"cloud": "AZURE"}), None, "failed", "it is on AZURE"),
        (NETWORK.model_copy(update={"connection_types": ("PRIVATELINK",)}), None, "failed", "connection type PEERING"),
        (None, CredentialsInvalid("Wrong."), "failed", "does not accept the API key of Secret here/cloud"),
        (None, Unauthorized("Forbidden."), "failed", "may not read network n-1"),
        (None, RequestRefused("None.", status=404), "failed", "knows no network n-1 in environment env-1"),
        (None, RequestRefused("Odd.", status=400), "unknown", "cannot tell whether"),
        (None, Unavailable("Away."), "unknown", "cannot tell whether"),
    ],
)
def test_what_confluent_cloud_says(
    network: Network | None, error: ServiceError | None, outcome: str, part: str
) -> None:
    ((found, sentence),) = reported(
        confluent.judge(ConfluentAccess("Secret here/cloud", "env-1", "n-1", network, error))
    )
    assert found == outcome
    assert part in sentence
