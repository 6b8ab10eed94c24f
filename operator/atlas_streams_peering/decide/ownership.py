"""Which of several objects that mean one connection manages it: the oldest."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..atlas.models import Connection
from .matching import Identity, Matched, select


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

    @property
    def rank(self) -> tuple[str, str, str, str]:
        """Order of precedence; a creation time has only seconds, so that names break a tie."""
        return (self.created, self.namespace, self.name, self.uid)


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


def _means(claim: Claim, connection: Connection, rows: tuple[Connection, ...]) -> bool:
    selection = select(claim.identity, rows, held=claim.held)
    return isinstance(selection, Matched) and selection.connection.name == connection.name
