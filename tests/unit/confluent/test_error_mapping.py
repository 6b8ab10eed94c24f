"""Which answer of Confluent Cloud is which error, and what its message says."""

import base64

import httpx
import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.transport.errors import (
    CredentialsInvalid,
    RateLimited,
    Refused,
    RequestRefused,
    ServiceError,
    Unauthorized,
    Unavailable,
)
from unit.confluent.world import ENVIRONMENT, KEY, NETWORK, PEERING, create, failure, session_of

# HTTP status, what it is at a read or deletion, at a creation, its reason at a read, what the text must name
REFUSALS: list[tuple[int, type[ServiceError], type[ServiceError], Reason, str]] = [
    (400, RequestRefused, Refused, Reason.CONFLUENT_UNAVAILABLE, "HTTP 400"),
    (401, CredentialsInvalid, CredentialsInvalid, Reason.CREDENTIALS_INVALID, "Cloud API key"),
    (402, Unauthorized, Refused, Reason.UNAUTHORIZED, "HTTP 402"),
    (403, Unauthorized, Unauthorized, Reason.UNAUTHORIZED, f"role NetworkAdmin on environment {ENVIRONMENT}"),
    (404, RequestRefused, RequestRefused, Reason.CONFLUENT_UNAVAILABLE, "HTTP 404"),
    (405, RequestRefused, RequestRefused, Reason.CONFLUENT_UNAVAILABLE, "HTTP 405"),
    (409, RequestRefused, Refused, Reason.CONFLUENT_UNAVAILABLE, "HTTP 409"),
    (422, RequestRefused, Refused, Reason.CONFLUENT_UNAVAILABLE, "HTTP 422"),
]


@pytest.mark.parametrize(("status", "kind", "_creating", "reason", "names"), REFUSALS)
async def test_a_refused_read_is_an_error_of_its_kind(
    status: int, kind: type[ServiceError], _creating: type[ServiceError], reason: Reason, names: str
) -> None:
    with pytest.raises(ServiceError) as raised:
        await session_of(lambda _: failure(status, "What Confluent says.")).network(ENVIRONMENT, NETWORK)

    assert (type(raised.value), raised.value.reason) == (kind, reason)
    assert names in str(raised.value)
    assert f"What Confluent says (HTTP {status})" in str(raised.value)


@pytest.mark.parametrize(("status", "_reading", "kind", "_reason", "names"), REFUSALS)
async def test_a_refused_creation_is_an_error_of_its_kind(
    status: int, _reading: type[ServiceError], kind: type[ServiceError], _reason: Reason, names: str
) -> None:
    with pytest.raises(ServiceError) as raised:
        await create(session_of(lambda _: failure(status, "What Confluent says.")))

    assert type(raised.value) is kind
    assert names in str(raised.value)
    assert f"What Confluent says (HTTP {status})" in str(raised.value)


async def test_a_forbidden_call_may_mean_what_does_not_exist() -> None:
    with pytest.raises(Unauthorized, match="Check the IDs too"):
        await session_of(lambda _: failure(403, "Forbidden Access")).delete_peering(ENVIRONMENT, PEERING)


async def test_an_invalid_key_is_no_matter_of_roles() -> None:
    with pytest.raises(CredentialsInvalid, match="check the Secret"):
        await create(session_of(lambda _: failure(403, "Invalid API key: make sure that it is a Cloud API key.")))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "7", "X_RateLimit_Reset": "60"}, 7),
        ({"X_RateLimit_Reset": "60"}, 60),
        ({"Retry_After": "soon", "X_RateLimit_Reset": "60"}, 60),
        ({"X_RateLimit_Reset": "1798761600"}, 600),
        ({}, None),
    ],
)
async def test_a_limited_call_says_when_it_may_come_again(headers: dict[str, str], seconds: float | None) -> None:
    with pytest.raises(RateLimited, match="limits the rate of requests: Slow down") as raised:
        await create(session_of(lambda _: failure(429, "Slow down.", **headers)))

    assert raised.value.retry_after == seconds


async def test_the_code_of_an_error_is_kept() -> None:
    with pytest.raises(RequestRefused, match=r"No such network \(HTTP 404 not_found\)") as raised:
        await session_of(lambda _: failure(404, "No such network.", code="not_found")).network(ENVIRONMENT, NETWORK)

    assert raised.value.code == "not_found"


