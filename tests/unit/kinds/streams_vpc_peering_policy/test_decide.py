"""What a policy makes of what it sees: the object for a request, and what its status says."""

import re
from typing import Any

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.controller.decision import Progress
from atlas_streams_peering.kinds.streams_vpc_peering_policy import messages
from atlas_streams_peering.kinds.streams_vpc_peering_policy.decide import (
    conclude,
    count,
    decide,
    is_own,
    left_out,
    manifest,
)
from atlas_streams_peering.kinds.streams_vpc_peering_policy.resource import MOST_REQUESTS, NotTaken, PolicyAction
from atlas_streams_peering.kinds.streams_vpc_peering_policy.survey import Inventory, survey
from unit.kinds.streams_vpc_peering.builders import ACCOUNT, NOW, OTHER_PROJECT, PROJECT
from unit.kinds.streams_vpc_peering_policy.builders import NAMESPACE, POLICY, entry, pcx, request, spec, vpc

LABEL = "atlasstreams.io/policy"


def body(number: int, *, name: str | None = None, **fields: Any) -> dict[str, Any]:
    """An object that the policy has made."""
    made = manifest(spec(), POLICY, request(number))
    made["metadata"]["name"] = name or pcx(number)
    return made | fields


def status(cloud_status: str | None, reason: str = "Active") -> dict[str, Any]:
    condition = {"type": "Ready", "status": "True", "reason": reason, "message": "", "lastTransitionTime": ""}
    return {"cloudStatus": cloud_status, "conditions": [condition]}


# -- the object for a request


def test_an_object_has_only_what_the_policy_and_the_request_say() -> None:
    assert manifest(spec(), POLICY, request(1)) == {
        "apiVersion": "atlasstreams.io/v1alpha1",
        "kind": "StreamsVpcPeering",
        "metadata": {"name": pcx(1), "namespace": NAMESPACE, "labels": {LABEL: "orders"}},
        "spec": {
            "projectId": PROJECT,
            "requester": {"accountId": ACCOUNT, "vpcId": vpc(1)},
            "connectionName": pcx(1),
            "desiredState": "Accepted",
        },
    }


def test_the_label_of_the_policy_wins_over_a_template_that_was_stored_before_the_api_server_refused_it() -> None:
    template = {"metadata": {"labels": {LABEL: "another", "team": "a"}}}

    assert manifest(spec(template=template), POLICY, request(1))["metadata"]["labels"] == {LABEL: "orders", "team": "a"}


def test_a_request_without_a_vpc_is_pinned_by_its_name_alone() -> None:
    made = manifest(spec(), POLICY, request(1, requester_vpc_id=None))

    assert made["spec"]["requester"] == {"accountId": ACCOUNT}
    assert made["spec"]["connectionName"] == pcx(1)


@pytest.mark.parametrize(
    ("found", "own"),
    [
        (body(1), True),
        (body(1, name="copy"), False),
        (body(1, spec={**body(1)["spec"], "connectionName": pcx(2)}), False),
        (body(1, spec={**body(1)["spec"], "projectId": OTHER_PROJECT}), False),
        (body(1, metadata={"name": pcx(1), "labels": {LABEL: "another"}}), False),
        (body(1, metadata={"name": pcx(1)}), False),
        ({"metadata": {"name": pcx(1), "labels": {LABEL: "orders"}}}, False),
    ],
)
def test_an_object_is_the_policys_by_its_label_and_its_name(found: dict[str, Any], own: bool) -> None:
    assert is_own(POLICY, found) is own


