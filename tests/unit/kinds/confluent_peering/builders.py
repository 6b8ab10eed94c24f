"""The values that tests of deciding are made of: one network, one VPC of Atlas, one peering unless said otherwise."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from atlas_streams_peering.api.conditions import Condition, ConditionType, Reason
from atlas_streams_peering.confluent.client import Confluent, parse_network, parse_peering
from atlas_streams_peering.confluent.models import Network, Peering
from atlas_streams_peering.controller.attempts import Attempt, Refusal
from atlas_streams_peering.controller.decision import Decision, Observation, SyncResult
from atlas_streams_peering.controller.kind import Lookup
from atlas_streams_peering.controller.resource import TypedResource
from atlas_streams_peering.controller.status import StatusBuilder
from atlas_streams_peering.kinds.confluent_peering.network import NoNetwork
from atlas_streams_peering.kinds.confluent_peering.ownership import Claim
from atlas_streams_peering.kinds.confluent_peering.reconciler import ConfluentPeeringKind, Resource
from atlas_streams_peering.kinds.confluent_peering.resource import ConfluentPeeringStatus
from atlas_streams_peering.kube.objects import KubernetesObject
from atlas_streams_peering.polling.intervals import Intervals

ENVIRONMENT, NETWORK, ID, SECOND = "env-abc123", "n-123abc", "peer-1", "peer-2"
ACCOUNT, VPC, CIDR = "417601102659", "vpc-0d13eb6a2f0377854", "10.0.0.0/16"
ATLAS = {
    "accountId": "974404375205",
    "vpcId": "vpc-0ef7efa5ceca36e2f",
    "cidrBlock": "192.168.248.0/21",
    "region": "US_EAST_1",
}
OTHER_ATLAS_VPC = "vpc-0123456789abcdef0"
DETAILS = {"cloudProvider": "aws", **ATLAS}
"""What a StreamsAccountDetails says."""

NOW = datetime(2024, 12, 12, 12, 0, tzinfo=UTC)
INTERVALS = Intervals(pending=10, steady=120)
GENERATION = 3
OBSERVED = SyncResult(Reason.OBSERVED, "The list was read.")

KIND = ConfluentPeeringKind(Confluent("https://confluent.example"))
PeeringDecision = Decision[ConfluentPeeringStatus]
USABLE = ("PROVISIONING", "PENDING_ACCEPT", "READY")
DEAD = ("FAILED", "DISCONNECTED")


def ago(seconds: float) -> str:
    """A time as the status writes it."""
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def network(phase: str | None = "READY", *, aws: bool = True, **spec: Any) -> Network:
    """What Confluent Cloud shows of our network."""
    given: dict[str, Any] = {"cloud": "AWS", "region": "us-east-1", "cidr": CIDR, "connection_types": ["PEERING"]}
    cloud = {"cloud": {"kind": "AwsNetwork", "account": ACCOUNT, "vpc": VPC}} if aws else {}
    return parse_network({"id": NETWORK, "spec": {**given, **spec}, "status": {"phase": phase, **cloud}})


def row(phase: str | None = "READY", *, name: str = ID, **cloud: Any) -> dict[str, Any]:
    """A peering of our network as the list has it, towards the VPC of Atlas unless said otherwise."""
    status: dict[str, Any] = {"phase": phase}
    status |= {key: cloud.pop(key) for key in ("error_code", "error_message") if key in cloud}
    given = {
        "kind": "AwsPeering",
        "account": ATLAS["accountId"],
        "vpc": ATLAS["vpcId"],
        "routes": [ATLAS["cidrBlock"]],
        "customer_region": "us-east-1",
    }
    spec = {"display_name": "orders", "cloud": {**given, **cloud}, "network": {"id": NETWORK}}
    return {"id": name, "spec": spec, "status": status}


def peering(phase: str | None = "READY", *, name: str = ID, **cloud: Any) -> Peering:
    return parse_peering(row(phase, name=name, **cloud))


def status(**fields: Any) -> dict[str, Any]:
    """A status whose fields say this; what is None is left out."""
    return {"observedGeneration": GENERATION} | {key: value for key, value in fields.items() if value is not None}


def held(phase: str | None = "READY", *, name: str = ID, made: float | None = 3600.0, **fields: Any) -> dict[str, Any]:
    """The status of an object that holds a peering, which it requested so many seconds ago (None: it adopted it)."""
    last = None if made is None else {"type": "Request", "time": ago(made)}
    reported = {"generation": GENERATION} if phase in DEAD else None
    known: dict[str, Any] = {
        "peeringId": name,
        "phase": phase,
        "displayName": "orders",
        "atlas": ATLAS,
        "requester": {"accountId": ACCOUNT, "vpcId": VPC, "cidr": CIDR},
        "lastAction": last,
        "failureReported": reported,
    }
    return status(**{**known, **fields})


def stored(
    spec: Mapping[str, Any] | None = None,
    present: Mapping[str, Any] | None = None,
    *,
    name: str = "orders",
    deleting: bool = False,
    generation: int = GENERATION,
    annotation: str | None = None,
    created: str = "2024-12-10T08:00:00Z",
) -> Resource:
    """An object as the API server has it."""
    body = {
        "metadata": {
            "name": name,
            "namespace": "team-a",
            "uid": f"uid-of-{name}",
            "generation": generation,
            "creationTimestamp": created,
            **({"deletionTimestamp": "2024-12-12T11:00:00Z"} if deleting else {}),
            **({"annotations": {"atlasstreams.io/reconcile-requested-at": annotation}} if annotation else {}),
        },
        "spec": {
            "environmentId": ENVIRONMENT,
            "networkId": NETWORK,
            "credentialsSecretRef": {"name": "confluent"},
            **({"atlas": ATLAS} if "accountDetailsRef" not in (spec or {}) else {}),
            **(spec or {}),
        },
        "status": dict(present or {"observedGeneration": -1}),
    }
    resource = KIND.read(KubernetesObject.read(body))
    assert isinstance(resource, TypedResource)
    return resource


def says(details: Mapping[str, Any] | None) -> Lookup:
    return lambda _key: details


def claim_of(resource: Resource) -> Claim:
    return KIND.context(resource, says(DETAILS)).claim


def decided(
    resource: Resource,
    *peerings: Peering,
    on: Network | NoNetwork | None = None,
    details: Mapping[str, Any] | None = None,
    rivals: Iterable[Resource] = (),
    attempts: Mapping[str, Attempt | None] | None = None,
    unchanged_since: Mapping[str, datetime] | None = None,
    unlisted: tuple[str, ...] = (),
    now: datetime = NOW,
) -> PeeringDecision:
    """What is decided about an object when Confluent Cloud shows these peerings of the network (`on`)."""
    context = KIND.context(resource, says(details))
    rows: list[Mapping[str, Any]] = [{one.id or "": one for one in peerings}]
    if not resource.obj.deleting:
        rows.append({"network": on or network()})
    observation = Observation(
        tuple(rows), tuple(claim_of(each) for each in rivals), attempts or {}, unchanged_since or {}, unlisted
    )
    return KIND.decide(resource, context, observation, intervals=INTERVALS, now=now)


def attempt(action: str, seconds_ago: float = 0.0, *, number: int = 1, refusal: Refusal | None = None) -> Attempt:
    return Attempt(action, NOW - timedelta(seconds=seconds_ago), number, refusal)


def action_of(decision: PeeringDecision) -> str | None:
    """The change that is requested, and of what."""
    change = decision.change
    if change is None:
        return None
    return f"{change.action} {change.row.id if isinstance(change.row, Peering) else change.target}"


TARGET = f"{NETWORK}/{ATLAS['accountId']}/{ATLAS['vpcId']}"
"""Name under which expectations know what is requested."""
REQUEST = f"Request {TARGET}"
DELETE = f"Delete {ID}"


def status_after(resource: Resource, decision: PeeringDecision) -> ConfluentPeeringStatus:
    """The status that follows from a decision, whose change is not requested."""
    builder = StatusBuilder(resource.status, resource.obj.generation, NOW)
    return builder.observed(decision.status, decision.readiness, OBSERVED, decision.extra)


class Conditions(NamedTuple):
    """The conditions of an object, as the columns of the contract's table."""

    reason: str
    ready: str
    also: tuple[str, ...] = ()


def conditions_of(resource: Resource, decision: PeeringDecision) -> Conditions:
    after = status_after(resource, decision)
    ready = condition(after, ConditionType.READY)
    also = tuple(c.type for c in after.conditions if c.type in (ConditionType.RECONCILING, ConditionType.STALLED))
    return Conditions(ready.reason, ready.status, also)


def condition(present: ConfluentPeeringStatus, kind: ConditionType) -> Condition:
    found = present.condition(kind)
    assert found is not None
    return found


def reached(reason: str) -> Conditions:
    return Conditions(reason, "True")


def reconciling(reason: str) -> Conditions:
    return Conditions(reason, "False", ("Reconciling",))


def stalled(reason: str) -> Conditions:
    return Conditions(reason, "False", ("Stalled",))


SUSPENDED = Conditions("Suspended", "False")
