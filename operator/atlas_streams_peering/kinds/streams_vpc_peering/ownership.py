"""Determines which of several objects that match one connection owns it: its holder, else the oldest."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ...atlas.models import Connection
from .matching import Identity, Matched, NoMatch, Selection, differences, held_row, select


@dataclass(frozen=True, slots=True)
class Claim:
    """An object's claim to a connection."""

    created: str
    """metadata.creationTimestamp, RFC 3339 in UTC: sorts as text."""
    namespace: str
    name: str
    uid: str
    identity: Identity
    held: str | None
    """The connection that it manages, according to its last status."""
    committed: bool = True
    """The operator has requested a change of that connection."""
    deleting: bool = False
    """The object is being deleted: it claims only the connection that it holds."""
    policy: str | None = None
    """The StreamsVpcPeeringPolicy that the object's label names."""
    ended: bool = False
    """According to the last list, the held connection is dead."""

    @property
    def project_id(self) -> str:
        """The Atlas project."""
        return self.identity.project_id

    @property
    def still_held(self) -> str | None:
        """The connection that the object holds, unless its spec now names another one."""
        return self.held if self.identity.pinned in (None, self.held) else None

    @property
    def made_by(self) -> str | None:
        """The policy in the same namespace that created the object, which has the name of its pin."""
        return self.policy if self.name == self.identity.pinned else None

    def concerns(self, connection: Connection) -> bool:
        """Return whether the object matches, holds or pins a connection, so that no policy takes it."""
        if self.deleting:
            return connection.name == self.held
        if connection.name in (self.held, self.identity.pinned):
            return True
        if self.identity.pinned is not None or self.identity.vpc_id is None:
            return False
        return not differences(self.identity, connection)

    @property
    def places(self) -> frozenset[str]:
        """Index keys of the claim: the pin or else the VPC, and the held connection, each in its project."""
        identity = self.identity
        # A pinned object matches its pin only; its VPC is a guard.
        words = {identity.pinned or identity.vpc_id, self.held}
        return frozenset(f"{identity.project_id}/{word}" for word in words if word)

    def rank(
        self, connection: Connection, connections: Iterable[Connection]
    ) -> tuple[bool, bool, str, bool, str, str, str]:
        """Return the order of precedence for a connection: smaller comes first.

        A connection that is held stays with its holder. An object whose ConfluentPeering requests another connection
        comes last. Otherwise the older object comes first. Creation times have whole seconds. On a tie, an object that
        holds something comes first, and then the name decides.
        """
        holds = holds_connection(self, connections) == connection.name
        elsewhere = self.identity.leads_elsewhere(connection)
        return (not holds, elsewhere, self.created, self.held is None, self.namespace, self.name, self.uid)


def holds_connection(claim: Claim, connections: Iterable[Connection]) -> str | None:
    """Return the name of the live connection that the object holds, even if a guard excludes it now."""
    row = held_row(connections, claim.still_held, committed=claim.committed)
    return row.name if row is not None else None


def owner_of(
    claim: Claim, connection: Connection, rivals: Iterable[Claim], connections: Iterable[Connection]
) -> Claim | None:
    """Return the other object that owns a connection; None: none comes before `claim`."""
    rows = tuple(connections)
    rank = claim.rank(connection, rows)
    before = [
        (other.rank(connection, rows), other)
        for other in rivals
        if other.uid != claim.uid
        and other.identity.project_id == claim.identity.project_id
        and other.rank(connection, rows) < rank
        and _means(other, connection, rows)
    ]
    return min(before, key=lambda entry: entry[0])[1] if before else None


def first_owner(connection: Connection, claims: Iterable[Claim], connections: Iterable[Connection]) -> Claim | None:
    """Return the object that owns a connection; None: no object matches it. `claims`: those of its project."""
    rows = tuple(connections)
    meaning = (claim for claim in claims if _means(claim, connection, rows))
    return min(meaning, key=lambda claim: claim.rank(connection, rows), default=None)


def match_for(claim: Claim, connections: Iterable[Connection]) -> Selection:
    """Find the connection of an object."""
    if claim.deleting and claim.held is not None:
        if claim.still_held is None:
            return NoMatch()  # its spec now names another connection, which it does not hold yet
        # A new request of the requester belongs to another object.
        connections = tuple(connection for connection in connections if connection.name == claim.held)
        # A later change of a guard does not undo the acceptance.
        unguarded = replace(claim.identity, cidr=None, accepter_vpc_id=None, requested_vpc_id=None)
        return select(unguarded, connections, held=claim.held, committed=claim.committed)
    return select(claim.identity, connections, held=claim.held, committed=claim.committed)


def _means(claim: Claim, connection: Connection, rows: tuple[Connection, ...]) -> bool:
    if holds_connection(claim, rows) == connection.name:
        return True
    selection = match_for(claim, rows)
    return isinstance(selection, Matched) and selection.connection.name == connection.name
