"""Service accounts against Atlas' token endpoint: as few tokens as possible, and what a refusal means."""

import asyncio

import httpx
import pytest

from atlas_simulator import Simulator
from atlas_streams_peering.atlas.client import Atlas, Session
from atlas_streams_peering.transport.credentials import ServiceAccount
from atlas_streams_peering.transport.errors import (
    CredentialsInvalid,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from atlas_streams_peering.transport.user_agent import USER_AGENT
from simulator.caller import ACCOUNT, OTHER_PROJECT, PROJECT
from unit.atlas.world import PENDING, SERVICE_ACCOUNT, connection_of


def token_requests(simulator: Simulator) -> int:
    return len(simulator.calls("token", include_challenges=True))


async def test_one_token_serves_all_requests(simulator: Simulator, account_session: Session) -> None:
    for _ in range(2):
        lists = (account_session.list_connections(PROJECT, ACCOUNT) for _ in range(30))
        assert await asyncio.gather(*lists) == [[]] * 30

    assert token_requests(simulator) == 1


async def test_a_token_serves_changes_too(simulator: Simulator, account_session: Session) -> None:
    connection = await connection_of(simulator, account_session)

    await account_session.accept(PROJECT, connection)

    assert simulator.counts(include_challenges=True) == {"token": 1, "list": 1, "accept": 1}


async def test_a_token_request_is_what_atlas_documents(simulator: Simulator, account_session: Session) -> None:
    await account_session.list_connections(PROJECT, ACCOUNT)

    request = simulator.exchanges[0]
    assert (request.method, request.target) == ("POST", "/api/oauth/token")
    assert request.request_body == b"grant_type=client_credentials"
    assert request.request_headers["authorization"] == "Basic"
    assert request.request_headers["accept"] == "application/json"
    assert request.request_headers["user-agent"] == USER_AGENT


async def test_what_is_left_of_a_token_is_known(account_session: Session) -> None:
    before = account_session.client.token_seconds_left
    await account_session.list_connections(PROJECT, ACCOUNT)
    after = account_session.client.token_seconds_left

    assert before is None
    assert after is not None
    assert 3500 < after <= 3540


async def test_a_token_that_served_is_replaced_at_once_when_it_is_refused(
    simulator: Simulator, account_session: Session
) -> None:
    await account_session.list_connections(PROJECT, ACCOUNT)
    simulator.expire_tokens()

    await account_session.reject(PROJECT, await connection_of(simulator, account_session))

    assert token_requests(simulator) == 2


async def test_a_token_that_was_never_good_is_not_replaced_at_once(
    simulator: Simulator, account_session: Session
) -> None:
    simulator.fault("answer", "list", status=401, body={"error": 401, "detail": "Who are you?"}, times=None)

    for _ in range(3):
        with pytest.raises(CredentialsInvalid):
            await account_session.list_connections(PROJECT, ACCOUNT)

    assert simulator.counts(include_challenges=True) == {"token": 1, "list": 3}


@pytest.mark.parametrize("code", ["USER_CANNOT_ACCESS_GROUP", "NOT_IN_GROUP", "USER_UNAUTHORIZED"])
async def test_a_missing_role_is_no_matter_of_tokens(simulator: Simulator, account_session: Session, code: str) -> None:
    simulator.configure({"no_role": code})
    simulator.set_role(SERVICE_ACCOUNT.client_id, PROJECT, None)

    with pytest.raises(Unauthorized, match=code):
        await account_session.list_connections(PROJECT, ACCOUNT)

    assert simulator.counts(include_challenges=True) == {"token": 1, "list": 1}


async def test_a_wrong_secret_is_tried_once(simulator: Simulator, atlas: Atlas) -> None:
    session = atlas.session(ServiceAccount(SERVICE_ACCOUNT.client_id, "not-the-secret"))

    with pytest.raises(CredentialsInvalid, match=r"Invalid credentials provided.*check the Secret"):
        await session.list_connections(PROJECT, ACCOUNT)

    assert simulator.counts(include_challenges=True) == {"token": 1}


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "300"}, 300), ({}, 10)])
async def test_a_limited_token_endpoint_is_left_alone(
    simulator: Simulator, account_session: Session, headers: dict[str, str], seconds: float
) -> None:
    simulator.fault("answer", "token", status=429, headers=headers, times=None)

    with pytest.raises(RateLimited):
        await account_session.reject(PROJECT, PENDING)
    with pytest.raises(RateLimited) as raised:
        await account_session.reject(OTHER_PROJECT, PENDING)

    assert 0 < (raised.value.retry_after or 0) <= seconds
    assert token_requests(simulator) == 1


