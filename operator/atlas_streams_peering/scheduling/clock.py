"""The one clock: everything that schedules or measures reads it, so that a test can own the time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """Two readings of time. `monotonic` has to be the clock that the event loop's timers go by."""

    monotonic: Callable[[], float] = time.monotonic
    """Seconds that nobody sets back; also while the process is frozen."""
    now: Callable[[], datetime] = _utc_now
    """The date and time in UTC."""


SYSTEM_CLOCK: Final = Clock()
