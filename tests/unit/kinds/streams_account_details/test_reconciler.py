"""What the kind asks Atlas for, what becomes of each answer, and what it writes into the cluster."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.atlas.client import Atlas
from atlas_streams_peering.controller.decision import Decision, Observation, Progress
from atlas_streams_peering.controller.kind import Interest
from atlas_streams_peering.controller.resource import TypedResource
from atlas_streams_peering.kinds.streams_account_details.reconciler import Place, StreamsAccountDetailsKind
from atlas_streams_peering.kinds.streams_account_details.resource import (
    StreamsAccountDetailsSpec,
    StreamsAccountDetailsStatus,
)
from atlas_streams_peering.kube.api import KubernetesError
from atlas_streams_peering.kube.config_maps import ConfigMaps
from atlas_streams_peering.kube.objects import KubernetesObject
from atlas_streams_peering.polling.intervals import Intervals
from atlas_streams_peering.transport.credentials import ApiKey
from atlas_streams_peering.transport.errors import ProjectNotFound, RequestRefused, ServiceError, Unauthorized
from unit.kube.config_map_store import ConfigMapStore

NOW = datetime(2024, 12, 12, 12, 0, tzinfo=UTC)
PROJECT = "671a86f4cfc9da7d7c31b14f"
AWS = {"awsAccountId": "974404375205", "vpcId": "vpc-0ef7efa5ceca36e2f", "cidrBlock": "192.168.248.0/21"}
DATA = {
    "projectId": PROJECT,
    "cloudProvider": "aws",
    "region": "US_EAST_1",
    "accountId": AWS["awsAccountId"],
    "vpcId": AWS["vpcId"],
    "cidrBlock": AWS["cidrBlock"],
}

Resource = TypedResource[StreamsAccountDetailsSpec, StreamsAccountDetailsStatus]
DetailsDecision = Decision[StreamsAccountDetailsStatus]


class World:
    """The kind, with an Atlas and an API server that answer as a test says."""

    def __init__(self) -> None:
        self.answer = httpx.Response(200, json=AWS)
        self.requests: list[httpx.Request] = []
        self.store = ConfigMapStore()
        atlas = Atlas("https://atlas.example", http_transport=httpx.MockTransport(self._answer))
        self.kind = StreamsAccountDetailsKind(atlas, ConfigMaps(self.store))
        self.status: dict[str, Any] = {}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer

    def resource(self, **spec: Any) -> Resource:
        given = {"projectId": PROJECT, "region": "us-east-1", **spec}
        metadata = {"namespace": "streaming", "name": "details", "uid": "1234", "generation": 1}
        read = self.kind.read(KubernetesObject.read({"metadata": metadata, "spec": given, "status": self.status}))
        assert isinstance(read, TypedResource)
        return read

    def interest(self, resource: Resource) -> Interest:
        place = self.kind.context(resource, lambda _: None)
        assert isinstance(place, Place)
        (interest,) = self.kind.interests(resource, place, "fingerprint")
        return interest

    async def turn(self, **spec: Any) -> DetailsDecision:
        """Read Atlas, decide and publish; keep the status as the API server would."""
        resource = self.resource(**spec)
        key = self.interest(resource).key
        raw = await key.source.fetch(ApiKey("public", "private"), key)
        rows = {key.source.rows.name(row): key.source.rows.parse(row) for row in raw}
        place = self.kind.context(resource, lambda _: None)
        assert isinstance(place, Place)
        decision = await self.kind.publish(
            resource,
            self.kind.decide(resource, place, Observation((rows,)), intervals=Intervals(10.0, 120.0), now=NOW),
        )
        self.status = decision.status.model_dump(by_alias=True, exclude_none=True, mode="json")
        return decision

    async def named(self, name: str) -> DetailsDecision:
        """Have a turn of an object that names this ConfigMap."""
        return await self.turn(configMapRef={"name": name})


@pytest.fixture
def world() -> World:
    return World()


def refusal(status: int, code: str | None) -> httpx.Response:
    body: dict[str, Any] = {"error": status, "detail": "What Atlas says."}
    return httpx.Response(status, json=body | ({"errorCode": code} if code else {}))


# -- asking


async def test_atlas_is_asked_with_its_own_spelling_of_the_region(world: World) -> None:
    await world.turn()

    assert dict(world.requests[0].url.params) == {"cloudProvider": "aws", "regionName": "US_EAST_1"}


def test_objects_that_mean_the_same_place_share_one_call(world: World) -> None:
    same = [world.resource(), world.resource(region="US_EAST_1", cloudProvider="aws", configMapRef={"name": "a"})]
    others = [
        world.resource(cloudProvider="gcp"),
        world.resource(region="us-east-2"),
        world.resource(projectId="b" * 24),
    ]

    assert len({world.interest(each).key for each in same}) == 1
    assert len({world.interest(each).key for each in (*same, *others)}) == 4


def test_only_an_object_with_a_config_map_wants_a_turn_with_each_answer(world: World) -> None:
    assert not world.interest(world.resource()).every_list
    assert world.interest(world.resource(configMapRef={"name": "a"})).every_list


@pytest.mark.parametrize(("status", "code"), [(404, "NOT_THERE"), (404, None), (400, "VALIDATION_ERROR")])
async def test_a_refusal_that_is_not_about_the_project_means_that_the_region_is_not_available(
    world: World, status: int, code: str | None
) -> None:
    world.answer = refusal(status, code)

    readiness = (await world.turn()).readiness

    assert (readiness.reason, readiness.progress) == (Reason.REGION_NOT_AVAILABLE, Progress.STALLED)
    assert "What Atlas says" in readiness.message
    assert "aws US_EAST_1" in readiness.message


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (404, "GROUP_NOT_FOUND", ProjectNotFound),
        (400, "INVALID_GROUP_ID", ProjectNotFound),
        (403, None, Unauthorized),
        (401, "USER_UNAUTHORIZED", Unauthorized),
        (406, "INVALID_VERSION", RequestRefused),
    ],
)
async def test_any_other_refusal_fails_the_poll(
    world: World, status: int, code: str | None, error: type[ServiceError]
) -> None:
    world.answer = refusal(status, code)

    with pytest.raises(error):
        await world.turn()


async def test_the_object_holds_nothing_and_its_deletion_needs_nothing(world: World) -> None:
    resource = world.resource()

    assert world.kind.retains(resource)
    assert not world.kind.holds(resource)
    assert "Nothing outside Kubernetes was changed" in world.kind.retained(resource)


# -- the ConfigMap


async def test_the_details_are_written_into_the_config_map_that_the_spec_names(world: World) -> None:
    decision = await world.named("atlas")

    assert decision.readiness.reason is Reason.AVAILABLE
    assert world.store.objects["atlas"]["data"] == DATA
    assert world.status["configMapName"] == "atlas"


async def test_no_config_map_is_made_unless_the_spec_names_one(world: World) -> None:
    await world.turn()

    assert world.store.writes == []


async def test_a_config_map_that_is_deleted_or_changed_is_set_right_with_the_next_answer(world: World) -> None:
    await world.named("atlas")
    world.store.objects.clear()
    await world.named("atlas")
    world.store.objects["atlas"]["data"]["vpcId"] = "vpc-of-somebody"
    await world.named("atlas")
    await world.named("atlas")

    assert world.store.objects["atlas"]["data"] == DATA
    assert world.store.writes == ["POST", "POST", "PUT"]


async def test_another_name_moves_the_config_map(world: World) -> None:
    await world.named("old")
    await world.named("new")

    assert set(world.store.objects) == {"new"}
    assert world.status["configMapName"] == "new"


async def test_without_a_name_the_config_map_goes(world: World) -> None:
    await world.named("old")
    await world.turn()

    assert world.store.objects == {}
    assert "configMapName" not in world.status


async def test_a_config_map_of_somebody_else_is_a_conflict_until_it_is_gone(world: World) -> None:
    await world.named("old")
    world.store.put("taken", data={"a": "b"})

    decision = await world.named("taken")

    assert (decision.readiness.reason, decision.readiness.progress) == (Reason.CONFIG_MAP_CONFLICT, Progress.STALLED)
    assert world.store.objects["taken"]["data"] == {"a": "b"}
    assert set(world.store.objects) == {"taken"}, "the one that it had is removed"
    assert world.status["vpcId"] == AWS["vpcId"], "the details are known all the same"
    assert "configMapName" not in world.status

    world.store.objects.clear()
    assert (await world.named("taken")).readiness.reason is Reason.AVAILABLE
    assert world.status["configMapName"] == "taken"


async def test_while_atlas_has_no_network_the_config_map_stays_as_it_is(world: World) -> None:
    await world.named("atlas")
    world.answer = refusal(404, "NOT_THERE")

    assert (await world.named("atlas")).readiness.reason is Reason.REGION_NOT_AVAILABLE

    assert world.store.objects["atlas"]["data"] == DATA
    assert "vpcId" not in world.status
    await world.named("another")
    assert world.store.objects == {}, "one that the spec does not name any more goes"


async def test_what_the_api_server_refuses_is_said_and_the_details_are_known_all_the_same(world: World) -> None:
    world.store.refusals["POST"] = KubernetesError(403, "Forbidden", "exceeded quota: configmaps=1")

    decision = await world.named("atlas")

    assert (decision.readiness.reason, decision.readiness.progress) == (Reason.WRITE_REFUSED, Progress.STALLED)
    assert "exceeded quota" in decision.readiness.message
    assert world.status["vpcId"] == AWS["vpcId"]


async def test_an_old_config_map_that_may_not_be_removed_is_remembered(world: World) -> None:
    await world.named("old")
    world.store.refusals["DELETE"] = KubernetesError(403, "Forbidden", "no")

    assert (await world.named("new")).readiness.reason is Reason.WRITE_REFUSED
    assert world.status["configMapName"] == "old"

    world.store.refusals.clear()
    await world.named("new")
    assert set(world.store.objects) == {"new"}


async def test_an_api_server_that_fails_is_tried_again_by_the_controller(world: World) -> None:
    world.store.refusals["GET"] = KubernetesError(503, "ServiceUnavailable", "later")

    with pytest.raises(KubernetesError):
        await world.named("atlas")
