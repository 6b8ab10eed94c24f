"""Compares what the watch has shown with lists of the API server, because a dead watch looks like an idle one."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..kube.objects import KubernetesObject
from .log_fields import about_object

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Overdue:
    """A change that a list shows but the watch does not."""

    key: str
    version: int
    since: float
    """Monotonic time of the first list that showed it."""
    about: Mapping[str, Any] | None = None
    """The `extra` of log lines about the object; None: only its uid is known."""
    gone: bool = False
    """The object was deleted: the list lacks an object that the watch has shown."""
    missed: bool = False
    """A later list confirmed the change, so the watch event was not merely on its way."""
    dead: bool = False
    """The grace period is over, and the watch has shown nothing newer: it shows nothing at all."""


class WatchRecord:
    """Records what the watch shows, and detects lost changes and a dead watch.

    If the watch skips a change and shows later ones, the change is lost, and the comparison with the list makes up for
    it. If the watch shows nothing later, the watch is dead.
    """

    def __init__(
        self,
        kind: str,
        *,
        grace_period: float,
        missed: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kind, self._grace_period, self._missed, self._clock = kind, grace_period, missed, clock
        self._shown: dict[str, int] = {}
        """Newest version of each object that the watch has shown."""
        self._newest = 0
        """Newest resourceVersion that the watch has shown, of any object."""
        self._overdue: dict[str, _Overdue] = {}
        self.begun = False
        """The API server has answered a watch at least once."""
        self._lists_work_since: float | None = None
        """Monotonic time since which no list has failed."""
        self._unbegun = 0.0
        """Seconds for which lists have worked without a watch, as of the last list."""

    @property
    def suspect(self) -> bool:
        """A change is overdue, so the next comparison should come soon."""
        return bool(self._overdue)

    def show(self, uid: str, version: int) -> None:
        """Record that the watch has shown a version of an object. Versions may come out of order."""
        self._shown[uid] = max(version, self._shown.get(uid, 0))
        self._newest = max(version, self._newest)
        overdue = self._overdue.get(uid)
        if overdue is not None and version >= overdue.version:
            del self._overdue[uid]

    def show_gone(self, uid: str) -> None:
        """Record that the watch has shown the deletion of an object."""
        self._shown.pop(uid, None)
        self._overdue.pop(uid, None)

    def list_failed(self) -> None:
        """Record that a list failed: a watch may fail for the same reason."""
        self._lists_work_since = None

    def list_worked(self) -> None:
        """Record that a list worked, so that a watch should begin."""
        now = self._clock()
        since = self._lists_work_since = now if self._lists_work_since is None else self._lists_work_since
        self._unbegun = now - since

    def compare(self, listed: Iterable[KubernetesObject]) -> None:
        """Compare a complete list with what the watch has shown.

        Versions that are not numbers cannot be compared. For these, the record knows only whether the watch has shown
        the object.
        """
        self.list_worked()
        now, there = self._clock(), {resource.uid: resource for resource in listed}
        for uid, resource in there.items():
            if uid not in self._shown or resource.resource_version > self._shown[uid]:
                entry = _Overdue(resource.key, resource.resource_version, now, about_object(self._kind, resource))
                self._overdue.setdefault(uid, entry)
        for uid in self._shown.keys() - there.keys():
            self._overdue.setdefault(uid, _Overdue(uid, self._shown[uid], now, gone=True))
        for uid, overdue in tuple(self._overdue.items()):
            if overdue.since < now:
                self._assess(uid, overdue, now, there=uid in there)

    def _assess(self, uid: str, overdue: _Overdue, now: float, *, there: bool) -> None:
        """Decide about the changes of an earlier list that the watch has not shown since."""
        if overdue.gone is there:
            del self._overdue[uid]  # the watch showed it while the list was read
            return
        if not overdue.missed:
            overdue.missed = True
            self._missed()
            words = "The watch has not shown a change of %s that a list has shown"
            logger.warning(words, overdue.key, extra=overdue.about)
        if overdue.gone:
            self.show_gone(uid)
        elif self._newest > overdue.version or not overdue.version:
            # The watch skipped the change, and will not show it any more.
            self._shown[uid] = overdue.version
            del self._overdue[uid]
        elif now - overdue.since >= self._grace_period:
            overdue.dead = True

    @property
    def dead(self) -> str | None:
        """Why the watch counts as dead: which change it has not shown, and for how long; None: no sign of that."""
        if not self.begun:
            late = self._unbegun >= self._grace_period
            return f"the watch has not begun, although lists have worked for {self._unbegun:.0f} s" if late else None
        dead = [one for one in self._overdue.values() if one.dead and self._newest <= one.version]
        if not dead:
            return None
        oldest = min(dead, key=lambda one: one.since)
        return (
            f"the watch is dead: for {self._clock() - oldest.since:.0f} s it has shown neither the change of "
            f"{oldest.key} that a list shows, nor anything newer"
        )
