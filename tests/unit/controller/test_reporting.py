"""What was asked of Atlas gets into the status, however often that fails to be written."""

import pytest

from atlas_streams_peering.api.conditions import Condition
from atlas_streams_peering.controller.controller import Controller
from atlas_streams_peering.controller.events import EventRecorder
from atlas_streams_peering.controller.reporting import Reporter
from atlas_streams_peering.controller.resources import Resource
from atlas_streams_peering.controller.writer import Writer
from atlas_streams_peering.kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING, StreamsVpcPeeringStatus
from atlas_streams_peering.kube.api import KubernetesApi, KubernetesError
from unit.controller.api_server import ApiServer
from unit.controller.objects import create, stored

BEFORE = StreamsVpcPeeringStatus(observed_generation=-1)
ACCEPTING = Condition(
    type="Ready",
    status="False",
    observed_generation=1,
    last_transition_time="2024-12-12T12:00:00Z",
    reason="Accepting",
    message="pcx-1 is being accepted; waiting for Atlas.",
)
AFTER = StreamsVpcPeeringStatus(observed_generation=1, connection_name="pcx-1", conditions=(ACCEPTING,))


@pytest.fixture
def reporter(api: KubernetesApi, controller: Controller) -> Reporter:
    return Reporter(STREAMS_VPC_PEERING.kind, Writer(api, STREAMS_VPC_PEERING), EventRecorder(api), controller)


async def fail_to_report(server: ApiServer, reporter: Reporter, *, status: int, asked: bool) -> None:
    server.fail("PATCH", status=status)
    with pytest.raises(KubernetesError):
        await reporter.report(create(server), BEFORE, AFTER, asked=asked)


async def test_what_was_asked_is_written_when_that_works_again_whatever_the_object_wants_by_then(
    server: ApiServer, reporter: Reporter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await fail_to_report(server, reporter, status=500, asked=True)
    changed = create(server, generation=2)
    server.fail("PATCH", status=500)
    with pytest.raises(KubernetesError):
        await reporter.catch_up(changed)
    assert "Accepting" not in caplog.text

    assert await reporter.catch_up(changed)

    assert stored(server)["status"]["connectionName"] == "pcx-1"
    assert stored(server)["status"]["observedGeneration"] == 1
    assert caplog.text.count("Accepting") == 1
    assert not await reporter.catch_up(changed)


async def test_what_was_written_though_the_answer_was_lost_is_not_written_again(
    server: ApiServer, reporter: Reporter
) -> None:
    await fail_to_report(server, reporter, status=500, asked=True)
    create(server)
    stored(server)["status"] = server.made("PATCH")[0].body["status"]

    assert await reporter.catch_up(Resource.read(stored(server)))

    assert len(server.made("PATCH")) == 1


@pytest.mark.parametrize(("status", "asked"), [(422, True), (500, False)], ids=["invalid", "nothing was asked"])
async def test_no_other_status_is_kept(server: ApiServer, reporter: Reporter, status: int, asked: bool) -> None:
    await fail_to_report(server, reporter, status=status, asked=asked)

    assert not await reporter.catch_up(create(server))


async def test_nothing_is_kept_of_an_object_that_is_gone(server: ApiServer, reporter: Reporter) -> None:
    await fail_to_report(server, reporter, status=500, asked=True)

    reporter.forget("uid-of-kafka")

    assert not await reporter.catch_up(create(server))
