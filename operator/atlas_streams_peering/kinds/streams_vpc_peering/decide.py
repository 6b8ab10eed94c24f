"""Decides whether to accept, reject or delete the connection of a StreamsVpcPeering, and what to report."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from ...api.conditions import Reason
from ...api.times import parse_time
from ...atlas.connection_states import CloudState, cloud_state, state_of
from ...atlas.models import Connection
from ...controller.assessment import Assessment
from ...controller.attempts import Attempt, last_attempt, standstill_ends
from ...controller.decision import Absence, Change, Decision, Observation, Progress, Readiness, refused
from ...controller.messages import maybe_managed
from ...controller.status import refusal_in
from ...polling.intervals import Intervals
from . import messages
from .matching import Ambiguous, Matched, Mismatch, NoMatch
from .ownership import Claim, match_for, owner_of
from .resource import ActionType, DesiredState, StreamsVpcPeeringSpec, StreamsVpcPeeringStatus
from .states import pending_action, troubled
from .status import status_of
from .transitions import STEPS, TERMINAL_REASONS, Step


@dataclass(frozen=True, slots=True)
class Situation:
    """An object, and the inputs of the decision about it."""

    spec: StreamsVpcPeeringSpec
    status: StreamsVpcPeeringStatus
    """Its last status, which names the connection that it holds, also if Atlas no longer lists it."""
    claim: Claim
    connections: tuple[Connection, ...]
    """Connections of the requester's account that can concern this object or its rivals."""
    rivals: tuple[Claim, ...]
    attempts: Mapping[str, Attempt | None]
    unchanged_since: Mapping[str, datetime]
    intervals: Intervals
    now: datetime
    unlisted: tuple[str, ...] = ()
    """Namespaces that the operator cannot list: an object there may own a connection."""

    @classmethod
    def of(
        cls,
        spec: StreamsVpcPeeringSpec,
        status: StreamsVpcPeeringStatus,
        claim: Claim,
        observation: Observation,
        *,
        intervals: Intervals,
        now: datetime,
    ) -> "Situation":
        """Combine an object with its observation."""
        (rows,) = observation.rows
        return cls(
            spec,
            status,
            claim,
            tuple(rows.values()),
            observation.rivals,
            observation.attempts,
            observation.unchanged_since,
            intervals,
            now,
            observation.unlisted,
        )

    @property
    def deleting(self) -> bool:
        """The object is being deleted from Kubernetes."""
        return self.claim.deleting

    @property
    def wanted(self) -> DesiredState:
        """The desired state of the connection now."""
        return DesiredState.DELETED if self.deleting else self.spec.desired_state

    @property
    def pinned(self) -> bool:
        """The spec names the only connection that may match."""
        return self.claim.identity.pinned is not None

    @property
    def misses_held(self) -> bool:
        """The held connection is not listed."""
        held = self.claim.still_held
        return held is not None and all(connection.name != held for connection in self.connections)


ConnectionAssessment = Assessment[Connection, ActionType]


def decide(situation: Situation) -> Decision[StreamsVpcPeeringStatus]:
    """Decide about an object from what Atlas shows."""
    assessment = _suspended(situation, _assess(situation))
    connection, identity = assessment.row, situation.claim.identity
    concluded = assessment.readiness.progress in (Progress.REACHED, Progress.STALLED)
    status = status_of(
        situation.status,
        connection,
        remembers_missing=assessment.remembers_missing,
        concluded=assessment.readiness.progress is Progress.STALLED,
        account_id=identity.account_id,
        vpc_id=identity.vpc_id,
        requested_vpc_id=identity.requested_vpc_id,
    )
    return Decision(
        assessment.readiness,
        status,
        holds=connection is not None and not state_of(connection).terminal,
        remembers_missing=assessment.remembers_missing,
        gone=assessment.remembers_missing and concluded,
        change=_change(situation, assessment),
        retry_at=assessment.retry_at,
        finalized=assessment.finalized("Atlas") if situation.deleting else None,
        absence=assessment.absence,
    )


def _change(situation: Situation, assessment: ConnectionAssessment) -> Change | None:
    action, connection = assessment.action, assessment.row
    if action is None or connection is None:
        return None
    project = situation.claim.identity.project_id
    return Change(action, project, connection.name, messages.requested(action, connection), connection)


