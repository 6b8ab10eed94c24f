"""Reservations of changes: a bounded number at once in each scope, and one for each row."""

from collections import Counter
from typing import Final

CHANGES_AT_ONCE: Final = 8
"""Changes in flight for each scope: a scope that hangs must not block the workers of the others."""

_IN_LINE: Final = 5.0
"""Seconds after which an object that waits in line tries again, if nothing wakes it."""


class Reservations:
    """The changes in flight, and the objects that wait in line."""

    def __init__(self) -> None:
        self._under_way: Counter[str] = Counter()
        self._rows: set[tuple[str, str]] = set()
        self._lines: dict[str, dict[str, None]] = {}

    def reserve(self, scope: str, row: str, uid: str) -> float:
        """Reserve the change of a row: return 0.0, or the seconds to wait before the next try."""
        if self._under_way[scope] >= CHANGES_AT_ONCE or (scope, row) in self._rows:
            self._lines.setdefault(scope, {})[uid] = None
            return _IN_LINE
        self._under_way[scope] += 1
        self._rows.add((scope, row))
        self.leave(scope, uid)
        return 0.0

    def release(self, scope: str, row: str) -> str | None:
        """Release the reservation; return the uid of the next object in line."""
        self._rows.discard((scope, row))
        self._under_way[scope] -= 1
        if not self._under_way[scope]:
            del self._under_way[scope]
        line = self._lines.get(scope)
        if not line:
            return None
        uid = next(iter(line))
        self.leave(scope, uid)
        return uid

    def leave(self, scope: str, uid: str) -> None:
        """Take an object out of the line."""
        line = self._lines.get(scope)
        if line is not None:
            line.pop(uid, None)
            if not line:
                del self._lines[scope]
