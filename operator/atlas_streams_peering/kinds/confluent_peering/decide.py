"""Decides whether to request or delete the peering of a ConfluentPeering, and what to report."""

from dataclasses import replace
from datetime import datetime

from ...api.conditions import ConditionType, Reason
from ...confluent.models import Peering
from ...controller import requesting
from ...controller.assessment import Assessment
from ...controller.attempts import Attempt, standstill_ends
from ...controller.decision import (
    Absence,
    Change,
    Decision,
    ExtraCondition,
    Progress,
    Readiness,
)
from . import messages
from .network import obstacle, requester_of
from .ownership import Doubtful, Found, Taken, find
from .phases import STEPS, Phase, phase_of
from .resource import ActionType, ConfluentPeeringStatus, NetworkSide
from .situation import Situation
from .status import status_of

PeeringAssessment = Assessment[Peering, ActionType]


def decide(situation: Situation) -> Decision[ConfluentPeeringStatus]:
    """Decide about an object from what Confluent Cloud shows."""
    assessment = _suspended(situation, _assess(situation))
    peering = assessment.row
    status = status_of(
        situation.status,
        peering,
        requester=requester_of(situation.network),
        atlas=situation.atlas.network,
        remembers_missing=assessment.remembers_missing,
        manages_nothing=assessment.manages_nothing,
        failure=situation.wanted,
    )
    requests = assessment.action is ActionType.REQUEST or (situation.requested and not assessment.manages_nothing)
    return Decision(
        assessment.readiness,
        status,
        holds=peering is not None or requests,
        remembers_missing=assessment.remembers_missing,
        change=_change(situation, assessment),
        retry_at=assessment.retry_at,
        finalized=assessment.finalized("Confluent Cloud") if situation.deleting else None,
        absence=assessment.absence,
        extra=(_requested(situation, assessment),),
    )


def _change(situation: Situation, assessment: PeeringAssessment) -> Change | None:
    environment, peering, wanted = situation.spec.environment_id, assessment.row, situation.request()
    place = situation.claim.place
    if assessment.action is ActionType.DELETE and peering is not None:
        message = messages.delete_requested(peering)
        return Change(ActionType.DELETE, environment, situation.target(peering), message, peering)
    if assessment.action is ActionType.REQUEST and wanted is not None and place is not None:
        message = messages.requested(wanted.display_name, wanted.network_id, wanted.atlas)
        return Change(ActionType.REQUEST, environment, place.target, message, wanted)
    return None


def _requested(situation: Situation, assessment: PeeringAssessment) -> ExtraCondition:
    """Return the condition Requested: whether this side has done its part, also before it was suspended."""
    readiness, peering = assessment.readiness, assessment.row
    if peering is not None and phase_of(peering.phase).requested and not situation.deleting:
        reason = STEPS[phase_of(peering.phase)].reason
        if readiness.reason in (reason, Reason.SUSPENDED):
            return ExtraCondition(ConditionType.REQUESTED, True, reason, _how_it_is(situation, peering))
    return ExtraCondition(ConditionType.REQUESTED, False, readiness.reason, readiness.message)


def _suspended(situation: Situation, assessment: PeeringAssessment) -> PeeringAssessment:
    """Hold back the change of a suspended object, and report that."""
    if not assessment.waits(suspend=situation.spec.suspend, deleting=situation.deleting):
        return assessment
    message = messages.suspended(assessment.readiness, assessment.row, deleting=situation.deleting)
    return assessment.paused(message, held=situation.held)


def _assess(situation: Situation) -> PeeringAssessment:
    assessment = _conclude(situation)
    if not situation.misses_held(situation.peerings):
        return assessment
    return assessment.replacing(shown=situation.status.phase is not None)


def _conclude(situation: Situation) -> PeeringAssessment:
    found = find(situation.claim, situation.peerings, situation.rivals, situation.unknown)
    if situation.deleting:
        return _delete(situation, found)
    blocked = _blocked(situation)
    if not isinstance(found, requesting.Found):
        assessment = _not_ours(situation, found)
        return (
            replace(assessment, readiness=blocked) if blocked and blocked.progress is Progress.STALLED else assessment
        )
    peering = found.row
    if peering is not None and phase_of(peering.phase).dead and peering.id != situation.held and situation.renews:
        peering = None  # the peering of another object, which does not replace the failed one
    if blocked is not None and (peering is None or blocked.reason in _BEATS_PEERING):
        return Assessment(blocked, peering, remembers_missing=peering is None and situation.held is not None)
    return _request(situation) if peering is None else _follow(situation, peering)


_BEATS_PEERING = frozenset({Reason.NETWORK_NOT_FOUND, Reason.NETWORK_FAILED})
"""Reasons about the network that override the phase of a peering."""


def _blocked(situation: Situation) -> Readiness | None:
    """Report why a peering cannot be requested."""
    network, spec = situation.network, situation.spec
    blocked = obstacle(network, spec.network_id, spec.environment_id) if network is not None else None
    if situation.atlas.network is None and (blocked is None or blocked.progress is not Progress.STALLED):
        return Readiness(Reason.REFERENCE_NOT_READY, situation.atlas.missing, Progress.RECONCILING)
    return blocked