def _suspended(situation: Situation, assessment: ConnectionAssessment) -> ConnectionAssessment:
    """Hold back the change of a suspended object, and report that."""
    if not assessment.waits(suspend=situation.spec.suspend, deleting=situation.deleting):
        return assessment
    message = messages.suspended(assessment.readiness, assessment.row, deleting=situation.deleting)
    return assessment.paused(message)


def _assess(situation: Situation) -> ConnectionAssessment:
    assessment = _conclude(situation)
    return assessment.replacing(shown=True) if _lost(situation) else assessment


def _conclude(situation: Situation) -> ConnectionAssessment:
    claim, connections = situation.claim, situation.connections
    selection = match_for(claim, connections)
    match selection:
        case NoMatch():
            return _no_match(situation, selection)
        case Ambiguous():
            return _refused(Reason.AMBIGUOUS_REQUEST, messages.ambiguous(selection.connections))
        case Mismatch(connection, differences):
            message = messages.mismatch(connection, differences, pinned=situation.pinned)
            assessment = _refused(Reason.REQUESTER_MISMATCH, message)
            # A held connection stays held if the guard changes, so that its object still deletes it.
            if connection.name == claim.held and not claim.deleting and _owner(situation, connection) is None:
                return replace(assessment, row=connection, manages_nothing=False)
            return assessment
        case Matched(connection):
            missing = _missing_behind(situation, connection)
            if missing is not None:
                return missing
            owner = _owner(situation, connection)
            if owner is not None and claim.identity.leads_elsewhere(connection):
                return _no_match(situation, NoMatch((connection,)))
            if owner is not None:
                message = messages.already_managed(connection, f"{owner.namespace}/{owner.name}")
                return _refused(Reason.ALREADY_MANAGED, message)
            if situation.unlisted and _may_have_an_owner(situation, connection):
                return _refused(Reason.ALREADY_MANAGED, maybe_managed(connection.name, situation.unlisted))
            assessment = _follow(situation, connection)
            return replace(assessment, absence=Absence.UNEXPLAINED) if _was_ambiguous(situation) else assessment
        case _:
            assert_never(selection)


def _was_ambiguous(situation: Situation) -> bool:
    """Return whether the match was ambiguous before. One list can miss the other requests."""
    ready = situation.status.condition("Ready")
    if ready is None or ready.reason != Reason.AMBIGUOUS_REQUEST or situation.pinned:
        return False
    vpc_id = situation.claim.identity.vpc_id
    return sum(row.requester_vpc_id == vpc_id for row in situation.connections if not state_of(row).terminal) < 2


def _missing_behind(situation: Situation, connection: Connection) -> ConnectionAssessment | None:
    """Return the report on the held connection, if Atlas lists only a dead one beside it.

    None: the object held none, or the requester withdrew the request.
    """
    if not situation.misses_held or not state_of(connection).terminal:
        return None
    assessment = _no_match(situation, NoMatch())
    return assessment if assessment.remembers_missing else None


def _owner(situation: Situation, connection: Connection) -> Claim | None:
    return owner_of(situation.claim, connection, situation.rivals, situation.connections)


def _may_have_an_owner(situation: Situation, connection: Connection) -> bool:
    """Return whether an object that the operator cannot list may own this connection.

    The object owns the connection that it holds, and may accept a pending request: both can be corrected later, when
    the operator knows the other object. To reject, delete, or take over a connection cannot.
    """
    state, ready = state_of(connection), situation.status.condition("Ready")
    if state.terminal or situation.claim.held == connection.name:
        return False
    if ready is not None and ready.reason == Reason.ALREADY_MANAGED:
        return True
    return situation.wanted is not DesiredState.ACCEPTED or not state.pending


def _refused(reason: Reason, message: str) -> ConnectionAssessment:
    return Assessment(Readiness(reason, message, Progress.STALLED), manages_nothing=True)


