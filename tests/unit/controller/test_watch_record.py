"""What lists show and the watch does not tells a change that was lost from a watch that is dead."""

from collections.abc import Iterable

import pytest

from atlas_streams_peering.controller.log_fields import FIELDS
from atlas_streams_peering.controller.watch_record import WatchRecord
from atlas_streams_peering.kube.objects import KubernetesObject
from unit.clock import Clock
from unit.controller.objects import body

GRACE = 180.0


class Scene:
    """A watch, and lists that are taken every minute."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.missed = 0
        self.record = WatchRecord("Widget", grace_period=GRACE, missed=self._miss, clock=self.clock)
        self.record.begun = True

    def _miss(self) -> None:
        self.missed += 1

    def show(self, name: str, version: int | str, namespace: str = "streams") -> None:
        self.record.show(resource(name, version, namespace))

    def compare(self, listed: Iterable[KubernetesObject], *, times: int = 1) -> None:
        for _ in range(times):
            self.record.compare(listed)
            self.clock.now += 60


def resource(name: str, version: int | str, namespace: str = "streams") -> KubernetesObject:
    return KubernetesObject.read(
        body(name=name, namespace=namespace, uid=f"uid-of-{name}", resourceVersion=str(version))
    )


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_watch_that_shows_what_lists_show_lives(scene: Scene) -> None:
    for version in range(1, 20):
        scene.show("orders", version)
        scene.compare([resource("orders", version)])

    assert (scene.record.dead, scene.record.suspect, scene.missed) == (None, False, 0)


def test_the_log_names_in_fields_whose_change_was_missed(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    scene.show("orders", 1)
    scene.compare([resource("orders", 2)], times=2)

    (line,) = (record for record in caplog.records if "has not shown" in record.getMessage())
    assert getattr(line, FIELDS) == {"kind": "Widget", "namespace": "streams", "name": "orders"}


def test_quiet_is_no_sign_of_death(scene: Scene) -> None:
    scene.show("orders", 1)
    scene.compare([resource("orders", 1)], times=100)

    assert (scene.record.dead, scene.missed) == (None, 0)


def test_a_change_that_is_shown_a_moment_after_the_list_is_not_missed(scene: Scene) -> None:
    scene.show("orders", 1)
    scene.compare([resource("orders", 2), resource("payments", 3)])
    assert scene.record.suspect
    scene.show("orders", 2)
    scene.show("payments", 3)
    scene.compare([resource("orders", 2), resource("payments", 3)], times=10)

    assert (scene.record.dead, scene.record.suspect, scene.missed) == (None, False, 0)


def test_a_watch_that_does_not_show_a_change_within_its_grace_period_is_dead(scene: Scene) -> None:
    scene.show("orders", 1)
    scene.compare([resource("orders", 2)], times=3)
    assert scene.record.dead is None

    scene.compare([resource("orders", 2)])

    assert scene.record.dead == (
        "the watch is dead: for 240 s it has shown neither the change of streams/orders that a list shows, "
        "nor anything newer"
    )
    assert scene.missed == 1


def test_a_watch_that_never_showed_anything_is_dead(scene: Scene) -> None:
    scene.compare([resource("orders", 1)], times=4)

    assert scene.record.dead is not None


def test_time_alone_kills_no_watch(scene: Scene) -> None:
    """While the API server is away no list succeeds, and nothing is concluded."""
    scene.show("orders", 1)
    scene.compare([resource("orders", 2)])
    scene.clock.now += 10 * GRACE

    assert scene.record.dead is None


def test_a_watch_that_speaks_again_is_no_longer_dead(scene: Scene) -> None:
    scene.show("orders", 1)
    scene.compare([resource("orders", 2)], times=4)
    assert scene.record.dead is not None

    scene.show("payments", 3)

    assert scene.record.dead is None


def test_a_change_that_the_watch_has_passed_over_is_missed_and_the_watch_lives(scene: Scene) -> None:
    scene.show("orders", 1)
    scene.compare([resource("orders", 2)])
    scene.show("payments", 3)
    scene.compare([resource("orders", 2), resource("payments", 3)], times=10)

    assert (scene.record.dead, scene.record.suspect, scene.missed) == (None, False, 1)


def test_a_deletion_that_the_watch_has_not_shown_is_missed_and_the_watch_lives(scene: Scene) -> None:
    scene.show("orders", 1)
    scene.compare([], times=10)

    assert (scene.record.dead, scene.record.suspect, scene.missed) == (None, False, 1)


def test_a_deletion_that_is_shown_is_not_missed(scene: Scene) -> None:
    scene.show("orders", 1)
    scene.compare([])
    scene.record.show_gone("uid-of-orders")
    scene.compare([], times=10)

    assert (scene.record.suspect, scene.missed) == (False, 0)


def test_what_comes_or_goes_while_a_list_is_read_is_not_missed(scene: Scene) -> None:
    scene.show("came", 1)
    scene.compare([resource("went", 2)])
    scene.compare([resource("came", 1)], times=10)

    assert (scene.record.dead, scene.record.suspect, scene.missed) == (None, False, 0)


def test_of_versions_that_are_no_numbers_nothing_is_concluded(scene: Scene) -> None:
    scene.compare([resource("orders", "opaque")], times=10)
    scene.show("orders", "other")
    scene.compare([resource("orders", "opaque")], times=10)

    assert (scene.record.dead, scene.record.suspect) == (None, False)


# -- a watch that has not begun


def test_a_watch_that_does_not_begin_although_lists_work_is_dead_until_it_begins(scene: Scene) -> None:
    scene.record.begun = False
    scene.compare([], times=3)
    assert scene.record.dead is None

    scene.compare([])
    assert scene.record.dead == "the watch has not begun, although lists have worked for 180 s"

    scene.record.begun = True
    assert scene.record.dead is None


def test_a_watch_that_does_not_begin_while_lists_fail_too_is_not_dead(scene: Scene) -> None:
    scene.record.begun = False
    for _ in range(10):
        scene.compare([], times=2)
        scene.record.list_failed()

    assert scene.record.dead is None
