"""What one list of Atlas showed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..atlas.client import parse_connection
from ..atlas.models import Connection


@dataclass(frozen=True)
class Snapshot:
    """The connections of one requester account, found fast by name and by VPC."""

    asked_at: float = 0.0
    """Monotonic time at which the list was asked for: what was changed later is not in it."""
    rows: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """Name → Atlas' JSON."""
    connections: Mapping[str, Connection] = field(default_factory=dict)
    unchanged_since: Mapping[str, datetime] = field(default_factory=dict)
    by_vpc: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Requester VPC → names."""

    def succeeded_by(self, rows: Iterable[dict[str, Any]], *, asked_at: float, now: datetime) -> "Snapshot":
        """Return the next snapshot. Rows that did not change are not parsed again."""
        by_name = {row["name"]: row for row in rows}
        connections: dict[str, Connection] = {}
        since: dict[str, datetime] = {}
        by_vpc: dict[str, set[str]] = {}
        for name, row in by_name.items():
            same = self.rows.get(name) == row
            connection = self.connections[name] if same else parse_connection(row)
            connections[name] = connection
            before = self.connections.get(name)
            still = before is not None and _standing(before) == _standing(connection)
            since[name] = self.unchanged_since[name] if still else now
            if connection.requester_vpc_id:
                by_vpc.setdefault(connection.requester_vpc_id, set()).add(name)
        frozen = {vpc: frozenset(names) for vpc, names in by_vpc.items()}
        return Snapshot(asked_at, by_name, connections, since, frozen)

    def changed_from(self, earlier: "Snapshot") -> frozenset[str]:
        """Names that came, went or changed."""
        names = self.rows.keys() | earlier.rows.keys()
        return frozenset(name for name in names if self.rows.get(name) != earlier.rows.get(name))

    def concerning(self, *, names: Iterable[str], vpcs: Iterable[str]) -> tuple[Connection, ...]:
        """Connections with these names or VPCs, and all others of the same VPCs."""
        named = [self.connections[name] for name in names if name in self.connections]
        wanted = {*vpcs, *(c.requester_vpc_id for c in named if c.requester_vpc_id)}
        found = {connection.name: connection for connection in named}
        for vpc in wanted:
            found.update((name, self.connections[name]) for name in self.by_vpc.get(vpc, ()))
        return tuple(found[name] for name in sorted(found))


def _standing(connection: Connection) -> tuple[str | None, str | None]:
    return connection.cloud_status, connection.local_status
