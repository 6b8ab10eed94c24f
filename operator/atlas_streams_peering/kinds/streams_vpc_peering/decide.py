"""What to do about a StreamsVpcPeering, and what to say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from ...api.conditions import Reason
from ...api.times import parse_time
from ...atlas.models import Connection
from ...controller.readiness import Standing, Verdict
from ...controller.retry import STANDSTILL, UNSEEN, Asked, Intervals, not_before
from . import messages
from .matching import Ambiguous, Matched, Mismatch, Nothing
from .ownership import Claim, meant_by, older_owner
from .resource import ActionType, DesiredState, StreamsVpcPeeringSpec, StreamsVpcPeeringStatus
from .states import CloudState, cloud_state, state_of, under_way
from .transitions import DEAD_REASONS, STEPS, Step


@dataclass(frozen=True, slots=True)
class Subject:
    """The object that is decided about."""

    spec: StreamsVpcPeeringSpec
    status: StreamsVpcPeeringStatus
    """Its last status: names the connection it holds, and remembers one that Atlas no longer lists."""
    claim: Claim
    deleting: bool = False
    """It is being deleted from Kubernetes."""

    @property
    def wanted(self) -> DesiredState:
        """What shall become of the connection now."""
        return DesiredState.DELETED if self.deleting else self.spec.desired_state


@dataclass(frozen=True, slots=True)
class Sight:
    """What Atlas shows, with all that is known about it."""

    connections: tuple[Connection, ...]
    """Those of the requester's account that can concern this object or its rivals."""
    others: tuple[Claim, ...] = ()
    """Other objects that may mean the same connection."""
    asked: Mapping[str, Asked] = field(default_factory=dict)
    """Connection name → the last change asked for it."""
    unchanged_since: Mapping[str, datetime] = field(default_factory=dict)
    """Connection name → when it was first seen as it is now."""
    forgiven: frozenset[str] = frozenset()
    """Connections whose last change was refused for a reason that may be mended since: nothing holds back another."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and what to say."""

    verdict: Verdict
    connection: Connection | None = None
    """The connection this object manages, as Atlas shows it."""
    keeps_gone: bool = False
    """Atlas no longer lists the connection the object held; the object remembers its name."""
    action: ActionType | None = None
    retry_at: datetime | None = None
    """When an action that is held back falls due."""
    refused: bool = False
    """The object manages nothing: deleting it touches nothing in Atlas."""
    owner: Claim | None = None
    """The older object that manages the connection."""

    @property
    def holds_something(self) -> bool:
        """There is something in Atlas that deleting the object would have to undo."""
        return self.connection is not None and not state_of(self.connection).dead


def decide(subject: Subject, sight: Sight, *, intervals: Intervals, now: datetime) -> Decision:
    """Decide about an object from what Atlas shows."""
    decision = _decide(subject, sight, intervals=intervals, now=now)
    if not subject.spec.suspend or decision.verdict.standing is Standing.REACHED:
        return decision
    if subject.deleting and decision.refused:
        return decision  # nothing of it is in Atlas, so nothing has to wait
    verdict = Verdict(
        Reason.SUSPENDED,
        messages.suspended(decision.verdict, decision.connection, deleting=subject.deleting),
        Standing.PAUSED,
    )
    return replace(decision, verdict=verdict, action=None, retry_at=None)


def _decide(subject: Subject, sight: Sight, *, intervals: Intervals, now: datetime) -> Decision:
    selection, held = meant_by(subject.claim, sight.connections), subject.claim.held
    match selection:
        case Nothing(guarded):
            return _nothing_matches(subject, guarded, now)
        case Ambiguous(connections):
            return _refused(Reason.AMBIGUOUS_REQUEST, messages.ambiguous(connections))
        case Mismatch(connection, differences):
            refusal = _refused(Reason.REQUESTER_MISMATCH, messages.mismatch(connection, differences))
            # One that is held stays so when the guard changes: somebody has to delete it one day.
            kept = connection.name == held and not subject.deleting
            return replace(refusal, connection=connection, refused=False) if kept else refusal
        case Matched(connection):
            owner = older_owner(subject.claim, connection, sight.others, sight.connections)
            if owner is not None:
                message = messages.already_managed(connection, f"{owner.namespace}/{owner.name}")
                return replace(_refused(Reason.ALREADY_MANAGED, message), owner=owner)
            return _follow(subject, connection, sight, intervals=intervals, now=now)
        case _:
            assert_never(selection)


def _refused(reason: Reason, message: str) -> Decision:
    return Decision(Verdict(reason, message, Standing.STALLED), refused=True)