def _no_match(situation: Situation, no_match: NoMatch) -> ConnectionAssessment:
    identity, wanted, status = situation.claim.identity, situation.wanted, situation.status
    held, absence = situation.claim.still_held, _absence(situation)
    if wanted is DesiredState.DELETED:
        readiness = Readiness(Reason.DELETED, messages.nothing_to_delete(held), Progress.REACHED)
        return Assessment(readiness, remembers_missing=held is not None, absence=absence)
    if held is not None:
        if wanted is DesiredState.REJECTED:
            readiness = Readiness(Reason.REJECTED, messages.gone(held), Progress.REACHED)
            return Assessment(readiness, remembers_missing=True, absence=absence)
        reason = _how_it_went(status, situation.now)
        if reason is not None:
            readiness = Readiness(reason, messages.gone(held, reason, pinned=situation.pinned), Progress.STALLED)
            return Assessment(readiness, remembers_missing=True, absence=absence)
    message = messages.waiting(identity, no_match.excluded_by_cidr)
    # One list can miss a row, so keep a connection whose acceptance was requested.
    remembers = held is not None and status.last_action is not None
    readiness = Readiness(Reason.WAITING_FOR_REQUEST, message, Progress.RECONCILING)
    return Assessment(readiness, remembers_missing=remembers, absence=absence)


def _absence(situation: Situation) -> Absence:
    """Return how much evidence of absence the decision needs."""
    if _end_requested(situation):
        return Absence.OBSERVED
    if situation.deleting or _lost(situation):
        return Absence.UNEXPLAINED
    return Absence.NONE if situation.wanted is DesiredState.ACCEPTED else Absence.OBSERVED


def _lost(situation: Situation) -> bool:
    """Return whether the held connection is not listed, although it was live and its deletion was not requested."""
    last_seen = situation.status.cloud_status
    live = last_seen is not None and not cloud_state(last_seen).terminal
    return live and situation.misses_held and not _end_requested(situation)


def _end_requested(situation: Situation) -> bool:
    last = situation.status.last_action
    return last is not None and last.type != ActionType.ACCEPT


def _how_it_went(status: StreamsVpcPeeringStatus, now: datetime) -> Reason | None:
    """Report the end of a connection that Atlas no longer lists; None: the requester withdrew the request.

    AWS lists a dead connection for two hours to two days, so its absence after that is expected.
    """
    if status.cloud_status is None and status.pending_until is None:
        ready = status.condition("Ready")
        said = ready.reason if ready else None
        if said == Reason.WAITING_FOR_REQUEST:
            return None
        return Reason(said) if said in TERMINAL_REASONS else Reason.CONNECTION_DELETED
    # The status of a missed request still says that it was pending.
    state = CloudState.PENDING if status.cloud_status is None else cloud_state(status.cloud_status)
    if state.terminal:
        return STEPS[DesiredState.ACCEPTED][state].reason
    if state in (CloudState.PENDING, CloudState.INITIATING):
        expires = parse_time(status.expiration_time)
        return Reason.REQUEST_EXPIRED if expires is not None and expires <= now else None
    return Reason.CONNECTION_DELETED


def _follow(situation: Situation, connection: Connection) -> ConnectionAssessment:
    step = STEPS[situation.wanted][state_of(connection)]
    message = messages.follow(step, connection, wanted=situation.wanted, pinned=situation.pinned)
    readiness = Readiness(step.reason, message, step.progress)
    action = step.action or step.late_action
    if action is None:
        return Assessment(readiness, connection)
    attempt = _last_attempt(situation, connection)
    due = _due(situation, step, action, connection, attempt)
    if due is None or due <= situation.now:
        return Assessment(readiness, connection, action=action)
    if (
        attempt is not None
        and attempt.refusal is not None
        and attempt.action == action
        and pending_action(connection) is not action
    ):
        why = messages.refused(action, connection.name, attempt.refusal.message, deleting=situation.deleting)
        readiness = refused(attempt.refusal, why, wish=readiness)
    return Assessment(readiness, connection, retry_at=due)


def _due(
    situation: Situation, step: Step, action: ActionType, connection: Connection, attempt: Attempt | None
) -> datetime | None:
    """Return when to request `action` (again); None: at once."""
    since, due = situation.unchanged_since.get(connection.name, situation.now), None
    if pending_action(connection) is action:
        due = standstill_ends(since, attempt)
    elif attempt is not None and attempt.action == action:
        due = attempt.retry_at(situation.intervals, visible=troubled(connection))
    if step.action is None:
        late = standstill_ends(since, None)
        return late if due is None else max(due, late)
    return due


def _last_attempt(situation: Situation, connection: Connection) -> Attempt | None:
    """Return the last change requested for a connection."""
    held = situation.status.connection_name == connection.name
    own, refusal = (situation.status.last_action, refusal_in(situation.status)) if held else (None, None)
    return last_attempt(connection.name, situation.attempts, own, now=situation.now, refusal=refusal)
