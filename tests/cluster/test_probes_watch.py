"""A dead watch is told from a quiet one, and what a watch has lost is found soon."""

from collections.abc import Callable

import pytest

from atlas_streams_peering.controller.resync import ResyncPolicy
from atlas_streams_peering.kinds.resources import KINDS
from atlas_streams_peering.kube.api import KubernetesApi
from atlas_streams_peering.kube.objects import KubernetesObject
from atlas_streams_peering.kube.session import Stream
from atlas_streams_peering.runtime import Operator
from atlas_streams_peering.settings import Settings
from cluster.conftest import StartOperator
from cluster.fault_proxy import FaultProxy
from cluster.kopf_watch import comparing, until, watching
from cluster.namespace import Namespace, peering, vpc
from cluster.waiting import wait_until
from unit.clock import Clock
from unit.controller.harness import ControllerHarness, new_harness

QUICK = ResyncPolicy(every=0.5, after_list=0.0, suspect=0.5, grace_period=1.0)
SEEN = {"namespace": "streams", "name": "orders", "uid": "uid-of-orders"}
EVENTS = ("ADDED", "MODIFIED", "DELETED")


class Count:
    """Changes that the watch has missed."""

    def __init__(self) -> None:
        self.missed = 0

    def miss(self) -> None:
        self.missed += 1


