"""Credentials and connections that the tests of the client share, and an Atlas that answers as it is told."""

from collections.abc import Callable
from typing import Any

import httpx

from atlas_simulator import Simulator
from atlas_streams_peering.atlas.client import Atlas, Session, parse_connection
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.transport.budget import RateBudget
from atlas_streams_peering.transport.credentials import ApiKey, Credentials, ServiceAccount
from simulator.caller import ACCOUNT, PROJECT, VPC, request

KEY = ApiKey("public-of-owner", "private-of-owner")
SERVICE_ACCOUNT = ServiceAccount("mdb_sa_id_0123456789abcdef01234567", "mdb_sa_sk_secret-of-owner")

PENDING = Connection(name="pcx-09277e1e81d0751c1", requester_account_id=ACCOUNT, requester_vpc_id=VPC)

EMPTY_LIST = {"links": [], "results": [], "totalCount": 0}

Handler = Callable[[httpx.Request], httpx.Response]


def session_of(
    handler: Handler,
    *,
    credentials: Credentials = KEY,
    budget: RateBudget | None = None,
    base_url: str = "https://atlas.example",
) -> Session:
    """Return a session whose every request is answered by `handler`, without a network."""
    atlas = Atlas(base_url, http_transport=httpx.MockTransport(handler))
    if budget is not None:
        atlas.budgets[PROJECT] = budget
    return atlas.session(credentials)


async def connection_of(simulator: Simulator, session: Session, **options: Any) -> Connection:
    """Let the requester ask for a peering, and return it as the list shows it."""
    name = request(simulator, **options)
    rows = await session.list_connections(PROJECT, ACCOUNT)
    return next(parse_connection(row) for row in rows if row["name"] == name)
