"""The status of any kind: conditions, what stays when nothing can be observed, and what counts as a change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from atlas_streams_peering.api.conditions import Condition, ConditionType, Reason
from atlas_streams_peering.api.status import ResourceStatus
from atlas_streams_peering.api.times import format_time
from atlas_streams_peering.controller.decision import Progress, Readiness, SyncResult
from atlas_streams_peering.controller.status import (
    StatusBuilder,
    content_of,
    own_part,
    reworded,
    says_the_same,
    turned,
)
from atlas_streams_peering.kube.objects import KubernetesObject


class ParcelStatus(ResourceStatus):
    """The status of a kind with one field of its own."""

    place: str | None = None


class Conditions(NamedTuple):
    """The conditions of an object, in short."""

    reason: str
    ready: str
    also: tuple[str, ...] = ()


NOW = datetime(2024, 12, 12, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
NOW_TEXT, LATER_TEXT = format_time(NOW), format_time(LATER)
GENERATION = 3

NEW = ParcelStatus(observed_generation=-1)
OBSERVED = SyncResult(Reason.OBSERVED, "The list was read.")
ACTIVE = Readiness(Reason.ACTIVE, "It is there.", Progress.REACHED)
WAITING = Readiness(Reason.WAITING_FOR_REQUEST, "Waiting for it.", Progress.RECONCILING)
PROVISIONING = Readiness(Reason.PROVISIONING, "It is on its way.", Progress.RECONCILING)
FAILED = Readiness(Reason.REQUEST_FAILED, "It has failed.", Progress.STALLED)
SUSPENDED = Readiness(Reason.SUSPENDED, "Nothing is changed.", Progress.PAUSED)
REFERENCE = Readiness(Reason.REFERENCE_NOT_READY, "Waiting for the other one.", Progress.RECONCILING)
INVALID = Readiness(Reason.INVALID_SPEC, "The stored spec is not valid.", Progress.STALLED)
REFUSED_WRITE = Readiness(Reason.WRITE_REFUSED, "The Kubernetes API refuses the status.", Progress.STALLED)
CONCLUSIONS = pytest.mark.parametrize("readiness", [ACTIVE, PROVISIONING, FAILED, SUSPENDED], ids=lambda r: r.reason)

UNAVAILABLE = SyncResult(Reason.ATLAS_UNAVAILABLE, "The service did not answer.")
LIMITED = SyncResult(Reason.RATE_LIMITED, "The service limits the rate of requests.")
MISSING = SyncResult(Reason.CREDENTIALS_MISSING, "Secret team-a/key does not exist.", terminal=True)
TRANSIENT = pytest.mark.parametrize("sync", [UNAVAILABLE, LIMITED], ids=lambda sync: sync.reason.value)
TERMINAL = [Reason.CREDENTIALS_INVALID, Reason.UNAUTHORIZED, Reason.ACCESS_LIST_BLOCKED, Reason.PROJECT_NOT_FOUND]


def builder(
    previous: ParcelStatus = NEW, *, now: datetime = NOW, generation: int = GENERATION, requested: str | None = None
) -> StatusBuilder[ParcelStatus]:
    return StatusBuilder(previous, generation, now, requested)


def observed(
    readiness: Readiness = ACTIVE, previous: ParcelStatus = NEW, *, now: datetime = NOW, place: str = "here"
) -> ParcelStatus:
    return builder(previous, now=now).observed(ParcelStatus(place=place), readiness, OBSERVED)


def blocked(previous: ParcelStatus, sync: SyncResult, *, now: datetime = LATER) -> ParcelStatus:
    progress = Progress.RECONCILING if sync.reason is Reason.CREDENTIALS_MISSING else Progress.STALLED
    return builder(previous, now=now).blocked(Readiness(sync.reason, sync.message, progress), sync)


def condition(status: ParcelStatus, kind: str) -> Condition:
    found = status.condition(kind)
    assert found is not None
    return found


def conditions_of(status: ParcelStatus) -> Conditions:
    ready = condition(status, ConditionType.READY)
    also = tuple(c.type for c in status.conditions if c.type in (ConditionType.RECONCILING, ConditionType.STALLED))
    return Conditions(ready.reason, ready.status, also)


class TestObserved:
    def test_the_kinds_own_fields_are_those_that_were_decided_on(self) -> None:
        assert observed(previous=observed(place="there"), place="here").place == "here"

    def test_every_condition_speaks_of_the_generation_that_was_observed(self) -> None:
        status = observed(WAITING)
        assert status.observed_generation == GENERATION
        assert {c.type: c.observed_generation for c in status.conditions} == {
            "Ready": GENERATION,
            "Synced": GENERATION,
            "Reconciling": GENERATION,
        }

    @pytest.mark.parametrize(
        ("readiness", "ready", "also"),
        [
            (ACTIVE, "True", ()),
            (WAITING, "False", ("Reconciling",)),
            (FAILED, "False", ("Stalled",)),
            (SUSPENDED, "False", ()),
        ],
        ids=lambda value: getattr(value, "reason", None),
    )
    def test_the_progress_decides_which_conditions_are_there(
        self, readiness: Readiness, ready: str, also: tuple[str, ...]
    ) -> None:
        status = observed(readiness)
        assert conditions_of(status) == Conditions(readiness.reason, ready, also)
        assert [c.type for c in status.conditions] == ["Ready", "Synced", *also]

    @pytest.mark.parametrize("readiness", [WAITING, FAILED], ids=lambda r: r.reason)
    def test_reconciling_and_stalled_say_what_ready_says(self, readiness: Readiness) -> None:
        status = observed(readiness)
        (also,) = (c for c in status.conditions if c.type in ("Reconciling", "Stalled"))
        assert (also.status, also.reason, also.message) == ("True", readiness.reason, readiness.message)

    def test_a_poll_that_worked_is_observed(self) -> None:
        synced = condition(observed(), "Synced")
        assert (synced.status, synced.reason, synced.message) == ("True", "Observed", OBSERVED.message)

    def test_saying_it_again_changes_nothing(self) -> None:
        once = observed(WAITING)
        assert observed(WAITING, once, now=LATER) == once


class TestTransitionTime:
    def test_it_is_now_for_a_new_condition(self) -> None:
        assert {c.last_transition_time for c in observed().conditions} == {NOW_TEXT}

    def test_it_stays_while_only_the_reason_changes(self) -> None:
        after = observed(PROVISIONING, observed(WAITING), now=LATER)
        assert {c.last_transition_time for c in after.conditions} == {NOW_TEXT}

    def test_it_moves_when_the_status_flips(self) -> None:
        after = observed(ACTIVE, observed(WAITING), now=LATER)
        assert condition(after, "Ready").last_transition_time == LATER_TEXT
        assert condition(after, "Synced").last_transition_time == NOW_TEXT

    def test_it_starts_anew_when_a_condition_comes_back(self) -> None:
        active = observed(ACTIVE, observed(WAITING))
        after = observed(PROVISIONING, active, now=LATER)
        assert condition(after, "Reconciling").last_transition_time == LATER_TEXT


@pytest.mark.parametrize(
    ("requested", "before", "expected"),
    [("now", None, "now"), ("now", "then", "now"), ("", "then", ""), (None, "then", "then"), (None, None, None)],
)
def test_the_request_to_reconcile_is_echoed_however_it_went(
    requested: str | None, before: str | None, expected: str | None
) -> None:
    previous = observed().model_copy(update={"last_handled_reconcile_at": before})
    made = builder(previous, now=LATER, requested=requested)
    statuses = [
        made.observed(ParcelStatus(), ACTIVE, OBSERVED),
        made.blocked(REFERENCE, None),
        made.out_of_touch(UNAVAILABLE),
    ]
    assert [status.last_handled_reconcile_at for status in statuses] == [expected] * 3


@TRANSIENT
class TestTransientFailure:
    def test_only_synced_turns(self, sync: SyncResult) -> None:
        before = observed()
        after = builder(before, now=LATER).out_of_touch(sync)
        synced = condition(after, "Synced")
        assert (synced.status, synced.reason, synced.message) == ("False", sync.reason, sync.message)
        assert synced.last_transition_time == LATER_TEXT
        kept = {"conditions": tuple(synced if c.type == "Synced" else c for c in before.conditions)}
        assert after == before.model_copy(update=kept)

    @CONCLUSIONS
    def test_whatever_was_concluded_stays(self, sync: SyncResult, readiness: Readiness) -> None:
        before = observed(readiness)
        assert conditions_of(builder(before).out_of_touch(sync)) == conditions_of(before)

    def test_a_new_spec_does_not_count_as_observed(self, sync: SyncResult) -> None:
        after = builder(observed(), generation=GENERATION + 1).out_of_touch(sync)
        assert (after.observed_generation, condition(after, "Ready").observed_generation) == (GENERATION, GENERATION)

    def test_saying_it_again_changes_nothing(self, sync: SyncResult) -> None:
        once = builder(observed()).out_of_touch(sync)
        assert builder(once, now=LATER).out_of_touch(sync) == once

    def test_a_poll_that_works_again_turns_synced_back(self, sync: SyncResult) -> None:
        after = observed(ACTIVE, builder(observed()).out_of_touch(sync), now=LATER)
        synced = condition(observed(), "Synced").model_copy(update={"last_transition_time": LATER_TEXT})
        kept = tuple(synced if c.type == "Synced" else c for c in observed().conditions)
        assert after == observed().model_copy(update={"conditions": kept})

    def test_an_object_never_observed_carries_the_reason_on_ready(self, sync: SyncResult) -> None:
        after = builder(NEW).out_of_touch(sync)
        assert conditions_of(after) == Conditions(sync.reason, "False", ("Reconciling",))
        assert after.observed_generation == GENERATION

    @pytest.mark.parametrize("before", [Reason.CREDENTIALS_MISSING, *TERMINAL])
    def test_what_kept_it_from_being_observed_before_is_replaced(self, sync: SyncResult, before: Reason) -> None:
        never_seen = blocked(NEW, SyncResult(before, "No.", terminal=True))
        assert conditions_of(builder(never_seen).out_of_touch(sync)) == Conditions(
            sync.reason, "False", ("Reconciling",)
        )

    @pytest.mark.parametrize("obstacle", [REFERENCE, INVALID, REFUSED_WRITE], ids=lambda r: r.reason)
    @pytest.mark.parametrize("before", [NEW, observed()], ids=["never observed", "observed before"])
    def test_an_obstacle_that_is_over_is_no_conclusion(
        self, sync: SyncResult, before: ParcelStatus, obstacle: Readiness
    ) -> None:
        waiting = builder(before).blocked(obstacle, None)
        assert conditions_of(builder(waiting).out_of_touch(sync)) == Conditions(sync.reason, "False", ("Reconciling",))

    def test_a_change_that_was_refused_for_want_of_a_role_is_a_conclusion(self, sync: SyncResult) -> None:
        refused = observed(Readiness(Reason.UNAUTHORIZED, "The role is missing.", Progress.STALLED))
        after = builder(refused).out_of_touch(sync)
        assert conditions_of(after) == conditions_of(refused) == Conditions("Unauthorized", "False", ("Stalled",))


class TestTerminalFailure:
    @pytest.mark.parametrize("reason", TERMINAL)
    def test_it_stalls_with_the_services_answer_on_ready_and_synced(self, reason: Reason) -> None:
        after = blocked(observed(), SyncResult(reason, "The service says no.", terminal=True))
        synced = condition(after, "Synced")
        assert conditions_of(after) == Conditions(reason, "False", ("Stalled",))
        assert (synced.status, synced.reason, synced.message) == ("False", reason, "The service says no.")

    def test_missing_credentials_are_waited_for(self) -> None:
        assert conditions_of(blocked(observed(), MISSING)) == Conditions(
            "CredentialsMissing", "False", ("Reconciling",)
        )

    def test_what_was_observed_before_stays(self) -> None:
        before = observed()
        after = blocked(before, MISSING)
        assert after.model_copy(update={"conditions": before.conditions}) == before

    def test_saying_it_again_changes_nothing(self) -> None:
        once = blocked(observed(), MISSING)
        assert blocked(once, MISSING, now=LATER + timedelta(hours=1)) == once

    def test_missing_then_unavailable_then_observed(self) -> None:
        unavailable = builder(blocked(NEW, MISSING)).out_of_touch(UNAVAILABLE)
        assert conditions_of(unavailable) == Conditions("AtlasUnavailable", "False", ("Reconciling",))
        assert conditions_of(observed(ACTIVE, unavailable)) == Conditions("Active", "True")


@pytest.mark.parametrize("obstacle", [REFERENCE, INVALID, REFUSED_WRITE], ids=lambda r: r.reason)
class TestObstacleBeforeAnyPoll:
    def test_nothing_is_said_of_a_poll_that_did_not_take_place(self, obstacle: Readiness) -> None:
        after = builder().blocked(obstacle, None)
        assert "Synced" not in {c.type for c in after.conditions}
        assert conditions_of(after).reason == obstacle.reason

    def test_the_last_poll_stays_as_it_was(self, obstacle: Readiness) -> None:
        before = observed()
        after = builder(before, now=LATER).blocked(obstacle, None)
        assert condition(after, "Synced") == condition(before, "Synced")
        assert after.place == before.place

    def test_saying_it_again_changes_nothing(self, obstacle: Readiness) -> None:
        once = builder(observed(), now=LATER).blocked(obstacle, None)
        assert builder(once, now=LATER + timedelta(hours=1)).blocked(obstacle, None) == once


THEIRS = {"type": "Audited", "status": "True", "reason": "Seen", "message": "", "lastTransitionTime": NOW_TEXT}


def with_status(status: dict[str, Any]) -> KubernetesObject:
    body = {"metadata": {"name": "kafka", "namespace": "team-a", "uid": "uid"}, "status": status}
    return KubernetesObject.read(body)


class TestWhatIsWritten:
    def test_conditions_of_others_stay(self) -> None:
        content = content_of(observed(), with_status({"conditions": [THEIRS]}))
        assert [c["type"] for c in content["conditions"]] == ["Ready", "Synced", "Audited"]

    def test_conditions_of_others_are_not_read_as_our_own(self) -> None:
        stored = content_of(observed(), with_status({"conditions": [THEIRS]}))
        assert ParcelStatus.model_validate(own_part(stored)) == observed()

    def test_a_status_without_conditions_has_none_of_ours(self) -> None:
        assert own_part({"place": "here"}) == {"place": "here", "conditions": []}

    def test_what_has_no_value_is_left_out(self) -> None:
        content = content_of(ParcelStatus(observed_generation=1), with_status({}))
        assert content == {"observedGeneration": 1, "conditions": []}

    def test_the_order_of_conditions_is_no_difference(self) -> None:
        content = content_of(observed(), with_status({"conditions": [THEIRS]}))
        assert says_the_same(content, {**content, "conditions": content["conditions"][::-1]})

    @pytest.mark.parametrize("other", [{"place": "there"}, {"conditions": []}, {"extra": 1}], ids=str)
    def test_anything_else_is_one(self, other: dict[str, Any]) -> None:
        content = content_of(observed(), with_status({}))
        assert not says_the_same(content, {**content, **other})


class TestNews:
    def test_a_first_condition_has_turned(self) -> None:
        after = observed(WAITING)
        assert turned(NEW, after, ConditionType.READY) == condition(after, "Ready")

    def test_another_reason_has_turned(self) -> None:
        before, after = observed(WAITING), observed(PROVISIONING)
        assert turned(before, after, ConditionType.READY) == condition(after, "Ready")

    def test_the_same_reason_in_other_words_has_not_turned_but_is_reworded(self) -> None:
        before, after = observed(WAITING), observed(replace(WAITING, message="Waiting for another one."))
        assert turned(before, after, ConditionType.READY) is None
        assert reworded(before, after, ConditionType.READY) == condition(after, "Ready")

    def test_the_same_is_neither(self) -> None:
        once = observed(WAITING)
        assert turned(once, once, ConditionType.READY) is None
        assert reworded(once, once, ConditionType.READY) is None

    def test_what_is_not_there_any_more_is_neither(self) -> None:
        before, after = observed(WAITING), observed(ACTIVE)
        assert turned(before, after, ConditionType.RECONCILING) is None
        assert reworded(before, after, ConditionType.RECONCILING) is None