async def test_the_words_of_confluent_cloud_are_one_short_line() -> None:
    with pytest.raises(Refused) as raised:
        await create(session_of(lambda _: failure(409, "Line one.\n\n\tLine two. " + "x" * 5000)))

    text = str(raised.value)
    assert "Line one. Line two." in text
    assert "\n" not in text
    assert len(text) < 500


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"errors": [{"title": "Bad Request"}]}', "Bad Request"),
        (b'{"errors": [{"detail": "Same."}, {"detail": "Same."}, null, 5]}', "Same (HTTP"),
        (b'{"error": {"code": 40101, "message": "Unauthorized"}}', "Unauthorized"),
        (b'{"error_code": 403, "message": "Forbidden Access"}', "Forbidden Access"),
    ],
)
async def test_every_form_of_an_error_is_understood(body: bytes, words: str) -> None:
    with pytest.raises(Refused, match=f"create peering orders: {words}".replace("(", r"\(")):
        await create(session_of(lambda _: httpx.Response(400, content=body)))


BODIES = [
    b"",
    b'{"errors": null}',
    b'{"errors": [null, 5, "x", [], {}]}',
    b'{"errors": [{"detail": ["x"], "title": 5, "code": {}}]}',
    b'{"error": "no", "message": null}',
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Refused), (401, CredentialsInvalid), (403, Unauthorized), (429, RateLimited), (502, Unavailable)],
)
async def test_an_error_needs_no_body_to_be_understood(body: bytes, status: int, kind: type[ServiceError]) -> None:
    with pytest.raises(kind, match=f"HTTP {status}") as raised:
        await create(session_of(lambda _: httpx.Response(status, content=body)))

    assert not isinstance(raised.value, Unavailable) or status == 502


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (status, body)
        for body in (b"null", b"[]", b'"text"', b"{", b"\xff\xfe", b"<html><h1>Denied</h1></html>")
        for status in (202, 400, 401, 403, 502)
        if (status, body) != (202, b"null")
    ],
)
async def test_what_has_not_the_shape_of_the_api_is_the_word_of_somebody_else(body: bytes, status: int) -> None:
    with pytest.raises(Unavailable, match=rf"answers in its place \(HTTP {status}\)") as raised:
        await create(session_of(lambda _: httpx.Response(status, content=body)))

    assert raised.value.reason == "ConfluentUnavailable"
    assert "<html>" not in str(raised.value)


GATEWAY = b'{"message": "no Route matched with those values"}'
CONFLUENT = b'{"errors": [{"status": "404", "detail": "No such resource."}]}'


@pytest.mark.parametrize(("body", "kind"), [(GATEWAY, Unavailable), (b"", RequestRefused), (CONFLUENT, RequestRefused)])
async def test_that_a_network_is_absent_is_not_the_word_of_a_gateway(body: bytes, kind: type[ServiceError]) -> None:
    with pytest.raises(kind, match="HTTP 404"):
        await session_of(lambda _: httpx.Response(404, content=body)).network(ENVIRONMENT, NETWORK)


@pytest.mark.parametrize(("body", "kind"), [(GATEWAY, Unavailable), (b"", Unavailable), (CONFLUENT, RequestRefused)])
async def test_that_there_are_no_peerings_is_the_word_of_confluent_cloud_alone(
    body: bytes, kind: type[ServiceError]
) -> None:
    with pytest.raises(kind, match="HTTP 404"):
        await session_of(lambda _: httpx.Response(404, content=body)).list_peerings(ENVIRONMENT, NETWORK)


async def test_a_peering_that_a_gateway_does_not_know_is_not_deleted() -> None:
    with pytest.raises(Unavailable, match="HTTP 404"):
        await session_of(lambda _: httpx.Response(404, content=GATEWAY)).delete_peering(ENVIRONMENT, "peer-1")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
async def test_what_a_gateway_repeats_of_the_key_is_hidden(status: int) -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        said = f"You sent {request.headers['Authorization']} with {KEY.api_secret}."
        return failure(status, said, code=KEY.api_secret)

    with pytest.raises(ServiceError, match="You sent") as raised:
        await create(session_of(echo))

    shown = str(raised.value) + repr(vars(raised.value))
    assert KEY.api_secret not in shown
    assert base64.b64encode(f"{KEY.api_key}:{KEY.api_secret}".encode()).decode() not in shown