@pytest.mark.parametrize(
    ("found", "live"),
    [
        ({}, True),
        ({"observedGeneration": -1}, True),
        (status("pending-acceptance", "Accepting"), True),
        (status("active"), True),
        (status("deleting", "Deleting"), True),
        (status("EXPIRED", "RequestExpired"), False),
        (status("rejected", "Rejected"), False),
        (status("failed", "RequestFailed"), False),
        (status("deleted", "ConnectionDeleted"), False),
        (status(None, "ConnectionDeleted"), False),
        (status(None, "Rejected"), False),
        (status(None, "WaitingForRequest"), True),
        (status(None, "CredentialsMissing"), True),
        ({"conditions": "what is this"}, True),
    ],
)
def test_an_object_counts_as_live_unless_its_connection_is_known_to_be_dead(found: dict[str, Any], live: bool) -> None:
    assert count([body(1, status=found)]) == Inventory(objects=1, live=int(live))


# -- what is said


def test_a_status_lists_at_most_fifty_requests_by_name_and_those_first_that_the_policy_means() -> None:
    allowed = [vpc(number) for number in range(40, 100)]
    seen = survey(
        spec(entry(vpcIds=allowed), action="Report"), POLICY, [request(number) for number in range(100)], [], now=NOW
    )

    requests = conclude(spec(action="Report"), seen, Inventory()).status.requests

    assert [one.connection_name for one in requests] == [pcx(number) for number in range(40, 40 + MOST_REQUESTS)]
    few = survey(spec(entry(vpcIds=allowed[:2])), POLICY, [request(number) for number in range(39, 45)], [], now=NOW)
    listed = conclude(spec(action="Report"), few, Inventory()).status.requests
    assert [one.connection_name for one in listed] == [pcx(number) for number in range(39, 45)]


def test_the_order_in_which_atlas_lists_changes_nothing() -> None:
    rows = [request(number) for number in range(1, 9)]
    policy = spec(maxConnections=2)

    one = conclude(policy, survey(policy, POLICY, rows, [], now=NOW), Inventory(2, 2))
    other = conclude(policy, survey(policy, POLICY, reversed(rows), [], now=NOW), Inventory(2, 2))

    assert one == other


def test_the_limit_is_said_before_a_name_that_is_taken_and_both_are_listed() -> None:
    policy = spec(maxConnections=1)
    seen = survey(policy, POLICY, [request(1), request(2)], [], now=NOW)

    decision = conclude(policy, left_out(seen, request(1), NotTaken.NAME_TAKEN), Inventory(1, 1))

    assert decision.readiness.reason is Reason.LIMIT_REACHED
    assert {one.reason for one in decision.status.requests} == {"NameTaken", "LimitReached"}


@pytest.mark.parametrize("action", ["Report", "Accept"])
def test_a_policy_that_takes_nothing_plans_nothing(action: str) -> None:
    policy = spec(action=action, suspend=action == "Accept")
    seen = survey(policy, POLICY, [request(1)], [], now=NOW)

    decision = decide(policy, seen, Inventory(), retry_at=NOW)

    assert decision.plan is None
    assert not decision.holds
    expected = Progress.REACHED if action == "Report" else Progress.PAUSED
    assert decision.readiness.progress is expected


SENTENCES = [
    messages.RETAINED,
    *(messages.watching(["1", "2"], number, number) for number in (0, 1, 2)),
    *(messages.reporting(["1"], number) for number in (0, 1, 2)),
    *(messages.suspended(number) for number in (0, 1, 2)),
    *(messages.limit_reached(number, 25, 25) for number in (1, 2)),
    messages.names_taken([pcx(1)]),
    messages.names_taken([pcx(number) for number in range(30)]),
    *(messages.request(pcx(1), reason, detail="it") for reason in NotTaken if reason is not NotTaken.WRITE_REFUSED),
    messages.taken(pcx(1), PolicyAction.ACCEPT, ACCOUNT, vpc(1), None),
    *(messages.deleted(number) for number in (0, 1, 2)),
    *(messages.deleting(number) for number in (1, 2)),
    *(messages.deletion_suspended(number) for number in (1, 2)),
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_message_is_one_sentence(sentence: str) -> None:
    assert re.fullmatch(r"[^\n]+[^.]\.", sentence)
    assert ". " not in sentence
    assert "  " not in sentence
