import asyncio
from typing import Any

import httpx
import pytest

from atlas_simulator import Simulator
from simulator.caller import ACCOUNT, OTHER_PROJECT, OTHER_VPC, PROJECT, Caller, code, request


async def test_an_answer_is_given_in_place_of_atlas(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    fault = simulator.fault(
        "answer", "accept", status=503, body={"error": 503, "errorCode": "X"}, headers={"Retry-After": "7"}
    )
    response = await owner.accept(name)
    assert (response.status_code, response.json()["errorCode"]) == (503, "X")
    assert response.headers["Retry-After"] == "7"
    assert simulator.connection(name).local_status == "NONE"
    assert fault.hits == 1
    assert (await owner.accept(name)).status_code == 202


async def test_an_answer_without_a_body_is_an_api_error(simulator: Simulator, owner: Caller) -> None:
    simulator.fault("answer", status=503)
    assert code(await owner.listing()) == (503, "SERVICE_UNAVAILABLE")
    simulator.fault("answer", status=429)
    assert code(await owner.listing()) == (429, "RATE_LIMITED")
    simulator.fault("answer")
    assert code(await owner.listing()) == (500, "UNEXPECTED_ERROR")


@pytest.mark.parametrize("body", ["plain text", b"plain text"])
async def test_a_textual_body_is_sent_as_it_is(simulator: Simulator, owner: Caller, body: str | bytes) -> None:
    simulator.fault("answer", status=500, body=body, headers={"Content-Type": "text/plain"})
    response = await owner.listing()
    assert (response.text, response.headers["Content-Type"]) == ("plain text", "text/plain")


async def test_a_fault_hits_as_often_as_said(simulator: Simulator, owner: Caller) -> None:
    simulator.fault("answer", "list", status=500, times=2)
    assert [(await owner.listing()).status_code for _ in range(3)] == [500, 500, 200]
    assert simulator.faults() == []


async def test_a_fault_without_end_lasts_until_it_is_cleared(simulator: Simulator, owner: Caller) -> None:
    fault = simulator.fault("answer", times=None, status=500)
    other = simulator.fault("answer", "delete", times=None, status=500)
    assert [(await owner.listing()).status_code for _ in range(3)] == [500] * 3
    simulator.clear_faults(fault)
    assert simulator.faults() == [other]
    assert (await owner.listing()).status_code == 200
    simulator.clear_faults()
    assert simulator.faults() == []


async def test_faults_are_taken_in_the_order_they_were_queued(simulator: Simulator, owner: Caller) -> None:
    for status in (500, 502, 503):
        simulator.fault("answer", "list", status=status)
    assert [(await owner.listing()).status_code for _ in range(4)] == [500, 502, 503, 200]


async def test_a_fault_hits_only_what_it_describes(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    mismatches: list[dict[str, Any]] = [
        {"operation": "delete"},
        {"project": OTHER_PROJECT},
        {"principal": "somebody"},
        {"account": "000000000001"},
        {"connection": "pcx-0aaaaaaaaaaaaaaaa"},
    ]
    for criteria in mismatches:
        simulator.fault("answer", status=500, **criteria)
    assert (await owner.listing()).status_code == 200
    assert (await owner.accept(name)).status_code == 202
    simulator.clear_faults()
    simulator.fault("answer", status=500, project=PROJECT, principal="owner", connection=name)
    assert (await owner.listing()).status_code == 200
    assert (await owner.reject(name)).status_code == 500
    simulator.fault("answer", status=500, account=ACCOUNT)
    assert (await owner.listing("000000000001")).status_code == 200
    assert (await owner.listing()).status_code == 500


async def test_a_percentage_hits_by_chance(simulator: Simulator, owner: Caller) -> None:
    simulator.fault("answer", status=500, times=None, percent=30)
    statuses = [(await owner.listing()).status_code for _ in range(200)]
    assert 30 < statuses.count(500) < 90


async def test_a_fault_leaves_the_first_try_of_digest_alone_unless_told(simulator: Simulator, owner: Caller) -> None:
    simulator.fault("answer", "list", status=503)
    assert (await owner.listing()).status_code == 503
    assert simulator.counts(include_challenges=True) == {"list": 2}
    owner.client.auth = httpx.DigestAuth("owner", "private-of-owner")
    simulator.fault("answer", "list", status=503, before_authentication=True)
    assert (await owner.listing()).status_code == 503
    assert simulator.counts(include_challenges=True) == {"list": 3}


async def test_a_token_can_be_refused_too(simulator: Simulator, client: httpx.AsyncClient) -> None:
    simulator.fault("answer", "token", status=500)
    form = {"grant_type": "client_credentials"}
    auth = ("mdb_sa_id_owner", "secret-of-owner")
    assert (await client.post("/api/oauth/token", data=form, auth=auth)).status_code == 500


async def test_a_dropped_connection_does_nothing(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    await owner.listing()
    simulator.fault("drop", "accept")
    with pytest.raises(httpx.TransportError):
        await owner.accept(name)
    assert simulator.connection(name).local_status == "NONE"
    [call] = simulator.calls("accept")
    assert (call.status, call.fault) == (None, "drop")


async def test_a_lost_reply_has_done_it(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    simulator.fault("lose-reply", "accept")
    with pytest.raises(httpx.TransportError):
        await owner.accept(name)
    assert simulator.connection(name).local_status == "REQUEST_ACCEPT"
    simulator.advance(10)
    assert simulator.connection(name).cloud_status == "active"


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize("verb", ["accept", "reject", "delete"])
async def test_a_replaced_reply_has_done_it(simulator: Simulator, owner: Caller, verb: str, status: int) -> None:
    name = request(simulator)
    if verb == "delete":
        simulator.set_cloud_status(name, "active")
    simulator.fault("replace-reply", verb, status=status, headers={"Retry-After": "7"})
    response = await getattr(owner, verb)(name)
    assert (response.status_code, response.headers["Retry-After"]) == (status, "7")
    assert simulator.connection(name).local_status == f"REQUEST_{verb.upper()}"
    [call] = simulator.calls(verb)
    assert (call.status, call.fault) == (status, "replace-reply")
    assert code(await getattr(owner, verb)(name)) == (409, "PEER_INVALID_STATE")
    simulator.advance(10)
    done = {"accept": "active", "reject": "rejected", "delete": "deleted"}
    assert simulator.connection(name).cloud_status == done[verb]


async def test_a_replaced_reply_can_be_a_proxys_page(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    simulator.fault("replace-reply", status=504, body="<html>late</html>", headers={"Content-Type": "text/html"})
    response = await owner.accept(name)
    assert (response.status_code, response.text, response.headers["Content-Type"]) == (
        504,
        "<html>late</html>",
        "text/html",
    )
    assert simulator.connection(name).local_status == "REQUEST_ACCEPT"


async def test_a_refusal_is_lost_or_replaced_too(simulator: Simulator, client: httpx.AsyncClient) -> None:
    simulator.fault("replace-reply", before_authentication=True)
    assert code(await Caller(client).listing()) == (500, "UNEXPECTED_ERROR")
    simulator.fault("lose-reply", before_authentication=True)
    with pytest.raises(httpx.TransportError):
        await Caller(client).listing()


@pytest.mark.parametrize("verb", ["reject", "delete"])
async def test_every_change_can_be_done_without_a_reply(simulator: Simulator, owner: Caller, verb: str) -> None:
    name = request(simulator)
    if verb == "delete":
        simulator.set_cloud_status(name, "active")
    simulator.fault("lose-reply", verb)
    with pytest.raises(httpx.TransportError):
        await getattr(owner, verb)(name)
    assert simulator.connection(name).local_status == f"REQUEST_{verb.upper()}"


async def test_a_hanging_request_is_logged_but_never_answered(simulator: Simulator, owner: Caller) -> None:
    await owner.listing()
    simulator.fault("hang", "list")
    hanging = asyncio.create_task(owner.listing())
    [call] = await simulator.wait_for_call("list", fault="hang")
    assert call.status is None
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    assert (await owner.listing()).status_code == 200


async def test_a_hanging_request_ends_with_the_simulator(simulator: Simulator, owner: Caller) -> None:
    simulator.fault("hang", "list")
    hanging = asyncio.create_task(owner.listing())
    await simulator.wait_for_call("list")
    await simulator.stop()
    with pytest.raises(httpx.TransportError):
        await hanging


async def test_latency_is_simulated_time(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    simulator.fault("latency", "accept", seconds=30)
    slow = asyncio.create_task(owner.accept(name))
    await simulator.wait_for_call("accept")
    simulator.advance(29)
    assert (await owner.row(name))["localStatus"] == "NONE"
    simulator.advance(1)
    assert (await slow).status_code == 202


async def test_malformed_json_breaks_off(simulator: Simulator, owner: Caller) -> None:
    simulator.fault("malformed-json", "list")
    response = await owner.listing()
    assert response.status_code == 200
    with pytest.raises(ValueError, match="Unterminated"):
        response.json()


async def test_a_proxys_page_is_html(simulator: Simulator, owner: Caller) -> None:
    simulator.fault("proxy-page")
    response = await owner.listing()
    assert (response.status_code, response.headers["Content-Type"]) == (502, "text/html")
    assert response.text.startswith("<html>")
    simulator.fault("proxy-page", status=200, body="<html>sign in</html>")
    assert (await owner.listing()).text == "<html>sign in</html>"


async def test_an_accept_without_effect_is_answered_all_the_same(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    before = simulator.connection(name)
    simulator.fault("no-effect", "accept")
    assert (await owner.accept(name)).status_code == 202
    assert simulator.connection(name) == before
    assert (await owner.accept(name)).status_code == 202
    assert simulator.connection(name) != before


async def test_without_effect_what_is_wrong_is_still_refused(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    simulator.fault("no-effect", "accept")
    assert code(await owner.accept(name, vpc=OTHER_VPC)) == (400, "VALIDATION_ERROR")


async def test_a_stuck_accept_stays_requested_and_can_be_repeated(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    simulator.fault("stuck", "accept")
    assert (await owner.accept(name)).status_code == 202
    simulator.advance(600)
    row = await owner.row(name)
    assert (row["cloudStatus"], row["localStatus"]) == ("pending-acceptance", "ACCEPT_REQUESTED")
    assert (await owner.accept(name)).status_code == 202
    simulator.advance(10)
    assert (await owner.row(name))["cloudStatus"] == "active"


@pytest.mark.parametrize(("kind", "local_status"), [("update-failed", "UPDATE_FAILED"), ("scan-failed", "SCAN_FAILED")])
async def test_atlas_can_fail_to_carry_it_out(
    simulator: Simulator, owner: Caller, kind: str, local_status: str
) -> None:
    name = request(simulator)
    simulator.fault(kind, "accept", message="AWS said no.")
    assert (await owner.accept(name)).status_code == 202
    assert (await owner.row(name))["localStatus"] == "REQUEST_ACCEPT"
    simulator.advance(10)
    row = await owner.row(name)
    assert (row["cloudStatus"], row["localStatus"]) == ("pending-acceptance", local_status)
    assert row["statusMessage"] == "AWS said no."
    assert (await owner.accept(name)).status_code == 202
    assert "statusMessage" not in await owner.row(name)


async def test_a_failed_action_does_not_stop_the_request_from_expiring(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator, delays={"expiration": 100})
    simulator.fault("update-failed", "accept", message="AWS said no.")
    await owner.accept(name)
    simulator.advance(100)
    assert (await owner.row(name))["cloudStatus"] == "expired"


async def test_a_delete_that_fails_leaves_it_active(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    simulator.set_cloud_status(name, "active")
    simulator.fault("update-failed", "delete")
    assert (await owner.delete(name)).status_code == 202
    simulator.advance(10)
    row = await owner.row(name)
    assert (row["cloudStatus"], row["localStatus"]) == ("active", "UPDATE_FAILED")


def test_an_unknown_kind_of_fault_is_refused(simulator: Simulator) -> None:
    with pytest.raises(ValueError, match="explode"):
        simulator.fault("explode")
