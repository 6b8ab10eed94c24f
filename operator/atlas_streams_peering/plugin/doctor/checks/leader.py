"""Checks that a replica leads: it renews the Lease."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ..findings import Check, CheckResult, Finding, Group, Outcome

_OK: Final = CheckResult(Outcome.OK, "{holder} leads: it renews the Lease {lease}.")
_NONE: Final = CheckResult(
    Outcome.FAILED,
    "No replica leads: no replica renews the Lease {lease} ({last}).",
    "Check that the operator's pods run and reach the API server: docs/troubleshooting.md#the-operator-does-not-start",
)
_FOREIGN: Final = CheckResult(
    Outcome.WARNING,
    "{holder} renews the Lease {lease}, but is not a pod of Deployment {key}.",
    "Check whether another installation uses the same Lease: only one of them acts. Give each its own "
    "config.leaseName, or remove one.",
)
_FORBIDDEN: Final = CheckResult(
    Outcome.UNKNOWN,
    "The doctor cannot read the Lease {lease}: {problem}.",
    "Ask somebody who may `get` leases in namespace {namespace}.",
)
_NO_ELECTION: Final = CheckResult(
    Outcome.SKIPPED, "Leader election of Deployment {key} is off (LEADER_ELECT is not set): its one replica acts."
)
_MANY: Final = CheckResult(
    Outcome.FAILED,
    "Deployment {key} has {replicas} replicas, and leader election is off: each of them acts.",
    "Set config.leaderElect: true (LEADER_ELECT), or scale to one replica.",
)

LEADER: Final = Check(
    "leader",
    Group.OPERATOR,
    "Leader",
    "Reads the operator's Lease until it is renewed, for at most --patience seconds. Only a renewal counts: the clocks "
    "of two machines may differ.",
    (_OK, _NONE, _FOREIGN, _FORBIDDEN, _NO_ELECTION, _MANY),
)


@dataclass(frozen=True, slots=True)
class Election:
    """A Lease, as the doctor observed it."""

    key: str
    """The Deployment."""
    namespace: str
    lease: str
    elects: bool
    replicas: int
    spec: Mapping[str, Any] | None = None
    """The Lease as last read; None: it does not exist."""
    renewed_at: datetime | None = None
    """When the doctor observed a renewal, by this machine's clock; None: it observed none."""
    forbidden: str = ""
    pods: tuple[str, ...] = ()


def judge(seen: Election) -> Finding:
    """Judge whether a replica leads."""
    words = {"key": seen.key, "namespace": seen.namespace, "lease": f"{seen.namespace}/{seen.lease}"}
    if not seen.elects:
        result = _MANY if seen.replicas > 1 else _NO_ELECTION
        return LEADER.finding(result, subject=seen.key, replicas=seen.replicas, words=words)
    if seen.forbidden:
        return LEADER.finding(_FORBIDDEN, subject=seen.key, problem=seen.forbidden, words=words)
    spec = seen.spec or {}
    holder = str(spec.get("holderIdentity") or "")
    if seen.renewed_at is None or not holder:
        renewed = spec.get("renewTime")
        last = f"last renewal: {renewed}" if renewed else "the Lease does not exist"
        return LEADER.finding(_NONE, subject=seen.key, last=last, words=words)
    pod = holder.rpartition("_")[0]
    result = _FOREIGN if seen.pods and pod not in seen.pods else _OK
    return LEADER.finding(
        result, subject=seen.key, evidence={"renewTime": str(spec.get("renewTime"))}, holder=holder, words=words
    )
