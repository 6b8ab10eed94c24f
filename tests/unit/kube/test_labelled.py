"""Objects with a label are listed, made and deleted as the API server has them, and only by who leads."""

from collections.abc import Mapping
from typing import Any

import pytest

from atlas_streams_peering.kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from atlas_streams_peering.kube.api import KubernetesError
from atlas_streams_peering.kube.labelled import LabelledObjects
from atlas_streams_peering.kube.writer import WriteRefused
from atlas_streams_peering.transport.errors import NotLeader
from unit.controller.api_objects import ApiObjects
from unit.controller.path_world import DirectApi

pytestmark = pytest.mark.looptime

PATH = STREAMS_VPC_PEERING.path("streaming")
KEY = "atlasstreams.io/policy"


class Place:
    """An API server, and who works with it."""

    def __init__(self) -> None:
        self.objects, self.leads = ApiObjects(), True
        self.seen: list[str] = []
        self.labelled = LabelledObjects(
            DirectApi(self.objects, []), STREAMS_VPC_PEERING, may_act=lambda: self.leads, seen=self._see
        )

    def _see(self, body: Mapping[str, Any]) -> None:
        self.seen.append(body["metadata"]["name"])


def manifest(name: str, label: str = "orders") -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "streaming", "labels": {KEY: label}}, "spec": {}}


@pytest.fixture
def place() -> Place:
    return Place()


async def names(place: Place) -> list[str]:
    return [body["metadata"]["name"] for body in await place.labelled.list("streaming", KEY, "orders")]


async def test_only_objects_with_the_label_are_listed_and_never_from_a_cache(place: Place) -> None:
    for name, label in (("one", "orders"), ("two", "another"), ("three", "orders")):
        await place.labelled.create("streaming", manifest(name, label))

    assert await names(place) == ["one", "three"]
    (listed,) = place.objects.made("GET")
    assert listed.query["labelSelector"] == "atlasstreams.io/policy=orders"
    assert "resourceVersion" not in listed.query


async def test_a_long_list_keeps_its_selector_from_page_to_page(place: Place) -> None:
    for number in range(501):
        place.objects.put(f"{PATH}/one-{number}", manifest(f"one-{number}"))
    place.objects.put(f"{PATH}/another", manifest("another", "another"))

    assert len(await names(place)) == 501
    assert {request.query["labelSelector"] for request in place.objects.made("GET")} == {f"{KEY}=orders"}


async def test_what_is_made_is_taken_in_at_once_and_so_is_what_has_the_name_already(place: Place) -> None:
    assert await place.labelled.create("streaming", manifest("one")) is None
    present = await place.labelled.create("streaming", manifest("one", "another"))

    assert present is not None
    assert present["metadata"]["labels"] == {KEY: "orders"}
    assert place.seen == ["one", "one"]


async def test_who_does_not_lead_makes_and_deletes_nothing(place: Place) -> None:
    await place.labelled.create("streaming", manifest("one"))
    (body,) = await place.labelled.list("streaming", KEY, "orders")
    place.leads = False

    with pytest.raises(NotLeader):
        await place.labelled.create("streaming", manifest("two"))
    with pytest.raises(NotLeader):
        await place.labelled.delete(body)

    assert await names(place) == ["one"]


async def test_only_the_object_that_was_read_is_deleted(place: Place) -> None:
    await place.labelled.create("streaming", manifest("one"))
    (body,) = await place.labelled.list("streaming", KEY, "orders")
    place.objects.edit(f"{PATH}/one", lambda changed: changed["metadata"]["labels"].clear())

    await place.labelled.delete(body)
    assert f"{PATH}/one" in place.objects.objects

    place.objects.edit(f"{PATH}/one", lambda changed: changed["metadata"]["labels"].update({KEY: "orders"}))
    (body,) = await place.labelled.list("streaming", KEY, "orders")
    await place.labelled.delete(body)
    await place.labelled.delete(body)  # it is gone, and that is what was wanted
    assert place.objects.objects == {}


@pytest.mark.parametrize("status", [400, 403, 422])
async def test_a_refusal_is_said_in_the_api_servers_words(place: Place, status: int) -> None:
    place.objects.fail("POST", status=status, message="exceeded quota")

    with pytest.raises(WriteRefused, match="refuses StreamsVpcPeering one: exceeded quota"):
        await place.labelled.create("streaming", manifest("one"))


@pytest.mark.parametrize("status", [None, 409, 500])
async def test_what_is_not_known_is_left_to_the_caller(place: Place, status: int | None) -> None:
    place.objects.fail("POST", status=status)

    with pytest.raises(KubernetesError):
        await place.labelled.create("streaming", manifest("one"))
