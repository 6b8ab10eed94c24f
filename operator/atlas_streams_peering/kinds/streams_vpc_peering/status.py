"""The status of a StreamsVpcPeering, from what was concluded. Nothing volatile goes into it."""

from dataclasses import dataclass
from datetime import datetime

from ...api.conditions import Condition, ConditionType, Reason
from ...api.times import format_time
from ...atlas.models import Connection
from ...controller.readiness import Standing, Verdict
from .decide import Decision
from .resource import LastAction, PeeringSide, StreamsVpcPeeringStatus
from .states import state_of

_LONGEST_WORD = 253
"""The CRD's limit for a word of Atlas: a longer one is cut, not refused by the API server for ever."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the last look at Atlas went: the Synced condition."""

    reason: Reason
    message: str
    lasting: bool = False
    """The look fails until somebody has acted (credentials, access); else it is worth trying again."""

    @property
    def worked(self) -> bool:
        """Atlas answered."""
        return self.reason is Reason.OBSERVED


OBSERVED = Look(Reason.OBSERVED, "Atlas' list of connections is read.")


_ABOUT_LOOKS = frozenset(
    {
        Reason.CREDENTIALS_MISSING,
        Reason.CREDENTIALS_INVALID,
        Reason.UNAUTHORIZED,
        Reason.ACCESS_LIST_BLOCKED,
        Reason.PROJECT_NOT_FOUND,
        Reason.RATE_LIMITED,
        Reason.ATLAS_UNAVAILABLE,
    }
)


@dataclass(frozen=True, slots=True)
class Context:
    """What every way to a status needs to know."""

    previous: StreamsVpcPeeringStatus
    generation: int
    now: datetime
    reconcile_requested: str | None = None
    """Value of the annotation that asked for a look at once."""


def status_of(
    context: Context,
    decision: Decision,
    *,
    account_id: str,
    vpc_id: str | None,
    last_action: LastAction | None,
    look: Look = OBSERVED,
) -> StreamsVpcPeeringStatus:
    """Return the status after a look at Atlas that worked, or after a change was asked of it."""
    seen = decision.connection
    name = seen.name if seen else context.previous.connection_name if decision.keeps_gone else None
    known = context.previous if decision.keeps_gone else None
    return StreamsVpcPeeringStatus(
        observed_generation=context.generation,
        cloud_status=_cut(seen.cloud_status) if seen else None,
        local_status=seen.local_status if seen else None,
        status_message=seen.status_message if seen else None,
        connection_name=name,
        connection_id=seen.id if seen else known.connection_id if known else None,
        requester=_requester(seen)
        if seen
        else known.requester
        if known
        else PeeringSide(account_id=account_id, vpc_id=vpc_id),
        accepter=_accepter(seen) if seen else known.accepter if known else None,
        expiration_time=seen.expiration_time if seen else None,
        pending_until=seen.expiration_time if seen and state_of(seen).pending else None,
        last_action=last_action,
        last_handled_reconcile_at=context.reconcile_requested or context.previous.last_handled_reconcile_at,
        conditions=_conditions(context, decision.verdict, look),
    )


def status_blocked(context: Context, verdict: Verdict, look: Look | None) -> StreamsVpcPeeringStatus:
    """Return the status when Atlas could not be asked at all: what was observed before stays."""
    previous = context.previous
    synced = previous.condition(ConditionType.SYNCED)
    conditions = _conditions(context, verdict, look)
    if look is None and synced is not None:
        conditions = (*conditions, synced)
    return previous.model_copy(
        update={
            "observed_generation": context.generation,
            "last_handled_reconcile_at": context.reconcile_requested or previous.last_handled_reconcile_at,
            "conditions": conditions,
        }
    )


def status_out_of_touch(context: Context, look: Look) -> StreamsVpcPeeringStatus:
    """Return the status after a passing failure to look: only Synced turns, the rest is the last known.

    An object never looked at with success carries the reason on Ready too.
    """
    previous = context.previous
    ready, last = previous.condition(ConditionType.READY), previous.condition(ConditionType.SYNCED)
    about_the_look = (
        ready is not None and ready.reason in _ABOUT_LOOKS and (last is None or ready.reason == last.reason)
    )
    if ready is None or about_the_look or ready.reason == Reason.REFERENCE_NOT_READY:
        return status_blocked(context, Verdict(look.reason, look.message, Standing.ON_ITS_WAY), look)
    synced = _condition(context, ConditionType.SYNCED, "False", look.reason, look.message)
    kept = tuple(synced if c.type == ConditionType.SYNCED else c for c in previous.conditions)
    handled = context.reconcile_requested or previous.last_handled_reconcile_at
    return previous.model_copy(
        update={
            "last_handled_reconcile_at": handled,
            "conditions": kept if synced in kept else (*kept, synced),
        }
    )


def _conditions(context: Context, verdict: Verdict, look: Look | None) -> tuple[Condition, ...]:
    reached = "True" if verdict.standing is Standing.REACHED else "False"
    conditions = [_condition(context, ConditionType.READY, reached, verdict.reason, verdict.message)]
    if look is not None:
        synced = "True" if look.worked else "False"
        conditions.append(_condition(context, ConditionType.SYNCED, synced, look.reason, look.message))
    if verdict.standing is Standing.ON_ITS_WAY:
        conditions.append(_condition(context, ConditionType.RECONCILING, "True", verdict.reason, verdict.message))
    if verdict.standing is Standing.STALLED:
        conditions.append(_condition(context, ConditionType.STALLED, "True", verdict.reason, verdict.message))
    return tuple(conditions)


def _condition(context: Context, kind: ConditionType, status: str, reason: Reason, message: str) -> Condition:
    before = context.previous.condition(kind)
    since = before.last_transition_time if before and before.status == status else format_time(context.now)
    return Condition.model_validate(
        {
            "type": kind.value,
            "status": status,
            "observed_generation": context.generation,
            "last_transition_time": since,
            "reason": reason.value,
            "message": message,
        }
    )


def _requester(connection: Connection) -> PeeringSide:
    return PeeringSide(
        account_id=connection.requester_account_id,
        vpc_id=connection.requester_vpc_id,
        cidr=connection.requester_cidr,
    )


def _accepter(connection: Connection) -> PeeringSide:
    return PeeringSide(
        account_id=connection.accepter_account_id,
        vpc_id=connection.accepter_vpc_id,
        cidr=connection.accepter_cidr,
    )


def _cut(word: str | None) -> str | None:
    return word if word is None else word[:_LONGEST_WORD]
