"""Acting: record the intent with a compare-and-set, request the change, and record the outcome."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ..api.conditions import ConditionType, Reason
from ..api.times import format_time
from ..polling.expectations import Expectations
from ..scheduling.clock import SYSTEM_CLOCK, Clock
from ..transport.credentials import Credentials
from ..transport.errors import CredentialsInvalid, NotLeader, ServiceError, Unavailable
from .attempts import Attempt, Refusal
from .decision import Change, Decision, ExtraCondition, Readiness, SyncResult, refused
from .log_fields import about
from .report import Reporter
from .reservations import Reservations
from .status import refusal_in
from .turn import Turn

logger = logging.getLogger(__name__)

Budget = Callable[[str, str], float]
"""(service, scope) → 0.0 after taking one change from the rate budget, or the seconds to wait before the next try."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a requested change."""

    decision: Decision[Any]
    """The status, with the fields from the answer."""
    recorded: Reason | None = None
    """Reason that already has an Event."""


class Actor:
    """Requests changes: at most one at a time for each row, and only after recording the intent in the status."""

    def __init__(
        self,
        reporter: Reporter,
        expectations: Expectations[Attempt],
        reservations: Reservations,
        budget: Budget,
        wake: Callable[[str], None],
        *,
        may_act: Callable[[], bool],
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._reporter, self._expectations, self._reservations = reporter, expectations, reservations
        self._budget, self._wake, self._may_act, self._clock = budget, wake, may_act, clock

    def reserve(self, turn: Turn, change: Change) -> float:
        """Reserve a change: return 0.0, or the seconds to wait before the next try.

        Reserve without an await after deciding. Otherwise, another object may change the row in between.
        """
        pause = self._reservations.reserve(change.scope, change.reservation, turn.uid)
        if pause == 0.0:
            pause = self._budget(turn.kind.service, change.scope)
            if pause > 0.0:
                self._release(change)
        return pause

    @contextmanager
    def reserved(self, change: Change) -> Iterator[None]:
        """Release the reservation at the end."""
        try:
            yield
        finally:
            self._release(change)

    async def act(
        self, turn: Turn, decision: Decision[Any], change: Change, sync: SyncResult, credentials: Credentials
    ) -> Outcome:
        """Request a reserved change.

        Raises the errors of the writer, such as `ObjectChanged`: then nothing was requested. Raises `NotLeader` if
        another replica may be acting.
        """
        entry, at = turn.entry, self._clock.now()
        before, status = self._expectations.get(change.scope, change.target), entry.resource.status
        decision = replace(decision, status=turn.kind.requested(decision.status, change, format_time(at)))
        intent = self._reporter.builder(entry).observed(decision.status, decision.readiness, sync, decision.extra)
        refused_before = refusal_in(status) if before is None else before.refusal
        if refused_before is not None and intent.condition(ConditionType.READY) is not None:
            # A refused change is requested again. Report the new attempt only when its outcome is known.
            intent = intent.model_copy(update={"conditions": status.conditions or intent.conditions})
        await self._reporter.write(entry, intent, always=True)
        if not self._may_act():
            raise NotLeader(entry.obj.key)
        learnt, refusal = await self._request(turn, change, credentials)
        attempt = Attempt(change.action, at, refusal=refusal, inputs=turn.retry_inputs(credentials.fingerprint))
        attempt = attempt.after(before)
        for name in {change.target, change.reservation}:
            # Whoever names the row in another way must not decide by an older list, either.
            self._expectations.note(change.scope, name, attempt)
        refusal = attempt.refusal
        if refusal is None:
            reason = decision.readiness.reason
            self._reporter.record_event(entry, reason, change.message)
            decision = replace(decision, status=decision.status.model_copy(update=dict(learnt)))
            return Outcome(decision, reason)
        message = turn.kind.refused(change.action, change.target, refusal.message, deleting=turn.deleting)
        readiness = refused(refusal, message, wish=decision.readiness)
        if not attempt.says_the_same_as(before):
            self._reporter.record_event(entry, f"{change.action}Failed", readiness.message, warning=True)
        if not refusal.unknown:
            decision = replace(decision, status=turn.kind.undone(status, decision.status))
        extra = tuple(_repeating(one, decision.readiness, readiness) for one in decision.extra)
        return Outcome(replace(decision, readiness=readiness, extra=extra))

    async def _request(
        self, turn: Turn, change: Change, credentials: Credentials
    ) -> tuple[Mapping[str, Any], Refusal | None]:
        try:
            return await turn.kind.act(change, credentials), None
        except CredentialsInvalid as error:
            return {}, Refusal.of(error.naming(str(turn.entry.secret)))
        except ServiceError as error:
            return {}, Refusal.of(error)
        except NotLeader:
            raise
        except Exception as error:
            logger.exception(
                "%s %s: the request failed with an unexpected error",
                turn.kind.resource.kind,
                turn.obj.key,
                extra=about(turn.entry),
            )
            return {}, Refusal.of(Unavailable(f"The request failed with an unexpected error ({type(error).__name__})."))

    def _release(self, change: Change) -> None:
        following = self._reservations.release(change.scope, change.reservation)
        if following is not None:
            self._wake(following)


def _repeating(one: ExtraCondition, wish: Readiness, said: Readiness) -> ExtraCondition:
    """Return a condition of the kind. If it repeated the planned Ready, it repeats the actual Ready."""
    if one.reached or (one.reason, one.message) != (wish.reason, wish.message):
        return one
    return replace(one, reason=said.reason, message=said.message)
