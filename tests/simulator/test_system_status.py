from typing import Any

import httpx
import pytest

from atlas_simulator import Simulator
from simulator.caller import OTHER_PROJECT, PROJECT, Caller, code

VERSION = "application/vnd.atlas.2023-01-01+json"


async def status(client: httpx.AsyncClient) -> httpx.Response:
    return await client.get("/api/atlas/v2", headers={"Accept": VERSION})


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("read", "GROUP_READ_ONLY"),
        ("owner", "GROUP_STREAM_PROCESSING_OWNER"),
        ("network", "GROUP_NETWORK_ACCESS_MANAGER"),
        ("project-owner", "GROUP_OWNER"),
    ],
)
async def test_the_root_names_the_roles_of_the_key_that_asks(
    simulator: Simulator, owner: Caller, role: str, name: str
) -> None:
    simulator.set_role("owner", OTHER_PROJECT, None)
    simulator.set_role("owner", PROJECT, role)

    key: dict[str, Any] = (await status(owner.client)).json()["apiKey"]

    assert key["publicKey"] == "owner"
    assert key["roles"] == [{"groupId": PROJECT, "roleName": name}]


async def test_the_root_says_nothing_of_a_service_account(simulator: Simulator, client: httpx.AsyncClient) -> None:
    token = await client.post(
        "/api/oauth/token", auth=("mdb_sa_id_owner", "secret-of-owner"), data={"grant_type": "client_credentials"}
    )
    client.headers["Authorization"] = f"Bearer {token.json()['access_token']}"

    assert (await status(client)).json()["apiKey"] is None


async def test_the_root_challenges_a_caller_without_credentials(client: httpx.AsyncClient) -> None:
    answer = await status(client)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Digest ")


async def test_the_access_list_guards_the_root_too(simulator: Simulator, owner: Caller) -> None:
    simulator.block_address("owner", "203.0.113.7")

    assert code(await status(owner.client)) == (403, "IP_ADDRESS_NOT_ON_ACCESS_LIST")
