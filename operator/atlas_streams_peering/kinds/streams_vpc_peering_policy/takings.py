"""Which policy of this process takes a request: two that match it must not both create an object for it."""

from collections.abc import Callable
from typing import Final

from .survey import Policy

_KEPT: Final = 60.0
"""Seconds after which no policy acts on a decision from before the object was made. A later one knows the object."""


class Takings:
    """Requests that policies are taking, or have taken a moment ago."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._begun: dict[tuple[str, str], tuple[Policy, float]] = {}
        """Project and connection → the policy, and when it began."""

    def begin(self, policy: Policy, connection: str) -> Policy | None:
        """Note that a policy takes a request; return the other one that does already."""
        now = self._clock()
        self._begun = {key: begun for key, begun in self._begun.items() if now - begun[1] < _KEPT}
        other, _ = self._begun.setdefault((policy.project_id, connection), (policy, now))
        return None if other == policy else other

    def give_up(self, policy: Policy, connection: str) -> None:
        """Note that the policy has not taken the request."""
        self._begun.pop((policy.project_id, connection), None)
