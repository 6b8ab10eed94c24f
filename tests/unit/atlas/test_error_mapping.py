"""Which answer of Atlas is which error, and what its message says."""

from typing import Any

import httpx
import pytest

from atlas_simulator import Simulator
from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.atlas.client import Atlas, Session
from atlas_streams_peering.transport.errors import (
    AccessListBlocked,
    CredentialsInvalid,
    ProjectNotFound,
    RateLimited,
    RequestRefused,
    ServiceError,
    TerminalError,
    TransientError,
    Unauthorized,
    Unavailable,
)
from simulator.caller import ACCOUNT, PROJECT, UNKNOWN_PROJECT
from unit.atlas.world import KEY, PENDING, SERVICE_ACCOUNT, connection_of, session_of

CHANGE_ROLE = "Project Stream Processing Owner"
READ_ROLE = "Project Read Only"

# HTTP status, errorCode, what it is, what the text must name
REFUSALS: list[tuple[int, str | None, type[ServiceError], str]] = [
    (400, "VALIDATION_ERROR", RequestRefused, "HTTP 400 VALIDATION_ERROR"),
    (401, None, CredentialsInvalid, "Secret"),
    (401, "NO_CURRENT_USER", CredentialsInvalid, "Secret"),
    (401, "USER_UNAUTHORIZED", Unauthorized, CHANGE_ROLE),
    (401, "NOT_IN_GROUP", Unauthorized, CHANGE_ROLE),
    (401, "USER_CANNOT_ACCESS_GROUP", Unauthorized, CHANGE_ROLE),
    (402, "ACCOUNT_SUSPENDED", Unauthorized, "ACCOUNT_SUSPENDED"),
    (402, "NO_PAYMENT_INFORMATION_FOUND", Unauthorized, "NO_PAYMENT_INFORMATION_FOUND"),
    (403, None, Unauthorized, CHANGE_ROLE),
    (403, "ACCESS_FORBIDDEN", Unauthorized, CHANGE_ROLE),
    (403, "FEATURE_UNSUPPORTED", Unauthorized, "FEATURE_UNSUPPORTED"),
    (403, "IP_ADDRESS_NOT_ON_ACCESS_LIST", AccessListBlocked, "203.0.113.7"),
    (403, "IP_ADDRESS_NOT_ON_WHITELIST", AccessListBlocked, "203.0.113.7"),
    (403, "ORG_REQUIRES_WHITELIST", AccessListBlocked, "API access list"),
    (403, "RESOURCE_REQUIRES_WHITELIST", AccessListBlocked, "API access list"),
    (404, "RESOURCE_NOT_FOUND", RequestRefused, "HTTP 404"),
    (404, None, RequestRefused, "HTTP 404"),
    (405, "METHOD_NOT_ALLOWED", RequestRefused, "HTTP 405"),
    (405, "WRITES_NOT_ALLOWED_DURING_APP_UPGRADES", Unavailable, "WRITES_NOT_ALLOWED"),
    (406, "INVALID_VERSION_DATE", RequestRefused, "HTTP 406"),
    (408, None, Unavailable, "HTTP 408"),
    (409, "PEER_INVALID_STATE", RequestRefused, "PEER_INVALID_STATE"),
    (410, "VERSION_GONE", RequestRefused, "VERSION_GONE"),
    (429, "RATE_LIMITED_TOKEN_BUCKET", RateLimited, "limits"),
    (429, "RATE_LIMITED", RateLimited, "limits"),
    (429, None, RateLimited, "limits"),
    (500, "UNEXPECTED_ERROR", Unavailable, "HTTP 500"),
    (503, "SERVICE_UNAVAILABLE", Unavailable, "HTTP 503"),
    (301, None, Unavailable, "HTTP 301"),
    (302, None, Unavailable, "HTTP 302"),
    (307, None, Unavailable, "HTTP 307"),
]


def api_error(status: int, code: str | None, **more: Any) -> httpx.Response:
    body = {"error": status, "detail": "What Atlas says.", "parameters": ["203.0.113.7"], **more}
    return httpx.Response(status, json=body | ({"errorCode": code} if code else {}))


@pytest.mark.parametrize(("status", "code", "kind", "names"), REFUSALS)
async def test_a_refusal_is_an_error_of_its_kind(
    status: int, code: str | None, kind: type[ServiceError], names: str
) -> None:
    session = session_of(lambda _: api_error(status, code))

    with pytest.raises(ServiceError) as raised:
        await session.reject(PROJECT, PENDING)

    assert type(raised.value) is kind
    assert names in str(raised.value)
    assert "What Atlas says" in str(raised.value)


