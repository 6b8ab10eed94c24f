"""What lists show and the watch does not tells a change that was lost from a watch that is dead."""

from collections.abc import Iterable

import pytest

from atlas_streams_peering.controller.log_fields import FIELDS
from atlas_streams_peering.controller.watch_record import WatchRecord
from atlas_streams_peering.kube.objects import KubernetesObject
from unit.clock import Clock
from unit.controller.objects import body

GRACE = 180.0


class WatchHarness:
    """A watch, and lists that are taken every minute."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.missed = 0
        self.record = WatchRecord("Widget", grace_period=GRACE, missed=self._miss, clock=self.clock)
        self.record.begun = True

    def _miss(self) -> None:
        self.missed += 1

    def show(self, name: str, version: int | str, namespace: str = "streams") -> None:
        shown = resource(name, version, namespace)
        self.record.show(shown.uid, shown.resource_version)

    def compare(self, listed: Iterable[KubernetesObject], *, times: int = 1) -> None:
        for _ in range(times):
            self.record.compare(listed)
            self.clock.now += 60


def resource(name: str, version: int | str, namespace: str = "streams") -> KubernetesObject:
    return KubernetesObject.read(
        body(name=name, namespace=namespace, uid=f"uid-of-{name}", resourceVersion=str(version))
    )


@pytest.fixture
def harness() -> WatchHarness:
    return WatchHarness()


def test_a_watch_that_shows_what_lists_show_lives(harness: WatchHarness) -> None:
    for version in range(1, 20):
        harness.show("orders", version)
        harness.compare([resource("orders", version)])

    assert (harness.record.dead, harness.record.suspect, harness.missed) == (None, False, 0)


def test_the_log_names_in_fields_whose_change_was_missed(
    harness: WatchHarness, caplog: pytest.LogCaptureFixture
) -> None:
    harness.show("orders", 1)
    harness.compare([resource("orders", 2)], times=2)

    (line,) = (record for record in caplog.records if "has not shown" in record.getMessage())
    assert getattr(line, FIELDS) == {"kind": "Widget", "namespace": "streams", "name": "orders"}


def test_quiet_is_no_sign_of_death(harness: WatchHarness) -> None:
    harness.show("orders", 1)
    harness.compare([resource("orders", 1)], times=100)

    assert (harness.record.dead, harness.missed) == (None, 0)


def test_a_change_that_is_shown_a_moment_after_the_list_is_not_missed(harness: WatchHarness) -> None:
    harness.show("orders", 1)
    harness.compare([resource("orders", 2), resource("payments", 3)])
    assert harness.record.suspect
    harness.show("orders", 2)
    harness.show("payments", 3)
    harness.compare([resource("orders", 2), resource("payments", 3)], times=10)

    assert (harness.record.dead, harness.record.suspect, harness.missed) == (None, False, 0)


def test_a_watch_that_does_not_show_a_change_within_its_grace_period_is_dead(harness: WatchHarness) -> None:
    harness.show("orders", 1)
    harness.compare([resource("orders", 2)], times=3)
    assert harness.record.dead is None

    harness.compare([resource("orders", 2)])

    assert harness.record.dead == (
        "the watch is dead: for 240 s it has shown neither the change of streams/orders that a list shows, "
        "nor anything newer"
    )
    assert harness.missed == 1


def test_a_watch_that_never_showed_anything_is_dead(harness: WatchHarness) -> None:
    harness.compare([resource("orders", 1)], times=4)

    assert harness.record.dead is not None


def test_time_alone_kills_no_watch(harness: WatchHarness) -> None:
    """While the API server is away no list succeeds, and nothing is concluded."""
    harness.show("orders", 1)
    harness.compare([resource("orders", 2)])
    harness.clock.now += 10 * GRACE

    assert harness.record.dead is None


def test_a_watch_that_speaks_again_is_no_longer_dead(harness: WatchHarness) -> None:
    harness.show("orders", 1)
    harness.compare([resource("orders", 2)], times=4)
    assert harness.record.dead is not None

    harness.show("payments", 3)

    assert harness.record.dead is None


def test_a_change_that_the_watch_has_passed_over_is_missed_and_the_watch_lives(harness: WatchHarness) -> None:
    harness.show("orders", 1)
    harness.compare([resource("orders", 2)])
    harness.show("payments", 3)
    harness.compare([resource("orders", 2), resource("payments", 3)], times=10)

    assert (harness.record.dead, harness.record.suspect, harness.missed) == (None, False, 1)


def test_a_deletion_that_the_watch_has_not_shown_is_missed_and_the_watch_lives(harness: WatchHarness) -> None:
    harness.show("orders", 1)
    harness.compare([], times=10)

    assert (harness.record.dead, harness.record.suspect, harness.missed) == (None, False, 1)


def test_a_deletion_that_is_shown_is_not_missed(harness: WatchHarness) -> None:
    harness.show("orders", 1)
    harness.compare([])
    harness.record.show_gone("uid-of-orders")
    harness.compare([], times=10)

    assert (harness.record.suspect, harness.missed) == (False, 0)


def test_what_comes_or_goes_while_a_list_is_read_is_not_missed(harness: WatchHarness) -> None:
    harness.show("came", 1)
    harness.compare([resource("went", 2)])
    harness.compare([resource("came", 1)], times=10)

    assert (harness.record.dead, harness.record.suspect, harness.missed) == (None, False, 0)


def test_of_versions_that_are_no_numbers_nothing_is_concluded(harness: WatchHarness) -> None:
    harness.compare([resource("orders", "opaque")], times=10)
    harness.show("orders", "other")
    harness.compare([resource("orders", "opaque")], times=10)

    assert (harness.record.dead, harness.record.suspect) == (None, False)


# -- a watch that has not begun


def test_a_watch_that_does_not_begin_although_lists_work_is_dead_until_it_begins(harness: WatchHarness) -> None:
    harness.record.begun = False
    harness.compare([], times=3)
    assert harness.record.dead is None

    harness.compare([])
    assert harness.record.dead == "the watch has not begun, although lists have worked for 180 s"

    harness.record.begun = True
    assert harness.record.dead is None


def test_a_watch_that_does_not_begin_while_lists_fail_too_is_not_dead(harness: WatchHarness) -> None:
    harness.record.begun = False
    for _ in range(10):
        harness.compare([], times=2)
        harness.record.list_failed()

    assert harness.record.dead is None


def test_an_older_version_that_is_shown_late_takes_nothing_back(harness: WatchHarness) -> None:
    harness.show("orders", 3)
    harness.show("orders", 2)
    harness.compare([resource("orders", 3)], times=5)

    assert (harness.record.dead, harness.record.suspect, harness.missed) == (None, False, 0)
