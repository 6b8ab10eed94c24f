"""A client of the simulator's network peering endpoints, which can also send invalid requests."""

from typing import Any

import httpx

from simulator.caller import ACCOUNT, PROJECT, VPC

PEERING_VERSION = "application/vnd.atlas.2023-01-01+json"
ROUTES = "10.0.0.0/16"


class PeeringCaller:
    """Calls the network peering operations of one project."""

    def __init__(self, client: httpx.AsyncClient, project: str = PROJECT) -> None:
        self.client = client
        self.project = project

    @property
    def root(self) -> str:
        return f"/api/atlas/v2/groups/{self.project}"

    async def call(
        self, method: str, path: str, body: object = None, *, accept: str = PEERING_VERSION, **query: Any
    ) -> httpx.Response:
        headers = {"Accept": accept}
        return await self.client.request(method, f"{self.root}/{path}", json=body, params=query, headers=headers)

    async def peers(self, **query: Any) -> list[dict[str, Any]]:
        response = await self.call("GET", "peers", **query)
        assert response.status_code == 200, response.text
        rows: list[dict[str, Any]] = response.json()["results"]
        return rows

    async def containers(self) -> list[dict[str, Any]]:
        response = await self.call("GET", "containers", providerName="AWS")
        assert response.status_code == 200, response.text
        rows: list[dict[str, Any]] = response.json()["results"]
        return rows

    async def create(self, container: str, **changes: object) -> httpx.Response:
        return await self.call("POST", "peers", peer_body(container, **changes))

    async def peer(self, peer_id: str) -> dict[str, Any]:
        response = await self.call("GET", f"peers/{peer_id}")
        assert response.status_code == 200, response.text
        row: dict[str, Any] = response.json()
        return row

    async def create_container(self, region: str = "US_EAST_1", block: str = "192.168.240.0/21") -> httpx.Response:
        body = {"providerName": "AWS", "regionName": region, "atlasCidrBlock": block}
        return await self.call("POST", "containers", body)


def peer_body(container: str, **changes: object) -> dict[str, object]:
    """Return the body for a peering; a value that is ``...`` is left out."""
    body: dict[str, object] = {
        "providerName": "AWS",
        "containerId": container,
        "awsAccountId": ACCOUNT,
        "vpcId": VPC,
        "routeTableCidrBlock": ROUTES,
        "accepterRegionName": "eu-west-1",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}
