"""Events are posted in the background, and hold up nobody."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from atlas_streams_peering.controller.events import EventRecorder
from atlas_streams_peering.kube.api import KubernetesApi, KubernetesError
from unit.atlas.virtual_time import in_virtual_time, now
from unit.controller.api_server import ApiServer
from unit.controller.objects import NAMESPACE, create

EVENTS = f"/api/v1/namespaces/{NAMESPACE}/events"


@pytest.fixture
async def recorder(api: KubernetesApi) -> AsyncIterator[EventRecorder]:
    recorder = EventRecorder(api)
    task = asyncio.create_task(recorder.run())
    yield recorder
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def posted(server: ApiServer) -> list[dict[str, Any]]:
    return [body for path, body in server.objects.items() if path.startswith(EVENTS)]


async def test_an_event_tells_of_its_object(server: ApiServer, recorder: EventRecorder) -> None:
    resource = create(server)

    recorder.record("StreamsVpcPeering", resource, "Active", "It is active.")
    await recorder.flush(seconds=60)

    [event] = posted(server)
    assert event["involvedObject"] == {
        "apiVersion": "atlasstreams.io/v1alpha1",
        "kind": "StreamsVpcPeering",
        "namespace": NAMESPACE,
        "name": "kafka",
        "uid": "uid-of-kafka",
    }
    assert (event["type"], event["reason"], event["message"]) == ("Normal", "Active", "It is active.")
    assert event["firstTimestamp"] == event["lastTimestamp"] != ""
    assert event["source"]["component"] == event["reportingComponent"] == "atlas-streams-peering"


async def test_a_warning_is_one(server: ApiServer, recorder: EventRecorder) -> None:
    recorder.record("StreamsVpcPeering", create(server), "AcceptFailed", "It failed.", warning=True)
    await recorder.flush(seconds=60)

    assert posted(server)[0]["type"] == "Warning"


async def test_events_are_posted_in_the_order_in_which_they_happened(
    server: ApiServer, recorder: EventRecorder
) -> None:
    resource = create(server)
    for number in range(50):
        recorder.record("StreamsVpcPeering", resource, f"Reason{number}", "x")
    await recorder.flush(seconds=60)

    assert [event["reason"] for event in posted(server)] == [f"Reason{number}" for number in range(50)]


async def test_names_and_messages_stay_within_the_limits_of_the_api(server: ApiServer, recorder: EventRecorder) -> None:
    resource = create(server, "k" * 253)

    recorder.record("StreamsVpcPeering", resource, "Active", "m" * 5000)
    await recorder.flush(seconds=60)

    [event] = posted(server)
    assert len(event["metadata"]["name"]) <= 253
    assert len(event["message"]) <= 1024


async def test_a_failure_is_tried_again(server: ApiServer, recorder: EventRecorder) -> None:
    server.fail("POST", status=500)

    recorder.record("StreamsVpcPeering", create(server), "Active", "x")
    await recorder.flush(seconds=60)

    assert len(posted(server)) == 1


@pytest.mark.parametrize(("status", "worth_a_word"), [(403, True), (404, False), (400, True), (409, True), (422, True)])
async def test_a_refusal_is_not_tried_again(
    server: ApiServer, recorder: EventRecorder, caplog: pytest.LogCaptureFixture, status: int, worth_a_word: bool
) -> None:
    """Where the namespace is gone, that is no fault of anybody's."""
    resource = create(server)
    server.fail("POST", status=status)
    recorder.record("StreamsVpcPeering", resource, "Refused", "x")
    recorder.record("StreamsVpcPeering", resource, "Taken", "x")
    await recorder.flush(seconds=60)

    assert [event["reason"] for event in posted(server)] == ["Taken"]
    warned = any(record.levelno >= logging.WARNING for record in caplog.records)
    assert warned is worth_a_word


async def test_too_many_events_are_not_kept(
    api: KubernetesApi, server: ApiServer, caplog: pytest.LogCaptureFixture
) -> None:
    recorder, resource = EventRecorder(api), create(server)

    for number in range(100_000):
        recorder.record("StreamsVpcPeering", resource, "Active", f"number {number}")
        if caplog.records:
            break

    assert "too many Events are waiting" in caplog.text
    assert 1000 < number < 99_999


async def test_what_is_left_at_the_end_is_said(
    server: ApiServer, recorder: EventRecorder, caplog: pytest.LogCaptureFixture
) -> None:
    server.fail("POST", status=500, times=100)
    recorder.record("StreamsVpcPeering", create(server), "Active", "x")

    await recorder.flush(seconds=0.05)

    assert "not posted" in caplog.text


class Api:
    """Fails as often as it is told, and notes when it was asked."""

    def __init__(self, *failures: Exception) -> None:
        self._failures = list(failures)
        self.times: list[float] = []
        self.posted: list[str] = []

    async def post(self, _path: str, body: dict[str, Any]) -> None:
        self.times.append(now())
        if self._failures:
            raise self._failures.pop(0)
        self.posted.append(body["reason"])


def post(api: Api, *reasons: str) -> None:
    """Record these, and wait until nothing is left."""
    resource = create(ApiServer())

    async def run() -> None:
        recorder = EventRecorder(cast("KubernetesApi", api))
        for reason in reasons:
            recorder.record("StreamsVpcPeering", resource, reason, "x")
        task = asyncio.create_task(recorder.run())
        await recorder.flush(seconds=3600)
        task.cancel()

    in_virtual_time(run)


def test_an_event_that_keeps_failing_is_given_up_and_the_next_is_posted(caplog: pytest.LogCaptureFixture) -> None:
    api = Api(*[KubernetesError(503, "", "busy")] * 6)

    post(api, "First", "Second")

    assert api.posted == ["Second"]
    pauses = [after - before for before, after in zip(api.times, api.times[1:], strict=False)]
    assert pauses[:4] == pytest.approx([0.5, 1, 2, 4])
    assert max(pauses) <= 15
    assert "kept failing" in caplog.text


def test_an_unexpected_error_loses_one_event_only(caplog: pytest.LogCaptureFixture) -> None:
    api = Api(ZeroDivisionError())

    post(api, "First", "Second")

    assert api.posted == ["Second"]
    assert "could not be posted" in caplog.text
