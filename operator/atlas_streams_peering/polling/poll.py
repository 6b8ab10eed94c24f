"""One poll: its list, its credentials, its subscriptions, and its last snapshot."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from ..api.conditions import Reason
from ..scheduling.queue import Slot
from ..transport.credentials import Credentials
from ..transport.errors import ServiceError
from .snapshot import RawRow, RowFormat, Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A list of a service."""

    name: str
    """For logs and metrics, such as ``vpcPeeringConnections``."""
    fetch: Callable[[Credentials, "PollKey"], Awaitable[Collection[RawRow]]]
    """Reads the list. Raises `ServiceError`."""
    rows: RowFormat[Any]
    service: str = "atlas"
    """The service, for metrics."""
    unavailable: Reason = Reason.ATLAS_UNAVAILABLE
    """The reason of a poll that fails with an unexpected error."""


class PollKey(NamedTuple):
    """The parameters of one list."""

    source: Source
    scope: str
    """The scope of the service's rate limit: an Atlas project, or a Confluent Cloud environment."""
    credentials: str
    """Fingerprint of the credentials."""
    arguments: tuple[str, ...] = ()
    """Other parameters of the list, such as the requester's account."""


class SecretKey(NamedTuple):
    """A Secret with credentials."""

    namespace: str
    name: str
    service: str = "atlas"
    """The service of the credentials, which determines the names of the keys."""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(slots=True)
class Subscription:
    """An object's subscription to a poll."""

    words: frozenset[str]
    """Names and tokens of the rows that concern the object."""
    secret: SecretKey
    uses_cached_credentials: bool = False
    """The Secret is gone; a deletion goes on with the credentials that were last read."""
    every_list: bool = False
    """Wake the object after each list, also when no row has changed."""
    where: Callable[[Any], bool] | None = None
    """Also rows for which this is true concern the object."""
    pending: bool = True
    """A change is in progress: poll at the pending interval."""
    checks_secret: bool = False
    """Somebody has to act, and may change the credentials: read the Secret at the pending interval."""
    waiting: bool = True
    """Wake the object after the next list, even if no row changes."""
    wants_list_since: float | None = None
    """Monotonic time since which the object has waited for a new list. A list that started later is new enough."""


@dataclass(slots=True, eq=False)
class Poll:
    """The state of one poll: the last snapshot, or the error."""

    key: PollKey
    snapshot: Snapshot[Any] | None = None
    failure: ServiceError | None = None
    succeeded_at: datetime | None = None
    """When the service last answered."""
    started_at: float = 0.0
    """Monotonic time at which the last attempt began."""
    finished_at: float = 0.0
    """Monotonic time at which the last attempt ended."""
    failures: int = 0
    """Attempts in a row that failed."""
    list_at: float = 0.0
    """Monotonic time before which the poll only reads the Secrets and makes no request."""
    due_at: float = 0.0
    """Monotonic time of the next attempt."""
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    """Object's uid → its subscription."""
    unread: set[str] = field(default_factory=set)
    """Objects that the last list has woken, and that have not been reconciled since."""
    slot: Slot = field(default_factory=Slot)

    def concerned(self, changed: frozenset[str], before: Snapshot[Any] | None) -> Iterable[str]:
        """Yield the objects that one of these rows concerns, that wait for any list, or that need each list."""
        words, rows = set(changed), list[Any]()
        for snapshot in (before, self.snapshot):
            if snapshot is not None and changed:
                words |= snapshot.words_of(changed)
                rows += [snapshot.rows[name] for name in changed if name in snapshot.rows]
        for uid, subscription in self.subscriptions.items():
            where = subscription.where
            if (
                subscription.waiting
                or subscription.every_list
                or not subscription.words.isdisjoint(words)
                or (where is not None and any(where(row) for row in rows))
            ):
                yield uid
