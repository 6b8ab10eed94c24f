"""Decides which changes to request from Atlas for a StreamsOutboundVpcPeering, and what to report."""

from datetime import datetime

from ...api.conditions import ConditionType, Reason
from ...atlas.models import ContainerRequest, Peer, PeerRequest
from ...controller import requesting
from ...controller.assessment import Assessment
from ...controller.attempts import Attempt, standstill_ends
from ...controller.decision import Absence, Change, Decision, ExtraCondition, Progress, Readiness
from . import messages
from .ownership import Doubtful, Found, Taken, find
from .resource import ActionType, StreamsOutboundVpcPeeringStatus
from .situation import Situation
from .states import PeerState, state_of, step_of
from .status import status_of

PeerAssessment = Assessment[Peer, ActionType]


def decide(situation: Situation) -> Decision[StreamsOutboundVpcPeeringStatus]:
    """Decide about an object from what Atlas shows."""
    assessment = _suspended(situation, _assess(situation))
    peer = assessment.row
    status = status_of(
        situation.status,
        peer,
        situation.container,
        remembers_missing=assessment.remembers_missing,
        manages_nothing=assessment.manages_nothing,
        failure=situation.wanted,
    )
    requests = assessment.action is ActionType.CREATE or (situation.requested and not assessment.manages_nothing)
    return Decision(
        assessment.readiness,
        status,
        holds=peer is not None or requests,
        remembers_missing=assessment.remembers_missing,
        change=_change(situation, assessment),
        retry_at=assessment.retry_at,
        finalized=assessment.finalized("Atlas") if situation.deleting else None,
        absence=assessment.absence,
        extra=(_requested(situation, assessment),),
    )


def _change(situation: Situation, assessment: PeerAssessment) -> Change | None:
    spec, claim, peer, container = situation.spec, situation.claim, assessment.row, situation.container
    match assessment.action:
        case ActionType.CREATE_CONTAINER if spec.container and spec.atlas_region:
            region, cidr_block = spec.atlas_region, spec.container.atlas_cidr_block
            message, target = messages.container_requested(region, cidr_block), claim.place.container_target
            return Change(
                ActionType.CREATE_CONTAINER, claim.scope, target, message, ContainerRequest(region, cidr_block)
            )
        case ActionType.CREATE if container is not None:
            request = _request_for(situation, container.id)
            place, message = claim.place, messages.requested(spec)
            return Change(ActionType.CREATE, claim.scope, place.target, message, request, alone=place.vpc)
        case ActionType.UPDATE if peer is not None and peer.container_id:
            request = _request_for(situation, peer.container_id, region=peer.accepter_region_name)
            return Change(ActionType.UPDATE, claim.scope, peer.id, messages.change_requested(peer, spec), request)
        case ActionType.DELETE if peer is not None:
            return Change(ActionType.DELETE, claim.scope, peer.id, messages.delete_requested(peer), peer)
        case _:
            return None


def _request_for(situation: Situation, container_id: str, *, region: str | None = None) -> PeerRequest:
    spec = situation.spec
    return PeerRequest(
        container_id, spec.aws_account_id, spec.vpc_id, spec.route_table_cidr_block, region or spec.aws_region
    )


def _requested(situation: Situation, assessment: PeerAssessment) -> ExtraCondition:
    """Return the condition Requested: whether Atlas has done its part."""
    readiness, peer = assessment.readiness, assessment.row
    if peer is not None and state_of(peer).requested and not situation.deleting:
        message = messages.follow(peer, situation.container, situation.spec)
        return ExtraCondition(ConditionType.REQUESTED, True, step_of(peer).reason, message)
    return ExtraCondition(ConditionType.REQUESTED, False, readiness.reason, readiness.message)


def _suspended(situation: Situation, assessment: PeerAssessment) -> PeerAssessment:
    """Hold back the change of a suspended object, and report that."""
    if not assessment.waits(suspend=situation.spec.suspend, deleting=situation.deleting):
        return assessment
    message = messages.suspended(assessment.readiness, assessment.row, situation.spec, deleting=situation.deleting)
    return assessment.paused(message, held=situation.held)


def _assess(situation: Situation) -> PeerAssessment:
    assessment = _conclude(situation)
    if not situation.misses_held(situation.peers):
        return assessment
    return assessment.replacing(shown=situation.status.status_name is not None)


def _conclude(situation: Situation) -> PeerAssessment:
    found = find(situation.claim, situation.peers, situation.containers, situation.rivals, situation.unknown)
    if situation.deleting:
        return _delete(situation, found)
    if not isinstance(found, requesting.Found):
        return _not_ours(situation, found)
    if found.row is not None:
        return _follow(situation, found.row)
    return _create(situation) if situation.container is not None else _without_container(situation)


def _not_ours(situation: Situation, found: Taken | Doubtful) -> PeerAssessment:
    """Report that another object owns the peering, or may own it."""
    if isinstance(found, requesting.Taken):
        owner = f"{found.owner.namespace}/{found.owner.name}"
        return Assessment.already_managed(messages.already_managed(found.row, owner))
    # The next list may show what one list has missed.
    return Assessment.already_managed(messages.maybe_managed(found.row, found.namespaces), held=situation.held)


