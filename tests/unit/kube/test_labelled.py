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


class LabelHarness:
    """The labelled objects of an API server, for a replica that leads or not."""

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
def harness() -> LabelHarness:
    return LabelHarness()


async def names(harness: LabelHarness) -> list[str]:
    return [body["metadata"]["name"] for body in await harness.labelled.list("streaming", KEY, "orders")]


async def test_only_objects_with_the_label_are_listed_and_never_from_a_cache(harness: LabelHarness) -> None:
    for name, label in (("one", "orders"), ("two", "another"), ("three", "orders")):
        await harness.labelled.create("streaming", manifest(name, label))

    assert await names(harness) == ["one", "three"]
    (listed,) = harness.objects.made("GET")
    assert listed.query["labelSelector"] == "atlasstreams.io/policy=orders"
    assert "resourceVersion" not in listed.query


async def test_a_long_list_keeps_its_selector_from_page_to_page(harness: LabelHarness) -> None:
    for number in range(501):
        harness.objects.put(f"{PATH}/one-{number}", manifest(f"one-{number}"))
    harness.objects.put(f"{PATH}/another", manifest("another", "another"))

    assert len(await names(harness)) == 501
    assert {request.query["labelSelector"] for request in harness.objects.made("GET")} == {f"{KEY}=orders"}


async def test_what_is_made_is_taken_in_at_once_and_so_is_what_has_the_name_already(harness: LabelHarness) -> None:
    assert await harness.labelled.create("streaming", manifest("one")) is None
    present = await harness.labelled.create("streaming", manifest("one", "another"))

    assert present is not None
    assert present["metadata"]["labels"] == {KEY: "orders"}
    assert harness.seen == ["one", "one"]


async def test_who_does_not_lead_makes_and_deletes_nothing(harness: LabelHarness) -> None:
    await harness.labelled.create("streaming", manifest("one"))
    (body,) = await harness.labelled.list("streaming", KEY, "orders")
    harness.leads = False

    with pytest.raises(NotLeader):
        await harness.labelled.create("streaming", manifest("two"))
    with pytest.raises(NotLeader):
        await harness.labelled.delete(body)

    assert await names(harness) == ["one"]


async def test_only_the_object_that_was_read_is_deleted(harness: LabelHarness) -> None:
    await harness.labelled.create("streaming", manifest("one"))
    (body,) = await harness.labelled.list("streaming", KEY, "orders")
    harness.objects.edit(f"{PATH}/one", lambda changed: changed["metadata"]["labels"].clear())

    await harness.labelled.delete(body)
    assert f"{PATH}/one" in harness.objects.objects

    harness.objects.edit(f"{PATH}/one", lambda changed: changed["metadata"]["labels"].update({KEY: "orders"}))
    (body,) = await harness.labelled.list("streaming", KEY, "orders")
    await harness.labelled.delete(body)
    await harness.labelled.delete(body)  # it is gone, and that is what was wanted
    assert harness.objects.objects == {}


@pytest.mark.parametrize("status", [400, 403, 422])
async def test_a_refusal_is_said_in_the_api_servers_words(harness: LabelHarness, status: int) -> None:
    harness.objects.fail("POST", status=status, message="exceeded quota")

    with pytest.raises(WriteRefused, match="refuses StreamsVpcPeering one: exceeded quota"):
        await harness.labelled.create("streaming", manifest("one"))


@pytest.mark.parametrize("status", [None, 409, 500])
async def test_what_is_not_known_is_left_to_the_caller(harness: LabelHarness, status: int | None) -> None:
    harness.objects.fail("POST", status=status)

    with pytest.raises(KubernetesError):
        await harness.labelled.create("streaming", manifest("one"))
