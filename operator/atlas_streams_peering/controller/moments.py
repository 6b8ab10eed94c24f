"""When things were first noticed: moments of the monotonic clock, forgotten when the process ends."""

import time

from ..kinds.streams_vpc_peering.case import Case


class Moments:
    """What has to be remembered of objects between two reconciles, and is in no status."""

    def __init__(self) -> None:
        self._first_seen: dict[str, float] = {}
        self._pokes: dict[str, tuple[str, float]] = {}
        self._changes: dict[str, tuple[int, float]] = {}
        self._missed: dict[str, float] = {}

    def seen(self, uid: str) -> None:
        """Note that an object is there."""
        self._first_seen.setdefault(uid, time.monotonic())

    def forget(self, uid: str) -> None:
        """Note that an object is gone."""
        for memory in (self._first_seen, self._pokes, self._changes, self._missed):
            memory.pop(uid, None)

    def age(self, uid: str) -> float:
        """Return the seconds since an object was first seen."""
        now = time.monotonic()
        return now - self._first_seen.get(uid, now)

    def poked_at(self, case: Case) -> float:
        """Return when a look at once was asked for; 0: it was not, or was had."""
        uid, value = case.resource.uid, case.resource.reconcile_requested
        if not case.poked or value is None:
            return 0.0
        known = self._pokes.get(uid)
        if known is None or known[0] != value:
            known = self._pokes[uid] = (value, time.monotonic())
        return known[1]

    def changed_at(self, case: Case) -> float:
        """Return when the present spec was first seen; 0: its status is written."""
        uid, generation = case.resource.uid, case.resource.generation
        if generation == case.status.observed_generation:
            return 0.0
        known = self._changes.get(uid)
        if known is None or known[0] != generation:
            known = self._changes[uid] = (generation, time.monotonic())
        return known[1]

    def missed_for(self, uid: str, listed_at: float) -> float:
        """Return the seconds from the first list without an object's connection to this one; it may be the first."""
        return listed_at - self._missed.setdefault(uid, listed_at)

    def found(self, uid: str) -> None:
        """Note that a list told enough of an object's connection to go on."""
        self._missed.pop(uid, None)
