"""Requests to the API server, over HTTP."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration

from atlas_streams_peering import __version__
from atlas_streams_peering.kube.api import FIELD_MANAGER, KubernetesApi, KubernetesError, connect, own_namespace
from local_cluster.kubeconfig import Endpoint, write_kubeconfig
from unit.controller.api_server import ApiServer

COLLECTION = "/api/v1/namespaces/here/configmaps"
ONE = f"{COLLECTION}/one"


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as server:
        yield server


@pytest.fixture
async def api(server: ApiServer) -> AsyncIterator[KubernetesApi]:
    api = server.api()
    yield api
    await api.close()


async def test_an_object_is_read(server: ApiServer, api: KubernetesApi) -> None:
    server.put(ONE, {"data": {"key": "value"}})

    assert (await api.get(ONE))["data"] == {"key": "value"}


async def test_requests_say_who_makes_them(server: ApiServer, api: KubernetesApi) -> None:
    server.put(ONE, {})

    await api.get(ONE)

    assert server.requests[0].headers["User-Agent"] == f"atlas-streams-peering/{__version__}"


async def test_requests_carry_the_token(server: ApiServer, api: KubernetesApi) -> None:
    api.client.configuration.api_key["BearerToken"] = "Bearer token-0451"
    server.put(ONE, {})

    await api.get(ONE)

    assert server.requests[0].headers["Authorization"] == "Bearer token-0451"


async def test_the_proxy_of_the_environment_is_not_used(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(ONE, {"data": {"key": "value"}})
    write_kubeconfig(tmp_path / "kubeconfig", Endpoint(server.url, ""), "token")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    with socket.create_server(("127.0.0.1", 0)) as nobody:  # takes connections, and answers none
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{nobody.getsockname()[1]}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)

        api = await connect()
        try:
            async with asyncio.timeout(10):
                assert (await api.get(ONE))["data"] == {"key": "value"}
        finally:
            await api.close()


@pytest.mark.parametrize(("number", "pages"), [(0, 1), (1, 1), (500, 1), (501, 2), (1200, 3)])
async def test_all_pages_are_read(server: ApiServer, api: KubernetesApi, number: int, pages: int) -> None:
    for index in range(number):
        server.put(f"{COLLECTION}/{index}", {})

    names = [item["metadata"]["name"] async for item in api.list_all(COLLECTION)]

    assert names == [str(index) for index in range(number)]
    assert len(server.requests) == pages


async def test_a_list_of_metadata_is_asked_for_as_such(server: ApiServer, api: KubernetesApi) -> None:
    server.put(ONE, {"data": {"key": "value"}})

    [page] = [page async for page in api.pages(COLLECTION, metadata_only=True)]
    [item] = page["items"]

    assert item.keys() == {"metadata"}


async def test_a_whole_cluster_is_listed_without_a_namespace(server: ApiServer, api: KubernetesApi) -> None:
    server.put(ONE, {})
    server.put("/api/v1/namespaces/there/configmaps/two", {})

    assert len([item async for item in api.list_all("/api/v1/configmaps")]) == 2
    assert len([item async for item in api.list_all(COLLECTION)]) == 1


async def test_an_object_is_created(server: ApiServer, api: KubernetesApi) -> None:
    await api.create(COLLECTION, {"metadata": {"name": "one"}})

    assert ONE in server.objects


async def test_a_merge_patch_says_what_it_is(server: ApiServer, api: KubernetesApi) -> None:
    server.put(ONE, {"data": {"old": "value"}})

    await api.merge_patch(ONE, {"data": {"key": "value", "old": None}})

    [request] = server.requests
    assert request.headers["Content-Type"] == "application/merge-patch+json"
    assert request.query == {"fieldManager": FIELD_MANAGER}
    assert server.objects[ONE]["data"] == {"key": "value"}


@pytest.mark.parametrize(("status", "gone", "conflict"), [(404, True, False), (409, False, True), (500, False, False)])
async def test_a_refusal_says_what_the_server_said(
    server: ApiServer, api: KubernetesApi, status: int, gone: bool, conflict: bool
) -> None:
    server.fail(status=status, message="what the server says")

    with pytest.raises(KubernetesError, match=f"what the server says .HTTP {status} Injected.") as raised:
        await api.get(ONE)

    error = raised.value
    assert (error.status, error.reason, error.gone, error.conflict) == (status, "Injected", gone, conflict)


async def test_a_connection_that_breaks_is_an_error_without_a_status(server: ApiServer, api: KubernetesApi) -> None:
    server.fail(status=None, times=5)

    with pytest.raises(KubernetesError, match="did not answer") as raised:
        await api.get(ONE)

    assert raised.value.status == 0


async def test_a_server_that_is_away_is_an_error_without_a_status(server: ApiServer, api: KubernetesApi) -> None:
    await server.stop()

    with pytest.raises(KubernetesError, match="did not answer") as raised:
        await api.get(ONE)

    assert raised.value.status == 0


Handler = Callable[[web.BaseRequest], Awaitable[web.Response]]


@asynccontextmanager
async def answered_by(handler: Handler) -> AsyncIterator[KubernetesApi]:
    """A server that answers everything so, and a client that waits half a second for it."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    configuration = Configuration(host=f"http://127.0.0.1:{runner.addresses[0][1]}")
    api = KubernetesApi(ApiClient(configuration), request_seconds=0.5)
    yield api
    await api.close()
    await runner.cleanup()


