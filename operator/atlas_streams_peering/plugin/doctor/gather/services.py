"""Facts from Atlas and Confluent Cloud. Every request is a GET, except the one for a service account's token."""

import asyncio
from collections.abc import Awaitable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ....api.regions import atlas_region
from ....atlas.client import Session, parse_connection
from ....atlas.models import Connection
from ....atlas.network_peering import NetworkPeering
from ....atlas.system_status import ROOT, RoleAssignment, read_api_key
from ....confluent.client import Session as ConfluentSession
from ....confluent.client import parse_network
from ....transport.errors import RequestRefused, ServiceError, TransientError
from ....transport.probe import probe
from ....transport.proxy import WrongVariableError
from ....transport.route import route_to
from ..checks.assumptions import Answered, Behaviour
from ..checks.confluent import ConfluentAccess
from ..checks.network import Reached

CONFLUENT_ROOT: Final = "/networking/v1/networks"
_NOBODY: Final = "000000000000"
"""An AWS account that does not exist."""

_REGIONS: Final = ("AP_NORTHEAST_2", "SA_EAST_1", "CA_CENTRAL_1", "EU_WEST_3", "AP_SOUTH_1", "US_WEST_2", "EU_WEST_2")
"""AWS regions in which Atlas offers Stream Processing; few projects have networks in all of them."""


@dataclass(slots=True)
class ProjectFacts:
    """What one set of credentials can read of a project."""

    project: str
    error: ServiceError | None = None
    """Why it cannot be read."""
    connections: list[Connection] = field(default_factory=list)
    roles: Sequence[RoleAssignment] | None = None
    why_no_roles: str = ""
    regions: tuple[str, ...] = ()
    """The AWS regions with a network container, as Atlas spells them."""


async def reach(service: str, url: str, path: str) -> Reached:
    """Make one request without credentials."""
    try:
        route = route_to(url)
    except WrongVariableError as error:
        return Reached(service, url, wrong_variable=str(error))
    proxy = f"{route.proxy.address} ({route.proxy.variable})" if route.proxy else ""
    return Reached(service, url, proxy, probe=await probe(route, path))


async def reach_atlas(url: str) -> Reached:
    """Make one request without credentials to Atlas."""
    return await reach("Atlas", url, ROOT)


async def reach_confluent(url: str) -> Reached:
    """Make one request without credentials to Confluent Cloud."""
    return await reach("Confluent Cloud", url, CONFLUENT_ROOT)


async def read_project(session: Session, project: str, accounts: Collection[str]) -> ProjectFacts:
    """Read what Atlas shows of a project: its connections, those of `accounts` with the pending ones, and the roles."""
    facts = ProjectFacts(project)
    try:
        containers = await NetworkPeering(session).list_containers(project)
        facts.regions = tuple(sorted(str(one.get("regionName")) for one in containers))
        lists = [_tolerated(session.list_active(project))]
        lists += [_tolerated(session.list_connections(project, account)) for account in sorted(accounts)]
        rows: dict[str, dict[str, Any]] = {row["name"]: row for rows in await asyncio.gather(*lists) for row in rows}
        facts.connections = [parse_connection(row) for row in rows.values()]
    except ServiceError as error:
        facts.error = error
        return facts
    try:
        key = await read_api_key(session)
    except ServiceError as error:
        facts.why_no_roles = f"Atlas does not describe the key: {str(error).rstrip('.')}"
    else:
        facts.roles = None if key is None else key.roles
        facts.why_no_roles = "Atlas reports the roles of API keys only"
    return facts


async def read_behaviour(session: Session, url: str, facts: ProjectFacts, region: str | None) -> Behaviour:
    """Test behavior that Atlas' documentation leaves open. `region`: one in which the project has a network."""
    project = facts.project
    unknown = await _answer(session.list_connections(project, _NOBODY))
    without = next((each for each in _REGIONS if each not in facts.regions), None)
    refused = None if without is None else await _answer(session.account_details(project, "aws", without))
    known = region or next(iter(facts.regions), None)
    capitals = None
    if known is not None and (await _answer(session.account_details(project, "aws", atlas_region(known)))).given:
        capitals = await _answer(session.account_details(project, "AWS", atlas_region(known)))
    return Behaviour(
        url,
        unknown,
        None if without is None or refused is None else (without, refused),
        capitals,
        [(row.cloud_status or "", row.local_status or "") for row in facts.connections],
    )


async def read_network(session: ConfluentSession, source: str, environment: str, network: str) -> ConfluentAccess:
    """Read a network of Confluent Cloud."""
    try:
        found = parse_network(await session.network(environment, network))
    except ServiceError as error:
        return ConfluentAccess(source, environment, network, error=error)
    return ConfluentAccess(source, environment, network, found)


async def _tolerated(request: Awaitable[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return a list, empty if Atlas refuses it: the other lists are still useful."""
    try:
        return await request
    except RequestRefused:
        return []


async def _answer(request: Awaitable[Any]) -> Answered:
    try:
        given = await request
    except ServiceError as error:
        return Answered(given=False, refusal=str(error).rstrip("."), transient=isinstance(error, TransientError))
    return Answered(given=True, empty=not given)