REASONS: list[tuple[type[ServiceError], Reason, type[ServiceError]]] = [
    (Unavailable, Reason.ATLAS_UNAVAILABLE, TransientError),
    (RateLimited, Reason.RATE_LIMITED, TransientError),
    (CredentialsInvalid, Reason.CREDENTIALS_INVALID, TerminalError),
    (Unauthorized, Reason.UNAUTHORIZED, TerminalError),
    (AccessListBlocked, Reason.ACCESS_LIST_BLOCKED, TerminalError),
    (ProjectNotFound, Reason.PROJECT_NOT_FOUND, TerminalError),
    (RequestRefused, Reason.ATLAS_UNAVAILABLE, TerminalError),
]


@pytest.mark.parametrize(("kind", "reason", "family"), REASONS)
def test_every_kind_of_error_has_its_reason(
    kind: type[ServiceError], reason: Reason, family: type[ServiceError]
) -> None:
    assert kind.reason is reason
    assert issubclass(kind, family)


async def test_a_missing_role_is_named(simulator: Simulator, session: Session) -> None:
    connection = await connection_of(simulator, session)
    simulator.set_role(KEY.public_key, PROJECT, "read")
    with pytest.raises(Unauthorized, match=CHANGE_ROLE):
        await session.accept(PROJECT, connection)

    simulator.set_role(KEY.public_key, PROJECT, None)
    with pytest.raises(Unauthorized, match=READ_ROLE):
        await session.list_connections(PROJECT, ACCOUNT)


async def test_the_address_off_the_access_list_is_named(simulator: Simulator, session: Session) -> None:
    simulator.block_address(KEY.public_key, "203.0.113.7")

    with pytest.raises(AccessListBlocked, match=r"203\.0\.113\.7.*access list"):
        await session.list_connections(PROJECT, ACCOUNT)


async def test_an_unknown_project_is_named(session: Session) -> None:
    with pytest.raises(ProjectNotFound, match=UNKNOWN_PROJECT):
        await session.list_connections(UNKNOWN_PROJECT, ACCOUNT)


async def test_a_project_of_others_is_a_matter_of_roles(simulator: Simulator, session: Session) -> None:
    simulator.configure({"unknown_project": "NOT_IN_GROUP"})

    with pytest.raises(Unauthorized, match="NOT_IN_GROUP"):
        await session.list_connections(UNKNOWN_PROJECT, ACCOUNT)


@pytest.mark.parametrize("code", ["GROUP_NOT_FOUND", "INVALID_GROUP_ID", "RESOURCE_NOT_FOUND", None])
async def test_a_list_that_is_not_found_lacks_its_project(code: str | None) -> None:
    session = session_of(lambda _: api_error(404, code))

    with pytest.raises(ProjectNotFound, match=PROJECT):
        await session.list_connections(PROJECT, ACCOUNT)


async def test_a_connection_that_is_not_found_is_no_missing_project(session: Session) -> None:
    with pytest.raises(RequestRefused) as raised:
        await session.reject(PROJECT, PENDING)

    assert raised.value.status == 404


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirects_are_not_followed(simulator: Simulator, session: Session, status: int) -> None:
    connection = await connection_of(simulator, session)
    simulator.fault("answer", "reject", status=status, headers={"Location": f"{simulator.base_url}/elsewhere"})

    with pytest.raises(Unavailable, match=f"HTTP {status}"):
        await session.reject(PROJECT, connection)

    assert simulator.calls("unknown", include_challenges=True) == []


async def test_the_words_of_atlas_are_one_short_line() -> None:
    session = session_of(lambda _: httpx.Response(409, json={"detail": "Line one.\n\n\tLine two. " + "x" * 5000}))

    with pytest.raises(RequestRefused) as raised:
        await session.reject(PROJECT, PENDING)

    text = str(raised.value)
    assert "Line one. Line two." in text
    assert "\n" not in text
    assert len(text) < 500


BODIES = [
    b"",
    b"{}",
    b'{"errorCode": 5, "detail": ["x"], "parameters": "x"}',
    b'{"errorCode": null, "detail": null, "reason": null, "parameters": null}',
    b'{"error": "invalid_client", "error_description": "Invalid credentials provided."}',
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RequestRefused),
        (401, CredentialsInvalid),
        (403, Unauthorized),
        (429, RateLimited),
        (502, Unavailable),
    ],
)
async def test_an_error_needs_no_body_to_be_understood(body: bytes, status: int, kind: type[ServiceError]) -> None:
    session = session_of(lambda _: httpx.Response(status, content=body))

    with pytest.raises(kind, match=f"HTTP {status}") as raised:
        await session.reject(PROJECT, PENDING)

    assert raised.value.reason is kind.reason


