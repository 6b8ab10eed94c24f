"""One VPC peering connection, and its states at AWS and Atlas over time.

A connection keeps its past and planned states with their times, so that a list can show an earlier state. An action
replaces the planned states. The values of ``cloudStatus`` come from the AWS VPC peering guide, those of ``localStatus``
from the Atlas schema. No document says which ``localStatus`` belongs to which step: this module infers it from the
names.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from atlas_simulator.clock import timestamp
from atlas_simulator.settings import CloudStatusStyle, Delays, Linger

TERMINAL = frozenset({"expired", "rejected", "deleted", "failed"})
"""The ``cloudStatus`` values that never change again."""

LOCAL_STATUSES = frozenset(
    {
        "NONE",
        "SCAN_FAILED",
        "UPDATE_FAILED",
        "REQUEST_ACCEPT",
        "ACCEPT_REQUESTED",
        "REQUEST_REJECT",
        "REJECT_REQUESTED",
        "REQUEST_DELETE",
        "DELETE_REQUESTED",
        "ACTIVE",
    }
)


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """The state of a connection from a given time on."""

    since: float
    """Seconds since the epoch."""
    cloud_status: str
    """In its documented spelling."""
    local_status: str
    status_message: str | None = None
    listed: bool = True
    """False when Atlas no longer lists the row."""

    @property
    def terminal(self) -> bool:
        """Whether the ``cloudStatus`` never changes again."""
        return self.cloud_status in TERMINAL


@dataclass(frozen=True, slots=True)
class Side:
    """The requester's or the accepter's end of a connection."""

    account_id: str
    vpc_id: str
    cidr: str


@dataclass(eq=False, slots=True)
class Connection:
    """A peering connection; times are seconds since the epoch."""

    name: str
    """AWS' id, ``pcx-…``."""
    row_id: str
    """Atlas' ``_id``, 24 hexadecimal digits."""
    project: str
    requester: Side
    accepter: Side
    created: float
    delays: Delays
    linger: Linger
    _times: list[float] = field(default_factory=list, repr=False)
    _states: list[ConnectionState] = field(default_factory=list, repr=False)
    _in_motion_until: float = 0.0
    _withdrawn: bool = False
    """Whether the requester has deleted it."""
    _rendered: tuple[ConnectionState, CloudStatusStyle, bytes] | None = field(default=None, repr=False)

    def request(self, *, overlapping: bool) -> None:
        """Plan the states of a new request; with overlapping CIDRs the request fails."""
        decided = self.created + self.delays.initiating_request
        first = ConnectionState(self.created, "initiating-request", "NONE")
        if overlapping:
            message = "The CIDR blocks of the two VPCs overlap."
            self._plan(self.created, [first, ConnectionState(decided, "failed", "NONE", message)])
            return
        self._plan(self.created, [first, ConnectionState(decided, "pending-acceptance", "NONE"), self._expiry("NONE")])

    @property
    def expires(self) -> float:
        """When the request expires if it is still pending."""
        return self.created + max(self.delays.expiration, self.delays.initiating_request)

    @property
    def visible(self) -> float:
        """When Atlas first lists the connection."""
        return self.created + self.delays.visibility

    @property
    def history(self) -> tuple[ConnectionState, ...]:
        """All states, past and planned."""
        return tuple(self._states)

    def at(self, time: float) -> ConnectionState | None:
        """Return the state at a time, or ``None`` before the request."""
        index = bisect_right(self._times, time)
        return self._states[index - 1] if index else None

    def known(self, time: float) -> ConnectionState | None:
        """Return the state that Atlas lists at a time, or ``None`` when Atlas lists no such row."""
        if time < self.visible:
            return None
        state = self.at(time)
        return state if state is not None and state.listed else None

    def in_motion(self, now: float) -> bool:
        """Whether an action is still in progress."""
        return now < self._in_motion_until

    def accept(self, now: float) -> None:
        """Plan the states of an accept; the request expires when the accept comes too late."""
        requested = now + self.delays.recorded
        provisioning = requested + self.delays.requested
        active = provisioning + self.delays.provisioning
        plan = [
            ConnectionState(now, "pending-acceptance", "REQUEST_ACCEPT"),
            ConnectionState(requested, "pending-acceptance", "ACCEPT_REQUESTED"),
        ]
        if provisioning >= self.expires:
            local_status = "ACCEPT_REQUESTED" if requested < self.expires else "REQUEST_ACCEPT"
            self._plan(now, [*plan, self._expiry(local_status)], in_motion=True)
            return
        plan.append(ConnectionState(provisioning, "provisioning", "ACCEPT_REQUESTED"))
        plan.append(ConnectionState(active, "active", "ACTIVE"))
        self._plan(now, plan, in_motion=True)

    def reject(self, now: float) -> None:
        """Plan the states of a reject."""
        requested = now + self.delays.recorded
        plan = [
            ConnectionState(now, "pending-acceptance", "REQUEST_REJECT"),
            ConnectionState(requested, "pending-acceptance", "REJECT_REQUESTED"),
            ConnectionState(requested + self.delays.requested, "rejected", "REJECT_REQUESTED"),
        ]
        self._plan(now, plan, in_motion=True)

    def delete(self, now: float) -> None:
        """Plan the states of a delete."""
        before = self._must_be_at(now).cloud_status
        requested = now + self.delays.recorded
        deleting = requested + self.delays.requested
        plan = [
            ConnectionState(now, before, "REQUEST_DELETE"),
            ConnectionState(requested, before, "DELETE_REQUESTED"),
            ConnectionState(deleting, "deleting", "DELETE_REQUESTED"),
            ConnectionState(deleting + self.delays.deleting, "deleted", "DELETE_REQUESTED"),
        ]
        self._plan(now, plan, in_motion=True)

    def withdraw(self, now: float) -> None:
        """Plan the states after the requester deletes the connection; a dead one stays as it is.

        ``localStatus`` stays too: Atlas does nothing itself.
        """
        before = self._must_be_at(now)
        if before.terminal or before.cloud_status == "deleting":
            return
        self._withdrawn = True
        plan = [replace(before, since=now, cloud_status="deleted")]
        if before.cloud_status not in ("initiating-request", "pending-acceptance"):
            deleting = replace(before, since=now, cloud_status="deleting")
            plan = [deleting, replace(plan[0], since=now + self.delays.deleting)]
        self._plan(now, plan, in_motion=True)

    def fail_action(self, now: float, recorded: str, outcome: str, message: str | None) -> None:
        """Plan the states of an action that Atlas fails to complete: ``cloudStatus`` does not change.

        ``recorded`` is the first ``localStatus`` (``REQUEST_…``). ``outcome`` is the one that follows:
        ``UPDATE_FAILED``, ``SCAN_FAILED``, or ``…_REQUESTED`` for an action that never completes.
        """
        before = self._must_be_at(now).cloud_status
        plan = [
            ConnectionState(now, before, recorded),
            ConnectionState(now + self.delays.recorded, before, outcome, message),
        ]
        if before == "pending-acceptance":
            plan.append(self._expiry(outcome, message))
        self._plan(now, plan)

    def become(
        self, now: float, cloud_status: str, local_status: str, message: str | None, *, listed: bool = True
    ) -> None:
        """Set the state from now on, without checking any rule; a pending request still expires."""
        self._withdrawn = False
        plan = [ConnectionState(now, cloud_status, local_status, message, listed)]
        if cloud_status == "pending-acceptance" and listed and now < self.expires:
            plan.append(self._expiry(local_status, message))
        self._plan(now, plan)

    def document(self, state: ConnectionState, style: CloudStatusStyle) -> bytes:
        """Return the JSON of a row, with only the fields that the documented sample has."""
        cached = self._rendered
        if cached is not None and cached[0] is state and cached[1] is style:
            return cached[2]
        row = {
            "_id": self.row_id,
            "accepterAccountId": self.accepter.account_id,
            "accepterVpcId": self.accepter.vpc_id,
            "cloudStatus": style.spell(state.cloud_status),
            "expirationTime": timestamp(self.expires),
            "groupId": self.project,
            "localStatus": state.local_status,
            "name": self.name,
            "requesterAccountId": self.requester.account_id,
            "requesterCidr": self.requester.cidr,
            "requesterVpcId": self.requester.vpc_id,
        }
        if state.cloud_status == "active":
            row["accepterCidr"] = self.accepter.cidr
        if state.status_message is not None:
            row["statusMessage"] = state.status_message
        rendered = json.dumps(row).encode()
        self._rendered = (state, style, rendered)
        return rendered

    def _expiry(self, local_status: str, message: str | None = None) -> ConnectionState:
        return ConnectionState(self.expires, "expired", local_status, message)

    def _must_be_at(self, time: float) -> ConnectionState:
        state = self.at(time)
        if state is None:
            raise ValueError(f"{self.name} does not exist yet")
        return state

    def _plan(self, now: float, states: Iterable[ConnectionState], *, in_motion: bool = False) -> None:
        """Replace the states after ``now``; :class:`Linger` says how long a terminal row stays listed."""
        kept = bisect_right(self._times, now)
        del self._times[kept:], self._states[kept:]
        last = None
        for state in sorted(states, key=lambda each: each.since):
            if last is not None and last.terminal:
                break
            self._append(state)
            last = state
        self._in_motion_until = last.since if in_motion and last is not None else 0.0
        if last is not None and last.terminal and last.listed:
            linger = self.linger
            seconds = linger.deleted_by_requester if self._withdrawn else linger.of(last.cloud_status)
            if seconds is not None:
                self._append(replace(last, since=last.since + seconds, listed=False))

    def _append(self, state: ConnectionState) -> None:
        self._times.append(state.since)
        self._states.append(state)
