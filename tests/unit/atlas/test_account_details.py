"""The account details of a region, and how the caller learns that Atlas has none there."""

import json
from typing import Any

import httpx
import pytest

from atlas_streams_peering.transport.errors import ProjectNotFound, RequestRefused, Unauthorized, Unavailable
from simulator.caller import PROJECT
from unit.atlas.virtual_time import in_virtual_time
from unit.atlas.world import session_of

AWS = {"awsAccountId": "974404375205", "cidrBlock": "192.168.248.0/21", "vpcId": "vpc-0ef7efa5ceca36e2f"}


def refusal(status: int, code: str | None) -> httpx.Response:
    body: dict[str, Any] = {"error": status, "detail": "What Atlas says."}
    return httpx.Response(status, json=body | ({"errorCode": code} if code else {}))


async def test_the_details_come_as_atlas_wrote_them() -> None:
    requests = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json=AWS)

    assert await session_of(answer).account_details(PROJECT, "aws", "US_EAST_1") == AWS

    [request] = requests
    assert request.method == "GET"
    assert request.url.path == f"/api/atlas/v2/groups/{PROJECT}/streams/accountDetails"
    assert dict(request.url.params) == {"cloudProvider": "aws", "regionName": "US_EAST_1"}
    assert request.headers["Accept"] == "application/vnd.atlas.2024-11-13+json"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (404, "RESOURCE_NOT_FOUND"),
        (404, "CLOUD_PROVIDER_CONTAINER_NOT_FOUND"),
        (404, "PROVIDER_UNSUPPORTED"),
        (404, None),
        (400, "VALIDATION_ERROR"),
        (409, "REGION_UNAVAILABLE"),
    ],
)
async def test_a_region_without_a_network_is_a_refusal_with_its_status_and_code(status: int, code: str | None) -> None:
    session = session_of(lambda _: refusal(status, code))

    with pytest.raises(RequestRefused, match="What Atlas says") as raised:
        await session.account_details(PROJECT, "aws", "US_EAST_1")

    assert (raised.value.status, raised.value.code) == (status, code)


@pytest.mark.parametrize("code", ["GROUP_NOT_FOUND", "INVALID_GROUP_ID"])
async def test_a_missing_project_is_no_refusal(code: str) -> None:
    session = session_of(lambda _: refusal(404, code))

    with pytest.raises(ProjectNotFound, match=PROJECT):
        await session.account_details(PROJECT, "aws", "US_EAST_1")


async def test_a_missing_role_is_named() -> None:
    session = session_of(lambda _: refusal(401, "USER_UNAUTHORIZED"))

    with pytest.raises(Unauthorized, match="Project Read Only"):
        await session.account_details(PROJECT, "aws", "US_EAST_1")


@pytest.mark.parametrize("body", [[], None, "text", 5])
async def test_an_answer_that_is_no_object_counts_as_unavailable(body: object) -> None:
    session = session_of(lambda _: httpx.Response(200, content=json.dumps(body)))

    with pytest.raises(Unavailable, match="no object"):
        await session.account_details(PROJECT, "aws", "US_EAST_1")


def test_a_transient_failure_is_tried_again() -> None:
    answers = iter([httpx.Response(503), httpx.Response(200, json=AWS)])

    async def details() -> dict[str, Any]:
        return await session_of(lambda _: next(answers)).account_details(PROJECT, "aws", "US_EAST_1")

    assert in_virtual_time(details) == AWS
