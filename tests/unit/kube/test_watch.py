"""Kopf watches, and does nothing else."""

import asyncio
import json
import shutil
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import certifi
import kopf
import pytest
from kubernetes.aio.config import incluster_config

from atlas_streams_peering.api.group import FINALIZER, GROUP, VERSION
from atlas_streams_peering.kinds.resources import KINDS
from atlas_streams_peering.kube.api import connect
from atlas_streams_peering.kube.session import Sessions
from atlas_streams_peering.kube.watch import build_registry, watch

BODY = {"metadata": {"namespace": "streams", "name": "kafka", "uid": "uid-1"}}


class RecordingHandler:
    """Records what the watch passes on."""

    def __init__(self) -> None:
        self.observed: list[Mapping[str, Any]] = []
        self.forgotten: list[str] = []

    def observe(self, body: Mapping[str, Any]) -> None:
        self.observed.append(body)

    def forget(self, uid: str) -> None:
        self.forgotten.append(uid)


@pytest.fixture
def recorder() -> RecordingHandler:
    return RecordingHandler()


@pytest.fixture
def registry(recorder: RecordingHandler) -> kopf.OperatorRegistry:
    """All that the operator registers with Kopf."""
    registry = build_registry(Sessions())
    for kind in KINDS:
        watch(registry, kind, {None: recorder})
    return registry


async def call(handler: Any, **kwargs: Any) -> Any:
    return await handler.fn(**kwargs)


def activities(registry: kopf.OperatorRegistry) -> dict[str, Any]:
    """Return the handlers of Kopf's own life, by what they take part in."""
    handlers = registry._activities.get_all_handlers()
    return {handler.activity.value: handler for handler in handlers if handler.activity is not None}


def activity(registry: kopf.OperatorRegistry, name: str) -> Any:
    return activities(registry)[name]


@pytest.fixture
def settings(registry: kopf.OperatorRegistry) -> kopf.OperatorSettings:
    """Kopf's settings, as they are once the operator has started."""
    settings = kopf.OperatorSettings()
    asyncio.run(call(activity(registry, "startup"), settings=settings))
    return settings


# -- what is registered


def test_each_kind_is_watched_once(registry: kopf.OperatorRegistry) -> None:
    selectors = [handler.selector for handler in registry._watching.get_all_handlers()]

    assert all(selector is not None for selector in selectors)
    watched = [(each.group, each.version, each.any_name) for each in selectors if each is not None]
    assert watched == [(GROUP, VERSION, kind.plural) for kind in KINDS]


@pytest.mark.parametrize("part", ["_changing", "_spawning", "_indexing", "_webhooks"])
def test_nothing_is_registered_that_writes_to_objects_or_loses_failures(
    registry: kopf.OperatorRegistry, part: str
) -> None:
    """No create, update, delete or field handler, no timer, daemon, index or webhook: so no finalizer of Kopf's."""
    assert list(getattr(registry, part).get_all_handlers()) == []


def test_of_kopfs_own_life_only_start_and_login_are_taken_part_in(registry: kopf.OperatorRegistry) -> None:
    assert activities(registry).keys() == {"startup", "authentication"}
    assert len(registry._activities.get_all_handlers()) == 2


def test_nothing_is_left_in_kopfs_default_registry(registry: kopf.OperatorRegistry) -> None:
    default = kopf.get_default_registry()

    assert registry is not default
    assert list(default._watching.get_all_handlers()) == []


# -- what a watch shows


@pytest.mark.parametrize("kind", [None, "ADDED", "MODIFIED"])
async def test_an_object_is_handed_on(
    registry: kopf.OperatorRegistry, recorder: RecordingHandler, kind: str | None
) -> None:
    handler, *_ = registry._watching.get_all_handlers()

    await call(handler, event={"type": kind, "object": BODY})

    assert (recorder.observed, recorder.forgotten) == ([BODY], [])


async def test_a_deletion_is_handed_on(registry: kopf.OperatorRegistry, recorder: RecordingHandler) -> None:
    handler, *_ = registry._watching.get_all_handlers()

    await call(handler, event={"type": "DELETED", "object": BODY})

    assert (recorder.observed, recorder.forgotten) == ([], ["uid-1"])


async def test_each_namespace_has_a_sink_of_its_own(recorder: RecordingHandler) -> None:
    registry, other = build_registry(Sessions()), RecordingHandler()
    watch(registry, KINDS[0], {"streams": recorder, "elsewhere": other})
    handler, *_ = registry._watching.get_all_handlers()

    await call(handler, event={"type": "ADDED", "object": BODY})

    assert (recorder.observed, other.observed) == ([BODY], [])


