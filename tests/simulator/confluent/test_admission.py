import base64

import httpx
import pytest

from atlas_simulator import Simulator
from simulator.caller import WITHOUT_TLS
from simulator.confluent.caller import (
    ENVIRONMENT,
    KEY,
    NETWORK,
    NETWORKS,
    OTHER_ENVIRONMENT,
    PEERINGS,
    SECRET,
    CloudCaller,
    error,
    peering_body,
)


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Basic",
        "Basic !",
        "Bearer " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode(),
        "Basic " + base64.b64encode(f"{KEY}:wrong".encode()).decode(),
        "Basic " + base64.b64encode(f"nobody:{SECRET}".encode()).decode(),
        "Basic " + base64.b64encode(KEY.encode()).decode(),
        "Basic " + base64.b64encode(b"\xff").decode(),
    ],
)
async def test_a_request_without_a_valid_key_is_unauthorized(
    simulator: Simulator, cloud: CloudCaller, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    async with httpx.AsyncClient(
        base_url=simulator.base_url, headers=headers, verify=WITHOUT_TLS, trust_env=False
    ) as client:
        response = await client.get(PEERINGS, params={"environment": ENVIRONMENT})
    assert error(response) == (401, "Unauthorized")
    assert response.headers["WWW-Authenticate"].startswith("Basic ")


async def test_an_api_key_of_atlas_is_not_one_of_confluent_cloud(simulator: Simulator, cloud: CloudCaller) -> None:
    cloud.client.auth = httpx.BasicAuth("owner", "private-of-owner")
    assert (await cloud.get(PEERINGS)).status_code == 401


async def test_a_rotated_secret_replaces_the_old_one(simulator: Simulator, cloud: CloudCaller) -> None:
    simulator.confluent.set_secrets(KEY, ["new"])
    assert (await cloud.get(PEERINGS)).status_code == 401
    cloud.client.auth = httpx.BasicAuth(KEY, "new")
    assert (await cloud.get(PEERINGS)).status_code == 200
    simulator.confluent.remove_api_key(KEY)
    assert (await cloud.get(PEERINGS)).status_code == 401
    with pytest.raises(KeyError):
        simulator.confluent.remove_api_key(KEY)


async def test_a_key_without_a_role_in_the_environment_is_forbidden(simulator: Simulator, cloud: CloudCaller) -> None:
    peering = await cloud.created()
    simulator.confluent.set_role(KEY, ENVIRONMENT, None)
    responses = [
        await cloud.get(NETWORKS),
        await cloud.get(f"{NETWORKS}/{NETWORK}"),
        await cloud.get(PEERINGS),
        await cloud.get(f"{PEERINGS}/{peering}"),
        await cloud.create(),
        await cloud.delete(peering),
        await cloud.get(PEERINGS, environment="env-unknown"),
    ]
    assert [error(each) for each in responses] == [(403, "Forbidden Access")] * 7


async def test_a_key_that_may_only_read_changes_nothing(simulator: Simulator, cloud: CloudCaller) -> None:
    peering = await cloud.created()
    simulator.confluent.set_role(KEY, ENVIRONMENT, "read")
    assert await cloud.ids() == [peering]
    assert await cloud.ids(NETWORKS) == [NETWORK]
    change = {"spec": {"display_name": "x", "environment": {"id": ENVIRONMENT}}}
    assert (await cloud.client.patch(f"{PEERINGS}/{peering}", json=change)).status_code == 403
    assert (await cloud.create(vpc="vpc-00000001", routes=["172.16.0.0/16"])).status_code == 403
    assert (await cloud.delete(peering)).status_code == 403
    assert await cloud.ids() == [peering]


async def test_an_environment_does_not_show_what_another_has(cloud: CloudCaller) -> None:
    peering = await cloud.created()
    other = CloudCaller(cloud.client, OTHER_ENVIRONMENT)
    assert await other.ids() == await other.ids(NETWORKS) == []
    assert error(await other.get(f"{PEERINGS}/{peering}")) == (404, f"The peering {peering} was not found.")
    assert error(await other.get(f"{NETWORKS}/{NETWORK}")) == (404, f"The network {NETWORK} was not found.")
    assert (await other.delete(peering)).status_code == 404
    response = await other.client.post(PEERINGS, json=peering_body(environment=OTHER_ENVIRONMENT))
    assert error(response) == (400, f"The network {NETWORK} was not found.")


async def test_what_is_missing_may_be_forbidden_instead(simulator: Simulator, cloud: CloudCaller) -> None:
    simulator.configure({"confluent": {"missing_status": 403}})
    assert error(await cloud.get(f"{PEERINGS}/peer-000000")) == (403, "Forbidden Access")
    assert error(await cloud.get(f"{NETWORKS}/n-000000")) == (403, "Forbidden Access")


@pytest.mark.parametrize("path", [NETWORKS, PEERINGS, f"{NETWORKS}/{NETWORK}", f"{PEERINGS}/peer-000000"])
async def test_the_environment_is_required(cloud: CloudCaller, path: str) -> None:
    for query in ({}, {"environment": ""}):
        response = await cloud.client.get(path, params=query)
        assert error(response) == (400, "The parameter environment is required.")
        assert response.json()["errors"][0]["source"] == {"parameter": "environment"}
    assert error(await cloud.get(path, colour="blue")) == (400, "The parameter colour is unknown.")


async def test_other_paths_and_methods_are_refused_in_the_form_of_confluent(cloud: CloudCaller) -> None:
    assert error(await cloud.get("/networking/v1/gateways"))[0] == 404
    response = await cloud.client.post(NETWORKS, json={})
    assert (error(response)[0], response.headers["Allow"]) == (405, "GET")