def _nothing_matches(subject: Subject, guarded: tuple[Connection, ...], now: datetime) -> Decision:
    identity, wanted = subject.claim.identity, subject.wanted
    held = subject.claim.held if identity.pinned in (None, subject.claim.held) else None
    if wanted is DesiredState.DELETED:
        return Decision(
            Verdict(Reason.DELETED, messages.nothing_to_delete(held), Standing.REACHED),
            keeps_gone=bool(held),
        )
    if held is not None:
        if wanted is DesiredState.REJECTED:
            return Decision(Verdict(Reason.REJECTED, messages.gone(held), Standing.REACHED), keeps_gone=True)
        reason = _how_it_went(subject.status, now)
        if reason is not None:
            message = messages.gone(held, reason, pinned=_is_pinned(subject))
            return Decision(Verdict(reason, message, Standing.STALLED), keeps_gone=True)
    message = messages.waiting(identity, guarded)
    # One list can miss a row. What was asked to be accepted is not let out of sight for that.
    keeps = held is not None and subject.status.last_action is not None
    return Decision(Verdict(Reason.WAITING_FOR_REQUEST, message, Standing.ON_ITS_WAY), keeps_gone=keeps)


def _how_it_went(status: StreamsVpcPeeringStatus, now: datetime) -> Reason | None:
    """Say what became of a connection that Atlas no longer lists; None: a request taken back before its end.

    AWS shows a dead connection for two hours to two days: that it is listed no more is no news.
    """
    if status.cloud_status is None:
        ready = status.condition("Ready")
        said = ready.reason if ready else None
        if said == Reason.WAITING_FOR_REQUEST:
            return None
        return Reason(said) if said in DEAD_REASONS else Reason.CONNECTION_DELETED
    state = cloud_state(status.cloud_status)
    if state.dead:
        return STEPS[DesiredState.ACCEPTED][state].reason
    if state in (CloudState.PENDING, CloudState.INITIATING):
        expires = parse_time(status.expiration_time)
        return Reason.REQUEST_EXPIRED if expires is not None and expires <= now else None
    return Reason.CONNECTION_DELETED


def _follow(subject: Subject, connection: Connection, sight: Sight, *, intervals: Intervals, now: datetime) -> Decision:
    step = STEPS[subject.wanted][state_of(connection)]
    verdict = Verdict(
        step.reason,
        messages.follow(step, connection, wanted=subject.wanted, pinned=_is_pinned(subject)),
        step.standing,
    )
    action = step.action or step.late_action
    if action is None:
        return Decision(verdict, connection)
    asked = sight.asked.get(connection.name)
    if asked is None and connection.name not in sight.forgiven:
        asked = _asked_before(subject, connection, now)
    since = sight.unchanged_since.get(connection.name, now)
    due = _due(step, action, connection, asked=asked, since=since, intervals=intervals)
    if due is None or due <= now:
        return Decision(verdict, connection, action=action)
    if (
        asked is not None
        and asked.refusal is not None
        and asked.action is action
        and under_way(connection) is not action
    ):
        verdict = refused_verdict(asked, connection, verdict, deleting=subject.deleting)
    return Decision(verdict, connection, retry_at=due)


def _due(
    step: Step,
    action: ActionType,
    connection: Connection,
    *,
    asked: Asked | None,
    since: datetime,
    intervals: Intervals,
) -> datetime | None:
    due = not_before(action, connection, asked=asked, unchanged_since=since, intervals=intervals)
    if step.action is None:
        late = since + STANDSTILL
        return late if due is None else max(due, late)
    return due


def refused_verdict(asked: Asked, connection: Connection, verdict: Verdict, *, deleting: bool) -> Verdict:
    """Say that Atlas did not do what it was asked."""
    refusal = asked.refusal
    if refusal is None:
        return verdict
    message = messages.refused(asked.action, connection, refusal.message, deleting=deleting)
    if refusal.reason is not None and refusal.lasting:
        return Verdict(refusal.reason, message, Standing.STALLED)
    return Verdict(verdict.reason, message, verdict.standing)


def _asked_before(subject: Subject, connection: Connection, now: datetime) -> Asked | None:
    """Read from the status what an earlier process of the operator asked for this connection.

    A time that is yet to come is another machine's clock gone wrong, and holds nothing back.
    """
    last = subject.status.last_action
    if last is None or subject.status.connection_name != connection.name:
        return None
    at = parse_time(last.time)
    return None if at is None or at > now + UNSEEN else Asked(last.type, at)


def _is_pinned(subject: Subject) -> bool:
    return subject.claim.identity.pinned is not None