def _not_ours(situation: Situation, found: Taken | Doubtful) -> PeeringAssessment:
    """Report that another object owns the peering, or may own it."""
    if isinstance(found, requesting.Taken):
        owner = f"{found.owner.namespace}/{found.owner.name}"
        return Assessment.already_managed(messages.already_managed(found.row, owner))
    # The next list may show what one list has missed.
    return Assessment.already_managed(messages.maybe_managed(found.row, found.namespaces), held=situation.held)


def _request(situation: Situation) -> PeeringAssessment:
    """There is no peering: request one, when its absence is certain."""
    wanted = situation.request()
    assert wanted is not None  # noqa: S101  # an unknown Atlas side blocks before
    message = messages.requesting(wanted.display_name, wanted.network_id, wanted.atlas)
    readiness = Readiness(Reason.PROVISIONING, message, Progress.RECONCILING)
    attempt = situation.unseen_request()
    due = _request_due(situation, attempt)
    if due > situation.now:
        readiness = situation.with_refusal(attempt, readiness, messages.refused)
        return Assessment(readiness, remembers_missing=situation.held is not None, retry_at=due)
    # A peering that was held, or may have been requested, is not requested again because one list misses it.
    expected = situation.held is not None or situation.requested or attempt is not None
    absence = Absence.UNEXPLAINED if expected and not situation.deleted else Absence.OBSERVED
    return Assessment(readiness, action=ActionType.REQUEST, absence=absence)


def _request_due(situation: Situation, attempt: Attempt | None) -> datetime:
    """Return when to request a peering, given the last request that no list has shown."""
    if attempt is None:
        return situation.now
    if attempt.refusal is None and situation.held is None and not situation.requested:
        # The request of a deleted object, which Confluent Cloud accepted: two lists must not show its peering.
        return situation.now
    return attempt.retry_at(situation.intervals)


def _follow(situation: Situation, peering: Peering) -> PeeringAssessment:
    phase = phase_of(peering.phase)
    if phase.dead and peering.id == situation.held and situation.renews:
        readiness = Readiness(Reason.DELETING, messages.removing(peering), Progress.RECONCILING)
        return _with_deletion(situation, peering, readiness)
    step = STEPS[phase]
    return Assessment(Readiness(step.reason, _how_it_is(situation, peering), step.progress), peering)


def _how_it_is(situation: Situation, peering: Peering) -> str:
    requester = requester_of(situation.network) or situation.status.requester or NetworkSide()
    held = peering.id == situation.held
    return messages.follow(
        peering,
        atlas=(situation.status.atlas if held else None) or situation.atlas.network,
        requester_vpc=requester.vpc_id,
        obj=situation.claim.name,
        differences=_differences(situation, peering),
    )


def _differences(situation: Situation, peering: Peering) -> tuple[str, ...]:
    """Return the differences between a peering and the spec. Confluent Cloud cannot change a peering."""
    reference = situation.spec.account_details_ref
    if situation.atlas.changed and reference is not None:
        return (messages.vpc_differs(reference.name, situation.status.atlas),)
    wanted, found = situation.request(), []
    if wanted is not None and peering.routes is not None and set(peering.routes) != set(wanted.routes):
        found.append(messages.routes_differ(wanted.routes, peering.routes))
    if wanted is not None and peering.customer_region not in (None, wanted.customer_region):
        found.append(messages.region_differs(wanted.customer_region, peering.customer_region or ""))
    return tuple(found)


def _delete(situation: Situation, found: Found | Taken | Doubtful) -> PeeringAssessment:
    """The object is being deleted, and its peering with it."""
    if not isinstance(found, requesting.Found):
        return _not_ours(situation, found)
    peering = found.row
    if peering is not None:
        readiness = Readiness(Reason.DELETING, messages.deleting(peering), Progress.RECONCILING)
        return _with_deletion(situation, peering, readiness)
    held = situation.held
    readiness = Readiness(Reason.DELETED, messages.nothing_to_delete(held), Progress.REACHED)
    if held is None and not situation.requested:
        return Assessment(readiness, manages_nothing=True)
    due = _request_due(situation, situation.unseen_request())
    if due > situation.now:
        # A list may lag behind. The object must not go before its peering.
        readiness = Readiness(Reason.DELETING, messages.waiting_to_see(), Progress.RECONCILING)
        return Assessment(readiness, remembers_missing=held is not None, retry_at=due)
    absence = Absence.OBSERVED if situation.deleted else Absence.UNEXPLAINED
    return Assessment(readiness, remembers_missing=held is not None, absence=absence)


def _with_deletion(situation: Situation, peering: Peering, readiness: Readiness) -> PeeringAssessment:
    """Request the deletion of a peering, or wait until a retry is due."""
    attempt = situation.last_deletion(peering)
    due = _deletion_due(situation, peering, attempt)
    if due is None or due <= situation.now:
        return Assessment(readiness, peering, action=ActionType.DELETE)
    return Assessment(situation.with_refusal(attempt, readiness, messages.refused), peering, retry_at=due)


def _deletion_due(situation: Situation, peering: Peering, attempt: Attempt | None) -> datetime | None:
    """Return when to request the deletion of a peering (again); None: at once."""
    if phase_of(peering.phase) is Phase.DEPROVISIONING:
        since = situation.unchanged_since.get(peering.id or "", situation.now)
        return standstill_ends(since, attempt)
    return attempt.retry_at(situation.intervals) if attempt is not None else None
