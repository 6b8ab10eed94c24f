"""What the checks of credentials, roles and connections say of what Atlas has answered."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.atlas.system_status import RoleAssignment
from atlas_streams_peering.plugin.doctor.checks import access, assumptions, connections, network, roles, secrets
from atlas_streams_peering.plugin.doctor.checks.assumptions import Answered, Behaviour
from atlas_streams_peering.plugin.doctor.checks.network import ATLAS_REACHABLE, CONFLUENT_REACHABLE, Reached
from atlas_streams_peering.plugin.doctor.checks.roles import Right, Roles
from atlas_streams_peering.plugin.doctor.checks.secrets import SECRETS, SecretFacts
from atlas_streams_peering.transport.errors import (
    AccessListBlocked,
    CredentialsInvalid,
    ProjectNotFound,
    RequestRefused,
    ServiceError,
    Unauthorized,
    Unavailable,
)
from atlas_streams_peering.transport.probe import Probe
from unit.plugin.doctor.reported import outcomes, reported

PROJECT = "671a86f4cfc9da7d7c31b14f"
SOURCE = "Secret here/atlas"
URL = "https://cloud.mongodb.com"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


# -- reachability


@pytest.mark.parametrize(
    ("probe", "outcome", "sentence"),
    [
        (Probe(status=401, challenge="digest"), "ok", f"Atlas answers this machine at {URL}."),
        (Probe(status=429), "ok", f"Atlas answers this machine at {URL}."),
        (Probe(status=503), "ok", f"Atlas answers this machine at {URL}."),
        (
            Probe(problem="no answer from a:443 (the name a does not resolve); check the name"),
            "failed",
            ("This machine cannot reach Atlas: no answer from a:443 (the name a does not resolve); check the name."),
        ),
        (
            Probe(status=200, intermediary="something else answers in its place (HTTP 200)"),
            "failed",
            f"Something other than Atlas answers at {URL}: something else answers in its place (HTTP 200).",
        ),
        (
            Probe(status=404),
            "failed",
            (
                f"The server at {URL} does not behave like Atlas: without credentials it answers with HTTP 404, "
                "not with the challenge of Atlas."
            ),
        ),
        (
            Probe(status=401, challenge="basic"),
            "failed",
            (
                f"The server at {URL} does not behave like Atlas: without credentials it answers with HTTP 401, "
                "not with the challenge of Atlas."
            ),
        ),
    ],
)
def test_it_must_be_atlas_that_answers(probe: Probe, outcome: str, sentence: str) -> None:
    assert reported(network.judge(ATLAS_REACHABLE, Reached("Atlas", URL, probe=probe))) == [(outcome, sentence)]


def test_confluent_cloud_is_known_by_its_refusal() -> None:
    for status, outcome in ((401, "ok"), (403, "ok"), (404, "failed")):
        reached = Reached("Confluent Cloud", URL, probe=Probe(status=status))
        assert outcomes(network.judge(CONFLUENT_REACHABLE, reached)) == [("confluent-reachable", outcome)]


def test_a_variable_of_the_shell_that_cannot_work_is_named() -> None:
    reached = Reached("Atlas", URL, wrong_variable="HTTPS_PROXY must begin with http:// or https://")
    assert reported(network.judge(ATLAS_REACHABLE, reached)) == [
        (
            "failed",
            "This machine cannot make a request to Atlas: HTTPS_PROXY must begin with http:// or https://.",
        )
    ]


def test_the_proxy_is_named() -> None:
    reached = Reached("Atlas", URL, "proxy.example:3128 (HTTPS_PROXY)", Probe(status=401, challenge="digest"))
    ((_, sentence),) = reported(network.judge(ATLAS_REACHABLE, reached))
    assert sentence.endswith(", through the proxy proxy.example:3128 (HTTPS_PROXY).")


# -- Secrets


def secret(**changes: Any) -> SecretFacts:
    known: dict[str, Any] = {"namespace": "here", "found_keys": ("a",), "kind": "an API key", **changes}
    return SecretFacts("here/atlas", ("StreamsVpcPeering here/orders",), "publicApiKey and privateApiKey", **known)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (secret(), ("ok", "Secret here/atlas holds an API key.")),
        (
            secret(exists=False),
            ("failed", "Secret here/atlas does not exist; StreamsVpcPeering here/orders needs it."),
        ),
        (
            secret(problem="needs the keys publicApiKey and privateApiKey"),
            ("failed", "Secret here/atlas needs the keys publicApiKey and privateApiKey; it has the keys a."),
        ),
        (
            secret(oddities="the value of privateApiKey is in quotes"),
            ("failed", "A value of Secret here/atlas looks wrong: the value of privateApiKey is in quotes."),
        ),
        (secret(forbidden="no (HTTP 403)"), ("unknown", "Secret here/atlas cannot be read: no (HTTP 403).")),
        (
            SecretFacts("", ("StreamsVpcPeering here/orders",), "", "here"),
            (
                "failed",
                (
                    "StreamsVpcPeering here/orders names no Secret, and the operator has no default credentials for "
                    "namespace here."
                ),
            ),
        ),
    ],
)
def test_a_secret(facts: SecretFacts, expected: tuple[str, str]) -> None:
    assert reported(secrets.judge(SECRETS, facts)) == [expected]


# -- access


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (None, [("credentials", "ok"), ("access-list", "ok"), ("project", "ok")]),
        (CredentialsInvalid("No."), [("credentials", "failed")]),
        (AccessListBlocked("No."), [("credentials", "ok"), ("access-list", "failed")]),
        (ProjectNotFound("No."), [("credentials", "ok"), ("access-list", "ok"), ("project", "failed")]),
        (Unauthorized("No."), [("credentials", "ok"), ("access-list", "ok"), ("project", "failed")]),
        (Unavailable("No."), [("credentials", "unknown")]),
        (RequestRefused("No.", status=400), [("credentials", "unknown")]),
    ],
)
def test_what_atlas_refuses_tells_the_key_the_access_list_and_the_project_apart(
    error: ServiceError | None, expected: list[tuple[str, str]]
) -> None:
    assert outcomes(access.judge(access.Access(SOURCE, PROJECT, error))) == expected


def test_only_the_words_of_atlas_are_quoted() -> None:
    error = CredentialsInvalid("Atlas does not accept the credentials: You are not authorized (HTTP 401); check it.")
    assert reported(access.judge(access.Access(SOURCE, PROJECT, error))) == [
        ("failed", f"Atlas does not accept the credentials of {SOURCE}: You are not authorized (HTTP 401).")
    ]


def test_the_conditions_of_objects_tell_that_the_operator_is_blocked_where_this_machine_is_not() -> None:
    blocked = ("StreamsVpcPeering here/orders", "Atlas does not accept requests from this address 203.0.113.7.")
    findings = access.judge(access.Access(SOURCE, PROJECT, None, blocked))
    assert outcomes(findings)[-1] == ("access-list", "failed")
    assert "203.0.113.7" in findings[-1].sentence


# -- roles


def assigned(*names: str, project: str | None = PROJECT) -> list[RoleAssignment]:
    return [RoleAssignment(group_id=project, role_name=name) for name in names]


def judged(*rights: Right, **known: Any) -> list[tuple[str, str]]:
    return reported(roles.judge(Roles(SOURCE, PROJECT, rights, **known)))


@pytest.mark.parametrize("name", Right.CONNECTIONS.names)
def test_each_role_that_includes_the_needed_one_is_enough(name: str) -> None:
    of = None if name.startswith("ORG_") else PROJECT
    assert [outcome for outcome, _ in judged(Right.CONNECTIONS, assigned=assigned(name, project=of))] == ["ok"]


def test_a_role_in_another_project_is_not_enough() -> None:
    known = {"assigned": [*assigned("GROUP_OWNER", project="f" * 24), *assigned("GROUP_READ_ONLY")]}
    assert judged(Right.CONNECTIONS, **known) == [
        (
            "failed",
            (
                f"{SOURCE} may not accept, reject and delete inbound connections in project {PROJECT}: "
                "its roles there are GROUP_READ_ONLY."
            ),
        )
    ]


def test_each_right_is_judged_for_itself() -> None:
    known = {"assigned": assigned("GROUP_NETWORK_ACCESS_MANAGER")}
    found = judged(Right.PEERINGS, Right.CONTAINERS, Right.CONNECTIONS, **known)
    assert [outcome for outcome, _ in found] == ["failed", "ok", "failed"]


def test_of_a_service_account_reading_tells_nothing() -> None:
    ((outcome, sentence),) = judged(Right.CONNECTIONS, assigned=None)
    assert outcome == "unknown"
    assert sentence.endswith("Atlas reports the roles of API keys only.")


def test_a_key_without_a_listed_role_in_the_project_is_not_judged() -> None:
    ((outcome, sentence),) = judged(Right.CONNECTIONS, assigned=assigned("ORG_MEMBER", project=None))
    assert outcome == "unknown"
    assert sentence.endswith("Atlas reports no role of it in this project.")


def test_what_the_operator_has_done_or_was_refused_tells_of_roles_that_atlas_does_not_name() -> None:
    refused = ("StreamsVpcPeering here/a", "Atlas does not let these credentials accept pcx-1.")
    done = {"object": "StreamsVpcPeering here/b", "reason": "Active", "action": "Accept", "time": "2026-01-01"}
    assert judged(Right.CONNECTIONS, done=done) == [
        (
            "ok",
            (
                f"The operator has changed something in project {PROJECT} with the credentials of its objects: "
                "StreamsVpcPeering here/b is Active after Accept at 2026-01-01."
            ),
        )
    ]
    assert [outcome for outcome, _ in judged(Right.CONNECTIONS, done=done, refused=refused)] == ["failed"]


def test_objects_that_change_nothing_need_no_more_than_to_read() -> None:
    assert [outcome for outcome, _ in judged(assigned=assigned("GROUP_READ_ONLY"))] == ["skipped"]


# -- connections


def row(name: str, status: str, *, hours: float | None = None) -> Connection:
    expires = None if hours is None else (NOW + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")
    return Connection(name=name, cloud_status=status, expiration_time=expires, requester_vpc_id="vpc-1")


def listed(*rows: Connection, managed: dict[str, str] | None = None, **more: Any) -> list[tuple[str, str]]:
    return reported(connections.judge(connections.Listed(PROJECT, rows, managed or {}, NOW, **more)))


def test_nothing_pending_and_all_managed() -> None:
    rows = (row("pcx-1", "active"), row("pcx-2", "pending-acceptance", hours=25))
    assert listed(*rows, managed={"pcx-1": "StreamsVpcPeering here/a"}) == [
        ("ok", f"No request in project {PROJECT} expires within a day (1 pending)."),
        ("ok", f"Project {PROJECT} has 1 active connection, managed by objects."),
    ]
    assert listed()[1] == ("ok", f"Project {PROJECT} has no active connection.")


def test_a_request_that_expires_within_a_day_says_who_waits_for_it() -> None:
    rows = (row("pcx-1", "pending-acceptance", hours=23.5), row("pcx-2", "PENDING_ACCEPTANCE", hours=2))
    first, second, _ = listed(*rows, managed={"pcx-1": "StreamsVpcPeering here/a"})
    assert first == (
        "warning",
        "The request pcx-1 from VPC vpc-1 expires in 23.5 hours, and StreamsVpcPeering here/a waits for it.",
    )
    assert second == (
        "warning",
        "The request pcx-2 from VPC vpc-1 expires in 2.0 hours, and no object waits for it.",
    )


def test_a_request_that_nobody_wants_may_expire() -> None:
    rows = (row("pcx-1", "pending-acceptance", hours=1),)
    assert [outcome for outcome, _ in listed(*rows, managed={"pcx-1": "a"}, unwanted={"pcx-1"})] == ["ok", "ok"]


def test_the_expiration_time_of_an_accepted_request_means_nothing() -> None:
    assert [outcome for outcome, _ in listed(row("pcx-1", "active", hours=1), managed={"pcx-1": "a"})] == ["ok", "ok"]


def test_active_connections_that_nobody_manages_cost_money() -> None:
    rows = (row("pcx-2", "active"), row("pcx-1", "provisioning"), row("pcx-3", "deleted"))
    assert listed(*rows)[1] == (
        "warning",
        (f"Project {PROJECT} has 2 active connections that no object manages; Atlas bills by the hour: pcx-1, pcx-2."),
    )
    ((_, sentence),) = listed(*rows, every_namespace=False)[1:]
    assert "no object in the namespaces that you may read manages" in sentence


# -- behavior of the API

EMPTY = Answered(given=True, empty=True)
REFUSED = Answered(given=False, refusal="Atlas refused (HTTP 404)")
OUTAGE = Answered(given=False, refusal="Atlas could not (HTTP 500)", transient=True)


def behaviour(**seen: Any) -> list[tuple[str, str]]:
    return outcomes(assumptions.judge(Behaviour(seen.pop("url", URL), **seen)))


def test_atlas_as_the_operator_expects_it() -> None:
    seen = {
        "unknown_account": EMPTY,
        "region_without_network": ("US_WEST_2", REFUSED),
        "provider_in_capitals": REFUSED,
        "states": [("active", "ACTIVE"), ("pending-acceptance", "NONE")],
    }
    assert behaviour(**seen) == [
        ("api-unknown-account", "ok"),
        ("api-region-without-network", "ok"),
        ("api-provider-case", "ok"),
        ("api-states", "ok"),
    ]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({"unknown_account": REFUSED}, ("api-unknown-account", "warning")),
        ({"unknown_account": Answered(given=True)}, ("api-unknown-account", "warning")),
        ({"region_without_network": ("US_WEST_2", EMPTY)}, ("api-region-without-network", "warning")),
        ({"region_without_network": ("US_WEST_2", OUTAGE)}, ("api-region-without-network", "warning")),
        ({"provider_in_capitals": EMPTY}, ("api-provider-case", "ok")),
        ({"states": [("on-hold", "ACTIVE")]}, ("api-states", "warning")),
        ({"states": [("active", "PAUSED")]}, ("api-states", "warning")),
        ({"states": []}, ("api-states", "skipped")),
        ({"url": "https://cloud.mongodbgov.com"}, ("api-government", "warning")),
    ],
)
def test_atlas_otherwise(seen: dict[str, Any], expected: tuple[str, str]) -> None:
    assert expected in behaviour(**seen)


def test_an_outage_says_nothing_of_the_api() -> None:
    assert behaviour(unknown_account=OUTAGE, provider_in_capitals=OUTAGE) == [("api-states", "skipped")]


def test_new_states_are_named_alone() -> None:
    findings = assumptions.judge(Behaviour(URL, states=[("on-hold", "ACTIVE"), ("active", "ACTIVE")]))
    assert reported(findings) == [
        (
            "warning",
            "Atlas shows states that the operator does not know, and treats as in progress: on-hold.",
        )
    ]
