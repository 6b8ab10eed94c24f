"""Expectations: a list that started before a change ended may not show its result."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Generic, TypeVar

from ..scheduling.clock import SYSTEM_CLOCK, Clock

Attempt = TypeVar("Attempt")

_KEPT: Final = timedelta(hours=1).total_seconds()
"""Seconds for which an entry is kept: as long as its change may be requested again."""


@dataclass(frozen=True, slots=True)
class _Entry(Generic[Attempt]):
    attempt: Attempt
    ended_at: float
    """Monotonic time at which the request ended."""


class Expectations(Generic[Attempt]):
    """The last change requested for each row of each scope.

    The keys contain neither objects nor credentials, so that a new object with the same name, or rotated credentials,
    do not cause a second request.
    """

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._entries: dict[tuple[str, str], _Entry[Attempt]] = {}
        self._clock = clock
        self._pruned_at = clock.monotonic()

    def note(self, scope: str, row: str, attempt: Attempt) -> None:
        """Record a request that has just ended: earlier lists of the row no longer count."""
        now = self._clock.monotonic()
        self._entries[scope, row] = _Entry(attempt, now)
        if now - self._pruned_at > _KEPT:
            self._pruned_at = now
            self._entries = {key: entry for key, entry in self._entries.items() if now - entry.ended_at < _KEPT}

    def get(self, scope: str, row: str) -> Attempt | None:
        """Return the last request for a row."""
        entry = self._entries.get((scope, row))
        return entry.attempt if entry else None

    def attempts(self, scope: str, rows: Iterable[str]) -> dict[str, Attempt]:
        """Return the last requests for these rows, by name."""
        found = ((row, self.get(scope, row)) for row in rows)
        return {row: attempt for row, attempt in found if attempt is not None}

    def void_before(self, scope: str, rows: Iterable[str]) -> float:
        """Return the monotonic time before which no list of these rows counts."""
        entries = (self._entries.get((scope, row)) for row in rows)
        return max((entry.ended_at for entry in entries if entry is not None), default=0.0)
