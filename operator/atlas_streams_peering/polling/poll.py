"""One poll: which list is read, with what, for whom, and what it showed last."""

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
    """A list that a service offers."""

    name: str
    """For logs and metrics, such as ``vpcPeeringConnections``."""
    fetch: Callable[[Credentials, "PollKey"], Awaitable[Collection[RawRow]]]
    """Reads the list. Raises `ServiceError`."""
    rows: RowFormat[Any]
    service: str = "atlas"
    """Who offers it: metrics count its polls there."""
    unavailable: Reason = Reason.ATLAS_UNAVAILABLE
    """What a poll reports that fails in a way that nobody foresaw."""


class PollKey(NamedTuple):
    """What one list can be asked for."""

    source: Source
    scope: str
    """What the service's rate limit counts by: an Atlas project, a Confluent environment."""
    credentials: str
    """Fingerprint of the credentials."""
    arguments: tuple[str, ...] = ()
    """What else the list is asked with, such as the requester's account."""


class SecretKey(NamedTuple):
    """Where credentials come from."""

    namespace: str
    name: str
    service: str = "atlas"
    """Whose credentials the Secret holds: its keys have other names for each service."""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(slots=True)
class Subscription:
    """An object's interest in a poll."""

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
    """Something is under way: poll on the pending interval."""
    checks_secret: bool = False
    """Somebody has to act, and may do it by other credentials: read the Secret on the pending interval."""
    waiting: bool = True
    """Wake the object after the next list, even if no row changes."""
    wants_list_since: float | None = None
    """Monotonic time since which the object waits for a new list. A list that began later is new enough."""


@dataclass(slots=True, eq=False)
class Poll:
    """The state of one poll: the last list, or why there is none."""

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
    """Monotonic time before which the service is not asked again; only the Secrets are read meanwhile."""
    due_at: float = 0.0
    """Monotonic time of the next attempt."""
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    """Object's uid → its interest."""
    unread: set[str] = field(default_factory=set)
    """Objects that were woken for the last list, and have not been worked on since."""
    slot: Slot = field(default_factory=Slot)

    def concerned(self, changed: frozenset[str], before: Snapshot[Any] | None) -> Iterable[str]:
        """Yield the objects that have an interest in one of these rows, wait for any list, or read each list."""
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
