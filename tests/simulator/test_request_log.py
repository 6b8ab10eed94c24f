import asyncio

import httpx
import pytest

from atlas_simulator import Settings, Simulator
from simulator.caller import ACCOUNT, PROJECT, VERSION, Caller, request


async def test_a_call_says_who_asked_what_when_and_how_it_ended(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    await owner.accept(name)
    [call] = simulator.calls("accept")
    assert call.operation == "accept"
    assert (call.method, call.path) == ("POST", f"{owner.path}/{name}:accept")
    assert (call.project, call.connection, call.principal) == (PROJECT, name, "owner")
    assert (call.status, call.fault, call.user_agent) == (202, None, "tests/1")
    assert call.time == simulator.now()
    await owner.listing()
    [call] = simulator.calls("list")
    assert (call.requester_account_id, call.connection) == (ACCOUNT, None)


async def test_duplicates_of_one_connection_are_easily_seen(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    await owner.accept(name)
    await owner.accept(name)
    await owner.accept("pcx-0aaaaaaaaaaaaaaaa")
    assert [call.status for call in simulator.calls("accept", connection=name)] == [202, 409]
    assert len(simulator.calls("accept", connection=name, status=202)) == 1


async def test_digests_first_try_only_counts_when_asked_for(simulator: Simulator, owner: Caller) -> None:
    await owner.listing()
    assert [call.status for call in simulator.calls()] == [200]
    assert [call.status for call in simulator.calls(include_challenges=True)] == [401, 200]
    assert simulator.counts() == {"list": 1}
    assert simulator.counts(include_challenges=True) == {"list": 2}


async def test_tokens_and_unknown_paths_are_logged(simulator: Simulator, client: httpx.AsyncClient) -> None:
    form = {"grant_type": "client_credentials"}
    await client.post("/api/oauth/token", data=form, auth=("mdb_sa_id_owner", "secret-of-owner"))
    await client.get("/nowhere")
    assert [call.principal for call in simulator.calls("token")] == ["mdb_sa_id_owner"]
    [call] = simulator.calls("unknown", include_challenges=True)
    assert (call.path, call.status, call.project) == ("/nowhere", 404, None)


async def test_the_log_can_be_cleared(simulator: Simulator, owner: Caller) -> None:
    await owner.listing()
    simulator.clear_calls()
    assert (simulator.calls(include_challenges=True), simulator.counts(), simulator.exchanges) == ([], {}, [])


async def test_old_calls_are_dropped_but_still_counted() -> None:
    async with Simulator(Settings(log_capacity=2)) as simulator:
        async with httpx.AsyncClient(base_url=simulator.base_url) as client:
            for _ in range(5):
                await client.get("/nowhere")
        assert [call.number for call in simulator.calls(include_challenges=True)] == [4, 5]
        assert simulator.counts(include_challenges=True) == {"unknown": 5}
        assert simulator.exchanges == []


async def test_a_call_can_be_waited_for(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    waiting = asyncio.create_task(simulator.wait_for_call("accept", connection=name, status=202))
    await owner.listing()
    assert not waiting.done()
    await owner.accept(name)
    [call] = await waiting
    assert call.connection == name


async def test_waiting_for_a_call_that_never_comes_times_out(simulator: Simulator) -> None:
    with pytest.raises(TimeoutError):
        await simulator.wait_for_call("accept", timeout=0.01)


def test_an_unknown_property_of_calls_is_refused(simulator: Simulator) -> None:
    with pytest.raises(TypeError, match="colour"):
        simulator.calls(colour="blue")  # type: ignore[call-arg]


async def test_exchanges_are_whole_but_without_secrets(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    await owner.accept(name)
    auth = ("mdb_sa_id_owner", "secret-of-owner")
    form = {"grant_type": "client_credentials"}
    response = await owner.client.post("/api/oauth/token", data=form, auth=auth)
    token = response.json()["access_token"]
    await owner.client.post("/api/oauth/revoke", data={"token": token}, auth=auth)
    challenged, accepted, minted, revoked = simulator.exchanges
    assert challenged.response_headers["www-authenticate"].startswith("Digest ")
    assert (accepted.operation, accepted.method, accepted.status) == ("accept", "POST", 202)
    assert accepted.request_headers["accept"] == VERSION
    assert accepted.request_headers["authorization"] == "Digest"
    assert b"requesterVpcId" in accepted.request_body
    assert minted.request_headers["authorization"] == "Basic"
    assert b'"access_token": "hidden"' in minted.response_body
    assert revoked.request_body == b"token=hidden"
    everything = repr(simulator.exchanges) + repr(simulator.calls())
    assert token not in everything
    assert "secret-of-owner" not in everything
