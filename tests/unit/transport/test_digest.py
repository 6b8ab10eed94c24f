"""API keys: HTTP digest, as Atlas asks for it."""

import asyncio
from typing import Literal

import httpx
import pytest

from atlas_simulator import Simulator
from atlas_streams_peering.atlas.client import Atlas, Session
from atlas_streams_peering.transport.credentials import ApiKey
from atlas_streams_peering.transport.errors import CredentialsInvalid, Unavailable
from simulator.caller import ACCOUNT, PROJECT
from unit.atlas.world import KEY, PENDING, connection_of, session_of


def statuses(simulator: Simulator) -> list[int | None]:
    return [call.status for call in simulator.calls(include_challenges=True)]


async def test_only_the_first_request_is_challenged(simulator: Simulator, session: Session) -> None:
    await session.list_connections(PROJECT, ACCOUNT)
    await session.list_connections(PROJECT, ACCOUNT)

    assert statuses(simulator) == [401, 200, 200]


async def test_an_expired_nonce_costs_one_more_challenge(simulator: Simulator, session: Session) -> None:
    await session.list_connections(PROJECT, ACCOUNT)
    simulator.clear_calls()
    simulator.advance(simulator.settings.digest.nonce_seconds + 1)

    await session.list_connections(PROJECT, ACCOUNT)

    assert statuses(simulator) == [401, 200]
    stale = simulator.exchanges[0].response_headers["www-authenticate"]
    assert "stale=true" in stale


@pytest.mark.parametrize("challenge", ["qop", "rfc2069", "documented"])
async def test_every_kind_of_challenge_is_answered(
    simulator: Simulator, session: Session, challenge: Literal["qop", "rfc2069", "documented"]
) -> None:
    simulator.configure({"digest": {"challenge": challenge}})

    connection = await connection_of(simulator, session)
    await session.accept(PROJECT, connection)

    assert simulator.connection(connection.name).local_status == "REQUEST_ACCEPT"


async def test_a_challenged_change_is_sent_again_with_its_body(simulator: Simulator, atlas: Atlas) -> None:
    connection = await connection_of(simulator, atlas.session(KEY))
    await atlas.forget(KEY.fingerprint)
    simulator.clear_calls()

    await atlas.session(KEY).accept(PROJECT, connection)

    assert statuses(simulator) == [401, 202]
    challenged, accepted = simulator.exchanges
    assert challenged.request_body == accepted.request_body != b""


async def test_concurrent_requests_share_one_session(simulator: Simulator, session: Session) -> None:
    for _ in range(2):
        lists = (session.list_connections(PROJECT, ACCOUNT) for _ in range(30))
        assert await asyncio.gather(*lists) == [[]] * 30
        simulator.advance(simulator.settings.digest.nonce_seconds + 1)


ODD_CHALLENGES = [
    "Digest",
    "Digest nonsense",
    "Digest realm=x",
    'Digest realm="x", nonce="y", algorithm=ROT13',
    'Digest realm="x", nonce="y", qop="auth-int"',
    'Digest realm="x", nonce="y", qop="other"',
    'Basic realm="x"',
]


@pytest.mark.parametrize("challenge", ODD_CHALLENGES)
async def test_an_odd_challenge_is_no_unexpected_error(challenge: str) -> None:
    session = session_of(lambda _: httpx.Response(401, headers={"WWW-Authenticate": challenge}))

    with pytest.raises((Unavailable, CredentialsInvalid)):
        await session.reject(PROJECT, PENDING)


async def test_a_wrong_private_key_is_tried_once(simulator: Simulator, atlas: Atlas) -> None:
    session = atlas.session(ApiKey(KEY.public_key, "not-the-private-key"))

    with pytest.raises(CredentialsInvalid, match="check the Secret"):
        await session.list_connections(PROJECT, ACCOUNT)

    assert statuses(simulator) == [401, 401]


async def test_a_key_with_a_line_break_inside_is_not_quoted(simulator: Simulator, atlas: Atlas) -> None:
    session = atlas.session(ApiKey("public\nkey", KEY.private_key))

    with pytest.raises(Unavailable, match="no answer") as raised:
        await session.reject(PROJECT, PENDING)

    assert "public" not in str(raised.value)
