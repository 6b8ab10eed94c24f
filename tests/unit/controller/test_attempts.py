"""When the same change is requested again, and how many times in a row the same came of it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.controller.attempts import Attempt, Refusal, RetryInputs
from atlas_streams_peering.polling.intervals import Intervals
from atlas_streams_peering.transport.errors import (
    AccessListBlocked,
    CredentialsInvalid,
    ProjectNotFound,
    RateLimited,
    RequestRefused,
    ServiceError,
    Unauthorized,
    Unavailable,
)

NOW = datetime(2024, 12, 12, 12, 0, tzinfo=UTC)
TEN_MINUTES = timedelta(minutes=10)
BUSY = Refusal(None, "The service is busy.", terminal=False)
NO_ROLE = Refusal(Reason.UNAUTHORIZED, "The role is missing.", terminal=True)
LOST = Refusal(Reason.ATLAS_UNAVAILABLE, "No answer.", terminal=False, unknown=True)
OUTCOMES: dict[str, Refusal | None] = {"taken": None, "refused for now": BUSY, "refused for good": NO_ROLE}

BEFORE: RetryInputs = (1, "old key", None)
FIXED: RetryInputs = (1, "new key", None)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def attempt(
    action: str = "Accept", *, number: int = 1, refusal: Refusal | None = None, inputs: RetryInputs = BEFORE
) -> Attempt:
    return Attempt(action, NOW, number, refusal, inputs)


def pause(last: Attempt, *, pending: float = 10, steady: float = 120, visible: bool = False) -> timedelta:
    return last.retry_at(Intervals(pending, steady), visible=visible) - last.at


def in_a_row(attempts: Iterable[Attempt]) -> Attempt:
    """The last of several attempts, one after the other."""
    last: Attempt | None = None
    for each in attempts:
        last = each.after(last)
    assert last is not None
    return last


class TestUnseen:
    """The service took the request, but its list does not show it."""

    def test_its_list_is_given_half_a_minute(self) -> None:
        assert pause(attempt()) == seconds(30)

    def test_a_longer_interval_is_the_pause(self) -> None:
        assert pause(attempt(), pending=45) == seconds(45)

    @pytest.mark.parametrize(("number", "expected"), [(2, 60), (3, 120), (4, 240), (5, 480), (6, 600), (5000, 600)])
    def test_the_pause_doubles_up_to_ten_minutes(self, number: int, expected: float) -> None:
        assert pause(attempt(number=number)) == seconds(expected)


@pytest.mark.parametrize(("number", "expected"), [(1, 10), (2, 20), (3, 40), (7, 600), (5000, 600)])
def test_what_the_service_says_it_failed_at_is_requested_again_with_backoff(number: int, expected: float) -> None:
    assert pause(attempt(number=number), visible=True) == seconds(expected)


class TestRefusal:
    @pytest.mark.parametrize(("number", "expected"), [(1, 10), (2, 20), (3, 40), (6, 320), (7, 600), (5000, 600)])
    def test_a_transient_one_is_requested_again_with_backoff_up_to_ten_minutes(
        self, number: int, expected: float
    ) -> None:
        assert pause(attempt(number=number, refusal=BUSY)) == seconds(expected)

    @pytest.mark.parametrize(("number", "expected"), [(1, 30), (2, 60), (3, 120), (6, 600), (5000, 600)])
    def test_where_nobody_knows_whether_it_was_made_lists_are_given_half_a_minute(
        self, number: int, expected: float
    ) -> None:
        assert pause(attempt(number=number, refusal=LOST)) == seconds(expected)

    @pytest.mark.parametrize("visible", [False, True])
    @pytest.mark.parametrize("pending", [1, 10, 29])
    def test_where_nobody_knows_no_interval_makes_the_pause_shorter(self, pending: float, visible: bool) -> None:
        assert pause(attempt(refusal=LOST), pending=pending, visible=visible) == seconds(30)

    @pytest.mark.parametrize(("number", "expected"), [(1, 10), (2, 20), (4, 80), (5, 120), (5000, 120)])
    def test_a_terminal_one_is_requested_again_on_the_steady_interval(self, number: int, expected: float) -> None:
        assert pause(attempt(number=number, refusal=NO_ROLE)) == seconds(expected)

    def test_a_terminal_one_waits_no_longer_than_ten_minutes_on_a_long_interval(self) -> None:
        assert pause(attempt(number=20, refusal=NO_ROLE), steady=3600) == TEN_MINUTES

    def test_a_terminal_one_waits_no_shorter_than_the_pending_interval(self) -> None:
        assert pause(attempt(number=20, refusal=NO_ROLE), pending=60, steady=5) == seconds(60)


class TestNumber:
    """How many times in a row the same came of the same request."""

    def test_the_first_is_the_first(self) -> None:
        assert attempt().after(None) == attempt(number=1)

    @pytest.mark.parametrize("refusal", OUTCOMES.values(), ids=OUTCOMES)
    def test_the_same_outcome_of_the_same_request_counts_on(self, refusal: Refusal | None) -> None:
        assert in_a_row([attempt(refusal=refusal)] * 6).number == 6

    def test_other_words_for_the_same_refusal_count_on(self) -> None:
        other_words = Refusal(Reason.UNAUTHORIZED, "Still missing.", terminal=True)
        assert attempt(refusal=other_words).after(attempt(number=3, refusal=NO_ROLE)).number == 4

    def test_a_service_that_is_busy_or_silent_by_turns_counts_on(self) -> None:
        assert in_a_row([attempt(refusal=refusal) for refusal in (BUSY, LOST, BUSY, LOST)]).number == 4

    @pytest.mark.parametrize(("before", "after"), list(permutations(OUTCOMES, 2)))
    def test_another_kind_of_outcome_starts_again(self, before: str, after: str) -> None:
        last = attempt(number=6, refusal=OUTCOMES[before])
        assert attempt(refusal=OUTCOMES[after]).after(last).number == 1

    @pytest.mark.parametrize("refusal", OUTCOMES.values(), ids=OUTCOMES)
    def test_another_action_starts_again(self, refusal: Refusal | None) -> None:
        assert attempt("Reject", refusal=refusal).after(attempt(number=6, refusal=refusal)).number == 1

    @pytest.mark.parametrize("refusal", OUTCOMES.values(), ids=OUTCOMES)
    def test_other_retry_inputs_start_again(self, refusal: Refusal | None) -> None:
        after = attempt(refusal=refusal, inputs=FIXED).after(attempt(number=6, refusal=refusal, inputs=BEFORE))
        assert (after.number, after.inputs) == (1, FIXED)

    @pytest.mark.parametrize("inputs", [BEFORE, FIXED], ids=["fixed outside", "fixed in the cluster"])
    @pytest.mark.parametrize("outcome", [None, LOST], ids=["taken but not shown", "no answer"])
    def test_after_six_refusals_and_a_fix_a_lost_accept_is_requested_again_after_half_a_minute(
        self, outcome: Refusal | None, inputs: RetryInputs
    ) -> None:
        refusals = [attempt(refusal=NO_ROLE)] * 6
        assert pause(in_a_row([*refusals, attempt(refusal=outcome, inputs=inputs)])) == seconds(30)


class TestWords:
    """Of a service that cannot be reached, the first word stays: it fails in one way now and in another way then."""

    OTHER_WORDS = Refusal(Reason.ATLAS_UNAVAILABLE, "No connection.", terminal=False, unknown=True)

    def test_the_first_of_a_series_without_answers_stays(self) -> None:
        assert in_a_row([attempt(refusal=LOST), attempt(refusal=self.OTHER_WORDS)]).refusal == LOST

    def test_what_somebody_has_to_mend_is_said_as_it_is(self) -> None:
        other_words = Refusal(Reason.UNAUTHORIZED, "Another role is missing.", terminal=True)
        assert in_a_row([attempt(refusal=NO_ROLE), attempt(refusal=other_words)]).refusal == other_words

    @pytest.mark.parametrize("before", [BUSY, NO_ROLE, None], ids=["busy", "no role", "taken"])
    def test_after_anything_else_the_new_word_counts(self, before: Refusal | None) -> None:
        assert in_a_row([attempt(refusal=before), attempt(refusal=LOST)]).refusal == LOST

    def test_of_another_action_the_new_word_counts(self) -> None:
        after = attempt("Reject", refusal=self.OTHER_WORDS).after(attempt(refusal=LOST))
        assert after.refusal == self.OTHER_WORDS


class TestNews:
    @pytest.mark.parametrize("refusal", [NO_ROLE, BUSY, LOST], ids=lambda refusal: refusal.message)
    def test_the_same_refusal_of_the_same_request_is_none(self, refusal: Refusal) -> None:
        assert attempt(refusal=refusal).says_the_same_as(attempt(refusal=refusal))

    def test_a_first_refusal_is(self) -> None:
        assert not attempt(refusal=NO_ROLE).says_the_same_as(None)
        assert not attempt(refusal=NO_ROLE).says_the_same_as(attempt())

    def test_other_words_are(self) -> None:
        assert not attempt(refusal=NO_ROLE).says_the_same_as(attempt(refusal=BUSY))

    def test_a_refusal_after_somebody_has_changed_something_is(self) -> None:
        before = attempt(refusal=NO_ROLE, inputs=BEFORE)
        assert not attempt(refusal=NO_ROLE, inputs=FIXED).says_the_same_as(before)


class TestOtherRetryInputs:
    @pytest.mark.parametrize("refusal", [NO_ROLE, BUSY], ids=["refused for good", "refused for now"])
    def test_what_was_refused_counts_no_more(self, refusal: Refusal) -> None:
        refused = attempt(refusal=refusal, inputs=BEFORE)
        assert (refused.counts_with(BEFORE), refused.counts_with(FIXED)) == (True, False)

    @pytest.mark.parametrize("refusal", [None, LOST], ids=["taken", "no answer"])
    def test_what_may_have_been_made_does(self, refusal: Refusal | None) -> None:
        assert attempt(refusal=refusal, inputs=BEFORE).counts_with(FIXED)


class TestWhatAnErrorMeansForAChange:
    @pytest.mark.parametrize(
        "error", [CredentialsInvalid("No."), Unauthorized("No."), AccessListBlocked("No."), ProjectNotFound("No.")]
    )
    def test_what_somebody_has_to_fix_is_terminal_and_is_the_reason(self, error: ServiceError) -> None:
        assert Refusal.of(error) == Refusal(error.reason, "No.", terminal=True)

    def test_no_answer_leaves_it_unknown_whether_the_change_was_made(self) -> None:
        assert Refusal.of(Unavailable("No answer.")) == LOST

    @pytest.mark.parametrize("error", [RequestRefused("Not now.", status=409), RateLimited("Not now.")])
    def test_a_refusal_of_this_one_request_leaves_the_wish_as_what_is_said(self, error: ServiceError) -> None:
        assert Refusal.of(error) == Refusal(None, "Not now.", terminal=False)
