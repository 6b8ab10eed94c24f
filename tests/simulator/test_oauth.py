from typing import Any

import httpx
import pytest

from atlas_simulator import Simulator
from simulator.caller import Caller

CLIENT = ("mdb_sa_id_owner", "secret-of-owner")
FORM = {"grant_type": "client_credentials"}


async def mint(client: httpx.AsyncClient, auth: tuple[str, str] = CLIENT, **options: Any) -> httpx.Response:
    options.setdefault("data", FORM)
    return await client.post("/api/oauth/token", auth=auth, **options)


async def bearer(client: httpx.AsyncClient) -> Caller:
    token = (await mint(client)).json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"
    return Caller(client)


async def test_a_token_is_minted_and_lets_in(client: httpx.AsyncClient) -> None:
    response = await mint(client)
    assert response.status_code == 200
    body = response.json()
    assert body.keys() == {"access_token", "expires_in", "token_type"}
    assert (body["expires_in"], body["token_type"]) == (3600, "Bearer")
    client.headers["Authorization"] = f"Bearer {body['access_token']}"
    assert (await Caller(client).listing()).status_code == 200


async def test_a_token_expires_with_simulated_time(simulator: Simulator, client: httpx.AsyncClient) -> None:
    caller = await bearer(client)
    simulator.advance(3599)
    assert (await caller.listing()).status_code == 200
    simulator.advance(1)
    response = await caller.listing()
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


async def test_how_long_a_token_lives_can_be_set(simulator: Simulator, client: httpx.AsyncClient) -> None:
    simulator.configure({"tokens": {"lifetime_seconds": 60}})
    assert (await mint(client)).json()["expires_in"] == 60


async def test_an_unknown_token_is_refused(client: httpx.AsyncClient) -> None:
    client.headers["Authorization"] = "Bearer never-minted"
    assert (await Caller(client).listing()).status_code == 401


async def test_tokens_can_be_made_worthless_before_their_time(simulator: Simulator, client: httpx.AsyncClient) -> None:
    caller = await bearer(client)
    assert simulator.expire_tokens() == 1
    assert (await caller.listing()).status_code == 401


@pytest.mark.parametrize("auth", [("mdb_sa_id_owner", "wrong"), ("nobody", "secret-of-owner"), ("", "")])
async def test_wrong_credentials_are_an_invalid_client(client: httpx.AsyncClient, auth: tuple[str, str]) -> None:
    response = await mint(client, auth)
    assert response.status_code == 401
    assert response.json() == {
        "error": "invalid_client",
        "error_description": "Invalid credentials provided.",
    }


@pytest.mark.parametrize("authorization", ["", "Bearer abc", "Basic !!!", "Basic /w=="])
async def test_credentials_come_as_basic(client: httpx.AsyncClient, authorization: str) -> None:
    response = await client.post("/api/oauth/token", data=FORM, headers={"Authorization": authorization})
    assert response.status_code == 401


async def test_an_api_key_mints_no_tokens(client: httpx.AsyncClient) -> None:
    assert (await mint(client, ("owner", "private-of-owner"))).status_code == 401


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"data": {}}, "invalid_request"),
        ({"data": {"grant_type": "password"}}, "unsupported_grant_type"),
        ({"json": FORM, "data": None}, "invalid_request"),
        ({"data": None, "params": FORM}, "invalid_request"),
    ],
)
async def test_the_grant_type_comes_in_a_form(client: httpx.AsyncClient, options: dict[str, Any], error: str) -> None:
    response = await mint(client, **options)
    assert (response.status_code, response.json()["error"]) == (400, error)


async def test_a_hundred_tokens_may_live(simulator: Simulator, client: httpx.AsyncClient) -> None:
    simulator.configure({"tokens": {"requests_per_minute": 1000}})
    for _ in range(100):
        assert (await mint(client)).status_code == 200
    response = await mint(client)
    assert (response.status_code, response.json()["error"]) == (403, "access_denied")
    simulator.advance(3600)
    assert (await mint(client)).status_code == 200


