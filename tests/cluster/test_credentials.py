"""Secrets that come late, are wrong, or change: what is said, and how soon the right ones are used."""

from dataclasses import dataclass

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import request
from cluster.conftest import StartOperator
from cluster.lists import wait_for_lists
from cluster.namespace import PRIVATE_KEY, PROJECT, PUBLIC_KEY, Namespace, pcx, peering, vpc
from cluster.operator_process import OperatorProcess

PENDING, STEADY = 1.0, 600.0
"""Seconds. Longer than any test here waits: the polls at the pending interval have to suffice."""
GOOD = {"publicApiKey": PUBLIC_KEY, "privateApiKey": PRIVATE_KEY}
ABSENT_PROJECT = "ffffffffffffffffffffffff"


@dataclass(frozen=True)
class Wrong:
    """A Secret that does not do, and what is said of it."""

    reason: str
    said: str
    fields: dict[str, str]
    project: str = PROJECT


WRONG = {
    "empty": Wrong(
        "CredentialsMissing", "publicApiKey and privateApiKey, or clientId and clientSecret", {"user": "me"}
    ),
    "half": Wrong("CredentialsMissing", "publicApiKey and privateApiKey", {"publicApiKey": PUBLIC_KEY}),
    "wrong-key": Wrong(
        "CredentialsInvalid",
        "check Secret credentials/wrong-key",
        {"publicApiKey": PUBLIC_KEY, "privateApiKey": "a-wrong-one"},
    ),
    "unknown-key": Wrong(
        "CredentialsInvalid",
        "check Secret credentials/unknown-key",
        {"publicApiKey": "nobody", "privateApiKey": PRIVATE_KEY},
    ),
    "in-quotes": Wrong(
        "CredentialsInvalid",
        "Secret credentials/in-quotes: the value of privateApiKey is in quotes",
        {"publicApiKey": PUBLIC_KEY, "privateApiKey": f'"{PRIVATE_KEY}"'},
    ),
    "wrong-account": Wrong(
        "CredentialsInvalid", "service account", {"clientId": "mdb_sa_id_1", "clientSecret": "a-wrong-one"}
    ),
    "blocked": Wrong("AccessListBlocked", "203.0.113.7", {"publicApiKey": "blocked", "privateApiKey": "b"}),
    "no-role": Wrong("Unauthorized", "Project Read Only", {"publicApiKey": "stranger", "privateApiKey": "s"}),
    "no-project": Wrong("ProjectNotFound", ABSENT_PROJECT, GOOD, ABSENT_PROJECT),
}


@pytest.fixture(scope="module", autouse=True)
def operator(namespace: Namespace, simulator: SimulatorThread, start_operator: StartOperator) -> OperatorProcess:
    simulator.add_service_account("mdb_sa_id_1", "mdb_sa_sk_1", roles={PROJECT: "owner"})
    simulator.add_api_key("blocked", "b", roles={PROJECT: "owner"}, blocked_address="203.0.113.7")
    simulator.add_api_key("stranger", "s")
    return start_operator(namespace, POLL_INTERVAL_PENDING=f"{PENDING}", POLL_INTERVAL_STEADY=f"{STEADY}")


@pytest.fixture(scope="module")
def wrong(namespace: Namespace, operator: OperatorProcess) -> None:
    """An object for each Secret that does not do."""
    for name, secret in WRONG.items():
        namespace.secret(name, **secret.fields)
    namespace.apply(*(peering(name, secret=name, project=wrong.project, vpc=vpc(99)) for name, wrong in WRONG.items()))


@pytest.mark.usefixtures("wrong")
@pytest.mark.parametrize("name", WRONG)
def test_a_secret_that_does_not_do_is_said_with_what_to_do(namespace: Namespace, name: str) -> None:
    wrong = WRONG[name]
    status = namespace.wait_for_reason(name, wrong.reason)

    conditions = {condition["type"]: condition for condition in status["conditions"]}
    also = "Reconciling" if wrong.reason == "CredentialsMissing" else "Stalled"
    assert {kind: condition["status"] for kind, condition in conditions.items()} == {
        "Ready": "False",
        "Synced": "False",
        also: "True",
    }
    assert {condition["reason"] for condition in conditions.values()} == {wrong.reason}
    assert wrong.said in conditions["Ready"]["message"]
    assert namespace.wait_for_event(name, wrong.reason)["message"] == conditions["Ready"]["message"]


