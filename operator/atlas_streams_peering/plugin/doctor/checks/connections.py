"""Checks of a project's connections: requests that expire soon, and active connections that no object manages."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ....api.times import parse_time
from ....atlas.connection_states import CloudState, state_of
from ....atlas.models import Connection
from ..findings import Check, CheckResult, Evidence, Finding, Group, Outcome, counted, listed

SOON: Final = timedelta(days=1)
"""The check warns if a request expires sooner. AWS gives a request seven days."""

_BILLED: Final = frozenset({CloudState.ACTIVE, CloudState.PROVISIONING})

_NO_REQUEST: Final = CheckResult(
    Outcome.OK, "No request in project {project} expires within a day ({pending} pending)."
)
_EXPIRES: Final = CheckResult(
    Outcome.WARNING,
    "The request {connection} from VPC {vpc} expires {when}, and {who}.",
    "Accept it before then: {how}. Nobody can accept an expired request: the requester has to make a new one.",
)

REQUESTS: Final = Check(
    "requests",
    Group.ATLAS,
    "Pending requests",
    "Reads the pending requests of the AWS accounts that objects name, and when they expire, by Atlas' clock.",
    (_NO_REQUEST, _EXPIRES),
)

_ALL_MANAGED: Final = CheckResult(Outcome.OK, "Project {project} has {number}{managed}.")
_UNMANAGED: Final = CheckResult(
    Outcome.WARNING,
    "Project {project} has {number} that no object{where} manages; Atlas bills by the hour: {connections}.",
    "For connections that you need, create objects with `kubectl atlas-peering adopt`. Delete the others with "
    "`kubectl atlas-peering delete`.",
)

UNMANAGED: Final = Check(
    "unmanaged",
    Group.ATLAS,
    "Unmanaged connections",
    "Compares the active inbound connections of each project with the StreamsVpcPeerings of all namespaces that you "
    "may read.",
    (_ALL_MANAGED, _UNMANAGED),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A project's connections, as Atlas lists them."""

    project: str
    connections: Sequence[Connection]
    """Connections from the accounts that objects name, and all active connections."""
    managed: Mapping[str, str]
    """Name of the connection → the object that manages it."""
    now: datetime
    """The time by Atlas' clock."""
    every_namespace: bool = True
    """The doctor could read the objects of all namespaces."""
    unwanted: Collection[str] = ()
    """Connections whose objects have another desired state than Accepted."""


def judge(seen: Listed) -> list[Finding]:
    """Judge the connections of a project."""
    return [*_requests(seen), _unmanaged(seen)]


def _requests(seen: Listed) -> list[Finding]:
    pending = [one for one in seen.connections if state_of(one) is CloudState.PENDING]
    soon = []
    for one in pending:
        expires = parse_time(one.expiration_time)
        if expires is not None and expires - seen.now < SOON and one.name not in seen.unwanted:
            soon.append(_expires(seen, one, expires))
    return soon or [
        REQUESTS.finding(_NO_REQUEST, subject=f"project {seen.project}", project=seen.project, pending=len(pending))
    ]


def _expires(seen: Listed, one: Connection, expires: datetime) -> Finding:
    by = seen.managed.get(one.name)
    hours = (expires - seen.now).total_seconds() / 3600
    return REQUESTS.finding(
        _EXPIRES,
        subject=one.name,
        evidence={"expirationTime": one.expiration_time or "", "project": seen.project},
        connection=one.name,
        vpc=one.requester_vpc_id or "unknown",
        when=f"in {hours:.1f} hours" if hours > 0 else "now",
        who=f"{by} waits for it" if by else "no object waits for it",
        how=f"see why {by} is not Ready" if by else "create a StreamsVpcPeering, or `kubectl atlas-peering accept`",
    )


def _unmanaged(seen: Listed) -> Finding:
    active = [one for one in seen.connections if state_of(one) in _BILLED]
    unmanaged = sorted(one.name for one in active if one.name not in seen.managed)
    subject, evidence = f"project {seen.project}", dict[str, Evidence]()
    if not unmanaged:
        number = _connections(len(active)) if active else "no active connection"
        managed = ", managed by objects" if active else ""
        return UNMANAGED.finding(_ALL_MANAGED, subject=subject, number=number, managed=managed, project=seen.project)
    evidence["connections"] = tuple(unmanaged)
    return UNMANAGED.finding(
        _UNMANAGED,
        subject=subject,
        evidence=evidence,
        where="" if seen.every_namespace else " in the namespaces that you may read",
        number=_connections(len(unmanaged)),
        project=seen.project,
        connections=listed(unmanaged),
    )


def _connections(number: int) -> str:
    return counted(number, "active connection", "active connections")
