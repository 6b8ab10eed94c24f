"""The values that tests of deciding are made of: one project, one requester, one connection unless said otherwise."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from atlas_streams_peering.api.conditions import Condition, ConditionType, Reason
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.controller.retry import Asked, Intervals, Refusal
from atlas_streams_peering.kinds.streams_vpc_peering.decide import Decision, Sight, Subject, decide
from atlas_streams_peering.kinds.streams_vpc_peering.matching import Identity
from atlas_streams_peering.kinds.streams_vpc_peering.ownership import Claim
from atlas_streams_peering.kinds.streams_vpc_peering.resource import (
    ActionType,
    StreamsVpcPeeringSpec,
    StreamsVpcPeeringStatus,
)
from atlas_streams_peering.kinds.streams_vpc_peering.status import OBSERVED, Context, Look, status_of

PROJECT, OTHER_PROJECT = "671a86f4cfc9da7d7c31b14f", "671a86f4cfc9da7d7c31b150"
ACCOUNT, OTHER_ACCOUNT = "417601102659", "000000000042"
VPC, OTHER_VPC = "vpc-0d13eb6a2f0377854", "vpc-0123456789abcdef0"
CIDR, OTHER_CIDR = "10.0.0.0/16", "10.1.0.0/16"
NAME, SECOND, THIRD = "pcx-09277e1e81d0751c1", "pcx-09277e1e81d0751c2", "pcx-09277e1e81d0751c3"

NOW = datetime(2024, 12, 12, 12, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1)
INTERVALS = Intervals(pending=10, steady=120)
GENERATION = 3

LIVE_WORDS = ("initiating-request", "pending-acceptance", "provisioning", "active", "deleting")
DEAD_WORDS = ("expired", "rejected", "failed", "deleted")


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


def subject(
    wanted: StreamsVpcPeeringSpec | None = None,
    *,
    status: StreamsVpcPeeringStatus | None = None,
    deleting: bool = False,
    **spec_fields: Any,
) -> Subject:
    """An object; what it holds is what its status says."""
    wanted = wanted or spec(**spec_fields)
    status = status or StreamsVpcPeeringStatus()
    own = claim(wanted, held=status.connection_name, committed=status.last_action is not None, deleting=deleting)
    return Subject(wanted, status, own, deleting=deleting)


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


def asked(
    action: ActionType, ago: float = 0.0, *, attempts: int = 1, refusal: Refusal | None = None, now: datetime = NOW
) -> Asked:
    """A change asked of Atlas `ago` seconds before now."""
    return Asked(action, now - seconds(ago), attempts, refusal)


def decided(
    about: Subject,
    *connections: Connection,
    others: Iterable[Claim] = (),
    asked: Mapping[str, Asked] | None = None,
    unchanged_since: Mapping[str, datetime] | None = None,
    forgiven: frozenset[str] = frozenset(),
    now: datetime = NOW,
) -> Decision:
    sight = Sight(connections, tuple(others), asked or {}, unchanged_since or {}, forgiven)
    return decide(about, sight, intervals=INTERVALS, now=now)


def context(status: StreamsVpcPeeringStatus | None = None, *, now: datetime = NOW, **fields: Any) -> Context:
    return Context(status or StreamsVpcPeeringStatus(), fields.pop("generation", GENERATION), now, **fields)


def status_after(
    about: Subject, decision: Decision, *, now: datetime = NOW, look: Look = OBSERVED
) -> StreamsVpcPeeringStatus:
    """The status that follows from a decision."""
    identity = about.claim.identity
    return status_of(
        context(about.status, now=now),
        decision,
        account_id=identity.account_id,
        vpc_id=identity.vpc_id,
        last_action=about.status.last_action,
        look=look,
    )


class Told(NamedTuple):
    """What the conditions tell: the columns of the contract's table."""

    reason: str
    ready: str
    also: tuple[str, ...] = ()


def told(status: StreamsVpcPeeringStatus) -> Told:
    ready = status.condition(ConditionType.READY)
    assert ready is not None
    also = tuple(c.type for c in status.conditions if c.type in (ConditionType.RECONCILING, ConditionType.STALLED))
    return Told(ready.reason, ready.status, also)
