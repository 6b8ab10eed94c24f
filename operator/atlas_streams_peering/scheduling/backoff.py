"""Growing pauses between attempts at the same thing."""

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses that double from `first` up to `longest`, in seconds."""

    first: float
    longest: float
    jitter: float = 0.0
    """Jitter: the share by which a pause may be shorter."""

    def pause(self, attempts: int) -> float:
        """Return the seconds to wait after this number of attempts in a row (1: the first)."""
        doublings = min(max(attempts, 1) - 1, 16)
        pause: float = min(self.first * 2.0**doublings, self.longest)
        return pause * random.uniform(1.0 - self.jitter, 1.0)  # noqa: S311  # no secret depends on it

    def delay(self, attempts: int) -> timedelta:
        """Return the pause as a timedelta."""
        return timedelta(seconds=self.pause(attempts))
