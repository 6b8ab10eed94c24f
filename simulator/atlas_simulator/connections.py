"""All peering connections, with AWS' rules for requesting one."""

import ipaddress
import random
import re
from collections.abc import Iterable

from atlas_simulator.clock import Clock
from atlas_simulator.connection import TERMINAL, Connection, ConnectionState, Side
from atlas_simulator.directory import Directory
from atlas_simulator.settings import Delays, Settings

_ACCOUNT = re.compile(r"\d{12}")
_VPC = re.compile(r"vpc-[0-9a-f]{8}([0-9a-f]{9})?")
_CONNECTION = re.compile(r"pcx-[0-9a-f]{8}([0-9a-f]{9})?")


class Connections:
    """The connections of every project, by name and by requester."""

    def __init__(self, settings: Settings, clock: Clock, directory: Directory, rng: random.Random) -> None:
        self._settings = settings
        self._clock = clock
        self._directory = directory
        self._rng = rng
        self._by_name: dict[str, Connection] = {}
        self._by_requester: dict[tuple[str, str], list[Connection]] = {}
        self._by_vpcs: dict[tuple[str, str], list[Connection]] = {}

    def add_request(
        self,
        project: str,
        *,
        account: str,
        vpc: str,
        cidr: str = "10.0.0.0/16",
        accepter_account: str | None = None,
        accepter_vpc: str | None = None,
        accepter_cidr: str | None = None,
        name: str | None = None,
        delays: Delays | None = None,
        seconds: float = 0,
    ) -> Connection:
        """Request a peering with the project's VPC, under the rules of AWS, now or some seconds later.

        Raises
        ------
        ValueError
            When AWS refuses the request: an id or CIDR is malformed, or the two VPCs have a live connection.
        """
        into = self._directory.projects.get(project)
        if into is None:
            raise ValueError(f"there is no project {project!r}")
        name = name or self._new_name()
        _check_shape(_ACCOUNT, account, "an AWS account id")
        _check_shape(_VPC, vpc, "a VPC id")
        _check_shape(_CONNECTION, name, "a peering connection id")
        if name in self._by_name:
            raise ValueError(f"{name} exists already")
        requester = Side(account, vpc, cidr)
        accepter = Side(
            accepter_account or into.accepter_account_id,
            accepter_vpc or into.accepter_vpc_id,
            accepter_cidr or into.accepter_cidr,
        )
        overlapping = ipaddress.ip_network(requester.cidr).overlaps(ipaddress.ip_network(accepter.cidr))
        self._check_no_live_one(requester, accepter)
        created = self._clock.now() + seconds
        connection = Connection(
            name=name,
            row_id=f"{int(created):08x}"[-8:] + f"{self._rng.getrandbits(64):016x}",
            project=project,
            requester=requester,
            accepter=accepter,
            created=created,
            delays=(delays or self._settings.delays).model_copy(),
            linger=self._settings.linger.model_copy(),
        )
        connection.request(overlapping=overlapping)
        self._by_name[name] = connection
        self._by_requester.setdefault((project, account), []).append(connection)
        self._by_vpcs.setdefault((vpc, accepter.vpc_id), []).append(connection)
        return connection

    def named(self, name: str) -> Connection:
        """Return a connection, listed or not; raises ``KeyError`` when there is none."""
        connection = self._by_name.get(name)
        if connection is None:
            raise KeyError(f"there is no connection {name!r}")
        return connection

    def all(self, project: str | None = None) -> list[Connection]:
        """Return every connection ever requested, oldest first."""
        return [each for each in self._by_name.values() if project is None or each.project == project]

    def known(self, project: str, name: str) -> tuple[Connection, ConnectionState] | None:
        """Return a connection that Atlas lists in a project, with its present state."""
        connection = self._by_name.get(name)
        if connection is None or connection.project != project:
            return None
        state = connection.known(self._clock.now())
        return None if state is None else (connection, state)

    def listed(self, project: str, account: str) -> list[tuple[Connection, ConnectionState]]:
        """Return the rows of a list, oldest first; with ``read_lag`` they show an earlier state."""
        return self._rows(self._by_requester.get((project, account), ()))

    def active(self, project: str) -> list[tuple[Connection, ConnectionState]]:
        """Return the rows of the list of active connections, from every account, oldest first."""
        return [row for row in self._rows(self.all(project)) if row[1].cloud_status == "active"]

    def _rows(self, connections: Iterable[Connection]) -> list[tuple[Connection, ConnectionState]]:
        time = self._clock.now() - self._settings.read_lag
        known = ((connection, connection.known(time)) for connection in connections)
        return [(connection, state) for connection, state in known if state is not None]

    def withdraw(self, connection: Connection) -> float:
        """Delete a connection as its requester does, and return when it is dead.

        A connection that is still to be requested will not be.
        """
        now = self._clock.now()
        if now < connection.created:
            del self._by_name[connection.name]
            self._by_requester[connection.project, connection.requester.account_id].remove(connection)
            self._by_vpcs[connection.requester.vpc_id, connection.accepter.vpc_id].remove(connection)
            return now
        connection.withdraw(now)
        return next((state.since for state in connection.history if state.terminal), now)

    def force(
        self,
        connection: Connection,
        cloud_status: str,
        *,
        local_status: str | None = None,
        message: str | None = None,
        listed: bool = True,
    ) -> None:
        """Set the state of a connection, without the rules for actions; the state may be unknown to AWS.

        Without ``local_status``, an active connection becomes ``ACTIVE`` and any other keeps its value. Raises
        ``ValueError`` when the two VPCs have another live connection.
        """
        now = self._clock.now()
        before = connection.at(now)
        if before is not None and before.terminal and cloud_status not in TERMINAL:
            self._check_no_live_one(connection.requester, connection.accepter)
        kept = "NONE" if before is None else before.local_status
        local_status = local_status or ("ACTIVE" if cloud_status == "active" else kept)
        connection.become(now, cloud_status, local_status, message, listed=listed)

    def _check_no_live_one(self, requester: Side, accepter: Side) -> None:
        now = self._clock.now()
        for other in self._by_vpcs.get((requester.vpc_id, accepter.vpc_id), ()):
            state = other.at(now) or other.history[0]
            if not state.terminal:
                raise ValueError(
                    f"VpcPeeringConnectionAlreadyExists: {other.name} between {requester.vpc_id} and "
                    f"{accepter.vpc_id} is {state.cloud_status}"
                )

    def _new_name(self) -> str:
        return f"pcx-0{self._rng.getrandbits(64):016x}"


def _check_shape(pattern: re.Pattern[str], text: str, what: str) -> None:
    if not pattern.fullmatch(text):
        raise ValueError(f"{text!r} is not {what}")
