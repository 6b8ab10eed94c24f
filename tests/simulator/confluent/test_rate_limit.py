import httpx

from atlas_simulator import Simulator
from simulator.caller import Caller
from simulator.confluent.caller import KEY, PEERINGS, CloudCaller


def small_bucket(simulator: Simulator, **limits: object) -> None:
    limit = {"capacity": 2, "refill": 2, "refill_seconds": 60, **limits}
    simulator.configure({"confluent": {"rate_limit": limit}})


async def test_every_success_says_what_is_left(simulator: Simulator, cloud: CloudCaller) -> None:
    peering = await cloud.created()
    simulator.advance(20.5)
    for response, left in ((await cloud.get(PEERINGS), "298"), (await cloud.delete(peering), "297")):
        assert response.headers["X-RateLimit-Limit"] == "300"
        assert response.headers["X-RateLimit-Remaining"] == left
        assert response.headers["X-RateLimit-Reset"] == "40"


async def test_too_many_requests_are_refused_without_a_body(simulator: Simulator, cloud: CloudCaller) -> None:
    small_bucket(simulator)
    assert [(await cloud.get(PEERINGS)).status_code for _ in range(2)] == [200, 200]
    simulator.advance(18)
    response = await cloud.get(PEERINGS)
    assert (response.status_code, response.content) == (429, b"")
    assert response.headers["Retry-After"] == response.headers["X-RateLimit-Reset"] == "42"
    assert response.headers["X-RateLimit-Remaining"] == "0"
    simulator.advance(42)
    assert (await cloud.get(PEERINGS)).status_code == 200


async def test_the_headers_may_be_absent(simulator: Simulator, cloud: CloudCaller) -> None:
    small_bucket(simulator, headers=False)
    assert "X-RateLimit-Limit" not in (await cloud.get(PEERINGS)).headers
    simulator.confluent.empty_bucket(KEY)
    response = await cloud.get(PEERINGS)
    assert response.headers["Retry-After"] == "60"
    assert "X-RateLimit-Limit" not in response.headers


async def test_each_key_has_its_own_limit_and_atlas_another(
    simulator: Simulator, cloud: CloudCaller, owner: Caller
) -> None:
    small_bucket(simulator)
    simulator.confluent.empty_bucket(KEY)
    simulator.confluent.add_api_key("another", "secret", roles={cloud.environment: "read"})
    assert (await cloud.get(PEERINGS)).status_code == 429
    assert (await owner.listing()).status_code == 200
    cloud.client.auth = httpx.BasicAuth("another", "secret")
    assert (await cloud.get(PEERINGS)).status_code == 200


async def test_the_limit_can_be_switched_off(simulator: Simulator, cloud: CloudCaller) -> None:
    small_bucket(simulator, enabled=False)
    assert [(await cloud.get(PEERINGS)).status_code for _ in range(5)] == [200] * 5
