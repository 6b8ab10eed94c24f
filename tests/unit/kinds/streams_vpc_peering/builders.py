"""The values that tests of deciding are made of: one project, one requester, one connection unless said otherwise."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from atlas_streams_peering.api.conditions import Condition, ConditionType, Reason
from atlas_streams_peering.atlas.client import Atlas
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.controller.attempts import Attempt, Refusal
from atlas_streams_peering.controller.decision import Decision, SyncResult
from atlas_streams_peering.controller.resource import TypedResource
from atlas_streams_peering.controller.status import StatusBuilder
from atlas_streams_peering.kinds.streams_vpc_peering.decide import Situation, decide
from atlas_streams_peering.kinds.streams_vpc_peering.matching import Identity
from atlas_streams_peering.kinds.streams_vpc_peering.ownership import Claim
from atlas_streams_peering.kinds.streams_vpc_peering.reconciler import Resource, StreamsVpcPeeringKind
from atlas_streams_peering.kinds.streams_vpc_peering.resource import (
    ActionType,
    StreamsVpcPeeringSpec,
    StreamsVpcPeeringStatus,
)
from atlas_streams_peering.kube.objects import KubernetesObject
from atlas_streams_peering.polling.intervals import Intervals

PROJECT, OTHER_PROJECT = "671a86f4cfc9da7d7c31b14f", "671a86f4cfc9da7d7c31b150"
ACCOUNT, OTHER_ACCOUNT = "417601102659", "000000000042"
VPC, OTHER_VPC = "vpc-0d13eb6a2f0377854", "vpc-0123456789abcdef0"
CIDR, OTHER_CIDR = "10.0.0.0/16", "10.1.0.0/16"
NAME, SECOND, THIRD = "pcx-09277e1e81d0751c1", "pcx-09277e1e81d0751c2", "pcx-09277e1e81d0751c3"

NOW = datetime(2024, 12, 12, 12, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1)
INTERVALS = Intervals(pending=10, steady=120)
GENERATION = 3
OBSERVED = SyncResult(Reason.OBSERVED, "The list was read.")

KIND = StreamsVpcPeeringKind(Atlas("https://atlas.example"))

StreamsVpcPeeringDecision = Decision[StreamsVpcPeeringStatus]

LIVE_WORDS = ("initiating-request", "pending-acceptance", "provisioning", "active", "deleting")
TERMINAL_WORDS = ("expired", "rejected", "failed", "deleted")


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def connection(cloud_status: str | None = "pending-acceptance", *, name: str = NAME, **fields: Any) -> Connection:
    """What Atlas shows of a request from our VPC."""
    given = {
        "id": "6759e61aa6cf0a5476e233d1",
        "requester_account_id": ACCOUNT,
        "requester_vpc_id": VPC,
        "requester_cidr": CIDR,
        "accepter_account_id": "974404375205",
        "accepter_vpc_id": "vpc-0ddfd37072cc5ed61",
        "local_status": "NONE",
    }
    return Connection.model_validate({**given, **fields, "name": name, "cloud_status": cloud_status})


def spec(**fields: Any) -> StreamsVpcPeeringSpec:
    """The documented example's spec; `vpc_id` and `cidr` are the requester's."""
    requester = {
        "account_id": fields.pop("account_id", ACCOUNT),
        "vpc_id": fields.pop("vpc_id", VPC),
        "cidr": fields.pop("cidr", None),
    }
    return StreamsVpcPeeringSpec.model_validate({"project_id": PROJECT, "requester": requester, **fields})


def claim(
    wanted: StreamsVpcPeeringSpec | None = None,
    *,
    name: str = "kafka",
    namespace: str = "team-a",
    created: str = "2024-12-10T08:00:00Z",
    held: str | None = None,
    committed: bool = True,
    deleting: bool = False,
) -> Claim:
    wanted = wanted or spec()
    identity = Identity.of(wanted, account_id=wanted.requester.account_id or ACCOUNT, vpc_id=wanted.requester.vpc_id)
    uid = f"uid-of-{namespace}-{name}"
    return Claim(created, namespace, name, uid, identity, held, committed=committed, deleting=deleting)


def stored(wanted: StreamsVpcPeeringSpec, status: StreamsVpcPeeringStatus, *, deleting: bool = False) -> Resource:
    """An object as the API server has it."""
    body = {
        "metadata": {
            "name": "kafka",
            "namespace": "team-a",
            "uid": "uid-of-team-a-kafka",
            "generation": GENERATION,
            "creationTimestamp": "2024-12-10T08:00:00Z",
            **({"deletionTimestamp": "2024-12-12T11:00:00Z"} if deleting else {}),
        },
        "spec": wanted.model_dump(by_alias=True, exclude_none=True, mode="json"),
        "status": status.model_dump(by_alias=True, exclude_none=True, mode="json"),
    }
    resource = KIND.read(KubernetesObject.read(body))
    assert isinstance(resource, TypedResource)
    return resource


def situation(
    wanted: StreamsVpcPeeringSpec | None = None,
    *,
    status: StreamsVpcPeeringStatus | None = None,
    deleting: bool = False,
    own: Claim | None = None,
    **spec_fields: Any,
) -> Situation:
    """An object to which Atlas shows nothing yet; what it holds is what its status says."""
    wanted = wanted or spec(**spec_fields)
    status = status or StreamsVpcPeeringStatus()
    own = own or claim(wanted, deleting=deleting)
    own = replace(own, held=status.connection_name, committed=status.last_action is not None)
    return Situation(
        wanted,
        status,
        own,
        connections=(),
        rivals=(),
        attempts={},
        unchanged_since={},
        intervals=INTERVALS,
        now=NOW,
    )


def condition(kind: ConditionType, status: str, reason: Reason, *, since: str = "2024-12-11T00:00:00Z") -> Condition:
    return Condition.model_validate(
        {
            "type": kind.value,
            "status": status,
            "observed_generation": GENERATION,
            "last_transition_time": since,
            "reason": reason.value,
            "message": "As it was before.",
        }
    )


def held_status(
    cloud_status: str | None, *, name: str = NAME, ready: Reason | None = None, **fields: Any
) -> StreamsVpcPeeringStatus:
    """The status of an object that holds a connection, last seen in `cloud_status`."""
    known = {"account_id": ACCOUNT, "vpc_id": VPC, "cidr": CIDR}
    conditions = () if ready is None else (condition(ConditionType.READY, "False", ready),)
    return StreamsVpcPeeringStatus.model_validate(
        {
            "observed_generation": GENERATION,
            "connection_name": name,
            "connection_id": "6759e61aa6cf0a5476e233d1",
            "cloud_status": cloud_status,
            "requester": known,
            "conditions": conditions,
            **fields,
        }
    )


def attempt(
    action: ActionType, ago: float = 0.0, *, number: int = 1, refusal: Refusal | None = None, now: datetime = NOW
) -> Attempt:
    """A change requested from Atlas `ago` seconds before now."""
    return Attempt(action, now - seconds(ago), number, refusal)


def decided(
    about: Situation,
    *connections: Connection,
    rivals: Iterable[Claim] = (),
    attempts: Mapping[str, Attempt | None] | None = None,
    unchanged_since: Mapping[str, datetime] | None = None,
    now: datetime = NOW,
) -> StreamsVpcPeeringDecision:
    """What is decided about an object when Atlas shows these connections."""
    return decide(
        replace(
            about,
            connections=connections,
            rivals=tuple(rivals),
            attempts=attempts or {},
            unchanged_since=unchanged_since or {},
            now=now,
        )
    )


def action_of(decision: StreamsVpcPeeringDecision) -> str | None:
    """The change that is requested."""
    return decision.change.action if decision.change else None


def managed(decision: StreamsVpcPeeringDecision) -> str | None:
    """The name of the connection that the object manages, of those that Atlas shows."""
    return None if decision.remembers_missing else decision.status.connection_name


def status_after(
    about: Situation, decision: StreamsVpcPeeringDecision, *, now: datetime = NOW
) -> StreamsVpcPeeringStatus:
    """The status that follows from a decision, whose change is not requested."""
    return StatusBuilder(about.status, GENERATION, now).observed(decision.status, decision.readiness, OBSERVED)


class Conditions(NamedTuple):
    """The conditions of an object, as the columns of the contract's table."""

    reason: str
    ready: str
    also: tuple[str, ...] = ()


def conditions_of(status: StreamsVpcPeeringStatus) -> Conditions:
    ready = status.condition(ConditionType.READY)
    assert ready is not None
    also = tuple(c.type for c in status.conditions if c.type in (ConditionType.RECONCILING, ConditionType.STALLED))
    return Conditions(ready.reason, ready.status, also)
