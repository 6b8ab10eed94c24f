"""How one StreamsVpcPeering is reconciled: observe, decide, act, report."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from pydantic import ValidationError

from ...api.conditions import ConditionType, Reason
from ...atlas.client import Atlas, Session
from ...controller.actions import Actions, WantedNoMore
from ...controller.claims import ClaimIndex
from ...controller.controller import Controller
from ...controller.events import EventRecorder
from ...controller.finalizer import Finalizer
from ...controller.moments import Moments
from ...controller.obstacles import Obstacles
from ...controller.readiness import Standing
from ...controller.reporting import Note, Reporter
from ...controller.requesters import find_requester
from ...controller.resources import Resource
from ...controller.retry import Intervals
from ...controller.secrets import CredentialsMissing, CredentialStore, SecretName
from ...controller.writer import Writer
from ...kube.api import KubernetesApi
from ...polling.looks import Look, LookKey, Looks, Subscription
from ...transport.credentials import Credentials
from . import messages
from .case import Case, claim_of
from .decide import Decision, Sight, Subject, decide, refused_verdict
from .matching import Identity
from .ownership import Claim
from .resource import (
    STREAMS_VPC_PEERING,
    ActionType,
    LastAction,
    StreamsVpcPeeringSpec,
    StreamsVpcPeeringStatus,
)
from .status import status_of

_SHORT_WAIT: Final = 5.0
"""Seconds of waiting for the rate budget that are not worth a word in the status."""
_LATER: Final = 0.9
"""Part of the pending interval by which a look comes after the last at the earliest, unless somebody asks for it."""


class PeeringReconciler:
    """Brings StreamsVpcPeerings forward. All side effects start here, in this order: finalizer, Atlas, status."""

    kind = STREAMS_VPC_PEERING

    def __init__(
        self,
        *,
        api: KubernetesApi,
        atlas: Atlas,
        store: CredentialStore,
        controller: Controller,
        events: EventRecorder,
        intervals: Intervals,
        may_act: Callable[[], bool] = lambda: True,
        became_active: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        self._became_active = became_active
        self._api, self._store, self._controller, self._intervals = api, store, controller, intervals
        self._writer = Writer(api, self.kind)
        self._reporter = Reporter(self.kind.kind, self._writer, events, controller)
        self._claims, self._actions = ClaimIndex(), Actions(atlas, wake=controller.queue.add, may_act=may_act)
        self._moments = Moments()

        def session(fingerprint: str) -> Session | None:
            credentials = store.by_fingerprint(fingerprint)
            return None if credentials is None else atlas.session(credentials)

        self.looks = Looks(
            session=session,
            still_current=store.still_current,
            wake=controller.queue.add,
            abandoned=atlas.forget,
            intervals=intervals,
        )
        self._finalizer = Finalizer(self._writer, controller, self._reporter, self.looks)
        self._obstacles = Obstacles(self._reporter, self._finalizer, self.looks, intervals)

    def seen(self, resource: Resource) -> None:
        """Keep the object's claim up to date, so that others know of it."""
        self._moments.seen(resource.uid)
        try:
            spec = StreamsVpcPeeringSpec.model_validate(resource.spec)
        except ValidationError:
            return  # the reconcile says so
        requester = resource.status.get("requester") or {}
        named = spec.requester.confluent_peering_ref is None
        account_id = spec.requester.account_id if named else requester.get("accountId")
        if account_id is not None:
            vpc_id = spec.requester.vpc_id if named else requester.get("vpcId")
            self._claims.put(claim_of(resource, Identity.of(spec, account_id=account_id, vpc_id=vpc_id)))

    def gone(self, resource: Resource) -> None:
        """Forget the object; others may have waited for it."""
        self.looks.leave(resource.uid)
        self._moments.forget(resource.uid)
        self._reporter.forget(resource.uid)
        for uid in self._claims.remove(resource.uid):
            self._controller.queue.add(uid)

    async def reconcile(self, resource: Resource) -> float | None:
        """Bring one object forward."""
        case = Case.read(resource)
        spec, status = case.spec, case.status
        if resource.deleting and not resource.guarded:
            self.gone(resource)  # others hold it; nothing of ours is left to do
            return None
        if resource.deleting and case.retains:
            held = status.connection_name or "no connection"
            await self._finalizer.let_go(case, f"Nothing was changed in Atlas: deletionPolicy is Retain ({held}).")
            return None
        if await self._reporter.catch_up(resource):
            return 0.0  # another decision
        # By what is known already: Atlas may be out of reach until the object is deleted.
        guarded = await self._finalizer.settle(case, needed=case.held_alive, removable=case.retains)
        if guarded is None:
            return 0.0  # another decision
        case, resource = guarded, guarded.resource
        requester = await find_requester(self._api, resource.namespace, spec, status)
        if requester is None:
            return await self._obstacles.reference_not_ready(case)
        claim = claim_of(resource, Identity.of(spec, account_id=requester.account_id, vpc_id=requester.vpc_id))
        self._claims.put(claim)
        try:
            secret = self._store.secret_for(
                resource.namespace, spec.credentials_secret_ref.name if spec.credentials_secret_ref else None
            )
            credentials, insists = await self._credentials(case, secret)
        except CredentialsMissing as error:
            return await self._obstacles.credentials_missing(case, error)
        look_state = self._subscribe(case, claim, secret, credentials, insists=insists)
        pause = await self._look_and_act(case, claim, credentials, look_state)
        if not insists:
            return pause
        # Nobody else would notice that the Secret is there again.
        return self._intervals.pending if pause is None else min(pause, self._intervals.pending)

    async def _credentials(self, case: Case, secret: SecretName) -> tuple[Credentials, bool]:
        """Return the credentials, and whether they are only those last read."""
        if case.resource.deleting:
            return await self._store.read_to_delete(secret, at_once=case.poked)
        return await self._store.read(secret, at_once=case.poked), False

    def _subscribe(
        self, case: Case, claim: Claim, secret: SecretName, credentials: Credentials, *, insists: bool
    ) -> Look:
        identity = claim.identity
        names = frozenset(name for name in (identity.pinned, claim.held) if name)
        seen = case.status.requester
        vpcs = frozenset(vpc for vpc in (identity.vpc_id, seen.vpc_id if seen else None) if vpc)
        key = LookKey(identity.project_id, credentials.fingerprint, identity.account_id)
        return self.looks.subscribe(case.resource.uid, key, Subscription(names, vpcs, secret=secret, insists=insists))

    # -- the one path

    async def _look_and_act(self, case: Case, claim: Claim, credentials: Credentials, look: Look) -> float | None:
        # Both are noted before the look that they lead to, or that one would seem older than what it was made for.
        poked_at, wished_at = self._moments.poked_at(case), self._moments.changed_at(case)
        project, snapshot = claim.identity.project_id, look.snapshot
        subscription = look.subscriptions[case.resource.uid]
        if look.failure is not None and max(poked_at, wished_at) <= look.started_at:
            return await self._obstacles.look_failed(case, look.failure)
        now = time.monotonic()
        fresh = now - self._intervals.pending
        since = fresh if subscription.asked_since is None else min(fresh, subscription.asked_since)
        if look.failure is not None or snapshot is None or snapshot.asked_at < max(poked_at, since):
            # However long that look takes, it is new enough when it comes.
            subscription.asked_since = now if subscription.asked_since is None else subscription.asked_since
            subscription.waiting = True
            look.ask_by(now)
            return None
        names = tuple(name for name in (claim.identity.pinned, claim.held) if name)
        relevant = snapshot.concerning(names=names, vpcs=(claim.identity.vpc_id,) if claim.identity.vpc_id else ())
        changed_at = self._actions.void_before(project, relevant)
        if snapshot.asked_at < changed_at:
            self.looks.expect(case.resource.uid, by=changed_at + self._intervals.pending)
            return None
        subscription.waiting, subscription.asked_since = False, None
        circumstances = case.circumstances(credentials)
        sight = Sight(
            relevant,
            self._claims.rivals(claim, relevant),
            asked=self._actions.asked(project, relevant, circumstances),
            forgiven=self._actions.forgiven(project, relevant, circumstances),
            unchanged_since=snapshot.unchanged_since,
        )
        subject = Subject(case.spec, case.status, claim, deleting=case.resource.deleting)
        decision = decide(subject, sight, intervals=self._intervals, now=datetime.now(UTC))
        reached = decision.verdict.standing is Standing.REACHED
        if reached and decision.connection is None and snapshot.asked_at < wished_at:
            self.looks.expect(case.resource.uid, by=now)
            return None  # that there is nothing is not proved by a list older than the wish
        self._settle(claim, decision)
        if case.resource.deleting and (decision.refused or reached):
            await self._finish(case, decision, snapshot.asked_at)
            return None
        return await self._carry_out(case, claim, decision, credentials)

    def _settle(self, claim: Claim, decision: Decision) -> None:
        managed = decision.connection.name if decision.connection else None
        owner = decision.owner.uid if decision.owner else None
        for uid in self._claims.settle(claim, managed, owner=owner):
            self._controller.queue.add(uid)

    async def _carry_out(self, case: Case, claim: Claim, decision: Decision, credentials: Credentials) -> float | None:
        uid, told = case.resource.uid, None
        self._moments.found(uid)
        prepared = await self._prepare(case, claim, decision)
        if prepared is None:
            return 0.0  # another decision
        case, acting, asked, pause = prepared, decision.action is not None, False, 0.0
        if acting and decision.connection is not None:
            pause = self._actions.wait(claim.identity.project_id, uid, decision.connection.name)
            if 0 < pause <= _SHORT_WAIT:
                return pause
            if pause == 0:
                try:
                    decision, told = await self._act(case, claim, decision, credentials)
                    asked = True
                except WantedNoMore:
                    return 0.0  # another decision
        status = self._status(case, claim, decision)
        self.looks.pace(uid, pending=acting or decision.verdict.standing is not Standing.REACHED)
        if acting:
            self.looks.expect(uid, by=time.monotonic() + self._intervals.pending)
        await self._reporter.report(case.resource, case.status, status, told=told, asked=asked)
        before = case.status.condition(ConditionType.READY)
        if decision.verdict.reason is Reason.ACTIVE and (before is None or before.reason != Reason.ACTIVE):
            self._became_active(self._moments.age(uid))
        if pause > 0:
            return pause
        if decision.retry_at is not None:
            return max(0.0, (decision.retry_at - datetime.now(UTC)).total_seconds())
        # The older object may change its mind without anything changing in Atlas.
        return None if decision.owner is None else self._intervals.pending

    async def _prepare(self, case: Case, claim: Claim, decision: Decision) -> Case | None:
        """Bring the object into the state in which Atlas may be asked. None: it takes another decision."""
        removable = not decision.keeps_gone or case.retains
        guarded = await self._finalizer.settle(case, needed=decision.holds_something, removable=removable)
        if guarded is None or decision.action is None:
            return guarded
        if case.status.connection_name not in (None, decision.connection and decision.connection.name):
            # An object that is being deleted means what its status names: it must not come to mean another one.
            if await self._is_current(guarded):
                await self._take_up(guarded, claim, decision)
            return None
        return guarded

    async def _is_current(self, case: Case) -> bool:
        """Ask the API server whether the object still wants what is about to be done for it, and was not given it.

        A watch may have gone silent without a word; nothing is changed in Atlas for what was wanted before that, and
        nothing that another replica has asked since.
        """
        present = await self._writer.read_again(case.resource)
        self._controller.update(present)
        return not present.wants_other_than(case.resource) and present.status == case.resource.status

    async def _take_up(self, case: Case, claim: Claim, decision: Decision) -> None:
        """Name a connection in the status that names another one, before anything is asked for it.

        Else it would be left behind if the object were deleted before what was asked is written. What is said of it,
        and of the spec, comes with what is asked.
        """
        unsaid = ("conditions", "observed_generation", "last_handled_reconcile_at")
        kept = {field: getattr(case.status, field) for field in unsaid}
        status = self._status(case, claim, decision).model_copy(update=kept)
        await self._reporter.report(case.resource, case.status, status)

    def _status(self, case: Case, claim: Claim, decision: Decision) -> StreamsVpcPeeringStatus:
        return status_of(
            case.context,
            decision,
            account_id=claim.identity.account_id,
            vpc_id=claim.identity.vpc_id,
            last_action=self._last_action(case, claim, decision),
        )

    def _last_action(self, case: Case, claim: Claim, decision: Decision) -> LastAction | None:
        seen, written = decision.connection, case.status.last_action
        if seen is not None and seen.name != case.status.connection_name:
            written = None  # that was another connection
        return self._actions.last_action(claim.identity.project_id, seen, written)

    async def _act(
        self, case: Case, claim: Claim, decision: Decision, credentials: Credentials
    ) -> tuple[Decision, str | None]:
        """Ask Atlas for the change that was decided on, and tell of it at once: the status may fail to be written."""
        action, connection = decision.action, decision.connection
        if action is None or connection is None:
            raise ValueError("there is nothing to ask Atlas for")
        asked, news = await self._actions.ask(
            action,
            claim.identity.project_id,
            connection,
            credentials,
            case.circumstances(credentials),
            still_wanted=lambda: self._is_current(case),
        )
        if asked.refusal is None:
            note = Note(decision.verdict.reason, messages.asked(action, connection))
            self._reporter.tell(case.resource, note)
            return decision, note.reason
        verdict = refused_verdict(asked, connection, decision.verdict, deleting=case.resource.deleting)
        if news:
            self._reporter.tell(case.resource, Note(f"{action.value}Failed", verdict.message, warning=True))
        return replace(decision, verdict=verdict), None

    async def _finish(self, case: Case, decision: Decision, listed_at: float) -> None:
        """Let an object go whose deletion leaves nothing to do in Atlas."""
        if decision.refused:
            await self._finalizer.let_go(case, messages.left_alone(decision.verdict))
            return
        last = case.status.last_action
        unasked = decision.connection is None and (last is None or last.type is ActionType.ACCEPT)
        # It went without our doing. One list can miss a row, as pages shift under it, and so can all those of a moment,
        # when Atlas answers from a copy that lags behind; a later one does not.
        if unasked and self._moments.missed_for(case.resource.uid, listed_at) < self._intervals.pending * _LATER:
            self.looks.expect(case.resource.uid, by=time.monotonic() + self._intervals.pending)
            return
        await self._finalizer.let_go(case, f"Done in Atlas: {decision.verdict.message}")