@pytest.fixture(autouse=True)
def login(proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Kopf go through the proxy too."""
    monkeypatch.setenv("KUBECONFIG", str(proxy.kubeconfig))


@pytest.fixture
def place(make_namespace: Callable[[str], Namespace], request: pytest.FixtureRequest) -> Namespace:
    return make_namespace(request.node.name.removeprefix("test_").replace("_", "-")[:40].rstrip("-"))


@pytest.fixture
def count() -> Count:
    return Count()


@pytest.fixture
def harness(api: KubernetesApi, place: Namespace, count: Count) -> ControllerHarness:
    """Nobody has a turn: it only watches and compares."""
    return new_harness(api, namespace=place.name, opened=False, policy=QUICK, missed=count.miss)


async def test_a_watch_that_shows_nothing_of_what_changes_is_dead_and_a_later_list_revives_it(
    place: Namespace, harness: ControllerHarness, proxy: FaultProxy, count: Count
) -> None:
    place.apply(peering("known", vpc=vpc(1)))
    async with watching(harness, place), comparing(harness):
        await until(lambda: harness.names == {"known"}, "the watch works")
        with proxy.losing(*EVENTS):
            place.apply(peering("unseen", vpc=vpc(2)))
            place.patch("known", suspend=True)
            await until(lambda: harness.names == {"known", "unseen"}, "a comparison finds what the watch does not show")
            await until(lambda: harness.resync.dead_watch, "the watch is known to be dead")
            assert "the watch is dead" in str(harness.resync.dead_watch)
            assert count.missed == 2
        with proxy.fault(410, watch=True):
            proxy.break_watches()
            await until(lambda: harness.resync.dead_watch is None, "the watch has begun anew")


async def test_a_quiet_watch_is_not_dead(api: KubernetesApi, place: Namespace, proxy: FaultProxy, count: Count) -> None:
    patient = ResyncPolicy(every=0.5, after_list=0.2, suspect=5.0, grace_period=5.0)
    harness = new_harness(api, namespace=place.name, opened=False, policy=patient, missed=count.miss)
    place.apply(peering("known", vpc=vpc(1)))
    async with watching(harness, place), comparing(harness):
        await until(lambda: harness.names == {"known"}, "the watch works")
        lists = proxy.count("GET", "/streamsvpcpeerings$")
        await until(lambda: proxy.count("GET", "/streamsvpcpeerings$") > lists + 8, "it is compared again and again")

    assert (harness.resync.dead_watch, count.missed) == (None, 0)


async def test_an_api_server_that_is_away_is_no_dead_watch(
    place: Namespace, harness: ControllerHarness, proxy: FaultProxy
) -> None:
    place.apply(peering("known", vpc=vpc(1)))
    async with watching(harness, place), comparing(harness):
        await until(lambda: harness.names == {"known"}, "the watch works")
        with proxy.away():
            place.patch("known", suspend=True)
            refused = len(proxy.requests)
            await until(lambda: len(proxy.requests) > refused + 6, "both have tried in vain")
            assert harness.resync.dead_watch is None
        await until(lambda: [obj.spec.get("suspend") for obj in harness] == [True], "the change is known")
        assert harness.resync.dead_watch is None


async def test_the_last_object_deleted_while_the_watch_was_broken_is_found_without_waiting_for_the_next_comparison(
    api: KubernetesApi, place: Namespace, proxy: FaultProxy
) -> None:
    """No object is left, so that the watch begins anew without a single event."""
    harness = new_harness(api, namespace=place.name, opened=False, policy=ResyncPolicy(every=3600.0, after_list=0.2))
    place.apply(peering("last", vpc=vpc(1)))
    async with watching(harness, place), comparing(harness):
        await until(lambda: harness.names == {"last"}, "the watch works")
        with proxy.fault(410, watch=True):
            proxy.break_watches()
            place.delete("last", wait=True)

        await until(lambda: harness.names == set(), "the deletion is known")


async def test_the_liveness_probe_fails_while_the_watch_is_dead(api: KubernetesApi) -> None:
    operator = Operator(Settings(), api)
    record = operator._resyncs[Stream("streamsvpcpeerings", None)]._record
    clock = record._clock = Clock()
    record.begun = True
    unseen = KubernetesObject.read({**peering("orders", vpc=vpc(1)), "metadata": {**SEEN, "resourceVersion": "7"}})
    for _ in range(3):
        record.compare([unseen])
        assert operator.unhealthy() is None
        clock.now += 60
    record.compare([unseen])

    assert "the watch is dead" in str(operator.unhealthy())
    record.show(unseen.uid, unseen.resource_version)
    assert operator.unhealthy() is None


def test_an_operator_whose_watch_has_not_begun_is_not_ready(
    place: Namespace, proxy: FaultProxy, start_operator: StartOperator
) -> None:
    """Its own lists work, so that it knows all objects; of a new one it would learn late."""
    with proxy.fault(503, watch=True) as refused:
        operator = start_operator(place, kubeconfig=proxy.kubeconfig, wait=False)
        wait_until(lambda: refused.hits > 1, "Kopf has tried to watch")
        status, said = operator.probe("/readyz")
        assert (status, operator.probe("/healthz")[0]) == (503, 200)
        assert f"in namespace {place.name} has not begun" in said

    wait_until(operator.ready, "the watch has begun", seconds=60)


def test_the_operator_finds_a_deletion_that_a_broken_watch_has_lost_within_seconds(
    place: Namespace, proxy: FaultProxy, start_operator: StartOperator
) -> None:
    place.secret()
    operator = start_operator(place, kubeconfig=proxy.kubeconfig)
    place.apply(peering("last", vpc=vpc(1)))
    place.wait_for_reason("last", "WaitingForRequest")
    with proxy.fault(410, watch=True) as refused:
        proxy.break_watches()
        place.delete("last", wait=True)
        before = refused.hits
        wait_until(lambda: refused.hits > before, "the watch that would have shown it is refused")

    wait_until(lambda: "atlas_streams_peering_objects{" not in operator.metrics(), "it is forgotten", seconds=60)
    assert "last was deleted, but no watch has shown the deletion" in operator.output()


def test_a_watch_whose_credentials_are_refused_for_good_ends_the_operator(
    place: Namespace, proxy: FaultProxy, start_operator: StartOperator
) -> None:
    """In place of asking with them for ever."""
    operator = start_operator(place, kubeconfig=proxy.kubeconfig)
    wait_until(lambda: proxy.watching, "a watch is open")
    with proxy.fault(401, watch=True) as refused:
        proxy.break_watches()
        assert operator.wait(60) == 1
    assert refused.hits < 10 * len(KINDS)
