"""What the checks of the API server, the definitions and the clocks say of facts."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from atlas_streams_peering.kinds.resources import KINDS
from atlas_streams_peering.kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from atlas_streams_peering.kinds.streams_vpc_peering_policy.resource import STREAMS_VPC_PEERING_POLICY
from atlas_streams_peering.plugin.doctor.checks import api_server, clocks, definitions
from atlas_streams_peering.plugin.doctor.checks.clocks import Reading
from atlas_streams_peering.plugin.doctor.checks.definitions import Definition
from atlas_streams_peering.plugin.doctor.gather.cluster import ahead
from unit.plugin.doctor.reported import reported

NAME = STREAMS_VPC_PEERING.crd_name


def body(**changes: Any) -> dict[str, Any]:
    """A definition as the API server has it."""
    made: dict[str, Any] = copy.deepcopy(STREAMS_VPC_PEERING.manifest())
    established = [{"type": "Established", "status": "True"}]
    made["status"] = {"conditions": established, "storedVersions": ["v1alpha1"]}
    made["spec"]["versions"][0] |= changes
    return made


def judged(*bodies: dict[str, Any] | None) -> list[tuple[str, str]]:
    return reported(definitions.judge([Definition(STREAMS_VPC_PEERING, one) for one in bodies], "0.1.0"))


def fields(made: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = made["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return spec["properties"]  # type: ignore[no-any-return]


def test_an_api_server_that_answers_is_named_with_its_version() -> None:
    assert reported(api_server.judge(api_server.ApiServer("https://api.example", "v1.35.0"))) == [
        ("ok", "Kubernetes v1.35.0 answers at https://api.example.")
    ]


@pytest.mark.parametrize(
    ("refused", "sentence"),
    [
        (True, "The Kubernetes API does not accept you: Unauthorized (HTTP 401)."),
        (False, "The doctor cannot use the Kubernetes API: Unauthorized (HTTP 401)."),
    ],
)
def test_an_api_server_that_refuses_is_told_from_one_that_does_not_answer(refused: bool, sentence: str) -> None:
    facts = api_server.ApiServer(problem="Unauthorized (HTTP 401)", refused=refused)
    assert reported(api_server.judge(facts)) == [("failed", sentence)]


def test_definitions_of_this_version_are_in_order() -> None:
    assert judged(body()) == [
        ("ok", "All 1 CustomResourceDefinitions exist, are served and have this version."),
    ]


def test_all_that_are_missing_are_named_at_once() -> None:
    findings = definitions.judge([Definition(kind) for kind in KINDS], "0.1.0")
    names = ", ".join(kind.crd_name for kind in KINDS)
    assert reported(findings) == [("failed", f"These CustomResourceDefinitions are missing: {names}.")]


def test_that_of_policies_may_be_missing_where_no_operator_serves_them() -> None:
    kinds = [Definition(STREAMS_VPC_PEERING, body()), Definition(STREAMS_VPC_PEERING_POLICY)]
    (outcome, _), *more = reported(definitions.judge(kinds, "0.1.0", unused=[STREAMS_VPC_PEERING_POLICY.kind]))
    assert (outcome, more) == ("ok", [])


def test_an_older_definition_is_told_by_the_fields_that_it_lacks() -> None:
    older = body()
    del fields(older)["suspend"], fields(older)["requester"]["properties"]["cidr"]
    assert judged(older) == [
        (
            "failed",
            (
                f"The CustomResourceDefinition {NAME} is older than version 0.1.0: it lacks spec.requester.cidr, "
                "spec.suspend."
            ),
        )
    ]


def test_a_newer_definition_is_no_failure() -> None:
    newer = body()
    fields(newer)["later"] = {"type": "string"}
    assert judged(newer) == [
        ("warning", f"The CustomResourceDefinition {NAME} is newer than this plugin: it also has spec.later.")
    ]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"served": False}, "served is false"),
        ({"storage": False}, "another version is the storage version"),
        ({"subresources": {}}, "it has no status subresource"),
        ({"name": "v1"}, "it has no such version"),
    ],
)
def test_a_version_that_is_not_served_is_a_failure(changes: dict[str, Any], why: str) -> None:
    assert judged(body(**changes)) == [("failed", f"The API server does not serve version v1alpha1 of {NAME}: {why}.")]


def test_a_definition_that_is_not_established_says_why() -> None:
    conflicting = body()
    conflicting["status"]["conditions"] = [{"type": "Established", "status": "False", "message": "names conflict"}]
    ((outcome, sentence),) = judged(conflicting)
    assert outcome == "failed"
    assert sentence.endswith("it is not established (names conflict).")


def test_other_stored_versions_are_a_warning() -> None:
    mixed = body()
    mixed["status"]["storedVersions"] = ["v1alpha0", "v1alpha1"]
    assert judged(mixed) == [
        (
            "warning",
            f"The CustomResourceDefinition {NAME} stores v1alpha1, and objects may still be stored as v1alpha0.",
        )
    ]


def test_definitions_that_may_not_be_read_are_unknown() -> None:
    findings = definitions.judge([Definition(kind, forbidden="forbidden (HTTP 403)") for kind in KINDS], "0.1.0")
    assert reported(findings) == [
        ("unknown", "The doctor cannot read the CustomResourceDefinitions: forbidden (HTTP 403).")
    ]


def test_clocks_that_agree_are_named() -> None:
    assert reported(clocks.judge([Reading("the API server", 0.4), Reading("Atlas", -1.2)])) == [
        ("ok", "The clocks agree to within 2 s: the API server, Atlas, this machine.")
    ]


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        (
            [Reading("the API server", 95.0), Reading("Atlas", 94.0)],
            [("warning", "The clock of this machine is 95 s behind that of the API server.")],
        ),
        (
            [Reading("the API server", 0.5), Reading("Atlas", 0.0), Reading("the operator a/b", -4000.0)],
            [("failed", "The clock of the operator a/b is 4000 s behind that of the API server.")],
        ),
        (
            [Reading("Atlas", -400.0)],
            [("failed", "The clock of this machine is 400 s ahead of that of Atlas.")],
        ),
    ],
)
def test_the_clock_that_most_others_contradict_is_the_wrong_one(
    readings: list[Reading], expected: list[tuple[str, str]]
) -> None:
    assert reported(clocks.judge(readings)) == expected


def test_the_slack_counts_as_no_difference() -> None:
    assert [outcome for outcome, _ in reported(clocks.judge([Reading("Atlas", clocks.SLACK)]))] == ["ok"]


def test_without_another_clock_nothing_is_known() -> None:
    assert [outcome for outcome, _ in reported(clocks.judge([]))] == ["unknown"]


def test_the_date_of_an_answer_means_the_middle_of_its_second() -> None:
    local = datetime(2026, 1, 1, 12, 0, 0, 500_000, tzinfo=UTC)
    assert ahead(local.replace(microsecond=0), local) == 0.0
    assert ahead(local.replace(microsecond=0) + timedelta(seconds=60), local) == 60.0
