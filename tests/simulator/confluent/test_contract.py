"""Tests of the contract with Confluent Cloud: valid exchanges pass, and it finds each kind of violation."""

import json
from dataclasses import replace
from typing import Any

import pytest

from atlas_simulator import Exchange, Simulator
from simulator.confluent.caller import ENVIRONMENT, NETWORK, NETWORKS, PEERINGS, SETTLED, CloudCaller, peering_body
from simulator.contract import check_all, check_answers, request_violations, response_violations
from simulator.openapi import confluent

PEERING: dict[str, Any] = {
    "api_version": "networking/v1",
    "id": "peer-gez27g",
    "kind": "Peering",
    "metadata": {
        "created_at": "2022-04-11T21:32:22.226775Z",
        "resource_name": "crn://confluent.cloud/organization=foo/environment=env-gz903/network=n-1/peering=peer-gez27g",
        "self": "https://api.confluent.cloud/networking/v1/peerings/peer-gez27g?environment=env-gz903",
        "updated_at": "2022-04-11T21:32:22.226775Z",
    },
    "spec": {
        "cloud": {
            "account": "012345678901",
            "customer_region": "us-west-2",
            "kind": "networking.v1.AwsPeering",
            "routes": ["10.0.0.0/24", "10.0.0.7/32"],
            "vpc": "vpc-090dcc71c69483dc1",
        },
        "display_name": "my-test-peering",
        "environment": {"id": "env-gz903", "related": "https://example/e", "resource_name": "crn://e"},
        "network": {"id": "n-6k5026", "related": "https://example/n", "resource_name": "crn://n"},
    },
    "status": {"phase": "PROVISIONING"},
}
"""As ``read_provisioning_peering.json`` in Confluent's Terraform provider has it."""

LISTED = {
    "api_version": "networking/v1",
    "kind": "PeeringList",
    "data": [PEERING],
    "metadata": {"first": "https://example/first", "next": "", "total_size": 1},
}
HEADERS = {"content-type": "application/json", "x-ratelimit-limit": "300"}
LIST = Exchange(
    operation="list-peerings",
    method="GET",
    target=f"{PEERINGS}?environment={ENVIRONMENT}&spec.network=n-1&spec.network=n-2&page_size=1000",
    request_headers={"accept": "application/json"},
    request_body=b"",
    status=200,
    response_headers=HEADERS,
    response_body=json.dumps(LISTED).encode(),
    fault=None,
)
CREATE = replace(
    LIST,
    method="POST",
    target=PEERINGS,
    request_headers={"content-type": "application/json"},
    request_body=json.dumps(peering_body()).encode(),
    status=202,
    response_body=json.dumps(PEERING).encode(),
)
DELETE = replace(
    LIST,
    method="DELETE",
    target=f"{PEERINGS}/peer-gez27g?environment={ENVIRONMENT}",
    status=204,
    response_headers={},
    response_body=b"",
)
RECORDED_ERROR = {"id": "b113ea7e", "status": "404", "detail": "The peering was not found.", "source": {}}


def answered(**fields: object) -> Exchange:
    return replace(CREATE, response_body=json.dumps(PEERING | fields).encode())


def listed(**fields: object) -> Exchange:
    return replace(LIST, response_body=json.dumps(LISTED | fields).encode())


def asked(body: object) -> Exchange:
    return replace(CREATE, request_body=json.dumps(body).encode())


def refused(exchange: Exchange, status: int, body: object) -> Exchange:
    return replace(exchange, status=status, response_headers=HEADERS, response_body=json.dumps(body).encode())


def with_cloud(**fields: object) -> dict[str, object]:
    return {**PEERING["spec"], "cloud": {**PEERING["spec"]["cloud"], **fields}}


def test_what_confluent_was_recorded_to_answer_passes() -> None:
    check_all([LIST, CREATE, DELETE, answered(spec=with_cloud(kind="AwsPeering"))])
    check_answers([refused(DELETE, 404, {"errors": [RECORDED_ERROR]})])


