"""One request without credentials."""

from datetime import UTC, datetime

import pytest

from atlas_simulator import Simulator
from atlas_streams_peering.transport.probe import probe
from atlas_streams_peering.transport.proxy import WrongVariableError
from atlas_streams_peering.transport.route import proxy_of, route_to


async def test_atlas_challenges_and_tells_its_time() -> None:
    async with Simulator() as simulator:
        found = await probe(route_to(simulator.base_url), "/api/atlas/v2")

    assert (found.answered, found.status, found.challenge, found.intermediary) == (True, 401, "digest", None)
    assert found.date is not None
    assert found.asked_at is not None
    assert abs((found.date - found.asked_at).total_seconds()) < 5


async def test_the_time_of_the_question_is_half_way_between_it_and_the_answer() -> None:
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    async with Simulator() as simulator:
        found = await probe(route_to(simulator.base_url), "/api/atlas/v2", clock=lambda: begun)

    assert found.asked_at is not None
    assert found.asked_at > begun


async def test_no_answer_says_why() -> None:
    found = await probe(route_to("http://127.0.0.1:1"), "/")

    assert not found.answered
    assert found.problem is not None
    assert found.problem.startswith("no answer from 127.0.0.1:1 (the port refuses connections)")


async def test_a_page_is_no_api() -> None:
    async with Simulator() as simulator:
        simulator.fault("proxy-page", status=200, times=None, before_authentication=True)
        found = await probe(route_to(simulator.base_url), "/api/atlas/v2")

    assert found.intermediary is not None
    assert found.intermediary.startswith("something else answers in its place")


def test_the_proxy_of_another_process_is_the_one_that_its_variables_name() -> None:
    environment = {"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": "inside.example"}
    proxy = proxy_of("https://cloud.mongodb.com", environment)
    assert proxy is not None
    assert proxy.address == "proxy.example:3128"
    assert proxy_of("https://inside.example", environment) is None
    with pytest.raises(WrongVariableError):
        proxy_of("https://cloud.mongodb.com", {"HTTPS_PROXY": "ftp://proxy.example"})
