"""Records which policy takes a request, so that two policies do not both create an object for it."""

from collections.abc import Callable
from typing import Final

from .survey import Policy

_KEPT: Final = 60.0
"""Seconds after which every policy's decision knows the created object."""


class Takings:
    """Requests that policies are taking or have just taken."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._begun: dict[tuple[str, str], tuple[Policy, float]] = {}
        """Project and connection → the policy, and the start time."""

    def begin(self, policy: Policy, connection: str) -> Policy | None:
        """Record that a policy takes a request; return another policy that already takes it."""
        now = self._clock()
        self._begun = {key: begun for key, begun in self._begun.items() if now - begun[1] < _KEPT}
        other, _ = self._begun.setdefault((policy.project_id, connection), (policy, now))
        return None if other == policy else other

    def give_up(self, policy: Policy, connection: str) -> None:
        """Record that the policy did not take the request."""
        self._begun.pop((policy.project_id, connection), None)