# What proxies, gateways and firewalls answer: in no way Atlas' word about a key, a role or a project.
OF_STRANGERS = [
    b"null",
    b"[]",
    b'"hunter2"',
    b"{",
    b"\xff\xfe",
    b"<html><title>hunter2</title><h1>Access denied</h1></html>",
    b"default backend - 404",
    b'{"message": "Forbidden"}',
    b'{"message": "no Route matched with those values", "request_id": "hunter2"}',
]


@pytest.mark.parametrize("body", OF_STRANGERS)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 502])
async def test_what_atlas_did_not_say_means_nothing_about_keys_roles_and_projects(body: bytes, status: int) -> None:
    session = session_of(lambda _: httpx.Response(status, content=body))

    with pytest.raises(Unavailable, match=rf"answers in its place \(HTTP {status}\)") as raised:
        await session.reject(PROJECT, PENDING)

    assert "hunter2" not in str(raised.value)
    assert ("check the base URL, proxy and firewall" in str(raised.value)) is (status < 500)


DIGEST = 'Digest realm="MMS Public API", domain="", nonce="abc", algorithm=MD5, qop="auth", stale=false'


@pytest.mark.parametrize("body", OF_STRANGERS)
async def test_a_key_whose_digest_is_challenged_again_is_refused_whatever_the_body_says(body: bytes) -> None:
    session = session_of(lambda _: httpx.Response(401, content=body, headers={"WWW-Authenticate": DIGEST}))

    with pytest.raises(CredentialsInvalid, match="check the Secret") as raised:
        await session.reject(PROJECT, PENDING)

    assert "hunter2" not in str(raised.value)


async def test_a_gateway_that_challenges_in_its_own_way_means_nothing_about_the_key() -> None:
    basic = {"WWW-Authenticate": 'Basic realm="gateway"'}
    session = session_of(lambda _: httpx.Response(401, content=b"<html></html>", headers=basic))

    with pytest.raises(Unavailable, match="something else answers in its place"):
        await session.reject(PROJECT, PENDING)


async def test_a_rate_limit_is_one_whoever_says_it() -> None:
    session = session_of(lambda _: httpx.Response(429, content=b"<html></html>", headers={"Retry-After": "7"}))

    with pytest.raises(RateLimited) as raised:
        await session.reject(PROJECT, PENDING)

    assert raised.value.retry_after == 7


async def test_a_redirect_names_the_host_that_it_leads_to_and_nothing_else() -> None:
    location = {"Location": "https://user:hunter2@login.example/start?token=hunter2"}
    session = session_of(lambda _: httpx.Response(302, headers=location))

    with pytest.raises(Unavailable, match=r"\(HTTP 302, a redirect to login\.example\); check") as raised:
        await session.reject(PROJECT, PENDING)

    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("content", [b"", b'{"error": 407}', b"<html></html>"])
async def test_a_proxy_that_wants_a_password_is_no_matter_of_the_secret(content: bytes) -> None:
    session = session_of(lambda _: httpx.Response(407, content=content))

    with pytest.raises(Unavailable, match="the proxy wants a user name and a password"):
        await session.reject(PROJECT, PENDING)


@pytest.mark.parametrize("content", [b"<html>Sign in</html>", b"OK", b"[]"])
async def test_a_page_does_not_say_that_atlas_took_a_change(content: bytes) -> None:
    session = session_of(lambda _: httpx.Response(200, content=content))

    with pytest.raises(Unavailable, match="something else answers in its place"):
        await session.reject(PROJECT, PENDING)


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_page_in_place_of_a_token_means_nothing_about_the_account(status: int) -> None:
    session = session_of(lambda _: httpx.Response(status, content=b"<html></html>"), credentials=SERVICE_ACCOUNT)

    with pytest.raises(Unavailable, match="Atlas' token endpoint failed: something else answers"):
        await session.reject(PROJECT, PENDING)


async def test_atlas_away_counts_as_unavailable(simulator: Simulator) -> None:
    async with Simulator() as other:
        nobody = other.base_url
    atlas = Atlas(nobody)

    with pytest.raises(Unavailable, match="no answer"):
        await atlas.session(KEY).reject(PROJECT, PENDING)
    await atlas.aclose()
