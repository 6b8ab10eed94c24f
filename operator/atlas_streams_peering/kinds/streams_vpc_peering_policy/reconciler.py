"""Implements `Kind` for StreamsVpcPeeringPolicy."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from ...api.base import DeletionPolicy
from ...api.conditions import Reason
from ...api.group import POLICY
from ...controller.decision import Observation, Progress, Readiness
from ...controller.kind import Confirm, Interest, Kind, Lookup
from ...controller.messages import deletion_waits
from ...controller.resource import InvalidResource, TypedResource
from ...kube.labelled import Body, LabelledObjects
from ...kube.writer import WriteRefused
from ...polling.intervals import Intervals
from ...polling.poll import PollKey, Source
from ..streams_vpc_peering.resource import STREAMS_VPC_PEERING
from . import messages
from .decide import (
    Plan,
    PolicyDecision,
    after_taking,
    conclude,
    count,
    decide,
    is_own,
    left_out,
    manifest,
    refused,
    taken,
)
from .resource import (
    STREAMS_VPC_PEERING_POLICY,
    NotTaken,
    StreamsVpcPeeringPolicySpec,
    StreamsVpcPeeringPolicyStatus,
)
from .survey import Policy, concerns, inventory, survey
from .takings import Takings

Resource = TypedResource[StreamsVpcPeeringPolicySpec, StreamsVpcPeeringPolicyStatus]


class StreamsVpcPeeringPolicyKind(Kind[StreamsVpcPeeringPolicySpec, StreamsVpcPeeringPolicyStatus, Policy]):
    """Creates a StreamsVpcPeering for each request that a policy allows. It changes nothing in Atlas itself."""

    resource = STREAMS_VPC_PEERING_POLICY
    spec, status = StreamsVpcPeeringPolicySpec, StreamsVpcPeeringPolicyStatus
    follows = frozenset({STREAMS_VPC_PEERING.kind})
    undoes_in_cluster = True
    observed_message = "The operator has read the lists of connections from Atlas."

    def __init__(
        self, connections: Source, peerings: LabelledObjects, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._connections, self._peerings, self._takings = connections, peerings, Takings(clock)

    # -- before any poll

    def retains(self, resource: Resource) -> bool:
        """Deleting the policy leaves what it has created."""
        return resource.spec.deletion_policy is DeletionPolicy.RETAIN

    def retained(self, resource: Resource) -> str:  # noqa: ARG002
        """Return the message for a deletion that leaves the policy's objects."""
        return messages.RETAINED

    def holds(self, resource: Resource | InvalidResource[StreamsVpcPeeringPolicyStatus]) -> bool:
        """The policy had created something when it was last counted; without a spec: and may have to delete it."""
        if isinstance(resource, InvalidResource) and resource.obj.spec.get("deletionPolicy") is None:
            return False
        return bool(resource.status.taken)

    def context(self, resource: Resource, lookup: Lookup) -> Policy:  # noqa: ARG002
        """Return which policy it is."""
        return _policy(resource)

    def secret_name(self, resource: Resource) -> str | None:
        """Return the name of the Secret that the spec names."""
        reference = resource.spec.credentials_secret_ref
        return reference.name if reference else None

    def interests(self, resource: Resource, context: Policy, fingerprint: str) -> tuple[Interest, ...]:
        """Return the list of each account's connections: StreamsVpcPeerings of the account share it."""
        where = partial(concerns, resource.spec)
        return tuple(
            Interest(PollKey(self._connections, context.project_id, fingerprint, (account,)), where=where)
            for account in resource.spec.accounts
        )

    # -- after the polls

    def decide(
        self,
        resource: Resource,
        context: Policy,
        observation: Observation,
        *,
        intervals: Intervals,
        now: datetime,
    ) -> PolicyDecision:
        """Decide which requests to take, and what to report."""
        connections = [row for rows in observation.rows for row in rows.values()]
        seen = survey(resource.spec, context, connections, observation.followed, now=now)
        retry_at = now + timedelta(seconds=max(intervals.steady, intervals.pending))
        return decide(resource.spec, seen, inventory(context, observation.followed), retry_at=retry_at)

    async def publish(self, resource: Resource, decision: PolicyDecision) -> PolicyDecision:
        """Create the object for one request, if the limit allows it; creating it wakes the policy for the next.

        A request whose object the API server refuses, for example by a policy about accounts, holds back no other.
        """
        if not isinstance(decision.plan, Plan):
            return decision
        spec, policy, seen = resource.spec, _policy(resource), decision.plan.survey
        objects, refusals, retry_at = count(await self._own(policy)), list[str](), decision.plan.retry_at
        waits = False
        for request in seen.free:
            if objects.live >= spec.max_connections:
                break
            other = self._takings.begin(policy, request.name)
            if other is not None:
                seen = left_out(seen, request, NotTaken.ALREADY_MANAGED, f"{other.namespace}/{request.name}")
                waits = True
                continue
            try:
                present = await self._peerings.create(policy.namespace, manifest(spec, policy, request))
            except WriteRefused as error:
                self._takings.give_up(policy, request.name)
                seen = left_out(seen, request, NotTaken.WRITE_REFUSED, str(error))
                refusals.append(str(error))
                continue
            if present is None:
                return refused(after_taking(spec, seen, objects, request), refusals, retry_at)
            if is_own(policy, present):
                seen = taken(seen, request)  # just created, and the watch has not shown it yet
            else:
                self._takings.give_up(policy, request.name)
                seen = left_out(seen, request, NotTaken.NAME_TAKEN)
        concluded = refused(conclude(spec, seen, objects), refusals, retry_at)
        # The other policy may fail to take the request, or lose its object.
        return replace(concluded, retry_at=retry_at) if waits else concluded

    async def _own(self, policy: Policy) -> tuple[Body, ...]:
        """Return the objects that the policy has created, as the API server has them now."""
        labelled = await self._peerings.list(policy.namespace, POLICY, policy.name)
        return tuple(body for body in labelled if is_own(policy, body))

    async def undo(self, resource: Resource, confirm: Confirm) -> Readiness:
        """Delete the policy's objects. Their own finalizers do the rest."""
        policy = _policy(resource)
        own = await self._own(policy)
        left = [body for body in own if not _going(body)]
        if resource.spec.suspend and left:
            return Readiness(Reason.SUSPENDED, messages.deletion_suspended(len(left)), Progress.PAUSED)
        if left:
            await confirm()
        refusals = []
        for body in left:
            try:
                await self._peerings.delete(body)
            except WriteRefused as error:
                refusals.append(str(error))
        if refusals:
            return Readiness(Reason.WRITE_REFUSED, deletion_waits(refusals[0]), Progress.STALLED)
        remaining = sum(not _going(body) for body in await self._own(policy)) if left else 0
        if remaining:
            return Readiness(Reason.DELETING, messages.deleting(remaining), Progress.RECONCILING)
        return Readiness(Reason.DELETED, messages.deleted(len(own)), Progress.REACHED)


def _policy(resource: Resource) -> Policy:
    return Policy(resource.obj.namespace, resource.obj.name, resource.spec.project_id)


def _going(body: Body) -> bool:
    return bool(body["metadata"].get("deletionTimestamp"))
