"""One network peering from Atlas to a customer's VPC, and one container, with their states over time.

As in :mod:`atlas_simulator.connection`, a peer keeps its past and planned states with their times, so that a list can
show an earlier one. The states are those of the Atlas schema. No document says how Atlas shows a peering that the other
side deletes: a published issue of the Terraform provider (#4698) shows ``FAILED``.
"""

from bisect import bisect_right
from dataclasses import dataclass, field, replace

from atlas_simulator.settings import PeerDelays

STATUS_NAMES = ("INITIATING", "PENDING_ACCEPTANCE", "FAILED", "FINALIZING", "AVAILABLE", "TERMINATING")
ERROR_STATE_NAMES = ("REJECTED", "EXPIRED", "INVALID_ARGUMENT")


@dataclass(frozen=True, slots=True)
class PeerState:
    """The state of a peering from a given time on."""

    since: float
    """Seconds since the epoch."""
    status_name: str
    routes: str
    """``routeTableCidrBlock``."""
    connection_id: str | None = None
    """AWS' id, ``pcx-…``; Atlas knows it once the request is made."""
    error_state_name: str | None = None
    listed: bool = True
    """False when Atlas no longer has the row."""

    def then(self, since: float, status_name: str) -> "PeerState":
        """Return a later state."""
        return replace(self, since=since, status_name=status_name)


@dataclass(eq=False, slots=True)
class Container:
    """Atlas' network for a project in one AWS region."""

    id: str
    project: str
    region: str
    """As Atlas spells it: ``US_EAST_1``."""
    cidr_block: str
    vpc_id: str
    """Shown once the container is provisioned."""
    created: float
    provisioned_at: float | None = None

    def provisioned(self, time: float) -> bool:
        """Whether the container has a VPC at a time."""
        return self.provisioned_at is not None and self.provisioned_at <= time


@dataclass(eq=False, slots=True)
class Peer:
    """A peering; times are seconds since the epoch."""

    id: str
    project: str
    container: Container
    account_id: str
    vpc_id: str
    accepter_region: str
    """As AWS spells it: ``us-east-1``."""
    created: float
    delays: PeerDelays
    _states: list[PeerState] = field(default_factory=list, repr=False)

    def request(self, routes: str, connection_id: str, *, error_state_name: str | None) -> None:
        """Plan the states of a new request; with ``error_state_name`` AWS refuses it."""
        requested = self.created + self.delays.initiating
        first = PeerState(self.created, "INITIATING", routes)
        if error_state_name is not None:
            self._plan(first, replace(first.then(requested, "FAILED"), error_state_name=error_state_name))
            return
        pending = replace(first.then(requested, "PENDING_ACCEPTANCE"), connection_id=connection_id)
        expired = pending.then(requested + self.delays.expiration, "FAILED")
        self._plan(first, pending, replace(expired, error_state_name="EXPIRED"))

    @property
    def history(self) -> tuple[PeerState, ...]:
        """All states, past and planned."""
        return tuple(self._states)

    @property
    def visible(self) -> float:
        """When the list first shows the row."""
        return self.created + self.delays.visibility

    def at(self, time: float) -> PeerState | None:
        """Return the state at a time, or ``None`` when Atlas has no such row."""
        index = bisect_right([state.since for state in self._states], time)
        state = self._states[index - 1] if index else None
        return state if state is not None and state.listed else None

    def accept(self, now: float) -> None:
        """Plan what Atlas shows after an accept in AWS."""
        before = self._present(now)
        noticed = now + self.delays.noticing
        finalizing = before.then(noticed, "FINALIZING")
        self._plan(before, finalizing, finalizing.then(noticed + self.delays.finalizing, "AVAILABLE"))

    def fail(self, now: float, error_state_name: str | None, *, noticing: bool = True) -> None:
        """Plan a failure, such as a reject in AWS."""
        before = self._present(now)
        failed = before.then(now + (self.delays.noticing if noticing else 0), "FAILED")
        self._plan(before, replace(failed, error_state_name=error_state_name))

    def change_routes(self, now: float, routes: str) -> None:
        """Plan the states of a PATCH: an available peering is finalized again."""
        before = replace(self._present(now), routes=routes, since=now)
        if before.status_name == "AVAILABLE":
            finalizing = before.then(now, "FINALIZING")
            self._plan(finalizing, finalizing.then(now + self.delays.finalizing, "AVAILABLE"))
        else:
            self._plan(*(replace(each, routes=routes) for each in (before, *self._after(now))))

    def stand_still(self, now: float, status_name: str) -> None:
        """Stay in a state for ever, as when Atlas never gets further with a request."""
        self._plan(self._present(now).then(now, status_name))

    def delete(self, now: float) -> None:
        """Plan the states of a DELETE."""
        terminating = self._present(now).then(now, "TERMINATING")
        gone = replace(terminating, since=now + self.delays.terminating, listed=False)
        self._plan(terminating, gone)

    def become(self, now: float, status_name: str, error_state_name: str | None, *, listed: bool = True) -> None:
        """Set the state from now on, without checking any rule, and cancel the planned states."""
        before = self._present(now).then(now, status_name)
        self._plan(replace(before, error_state_name=error_state_name, listed=listed))

    def _present(self, now: float) -> PeerState:
        state = self.at(now)
        if state is None:
            raise ValueError(f"peer {self.id} is not there")
        return state

    def _after(self, now: float) -> tuple[PeerState, ...]:
        return tuple(state for state in self._states if state.since > now)

    def _plan(self, first: PeerState, *following: PeerState) -> None:
        """Replace the states from the first one on; of two with the same time only the later one is kept."""
        kept = [state for state in self._states if state.since < first.since]
        planned: list[PeerState] = []
        for state in (first, *following):
            if planned and planned[-1].since >= state.since:
                planned.pop()
            planned.append(state)
        self._states = [*kept, *planned]
