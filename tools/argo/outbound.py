"""StreamsOutboundVpcPeerings in each state that the operator can report, for the tests of the health check."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from argo.customizations import GROUP, OUTBOUND_KIND
from argo.harness import Harness, new_harness
from argo.scenarios import ABSENT, ACCOUNT, BROKEN_OFF, OWNER, PROJECT, READ_ONLY, UNKNOWN_PROJECT, says
from atlas_simulator import Settings
from atlas_streams_peering.api.conditions import Reason
from local_cluster import Cluster

Manifest = dict[str, Any]

_KEYS: Final = {OWNER: ("abcdefgh", "project-owner"), READ_ONLY: ("readonly", "read")}
"""Secret → public key and role."""
_STEADY: Final = 20
"""Seconds of the steady interval."""
_QUICK: Final = {"initiating": 0.05, "noticing": 0.05, "finalizing": 0.05, "terminating": 0.05}


class Fate(Enum):
    """What happens to the peering of an object."""

    IS_REFUSED_BY_AWS = "AWS refuses the request"
    HANGS = "Atlas never finishes the request"
    IS_PENDING = "nobody accepts it"
    IS_REJECTED = "it is rejected in AWS"
    EXPIRES = "nobody accepts it in time"
    IS_ACCEPTED = "it is accepted in AWS"
    IS_FINALIZED_FOR_HOURS = "it is accepted in AWS, and Atlas takes its time"


@dataclass(frozen=True)
class Outbound:
    """An object, and the state that it reaches."""

    name: str
    reason: Reason | None
    """What Ready says in the end; None: nothing, the operator has never run."""
    fate: Fate | None = None
    spec: MappingProxyType[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    project: str = PROJECT
    secret: str = OWNER
    like: str | None = None
    """The older object whose VPC it shares."""
    first: Reason | None = None
    """What Ready says before it is suspended or deleted, where that is not the same."""
    suspended: bool = False
    deleted: bool = False
    synced: Reason | None = None
    """What Synced says in the end, where Atlas stops answering."""
    changed_unseen: bool = False
    """Its spec is changed after the operator has stopped."""
    asks_again: bool = False
    """The operator asks again each steady interval: it is created last, and the operator stops before that."""

    @property
    def number(self) -> int:
        """Of its VPC."""
        return _NUMBERS[self.like or self.name]

    def manifest(self) -> Manifest:
        """Return what a user applies."""
        return {
            "apiVersion": f"{GROUP}/v1alpha1",
            "kind": OUTBOUND_KIND,
            "metadata": {"name": self.name},
            "spec": {
                "projectId": self.project,
                "credentialsSecretRef": {"name": self.secret},
                "region": "US_EAST_1",
                "awsAccountId": ACCOUNT,
                "vpcId": f"vpc-0d13eb6a2f0378{self.number:03x}",
                "routeTableCidrBlock": f"10.{self.number}.0.0/16",
                "accepterRegion": "us-east-1",
                **self.spec,
            },
        }


def _spec(**fields: Any) -> MappingProxyType[str, Any]:
    return MappingProxyType(fields)


OUTBOUND: Final = (
    Outbound("not-looked-at", None),
    Outbound("initiating", Reason.INITIATING, Fate.HANGS),
    Outbound("pending-acceptance", Reason.PENDING_ACCEPTANCE, Fate.IS_PENDING),
    Outbound("finalizing", Reason.FINALIZING, Fate.IS_FINALIZED_FOR_HOURS),
    Outbound("available", Reason.AVAILABLE, Fate.IS_ACCEPTED),
    Outbound("available-while-suspended", Reason.AVAILABLE, Fate.IS_ACCEPTED, suspended=True),
    Outbound(
        "available-during-outage",
        Reason.AVAILABLE,
        Fate.IS_ACCEPTED,
        project=BROKEN_OFF,
        synced=Reason.ATLAS_UNAVAILABLE,
    ),
    Outbound("request-rejected", Reason.REQUEST_REJECTED, Fate.IS_REJECTED),
    Outbound("request-expired", Reason.REQUEST_EXPIRED, Fate.EXPIRES),
    Outbound("request-failed", Reason.REQUEST_FAILED, Fate.IS_REFUSED_BY_AWS),
    Outbound("container-not-found", Reason.CONTAINER_NOT_FOUND, spec=_spec(region="EU_WEST_3")),
    Outbound("refused", Reason.REFUSED, spec=_spec(routeTableCidrBlock="192.168.248.0/24"), asks_again=True),
    Outbound("already-managed", Reason.ALREADY_MANAGED, like="available"),
    Outbound("suspended", Reason.SUSPENDED, spec=_spec(suspend=True)),
    Outbound("unauthorized", Reason.UNAUTHORIZED, secret=READ_ONLY, asks_again=True),
    Outbound("credentials-missing", Reason.CREDENTIALS_MISSING, secret=ABSENT),
    Outbound("project-not-found", Reason.PROJECT_NOT_FOUND, project=UNKNOWN_PROJECT),
    Outbound("being-deleted", Reason.DELETING, Fate.IS_PENDING, first=Reason.PENDING_ACCEPTANCE, deleted=True),
    Outbound(
        "being-deleted-while-suspended",
        Reason.SUSPENDED,
        Fate.IS_PENDING,
        first=Reason.PENDING_ACCEPTANCE,
        suspended=True,
        deleted=True,
    ),
    Outbound("changed-unseen", Reason.PENDING_ACCEPTANCE, Fate.IS_PENDING, changed_unseen=True),
    Outbound(
        "pending-acceptance-while-suspended",
        Reason.SUSPENDED,
        Fate.IS_PENDING,
        first=Reason.PENDING_ACCEPTANCE,
        suspended=True,
    ),
)
_NUMBERS: Final = {each.name: number for number, each in enumerate(OUTBOUND, 1)}


def collect_outbound(cluster: Cluster) -> dict[str, Manifest]:
    """Run every scenario, and return the objects as the API server then has them, by name."""
    settings = Settings(seed=1)
    settings.change({"network_peering": {"delays": _QUICK}})
    with new_harness(cluster, "sop", settings, steady=_STEADY) as harness:
        return _Collector(harness).run()


class _Collector:
    def __init__(self, harness: Harness) -> None:
        self._harness, self._atlas = harness, harness.simulator

    def run(self) -> dict[str, Manifest]:
        """Run the scenarios. One object after the other is created: Atlas draws the names in this order."""
        self._prepare()
        unseen = [each for each in OUTBOUND if each.reason is None]
        self._harness.create([each.manifest() for each in unseen])
        untouched = self._harness.objects()
        self._harness.operator.start()
        # The faults that follow are for others.
        self._wait(unseen, lambda _, found: says(found, "Ready", Reason.PENDING_ACCEPTANCE))
        soon = [each for each in OUTBOUND if each.reason is not None and not each.asks_again]
        for each in soon:
            self._create(each)
        self._atlas.fault("answer", "list-peers", project=BROKEN_OFF, status=503, times=None)
        self._apply_later_changes()
        self._wait(soon, lambda each, found: says(found, "Ready", each.reason))
        self._wait([each for each in soon if each.synced], lambda each, found: says(found, "Synced", each.synced))
        last = [each for each in OUTBOUND if each.asks_again]
        for each in last:
            self._create(each)
        # The objects between two attempts: the operator may be in the middle of an attempt when it stops.
        between_attempts = self._wait(last, lambda _, found: "finalizers" not in found["metadata"])
        self._harness.operator.stop()
        for each in OUTBOUND:
            if each.changed_unseen:
                self._harness.patch(each.name, routeTableCidrBlock="10.99.0.0/16")
        found = {**self._harness.objects(), **between_attempts}
        return {each.name: (untouched if each.reason is None else found)[each.name] for each in OUTBOUND}

    def _prepare(self) -> None:
        for project in (PROJECT, BROKEN_OFF):
            self._atlas.add_project(project)
            self._atlas.network_peering.add_container(project, "US_EAST_1")
        for name, (public, role) in _KEYS.items():
            self._atlas.add_api_key(public, f"private-{name}", roles=dict.fromkeys((PROJECT, BROKEN_OFF), role))
            self._harness.secret(name, {"publicApiKey": public, "privateApiKey": f"private-{name}"})

    def _create(self, each: Outbound) -> None:
        vpc = each.manifest()["spec"]["vpcId"]
        outbound = self._atlas.network_peering
        if each.fate is Fate.HANGS:
            self._atlas.fault("stuck", "create-peer")
        if each.fate is Fate.IS_REFUSED_BY_AWS:
            outbound.refuse_vpc(vpc)
        self._harness.create([each.manifest()])
        if each.fate in (Fate.HANGS, Fate.IS_REFUSED_BY_AWS) or each.fate is None:
            self._wait([each], lambda each, found: says(found, "Ready", each.first or each.reason))
            return
        self._wait([each], lambda _, found: says(found, "Ready", Reason.PENDING_ACCEPTANCE))
        (peer,) = (one.id for one in outbound.peers(each.project) if one.vpc_id == vpc)
        match each.fate:
            case Fate.IS_REJECTED:
                outbound.reject(peer)
            case Fate.EXPIRES:
                outbound.expire(peer)
            case Fate.IS_ACCEPTED:
                outbound.accept(peer)
            case Fate.IS_FINALIZED_FOR_HOURS:
                outbound.set_status(peer, "FINALIZING")
            case _:
                pass
        self._wait([each], lambda each, found: says(found, "Ready", each.first or each.reason))

    def _apply_later_changes(self) -> None:
        for each in OUTBOUND:
            if each.suspended:
                self._harness.patch(each.name, suspend=True)
        for each in OUTBOUND:
            if each.deleted:
                if not each.suspended:
                    self._atlas.fault("stuck", "delete-peer")
                self._harness.delete(each.name)

    def _wait(self, several: Iterable[Outbound], is_met: Callable[[Outbound, Manifest], bool]) -> dict[str, Manifest]:
        return self._harness.wait({each.name: partial(is_met, each) for each in several})
