"""Watches that lose an event, end, or go silent: the operator learns of everything all the same."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from atlas_streams_peering.kube.api import KubernetesApi
from cluster.conftest import StartOperator
from cluster.fault_proxy import FaultProxy
from cluster.kopf_watch import until, watching
from cluster.namespace import Namespace, peering, vpc
from cluster.waiting import wait_until
from unit.controller.harness import ControllerHarness, new_harness


@pytest.fixture(autouse=True)
def login(proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Kopf go through the proxy too."""
    monkeypatch.setenv("KUBECONFIG", str(proxy.kubeconfig))


@pytest.fixture
def place(make_namespace: Callable[[str], Namespace], request: pytest.FixtureRequest) -> Namespace:
    number = request.node.name.partition("[")[0].removeprefix("test_").replace("_", "-")
    return make_namespace(number[:40].rstrip("-"))


@pytest.fixture
def harness(api: KubernetesApi, place: Namespace) -> ControllerHarness:
    return new_harness(api, namespace=place.name, opened=False)


def manifests(*names: str) -> list[dict[str, Any]]:
    return [peering(name, vpc=vpc(number)) for number, name in enumerate(names, 1)]


async def test_a_deletion_that_no_watch_has_shown_is_found_by_comparing(
    place: Namespace, harness: ControllerHarness, proxy: FaultProxy
) -> None:
    place.apply(*manifests("staying", "leaving"))
    async with watching(harness, place):
        await until(lambda: harness.names == {"staying", "leaving"}, "both are known")
        with proxy.losing("DELETED"):
            place.delete("leaving", wait=True)
            place.apply(*manifests("staying", "arriving"))
            await until(lambda: "arriving" in harness.names, "what came later is known")
        assert "leaving" in harness.names

        await harness.resync.compare()

        assert harness.names == {"staying", "arriving"}


async def test_a_deletion_during_a_relist_is_found_by_comparing(
    place: Namespace, harness: ControllerHarness, proxy: FaultProxy
) -> None:
    place.apply(*manifests("staying", "leaving"))
    async with watching(harness, place):
        await until(lambda: harness.names == {"staying", "leaving"}, "both are known")
        with proxy.fault(410, watch=True):
            proxy.break_watches()
            place.delete("leaving", wait=True)
            place.apply(*manifests("staying", "arriving"))
            await until(lambda: "arriving" in harness.names, "what came meanwhile is known")

        await harness.resync.compare()

        assert harness.names == {"staying", "arriving"}


async def test_comparing_finds_what_no_watch_has_shown(place: Namespace, harness: ControllerHarness) -> None:
    place.apply(*manifests("known"))
    await harness.resync.load()
    place.apply(*manifests("known", "unknown"))
    place.patch("known", suspend=True)

    await harness.resync.compare()

    assert harness.names == {"known", "unknown"}
    suspended = {obj.name: obj.spec.get("suspend") for obj in harness}
    assert suspended == {"known": True, "unknown": None}


async def test_a_watch_that_went_silent_is_begun_anew(
    place: Namespace, harness: ControllerHarness, proxy: FaultProxy
) -> None:
    async with watching(harness, place, silence=2.0):
        place.apply(*manifests("before"))
        await until(lambda: harness.names == {"before"}, "the watch works")
        with proxy.silent_watches():
            place.apply(*manifests("before", "during"))
            await until(lambda: "during" in harness.names, "what the silent watch kept back is known")


def test_a_watch_that_is_refused_for_good_ends_the_operator_for_kubernetes_to_start_it_anew(
    place: Namespace, proxy: FaultProxy, start_operator: StartOperator
) -> None:
    operator = start_operator(place, kubeconfig=proxy.kubeconfig)
    wait_until(lambda: proxy.watching, "a watch is open")
    with proxy.fault(404, watch=True):
        proxy.break_watches()
        assert operator.wait() == 1


async def test_loading_waits_for_the_api_server(
    place: Namespace, harness: ControllerHarness, proxy: FaultProxy
) -> None:
    place.apply(*manifests("early"))
    with proxy.fault(503, "GET") as fault:
        loading = asyncio.create_task(harness.resync.load())
        await until(lambda: fault.hits >= 2, "the list failed twice")
    await loading
    assert harness.names == {"early"}
