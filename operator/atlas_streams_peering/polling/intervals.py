"""How often a service is polled."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Intervals:
    """Seconds between two polls."""

    pending: float
    """While something is under way."""
    steady: float
    """While nothing is: everything is as wanted, or somebody has to act."""
