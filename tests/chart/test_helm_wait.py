"""`helm --wait` on a release with peerings in it: it ends when they are `active`, and fails at once when one is stuck.

Helm 4 waits by kstatus, and by no reading of ours: the library that Flux uses, too (fluxcd/cli-utils), is inside it.
So this is the real thing at work on real objects; what it makes of each reason is a table in tests/cluster.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chart_release import Release
from waiting_release import WaitingRelease
from working_release import NAMED, WorkingRelease

from atlas_simulator import SimulatorThread
from chart.helm import ROOT
from cluster.atlas import quick_atlas, request
from cluster.namespace import Namespace, pcx, peering, vpc
from cluster.waiting import wait_until

SHORT = 5
"""Seconds that Helm is told to wait where nothing comes."""


@pytest.fixture(scope="module")
def atlas() -> Iterator[SimulatorThread]:
    with quick_atlas() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def working(
    kinds: None,
    new_release: Callable[[str], Release],
    atlas: SimulatorThread,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[WorkingRelease]:
    """The operator at work, for two namespaces; a third one is nobody's."""
    release = WorkingRelease(new_release("helm-wait"), atlas)
    try:
        release.install(namespaced=True, secrets=[])
        with release.operator(tmp_path_factory.mktemp("operator")):
            yield release
    finally:
        release.remove_all()


@pytest.fixture
def served(working: WorkingRelease) -> Namespace:
    """A namespace that the operator serves, with a good Secret in it."""
    working.served[0].secret(NAMED)
    return working.served[0]


def test_an_install_ends_when_the_peering_is_active(served: Namespace, atlas: SimulatorThread, tmp_path: Path) -> None:
    release = WaitingRelease(served, "early", tmp_path)
    release.holds(peering("early", vpc=vpc(1)))
    with release.helm("install") as helm:
        served.wait_for_reason("early", "WaitingForRequest", seconds=60)
        atlas.fault("stuck", "accept", connection=pcx(1))
        request(atlas, 1)
        served.wait_for_reason("early", "Accepting", seconds=60)
        assert helm.goes_on

        atlas.set_cloud_status(pcx(1), "active")

        code, said = helm.end()
    assert code == 0, said
    assert served.condition("early")["reason"] == "Active"


def test_an_install_fails_at_once_with_our_sentence_when_the_peering_is_stuck(
    served: Namespace, atlas: SimulatorThread, tmp_path: Path
) -> None:
    request(atlas, 2, state="expired")
    release = WaitingRelease(served, "dead", tmp_path)
    release.holds(peering("dead", vpc=vpc(2)))
    with release.helm("install") as helm:
        code, said = helm.end()
    assert code == 1
    sentence = served.condition("dead", "Stalled")["message"]
    assert f"StreamsVpcPeering/{served.name}/dead not ready. status: Failed, message: {sentence}" in said
    documented = sentence.replace(pcx(2), "pcx-09277e1e81d0751c1")
    assert f"not ready. status: Failed, message: {documented}" in (ROOT / "docs" / "conditions.md").read_text()


def test_an_upgrade_waits_for_what_it_has_changed_not_for_what_was_reached_before(
    served: Namespace, atlas: SimulatorThread, tmp_path: Path
) -> None:
    request(atlas, 3)
    release = WaitingRelease(served, "changing", tmp_path)
    release.holds(peering("changing", vpc=vpc(3)))
    with release.helm("install") as helm:
        assert helm.end()[0] == 0
    atlas.fault("stuck", "delete", connection=pcx(3))
    release.holds(peering("changing", vpc=vpc(3), desiredState="Deleted"))
    with release.helm("upgrade") as helm:
        served.wait_for_reason("changing", "Deleting", seconds=60)
        assert helm.goes_on

        atlas.set_cloud_status(pcx(3), "deleted")

        code, said = helm.end()
    assert code == 0, said
    assert served.condition("changing")["reason"] == "Deleted"


def test_an_uninstall_ends_when_the_connection_is_deleted(
    served: Namespace, atlas: SimulatorThread, tmp_path: Path
) -> None:
    request(atlas, 4)
    release = WaitingRelease(served, "leaving", tmp_path)
    release.holds(peering("leaving", vpc=vpc(4)))
    with release.helm("install") as helm:
        assert helm.end()[0] == 0
    atlas.fault("stuck", "delete", connection=pcx(4))
    with release.helm("uninstall") as helm:
        served.wait_for_reason("leaving", "Deleting", seconds=60)
        assert helm.goes_on

        atlas.set_cloud_status(pcx(4), "deleted")

        code, said = helm.end()
    assert code == 0, said
    assert served.get("leaving") is None


def test_helm_waits_in_vain_for_an_object_that_no_operator_reconciles(working: WorkingRelease, tmp_path: Path) -> None:
    release = WaitingRelease(working.unserved, "untouched", tmp_path)
    release.holds(peering("untouched", vpc=vpc(5)))
    with release.helm("install", timeout=SHORT) as helm:
        code, said = helm.end()
    assert code == 1
    assert "untouched not ready. status: InProgress" in said
    assert "context deadline exceeded" in said


def test_one_that_is_stuck_is_named_only_when_the_others_have_got_there(
    served: Namespace, atlas: SimulatorThread, tmp_path: Path
) -> None:
    request(atlas, 6, state="expired")
    release = WaitingRelease(served, "mixed", tmp_path)
    release.holds(peering("mixed-dead", vpc=vpc(6)), peering("mixed-late", vpc=vpc(7)))
    with release.helm("install") as helm:
        served.wait_for_reasons({"mixed-dead": "RequestExpired", "mixed-late": "WaitingForRequest"}, seconds=60)
        assert helm.goes_on

        request(atlas, 7)

        code, said = helm.end()
    assert code == 1
    assert "mixed-dead not ready. status: Failed" in said
    assert "mixed-late" not in said


def test_what_is_suspended_is_waited_for_in_vain(served: Namespace, atlas: SimulatorThread, tmp_path: Path) -> None:
    request(atlas, 8)
    release = WaitingRelease(served, "paused", tmp_path)
    release.holds(peering("paused", vpc=vpc(8), suspend=True))
    with release.helm("install", timeout=SHORT) as helm:
        code, said = helm.end()
    assert code == 1
    assert "paused not ready. status: InProgress, message: Suspended, nothing is changed in Atlas" in said


def test_a_failed_install_that_is_rolled_back_leaves_no_object(
    served: Namespace, atlas: SimulatorThread, tmp_path: Path
) -> None:
    request(atlas, 9, state="expired")
    release = WaitingRelease(served, "undone", tmp_path)
    release.holds(peering("undone", vpc=vpc(9)))
    with release.helm("install", "--wait", "--rollback-on-failure") as helm:
        code, said = helm.end()
    assert code == 1
    assert "undone not ready. status: Failed" in said
    wait_until(lambda: served.get("undone") is None, "the object is gone", seconds=60)


def test_without_wait_and_in_the_way_of_helm_3_no_peering_is_waited_for(served: Namespace, tmp_path: Path) -> None:
    for name, option in (("unasked", "--wait=hookOnly"), ("helm3", "--wait=legacy")):
        release = WaitingRelease(served, name, tmp_path)
        release.holds(peering(name, vpc=vpc(10)))
        with release.helm("install", option) as helm:
            code, said = helm.end()
        assert code == 0, said
        assert served.condition(name).get("status") != "True"
