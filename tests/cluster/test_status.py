"""What the status says in each state, to people and to programs that read kstatus."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from atlas_streams_peering.api.conditions import Reason
from cluster.atlas import PollTrigger, request
from cluster.audit import Write, writes
from cluster.kstatus import Kstatus, kstatus
from cluster.namespace import Namespace, condition_of, pcx, peering, vpc
from cluster.reasons import (
    KSTATUS,
    NAMES,
    OF_OTHER_KINDS,
    OF_OTHER_MODULES,
    POLL_FAILED,
    PROGRESS,
    REACHED,
    RECONCILING,
    STALLED,
    create_objects,
)
from cluster.waiting import next_second
from local_cluster import Cluster

pytestmark = pytest.mark.usefixtures("operator", "poll_trigger")


@pytest.fixture(scope="module")
def shown(namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger) -> dict[str, dict[str, Any]]:
    """The objects by reason, once all are where they shall be."""
    create_objects(namespace, simulator)
    found = namespace.wait_for_reasons({name: reason for reason, name in NAMES.items()})
    return {reason: found[name] for reason, name in NAMES.items()}


def test_no_reason_is_left_out() -> None:
    assert PROGRESS.keys() | OF_OTHER_MODULES == set(Reason) - {Reason.OBSERVED} - OF_OTHER_KINDS


@pytest.mark.parametrize("reason", PROGRESS)
def test_kstatus_comes_to_the_right_verdict(shown: dict[str, dict[str, Any]], reason: str) -> None:
    assert kstatus(shown[reason]) is KSTATUS[PROGRESS[reason]]


@pytest.mark.parametrize("reason", PROGRESS)
def test_reconciling_and_stalled_are_there_only_while_they_are_true(
    shown: dict[str, dict[str, Any]], reason: str
) -> None:
    conditions = {condition["type"]: condition for condition in shown[reason]["status"]["conditions"]}
    progress = PROGRESS[reason]

    assert conditions["Ready"]["status"] == ("True" if progress == REACHED else "False")
    assert conditions.keys() - {"Ready", "Synced"} == {progress} & {RECONCILING, STALLED}
    for kind in conditions.keys() - {"Ready", "Synced"}:
        assert conditions[kind]["status"] == "True"
        assert conditions[kind]["reason"] == reason
        assert conditions[kind]["message"] == conditions["Ready"]["message"]


@pytest.mark.parametrize("reason", PROGRESS)
def test_each_condition_names_its_generation_and_says_one_sentence(
    shown: dict[str, dict[str, Any]], reason: str
) -> None:
    found = shown[reason]

    assert found["status"]["observedGeneration"] == found["metadata"]["generation"]
    for condition in found["status"]["conditions"]:
        assert condition["observedGeneration"] == found["metadata"]["generation"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", condition["lastTransitionTime"])
        assert re.fullmatch(r"[^\n]+\.", condition["message"])


@pytest.mark.parametrize("reason", PROGRESS)
def test_synced_says_whether_the_poll_succeeded(shown: dict[str, dict[str, Any]], reason: str) -> None:
    if reason in POLL_FAILED:
        expected: tuple[str | None, str | None] = ("False", reason)
    else:
        expected = (None, None) if reason == "ReferenceNotReady" else ("True", "Observed")
    synced = condition_of(shown[reason], "Synced")

    assert (synced.get("status"), synced.get("reason")) == expected


def test_an_object_that_is_being_deleted_reads_as_terminating(namespace: Namespace, simulator: SimulatorThread) -> None:
    request(simulator, 20)
    namespace.apply(peering("terminating", vpc=vpc(20)))
    namespace.wait_for_reason("terminating", "Active")
    namespace.patch("terminating", suspend=True)
    namespace.wait_for_reason("terminating", "Active")

    namespace.delete("terminating")
    namespace.wait_for_reason("terminating", "Suspended")

    assert kstatus(namespace.objects()["terminating"]) is Kstatus.TERMINATING
    namespace.patch("terminating", deletionPolicy="Retain")


def test_an_object_that_no_operator_has_seen_reads_as_in_progress(
    make_namespace: Callable[[str], Namespace],
) -> None:
    unwatched = make_namespace("unwatched")
    unwatched.apply(peering("untouched", vpc=vpc(1)))

    found = unwatched.objects()["untouched"]

    assert found["status"] == {"observedGeneration": -1}
    assert kstatus(found) is Kstatus.IN_PROGRESS


def test_nothing_is_written_while_nothing_changes(
    cluster: Cluster, namespace: Namespace, poll_trigger: PollTrigger, shown: dict[str, dict[str, Any]]
) -> None:
    poll_trigger.wait_for_polls()
    before = len(writes(cluster, namespace.name))

    poll_trigger.wait_for_polls(4)

    after = writes(cluster, namespace.name)[before:]
    assert [write for write in after if write.name != poll_trigger.NAME] == []
    assert after, "the audit log shows the poll trigger's own writes"


def test_from_apply_to_active_an_object_is_written_three_times(
    cluster: Cluster, namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    request(simulator, 21, delays={"recorded": 0, "requested": 0, "provisioning": 0})
    poll_trigger.wait_for_polls()
    namespace.apply(peering("thrifty", vpc=vpc(21)))
    namespace.wait_for_reason("thrifty", "Active")

    finalizer = Write("patch", "streamsvpcpeerings", "thrifty", 200)
    status = Write("update", "streamsvpcpeerings/status", "thrifty", 200)
    assert [write for write in writes(cluster, namespace.name) if write.name == "thrifty"] == [
        finalizer,
        status,
        status,
    ]


def test_a_transition_time_changes_with_the_status_only(namespace: Namespace, simulator: SimulatorThread) -> None:
    namespace.apply(peering("timed", vpc=vpc(22)))
    namespace.wait_for_reason("timed", "WaitingForRequest")
    waiting = namespace.condition("timed")["lastTransitionTime"]
    next_second()
    simulator.fault("stuck", "accept", connection=pcx(22))
    connection = request(simulator, 22)
    namespace.wait_for_reason("timed", "Accepting")
    assert namespace.condition("timed")["lastTransitionTime"] == waiting

    simulator.set_cloud_status(connection, "active")
    namespace.wait_for_reason("timed", "Active")
    active = namespace.condition("timed")["lastTransitionTime"]
    assert active > waiting

    next_second()
    namespace.patch("timed", requester={"cidr": "10.0.0.0/16"})
    status = namespace.wait_for_reason("timed", "Active")
    assert status["observedGeneration"] == 2
    assert namespace.condition("timed")["lastTransitionTime"] == active


def test_kopf_leaves_no_trace(namespace: Namespace, shown: dict[str, dict[str, Any]]) -> None:
    answer = namespace.kubectl("get", "svp", "active", "-o", "json", "--show-managed-fields").stdout
    found = namespace.objects()["active"]

    assert "kopf" not in answer.lower()
    assert found["metadata"]["finalizers"] == ["atlasstreams.io/cleanup"]
    assert "annotations" not in found["metadata"]
    managers = set(re.findall(r'"manager": "([^"]+)"', answer))
    assert managers == {"admin", "atlas-streams-peering"}
