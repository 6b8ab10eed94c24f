"""Sessions, budgets and observers: the same surface as the client of Atlas."""

import httpx
import pytest

from atlas_streams_peering.confluent.client import Confluent
from atlas_streams_peering.transport.credentials import BasicKey
from unit.confluent.world import EMPTY_LIST, ENVIRONMENT, KEY, NETWORK, confluent_of

OTHER_KEY = BasicKey("ZYXWVUTS76543210", "secret-of-another")


def nothing(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=EMPTY_LIST)


async def test_each_request_is_observed() -> None:
    observed = []
    confluent = confluent_of(nothing, observer=lambda *one: observed.append(one[:3]))

    await confluent.session(KEY).list_peerings(ENVIRONMENT, NETWORK)

    assert observed == [("listNetworkingV1Peerings", ENVIRONMENT, 200)]


async def test_the_same_credentials_share_a_session_until_they_are_forgotten() -> None:
    confluent = confluent_of(nothing)
    before = confluent.session(KEY)
    assert confluent.session(KEY) == before
    assert confluent.session(OTHER_KEY) != before

    await confluent.forget(KEY.fingerprint)

    assert confluent.session(KEY) != before


async def test_sessions_and_budgets_that_nobody_uses_are_forgotten() -> None:
    confluent = confluent_of(nothing)
    session = confluent.session(KEY)
    await session.list_peerings(ENVIRONMENT, NETWORK)

    await confluent.keep_only({KEY.fingerprint}, {ENVIRONMENT})
    assert (confluent.session(KEY), list(confluent.budgets)) == (session, [ENVIRONMENT])

    await confluent.keep_only((), ())
    assert confluent.budgets == {}
    assert confluent.session(KEY) != session


async def test_the_sessions_of_all_credentials_share_the_budget_of_an_environment() -> None:
    confluent = confluent_of(nothing)

    for key in (KEY, OTHER_KEY):
        await confluent.session(key).list_peerings(ENVIRONMENT, NETWORK)

    assert list(confluent.budgets) == [ENVIRONMENT]
    assert confluent.budget(ENVIRONMENT).left == pytest.approx(28, abs=0.5)


@pytest.mark.parametrize("prefix", ["/proxied", "/proxied/"])
async def test_a_base_url_may_have_a_path(prefix: str) -> None:
    paths = []

    def answer(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        return nothing(request)

    confluent = Confluent(f"https://gateway.example{prefix}", http_transport=httpx.MockTransport(answer))
    await confluent.session(KEY).list_peerings(ENVIRONMENT, NETWORK)

    assert paths == ["/proxied/networking/v1/peerings"]
