"""The status when Atlas could not be looked at: for a passing reason, or until somebody acts."""

import pytest

from atlas_streams_peering.api.conditions import ConditionType, Reason
from atlas_streams_peering.api.times import format_time
from atlas_streams_peering.controller.readiness import Standing, Verdict
from atlas_streams_peering.controller.retry import Refusal
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType, StreamsVpcPeeringStatus
from atlas_streams_peering.kinds.streams_vpc_peering.status import Look, status_blocked, status_out_of_touch
from unit.kinds.streams_vpc_peering.builders import (
    GENERATION,
    NAME,
    NOW,
    Told,
    asked,
    connection,
    context,
    decided,
    seconds,
    status_after,
    subject,
    told,
)

UNAVAILABLE = Look(Reason.ATLAS_UNAVAILABLE, "Atlas could not list connections: no explanation (HTTP 503).")
LIMITED = Look(Reason.RATE_LIMITED, "Atlas limits the rate of requests: no explanation (HTTP 429).")
MISSING = Look(Reason.CREDENTIALS_MISSING, "Secret team-a/atlas-api does not exist.", lasting=True)
PASSING = pytest.mark.parametrize("look", [UNAVAILABLE, LIMITED], ids=lambda look: look.reason.value)
LASTING = [
    Reason.CREDENTIALS_INVALID,
    Reason.UNAUTHORIZED,
    Reason.ACCESS_LIST_BLOCKED,
    Reason.PROJECT_NOT_FOUND,
]
LATER = NOW + seconds(60)


def seen(word: str = "active") -> StreamsVpcPeeringStatus:
    """The status of an object that was looked at with success."""
    about = subject()
    return status_after(about, decided(about, connection(word)))


def out_of_touch(
    previous: StreamsVpcPeeringStatus, look: Look, generation: int = GENERATION
) -> StreamsVpcPeeringStatus:
    return status_out_of_touch(context(previous, now=LATER, generation=generation), look)


def blocked(previous: StreamsVpcPeeringStatus, look: Look) -> StreamsVpcPeeringStatus:
    standing = Standing.ON_ITS_WAY if look.reason is Reason.CREDENTIALS_MISSING else Standing.STALLED
    return status_blocked(context(previous, now=LATER), Verdict(look.reason, look.message, standing), look)


@PASSING
class TestPassingFailure:
    def test_only_synced_turns(self, look: Look) -> None:
        before = seen()
        after = out_of_touch(before, look)
        synced = after.condition(ConditionType.SYNCED)
        assert synced is not None
        assert (synced.status, synced.reason, synced.message) == ("False", look.reason, look.message)
        assert synced.last_transition_time == format_time(LATER)
        kept = {"conditions": tuple(synced if c.type == "Synced" else c for c in before.conditions)}
        assert after == before.model_copy(update=kept)

    @pytest.mark.parametrize("word", ["active", "pending-acceptance", "expired"])
    def test_whatever_was_concluded_stays(self, look: Look, word: str) -> None:
        before = seen(word)
        assert told(out_of_touch(before, look)) == told(before)

    def test_a_new_spec_does_not_count_as_observed(self, look: Look) -> None:
        after = out_of_touch(seen(), look, generation=GENERATION + 1)
        ready = after.condition(ConditionType.READY)
        assert ready is not None
        assert (after.observed_generation, ready.observed_generation) == (GENERATION, GENERATION)

    def test_saying_it_again_changes_nothing(self, look: Look) -> None:
        once = out_of_touch(seen(), look)
        assert status_out_of_touch(context(once, now=LATER + seconds(3600)), look) == once

    def test_a_look_that_works_again_turns_synced_back(self, look: Look) -> None:
        about = subject(status=out_of_touch(seen(), look))
        after = status_after(about, decided(about, connection("active")), now=LATER)
        assert after == seen().model_copy(
            update={
                "conditions": tuple(
                    c.model_copy(update={"last_transition_time": format_time(LATER)}) if c.type == "Synced" else c
                    for c in seen().conditions
                )
            }
        )

    def test_an_object_never_looked_at_carries_the_reason_on_ready(self, look: Look) -> None:
        after = out_of_touch(StreamsVpcPeeringStatus(observed_generation=-1), look)
        assert told(after) == Told(look.reason.value, "False", ("Reconciling",))
        assert after.observed_generation == GENERATION

    @pytest.mark.parametrize("before", [Reason.CREDENTIALS_MISSING, *LASTING])
    def test_what_stood_in_the_way_of_looking_before_is_replaced(self, look: Look, before: Reason) -> None:
        never_seen = blocked(StreamsVpcPeeringStatus(observed_generation=-1), Look(before, "No.", lasting=True))
        assert told(out_of_touch(never_seen, look)) == Told(look.reason.value, "False", ("Reconciling",))

    def test_a_reference_that_was_waited_for_is_no_conclusion(self, look: Look) -> None:
        waiting = status_blocked(context(), TestReferenceNotReady.VERDICT, None)
        assert told(out_of_touch(waiting, look)) == Told(look.reason.value, "False", ("Reconciling",))

    def test_a_change_that_was_refused_for_want_of_a_role_is_a_conclusion(self, look: Look) -> None:
        refusal = Refusal(Reason.UNAUTHORIZED, "The role is missing.", lasting=True)
        about = subject()
        decision = decided(about, connection(), asked={NAME: asked(ActionType.ACCEPT, refusal=refusal)})
        refused = status_after(about, decision)
        assert told(out_of_touch(refused, look)) == told(refused) == Told("Unauthorized", "False", ("Stalled",))

    def test_the_request_for_a_look_is_echoed(self, look: Look) -> None:
        after = status_out_of_touch(context(seen(), reconcile_requested="now"), look)
        assert after.last_handled_reconcile_at == "now"


