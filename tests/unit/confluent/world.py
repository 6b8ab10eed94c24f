"""A Confluent Cloud that answers as it is told, without a network, and keeps what it was asked."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx

from atlas_streams_peering.confluent.client import Confluent, Session
from atlas_streams_peering.transport.budget import RateBudget
from atlas_streams_peering.transport.credentials import BasicKey

KEY: Final = BasicKey("ABCDEFGH01234567", "secret-of-owner-0451")
ENVIRONMENT: Final = "env-a1b2c3"
OTHER_ENVIRONMENT: Final = "env-z9y8x7"
NETWORK: Final = "n-abc123"
PEERING: Final = "peer-xyz789"

NETWORK_ROW: Final[dict[str, Any]] = {
    "api_version": "networking/v1",
    "kind": "Network",
    "id": NETWORK,
    "metadata": {"self": f"https://api.confluent.cloud/networking/v1/networks/{NETWORK}"},
    "spec": {
        "display_name": "orders",
        "cloud": "AWS",
        "region": "us-east-1",
        "cidr": "10.0.0.0/16",
        "connection_types": ["PEERING"],
        "environment": {"id": ENVIRONMENT},
    },
    "status": {
        "phase": "READY",
        "supported_connection_types": ["PEERING"],
        "active_connection_types": [],
        "cloud": {"kind": "AwsNetwork", "account": "417601102659", "vpc": "vpc-0d13eb6a2f0377854"},
    },
}
PEERING_ROW: Final[dict[str, Any]] = {
    "api_version": "networking/v1",
    "kind": "Peering",
    "id": PEERING,
    "metadata": {"self": f"https://api.confluent.cloud/networking/v1/peerings/{PEERING}"},
    "spec": {
        "display_name": "orders",
        "cloud": {
            "kind": "networking.v1.AwsPeering",
            "account": "974404375205",
            "vpc": "vpc-0ef7efa5ceca36e2f",
            "routes": ["192.168.248.0/21"],
            "customer_region": "us-east-1",
        },
        "environment": {"id": ENVIRONMENT},
        "network": {"id": NETWORK},
    },
    "status": {"phase": "PENDING_ACCEPT"},
}
EMPTY_LIST: Final[dict[str, Any]] = {
    "api_version": "networking/v1",
    "kind": "PeeringList",
    "metadata": {"first": None, "last": None, "prev": None, "next": None},
    "data": [],
}

Handler = Callable[[httpx.Request], httpx.Response]


@dataclass(frozen=True)
class Exchange:
    """A request as the contract reads it. What the tests answer is not judged."""

    method: str
    target: str
    request_headers: dict[str, str]
    request_body: bytes
    status: int | None = None
    response_body: bytes = b""
    fault: str | None = None

    @property
    def response_headers(self) -> dict[str, str]:
        return {}


EXCHANGES: list[Exchange] = []
"""All requests of the running test."""


def confluent_of(handler: Handler, **options: Any) -> Confluent:
    """Return a Confluent Cloud whose every request is answered by `handler`."""

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        EXCHANGES.append(Exchange(request.method, request.url.raw_path.decode(), headers, request.content))
        return handler(request)

    base_url = options.pop("base_url", "https://confluent.example")
    return Confluent(base_url, http_transport=httpx.MockTransport(answer), **options)


def session_of(handler: Handler, *, budget: RateBudget | None = None) -> Session:
    """Return a session whose every request is answered by `handler`."""
    confluent = confluent_of(handler)
    if budget is not None:
        confluent.budgets[ENVIRONMENT] = budget
    return confluent.session(KEY)


def failure(status: int, *details: str, code: str | None = None, **headers: str) -> httpx.Response:
    """Return an error as Confluent Cloud words it."""
    errors = [{"id": "c0ffee", "status": str(status), "detail": detail, "source": {}} for detail in details]
    if code is not None:
        errors = [error | {"code": code} for error in errors]
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"errors": errors}, headers=named)


def body_of(exchange: Exchange) -> Any:
    """Return the decoded body of a request."""
    return json.loads(exchange.request_body)


async def create(session: Session) -> dict[str, Any]:
    """Request the peering of `PEERING_ROW`."""
    return await session.create_peering(
        ENVIRONMENT,
        NETWORK,
        display_name="orders",
        account_id="974404375205",
        vpc_id="vpc-0ef7efa5ceca36e2f",
        routes=("192.168.248.0/21",),
        customer_region="us-east-1",
    )