async def test_a_read_does_not_hurry_a_limited_token_endpoint(simulator: Simulator, account_session: Session) -> None:
    simulator.fault("answer", "token", status=429, headers={"Retry-After": "300"}, times=None)

    with pytest.raises(RateLimited, match="limits new tokens") as raised:
        await account_session.list_connections(PROJECT, ACCOUNT)

    assert 200 < (raised.value.retry_after or 0) <= 300
    assert token_requests(simulator) == 1


async def test_the_cap_of_live_tokens_passes(simulator: Simulator, account_session: Session) -> None:
    simulator.configure({"tokens": {"live_limit": 1}})
    async with httpx.AsyncClient(base_url=simulator.base_url) as another:
        await another.post(
            "/api/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(SERVICE_ACCOUNT.client_id, SERVICE_ACCOUNT.client_secret),
        )
    simulator.clear_calls()

    with pytest.raises(RateLimited, match="Access Token limit reached"):
        await account_session.reject(PROJECT, PENDING)

    assert token_requests(simulator) == 1


@pytest.mark.parametrize("status", [302, 500, 503])
async def test_a_failing_token_endpoint_does_not_blame_the_secret(
    simulator: Simulator, account_session: Session, status: int
) -> None:
    simulator.fault("answer", "token", status=status, headers={"Location": "/elsewhere"}, times=None)

    with pytest.raises(Unavailable, match=f"HTTP {status}"):
        await account_session.reject(PROJECT, PENDING)

    assert simulator.counts(include_challenges=True) == {"token": 1}


@pytest.mark.parametrize("fault", ["drop", "malformed-json"])
async def test_a_read_survives_a_fault_of_the_token_endpoint(
    simulator: Simulator, account_session: Session, fault: str
) -> None:
    simulator.fault(fault, "token")

    assert await account_session.list_connections(PROJECT, ACCOUNT) == []


@pytest.mark.parametrize("silence", [{}, {"expires_in": None}], ids=["left out", "null"])
async def test_a_token_of_which_nothing_is_said_lives_as_long_as_atlas_documents(
    simulator: Simulator, atlas: Atlas, silence: dict[str, None]
) -> None:
    simulator.fault("answer", "token", status=200, body={"access_token": "t-0451", **silence})
    session = atlas.session(SERVICE_ACCOUNT)

    with pytest.raises(CredentialsInvalid):  # this Atlas has not given that token
        await session.reject(PROJECT, PENDING)

    assert 3500 < (session.client.token_seconds_left or 0) <= 3540


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        '"token"',
        {},
        {"expires_in": 3600},
        {"access_token": "t-0451", "expires_in": "soon"},
        {"access_token": None, "expires_in": 3600},
        {"access_token": "", "expires_in": 3600},
        {"access_token": "t-0451\n", "expires_in": 3600},
        {"access_token": "t-0451\u2013", "expires_in": 3600},
    ],
)
async def test_an_answer_without_a_token_is_no_token(
    simulator: Simulator, account_session: Session, body: object
) -> None:
    simulator.fault("answer", "token", status=200, body=body)

    with pytest.raises(Unavailable, match="without a token") as raised:
        await account_session.reject(PROJECT, PENDING)

    assert "t-0451" not in str(raised.value)
    assert simulator.counts(include_challenges=True) == {"token": 1}
