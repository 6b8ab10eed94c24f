"""Tests of the contract: valid exchanges pass, and it finds each kind of violation."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from atlas_simulator import Exchange, Simulator
from simulator.caller import ACCOUNT, DETAILS_VERSION, PROJECT, VERSION, VPC, Caller, request
from simulator.contract import check_all, check_answers, request_violations, response_violations
from simulator.openapi import atlas

ROOT = f"/api/atlas/v2/groups/{PROJECT}/streams"
CHALLENGE = {"requesterAccountId": ACCOUNT, "requesterVpcId": VPC}
ROW = {"_id": "6759e61aa6cf0a5476e233d1", "cloudStatus": "active", "localStatus": "ACTIVE"}

LIST = Exchange(
    operation="list",
    method="GET",
    target=f"{ROOT}/vpcPeeringConnections?requesterAccountId={ACCOUNT}&itemsPerPage=500",
    request_headers={"accept": VERSION},
    request_body=b"",
    status=200,
    response_headers={"content-type": VERSION, "ratelimit-limit": "1200"},
    response_body=json.dumps({"results": [ROW], "totalCount": 1, "links": []}).encode(),
    fault=None,
)
ACCEPT = replace(
    LIST,
    operation="accept",
    method="POST",
    target=f"{ROOT}/vpcPeeringConnections/pcx-09277e1e81d0751c1:accept",
    request_headers={"accept": VERSION, "content-type": VERSION},
    request_body=json.dumps(CHALLENGE).encode(),
    status=202,
    response_body=b"",
)
DETAILS = replace(
    LIST,
    operation="account-details",
    target=f"{ROOT}/accountDetails?cloudProvider=aws&regionName=US_EAST_1",
    request_headers={"accept": DETAILS_VERSION},
    response_headers={"content-type": DETAILS_VERSION, "ratelimit-limit": "1200"},
    response_body=b'{"awsAccountId": "974404375205", "cidrBlock": "192.168.248.0/21", "vpcId": "vpc-00000001"}',
)


def refused(status: int, body: object) -> Exchange:
    headers = {"content-type": "application/json"}
    return replace(ACCEPT, status=status, response_headers=headers, response_body=json.dumps(body).encode())


def with_row(**fields: object) -> Exchange:
    return replace(LIST, response_body=json.dumps({"results": [ROW | fields]}).encode())


def with_details(**fields: object) -> Exchange:
    return replace(DETAILS, response_body=json.dumps(json.loads(DETAILS.response_body) | fields).encode())


def with_body(body: object) -> Exchange:
    return replace(ACCEPT, request_body=json.dumps(body).encode())


def with_target(exchange: Exchange, before: str, after: str) -> Exchange:
    return replace(exchange, target=exchange.target.replace(before, after))


def test_what_is_right_passes() -> None:
    check_all([LIST, DETAILS, with_details(cloudProvider="aws"), ACCEPT])
    check_all([replace(ACCEPT, request_headers={"accept": VERSION, "content-type": "application/json"})])


@pytest.mark.parametrize(
    ("exchange", "violation"),
    [
        (with_target(LIST, f"requesterAccountId={ACCOUNT}&", ""), "requesterAccountId is missing"),
        (with_target(LIST, ACCOUNT, ""), "requesterAccountId is empty"),
        (with_target(LIST, "=500", "=501"), "greater than the maximum"),
        (with_target(LIST, "=500", "=0"), "less than the minimum"),
        (with_target(LIST, "=500", "=many"), "not of type 'integer'"),
        (with_target(LIST, "itemsPerPage=500", "pretty=yes"), "not of type 'boolean'"),
        (with_target(LIST, "itemsPerPage", "perPage"), "perPage is not declared"),
        (with_target(LIST, PROJECT, "my-project"), "does not match"),
        (with_target(LIST, "vpcPeeringConnections", "peerings"), "no such operation"),
        (replace(LIST, method="PATCH"), "no such operation"),
        (replace(LIST, request_headers={}), "Accept ''"),
        (replace(LIST, request_headers={"accept": "application/json"}), "Accept"),
        (replace(LIST, request_headers={"accept": VERSION.replace("2023", "2024")}), "Accept"),
        (replace(LIST, request_body=b"{}"), "takes no body"),
        (with_target(DETAILS, "cloudProvider=aws&", ""), "cloudProvider is missing"),
        (with_target(DETAILS, "&regionName=US_EAST_1", ""), "regionName is missing"),
        (with_target(DETAILS, "=US_EAST_1", "="), "regionName is empty"),
        (with_target(DETAILS, "regionName", "pretty=true&regionName"), "pretty is not declared"),
        (replace(DETAILS, request_headers={"accept": VERSION}), "Accept"),
        (replace(DETAILS, request_body=b"{}"), "takes no body"),
        (with_target(ACCEPT, ":accept", "%3Aaccept"), "no such operation"),
        (replace(ACCEPT, request_headers={"accept": VERSION}), "Content-Type ''"),
        (replace(ACCEPT, request_body=b""), "not JSON"),
        (with_body([]), "not of type 'object'"),
        (with_body({**CHALLENGE, "requesterAccountId": 417601102659}), "not of type 'string'"),
        (with_body({**CHALLENGE, "requesterCidr": "10.0.0.0/16"}), "'requesterCidr' was unexpected"),
        (with_body({**CHALLENGE, "links": []}), "'links' was unexpected"),
    ],
)
def test_a_wrong_request_is_found(exchange: Exchange, violation: str) -> None:
    assert violation in "\n".join(request_violations(exchange))
    with pytest.raises(AssertionError, match="Accept" if "Accept" in violation else violation.replace("'", ".")):
        check_all([exchange])


@pytest.mark.parametrize(
    ("exchange", "violation"),
    [
        (replace(LIST, response_headers={"content-type": "application/json"}), "Content-Type"),
        (replace(LIST, response_headers={"content-type": VERSION, "ratelimit-limit": "many"}), "RateLimit-Limit"),
        (replace(LIST, response_body=b"{"), "not JSON"),
        (replace(LIST, response_body=b"{}"), "'results' is a required property"),
        (replace(LIST, response_body=b'{"results": [], "totalCount": -1}'), "less than the minimum"),
        (replace(LIST, response_body=b'{"results": [], "totalCount": 2147483648}'), "int32"),
        (with_row(localStatus="ASLEEP"), "'ASLEEP' is not one of"),
        (with_row(_id="1"), "does not match"),
        (with_row(cloudStatus=None), "not of type 'string'"),
        (with_row(expirationTime="tomorrow"), "date-time"),
        (with_row(expirationTime="2024-12-18T19:20:37"), "date-time"),
        (with_row(region="US_EAST_1"), "'region' was unexpected"),
        (replace(DETAILS, response_headers={"content-type": VERSION}), "Content-Type"),
        (replace(DETAILS, response_body=b"[]"), "not valid under any"),
        (with_details(region="US_EAST_1"), "not valid under any"),
        (with_details(cloudProvider="aws", region="US_EAST_1"), "'region' was unexpected"),
        (with_details(cloudProvider="azure"), "'awsAccountId', 'vpcId' were unexpected"),
        (with_details(cidrBlock=None), "not valid under any"),
        (replace(LIST, status=204, response_body=b""), "204 is not declared"),
        (replace(ACCEPT, response_body=b"{}"), "must be empty"),
        (refused(418, {"error": 418, "errorCode": "TEAPOT"}), "418 is not declared"),
        (refused(409, {"error": 409}), "'errorCode' is a required property"),
        (refused(404, {"error": "404", "errorCode": "X"}), "not of type 'integer'"),
        (refused(404, {"error": 404, "errorCode": "X", "hint": "?"}), "'hint' was unexpected"),
        (refused(401, {"detail": "No."}), "'error' is a required property"),
        (refused(400, {"error": 400, "errorCode": "X", "badRequestDetail": {"fields": [{}]}}), "not valid under any"),
        (replace(refused(404, {}), response_headers={"content-type": "text/html"}), "text/html"),
        (replace(refused(409, {"error": 409, "errorCode": "X"}), response_headers={}), "application/json"),
        (replace(LIST, target="/nowhere"), "does not exist"),
    ],
)
def test_a_wrong_answer_is_found(exchange: Exchange, violation: str) -> None:
    assert violation in "\n".join(response_violations(exchange))
    with pytest.raises(AssertionError):
        check_answers([exchange])


@pytest.mark.parametrize(
    "body",
    [
        {"error": 404, "errorCode": "X", "reason": None, "detail": None, "badRequestDetail": None},
        {"error": 404, "errorCode": "X", "parameters": ["a path", 19, 300]},
        {"error": 404, "errorCode": "X", "badRequestDetail": {"fields": [{"field": "a", "description": "b"}]}},
    ],
)
def test_every_form_of_an_error_passes(body: object) -> None:
    assert response_violations(refused(404, body)) == []


def test_a_plain_401_needs_no_error_code() -> None:
    assert response_violations(refused(401, {"error": 401, "detail": "No."})) == []


def test_an_answer_that_a_fault_replaced_or_prevented_is_not_judged() -> None:
    assert response_violations(replace(LIST, response_body=b"<html>", fault="proxy-page")) == []
    assert response_violations(replace(LIST, status=None, fault="drop")) == []
    assert response_violations(replace(LIST, response_body=b"<html>", fault="latency")) != []


def test_a_wrong_request_may_be_refused_but_must_not_succeed() -> None:
    wrong = with_target(LIST, "=500", "=501")
    error = {"error": 400, "errorCode": "VALIDATION_ERROR"}
    check_answers([replace(refused(400, error), method="GET", target=wrong.target)])
    with pytest.raises(AssertionError, match="succeeded, although"):
        check_answers([wrong])


def test_a_later_version_may_be_asked_for_where_exactness_is_not() -> None:
    later = replace(LIST, request_headers={"accept": "application/vnd.atlas.2025-03-12+json"})
    check_answers([later])
    assert request_violations(later) != []


@pytest.mark.parametrize(
    ("schema", "document", "right"),
    [
        ("AccountDetails", {"awsAccountId": "1", "cidrBlock": "192.168.248.0/21", "vpcId": "vpc-1"}, True),
        ("AccountDetails", {"cloudProvider": "azure", "virtualNetworkName": "n", "cidrBlock": "c"}, True),
        ("AccountDetails", {"cloudProvider": "azure", "vpcId": "vpc-1"}, False),
        ("AccountDetails", {"vpcId": "vpc-1", "gcpProjectId": "p"}, False),
        ("CloudProviderContainer", {"providerName": "AWS", "regionName": "US_EAST_1", "id": "a" * 24}, True),
        ("CloudProviderContainer", {"providerName": "AWS", "region": "US_EAST", "atlasCidrBlock": "c"}, False),
        ("CloudProviderContainer", {"providerName": "AWS", "regionName": "NOWHERE"}, False),
        ("CloudProviderContainer", {"regionName": "US_EAST_1", "colour": "blue"}, False),
    ],
)
def test_variants_are_told_apart_by_their_discriminator(schema: str, document: object, right: bool) -> None:
    errors = atlas().errors(document, atlas().named_schema(schema), "response")
    assert (errors == []) is right, errors


def test_read_only_fields_are_not_for_requests() -> None:
    container = {"providerName": "AWS", "regionName": "US_EAST_1", "vpcId": "vpc-0d13eb6a2f0377854"}
    schema = atlas().named_schema("CloudProviderContainer")
    assert atlas().errors(container, schema, "response") == []
    assert atlas().errors(container, schema, "request") != []


def test_every_operation_of_the_document_can_be_checked() -> None:
    for operation in atlas().operations:
        schemas: list[tuple[dict[str, Any], str]] = []
        for response in operation.responses.values():
            schemas += [(each.get("schema", {}), "response") for each in response.get("content", {}).values()]
        for schema, _ in schemas:
            atlas().errors({}, schema, "response")
        if operation.request_body is not None:
            for content in operation.request_body["content"].values():
                atlas().errors({}, content["schema"], "request")


async def test_the_documented_procedure_keeps_to_the_contract(simulator: Simulator, owner: Caller) -> None:
    await owner.details()
    name = request(simulator)
    await owner.listing()
    await owner.accept(name)
    simulator.advance(10)
    await owner.listing(itemsPerPage=500, pageNum=1)
    await owner.delete(name)
    simulator.advance(10)
    await owner.reject(request(simulator))
    auth = ("mdb_sa_id_owner", "secret-of-owner")
    headers = {"Accept": "application/json"}
    async with httpx.AsyncClient(base_url=simulator.base_url, headers=headers, auth=auth) as client:
        token = (await client.post("/api/oauth/token", data={"grant_type": "client_credentials"})).json()
        await client.post("/api/oauth/revoke", data={"token": token["access_token"]})
    assert len(simulator.exchanges) == 9
    check_all(simulator.exchanges)
