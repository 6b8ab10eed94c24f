"""What somebody has to act on is a Warning Event, once, for every kind."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.controller.decision import Progress, Readiness, SyncResult
from atlas_streams_peering.controller.report import Reporter
from atlas_streams_peering.controller.status import ABOUT_ACCESS
from atlas_streams_peering.controller.store import Entry, Store
from atlas_streams_peering.kinds.resources import KINDS
from atlas_streams_peering.kube.objects import KubernetesObject
from atlas_streams_peering.kube.writer import ObjectWriter
from atlas_streams_peering.scheduling.clock import Clock
from unit.clock import VIRTUAL_TIME
from unit.controller.path_world import Events, World
from unit.kinds.entries import body, put

NOON = datetime(2024, 12, 12, 12, 0, tzinfo=UTC)
OBSERVED = SyncResult(Reason.OBSERVED, "The last poll worked.")
EVERY_KIND = pytest.mark.parametrize("kind", [resource.kind for resource in KINDS])


class Writer(ObjectWriter):
    """Takes each status."""

    def __init__(self) -> None:
        pass

    async def write_status(self, obj: KubernetesObject, status: Mapping[str, Any]) -> KubernetesObject:
        version = obj.resource_version + 1
        return KubernetesObject.read(body(obj.name, version=version) | {"status": status})


class ReportHarness:
    """A reporter with one object of a kind, and the Events that it records."""

    def __init__(self, kind: str) -> None:
        self.store, self.events = Store(), Events()
        self.entry = put(self.store, kind, body("orders"))
        clock = Clock(now=lambda: NOON)
        self.reporter = Reporter({kind: Writer()}, self.events, self._written, clock=clock)

    def _written(self, entry: Entry, obj: KubernetesObject) -> None:
        self.store.put(entry.kind, obj)

    async def say(
        self, reason: Reason, progress: Progress, sync: SyncResult = OBSERVED, *, recorded: Reason | None = None
    ) -> None:
        """Report that Ready says this; a turn with no news does so again."""
        before = self.entry.resource.status
        readiness = Readiness(reason, f"Someone has to act on {reason}.", progress)
        after = self.reporter.builder(self.entry).observed(before, readiness, sync)
        await self.reporter.report(self.entry, before, after, recorded=recorded)

    @property
    def warnings(self) -> list[str]:
        return [reason for kind, reason, _ in self.events.said if kind == "Warning"]


@EVERY_KIND
@pytest.mark.parametrize("reason", Reason)
async def test_each_reason_for_which_an_object_is_stalled_is_a_warning_once(kind: str, reason: Reason) -> None:
    harness = ReportHarness(kind)

    for _ in range(3):
        await harness.say(reason, Progress.STALLED)

    assert harness.events.said == [("Warning", reason, f"Someone has to act on {reason}.")]


@EVERY_KIND
@pytest.mark.parametrize("reason", sorted(ABOUT_ACCESS))
async def test_each_reason_for_which_a_service_cannot_be_asked_is_a_warning_once(kind: str, reason: Reason) -> None:
    """Also where the object is not Stalled: a Secret may come later, and a service may come back."""
    harness = ReportHarness(kind)

    for _ in range(3):
        await harness.say(reason, Progress.RECONCILING, SyncResult(reason, f"Someone has to act on {reason}."))

    assert harness.warnings == [reason]
    assert harness.events.reasons == [reason]


@EVERY_KIND
async def test_a_cause_that_comes_back_is_a_warning_again(kind: str) -> None:
    harness = ReportHarness(kind)

    for reason, progress in (
        (Reason.REFUSED, Progress.STALLED),
        (Reason.PROVISIONING, Progress.RECONCILING),
        (Reason.REFUSED, Progress.STALLED),
    ):
        await harness.say(reason, progress)

    assert harness.warnings == ["Refused", "Refused"]


@EVERY_KIND
async def test_what_was_on_its_way_and_now_waits_for_somebody_is_a_warning_under_the_same_reason(kind: str) -> None:
    harness = ReportHarness(kind)

    await harness.say(Reason.DELETING, Progress.RECONCILING)
    await harness.say(Reason.DELETING, Progress.STALLED)

    assert [said[:2] for said in harness.events.said] == [("Normal", "Deleting"), ("Warning", "Deleting")]


@EVERY_KIND
async def test_a_change_that_was_requested_does_not_hide_that_somebody_has_to_act(kind: str) -> None:
    harness = ReportHarness(kind)

    await harness.say(Reason.REQUEST_FAILED, Progress.STALLED, recorded=Reason.REQUEST_FAILED)

    assert harness.warnings == ["RequestFailed"]


@EVERY_KIND
@pytest.mark.parametrize(
    ("reason", "progress"),
    [
        (Reason.ACTIVE, Progress.REACHED),
        (Reason.PROVISIONING, Progress.RECONCILING),
        (Reason.WAITING_FOR_REQUEST, Progress.RECONCILING),
        (Reason.REFERENCE_NOT_READY, Progress.RECONCILING),
        (Reason.SUSPENDED, Progress.PAUSED),
    ],
)
async def test_progress_is_no_warning(kind: str, reason: Reason, progress: Progress) -> None:
    harness = ReportHarness(kind)

    await harness.say(reason, progress)

    assert [said[:2] for said in harness.events.said] == [("Normal", reason)]


@VIRTUAL_TIME
async def test_a_secret_that_is_not_there_is_a_warning_however_often_it_is_looked_for() -> None:
    async with World() as world:
        world.remove_secret()
        world.create(row="r")
        await world.until_reason("CredentialsMissing")

        await world.passing(300)

        assert [said[:2] for said in world.events.said] == [("Warning", "CredentialsMissing")]
        assert "streams/key does not exist" in world.events.said[0][2]
