import hashlib
import re
from typing import Literal

import httpx
import pytest

from atlas_simulator import Simulator
from simulator.caller import ACCOUNT, Caller, code

PATH = "/api/atlas/v2/groups/671a86f4cfc9da7d7c31b14f/streams/vpcPeeringConnections"
SECRET = "private-of-owner"
TARGET = f"{PATH}?requesterAccountId={ACCOUNT}"


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


async def nonce_of(client: httpx.AsyncClient) -> str:
    response = await client.get(TARGET)
    found = re.search('nonce="([^"]+)"', response.headers["WWW-Authenticate"])
    assert found
    return found[1]


def signed(nonce: str, *, count: str = "00000001", uri: str = TARGET, secret: str = SECRET) -> str:
    identity = md5(f"owner:MMS Public API:{secret}")
    response = md5(f"{identity}:{nonce}:{count}:client:auth:{md5(f'GET:{uri}')}")
    return (
        f'Digest username="owner", realm="MMS Public API", nonce="{nonce}", uri="{uri}", '
        f'response="{response}", algorithm=MD5, qop=auth, nc={count}, cnonce="client"'
    )


async def get(client: httpx.AsyncClient, authorization: str, target: str = TARGET) -> httpx.Response:
    return await client.get(target, headers={"Authorization": authorization})


async def test_without_credentials_a_challenge_is_answered(client: httpx.AsyncClient) -> None:
    response = await client.get(TARGET)
    assert response.status_code == 401
    assert re.fullmatch(
        r'Digest realm="MMS Public API", domain="", nonce="[^"]+", algorithm=MD5, qop="auth", stale=false',
        response.headers["WWW-Authenticate"],
    )
    assert response.json() == {
        "detail": "You are not authorized for this resource.",
        "error": 401,
        "reason": "Unauthorized",
    }


async def test_a_right_signature_is_let_in(client: httpx.AsyncClient) -> None:
    response = await get(client, signed(await nonce_of(client)))
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("change", "to"),
    [
        ("username", 'username="nobody"'),
        ("realm", 'realm="Other"'),
        ("nonce", 'nonce="never-issued"'),
        ("uri", 'uri="/elsewhere"'),
        ("response", f'response="{"0" * 32}"'),
        ("qop", 'none="auth"'),
        ("nc", "nc=1"),
        ("cnonce", 'none="client"'),
        ("algorithm", "algorithm=SHA-256"),
    ],
)
async def test_a_wrong_parameter_is_challenged_again(client: httpx.AsyncClient, change: str, to: str) -> None:
    authorization = re.sub(rf'\b{change}=("[^"]*"|[^,]*)', to, signed(await nonce_of(client)))
    response = await get(client, authorization)
    assert response.status_code == 401
    assert "stale=false" in response.headers["WWW-Authenticate"]


async def test_a_wrong_private_key_is_challenged_again(client: httpx.AsyncClient) -> None:
    assert (await get(client, signed(await nonce_of(client), secret="wrong"))).status_code == 401


@pytest.mark.parametrize(
    "uri", [PATH, TARGET + "&", f"http://atlas{TARGET}", TARGET.replace("requester", "%72equester")]
)
async def test_the_signed_uri_must_be_the_target_as_sent(client: httpx.AsyncClient, uri: str) -> None:
    assert (await get(client, signed(await nonce_of(client), uri=uri))).status_code == 401


async def test_a_signature_made_for_another_method_does_not_count(client: httpx.AsyncClient) -> None:
    authorization = signed(await nonce_of(client), uri=PATH + "/pcx-0aaaaaaaaaaaaaaaa")
    response = await client.delete(PATH + "/pcx-0aaaaaaaaaaaaaaaa", headers={"Authorization": authorization})
    assert response.status_code == 401


async def test_a_nonce_serves_many_requests_with_rising_counts(client: httpx.AsyncClient) -> None:
    nonce = await nonce_of(client)
    for number in range(1, 4):
        assert (await get(client, signed(nonce, count=f"{number:08x}"))).status_code == 200


async def test_the_same_nonce_count_twice_is_refused(client: httpx.AsyncClient) -> None:
    nonce = await nonce_of(client)
    assert (await get(client, signed(nonce))).status_code == 200
    assert (await get(client, signed(nonce))).status_code == 401
    assert (await get(client, signed(nonce, count="00000002"))).status_code == 200


async def test_an_old_nonce_is_stale_and_a_new_one_is_offered(simulator: Simulator, client: httpx.AsyncClient) -> None:
    nonce = await nonce_of(client)
    simulator.advance(60)
    response = await get(client, signed(nonce))
    assert response.status_code == 401
    assert "stale=true" in response.headers["WWW-Authenticate"]
    assert nonce not in response.headers["WWW-Authenticate"]


async def test_how_long_a_nonce_lives_can_be_set(simulator: Simulator, client: httpx.AsyncClient) -> None:
    simulator.configure({"digest": {"nonce_seconds": 300}})
    nonce = await nonce_of(client)
    simulator.advance(299)
    assert (await get(client, signed(nonce))).status_code == 200


async def test_a_client_goes_on_over_an_expired_nonce(simulator: Simulator, owner: Caller) -> None:
    assert (await owner.listing()).status_code == 200
    simulator.advance(61)
    assert (await owner.listing()).status_code == 200
    assert simulator.counts(include_challenges=True) == {"list": 4}


@pytest.mark.parametrize("challenge", ["rfc2069", "documented"])
async def test_a_challenge_without_qop_is_met_by_the_older_rules(
    simulator: Simulator, owner: Caller, challenge: Literal["rfc2069", "documented"]
) -> None:
    simulator.configure({"digest": {"challenge": challenge}})
    assert (await owner.listing()).status_code == 200
    assert (await owner.listing()).status_code == 200
    first = simulator.exchanges[0].response_headers["www-authenticate"]
    assert ("op=" in first) is (challenge == "documented")
    assert "qop=" not in first


async def test_a_rotated_private_key_counts_at_once(simulator: Simulator, owner: Caller) -> None:
    assert (await owner.listing()).status_code == 200
    simulator.set_secrets("owner", ["another"])
    assert (await owner.listing()).status_code == 401
    owner.client.auth = httpx.DigestAuth("owner", "another")
    assert (await owner.listing()).status_code == 200


async def test_a_removed_api_key_is_unknown(simulator: Simulator, owner: Caller) -> None:
    simulator.remove_principal("owner")
    response = await owner.listing()
    assert code(response) == (401, None)
    assert "WWW-Authenticate" in response.headers


async def test_a_service_account_cannot_sign_digests(owner: Caller) -> None:
    owner.client.auth = httpx.DigestAuth("mdb_sa_id_owner", "secret-of-owner")
    assert (await owner.listing()).status_code == 401


@pytest.mark.parametrize("authorization", ["Digest", "Digest ,,,=", "Digest nonce", "Negotiate abc", "Basic eDp5"])
async def test_nonsense_is_challenged(client: httpx.AsyncClient, authorization: str) -> None:
    assert "Digest" in (await get(client, authorization)).headers["WWW-Authenticate"]
