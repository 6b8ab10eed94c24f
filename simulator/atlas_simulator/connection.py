"""One VPC peering connection and how it moves through AWS' and Atlas' states as time goes by.

A connection keeps its whole history as moments, past and planned: what it looks like at any time is a
look-up, so that a list can show it as it was some seconds ago. An action drops what was planned and plans
anew. States: AWS VPC peering guide for ``cloudStatus``, the Atlas schema's enum for ``localStatus``; which
``localStatus`` goes with which step is inferred from the names.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from atlas_simulator.clock import timestamp
from atlas_simulator.settings import CloudStatusStyle, Delays, Linger

DEAD = frozenset({"expired", "rejected", "deleted", "failed"})
"""``cloudStatus`` values of a connection that can never live again."""

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
class Moment:
    """What a connection looks like from one time on."""

    since: float
    """Seconds since the epoch."""
    cloud_status: str
    """In its documented spelling."""
    local_status: str
    status_message: str | None = None
    listed: bool = True
    """False once Atlas has forgotten the row."""

    @property
    def dead(self) -> bool:
        """Whether it can never live again."""
        return self.cloud_status in DEAD


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
    _moments: list[Moment] = field(default_factory=list, repr=False)
    _in_motion_until: float = 0.0
    _rendered: tuple[Moment, CloudStatusStyle, bytes] | None = field(default=None, repr=False)

    def request(self, *, overlapping: bool) -> None:
        """Plan what follows from the request itself; one between overlapping CIDRs fails."""
        settled = self.created + self.delays.initiating_request
        first = Moment(self.created, "initiating-request", "NONE")
        if overlapping:
            message = "The CIDR blocks of the two VPCs overlap."
            self._plan(self.created, [first, Moment(settled, "failed", "NONE", message)])
            return
        self._plan(self.created, [first, Moment(settled, "pending-acceptance", "NONE"), self._expiry("NONE")])

    @property
    def expires(self) -> float:
        """When a request that is still pending expires."""
        return self.created + max(self.delays.expiration, self.delays.initiating_request)

    @property
    def visible(self) -> float:
        """When Atlas first knows of it."""
        return self.created + self.delays.visibility

    @property
    def history(self) -> tuple[Moment, ...]:
        """All moments, past and planned."""
        return tuple(self._moments)

    def at(self, time: float) -> Moment | None:
        """Return what it looked like at a time, or ``None`` before it was requested."""
        index = bisect_right(self._times, time)
        return self._moments[index - 1] if index else None

    def known(self, time: float) -> Moment | None:
        """Return what Atlas knew of it at a time, or ``None`` when Atlas had no such row."""
        if time < self.visible:
            return None
        moment = self.at(time)
        return moment if moment is not None and moment.listed else None

    def in_motion(self, now: float) -> bool:
        """Whether an action is still being carried out."""
        return now < self._in_motion_until

    def accept(self, now: float) -> None:
        """Carry out an accept, unless the request expires on the way."""
        requested = now + self.delays.recorded
        provisioning = requested + self.delays.requested
        active = provisioning + self.delays.provisioning
        plan = [
            Moment(now, "pending-acceptance", "REQUEST_ACCEPT"),
            Moment(requested, "pending-acceptance", "ACCEPT_REQUESTED"),
        ]
        if provisioning >= self.expires:
            local_status = "ACCEPT_REQUESTED" if requested < self.expires else "REQUEST_ACCEPT"
            self._plan(now, [*plan, self._expiry(local_status)], in_motion=True)
            return
        plan.append(Moment(provisioning, "provisioning", "ACCEPT_REQUESTED"))
        plan.append(Moment(active, "active", "ACTIVE"))
        self._plan(now, plan, in_motion=True)

    def reject(self, now: float) -> None:
        """Carry out a reject."""
        requested = now + self.delays.recorded
        plan = [
            Moment(now, "pending-acceptance", "REQUEST_REJECT"),
            Moment(requested, "pending-acceptance", "REJECT_REQUESTED"),
            Moment(requested + self.delays.requested, "rejected", "REJECT_REQUESTED"),
        ]
        self._plan(now, plan, in_motion=True)

    def delete(self, now: float) -> None:
        """Carry out a delete."""
        before = self._must_be_at(now).cloud_status
        requested = now + self.delays.recorded
        deleting = requested + self.delays.requested
        plan = [
            Moment(now, before, "REQUEST_DELETE"),
            Moment(requested, before, "DELETE_REQUESTED"),
            Moment(deleting, "deleting", "DELETE_REQUESTED"),
            Moment(deleting + self.delays.deleting, "deleted", "DELETE_REQUESTED"),
        ]
        self._plan(now, plan, in_motion=True)

    def fail_action(self, now: float, recorded: str, outcome: str, message: str | None) -> None:
        """Record an action that Atlas then fails to carry out: the cloud does not move.

        ``recorded`` is the ``localStatus`` at once (``REQUEST_…``), ``outcome`` the one after it:
        ``UPDATE_FAILED``, ``SCAN_FAILED``, or ``…_REQUESTED`` for an action that gets stuck.
        """
        before = self._must_be_at(now).cloud_status
        plan = [Moment(now, before, recorded), Moment(now + self.delays.recorded, before, outcome, message)]
        if before == "pending-acceptance":
            plan.append(self._expiry(outcome, message))
        self._plan(now, plan)

    def become(
        self, now: float, cloud_status: str, local_status: str, message: str | None, *, listed: bool = True
    ) -> None:
        """Be in a state from now on, whatever the rules say; a pending request still expires."""
        plan = [Moment(now, cloud_status, local_status, message, listed)]
        if cloud_status == "pending-acceptance" and listed and now < self.expires:
            plan.append(self._expiry(local_status, message))
        self._plan(now, plan)

    def document(self, moment: Moment, style: CloudStatusStyle) -> bytes:
        """Return the JSON of a row of the list, with only the fields the documented sample has."""
        cached = self._rendered
        if cached is not None and cached[0] is moment and cached[1] is style:
            return cached[2]
        row = {
            "_id": self.row_id,
            "accepterAccountId": self.accepter.account_id,
            "accepterVpcId": self.accepter.vpc_id,
            "cloudStatus": style.spell(moment.cloud_status),
            "expirationTime": timestamp(self.expires),
            "groupId": self.project,
            "localStatus": moment.local_status,
            "name": self.name,
            "requesterAccountId": self.requester.account_id,
            "requesterCidr": self.requester.cidr,
            "requesterVpcId": self.requester.vpc_id,
        }
        if moment.cloud_status == "active":
            row["accepterCidr"] = self.accepter.cidr
        if moment.status_message is not None:
            row["statusMessage"] = moment.status_message
        rendered = json.dumps(row).encode()
        self._rendered = (moment, style, rendered)
        return rendered

    def _expiry(self, local_status: str, message: str | None = None) -> Moment:
        return Moment(self.expires, "expired", local_status, message)

    def _must_be_at(self, time: float) -> Moment:
        moment = self.at(time)
        if moment is None:
            raise ValueError(f"{self.name} does not exist yet")
        return moment

    def _plan(self, now: float, moments: Iterable[Moment], *, in_motion: bool = False) -> None:
        """Replace everything planned after ``now``; a dead row is forgotten when it has lingered enough."""
        kept = bisect_right(self._times, now)
        del self._times[kept:], self._moments[kept:]
        last = None
        for moment in sorted(moments, key=lambda each: each.since):
            if last is not None and last.dead:
                break
            self._append(moment)
            last = moment
        self._in_motion_until = last.since if in_motion and last is not None else 0.0
        if last is not None and last.dead and last.listed:
            seconds = self.linger.of(last.cloud_status)
            if seconds is not None:
                self._append(replace(last, since=last.since + seconds, listed=False))

    def _append(self, moment: Moment) -> None:
        self._times.append(moment.since)
        self._moments.append(moment)
