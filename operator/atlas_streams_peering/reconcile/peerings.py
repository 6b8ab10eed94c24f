"""How one StreamsVpcPeering is reconciled: observe, decide, act, write."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from ..api.conditions import ConditionType, Reason
from ..api.group import API_VERSION
from ..api.peering import (
    STREAMS_VPC_PEERING,
    ActionType,
    DeletionPolicy,
    LastAction,
    StreamsVpcPeeringSpec,
    StreamsVpcPeeringStatus,
)
from ..atlas.client import Atlas, Session
from ..atlas.credentials import Credentials
from ..atlas.errors import AtlasError, LastingError, PassingError, RateLimited, RequestRefused
from ..atlas.models import Connection
from ..decide import sentences
from ..decide.matching import Identity
from ..decide.ownership import Claim
from ..decide.pacing import Asked, Intervals, Refusal
from ..decide.peering import Decision, Sight, Subject, decide, refused_verdict
from ..decide.status import Context, Look, status_blocked, status_of, status_out_of_touch
from ..decide.times import format_time, parse_time
from ..decide.verdict import Standing, Verdict
from ..kubernetes_api import KubernetesApi, KubernetesError
from ..observe.looks import Look as AtlasLook
from ..observe.looks import LookKey, Looks, Subscription
from .claims import ClaimIndex
from .controller import Controller
from .events import EventRecorder
from .ledger import Ledger
from .resources import Resource
from .secrets import CredentialsMissing, CredentialStore, SecretName
from .writer import Writer

logger = logging.getLogger(__name__)

_CONFLUENT_PEERINGS: Final = "confluentpeerings"


@dataclass(frozen=True, slots=True)
class _Case:
    """One object on its way through a reconcile."""

    resource: Resource
    spec: StreamsVpcPeeringSpec
    status: StreamsVpcPeeringStatus
    poked: bool
    """A look at once is asked for, and was not had yet."""

    @property
    def context(self) -> Context:
        return Context(
            self.status, self.resource.generation, datetime.now(UTC), self.resource.reconcile_requested
        )


class PeeringReconciler:
    """Brings StreamsVpcPeerings forward. All side effects happen here, in this order: finalizer, Atlas, status."""

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
    ) -> None:
        self._api, self._atlas, self._store = api, atlas, store
        self._controller, self._events, self._intervals = controller, events, intervals
        self._writer = Writer(api, self.kind)
        self._claims, self._ledger = ClaimIndex(), Ledger()
        self._pokes: dict[str, tuple[str, float]] = {}
        self.looks = Looks(
            session=lambda fingerprint: atlas.session(store.by_fingerprint(fingerprint)),
            still_current=store.still_current,
            wake=controller.queue.add,
            abandoned=atlas.forget,
            intervals=intervals,
        )

    def seen(self, resource: Resource) -> None:
        """Keep the object's claim up to date, so that others know of it."""
        spec = StreamsVpcPeeringSpec.model_validate(resource.spec)
        requester = resource.status.get("requester") or {}
        named = spec.requester.confluent_peering_ref is None
        account_id = spec.requester.account_id if named else requester.get("accountId")
        if account_id is not None:
            vpc_id = spec.requester.vpc_id if named else requester.get("vpcId")
            self._claims.put(_claim(resource, Identity.of(spec, account_id=account_id, vpc_id=vpc_id)))

    def gone(self, resource: Resource) -> None:
        """Forget the object; others may have waited for it."""
        self.looks.leave(resource.uid)
        self._pokes.pop(resource.uid, None)
        for uid in self._claims.remove(resource.uid):
            self._controller.queue.add(uid)

    async def reconcile(self, resource: Resource) -> float | None:
        """Bring one object forward."""
        spec = StreamsVpcPeeringSpec.model_validate(resource.spec)
        status = StreamsVpcPeeringStatus.model_validate(resource.status)
        poked = resource.reconcile_requested not in (None, status.last_handled_reconcile_at)
        case = _Case(resource, spec, status, poked)
        if resource.deleting and not resource.guarded:
            return None  # others hold it; nothing of ours is left to do
        if resource.deleting and spec.deletion_policy is DeletionPolicy.RETAIN:
            held = status.connection_name or "no connection"
            await self._let_go(case, f"Nothing was changed in Atlas: deletionPolicy is Retain ({held}).")
            return None
        identity = await self._identity(case)
        if identity is None:
            return await self._wait_for_reference(case)
        claim = _claim(resource, identity)
        self._claims.put(claim)
        try:
            secret = self._store.secret_for(
                resource.namespace, spec.credentials_secret_ref.name if spec.credentials_secret_ref else None
            )
            credentials, insists = await self._credentials(case, secret)
        except CredentialsMissing as error:
            self.looks.leave(resource.uid)
            look = Look(Reason.CREDENTIALS_MISSING, str(error), lasting=True)
            return await self._blocked(case, look, Standing.ON_ITS_WAY)
        look_state = self._subscribe(case, claim, secret, credentials, insists=insists)
        return await self._look_and_act(case, claim, credentials, look_state)

    # -- what has to be known first

    async def _identity(self, case: _Case) -> Identity | None:
        """Return whom the object waits for; None: its ConfluentPeering does not say yet."""
        reference = case.spec.requester.confluent_peering_ref
        account_id, vpc_id = case.spec.requester.account_id, case.spec.requester.vpc_id
        if reference is not None:
            path = f"/apis/{API_VERSION}/namespaces/{case.resource.namespace}/{_CONFLUENT_PEERINGS}/{reference.name}"
            try:
                said = ((await self._api.get(path)).get("status") or {}).get("requester") or {}
            except KubernetesError as error:
                if not error.gone:
                    raise
                said = {}
            # A reference that is gone does not undo what it once said: the connection is still there.
            known = case.status.requester
            account_id = said.get("accountId") or (known.account_id if known else None)
            vpc_id = said.get("vpcId") or (known.vpc_id if known else None)
            if account_id is None or vpc_id is None:
                return None
        if account_id is None:
            return None
        return Identity.of(case.spec, account_id=account_id, vpc_id=vpc_id)

    async def _credentials(self, case: _Case, secret: SecretName) -> tuple[Credentials, bool]:
        """Return the credentials, and whether they are only those last read."""
        try:
            return await self._store.read(secret, at_once=case.poked), False
        except CredentialsMissing:
            # A namespace is deleted in no order: the Secret may go first.
            last = self._store.last_read(secret) if case.resource.deleting else None
            if last is None:
                raise
            return last, True

    def _subscribe(
        self, case: _Case, claim: Claim, secret: SecretName, credentials: Credentials, *, insists: bool
    ) -> AtlasLook:
        identity = claim.identity
        names = frozenset(name for name in (identity.pinned, claim.held) if name)
        seen = case.status.requester
        vpcs = frozenset(vpc for vpc in (identity.vpc_id, seen.vpc_id if seen else None) if vpc)
        key = LookKey(identity.project_id, credentials.fingerprint, identity.account_id)
        return self.looks.subscribe(
            case.resource.uid, key, Subscription(names, vpcs, secret=secret, insists=insists)
        )

    # -- the one path

    async def _look_and_act(
        self, case: _Case, claim: Claim, credentials: Credentials, look: AtlasLook
    ) -> float | None:
        project, poked_at = claim.identity.project_id, self._poked_at(case)
        subscription, snapshot = look.subscriptions[case.resource.uid], look.snapshot
        if look.failure is not None and poked_at <= look.started_at:
            return await self._out_of_touch(case, look.failure)
        if snapshot is None or snapshot.asked_at < max(poked_at, time.monotonic() - self._intervals.pending):
            subscription.waiting = True
            look.ask_by(time.monotonic())
            return None
        names = (name for name in (claim.identity.pinned, claim.held) if name)
        relevant = snapshot.concerning(names=names, vpcs=(claim.identity.vpc_id,) if claim.identity.vpc_id else ())
        changed_at = self._ledger.void_before(project, relevant)
        if snapshot.asked_at < changed_at:
            self.looks.expect(case.resource.uid, by=changed_at + self._intervals.pending)
            return None
        subscription.waiting = False
        asked = self._current(self._ledger.asked(project, relevant), case, credentials)
        sight = Sight(relevant, self._claims.rivals(claim, relevant), asked, snapshot.unchanged_since)
        subject = Subject(case.spec, case.status, claim, deleting=case.resource.deleting)
        decision = decide(subject, sight, intervals=self._intervals, now=datetime.now(UTC))
        self._settle(claim, decision)
        return await self._carry_out(case, claim, decision, credentials)

    def _poked_at(self, case: _Case) -> float:
        """Return the monotonic time at which a look at once was asked for; 0: it was not."""
        value = case.resource.reconcile_requested
        if not case.poked or value is None:
            return 0.0
        known = self._pokes.get(case.resource.uid)
        if known is None or known[0] != value:
            known = self._pokes[case.resource.uid] = (value, time.monotonic())
        return known[1]

    def _current(self, asked: dict[str, Asked], case: _Case, credentials: Credentials) -> dict[str, Asked]:
        """Leave out lasting refusals of other circumstances: a new role, key or spec deserves a new try."""
        circumstances = _circumstances(case, credentials)
        return {
            name: one
            for name, one in asked.items()
            if not (one.refusal and one.refusal.lasting and one.circumstances != circumstances)
        }

    def _settle(self, claim: Claim, decision: Decision) -> None:
        managed = decision.connection.name if decision.connection else None
        owner = decision.owner.uid if decision.owner else None
        for uid in self._claims.settle(claim, managed, owner=owner):
            self._controller.queue.add(uid)

    async def _carry_out(
        self, case: _Case, claim: Claim, decision: Decision, credentials: Credentials
    ) -> float | None:
        if case.resource.deleting and (decision.refused or decision.verdict.standing is Standing.REACHED):
            said = (
                sentences.left_alone(decision.verdict)
                if decision.refused
                else f"Done in Atlas: {decision.verdict.message}"
            )
            await self._let_go(case, said)
            return None
        case = await self._guard(case, decision)
        note = None
        if decision.action is not None and decision.connection is not None:
            pause = self._atlas.budget(claim.identity.project_id).take(change=True)
            if pause > 0:
                return pause
            decision, note = await self._act(case, claim, decision, decision.connection, credentials)
        status = status_of(
            case.context,
            decision,
            account_id=claim.identity.account_id,
            vpc_id=claim.identity.vpc_id,
            last_action=self._last_action(claim, decision, case.status),
        )
        await self._write(case, status, note=note)
        acting = decision.action is not None
        self.looks.pace(case.resource.uid, pending=acting or decision.verdict.standing is not Standing.REACHED)
        if acting:
            self.looks.expect(case.resource.uid, by=time.monotonic() + self._intervals.pending)
        if decision.retry_at is None:
            return None
        return max(0.0, (decision.retry_at - datetime.now(UTC)).total_seconds())

    async def _guard(self, case: _Case, decision: Decision) -> _Case:
        """Carry the finalizer exactly while deleting the object would have to undo something in Atlas."""
        resource = case.resource
        if resource.deleting:
            return case
        needed = decision.holds_something and case.spec.deletion_policy is DeletionPolicy.DELETE
        if needed and not resource.guarded:
            resource = await self._writer.add_finalizer(resource)
        elif not needed and resource.guarded:
            resource = await self._writer.remove_finalizer(resource)
        self._controller.update(resource)
        return replace(case, resource=resource)

    async def _act(
        self, case: _Case, claim: Claim, decision: Decision, connection: Connection, credentials: Credentials
    ) -> tuple[Decision, tuple[str, str, bool] | None]:
        """Ask Atlas for a change; return what to say of it, with an Event (reason, message, warning)."""
        action, project = decision.action, claim.identity.project_id
        assert action is not None  # noqa: S101  # the caller has seen it
        before = self._ledger.get(project, connection.name)
        attempts = before.attempts + 1 if before is not None and before.action is action else 1
        session = self._atlas.session(credentials)
        refusal: Refusal | None = None
        started = datetime.now(UTC)
        try:
            await _ask(session, project, connection, action)
        except AtlasError as error:
            refusal = _refusal(error)
        asked = Asked(action, started, attempts, refusal, _circumstances(case, credentials))
        self._ledger.note(project, connection.name, asked)
        if refusal is None:
            message = sentences.asked(action, connection)
            logger.info("%s: %s", case.resource.key, message)
            return decision, (decision.verdict.reason.value, message, False)
        verdict = refused_verdict(asked, connection, decision.verdict, deleting=case.resource.deleting)
        logger.warning("%s: %s", case.resource.key, verdict.message)
        repeated = before is not None and before.refusal == refusal
        event = None if repeated else (f"{action.value}Failed", verdict.message, True)
        return replace(decision, verdict=verdict), event

    def _last_action(self, claim: Claim, decision: Decision, status: StreamsVpcPeeringStatus) -> LastAction | None:
        """Return the newer of what the status says and what was asked since it was written."""
        connection = decision.connection
        asked = self._ledger.get(claim.identity.project_id, connection.name) if connection else None
        if asked is None:
            return status.last_action
        written = parse_time(status.last_action.time) if status.last_action else None
        if written is not None and written >= asked.at.replace(microsecond=0):
            return status.last_action
        return LastAction(type=asked.action, time=format_time(asked.at))

    # -- what to say when Atlas cannot be asked

    async def _wait_for_reference(self, case: _Case) -> float | None:
        reference = case.spec.requester.confluent_peering_ref
        message = sentences.reference_not_ready(reference.name if reference else "")
        if case.resource.deleting:
            await self._let_go(case, f"Nothing was changed in Atlas: {message}")
            return None
        verdict = Verdict(Reason.REFERENCE_NOT_READY, message, Standing.ON_ITS_WAY)
        await self._write(case, status_blocked(case.context, verdict, None))
        return self._intervals.pending

    async def _out_of_touch(self, case: _Case, failure: AtlasError) -> float | None:
        look = Look(failure.reason, str(failure), lasting=isinstance(failure, LastingError))
        if look.lasting or case.resource.deleting:
            await self._blocked(case, look, Standing.STALLED if look.lasting else Standing.ON_ITS_WAY)
            return None  # the look itself goes on, and tells of it
        await self._write(case, status_out_of_touch(case.context, look))
        self.looks.pace(case.resource.uid, pending=True)
        return None

    async def _blocked(self, case: _Case, look: Look, standing: Standing) -> float | None:
        """Say what stands in the way of looking. It is looked at again at the short interval."""
        message = sentences.stuck_deletion(look.message) if case.resource.deleting else look.message
        await self._write(case, status_blocked(case.context, Verdict(look.reason, message, standing), look))
        return self._intervals.pending

    # -- writing

    async def _write(
        self, case: _Case, status: StreamsVpcPeeringStatus, *, note: tuple[str, str, bool] | None = None
    ) -> None:
        """Write the status if it says something new, then tell of it."""
        content = status.model_dump(by_alias=True, exclude_none=True, mode="json")
        if content != case.resource.status:
            self._controller.update(await self._writer.write_status(case.resource, content))
        self._tell(case, status, note)

    def _tell(self, case: _Case, status: StreamsVpcPeeringStatus, note: tuple[str, str, bool] | None) -> None:
        """Post an Event for each change of reason, and for what was asked of Atlas."""
        resource = case.resource
        if note is not None:
            self._events.record(self.kind.kind, resource, note[0], note[1], warning=note[2])
        for kind in (ConditionType.READY, ConditionType.SYNCED):
            before, after = case.status.condition(kind), status.condition(kind)
            if after is None or (before is not None and before.reason == after.reason):
                continue
            if kind is ConditionType.SYNCED and (before is None or after.reason == _reason(status)):
                continue  # the first look, or said by Ready already
            if kind is ConditionType.READY:
                logger.info("%s: %s: %s", resource.key, after.reason, after.message)
            if note is not None and note[0] == after.reason:
                continue
            stalled = status.condition(ConditionType.STALLED) is not None
            failing = kind is ConditionType.SYNCED and after.status == "False"
            self._events.record(
                self.kind.kind, resource, after.reason, after.message, warning=stalled or failing
            )

    async def _let_go(self, case: _Case, message: str) -> None:
        """Remove the finalizer: the object is done with."""
        logger.info("%s: deleted; %s", case.resource.key, message)
        self._events.record(self.kind.kind, case.resource, "Deleted", message)
        self.looks.leave(case.resource.uid)
        self._controller.update(await self._writer.remove_finalizer(case.resource))


def _claim(resource: Resource, identity: Identity) -> Claim:
    held = resource.status.get("connectionName")
    return Claim(resource.created, resource.namespace, resource.name, resource.uid, identity, held)


def _circumstances(case: _Case, credentials: Credentials) -> tuple[object, ...]:
    return (case.resource.generation, credentials.fingerprint, case.resource.reconcile_requested)


def _reason(status: StreamsVpcPeeringStatus) -> str | None:
    ready = status.condition(ConditionType.READY)
    return ready.reason if ready else None


_CALLS: Final[dict[ActionType, Callable[[Session], Callable[[str, Connection], Any]]]] = {
    ActionType.ACCEPT: lambda session: session.accept,
    ActionType.REJECT: lambda session: session.reject,
    ActionType.DELETE: lambda session: session.delete,
}


async def _ask(session: Session, project_id: str, connection: Connection, action: ActionType) -> None:
    await _CALLS[action](session)(project_id, connection)


def _refusal(error: AtlasError) -> Refusal:
    if isinstance(error, RequestRefused):
        return Refusal(None, str(error), lasting=False)
    if isinstance(error, RateLimited):
        return Refusal(None, str(error), lasting=False)
    return Refusal(error.reason, str(error), lasting=not isinstance(error, PassingError))
