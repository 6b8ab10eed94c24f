"""Decides which requests a policy takes, and what to report."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ...api.conditions import Reason
from ...api.group import API_VERSION, POLICY
from ...atlas.models import Connection
from ...controller.decision import Decision, ExtraEvent, Progress, Readiness
from ..streams_vpc_peering.resource import STREAMS_VPC_PEERING, DesiredState, PeeringSide, StreamsVpcPeeringStatus
from . import messages
from .resource import (
    MOST_REQUESTS,
    NotTaken,
    PolicyAction,
    SeenRequest,
    StreamsVpcPeeringPolicySpec,
    StreamsVpcPeeringPolicyStatus,
    TemplateMetadata,
    TemplateSpec,
)
from .survey import Inventory, Left, Policy, Survey

PolicyDecision = Decision[StreamsVpcPeeringPolicyStatus]

_DESIRED = {PolicyAction.ACCEPT: DesiredState.ACCEPTED, PolicyAction.REJECT: DesiredState.REJECTED}

_UNLESS_TOLD = frozenset({NotTaken.EXCEPTED, NotTaken.NOT_ALLOWED})
"""Reasons of requests to leave out first if there are more than a status lists."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The requests that a policy takes."""

    survey: Survey
    retry_at: datetime
    """When to retry objects that the Kubernetes API refused."""


def decide(
    spec: StreamsVpcPeeringPolicySpec, survey: Survey, objects: Inventory, *, retry_at: datetime
) -> PolicyDecision:
    """Decide from the lists of Atlas, and from the last observed objects."""
    decision = conclude(spec, survey, objects)
    if survey.free and _held_back(spec) is None and objects.live < spec.max_connections:
        return replace(decision, plan=Plan(survey, retry_at), holds=True)
    return decision


def conclude(spec: StreamsVpcPeeringPolicySpec, survey: Survey, objects: Inventory) -> PolicyDecision:
    """Report the survey of a policy, with these objects of its own."""
    waiting = tuple(_waiting(spec, survey, objects))
    left = (*survey.left, *waiting)
    status = StreamsVpcPeeringPolicyStatus(
        action=spec.action.value,
        matching=survey.matching,
        taken=objects.objects,
        requests=_listed(left),
    )
    return Decision(_readiness(spec, survey, objects, left), status, holds=objects.objects > 0)


def after_taking(
    spec: StreamsVpcPeeringPolicySpec, survey: Survey, objects: Inventory, request: Connection
) -> PolicyDecision:
    """Report the survey of a policy after it has taken a request."""
    message = messages.taken(
        request.name, spec.action, request.requester_account_id, request.requester_vpc_id, request.requester_cidr
    )
    decision = conclude(spec, taken(survey, request), Inventory(objects.objects + 1, objects.live + 1))
    return replace(decision, extra_events=(ExtraEvent(messages.TAKEN, message),))


def taken(survey: Survey, request: Connection) -> Survey:
    """Return the survey without a request that the policy has just taken."""
    return replace(survey, free=tuple(one for one in survey.free if one.name != request.name))


def left_out(survey: Survey, request: Connection, reason: NotTaken, detail: str = "") -> Survey:
    """Return the survey with a request that belongs to another object."""
    return replace(taken(survey, request), left=(*survey.left, Left(request, reason, detail)))


def refused(decision: PolicyDecision, refusals: Sequence[str], retry_at: datetime) -> PolicyDecision:
    """Return the decision with these refusals of the Kubernetes API, if there are any."""
    if not refusals:
        return decision
    readiness = Readiness(Reason.WRITE_REFUSED, refusals[0], Progress.STALLED)
    return replace(decision, readiness=readiness, retry_at=retry_at, holds=True)


