"""Accept, reject and delete: what is sent, and that nothing is ever sent twice."""

import json
from collections.abc import Awaitable, Callable

import httpx
import pytest

from atlas_simulator import Simulator
from atlas_streams_peering.atlas.client import Atlas, Session
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.transport.errors import RateLimited, RequestRefused, Unavailable
from simulator.caller import ACCOUNT, OTHER_VPC, PROJECT, VPC
from unit.atlas.world import KEY, PENDING, connection_of, session_of

Change = Callable[[Session, Connection], Awaitable[None]]

CHANGES: dict[str, Change] = {
    "accept": lambda session, connection: session.accept(PROJECT, connection),
    "reject": lambda session, connection: session.reject(PROJECT, connection),
    "delete": lambda session, connection: session.delete(PROJECT, connection),
}
changes = pytest.mark.parametrize("operation", CHANGES)


async def ready_for(operation: str, simulator: Simulator, session: Session) -> Connection:
    """Return a connection in the state in which Atlas takes the change."""
    connection = await connection_of(simulator, session)
    if operation == "delete":
        simulator.set_cloud_status(connection.name, "active")
    return connection


@changes
async def test_a_change_is_asked_of_atlas(simulator: Simulator, session: Session, operation: str) -> None:
    connection = await ready_for(operation, simulator, session)

    await CHANGES[operation](session, connection)

    [call] = simulator.calls(operation)
    assert (call.connection, call.status) == (connection.name, 202)
    assert simulator.connection(connection.name).local_status == f"REQUEST_{operation.upper()}"


async def test_an_accept_says_whose_request_is_meant(simulator: Simulator, session: Session) -> None:
    connection = await connection_of(simulator, session)

    await session.accept(PROJECT, connection)

    body = json.loads(simulator.exchanges[-1].request_body)
    assert body == {"requesterAccountId": ACCOUNT, "requesterVpcId": VPC}


async def test_atlas_refuses_an_accept_of_another_request(simulator: Simulator, session: Session) -> None:
    connection = await connection_of(simulator, session)

    with pytest.raises(RequestRefused, match="do not match"):
        await session.accept(PROJECT, connection.model_copy(update={"requester_vpc_id": OTHER_VPC}))

    assert simulator.connection(connection.name).local_status == "NONE"


@pytest.mark.parametrize(("operation", "suffix"), [("accept", ":accept"), ("reject", ":reject")])
async def test_the_suffix_of_the_path_is_sent_as_it_is(
    simulator: Simulator, session: Session, operation: str, suffix: str
) -> None:
    connection = await connection_of(simulator, session)

    await CHANGES[operation](session, connection)

    path = f"/api/atlas/v2/groups/{PROJECT}/streams/vpcPeeringConnections/{connection.name}{suffix}"
    assert simulator.exchanges[-1].target == path


@changes
@pytest.mark.parametrize("name", ["pcx-1/../../../../x", "pcx-1?a=b", "pcx-1#x", "pcx-1:accept", "pcx 1"])
async def test_a_name_cannot_lead_to_another_path(operation: str, name: str) -> None:
    targets = []

    def answer(request: httpx.Request) -> httpx.Response:
        targets.append(request.url.raw_path.decode())
        return httpx.Response(202)

    await CHANGES[operation](session_of(answer), Connection(name=name))

    collection = f"/api/atlas/v2/groups/{PROJECT}/streams/vpcPeeringConnections/"
    [target] = targets
    assert target.startswith(collection)
    rest = target.removeprefix(collection).removesuffix(f":{operation}")
    assert rest
    assert not set(rest) & set("/?#: ")


async def test_what_is_not_known_of_the_requester_is_left_out_of_the_body() -> None:
    bodies = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(202)

    await session_of(answer).accept(PROJECT, Connection(name="pcx-1", requester_account_id=ACCOUNT))

    assert bodies == [{"requesterAccountId": ACCOUNT}]


@changes
async def test_only_accept_has_a_body(simulator: Simulator, session: Session, operation: str) -> None:
    connection = await ready_for(operation, simulator, session)

    await CHANGES[operation](session, connection)

    last = simulator.exchanges[-1]
    assert bool(last.request_body) is (operation == "accept")
    content_type = "application/vnd.atlas.2023-02-01+json" if operation == "accept" else None
    assert last.request_headers.get("content-type") == content_type


@changes
@pytest.mark.parametrize("fault", ["drop", "lose-reply", "proxy-page"])
async def test_a_change_without_a_clear_answer_is_not_sent_again(
    simulator: Simulator, session: Session, operation: str, fault: str
) -> None:
    connection = await ready_for(operation, simulator, session)
    simulator.fault(fault, operation)

    with pytest.raises(Unavailable, match=f"could not {operation} {connection.name}"):
        await CHANGES[operation](session, connection)

    assert len(simulator.calls(operation)) == 1


@changes
@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
async def test_a_failed_change_is_not_sent_again(
    simulator: Simulator, session: Session, operation: str, status: int
) -> None:
    connection = await ready_for(operation, simulator, session)
    simulator.fault("answer", operation, status=status)

    with pytest.raises(Unavailable, match=f"HTTP {status}"):
        await CHANGES[operation](session, connection)

    assert len(simulator.calls(operation)) == 1


@changes
async def test_a_change_that_times_out_is_not_sent_again(simulator: Simulator, operation: str) -> None:
    patient = Atlas(simulator.base_url)
    connection = await ready_for(operation, simulator, patient.session(KEY))
    await patient.aclose()
    hasty = Atlas(simulator.base_url, timeout=httpx.Timeout(10, read=0.2))
    simulator.fault("hang", operation)

    with pytest.raises(Unavailable, match="no answer"):
        await CHANGES[operation](hasty.session(KEY), connection)

    assert len(simulator.calls(operation)) == 1
    await hasty.aclose()


@changes
async def test_a_limited_change_is_not_sent_again(simulator: Simulator, session: Session, operation: str) -> None:
    connection = await ready_for(operation, simulator, session)
    simulator.fault("answer", operation, status=429, headers={"Retry-After": "7"})

    with pytest.raises(RateLimited) as raised:
        await CHANGES[operation](session, connection)

    assert raised.value.retry_after == 7
    assert len(simulator.calls(operation)) == 1


@changes
@pytest.mark.parametrize("status", [200, 202, 204])
@pytest.mark.parametrize("body", [b"", b"{}", b"null"])
async def test_any_success_will_do(operation: str, status: int, body: bytes) -> None:
    await CHANGES[operation](session_of(lambda _: httpx.Response(status, content=body)), PENDING)
