"""A client of the simulator that can also send invalid requests."""

import ssl
from typing import Any, Final

import httpx

from atlas_simulator import Controls

PROJECT = "671a86f4cfc9da7d7c31b14f"
OTHER_PROJECT = "aaaaaaaaaaaaaaaaaaaaaaaa"
UNKNOWN_PROJECT = "ffffffffffffffffffffffff"
ACCOUNT = "417601102659"
VPC = "vpc-0d13eb6a2f0377854"
OTHER_VPC = "vpc-0aaaaaaaaaaaaaaaa"
VERSION = "application/vnd.atlas.2023-02-01+json"
DETAILS_VERSION = "application/vnd.atlas.2024-11-13+json"
DAY = 86_400
WITHOUT_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For httpx' `verify`: by itself it reads all authorities for each client, also for one that speaks plain HTTP."""


class Caller:
    """Calls the operations of one project."""

    def __init__(self, client: httpx.AsyncClient, project: str = PROJECT) -> None:
        self.client = client
        self.project = project

    @property
    def path(self) -> str:
        return f"/api/atlas/v2/groups/{self.project}/streams/vpcPeeringConnections"

    @property
    def details_path(self) -> str:
        return f"/api/atlas/v2/groups/{self.project}/streams/accountDetails"

    async def details(
        self, provider: str = "aws", region: str = "US_EAST_1", *, accept: str = DETAILS_VERSION
    ) -> httpx.Response:
        query = {"cloudProvider": provider, "regionName": region}
        return await self.client.get(self.details_path, params=query, headers={"Accept": accept})

    async def listing(self, account: str = ACCOUNT, **query: str | int) -> httpx.Response:
        return await self.client.get(self.path, params={"requesterAccountId": account, **query})

    async def rows(self, account: str = ACCOUNT, **query: str | int) -> list[dict[str, Any]]:
        response = await self.listing(account, **query)
        assert response.status_code == 200, response.text
        results: list[dict[str, Any]] = response.json()["results"]
        return results

    async def row(self, name: str) -> dict[str, Any]:
        [row] = [row for row in await self.rows() if row["name"] == name]
        return row

    async def accept(self, name: str, *, account: str = ACCOUNT, vpc: str = VPC) -> httpx.Response:
        body = {"requesterAccountId": account, "requesterVpcId": vpc}
        return await self.client.post(f"{self.path}/{name}:accept", json=body)

    async def reject(self, name: str) -> httpx.Response:
        return await self.client.post(f"{self.path}/{name}:reject")

    async def delete(self, name: str) -> httpx.Response:
        return await self.client.delete(f"{self.path}/{name}")


def request(simulator: Controls, vpc: str = VPC, account: str = ACCOUNT, **options: Any) -> str:
    """Request a peering with the project."""
    return simulator.request_peering(project=PROJECT, account=account, vpc=vpc, **options)


def code(response: httpx.Response) -> tuple[int, str | None]:
    """Return the status and ``errorCode`` of an error."""
    body = response.json()
    assert body["error"] == response.status_code
    return response.status_code, body.get("errorCode")