def manifest(spec: StreamsVpcPeeringPolicySpec, policy: Policy, request: Connection) -> dict[str, Any]:
    """Return the StreamsVpcPeering for a request."""
    template = spec.template
    metadata = (template.metadata if template else None) or TemplateMetadata()
    policies = ((template.spec if template else None) or TemplateSpec()).deletion_policy
    requester = {"accountId": request.requester_account_id, "vpcId": request.requester_vpc_id}
    reference = spec.credentials_secret_ref
    fields: dict[str, Any] = {
        "projectId": spec.project_id,
        "credentialsSecretRef": {"name": reference.name} if reference else None,
        "requester": {key: value for key, value in requester.items() if value},
        "connectionName": request.name,
        "desiredState": _DESIRED[spec.action].value,
        "deletionPolicy": policies.value if policies else None,
    }
    annotations = {"annotations": dict(metadata.annotations)} if metadata.annotations else {}
    return {
        "apiVersion": API_VERSION,
        "kind": STREAMS_VPC_PEERING.kind,
        "metadata": {
            "name": request.name,
            "namespace": policy.namespace,
            "labels": {**(metadata.labels or {}), POLICY: policy.name},
            **annotations,
        },
        "spec": {key: value for key, value in fields.items() if value is not None},
    }


def is_own(policy: Policy, body: Mapping[str, Any]) -> bool:
    """Return whether the policy created this object: it has the label, and the name of its pinned connection.

    A copy with the label and another name does not belong to the policy.
    """
    metadata, spec = body["metadata"], body.get("spec") or {}
    labelled = (metadata.get("labels") or {}).get(POLICY) == policy.name
    named = metadata["name"] == spec.get("connectionName")
    return labelled and named and spec.get("projectId") == policy.project_id


def count(own: Collection[Mapping[str, Any]]) -> Inventory:
    """Count the objects of a policy, as the API server lists them."""
    return Inventory(len(own), sum(not _ended(body) for body in own))


def _ended(body: Mapping[str, Any]) -> bool:
    try:
        return StreamsVpcPeeringStatus.model_validate(body.get("status") or {}).ended
    except ValueError:
        return False  # nothing says so


def _held_back(spec: StreamsVpcPeeringPolicySpec) -> NotTaken | None:
    """Return why the policy takes no request."""
    if spec.suspend:
        return NotTaken.SUSPENDED
    return NotTaken.REPORTED if spec.action is PolicyAction.REPORT else None


def _waiting(spec: StreamsVpcPeeringPolicySpec, survey: Survey, objects: Inventory) -> Iterable[Left]:
    """Yield the free requests that the policy does not take now."""
    held_back = _held_back(spec)
    if held_back is not None:
        return (Left(request, held_back) for request in survey.free)
    room = max(0, spec.max_connections - objects.live)
    return (Left(one, NotTaken.LIMIT_REACHED, str(spec.max_connections)) for one in survey.free[room:])


def _readiness(
    spec: StreamsVpcPeeringPolicySpec, survey: Survey, objects: Inventory, left: tuple[Left, ...]
) -> Readiness:
    if spec.suspend:
        return Readiness(Reason.SUSPENDED, messages.suspended(len(survey.free)), Progress.PAUSED)
    if spec.action is PolicyAction.REPORT:
        return Readiness(Reason.WATCHING, messages.reporting(spec.accounts, survey.matching), Progress.REACHED)
    by_reason: dict[NotTaken, list[str]] = {}
    for one in left:
        by_reason.setdefault(one.reason, []).append(one.request.name)
    waiting = by_reason.get(NotTaken.LIMIT_REACHED)
    if waiting and objects.live >= spec.max_connections:  # otherwise it works, and nobody has to act
        message = messages.limit_reached(len(waiting), objects.live, spec.max_connections)
        return Readiness(Reason.LIMIT_REACHED, message, Progress.STALLED)
    if names := by_reason.get(NotTaken.NAME_TAKEN):
        return Readiness(Reason.NAME_TAKEN, messages.names_taken(names), Progress.STALLED)
    message = messages.watching(spec.accounts, survey.matching, objects.objects)
    return Readiness(Reason.WATCHING, message, Progress.REACHED)


def _listed(left: tuple[Left, ...]) -> tuple[SeenRequest, ...]:
    """Return the requests for the status, by name. If not all fit, matching requests take precedence."""
    first = sorted(left, key=lambda one: (one.reason in _UNLESS_TOLD, one.request.name))[:MOST_REQUESTS]
    return tuple(_seen(one) for one in sorted(first, key=lambda one: one.request.name))


def _seen(one: Left) -> SeenRequest:
    request = one.request
    requester = PeeringSide(
        account_id=request.requester_account_id, vpc_id=request.requester_vpc_id, cidr=request.requester_cidr
    )
    return SeenRequest(
        connection_name=request.name,
        requester=requester,
        reason=one.reason.value,
        message=messages.request(request.name, one.reason, detail=one.detail),
    )
