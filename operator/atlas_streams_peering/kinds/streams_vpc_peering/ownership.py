"""Which of several objects that mean one connection manages it: the oldest."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ...atlas.models import Connection
from .matching import Identity, Matched, Nothing, Selection, select


@dataclass(frozen=True, slots=True)
class Claim:
    """An object's word on which connection it means."""

    created: str
    """metadata.creationTimestamp, RFC 3339 in UTC: sorts as text."""
    namespace: str
    name: str
    uid: str
    identity: Identity
    held: str | None
    """The connection it manages, by its last status."""
    committed: bool = True
    """A change was asked of Atlas for that connection."""
    deleting: bool = False
    """The object is being deleted: it means what it holds, and takes up nothing else."""

    @property
    def rank(self) -> tuple[str, bool, str, str, str]:
        """Order of precedence. A creation time has only seconds: who holds a connection comes first, then names."""
        return (self.created, self.held is None, self.namespace, self.name, self.uid)


def older_owner(
    claim: Claim, connection: Connection, others: Iterable[Claim], connections: Iterable[Connection]
) -> Claim | None:
    """Return the oldest other object, older than `claim`, that means the same connection."""
    rows = tuple(connections)
    older = [
        other
        for other in others
        if other.uid != claim.uid
        and other.rank < claim.rank
        and other.identity.project_id == claim.identity.project_id
        and _means(other, connection, rows)
    ]
    return min(older, key=lambda other: other.rank, default=None)


def meant_by(claim: Claim, connections: Iterable[Connection]) -> Selection:
    """Find the connection that an object means."""
    if claim.deleting and claim.held is not None:
        if claim.identity.pinned not in (None, claim.held):
            return Nothing()  # pointed away from what it held, it has not come to hold another
        # The requester may have asked anew meanwhile: that is another object's business.
        connections = tuple(connection for connection in connections if connection.name == claim.held)
        # Nor does a guard that was changed since undo that it was accepted.
        return select(replace(claim.identity, cidr=None), connections, held=claim.held, committed=claim.committed)
    return select(claim.identity, connections, held=claim.held, committed=claim.committed)


def _means(claim: Claim, connection: Connection, rows: tuple[Connection, ...]) -> bool:
    selection = meant_by(claim, rows)
    return isinstance(selection, Matched) and selection.connection.name == connection.name
