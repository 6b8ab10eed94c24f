"""The Kubernetes API without kubectl shows and does what kubectl would."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local_cluster import ControlPlane, LocalClusterError
from local_cluster.rest import ATTEMPTS, Resource, Rest, answered


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"of": name}}, "data": data}


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        (Resource("v1", "Namespace", "namespaces", namespaced=False), "/api/v1/namespaces/one"),
        (
            Resource("apps/v1", "Deployment", "deployments", namespaced=True),
            "/apis/apps/v1/namespaces/n/deployments/one",
        ),
    ],
    ids=["of the cluster", "of a namespace"],
)
def test_an_object_has_the_path_that_the_api_server_serves(resource: Resource, path: str) -> None:
    assert resource.path("n", "one") == path


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with ControlPlane().start(tmp_path_factory.mktemp("control-plane")) as started:
        yield started


@pytest.fixture
def rest(cluster: ControlPlane) -> Rest:
    return cluster.rest


@pytest.mark.parametrize("kind", ["cm", "configmap", "ConfigMap", "configmaps"])
def test_a_kind_has_the_names_that_kubectl_knows(rest: Rest, kind: str) -> None:
    rest.apply("default", config_map("named"))
    assert (rest.get(kind, "default", "named") or {})["metadata"]["name"] == "named"


def test_an_object_comes_as_kubectl_shows_it(cluster: ControlPlane, rest: Rest) -> None:
    rest.apply("default", config_map("shown", key="value"))
    shown = json.loads(cluster.kubectl("get", "configmap", "shown", "--output=json").stdout)
    assert rest.get("configmap", "default", "shown") == shown
    assert rest.list("configmap", "default", labels="of=shown") == [shown]
    assert rest.list("configmap", "default", fields="metadata.name=shown") == [shown]


def test_what_is_not_there_is_none(rest: Rest) -> None:
    assert rest.get("configmap", "default", "absent") is None
    assert rest.get("gadget", "default", "absent") is None


def test_an_object_is_created_changed_and_deleted(rest: Rest) -> None:
    def data() -> Any:
        return (rest.get("configmap", "default", "changing") or {}).get("data")

    rest.put("default", config_map("changing", a="1"))
    rest.put("default", config_map("changing", b="2"))
    assert data() == {"b": "2"}
    rest.patch("configmap", "default", "changing", {"data": {"c": "3"}})
    assert data() == {"b": "2", "c": "3"}
    rest.apply("default", config_map("changing", b="4"))
    assert data() == {"b": "4", "c": "3"}
    rest.delete("configmap", "default", "changing")
    assert data() is None


def test_a_refusal_has_the_words_of_the_api_server(rest: Rest) -> None:
    with pytest.raises(LocalClusterError, match=r'configmaps "absent" not found'):
        rest.delete("configmap", "default", "absent")
    with pytest.raises(LocalClusterError, match='unknown field "other"'):
        rest.put("default", {**config_map("strict"), "other": 1})
    with pytest.raises(LocalClusterError, match="serves no gadget"):
        rest.list("gadget", "default")


def test_a_request_that_is_told_to_come_back_comes_back() -> None:
    later = httpx.Response(429, headers={"Retry-After": "0"})
    answers = iter([later, later, httpx.Response(200), later])

    assert answered(lambda: next(answers)).status_code == 200


def test_what_never_stops_saying_so_is_answered_at_last() -> None:
    later = httpx.Response(503, headers={"Retry-After": "0"})
    sent: list[httpx.Response] = []

    def send() -> httpx.Response:
        sent.append(later)
        return later

    assert answered(send) is later
    assert len(sent) == ATTEMPTS


def test_a_refusal_that_names_no_time_is_an_answer() -> None:
    answers = iter([httpx.Response(429)])

    assert answered(lambda: next(answers)).status_code == 429
