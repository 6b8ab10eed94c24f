from typing import Any

import pytest

from atlas_simulator import Simulator
from simulator.caller import ACCOUNT, OTHER_PROJECT, OTHER_VPC, VERSION, VPC, Caller, code, request

BODY = {"requesterAccountId": ACCOUNT, "requesterVpcId": VPC}
STATES = (
    "initiating-request",
    "pending-acceptance",
    "provisioning",
    "active",
    "deleting",
    "deleted",
    "rejected",
    "failed",
    "expired",
    "hibernating",
)


@pytest.mark.parametrize("action", ["accept", "reject", "delete"])
async def test_success_is_202_without_a_body(simulator: Simulator, owner: Caller, action: str) -> None:
    name = request(simulator)
    if action == "delete":
        simulator.set_cloud_status(name, "active")
    response = await getattr(owner, action)(name)
    assert (response.status_code, response.content) == (202, b"")
    assert response.headers["Content-Type"] == VERSION


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", VERSION])
async def test_a_challenge_comes_as_json(simulator: Simulator, owner: Caller, content_type: str) -> None:
    name = request(simulator)
    response = await owner.client.post(f"{owner.path}/{name}:accept", json=BODY, headers={"Content-Type": content_type})
    assert response.status_code == 202


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/vnd.atlas.2023-01-01+json",
        "application/vnd.atlas.2023-02-02+json",
    ],
)
async def test_a_challenge_of_another_type_is_unsupported(
    simulator: Simulator, owner: Caller, content_type: str
) -> None:
    name = request(simulator)
    response = await owner.client.post(f"{owner.path}/{name}:accept", json=BODY, headers={"Content-Type": content_type})
    assert code(response) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    ("body", "error_code"),
    [
        (b"", "VALIDATION_ERROR"),
        (b"{", "VALIDATION_ERROR"),
        (b"\xff", "VALIDATION_ERROR"),
        (b"[]", "VALIDATION_ERROR"),
        (b"{}", "VALIDATION_ERROR"),
        (b'{"requesterAccountId": "417601102659"}', "VALIDATION_ERROR"),
        (b'{"requesterVpcId": "vpc-0d13eb6a2f0377854"}', "VALIDATION_ERROR"),
        (
            b'{"requesterAccountId": 417601102659, "requesterVpcId": "vpc-0d13eb6a2f0377854"}',
            "VALIDATION_ERROR",
        ),
        (b'{"requesterCidr": "10.0.0.0/16"}', "INVALID_ATTRIBUTE"),
        (b'{"links": []}', "ATTRIBUTE_READ_ONLY"),
    ],
)
async def test_a_challenge_that_is_not_whole_is_refused(
    simulator: Simulator, owner: Caller, body: bytes, error_code: str
) -> None:
    name = request(simulator)
    headers = {"Content-Type": "application/json"}
    response = await owner.client.post(f"{owner.path}/{name}:accept", content=body, headers=headers)
    assert code(response) == (400, error_code)
    assert simulator.connection(name).local_status == "NONE"


@pytest.mark.parametrize("wrong", [{"account": "000000000001"}, {"vpc": OTHER_VPC}, {"vpc": VPC.upper()}])
async def test_a_challenge_of_another_requester_is_refused(
    simulator: Simulator, owner: Caller, wrong: dict[str, str]
) -> None:
    name = request(simulator)
    assert code(await owner.accept(name, **wrong)) == (400, "VALIDATION_ERROR")
    assert simulator.connection(name).local_status == "NONE"


async def test_how_a_wrong_challenge_is_refused_can_be_set(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    simulator.configure({"challenge_mismatch": {"status": 404, "error_code": "RESOURCE_NOT_FOUND"}})
    assert code(await owner.accept(name, vpc=OTHER_VPC)) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize("action", ["accept", "reject", "delete"])
async def test_an_unknown_name_is_not_found(owner: Caller, action: str) -> None:
    response = await getattr(owner, action)("pcx-0aaaaaaaaaaaaaaaa")
    assert code(response) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize("action", ["accept", "reject", "delete"])
async def test_the_rows_id_is_not_its_name(simulator: Simulator, owner: Caller, action: str) -> None:
    name = request(simulator)
    row_id = (await owner.row(name))["_id"]
    assert code(await getattr(owner, action)(row_id)) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize("action", ["accept", "reject", "delete"])
async def test_another_projects_connection_is_not_found(simulator: Simulator, owner: Caller, action: str) -> None:
    name = request(simulator)
    owner.project = OTHER_PROJECT
    assert code(await getattr(owner, action)(name)) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    ("action", "allowed"),
    [("accept", "pending-acceptance"), ("reject", "pending-acceptance"), ("delete", "active")],
)
async def test_each_action_is_taken_in_one_state_only(
    simulator: Simulator, owner: Caller, action: str, allowed: str, state: str
) -> None:
    name = request(simulator)
    simulator.set_cloud_status(name, state)
    before = simulator.connection(name)
    response = await getattr(owner, action)(name)
    if state == allowed:
        assert response.status_code == 202
    else:
        assert code(response) == (409, "PEER_INVALID_STATE")
        assert simulator.connection(name) == before


async def test_how_a_wrong_state_is_refused_can_be_set(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    simulator.configure({"invalid_state": {"status": 400, "error_code": "VALIDATION_ERROR", "detail": "No."}})
    response = await owner.delete(name)
    assert code(response) == (400, "VALIDATION_ERROR")
    assert response.json()["detail"] == "No."


async def test_deleting_while_provisioning_can_be_allowed(simulator: Simulator, owner: Caller) -> None:
    simulator.configure({"deletable": ["active", "provisioning"]})
    name = request(simulator)
    await owner.accept(name)
    simulator.advance(2)
    assert simulator.connection(name).cloud_status == "provisioning"
    assert (await owner.delete(name)).status_code == 202
    simulator.advance(10)
    assert simulator.connection(name).cloud_status == "deleted"


@pytest.mark.parametrize(("first", "second"), [("accept", "accept"), ("accept", "reject"), ("reject", "accept")])
async def test_what_is_under_way_is_not_taken_again(
    simulator: Simulator, owner: Caller, first: str, second: str
) -> None:
    name = request(simulator)
    assert (await getattr(owner, first)(name)).status_code == 202
    assert code(await getattr(owner, second)(name)) == (409, "PEER_INVALID_STATE")


async def test_a_delete_under_way_is_not_taken_again(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    simulator.set_cloud_status(name, "active")
    assert (await owner.delete(name)).status_code == 202
    assert code(await owner.delete(name)) == (409, "PEER_INVALID_STATE")


async def test_a_vanished_connection_is_not_found(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    simulator.vanish(name)
    for response in (await owner.accept(name), await owner.reject(name), await owner.delete(name)):
        assert code(response) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize("query", [{"envelope": "true"}, {"envelope": "maybe"}])
async def test_an_envelope_is_refused(simulator: Simulator, owner: Caller, query: dict[str, Any]) -> None:
    name = request(simulator)
    response = await owner.client.post(f"{owner.path}/{name}:reject", params=query)
    assert code(response) == (400, "VALIDATION_ERROR")
