"""A StreamsVpcPeering in each state that the operator can report, and what leads to it.

Argo CD's health check is tested on these, as the operator wrote them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from atlas_streams_peering.api.conditions import Reason

ACCOUNT: Final = "417601102659"
PROJECT: Final = "671a86f4cfc9da7d7c31b14f"
UNKNOWN_PROJECT: Final = "671a86f4cfc9da7d7c31b150"
DOWN, LIMITED, BROKEN_OFF = (f"671a86f4cfc9da7d7c31b15{number}" for number in (1, 2, 3))
"""Projects whose lists fail: always with 503, always with 429, and with 503 after the first list."""

OWNER: Final = "atlas-api"
WRONG_KEY: Final = "atlas-api-wrong"
READ_ONLY: Final = "atlas-api-read-only"
BLOCKED: Final = "atlas-api-blocked"
REVOKED: Final = "atlas-api-revoked"
ABSENT: Final = "atlas-api-not-there-yet"
"""Secrets, by what is wrong with them."""


class LaterChange(Enum):
    """What changes after an object has reached its first state."""

    CONNECTION_DELETED = "the other side deletes its connection"
    LISTS_FAIL = "Atlas gives no lists any more"
    IS_DELETED = "it is deleted"
    IS_SUSPENDED_AND_DELETED = "it is suspended, and deleted"
    IS_DELETED_WITHOUT_ACCESS = "its key is revoked, and it is deleted"
    IS_CHANGED_UNSEEN = "it is changed, and the operator is gone"
    IS_DELETED_UNSEEN = "it is deleted, and the operator is gone"

    @property
    def unseen(self) -> bool:
        """Whether the operator has stopped before this change."""
        return self in (LaterChange.IS_CHANGED_UNSEEN, LaterChange.IS_DELETED_UNSEEN)


@dataclass(frozen=True)
class Scenario:
    """An object, and what leads to its state."""

    name: str
    reason: Reason | None
    """What Ready says in the end; None: nothing, the operator has never run."""
    requests: tuple[str, ...] = ()
    """Cloud status of each connection from its VPC."""
    spec: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    project: str = PROJECT
    secret: str = OWNER
    pinned: bool = False
    """It names its connection."""
    guard: str | None = None
    """The CIDR that it wants; all requests come from 10.0.0.0/16."""
    stays: str | None = None
    """Atlas takes an hour for what it is asked; `localStatus` then says this."""
    like: str | None = None
    """The older object whose VPC it shares."""
    first: Reason | None = None
    """What Ready says before `later`."""
    later: LaterChange | None = None
    synced: Reason | None = None
    """What Synced says in the end, where that is waited for."""

    @property
    def number(self) -> int:
        """Of its VPC and its connections."""
        return _NUMBERS[self.like or self.name]

    @property
    def vpc(self) -> str:
        """The VPC that asks."""
        return f"vpc-0d13eb6a2f0377{self.number:03x}"

    def connection(self, index: int = 0) -> str:
        """Return the name of one of its connections."""
        return f"pcx-09277e1e81d07{self.number:03x}{index}"

    def has_first_state(self, found: dict[str, Any]) -> bool:
        """Whether the object has the state that it has before `later`."""
        return self.has_final_state(found) if self.later is None else says(found, "Ready", self.first)

    def has_final_state(self, found: dict[str, Any]) -> bool:
        """Whether the object has its final state."""
        return (
            says(found, "Ready", self.reason)
            and (self.synced is None or says(found, "Synced", self.synced))
            and (self.stays is None or found["status"].get("localStatus") == self.stays)
        )

    def manifest(self) -> dict[str, Any]:
        """Return what a user applies."""
        requester = {"accountId": ACCOUNT, "vpcId": self.vpc, **({"cidr": self.guard} if self.guard else {})}
        return {
            "apiVersion": "atlasstreams.io/v1alpha1",
            "kind": "StreamsVpcPeering",
            "metadata": {"name": self.name},
            "spec": {
                "projectId": self.project,
                "credentialsSecretRef": {"name": self.secret},
                "requester": requester,
                **({"connectionName": self.connection()} if self.pinned else {}),
                **self.spec,
            },
        }


def says(found: dict[str, Any], kind: str, reason: Reason | None) -> bool:
    """Whether a condition has this reason, for the present generation."""
    present = {"type": kind, "reason": reason, "observedGeneration": found["metadata"]["generation"]}
    return any(present.items() <= condition.items() for condition in found.get("status", {}).get("conditions", []))


_ACTIVE: Final = ("active",)
_PENDING: Final = ("pending-acceptance",)
_REJECTED: Final = MappingProxyType({"desiredState": "Rejected"})
_DELETED: Final = MappingProxyType({"desiredState": "Deleted"})
_SUSPENDED: Final = MappingProxyType({"suspend": True})
_REFERRING: Final = MappingProxyType({"requester": {"confluentPeeringRef": {"name": "orders"}}})

SCENARIOS: Final = (
    Scenario("not-looked-at", None),
    Scenario("active", Reason.ACTIVE, _PENDING),
    Scenario("active-while-suspended", Reason.ACTIVE, _ACTIVE, _SUSPENDED),
    Scenario(
        "active-during-outage",
        Reason.ACTIVE,
        _ACTIVE,
        project=BROKEN_OFF,
        first=Reason.ACTIVE,
        later=LaterChange.LISTS_FAIL,
        synced=Reason.ATLAS_UNAVAILABLE,
    ),
    Scenario("rejected", Reason.REJECTED, _PENDING, _REJECTED),
    Scenario("deleted", Reason.DELETED, _ACTIVE, _DELETED),
    Scenario("waiting-for-request", Reason.WAITING_FOR_REQUEST),
    Scenario("accepting", Reason.ACCEPTING, _PENDING, stays="REQUEST_ACCEPT"),
    Scenario("provisioning", Reason.PROVISIONING, ("provisioning",)),
    Scenario("rejecting", Reason.REJECTING, _PENDING, _REJECTED, stays="REQUEST_REJECT"),
    Scenario("deleting", Reason.DELETING, _ACTIVE, _DELETED, stays="REQUEST_DELETE"),
    Scenario("suspended", Reason.SUSPENDED, _PENDING, _SUSPENDED),
    Scenario("request-expired", Reason.REQUEST_EXPIRED, ("expired",)),
    Scenario("request-failed", Reason.REQUEST_FAILED, ("failed",)),
    Scenario("request-rejected", Reason.REQUEST_REJECTED, ("rejected",)),
    Scenario(
        "connection-deleted",
        Reason.CONNECTION_DELETED,
        _ACTIVE,
        first=Reason.ACTIVE,
        later=LaterChange.CONNECTION_DELETED,
    ),
    Scenario("ambiguous-request", Reason.AMBIGUOUS_REQUEST, _PENDING * 2),
    Scenario("requester-mismatch", Reason.REQUESTER_MISMATCH, _PENDING, pinned=True, guard="10.9.0.0/16"),
    Scenario("cannot-reject", Reason.CANNOT_REJECT, _ACTIVE, _REJECTED),
    Scenario("already-managed", Reason.ALREADY_MANAGED, like="active"),
    Scenario("reference-not-ready", Reason.REFERENCE_NOT_READY, spec=_REFERRING),
    Scenario("credentials-missing", Reason.CREDENTIALS_MISSING, secret=ABSENT),
    Scenario("credentials-invalid", Reason.CREDENTIALS_INVALID, secret=WRONG_KEY),
    Scenario("unauthorized", Reason.UNAUTHORIZED, _PENDING, secret=READ_ONLY),
    Scenario("access-list-blocked", Reason.ACCESS_LIST_BLOCKED, secret=BLOCKED),
    Scenario("project-not-found", Reason.PROJECT_NOT_FOUND, project=UNKNOWN_PROJECT),
    Scenario("rate-limited", Reason.RATE_LIMITED, project=LIMITED),
    Scenario("atlas-unavailable", Reason.ATLAS_UNAVAILABLE, project=DOWN),
    Scenario(
        "being-deleted",
        Reason.DELETING,
        _ACTIVE,
        stays="REQUEST_DELETE",
        first=Reason.ACTIVE,
        later=LaterChange.IS_DELETED,
    ),
    Scenario(
        "being-deleted-while-suspended",
        Reason.SUSPENDED,
        _PENDING,
        first=Reason.ACTIVE,
        later=LaterChange.IS_SUSPENDED_AND_DELETED,
    ),
    Scenario(
        "being-deleted-without-access",
        Reason.CREDENTIALS_INVALID,
        _ACTIVE,
        secret=REVOKED,
        first=Reason.ACTIVE,
        later=LaterChange.IS_DELETED_WITHOUT_ACCESS,
    ),
    Scenario("changed-unseen", Reason.ACTIVE, _ACTIVE, first=Reason.ACTIVE, later=LaterChange.IS_CHANGED_UNSEEN),
    Scenario("deleted-unseen", Reason.ACTIVE, _ACTIVE, first=Reason.ACTIVE, later=LaterChange.IS_DELETED_UNSEEN),
)

_NUMBERS: Final = {scenario.name: number for number, scenario in enumerate(SCENARIOS)}
