import httpx

from atlas_simulator import Simulator
from simulator.caller import OTHER_PROJECT, PROJECT, Caller, code, request


def small_bucket(simulator: Simulator, **limits: object) -> None:
    simulator.configure({"rate_limit": {"capacity": 3, "refill": 2, "refill_seconds": 60, **limits}})


async def test_the_documented_bucket_is_the_default(owner: Caller) -> None:
    response = await owner.listing()
    assert response.headers["RateLimit-Limit"] == "1200"
    assert response.headers["RateLimit-Remaining"] == "1199"


async def test_an_empty_bucket_refuses_with_the_time_to_wait(simulator: Simulator, owner: Caller) -> None:
    small_bucket(simulator)
    remaining = [(await owner.listing()).headers["RateLimit-Remaining"] for _ in range(3)]
    assert remaining == ["2", "1", "0"]
    simulator.advance(40.5)
    response = await owner.listing()
    assert code(response) == (429, "RATE_LIMITED_TOKEN_BUCKET")
    assert response.headers["Retry-After"] == "19"
    assert response.headers["RateLimit-Remaining"] == "0"
    assert response.json()["parameters"] == [owner.path.removeprefix("/"), 19, 3, 2, 60]
    assert response.json()["detail"] == (
        f"Rate limit exceeded for {owner.path.removeprefix('/')}. Please retry after 19 seconds. "
        "Request capacity: 3. Refill rate: 2 per 60 seconds. For more information, see: "
        "http://dochub.mongodb.org/core/atlas-api-rate-limit."
    )


async def test_tokens_come_back_all_at_once(simulator: Simulator, owner: Caller) -> None:
    small_bucket(simulator)
    for _ in range(3):
        await owner.listing()
    simulator.advance(59)
    assert (await owner.listing()).status_code == 429
    simulator.advance(1)
    statuses = [(await owner.listing()).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


async def test_a_bucket_never_holds_more_than_its_capacity(simulator: Simulator, owner: Caller) -> None:
    small_bucket(simulator)
    await owner.listing()
    simulator.advance(3600)
    assert (await owner.listing()).headers["RateLimit-Remaining"] == "2"


async def test_all_operations_and_principals_of_a_project_share_a_bucket(
    simulator: Simulator, client: httpx.AsyncClient
) -> None:
    small_bucket(simulator)
    name = request(simulator)
    for key in ("first", "second"):
        simulator.add_api_key(key, "private", roles={PROJECT: "owner", OTHER_PROJECT: "owner"})
    caller = Caller(client)
    client.auth = httpx.DigestAuth("first", "private")
    assert (await caller.listing()).status_code == 200
    assert (await caller.delete(name)).status_code == 409
    client.auth = httpx.DigestAuth("second", "private")
    assert (await caller.reject(name)).status_code == 202
    assert (await caller.accept(name)).status_code == 429
    caller.project = OTHER_PROJECT
    assert (await caller.listing()).status_code == 200


async def test_a_bucket_can_be_emptied_by_others(simulator: Simulator, owner: Caller) -> None:
    simulator.empty_bucket(PROJECT)
    assert (await owner.listing()).status_code == 429


async def test_requests_without_credentials_take_nothing_unless_set(
    simulator: Simulator, client: httpx.AsyncClient, owner: Caller
) -> None:
    small_bucket(simulator)
    for _ in range(9):
        assert (await client.get(owner.path, auth=None)).status_code == 401
    simulator.configure({"rate_limit": {"count_challenges": True}})
    statuses = [(await client.get(owner.path, auth=None)).status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]


async def test_the_headers_may_be_missing(simulator: Simulator, owner: Caller) -> None:
    small_bucket(simulator, headers=False, capacity=1)
    assert "RateLimit-Limit" not in (await owner.listing()).headers
    response = await owner.listing()
    assert "RateLimit-Limit" not in response.headers
    assert response.headers["Retry-After"] == "60"


async def test_the_limit_can_be_off(simulator: Simulator, owner: Caller) -> None:
    small_bucket(simulator, enabled=False)
    assert [(await owner.listing()).status_code for _ in range(9)] == [200] * 9