class TestLastingFailure:
    @pytest.mark.parametrize("reason", LASTING)
    def test_it_stalls_with_atlas_answer_on_ready_and_synced(self, reason: Reason) -> None:
        after = blocked(seen(), Look(reason, "Atlas says no.", lasting=True))
        synced = after.condition(ConditionType.SYNCED)
        assert synced is not None
        assert told(after) == Told(reason.value, "False", ("Stalled",))
        assert (synced.status, synced.reason, synced.message) == ("False", reason, "Atlas says no.")

    def test_missing_credentials_are_waited_for(self) -> None:
        assert told(blocked(seen(), MISSING)) == Told("CredentialsMissing", "False", ("Reconciling",))

    def test_what_was_observed_before_stays(self) -> None:
        before = seen()
        after = blocked(before, MISSING)
        assert after.model_copy(update={"conditions": before.conditions}) == before

    def test_saying_it_again_changes_nothing(self) -> None:
        once = blocked(seen(), MISSING)
        assert blocked(once, MISSING) == once

    def test_missing_then_unavailable_then_seen(self) -> None:
        missing = blocked(StreamsVpcPeeringStatus(observed_generation=-1), MISSING)
        unavailable = out_of_touch(missing, UNAVAILABLE)
        assert told(unavailable) == Told("AtlasUnavailable", "False", ("Reconciling",))
        about = subject(status=unavailable)
        after = status_after(about, decided(about, connection("active")))
        assert told(after) == Told("Active", "True")


class TestReferenceNotReady:
    VERDICT = Verdict(Reason.REFERENCE_NOT_READY, "Waiting for ConfluentPeering kafka.", Standing.ON_ITS_WAY)

    def test_nothing_is_said_of_a_look_that_was_not_had(self) -> None:
        after = status_blocked(context(), self.VERDICT, None)
        assert [c.type for c in after.conditions] == ["Ready", "Reconciling"]
        assert told(after) == Told("ReferenceNotReady", "False", ("Reconciling",))

    def test_the_last_look_stays_as_it_was(self) -> None:
        before = seen()
        after = status_blocked(context(before, now=LATER), self.VERDICT, None)
        assert after.condition("Synced") == before.condition("Synced")

    def test_saying_it_again_changes_nothing(self) -> None:
        once = status_blocked(context(seen(), now=LATER), self.VERDICT, None)
        assert status_blocked(context(once, now=LATER + seconds(3600)), self.VERDICT, None) == once
