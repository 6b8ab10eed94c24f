"""Inbound connections and the objects that manage them: the input of ``list`` and of the changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from ..api.times import format_time, parse_time
from ..atlas.connection_states import CloudState, state_of
from ..atlas.models import Connection
from .ages import created_at, short
from .output import Cell, Column, Style
from .owners import Ownership


class Management(Enum):
    """Whether an object manages a connection."""

    OBJECT = "object"
    NOBODY = "nobody"
    UNKNOWN = "unknown"  # not all objects could be read


@dataclass(frozen=True, slots=True)
class Peering:
    """A connection of a project, and its ownership."""

    project: str
    connection: Connection
    ownership: Ownership
    certain: bool = True
    """The plugin could read all objects, so a connection without an owner is certainly unmanaged."""

    @property
    def name(self) -> str:
        """The name in AWS and Atlas: ``pcx-…``."""
        return self.connection.name

    @property
    def state(self) -> CloudState:
        """The state in AWS."""
        return state_of(self.connection)

    @property
    def management(self) -> Management:
        """Whether an object manages the connection."""
        if self.ownership.owner is not None:
            return Management.OBJECT
        return Management.NOBODY if self.certain else Management.UNKNOWN

    @property
    def forgotten(self) -> bool:
        """The connection is live and unmanaged: it may cost money."""
        return not self.state.terminal and self.management is Management.NOBODY

    @property
    def expires(self) -> datetime | None:
        """When the pending request expires. The time that Atlas reports for accepted requests is ignored."""
        return parse_time(self.connection.expiration_time) if self.state.pending else None


_URGENT: Final = timedelta(days=1)
"""The list shows a request in red if it expires sooner."""

_ORDER: Final = (
    CloudState.PENDING,
    CloudState.INITIATING,
    CloudState.PROVISIONING,
    CloudState.ACTIVE,
    CloudState.UNKNOWN,
    CloudState.DELETING,
    CloudState.FAILED,
    CloudState.EXPIRED,
    CloudState.REJECTED,
    CloudState.DELETED,
)


def in_order(peerings: Iterable[Peering]) -> list[Peering]:
    """Sort by project. Connections that may need an action come first, terminal ones last."""
    return sorted(
        peerings,
        key=lambda one: (one.project, _ORDER.index(one.state), one.connection.expiration_time or "", one.name),
    )


def item_of(peering: Peering) -> dict[str, Any]:
    """Return a connection as JSON. Fields that Atlas does not give are left out; times are RFC 3339, UTC."""
    row, owner = peering.connection, peering.ownership.owner
    created, expires = created_at(row.id), peering.expires
    item: dict[str, Any] = {
        "name": row.name,
        "id": row.id,
        "projectId": peering.project,
        "cloudStatus": row.cloud_status,
        "localStatus": row.local_status,
        "statusMessage": row.status_message,
        "requester": _side(row.requester_account_id, row.requester_vpc_id, row.requester_cidr),
        "accepter": _side(row.accepter_account_id, row.accepter_vpc_id, row.accepter_cidr),
        "created": format_time(created) if created else None,
        "pendingUntil": format_time(expires) if expires else None,
        "management": peering.management.value,
        "managedBy": dict(owner.words) if owner else None,
        "matchedBy": [dict(other.words) for other in peering.ownership.others] or None,
    }
    return {key: value for key, value in item.items() if value not in (None, {})}


def summary(peerings: Sequence[Peering]) -> list[str]:
    """Return a sentence for each thing in a list that a person should not overlook."""
    forgotten = [one for one in peerings if one.forgotten]
    active = [one.name for one in forgotten if one.state is CloudState.ACTIVE]
    pending = [one.name for one in forgotten if one.state is CloudState.PENDING]
    sentences = []
    if active:
        verb, them = ("connection is", "it") if len(active) == 1 else ("connections are", "them")
        sentences.append(
            f"{len(active)} active {verb} managed by nobody and may cost money: {_few(active)}. "
            f"Let the operator manage {them} (adopt), or delete {them}."
        )
    if pending:
        noun, verb = ("request", "waits") if len(pending) == 1 else ("requests", "wait")
        sentences.append(f"{len(pending)} {noun} {verb} for somebody to accept or reject: {_few(pending)}.")
    return sentences


def columns(*, several_projects: bool, now: datetime) -> tuple[Column, ...]:
    """Return the columns of ``list``."""

    def expires(item: Mapping[str, Any]) -> Cell:
        moment = parse_time(item.get("pendingUntil"))
        if moment is None:
            return Cell("-")
        left = moment - now
        return Cell(short(left) if left > timedelta() else "overdue", Style.BAD if left < _URGENT else Style.WAITING)

    def age(item: Mapping[str, Any]) -> str:
        created = parse_time(item.get("created"))
        return short(now - created) if created else "-"

    return (
        Column("NAME", lambda item: str(item["name"])),
        Column("STATUS", _status),
        Column("REQUESTER VPC", lambda item: _at(item, "requester", "vpcId")),
        Column("ACCOUNT", lambda item: _at(item, "requester", "accountId")),
        Column("CIDR", lambda item: _at(item, "requester", "cidr")),
        Column("EXPIRES", expires),
        Column("AGE", age),
        Column("MANAGED BY", _managed_by),
        Column("PROJECT", lambda item: str(item["projectId"]), wide=not several_projects),
        Column("ATLAS VPC", lambda item: _at(item, "accepter", "vpcId"), wide=True),
        Column("ATLAS STATUS", lambda item: str(item.get("localStatus") or "-"), wide=True),
        Column("MESSAGE", lambda item: str(item.get("statusMessage") or "-"), wide=True),
    )


_STYLES: Final = {
    CloudState.ACTIVE: Style.GOOD,
    CloudState.PENDING: Style.WAITING,
    CloudState.PROVISIONING: Style.WAITING,
    CloudState.INITIATING: Style.WAITING,
    CloudState.DELETING: Style.WAITING,
    CloudState.FAILED: Style.BAD,
    CloudState.EXPIRED: Style.BAD,
    CloudState.REJECTED: Style.DIM,
    CloudState.DELETED: Style.DIM,
    CloudState.UNKNOWN: Style.PLAIN,
}


def _status(item: Mapping[str, Any]) -> Cell:
    connection = Connection(name=str(item["name"]), cloud_status=item.get("cloudStatus"))
    return Cell(str(item.get("cloudStatus") or "-"), _STYLES[state_of(connection)])


def _managed_by(item: Mapping[str, Any]) -> Cell:
    owner = item.get("managedBy")
    if owner:
        return Cell(f"{owner['namespace']}/{owner['name']}")
    if item["management"] == Management.UNKNOWN.value:
        return Cell("unknown", Style.WAITING)
    connection = Connection(name=str(item["name"]), cloud_status=item.get("cloudStatus"))
    if state_of(connection).terminal:
        return Cell("-", Style.DIM)
    matching = [f"{one['namespace']}/{one['name']}" for one in item.get("matchedBy") or ()]
    return Cell(f"nobody (matches {', '.join(matching)})" if matching else "nobody", Style.BAD)


def _side(account: str | None, vpc: str | None, cidr: str | None) -> dict[str, str]:
    values = {"accountId": account, "vpcId": vpc, "cidr": cidr}
    return {key: value for key, value in values.items() if value}


def _at(item: Mapping[str, Any], side: str, field: str) -> str:
    return str((item.get(side) or {}).get(field) or "-")


def _few(names: Sequence[str], most: int = 3) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
