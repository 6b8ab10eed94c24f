"""The clients of all services: each has its own budget, its own metrics and its own credentials."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from atlas_streams_peering.confluent.rate_limit import CAPACITY
from atlas_streams_peering.metrics import Metrics
from atlas_streams_peering.polling.poll import Poll, PollKey, Source
from atlas_streams_peering.polling.snapshot import RowFormat
from atlas_streams_peering.services import SECRET_FORMATS, Services
from atlas_streams_peering.settings import Settings
from atlas_streams_peering.transport.credentials import ApiKey, BasicKey, Credentials
from atlas_streams_peering.transport.errors import NotLeader, Unavailable
from simulator.caller import PROJECT
from unit.atlas.world import PENDING
from unit.confluent.world import ENVIRONMENT, PEERING

KEYS: dict[str, Credentials] = {"atlas": ApiKey("public", "private"), "confluent": BasicKey("key", "secret")}
SCOPES = {"atlas": PROJECT, "confluent": ENVIRONMENT}
every_service = pytest.mark.parametrize("service", SCOPES)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def services_of(metrics: Metrics, *, url: str = "http://127.0.0.1:1", leads: bool = True) -> Services:
    settings = Settings(atlas_base_url=url, confluent_base_url=url)
    return Services(settings, metrics, may_change=lambda: leads)


def client_of(services: Services, service: str) -> Any:
    return {"atlas": services.atlas, "confluent": services.confluent}[service]


async def change(services: Services, service: str) -> None:
    if service == "atlas":
        await services.atlas.session(KEYS[service]).reject(PROJECT, PENDING)
    else:
        await services.confluent.session(KEYS[service]).delete_peering(ENVIRONMENT, PEERING)


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"atlas_streams_peering_{name}", labels)


def test_each_service_has_its_own_keys_in_a_secret() -> None:
    assert SECRET_FORMATS["atlas"].parse({"publicApiKey": "a", "privateApiKey": "b"}) == ApiKey("a", "b")
    assert SECRET_FORMATS["confluent"].parse({"apiKey": "a", "apiSecret": "b"}) == BasicKey("a", "b")


@every_service
async def test_a_change_is_taken_out_of_the_budget_of_its_service(metrics: Metrics, service: str) -> None:
    services = services_of(metrics)
    scope = SCOPES[service]
    client_of(services, service).budget(scope).close(60)

    assert services.reserve_change(service, scope) > 50
    other = next(name for name in SCOPES if name != service)
    assert services.reserve_change(other, scope) == 0.0


@every_service
async def test_what_nobody_uses_is_forgotten_by_every_service(metrics: Metrics, service: str) -> None:
    services = services_of(metrics)
    client, key, scope = client_of(services, service), KEYS[service], SCOPES[service]
    session = client.session(key)
    client.budget(scope)

    await services.keep_only({each.fingerprint for each in KEYS.values()}, set(SCOPES.values()))
    assert (client.session(key), list(client.budgets)) == (session, [scope])

    await services.keep_only((), ())
    assert client.budgets == {}
    assert client.session(key) != session
    await services.aclose()


@every_service
async def test_a_closed_service_answers_no_session(metrics: Metrics, service: str) -> None:
    services = services_of(metrics)
    session = client_of(services, service).session(KEYS[service])

    await services.aclose()

    assert session.client._client.is_closed


@every_service
async def test_the_requests_of_each_service_are_counted_on_their_own(metrics: Metrics, service: str) -> None:
    services = services_of(metrics)

    with pytest.raises(Unavailable):
        await change(services, service)
    await services.aclose()

    operation = {"atlas": "rejectVpcPeeringConnection", "confluent": "deleteNetworkingV1Peering"}[service]
    for name in SCOPES:
        expected = 1.0 if name == service else None
        assert value(metrics, f"{name}_requests_total", operation=operation, status="none") == expected
        assert value(metrics, f"{name}_request_duration_seconds_count", operation=operation) == expected


@every_service
def test_the_retries_of_each_service_are_counted_on_their_own(metrics: Metrics, service: str) -> None:
    {"atlas": metrics.atlas, "confluent": metrics.confluent}[service].retry("list")

    for name in SCOPES:
        assert value(metrics, f"{name}_retries_total", operation="list") == (1.0 if name == service else None)


async def test_the_budgets_are_shown_by_project_and_by_environment(metrics: Metrics) -> None:
    services = services_of(metrics)
    services.atlas.budget(PROJECT)
    services.confluent.budget(ENVIRONMENT)

    assert value(metrics, "atlas_rate_budget_left", project=PROJECT, endpoints="streams") == 1000
    assert value(metrics, "confluent_rate_budget_left", environment=ENVIRONMENT) == CAPACITY
    assert value(metrics, "atlas_rate_budget_left", project=ENVIRONMENT, endpoints="streams") is None


def test_the_polls_are_shown_by_project_and_by_environment(metrics: Metrics) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    metrics.watch_polls([poll("atlas", PROJECT, at), poll("confluent", ENVIRONMENT, at), poll("confluent", "env-new")])

    assert (
        value(metrics, "last_successful_poll_timestamp_seconds", project=PROJECT, endpoints="streams") == at.timestamp()
    )
    shown = "confluent_last_successful_poll_timestamp_seconds"
    assert value(metrics, shown, environment=ENVIRONMENT) == at.timestamp()
    assert value(metrics, shown, environment="env-new") is None
    assert value(metrics, "last_successful_poll_timestamp_seconds", project=ENVIRONMENT, endpoints="streams") is None


def poll(service: str, scope: str, succeeded_at: datetime | None = None) -> Poll:
    async def fetch(*_arguments: object) -> tuple[()]:
        return ()

    rows: RowFormat[object] = RowFormat(name=str, parse=dict, tokens=lambda _row: (), progress=lambda row: row)
    return Poll(PollKey(Source("list", fetch, rows, service=service), scope, "fingerprint"), succeeded_at=succeeded_at)


@every_service
async def test_a_replica_that_does_not_lead_changes_nothing_in_any_service(metrics: Metrics, service: str) -> None:
    received: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.put_nowait(await reader.read())
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        services = services_of(metrics, url=url, leads=False)
        with pytest.raises(NotLeader):
            await change(services, service)
        await services.aclose()

        assert await asyncio.wait_for(received.get(), 10) == b""
