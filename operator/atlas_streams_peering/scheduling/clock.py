"""The clock for all scheduling and measuring, so that a test can control the time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """Two readings of time. `monotonic` must be the clock of the event loop's timers."""

    monotonic: Callable[[], float] = time.monotonic
    """Monotonic seconds, which also advance while the process is frozen."""
    now: Callable[[], datetime] = _utc_now
    """The date and time in UTC."""


SYSTEM_CLOCK: Final = Clock()
