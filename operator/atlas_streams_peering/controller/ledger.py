"""What was asked of Atlas: until the next list that row's older picture is void."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ..atlas.models import Connection
from .retry import Asked

_KEPT: Final = timedelta(hours=1).total_seconds()
"""An entry is only needed while its request may still be repeated."""


@dataclass(frozen=True, slots=True)
class _Entry:
    asked: Asked
    ended_at: float
    """Monotonic time at which the request ended: a list asked for earlier does not show what it did."""


class Ledger:
    """The last change asked for each connection of each project."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._clock = clock
        self._pruned_at = clock()

    def note(self, project_id: str, connection: str, asked: Asked) -> None:
        """Note a request that has just ended."""
        now = self._clock()
        self._entries[project_id, connection] = _Entry(asked, now)
        if now - self._pruned_at > _KEPT:
            self._pruned_at = now
            self._entries = {key: entry for key, entry in self._entries.items() if now - entry.ended_at < _KEPT}

    def get(self, project_id: str, connection: str) -> Asked | None:
        """Return the last request for a connection."""
        entry = self._entries.get((project_id, connection))
        return entry.asked if entry else None

    def asked(self, project_id: str, connections: Iterable[Connection]) -> dict[str, Asked]:
        """Return the last requests for these connections, by name."""
        found = ((connection.name, self.get(project_id, connection.name)) for connection in connections)
        return {name: asked for name, asked in found if asked is not None}

    def void_before(self, project_id: str, connections: Iterable[Connection]) -> float:
        """Return the monotonic time before which no list of these connections counts."""
        entries = (self._entries.get((project_id, connection.name)) for connection in connections)
        return max((entry.ended_at for entry in entries if entry is not None), default=0.0)
