"""A client of the simulated Confluent Cloud that can also send invalid requests."""

from typing import Any

import httpx

from atlas_simulator import Simulator

ENVIRONMENT = "env-gz903"
OTHER_ENVIRONMENT = "env-6k502"
NETWORK = "n-6k5026"
KEY, SECRET = "ABCDEFGH12345678", "secret-of-abcdefgh"
CONFLUENT_ACCOUNT = "417601102659"
CONFLUENT_VPC = "vpc-0d13eb6a2f0377854"
CONFLUENT_CIDR = "10.0.0.0/16"
ATLAS_ACCOUNT = "974404375205"
ATLAS_VPC = "vpc-0ef7efa5ceca36e2f"
ATLAS_CIDR = "192.168.248.0/21"
NETWORKS = "/networking/v1/networks"
PEERINGS = "/networking/v1/peerings"
SETTLED = 10.0
"""Seconds after which nothing is under way any more."""


def peering_body(*, environment: str = ENVIRONMENT, network: str = NETWORK, **cloud: Any) -> dict[str, Any]:
    """Return the body that requests a peering with the Atlas project."""
    spec = {
        "display_name": "atlas",
        "cloud": {
            "kind": "AwsPeering",
            "account": ATLAS_ACCOUNT,
            "vpc": ATLAS_VPC,
            "routes": [ATLAS_CIDR],
            "customer_region": "us-east-1",
            **cloud,
        },
        "environment": {"id": environment},
        "network": {"id": network},
    }
    return {"spec": spec}


class CloudCaller:
    """Calls the operations in one environment."""

    def __init__(self, client: httpx.AsyncClient, environment: str = ENVIRONMENT) -> None:
        self.client = client
        self.environment = environment

    async def get(self, path: str, /, **query: Any) -> httpx.Response:
        return await self.client.get(path, params={"environment": self.environment, **query})

    async def create(self, **cloud: Any) -> httpx.Response:
        return await self.client.post(PEERINGS, json=peering_body(environment=self.environment, **cloud))

    async def created(self, **cloud: Any) -> str:
        response = await self.create(**cloud)
        assert response.status_code == 202, response.text
        peering: str = response.json()["id"]
        return peering

    async def status(self, peering: str) -> dict[str, str]:
        response = await self.get(f"{PEERINGS}/{peering}")
        assert response.status_code == 200, response.text
        status: dict[str, str] = response.json()["status"]
        return status

    async def phase(self, peering: str) -> str:
        return (await self.status(peering))["phase"]

    async def delete(self, peering: str) -> httpx.Response:
        return await self.client.delete(f"{PEERINGS}/{peering}", params={"environment": self.environment})

    async def rows(self, path: str = PEERINGS, /, **query: Any) -> list[dict[str, Any]]:
        response = await self.get(path, **query)
        assert response.status_code == 200, response.text
        rows: list[dict[str, Any]] = response.json()["data"]
        return rows

    async def ids(self, path: str = PEERINGS, /, **query: Any) -> list[str]:
        return [row["id"] for row in await self.rows(path, **query)]


def error(response: httpx.Response) -> tuple[int, str]:
    """Return the status and detail of the only error."""
    [found] = response.json()["errors"]
    assert found["status"] == str(response.status_code)
    assert found["id"] == response.headers["X-Request-Id"]
    return response.status_code, found["detail"]


def add_peerings(simulator: Simulator, count: int) -> list[str]:
    """Create peerings of one network with VPCs that no Atlas project has."""
    simulator.configure({"confluent": {"peerings_per_network": count}})
    return [
        simulator.confluent.create_peering(
            NETWORK, account=ATLAS_ACCOUNT, vpc=f"vpc-{number:08x}", routes=[f"192.168.{number}.0/24"]
        )
        for number in range(count)
    ]