def _without_container(situation: Situation) -> PeerAssessment:
    """There is no container: create one, if the spec asks for it."""
    spec, remembers = situation.spec, situation.held is not None
    if spec.container is None or spec.atlas_region is None:
        message = messages.container_not_found(situation.claim.place)
        return Assessment(Readiness(Reason.CONTAINER_NOT_FOUND, message, Progress.STALLED), remembers_missing=remembers)
    message = messages.creating_container(spec.atlas_region, spec.container.atlas_cidr_block)
    readiness = Readiness(Reason.INITIATING, message, Progress.RECONCILING)
    attempt = situation.last_container_creation()
    due = attempt.retry_at(situation.intervals) if attempt is not None else situation.now
    if due > situation.now:
        return Assessment(
            situation.with_refusal(attempt, readiness, messages.refused), remembers_missing=remembers, retry_at=due
        )
    # A container that existed before is not created again because one list misses it.
    known = situation.status.container_id is not None or (attempt is not None and attempt.refusal is None)
    absence = Absence.UNEXPLAINED if known else Absence.OBSERVED
    return Assessment(readiness, remembers_missing=remembers, action=ActionType.CREATE_CONTAINER, absence=absence)


def _create(situation: Situation) -> PeerAssessment:
    """There is no peering: request one, when its absence is certain."""
    readiness = Readiness(Reason.INITIATING, messages.creating(situation.spec), Progress.RECONCILING)
    attempt = situation.last_creation()
    due = _creation_due(situation, attempt)
    if due > situation.now:
        remembers = situation.held is not None
        return Assessment(
            situation.with_refusal(attempt, readiness, messages.refused), remembers_missing=remembers, retry_at=due
        )
    # A peering that was held, or may have been requested, is not requested again because one list misses it.
    expected = situation.held is not None or situation.requested or (attempt is not None and attempt.refusal is None)
    absence = Absence.UNEXPLAINED if expected and not situation.deleted else Absence.OBSERVED
    return Assessment(readiness, action=ActionType.CREATE, absence=absence)


def _creation_due(situation: Situation, attempt: Attempt | None) -> datetime:
    """Return when to request a peering, given the last request for the same place."""
    if attempt is None or situation.deleted:
        return situation.now
    if attempt.refusal is None and situation.held is None and not situation.requested:
        # The request of a deleted object, which Atlas accepted: two lists must not show its peering.
        return situation.now
    return attempt.retry_at(situation.intervals)


def _follow(situation: Situation, peer: Peer) -> PeerAssessment:
    state, step = state_of(peer), step_of(peer)
    if state is PeerState.FAILED and peer.id == situation.held and situation.renews:
        readiness = Readiness(Reason.DELETING, messages.removing(peer), Progress.RECONCILING)
        return _with_change(situation, peer, ActionType.DELETE, readiness)
    readiness = Readiness(step.reason, messages.follow(peer, situation.container, situation.spec), step.progress)
    present = peer.route_table_cidr_block
    if state.changeable and present is not None and present != situation.spec.route_table_cidr_block:
        if step.progress is Progress.REACHED:
            message = messages.changing_routes(peer, situation.spec)
            readiness = Readiness(Reason.FINALIZING, message, Progress.RECONCILING)
        return _with_change(situation, peer, ActionType.UPDATE, readiness)
    return Assessment(readiness, peer)


def _delete(situation: Situation, found: Found | Taken | Doubtful) -> PeerAssessment:
    """The object is being deleted, and its peering with it."""
    if not isinstance(found, requesting.Found):
        return _not_ours(situation, found)
    if found.row is not None:
        readiness = Readiness(Reason.DELETING, messages.deleting(found.row), Progress.RECONCILING)
        return _with_change(situation, found.row, ActionType.DELETE, readiness)
    held = situation.held
    gone = messages.nothing_to_delete(situation.status.connection_name or held)
    readiness = Readiness(Reason.DELETED, gone, Progress.REACHED)
    if held is None and not situation.requested:
        return Assessment(readiness, manages_nothing=True)
    attempt = situation.last_creation()
    due = _creation_due(situation, attempt)
    if due > situation.now:
        # A list may lag behind. The object must not go before its peering.
        readiness = Readiness(Reason.DELETING, messages.waiting_to_see(), Progress.RECONCILING)
        return Assessment(readiness, remembers_missing=held is not None, retry_at=due)
    absence = Absence.OBSERVED if situation.deleted else Absence.UNEXPLAINED
    return Assessment(readiness, remembers_missing=held is not None, absence=absence)


def _with_change(situation: Situation, peer: Peer, action: ActionType, readiness: Readiness) -> PeerAssessment:
    """Request the change or deletion of a peering, or wait until a retry is due."""
    attempt = situation.last(action, peer)
    due = _due(situation, peer, attempt)
    if due is None or due <= situation.now:
        return Assessment(readiness, peer, action=action)
    return Assessment(situation.with_refusal(attempt, readiness, messages.refused), peer, retry_at=due)


def _due(situation: Situation, peer: Peer, attempt: Attempt | None) -> datetime | None:
    """Return when to request a change of a peering (again); None: at once."""
    if state_of(peer) is PeerState.TERMINATING:
        since = situation.unchanged_since.get(peer.id, situation.now)
        return standstill_ends(since, attempt)
    return attempt.retry_at(situation.intervals) if attempt is not None else None
