"""No key, secret, token or Authorization header in a log line, an exception or a traceback, whatever happens."""

import asyncio
import base64
import json
import logging
import traceback
from collections.abc import Awaitable, Iterable, Iterator
from typing import Final

import httpx
import pytest

from atlas_streams_peering.atlas.client import Atlas, Session
from atlas_streams_peering.confluent.client import Confluent
from atlas_streams_peering.confluent.client import Session as ConfluentSession
from atlas_streams_peering.transport.credentials import ApiKey, BasicKey, Credentials, ServiceAccount
from atlas_streams_peering.transport.errors import ServiceError
from simulator.caller import ACCOUNT, PROJECT
from unit.atlas.world import EMPTY_LIST, KEY, PENDING, SERVICE_ACCOUNT
from unit.confluent.world import ENVIRONMENT, NETWORK, PEERING, create
from unit.confluent.world import KEY as BASIC_KEY
from unit.transport.recording_server import Answer, RecordingServer

TOKEN: Final = "token-0451"
GOOD: Final = Answer(200, json.dumps(EMPTY_LIST))
GOOD_TOKEN: Final = Answer(200, json.dumps({"access_token": TOKEN, "expires_in": 3600}))

API_ANSWERS: Final[dict[str, Answer]] = {
    "success": GOOD,
    "key refused": Answer(401, '{"detail": "You are not authorized for this resource."}'),
    "role missing": Answer(401, '{"errorCode": "USER_UNAUTHORIZED"}'),
    "address blocked": Answer(403, '{"errorCode": "IP_ADDRESS_NOT_ON_ACCESS_LIST", "parameters": ["203.0.113.7"]}'),
    "not found": Answer(404, '{"errorCode": "RESOURCE_NOT_FOUND"}'),
    "conflict": Answer(409, '{"errorCode": "PEER_INVALID_STATE"}'),
    "limited": Answer(429, headers={"Retry-After": "600"}),
    "failed": Answer(500),
    "failed with an echo": Answer(500, echo=True),
    "refused with an echo": Answer(400, echo=True),
    "proxy page": Answer(502, "<html>Bad Gateway</html>"),
    "redirect": Answer(302, headers={"Location": "https://login.example/"}),
    "broken off": Answer(200, '{"results": ['),
    "no list": Answer(200, "[]"),
    "dropped": Answer(),
    "hanging": Answer(hang=True),
}

TOKEN_ANSWERS: Final[dict[str, Answer]] = {
    "secret refused": Answer(401, '{"error": "invalid_client", "error_description": "Invalid credentials provided."}'),
    "no more tokens": Answer(403, '{"error": "access_denied"}'),
    "token limited": Answer(429, headers={"Retry-After": "600"}),
    "token failed": Answer(500),
    "token refused with an echo": Answer(401, echo=True),
    "token page": Answer(200, f"<html>{TOKEN}</html>"),
    "token broken off": Answer(200, f'{{"access_token": "{TOKEN}", "expires'),
    "token for ever": Answer(200, json.dumps({"access_token": TOKEN, "expires_in": "never"})),
    "token with a line break": Answer(200, json.dumps({"access_token": f"{TOKEN}\n", "expires_in": 3600})),
    "token of no ASCII": Answer(200, json.dumps({"access_token": f"{TOKEN}\u2013", "expires_in": 3600})),
    "token dropped": Answer(),
    "token hanging": Answer(hang=True),
}

CREDENTIALS: Final[dict[str, Credentials]] = {"key": KEY, "account": SERVICE_ACCOUNT}


