"""No secret shows anywhere, at any log level, whatever goes wrong with it."""

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from atlas_simulator import SimulatorThread
from atlas_streams_peering.atlas.error_mapping import error_of
from atlas_streams_peering.transport.response import Response
from cluster.atlas import request
from cluster.conftest import StartOperator
from cluster.namespace import PRIVATE_KEY, PROJECT, PUBLIC_KEY, Namespace, peering, vpc
from cluster.operator_process import OperatorProcess

WRONG_KEY = "wrong-private-key-61f9c2"
TOKEN = "eyJhbGciOiJFUzUxMiJ9.a-token-that-must-not-show"
DIGEST = f'Digest username="{PUBLIC_KEY}", response="0123456789abcdef0123", cnonce="0a4f113b66e0"'
KEY = {"publicApiKey": PUBLIC_KEY, "privateApiKey": PRIVATE_KEY}


def account_secret(name: str) -> str:
    return f"mdb_sa_sk_of_{name}_0f6b2a71"


def basic(name: str) -> str:
    """What the token endpoint is sent for a service account."""
    return base64.b64encode(f"{name}:{account_secret(name)}".encode()).decode()


def page(name: str) -> str:
    """A proxy's page, with all that it has seen."""
    return f"<html><pre>Authorization: Basic {basic(name)}\nAuthorization: Bearer {TOKEN}\n{DIGEST}</pre></html>"


@dataclass(frozen=True)
class Case:
    """What goes wrong for an object, and where it ends up."""

    reason: str
    operation: str = ""
    fault: dict[str, Any] = field(default_factory=dict)
    secret: dict[str, str] | None = None
    """None: a service account's of its own, and good."""


def answer(status: int, body: object) -> dict[str, Any]:
    return {"kind": "answer", "status": status, "body": body}


CASES = {
    "key": Case("Active", secret=KEY),
    "account": Case("Active"),
    "wrong-key": Case("CredentialsInvalid", secret={**KEY, "privateApiKey": WRONG_KEY}),
    "wrong-account": Case("CredentialsInvalid", secret={"clientId": "nobody", "clientSecret": WRONG_KEY}),
    "incomplete": Case("CredentialsMissing", secret={"privateApiKey": PRIVATE_KEY, "clientSecret": WRONG_KEY}),
    "error": Case("AtlasUnavailable", "list", answer(500, {"detail": "No.", "request": DIGEST, "token": TOKEN}), KEY),
    "page": Case("AtlasUnavailable", "list", {"kind": "proxy-page", "body": page("page")}, KEY),
    "no-json": Case("AtlasUnavailable", "list", answer(200, page("no-json")), KEY),
    "refused": Case("Unauthorized", "list", answer(403, {"errorCode": "ACCESS_FORBIDDEN", "request": DIGEST}), KEY),
    "broken": Case("AtlasUnavailable", "list", {"kind": "drop"}),
    "token-refused": Case(
        "CredentialsInvalid",
        "token",
        answer(401, {"error": "invalid_client", "error_description": f"Basic {basic('token-refused')} is wrong"}),
    ),
    "token-error": Case("AtlasUnavailable", "token", answer(500, {"error": "server_error", "access_token": TOKEN})),
    "token-odd": Case("AtlasUnavailable", "token", answer(200, {"access_token": TOKEN, "expires_in": "soon"})),
    "token-half": Case("AtlasUnavailable", "token", answer(200, f'{{"access_token": "{TOKEN}", "expires_in": 36')),
    "token-page": Case("AtlasUnavailable", "token", {"kind": "proxy-page", "body": page("token-page")}),
    "token-foreign": Case("CredentialsInvalid", "token", answer(200, {"access_token": TOKEN, "expires_in": 3600})),
}
NUMBERS = {name: number for number, name in enumerate(CASES, 1)}
PLAIN = (PRIVATE_KEY, WRONG_KEY, TOKEN, *(account_secret(name) for name in CASES), *(basic(name) for name in CASES))
HIDDEN = (*PLAIN, *(base64.b64encode(secret.encode()).decode() for secret in PLAIN))
HEADER = re.compile(r"\b(?:response|cnonce)=|\b(?:WWW-Authenticate|Authorization): ", re.IGNORECASE)


def account(name: str) -> str:
    return f"{700_000_000_000 + NUMBERS[name]}"


@pytest.fixture(scope="module", autouse=True)
def debug_operator(namespace: Namespace, simulator: SimulatorThread, start_operator: StartOperator) -> OperatorProcess:
    """An operator at log level debug that has reconciled every case."""
    for name, case in CASES.items():
        simulator.add_service_account(name, account_secret(name), roles={PROJECT: "owner"})
        namespace.secret(name, **(case.secret or {"clientId": name, "clientSecret": account_secret(name)}))
        request(simulator, NUMBERS[name], account=account(name))
        whose: dict[str, Any] = {"principal": name} if case.operation == "token" else {"account": account(name)}
        if case.operation:
            simulator.fault(operation=case.operation, times=None, **whose, **case.fault)
    operator = start_operator(namespace, LOG_LEVEL="debug")
    namespace.apply(
        *(peering(name, account=account(name), vpc=vpc(number), secret=name) for name, number in NUMBERS.items())
    )
    namespace.wait_for_reasons({name: case.reason for name, case in CASES.items()}, seconds=60)
    for name, case in CASES.items():
        namespace.wait_for_event(name, case.reason)
    return operator


def test_the_log_shows_no_secret(debug_operator: OperatorProcess) -> None:
    assert_hidden(debug_operator.output())


def test_events_show_no_secret(namespace: Namespace) -> None:
    assert_hidden(namespace.kubectl("get", "events", "-o", "json").stdout)


def test_no_object_shows_a_secret(namespace: Namespace) -> None:
    assert_hidden(json.dumps(namespace.objects()))


def test_metrics_show_no_secret(debug_operator: OperatorProcess) -> None:
    assert_hidden(debug_operator.metrics())


@pytest.mark.parametrize(
    ("sent", "secrets"),
    [
        (f"Bearer {TOKEN}", [TOKEN]),
        (f"Basic {basic('account')}", [basic("account"), account_secret("account")]),
        (DIGEST, ["0123456789abcdef0123", "0a4f113b66e0"]),
    ],
    ids=["bearer", "basic", "digest"],
)
def test_what_an_answer_repeats_of_the_credentials_is_hidden(sent: str, secrets: list[str]) -> None:
    asked = httpx.Request("GET", "https://atlas.example/", headers={"Authorization": sent})
    body = {"detail": f"Not allowed with {sent}, that is {secrets[-1]}.", "parameters": [sent]}

    for status in (400, 401, 403, 404, 429, 500):
        answer = Response(httpx.Response(status, json=body, request=asked))
        said = str(error_of(answer, role="Project Owner", doing="look"))
        assert "Not allowed with" in said
        assert [secret for secret in secrets if secret in said] == []


def assert_hidden(text: str) -> None:
    assert text
    assert [secret for secret in HIDDEN if secret in text] == []
    assert HEADER.search(text) is None