@pytest.mark.parametrize(
    ("exchange", "violation"),
    [
        (replace(LIST, target=PEERINGS), "environment is missing"),
        (replace(LIST, target=f"{PEERINGS}?environment="), "environment is empty"),
        (replace(LIST, target=f"{PEERINGS}?environment=e&network=n-1"), "network is not declared"),
        (replace(LIST, target=f"{PEERINGS}?environment=e&page_size=1001"), "greater than the maximum"),
        (replace(LIST, target=f"{PEERINGS}?environment=e&page_token={'t' * 256}"), "too long"),
        (replace(LIST, target="/networking/v1/gateways"), "no such operation"),
        (replace(DELETE, request_body=b"{}"), "takes no body"),
        (asked({}), "'spec' is a required property"),
        (asked({"spec": {**peering_body()["spec"], "network": {}}}), "'id' is a required property"),
        (asked({"spec": {"cloud": peering_body()["spec"]["cloud"]}}), "'environment' is a required property"),
        (asked(peering_body(account="1")), "does not match"),
        (asked(peering_body(account=974404375205)), "not of type 'string'"),
        (asked(peering_body(routes=["everywhere"])), "does not match"),
        (asked(peering_body(vpc="")), "should be non-empty"),
        (asked(peering_body(colour="blue")), "'colour' was unexpected"),
        (asked({**peering_body(), "id": "peer-1"}), "'id' was unexpected"),
        (asked({**peering_body(), "status": {"phase": "READY"}}), "'status' was unexpected"),
        (replace(CREATE, request_headers={"content-type": "text/plain"}), "Content-Type"),
    ],
)
def test_a_wrong_request_is_found(exchange: Exchange, violation: str) -> None:
    assert violation in "\n".join(request_violations(exchange))


@pytest.mark.parametrize(
    ("exchange", "violation"),
    [
        (replace(LIST, response_body=b"{}"), "'data' is a required property"),
        (listed(kind="NetworkList"), "is not one of"),
        (listed(data=[{**PEERING, "metadata": {}}]), "'self' is a required property"),
        (listed(data=[{**PEERING, "spec": {"display_name": "x"}}]), "'cloud' is a required property"),
        (listed(data=[PEERING, PEERING]), "non-unique"),
        (listed(metadata={"total_size": -1}), "less than the minimum"),
        (answered(status={}), "'phase' is a required property"),
        (answered(status={"phase": "READY", "connection": "pcx-1"}), "'connection' was unexpected"),
        (answered(spec=with_cloud(vpc=None)), "not of type 'string'"),
        (answered(spec=with_cloud(kind="AwsPeering", tenant="x")), "'tenant' was unexpected"),
        (answered(spec=with_cloud(kind="networking.v1.GcpPeering")), "'project' is a required property"),
        (replace(DELETE, response_body=b"{}"), "must be empty"),
        (replace(LIST, response_headers={**HEADERS, "x-ratelimit-limit": "many"}), "X-RateLimit-Limit"),
        (replace(LIST, response_headers={"content-type": "text/html"}), "text/html"),
        (refused(LIST, 418, {"errors": []}), "418 is not declared"),
        (refused(LIST, 400, {"error": 400, "errorCode": "VALIDATION_ERROR"}), "'errors' is a required property"),
        (refused(LIST, 400, {"errors": [{"status": 400}]}), "not of type 'string'"),
        (refused(LIST, 429, {"errors": []}), "must be empty"),
        (replace(LIST, target="/networking/v1/gateways"), "does not exist"),
    ],
)
def test_a_wrong_answer_is_found(exchange: Exchange, violation: str) -> None:
    assert violation in "\n".join(response_violations(exchange))
    with pytest.raises(AssertionError):
        check_answers([exchange])


def test_every_operation_of_the_document_can_be_checked() -> None:
    assert len(confluent().operations) == 10
    for operation in confluent().operations:
        for response in operation.responses.values():
            for content in response.get("content", {}).values():
                confluent().errors({}, content["schema"], "response")
        if operation.request_body is not None:
            for content in operation.request_body["content"].values():
                confluent().errors({}, content["schema"], "request")


@pytest.mark.parametrize("long_kinds", [False, True])
async def test_the_documented_procedure_keeps_to_the_contract(
    simulator: Simulator, cloud: CloudCaller, long_kinds: bool
) -> None:
    simulator.configure({"confluent": {"long_kinds": long_kinds}})
    for kind in ("AZURE", "GCP"):
        simulator.confluent.add_network(environment=ENVIRONMENT, cloud=kind, region="eastus", ready_after=0)
    simulator.confluent.add_network(environment=ENVIRONMENT, cidr="10.1.0.0/16", display_name="later")
    await cloud.get(NETWORKS, page_size=1000)
    await cloud.get(f"{NETWORKS}/{NETWORK}")
    peering = await cloud.created()
    await cloud.phase(peering)
    simulator.advance(SETTLED)
    await cloud.rows(page_size=1)
    change = {"spec": {"display_name": "new", "environment": {"id": ENVIRONMENT}}}
    await cloud.client.patch(f"{PEERINGS}/{peering}", json=change)
    simulator.confluent.set_peering_phase(peering, "FAILED", code="X", message="Failed.")
    await cloud.phase(peering)
    await cloud.delete(peering)
    await cloud.phase(peering)
    assert [exchange.status for exchange in simulator.exchanges] == [200, 200, 202, 200, 200, 200, 200, 204, 200]
    check_all(simulator.exchanges)
