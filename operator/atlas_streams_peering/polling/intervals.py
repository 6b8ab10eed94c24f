"""How often a service is polled."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Intervals:
    """Seconds between two polls."""

    pending: float
    """While a change is in progress."""
    steady: float
    """While no change is in progress: the desired state is reached, or somebody has to act."""
