"""Policies in each state that the operator can report: the tests of Argo CD's health check read these."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from argo.customizations import GROUP, POLICY_KIND
from argo.harness import Harness, new_harness
from argo.scenarios import ABSENT, OWNER, PROJECT, WRONG_KEY, says
from atlas_streams_peering.api.conditions import Reason
from local_cluster import Cluster

Manifest = dict[str, Any]

_KEY: Final = "abcdefgh"
_QUICK: Final = {"initiating_request": 0.0, "recorded": 0.05, "requested": 0.05, "provisioning": 0.1}


@dataclass(frozen=True)
class Policy:
    """An object, and the state that it reaches."""

    name: str
    number: int
    """Of its first VPC and connection."""
    reason: Reason | None
    """What Ready says in the end; None: nothing, the operator has never run."""
    requests: int = 1
    """How many VPCs ask."""
    secret: str = OWNER
    taken: int | None = None
    """How many requests it has taken in the end, where it may take any."""
    name_taken: bool = False
    """Somebody has made an object under the name of its request."""
    deleted: bool = False
    """It is deleted in the end."""
    spec: dict[str, Any] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """The account whose VPCs ask: a policy lists all requests of its account."""
        return f"{417601102600 + self.number}"

    @property
    def vpcs(self) -> list[str]:
        """The VPCs that ask."""
        return [f"vpc-0d13eb6a2f0378{self.number + each:03x}" for each in range(self.requests)]

    @property
    def connections(self) -> list[str]:
        """What they ask for."""
        return [f"pcx-09277e1e81d08{self.number + each:04x}" for each in range(self.requests)]

    def manifest(self) -> Manifest:
        """Return what a user applies."""
        return {
            "apiVersion": f"{GROUP}/v1alpha1",
            "kind": POLICY_KIND,
            "metadata": {"name": self.name},
            "spec": {
                "projectId": PROJECT,
                "credentialsSecretRef": {"name": self.secret},
                "requesters": [{"accountId": self.account, "vpcIds": self.vpcs}],
                **self.spec,
            },
        }

    def has_final_state(self, found: Manifest) -> bool:
        """Whether the object has its final state."""
        status = found.get("status") or {}
        listed = len(status.get("requests", ())) >= self.requests - (self.taken or 0)
        seen = self.taken is None or (status.get("taken") == self.taken and listed)
        return says(found, "Ready", self.reason) and seen


POLICIES: Final = (
    Policy("not-looked-at", 0x10, None),
    Policy("watching", 0x20, Reason.WATCHING, taken=1),
    Policy("reporting", 0x30, Reason.WATCHING, requests=2, taken=0, spec={"action": "Report"}),
    Policy("limit-reached", 0x40, Reason.LIMIT_REACHED, requests=2, taken=1, spec={"maxConnections": 1}),
    Policy("name-taken", 0x50, Reason.NAME_TAKEN, taken=0, name_taken=True),
    Policy("suspended", 0x60, Reason.SUSPENDED, taken=0, spec={"suspend": True}),
    Policy("credentials-missing", 0x70, Reason.CREDENTIALS_MISSING, secret=ABSENT),
    Policy("credentials-invalid", 0x80, Reason.CREDENTIALS_INVALID, secret=WRONG_KEY),
    Policy(
        "deleting-while-suspended", 0x90, Reason.SUSPENDED, taken=1, deleted=True, spec={"deletionPolicy": "Delete"}
    ),
)


def collect_policies(cluster: Cluster) -> dict[str, Manifest]:
    """Run every scenario, and return the objects as the API server then has them, by name."""
    with new_harness(cluster, "svpp") as harness:
        return _Collector(harness).run()


class _Collector:
    def __init__(self, harness: Harness) -> None:
        self._harness, self._atlas = harness, harness.simulator

    def run(self) -> dict[str, Manifest]:
        """Run the scenarios, in order."""
        self._prepare()
        untouched = self._harness.objects()
        self._harness.operator.start()
        self._wait(lambda each: lambda found: each.deleted or each.has_final_state(found))
        for each in POLICIES:
            if each.deleted:
                self._harness.wait({each.name: _has_taken(each)})
                self._harness.patch(each.name, suspend=True)
                self._harness.wait({each.name: lambda found: says(found, "Ready", Reason.SUSPENDED)})
                self._harness.delete(each.name)
        found = self._wait(
            lambda each: (
                lambda found: each.has_final_state(found) and ("deletionTimestamp" in found["metadata"]) == each.deleted
            )
        )
        self._harness.operator.stop()
        return {each.name: (untouched if each.reason is None else found)[each.name] for each in POLICIES}

    def _prepare(self) -> None:
        self._atlas.add_project(PROJECT)
        self._atlas.add_api_key(_KEY, "private", roles={PROJECT: "owner"})
        for name, private in ((OWNER, "private"), (WRONG_KEY, "another")):
            self._harness.secret(name, {"publicApiKey": _KEY, "privateApiKey": private})
        for each in POLICIES:
            for vpc, name in zip(each.vpcs, each.connections, strict=True):
                self._atlas.request_peering(
                    project=PROJECT, account=each.account, vpc=vpc, cidr="10.0.0.0/16", name=name, delays=_QUICK
                )
        self._harness.create(_peering(each) for each in POLICIES if each.name_taken)
        self._harness.create(each.manifest() for each in POLICIES)

    def _wait(self, condition: Callable[[Policy], Callable[[Manifest], bool]]) -> dict[str, Manifest]:
        return self._harness.wait({each.name: condition(each) for each in POLICIES if each.reason is not None})


def _has_taken(policy: Policy) -> Callable[[Manifest], bool]:
    return lambda found: bool(found.get("status", {}).get("taken") == policy.taken)


def _peering(policy: Policy) -> Manifest:
    """Return an object of somebody else, under the name of a policy's request."""
    spec = policy.manifest()["spec"]
    requester = {"accountId": policy.account, "vpcId": "vpc-0d13eb6a2f0378fff"}
    return {
        "apiVersion": f"{GROUP}/v1alpha1",
        "kind": "StreamsVpcPeering",
        "metadata": {"name": policy.connections[0]},
        "spec": {**{key: spec[key] for key in ("projectId", "credentialsSecretRef")}, "requester": requester},
    }