async def test_a_server_that_is_silent_is_not_waited_for_for_ever() -> None:
    closing = asyncio.Event()

    async def never(_: web.BaseRequest) -> web.Response:
        await closing.wait()
        return web.Response()

    async with answered_by(never) as api:
        with pytest.raises(KubernetesError, match="did not answer"):
            await api.get(ONE)
        closing.set()


@pytest.mark.parametrize("body", ["", "<html>", "[]", "null", '"text"'])
@pytest.mark.parametrize("status", [200, 502])
async def test_an_answer_that_is_no_object_is_understood_all_the_same(status: int, body: str) -> None:
    async def odd(_: web.BaseRequest) -> web.Response:
        return web.Response(status=status, text=body)

    async with answered_by(odd) as api:
        if status == 200:
            assert await api.get(ONE) == {}
        else:
            with pytest.raises(KubernetesError, match="no message"):
                await api.get(ONE)


@pytest.mark.parametrize("body", ["", "<html>", "[]", "{}", '{"kind": "Status"}'])
async def test_an_answer_that_is_no_list_is_not_taken_for_an_empty_one(body: str) -> None:
    async def odd(_: web.BaseRequest) -> web.Response:
        return web.Response(text=body)

    async with answered_by(odd) as api:
        with pytest.raises(KubernetesError, match="something other than a list"):
            [each async for each in api.list_all(COLLECTION)]


@pytest.mark.parametrize("items", ["[]", "null"])
async def test_a_list_can_be_empty(items: str) -> None:
    async def empty(_: web.BaseRequest) -> web.Response:
        return web.Response(text=f'{{"kind": "ConfigMapList", "items": {items}}}')

    async with answered_by(empty) as api:
        assert [each async for each in api.list_all(COLLECTION)] == []


class TestOwnNamespace:
    """Where the Lease is."""

    @pytest.fixture(autouse=True)
    def kubeconfig(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.delenv("POD_NAMESPACE", raising=False)
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
        return tmp_path / "config"

    def test_it_is_the_one_that_the_pod_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("POD_NAMESPACE", "operators")
        assert own_namespace() == "operators"

    @pytest.mark.parametrize(("of_the_context", "expected"), [({"namespace": "peering"}, "peering"), ({}, "default")])
    def test_it_is_that_of_the_kubeconfigs_context(
        self, kubeconfig: Path, of_the_context: dict[str, str], expected: str
    ) -> None:
        contexts = [
            {"name": "other", "context": {"cluster": "c", "user": "u", "namespace": "other"}},
            {"name": "current", "context": {"cluster": "c", "user": "u", **of_the_context}},
        ]
        whole = {"clusters": [{"name": "c", "cluster": {}}], "users": [{"name": "u", "user": {}}], "contexts": contexts}
        kubeconfig.write_text(json.dumps({**whole, "current-context": "current"}))
        assert own_namespace() == expected

    def test_it_is_default_where_nothing_says_more(self) -> None:
        assert own_namespace() == "default"
