"""The values that tests of deciding are made of: one container, one VPC, one peering unless said otherwise."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from atlas_streams_peering.api.conditions import Condition, ConditionType, Reason
from atlas_streams_peering.atlas.client import Atlas
from atlas_streams_peering.atlas.models import Container, Peer, parse
from atlas_streams_peering.atlas.rate_limit import network_peering_scope
from atlas_streams_peering.controller.attempts import Attempt, Refusal
from atlas_streams_peering.controller.decision import Decision, Observation, SyncResult
from atlas_streams_peering.controller.resource import TypedResource
from atlas_streams_peering.controller.status import StatusBuilder
from atlas_streams_peering.kinds.streams_outbound_vpc_peering.ownership import Claim
from atlas_streams_peering.kinds.streams_outbound_vpc_peering.reconciler import Resource, StreamsOutboundVpcPeeringKind
from atlas_streams_peering.kinds.streams_outbound_vpc_peering.resource import StreamsOutboundVpcPeeringStatus
from atlas_streams_peering.kube.objects import KubernetesObject
from atlas_streams_peering.polling.intervals import Intervals

PROJECT, CONTAINER, OTHER_CONTAINER = "671a86f4cfc9da7d7c31b14f", "c" * 24, "d" * 24
ID, SECOND, PCX = "a" * 24, "b" * 24, "pcx-09277e1e81d0751c1"
ACCOUNT, VPC, OTHER_VPC, ROUTES = "417601102659", "vpc-0d13eb6a2f0377854", "vpc-0aaaaaaaaaaaaaaaa", "10.0.0.0/16"
ATLAS_VPC, ATLAS_CIDR = "vpc-0ef7efa5ceca36e2f", "192.168.248.0/21"
SPEC = {
    "projectId": PROJECT,
    "credentialsSecretRef": {"name": "atlas-api"},
    "awsAccountId": ACCOUNT,
    "vpcId": VPC,
    "routeTableCidrBlock": ROUTES,
    "accepterRegion": "eu-west-1",
}
SCOPE = network_peering_scope(PROJECT)

NOW = datetime(2024, 12, 12, 12, 0, tzinfo=UTC)
INTERVALS = Intervals(pending=10, steady=120)
GENERATION = 3
OBSERVED = SyncResult(Reason.OBSERVED, "The lists were read.")

KIND = StreamsOutboundVpcPeeringKind(Atlas("https://atlas.example"))
PeeringDecision = Decision[StreamsOutboundVpcPeeringStatus]
USABLE = ("INITIATING", "PENDING_ACCEPTANCE", "FINALIZING", "AVAILABLE")
CREATE, DELETE, UPDATE = f"Create US_EAST_1/{ACCOUNT}/{VPC}", f"Delete {ID}", f"Update {ID}"
CREATE_CONTAINER = "CreateContainer container/US_EAST_1"


def ago(seconds: float) -> str:
    """A time as the status writes it."""
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def container(name: str = CONTAINER, **fields: Any) -> Container:
    """What Atlas shows of our container."""
    given = {"id": name, "regionName": "US_EAST_1", "atlasCidrBlock": ATLAS_CIDR, "vpcId": ATLAS_VPC}
    return parse(Container, {**given, **fields})


def peer(state: str | None = "AVAILABLE", *, name: str = ID, **fields: Any) -> Peer:
    """A peering as the list has it, of our container with our VPC unless said otherwise."""
    given = {
        "id": name,
        "containerId": CONTAINER,
        "awsAccountId": ACCOUNT,
        "vpcId": VPC,
        "routeTableCidrBlock": ROUTES,
        "accepterRegionName": "eu-west-1",
        "connectionId": None if state == "INITIATING" else PCX,
        "statusName": state,
        "errorStateName": "EXPIRED" if state == "FAILED" else None,
    }
    return parse(Peer, {**given, **fields})


def status(**fields: Any) -> dict[str, Any]:
    """A status whose fields say this; what is None is left out."""
    return {"observedGeneration": GENERATION} | {key: value for key, value in fields.items() if value is not None}


def held(state: str | None = "AVAILABLE", *, made: float | None = 3600.0, **fields: Any) -> dict[str, Any]:
    """The status of an object that holds a peering, which it requested so many seconds ago (None: it adopted it)."""
    known: dict[str, Any] = {
        "peerId": ID,
        "containerId": CONTAINER,
        "connectionName": None if state == "INITIATING" else PCX,
        "statusName": state,
        "atlas": {"vpcId": ATLAS_VPC, "cidrBlock": ATLAS_CIDR},
        "lastAction": None if made is None else {"type": "Create", "time": ago(made)},
        "failureReported": {"generation": GENERATION} if state == "FAILED" else None,
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
    given = dict(spec or {})
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
        "spec": {**SPEC, **({} if "containerId" in given else {"region": "US_EAST_1"}), **given},
        "status": dict(present or {"observedGeneration": -1}),
    }
    resource = KIND.read(KubernetesObject.read(body))
    assert isinstance(resource, TypedResource)
    return resource


def claim_of(resource: Resource) -> Claim:
    return KIND.context(resource, lambda _key: None)


def decided(
    resource: Resource,
    *peers: Peer,
    containers: Iterable[Container] | None = None,
    rivals: Iterable[Resource] = (),
    attempts: Mapping[str, Attempt | None] | None = None,
    unchanged_since: Mapping[str, datetime] | None = None,
    unlisted: tuple[str, ...] = (),
    now: datetime = NOW,
) -> PeeringDecision:
    """What is decided about an object when Atlas shows these peerings and containers."""
    claim = claim_of(resource)
    shown = (container(),) if containers is None else tuple(containers)
    rows: list[Mapping[str, Any]] = [{one.id: one for one in peers}, {one.id: one for one in shown}]
    observation = Observation(
        tuple(rows[: len(KIND.interests(resource, claim, "key"))]),
        tuple(claim_of(each) for each in rivals),
        attempts or {},
        unchanged_since or {},
        unlisted,
    )
    return KIND.decide(resource, claim, observation, intervals=INTERVALS, now=now)


def attempt(action: str, seconds_ago: float = 0.0, *, number: int = 1, refusal: Refusal | None = None) -> Attempt:
    return Attempt(action, NOW - timedelta(seconds=seconds_ago), number, refusal)


def action_of(decision: PeeringDecision) -> str | None:
    """The change that is requested, and of what."""
    return f"{decision.change.action} {decision.change.target}" if decision.change else None


def status_after(resource: Resource, decision: PeeringDecision) -> StreamsOutboundVpcPeeringStatus:
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


def condition(present: StreamsOutboundVpcPeeringStatus, kind: ConditionType) -> Condition:
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