class Everything(logging.Handler):
    """Keeps every record as it would be written, its traceback included."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [self.format(record), repr(record.args)]


@pytest.fixture
def log() -> Iterator[Everything]:
    """Take in the logs of all libraries, at their most talkative."""
    handler = Everything()
    loggers = [logging.getLogger(name) for name in ("", "httpx", "aiohttp", "atlas_streams_peering")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    loggers[0].addHandler(handler)
    yield handler
    loggers[0].removeHandler(handler)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def secrets_of(credentials: Credentials) -> set[str]:
    match credentials:
        case ApiKey(_, private_key):
            return {private_key}
        case ServiceAccount(client_id, client_secret):
            basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
            return {client_secret, basic, TOKEN}
        case BasicKey(api_key, api_secret):
            return {api_secret, base64.b64encode(f"{api_key}:{api_secret}".encode()).decode()}


def calls_of_atlas(session: Session) -> Iterable[Awaitable[object]]:
    """Make every kind of call."""
    return (
        session.list_connections(PROJECT, ACCOUNT),
        session.accept(PROJECT, PENDING),
        session.reject(PROJECT, PENDING),
        session.delete(PROJECT, PENDING),
    )


def calls_of_confluent(session: ConfluentSession) -> Iterable[Awaitable[object]]:
    """Make every kind of call."""
    return (
        session.network(ENVIRONMENT, NETWORK),
        session.list_peerings(ENVIRONMENT, NETWORK),
        create(session),
        session.delete_peering(ENVIRONMENT, PEERING),
    )


async def said_by(calls: Iterable[Awaitable[object]]) -> str:
    """Return all that the exceptions of these calls say."""
    said = []
    for outcome in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(outcome, ServiceError):
            said += [str(outcome), repr(outcome), repr(vars(outcome)), *traceback.format_exception(outcome)]
            logging.getLogger("atlas_streams_peering").error("It failed", exc_info=outcome)
        elif isinstance(outcome, BaseException):
            raise outcome
    return "\n".join(said)


def cases() -> Iterator[tuple[str, Answer, Answer]]:
    for name in CREDENTIALS:
        for answer in API_ANSWERS.values():
            yield name, answer, GOOD_TOKEN
    for answer in TOKEN_ANSWERS.values():
        yield "account", GOOD, answer


def test_the_answers_lead_to_every_kind_of_outcome() -> None:
    assert len({answer.status for answer in API_ANSWERS.values()}) >= 9


async def test_nothing_secret_is_ever_said(log: Everything) -> None:
    async def one_case(name: str, api: Answer, token: Answer) -> tuple[set[str], str]:
        credentials = CREDENTIALS[name]
        async with RecordingServer(api=api, token=token) as server:
            atlas = Atlas(server.base_url, timeout=httpx.Timeout(20, read=1))
            session = atlas.session(credentials)
            text = await said_by(calls_of_atlas(session))
            shown = (atlas, session, session.client, session.client._authenticator, credentials)
            text += "".join(map(repr, shown)) + str(credentials)
            await atlas.aclose()
            return server.received | secrets_of(credentials), text

    outcomes = await asyncio.gather(*(one_case(*case) for case in cases()))

    everything = "\n".join([*log.lines, *(text for _, text in outcomes)])
    assert "HTTP Request: POST" in everything, "the logs are not complete"
    assert "AtlasUnavailable" in everything
    secrets = set[str]().union(*(heard for heard, _ in outcomes))
    assert any(secret.startswith("Digest ") for secret in secrets)
    assert any(secret.startswith("Bearer ") for secret in secrets)
    assert any(secret.startswith("Basic ") for secret in secrets)
    assert [secret for secret in secrets if secret in everything] == []
    assert "authorization" not in everything.lower().replace("unauthorized", "")


async def test_nothing_secret_of_confluent_cloud_is_ever_said(log: Everything) -> None:
    async def one_case(api: Answer) -> tuple[set[str], str]:
        async with RecordingServer(api=api, token=GOOD_TOKEN) as server:
            confluent = Confluent(server.base_url, timeout=httpx.Timeout(20, read=1))
            session = confluent.session(BASIC_KEY)
            text = await said_by(calls_of_confluent(session))
            shown = (confluent, session, session.client, session.client._authenticator, BASIC_KEY)
            text += "".join(map(repr, shown)) + str(BASIC_KEY)
            await confluent.aclose()
            return server.received | secrets_of(BASIC_KEY), text

    outcomes = await asyncio.gather(*(one_case(answer) for answer in API_ANSWERS.values()))

    everything = "\n".join([*log.lines, *(text for _, text in outcomes)])
    assert "HTTP Request: POST" in everything, "the logs are not complete"
    assert "ConfluentUnavailable" in everything
    secrets = set[str]().union(*(heard for heard, _ in outcomes))
    assert any(secret.startswith("Basic ") for secret in secrets)
    assert [secret for secret in secrets if secret in everything] == []
    assert "authorization" not in everything.lower().replace("unauthorized", "")
