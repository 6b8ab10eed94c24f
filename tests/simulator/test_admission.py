import httpx
import pytest

from atlas_simulator import Simulator
from simulator.caller import OTHER_PROJECT, PROJECT, UNKNOWN_PROJECT, VERSION, Caller, code, request

ROOT = f"/api/atlas/v2/groups/{PROJECT}/streams/vpcPeeringConnections"


def reader(simulator: Simulator, client: httpx.AsyncClient, project: str = PROJECT) -> Caller:
    simulator.add_api_key("reader", "private", roles={PROJECT: "read"})
    client.auth = httpx.DigestAuth("reader", "private")
    return Caller(client, project)


async def test_read_only_may_list(simulator: Simulator, client: httpx.AsyncClient) -> None:
    assert (await reader(simulator, client).listing()).status_code == 200


async def test_read_only_may_change_nothing(simulator: Simulator, client: httpx.AsyncClient) -> None:
    name = request(simulator)
    caller = reader(simulator, client)
    for response in (await caller.accept(name), await caller.reject(name), await caller.delete(name)):
        assert code(response) == (401, "USER_UNAUTHORIZED")
        assert response.json()["detail"] == "Current user is not authorized to perform this action."
    assert simulator.connection(name).local_status == "NONE"


async def test_without_a_role_the_project_is_closed(simulator: Simulator, client: httpx.AsyncClient) -> None:
    caller = reader(simulator, client, OTHER_PROJECT)
    assert code(await caller.listing()) == (401, "USER_CANNOT_ACCESS_GROUP")
    simulator.configure({"no_role": "NOT_IN_GROUP"})
    assert code(await caller.listing()) == (401, "NOT_IN_GROUP")


async def test_a_refused_role_is_no_new_challenge(simulator: Simulator, client: httpx.AsyncClient) -> None:
    response = await reader(simulator, client, OTHER_PROJECT).listing()
    assert "WWW-Authenticate" not in response.headers


async def test_another_organizations_key_is_not_in_the_group(simulator: Simulator, client: httpx.AsyncClient) -> None:
    simulator.add_api_key("foreign", "private", roles={PROJECT: "owner"}, organization="elsewhere")
    client.auth = httpx.DigestAuth("foreign", "private")
    assert code(await Caller(client).listing()) == (401, "NOT_IN_GROUP")


async def test_an_unknown_project_is_not_found(simulator: Simulator, owner: Caller) -> None:
    owner.project = UNKNOWN_PROJECT
    response = await owner.listing()
    assert code(response) == (404, "GROUP_NOT_FOUND")
    assert response.json()["parameters"] == [UNKNOWN_PROJECT]
    simulator.configure({"unknown_project": "NOT_IN_GROUP"})
    assert code(await owner.listing()) == (401, "NOT_IN_GROUP")


async def test_a_removed_project_is_unknown(simulator: Simulator, owner: Caller) -> None:
    simulator.remove_project(PROJECT)
    assert code(await owner.listing()) == (404, "GROUP_NOT_FOUND")


@pytest.mark.parametrize("project", ["abc", PROJECT.upper(), PROJECT + "0", "%20"])
async def test_a_malformed_project_id_is_invalid(owner: Caller, project: str) -> None:
    owner.project = project
    assert code(await owner.listing()) == (404, "INVALID_GROUP_ID")


async def test_a_role_can_be_given_and_taken(simulator: Simulator, client: httpx.AsyncClient) -> None:
    name = request(simulator)
    caller = reader(simulator, client)
    simulator.set_role("reader", PROJECT, "owner")
    assert (await caller.accept(name)).status_code == 202
    simulator.set_role("reader", PROJECT, None)
    assert (await caller.listing()).status_code == 401


async def test_an_address_off_the_access_list_is_named(simulator: Simulator, owner: Caller) -> None:
    simulator.block_address("owner", "203.0.113.7")
    response = await owner.listing()
    assert code(response) == (403, "IP_ADDRESS_NOT_ON_ACCESS_LIST")
    assert response.json()["parameters"] == ["203.0.113.7"]
    simulator.block_address("owner", None)
    assert (await owner.listing()).status_code == 200


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/json",
        "application/vnd.atlas+json",
        "application/vnd.atlas.2023-02-02+json",
        "application/vnd.atlas.2023-01-01+json",
        "application/vnd.atlas.2023-02-01",
        "application/vnd.atlas.preview+json",
        "",
    ],
)
async def test_no_version_an_unknown_or_an_older_one_is_not_acceptable(
    simulator: Simulator, owner: Caller, accept: str
) -> None:
    name = request(simulator)
    owner.client.headers["Accept"] = accept
    responses = [
        await owner.listing(),
        await owner.accept(name),
        await owner.reject(name),
        await owner.delete(name),
    ]
    assert [response.status_code for response in responses] == [406] * 4
    assert simulator.connection(name).local_status == "NONE"


@pytest.mark.parametrize(
    "accept",
    [
        VERSION,
        "application/vnd.atlas.2025-03-12+json",
        f"application/json, {VERSION}; q=0.9",
    ],
)
async def test_its_own_version_or_a_later_one_is_served_as_its_own(owner: Caller, accept: str) -> None:
    owner.client.headers["Accept"] = accept
    response = await owner.listing()
    assert response.status_code == 200
    assert response.headers["Content-Type"] == VERSION


@pytest.mark.parametrize(
    "path",
    ["/", "/api/atlas/v2/groups", ROOT + "/", ROOT.replace("v2", "v1"), "/api/oauth/other"],
)
async def test_an_unknown_path_is_not_found(owner: Caller, path: str) -> None:
    assert code(await owner.client.get(path)) == (404, "RESOURCE_NOT_FOUND")


async def test_an_encoded_colon_is_another_path(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    response = await owner.client.post(f"{ROOT}/{name}%3Aaccept", json={})
    assert code(response) == (404, "RESOURCE_NOT_FOUND")


async def test_a_path_without_that_method_says_so(simulator: Simulator, owner: Caller) -> None:
    response = await owner.client.get(f"{ROOT}/{request(simulator)}")
    assert code(response) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["Allow"] == "DELETE"