# -- settings


def test_kopf_is_alone_and_scans_nothing(settings: kopf.OperatorSettings) -> None:
    assert settings.peering.standalone
    assert settings.scanning.disabled


def test_kopf_posts_no_events(settings: kopf.OperatorSettings) -> None:
    assert not settings.posting.enabled
    assert not settings.posting.loggers


def test_kopf_limits_no_workers(settings: kopf.OperatorSettings) -> None:
    """A limit starves objects that wait."""
    assert settings.queueing.worker_limit is None


def test_our_finalizer_is_none_of_kopfs(settings: kopf.OperatorSettings) -> None:
    assert settings.persistence.finalizer != FINALIZER
    assert settings.persistence.finalizer.startswith(f"{GROUP}/")


def test_a_watch_that_died_silently_is_noticed(settings: kopf.OperatorSettings) -> None:
    server, client = settings.watching.server_timeout, settings.watching.client_timeout
    request, connect = settings.networking.request_timeout, settings.networking.connect_timeout

    assert server is not None
    assert client is not None
    assert 0 < server < client <= 600
    assert request is not None
    assert connect is not None
    assert 0 < connect <= request <= 60


def test_failures_of_the_api_server_never_run_kopf_out_of_patience(settings: kopf.OperatorSettings) -> None:
    backoffs = settings.networking.error_backoffs
    assert not isinstance(backoffs, int | float | None)

    for _ in range(2):  # Kopf goes through them anew for each request
        pauses = list(islice(backoffs, 1000))
        assert len(pauses) == 1000
        assert 0.7 <= pauses[0] <= 1.0
        assert all(pause <= 30 for pause in pauses)
        assert all(pause >= 20 for pause in pauses[6:])


# -- login

KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: here, user: me}}]
clusters: [{name: here, cluster: {server: "https://api.example"}}]
users: [{name: me, user: {token: token-0451}}]
"""


async def test_outside_a_cluster_kopf_logs_in_as_the_kubeconfig_says(
    registry: kopf.OperatorRegistry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text(KUBECONFIG)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)

    info = await call(activity(registry, "authentication"))

    async with info.aiohttp_session as session:
        assert (info.server, session.headers["Authorization"]) == ("https://api.example", "Bearer token-0451")


PLUGIN = """
apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: here, user: me}}]
clusters: [{name: here, cluster: {server: "https://api.example"}}]
users: [{name: me, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: [-c, %s]}}}]
"""
CREDENTIAL = {
    "kind": "ExecCredential",
    "apiVersion": "client.authentication.k8s.io/v1",
    "status": {"token": "token-0451"},
}


async def test_kopf_logs_in_with_a_plugin_of_the_kubeconfig_as_the_client_does(
    registry: kopf.OperatorRegistry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text(PLUGIN % json.dumps(f"echo '{json.dumps(CREDENTIAL)}'"))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)

    info = await call(activity(registry, "authentication"))

    async with info.aiohttp_session as session:
        assert session.headers["Authorization"] == "Bearer token-0451"


@pytest.mark.parametrize(
    ("host", "server"),
    [("10.96.0.1", "https://10.96.0.1:6443"), ("fd00::1", "https://[fd00::1]:6443")],
)
async def test_in_a_pod_kopf_asks_the_same_address_as_the_client(
    registry: kopf.OperatorRegistry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str, server: str
) -> None:
    """The name kubernetes.default.svc leads nowhere in a pod that resolves no names of the cluster."""
    account = pod(monkeypatch, tmp_path, host)

    info, client = await call(activity(registry, "authentication")), await connect()

    await client.close()
    async with info.aiohttp_session as session:
        assert info.server == client.client.configuration.host == server
        assert session.headers["Authorization"] == "Bearer token-0451"
        (account / "token").write_text("token-0452")
        renewed = await call(activity(registry, "authentication"))
    async with renewed.aiohttp_session as session:
        assert session.headers["Authorization"] == "Bearer token-0452"


def pod(monkeypatch: pytest.MonkeyPatch, directory: Path, host: str) -> Path:
    """Let this process be in a pod; return the directory of its ServiceAccount."""
    shutil.copy(certifi.where(), directory / "ca.crt")
    (directory / "token").write_text("token-0451")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "6443")
    monkeypatch.setattr("atlas_streams_peering.kube.api._SERVICE_ACCOUNT", directory)
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(directory / "token"))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(directory / "ca.crt"))
    return directory