@pytest.mark.usefixtures("wrong")
def test_a_secret_set_right_is_used_within_a_pending_interval_without_a_restart(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    for name, wrong in WRONG.items():
        namespace.wait_for_reason(name, wrong.reason)
    simulator.add_project(ABSENT_PROJECT)
    simulator.add_api_key("late", "l", roles={ABSENT_PROJECT: "read"})

    for name in WRONG:
        namespace.secret(name, **(GOOD if name != "no-project" else {"publicApiKey": "late", "privateApiKey": "l"}))

    namespace.wait_for_reasons(dict.fromkeys(set(WRONG) - {"wrong-account"}, "WaitingForRequest"))


def test_a_service_account_does_as_well_as_a_key(namespace: Namespace, simulator: SimulatorThread) -> None:
    namespace.secret("service-account", clientId="mdb_sa_id_1", clientSecret="mdb_sa_sk_1")
    request(simulator, 1)
    namespace.apply(peering("by-service-account", secret="service-account", vpc=vpc(1)))

    namespace.wait_for_reason("by-service-account", "Active")

    assert [call.principal for call in simulator.calls("accept", connection=pcx(1))] == ["mdb_sa_id_1"]
    assert len(simulator.calls("token")) == 1


def test_a_secret_that_comes_later_is_used_when_it_is_there(namespace: Namespace, simulator: SimulatorThread) -> None:
    request(simulator, 2)
    namespace.apply(peering("early", secret="comes-later", vpc=vpc(2)))
    missing = namespace.wait_for_reason("early", "CredentialsMissing")
    assert "comes-later does not exist" in missing["conditions"][0]["message"]

    namespace.secret("comes-later")

    namespace.wait_for_reason("early", "Active")


def test_a_key_is_replaced_without_the_object_ever_leaving_ready(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    simulator.add_api_key("old", "o", roles={PROJECT: "owner"})
    simulator.add_api_key("new", "n", roles={PROJECT: "owner"})
    namespace.secret("rotating", publicApiKey="old", privateApiKey="o")
    request(simulator, 3, state="active")
    namespace.apply(peering("rotated", secret="rotating", vpc=vpc(3)), peering("beside", secret="rotating", vpc=vpc(4)))
    before = namespace.wait_for_reason("rotated", "Active")
    namespace.wait_for_reason("beside", "WaitingForRequest")

    namespace.secret("rotating", publicApiKey="new", privateApiKey="n")
    simulator.remove_principal("old")

    simulator.wait_for_call("list", principal="new", count=2)
    wait_for_lists(simulator, count=1)
    assert namespace.status("rotated") == before
    assert [event["reason"] for event in namespace.events("rotated")] == ["Active"]


def test_a_key_that_is_revoked_before_its_successor_is_there_recovers_with_it(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    simulator.add_api_key("revoked", "r", roles={PROJECT: "owner"})
    namespace.secret("revoked", publicApiKey="revoked", privateApiKey="r")
    request(simulator, 5, state="active")
    namespace.apply(
        peering("cut-off", secret="revoked", vpc=vpc(5)), peering("beside-cut-off", secret="revoked", vpc=vpc(6))
    )
    active = namespace.wait_for_reason("cut-off", "Active")

    simulator.remove_principal("revoked")
    refused = namespace.wait_for_reason("cut-off", "CredentialsInvalid")
    assert refused["cloudStatus"] == active["cloudStatus"] == "active", "the last known status stays"

    namespace.secret("revoked")
    namespace.wait_for_reason("cut-off", "Active")


def test_a_requested_poll_finds_at_once_that_the_address_is_allowed(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    simulator.add_api_key("moved", "m", roles={PROJECT: "owner"}, blocked_address="198.51.100.4")
    namespace.secret("moved", publicApiKey="moved", privateApiKey="m")
    namespace.apply(peering("moved", secret="moved", vpc=vpc(7)))
    namespace.wait_for_reason("moved", "AccessListBlocked")

    simulator.block_address("moved", None)
    namespace.request_reconcile("moved", "now")

    namespace.wait_for_reason("moved", "WaitingForRequest")
