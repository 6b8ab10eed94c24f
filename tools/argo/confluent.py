"""ConfluentPeerings in each state that the operator can report: the tests of Argo CD's health check read these."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from argo.customizations import CONFLUENT_KIND, GROUP
from argo.harness import Harness, new_harness
from argo.scenarios import ACCOUNT, PROJECT, says
from atlas_simulator import Settings
from atlas_streams_peering.api.conditions import Reason
from local_cluster import Cluster

Manifest = dict[str, Any]

ATLAS: Final = MappingProxyType(
    {
        "accountId": "974404375205",
        "vpcId": "vpc-0ef7efa5ceca36e2f",
        "cidrBlock": "192.168.248.0/21",
        "region": "US_EAST_1",
    }
)
_CIDR: Final = "10.0.0.0/16"
_HOURS: Final = 3600.0
_STEADY: Final = 20
"""Seconds of the steady interval."""
_QUICK: Final = {"provisioning": 0.05, "noticing": 0.05, "deprovisioning": 0.05}
_DEAD: Final = {
    "FAILED": ("PEERING_FAILED", "The peering request was rejected"),
    "DISCONNECTED": ("PEERING_DELETED", "The peering connection was deleted in AWS"),
}
"""Phase → what Confluent Cloud says with it."""


class Access(Enum):
    """What the API key of an object may do."""

    OWNER = "owner"
    READ = "read"
    WRONG = "its secret is another"
    ABSENT = "there is no Secret"


class LaterChange(Enum):
    """What changes after an object has reached its first state."""

    LISTS_FAIL = "Confluent Cloud gives no lists any more"
    IS_SUSPENDED = "it is suspended"
    IS_DELETED = "it is deleted, and Confluent Cloud takes its time"
    IS_SUSPENDED_AND_DELETED = "it is suspended, and deleted"
    IS_DELETED_WITHOUT_ACCESS = "its key is revoked, and it is deleted"
    IS_CHANGED_UNSEEN = "it is changed, and the operator is gone"
    IS_DELETED_UNSEEN = "it is deleted, and the operator is gone"

    @property
    def unseen(self) -> bool:
        """Whether the operator has stopped before this change."""
        return self in (LaterChange.IS_CHANGED_UNSEEN, LaterChange.IS_DELETED_UNSEEN)


@dataclass(frozen=True)
class Confluent:
    """An object with a network of its own, and the state that it reaches."""

    name: str
    reason: Reason | None
    """What Ready says in the end; None: nothing, the operator has never run."""
    network: Mapping[str, Any] | None = field(default_factory=lambda: MappingProxyType({}))
    """What is special about its network; None: there is none."""
    network_phase: str | None = None
    phase: str | None = None
    """What Confluent Cloud makes of its peering, other than that it waits to be accepted."""
    fault: tuple[str, str, int | None] | None = None
    """A fault, an operation and a status: how Confluent Cloud answers for its network."""
    spec: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    access: Access = Access.OWNER
    like: str | None = None
    """The older object whose network it shares."""
    later: LaterChange | None = None
    synced: Reason | None = None
    """What Synced says in the end, where that is waited for."""
    asks_again: bool = False
    """The operator asks again each steady interval. In between, the object holds nothing."""

    @property
    def first(self) -> Reason | None:
        """What Ready says before `later`."""
        if self.later is None:
            return self.reason
        return Reason.CONNECTED if self.phase == "READY" else Reason.PENDING_ACCEPTANCE

    @property
    def network_id(self) -> str:
        """Its network."""
        return f"n-6k50{_NUMBERS[self.like or self.name]:02d}"

    @property
    def environment(self) -> str:
        """The environment of its network. No two networks share one, and with it a rate limit."""
        return f"env-gz9{_NUMBERS[self.like or self.name]:02d}"

    @property
    def vpc(self) -> str:
        """The VPC of its network."""
        return f"vpc-0d13eb6a2f0377{_NUMBERS[self.like or self.name]:03d}"

    @property
    def key(self) -> str:
        """Its API key."""
        return f"ABCDEFGH123456{_NUMBERS[self.name]:02d}"

    @property
    def secret(self) -> str:
        """The Secret with the API key."""
        return f"confluent-api-{_NUMBERS[self.name]:02d}"

    def has_first_state(self, found: Manifest) -> bool:
        """Whether the object has the state that it has before `later`."""
        return says(found, "Ready", self.first) and not (self.asks_again and "finalizers" in found["metadata"])

    def has_final_state(self, found: Manifest) -> bool:
        """Whether the object has its final state."""
        return says(found, "Ready", self.reason) and (self.synced is None or says(found, "Synced", self.synced))

    def manifest(self) -> Manifest:
        """Return what a user applies."""
        given = {
            "environmentId": self.environment,
            "networkId": self.network_id,
            "credentialsSecretRef": {"name": self.secret},
            "atlas": dict(ATLAS),
            **self.spec,
        }
        return {
            "apiVersion": f"{GROUP}/v1alpha1",
            "kind": CONFLUENT_KIND,
            "metadata": {"name": self.name},
            "spec": {name: value for name, value in given.items() if value is not None},
        }


def _with(**fields: Any) -> Mapping[str, Any]:
    return MappingProxyType(fields)


CONFLUENT: Final = (
    Confluent("not-looked-at", None),
    Confluent(
        "reference-not-ready",
        Reason.REFERENCE_NOT_READY,
        spec=_with(atlas=None, accountDetailsRef={"name": "atlas-network"}),
    ),
    Confluent("network-not-ready", Reason.NETWORK_NOT_READY, _with(ready_after=_HOURS)),
    Confluent("network-not-found", Reason.NETWORK_NOT_FOUND, None),
    Confluent("network-failed", Reason.NETWORK_FAILED, network_phase="FAILED"),
    Confluent("network-unsupported", Reason.NETWORK_UNSUPPORTED, _with(connection_types=["PRIVATELINK"])),
    Confluent("provisioning", Reason.PROVISIONING, fault=("stuck", "create-peering", None)),
    Confluent("pending-acceptance", Reason.PENDING_ACCEPTANCE),
    Confluent("pending-acceptance-while-suspended", Reason.SUSPENDED, later=LaterChange.IS_SUSPENDED),
    Confluent("connected", Reason.CONNECTED, phase="READY"),
    Confluent("connected-while-suspended", Reason.CONNECTED, phase="READY", later=LaterChange.IS_SUSPENDED),
    Confluent(
        "connected-during-outage",
        Reason.CONNECTED,
        phase="READY",
        later=LaterChange.LISTS_FAIL,
        synced=Reason.CONFLUENT_UNAVAILABLE,
    ),
    Confluent("request-failed", Reason.REQUEST_FAILED, phase="FAILED"),
    Confluent("disconnected", Reason.DISCONNECTED, phase="DISCONNECTED"),
    Confluent("refused", Reason.REFUSED, fault=("answer", "create-peering", 402), asks_again=True),
    Confluent("already-managed", Reason.ALREADY_MANAGED, like="pending-acceptance"),
    Confluent("suspended", Reason.SUSPENDED, spec=_with(suspend=True)),
    Confluent("credentials-missing", Reason.CREDENTIALS_MISSING, access=Access.ABSENT),
    Confluent("credentials-invalid", Reason.CREDENTIALS_INVALID, access=Access.WRONG),
    Confluent("unauthorized", Reason.UNAUTHORIZED, access=Access.READ, asks_again=True),
    Confluent("rate-limited", Reason.RATE_LIMITED, fault=("answer", "get-network", 429)),
    Confluent("confluent-unavailable", Reason.CONFLUENT_UNAVAILABLE, fault=("answer", "get-network", 503)),
    Confluent("being-deleted", Reason.DELETING, later=LaterChange.IS_DELETED),
    Confluent("being-deleted-while-suspended", Reason.SUSPENDED, later=LaterChange.IS_SUSPENDED_AND_DELETED),
    Confluent(
        "being-deleted-without-access",
        Reason.CREDENTIALS_INVALID,
        phase="READY",
        later=LaterChange.IS_DELETED_WITHOUT_ACCESS,
    ),
    Confluent("changed-unseen", Reason.PENDING_ACCEPTANCE, later=LaterChange.IS_CHANGED_UNSEEN),
    Confluent("deleted-unseen", Reason.PENDING_ACCEPTANCE, later=LaterChange.IS_DELETED_UNSEEN),
)
_NUMBERS: Final = {each.name: number for number, each in enumerate(CONFLUENT, 10)}


def collect_confluent(cluster: Cluster) -> dict[str, Manifest]:
    """Run every scenario, and return the objects as the API server then has them, by name."""
    settings = Settings(seed=1)
    settings.change({"confluent": {"delays": _QUICK}})
    with new_harness(cluster, "cfp", settings, steady=_STEADY) as harness:
        return _Collector(harness).run()


class _Collector:
    def __init__(self, harness: Harness) -> None:
        self._harness, self._simulator, self._cloud = harness, harness.simulator, harness.simulator.confluent

    def run(self) -> dict[str, Manifest]:
        """Run the scenarios. Peerings are requested one by one: Confluent Cloud draws their IDs in this order."""
        self._prepare()
        untouched = [each for each in CONFLUENT if each.reason is None]
        self._harness.create(each.manifest() for each in untouched)
        found = self._harness.objects()
        self._harness.operator.start()
        # The first ID is drawn for it.
        self._harness.wait(
            {each.name: lambda found: says(found, "Ready", Reason.PENDING_ACCEPTANCE) for each in untouched}
        )
        others = [each for each in CONFLUENT if each not in untouched]
        for each in others:
            found |= self._create(each)
        stay = [each for each in others if not each.asks_again and (each.later is None or each.later.unseen)]
        found |= self._wait(stay, Confluent.has_first_state)
        seen = [each for each in others if each.later is not None and not each.later.unseen]
        for each in seen:
            self._apply_later_change(each)
        found |= self._wait(seen, Confluent.has_final_state)
        self._harness.operator.stop()
        unseen = [each for each in others if each.later is not None and each.later.unseen]
        for each in unseen:
            self._apply_later_change(each)
        last = self._harness.objects()
        return found | {each.name: last[each.name] for each in unseen}

    def _prepare(self) -> None:
        self._simulator.add_project(PROJECT)
        for each in CONFLUENT:
            self._prepare_access(each)
            if each.network is not None and each.like is None:
                self._prepare_network(each, each.network)

    def _prepare_access(self, each: Confluent) -> None:
        role = "read" if each.access is Access.READ else "owner"
        self._cloud.add_api_key(each.key, f"secret-of-{each.key}", roles={each.environment: role})
        given = "another" if each.access is Access.WRONG else f"secret-of-{each.key}"
        if each.access is not Access.ABSENT:
            self._harness.secret(each.secret, {"apiKey": each.key, "apiSecret": given})

    def _prepare_network(self, each: Confluent, network: Mapping[str, Any]) -> None:
        given = {"ready_after": 0, "cidr": _CIDR, **network}
        self._cloud.add_network(
            environment=each.environment, network=each.network_id, account=ACCOUNT, vpc=each.vpc, **given
        )
        if each.network_phase is not None:
            code, words = "NETWORK_FAILED", "The VPC could not be created"
            self._cloud.set_network_phase(each.network_id, each.network_phase, code=code, message=words)
        if each.fault is not None:
            kind, operation, status = each.fault
            self._simulator.fault(kind, operation, network=each.network_id, status=status, times=None)

    def _create(self, each: Confluent) -> dict[str, Manifest]:
        self._harness.create([each.manifest()])
        if each.phase is None:
            return self._wait([each], Confluent.has_first_state)
        pending = self._harness.wait({each.name: lambda found: says(found, "Ready", Reason.PENDING_ACCEPTANCE)})
        peering = pending[each.name]["status"]["peeringId"]
        code, words = _DEAD.get(each.phase, (None, None))
        self._cloud.set_peering_phase(peering, each.phase, code=code, message=words)
        return pending

    def _apply_later_change(self, each: Confluent) -> None:
        match each.later:
            case LaterChange.LISTS_FAIL:
                self._simulator.fault("answer", "list-peerings", network=each.network_id, status=503, times=None)
            case LaterChange.IS_SUSPENDED | LaterChange.IS_CHANGED_UNSEEN:
                self._harness.patch(each.name, suspend=True)
            case LaterChange.IS_SUSPENDED_AND_DELETED:
                self._harness.patch(each.name, suspend=True)
                self._harness.delete(each.name)
            case LaterChange.IS_DELETED:
                peering = self._harness.objects()[each.name]["status"]["peeringId"]
                self._simulator.fault("stuck", "delete-peering", peering=peering)
                self._harness.delete(each.name)
            case LaterChange.IS_DELETED_WITHOUT_ACCESS:
                self._cloud.remove_api_key(each.key)
                self._wait([each], lambda each, found: says(found, "Ready", each.reason))
                self._harness.delete(each.name)
            case _:
                self._harness.delete(each.name)

    def _wait(self, several: Iterable[Confluent], is_met: Callable[[Confluent, Manifest], bool]) -> dict[str, Manifest]:
        return self._harness.wait({each.name: partial(is_met, each) for each in several})