async def test_fifty_requests_a_minute_are_answered(simulator: Simulator, client: httpx.AsyncClient) -> None:
    for _ in range(50):
        assert (await mint(client)).status_code == 200
    response = await mint(client)
    assert response.status_code == 429
    body = response.json()
    assert body["errorCode"] == "RATE_LIMITED"
    assert body["parameters"] == ["/api/oauth/token", 50, 1]
    assert body["detail"] == "Resource /api/oauth/token is limited to 50 requests every 1 minutes."
    simulator.advance(60)
    assert (await mint(client)).status_code == 200


async def test_the_limit_is_each_clients_own(simulator: Simulator, client: httpx.AsyncClient) -> None:
    simulator.add_service_account("mdb_sa_id_second", "second")
    simulator.configure({"tokens": {"requests_per_minute": 1}})
    assert (await mint(client)).status_code == 200
    assert (await mint(client)).status_code == 429
    assert (await mint(client, ("mdb_sa_id_second", "second"))).status_code == 200


async def test_wrong_credentials_count_towards_the_limit(simulator: Simulator, client: httpx.AsyncClient) -> None:
    simulator.configure({"tokens": {"requests_per_minute": 1}})
    assert (await mint(client, ("mdb_sa_id_owner", "wrong"))).status_code == 401
    assert (await mint(client)).status_code == 429


async def revoke(client: httpx.AsyncClient, form: dict[str, str], auth: tuple[str, str] = CLIENT) -> httpx.Response:
    return await client.post("/api/oauth/revoke", auth=auth, data=form)


async def test_a_revoked_token_lets_nobody_in(client: httpx.AsyncClient) -> None:
    caller = await bearer(client)
    token = client.headers["Authorization"].removeprefix("Bearer ")
    response = await revoke(client, {"token": token, "token_type_hint": "access_token"})
    assert (response.status_code, response.content) == (200, b"")
    assert (await caller.listing()).status_code == 401


async def test_only_its_own_client_revokes_a_token(simulator: Simulator, client: httpx.AsyncClient) -> None:
    simulator.add_service_account("mdb_sa_id_second", "second")
    caller = await bearer(client)
    token = client.headers["Authorization"].removeprefix("Bearer ")
    assert (await revoke(client, {"token": token}, ("mdb_sa_id_second", "second"))).status_code == 200
    assert (await caller.listing()).status_code == 200


async def test_revoking_says_nothing_about_unknown_tokens(client: httpx.AsyncClient) -> None:
    assert (await revoke(client, {"token": "never-minted"})).status_code == 200
    assert (await revoke(client, {})).status_code == 400
    assert (await revoke(client, {"token": "x"}, ("nobody", "x"))).status_code == 401


async def test_both_secrets_count_while_one_is_rotated(simulator: Simulator, client: httpx.AsyncClient) -> None:
    simulator.set_secrets("mdb_sa_id_owner", ["secret-of-owner", "next"])
    assert (await mint(client)).status_code == 200
    assert (await mint(client, ("mdb_sa_id_owner", "next"))).status_code == 200
    simulator.set_secrets("mdb_sa_id_owner", ["next"])
    assert (await mint(client)).status_code == 401


async def test_a_removed_service_accounts_tokens_are_worthless(simulator: Simulator, client: httpx.AsyncClient) -> None:
    caller = await bearer(client)
    simulator.remove_principal("mdb_sa_id_owner")
    assert (await caller.listing()).status_code == 401


async def test_the_access_list_is_not_asked_for_tokens(simulator: Simulator, client: httpx.AsyncClient) -> None:
    simulator.block_address("mdb_sa_id_owner", "203.0.113.7")
    caller = await bearer(client)
    assert (await caller.listing()).status_code == 403
