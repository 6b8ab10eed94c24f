"""Matches objects with connections."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from ...atlas.connection_states import state_of
from ...atlas.models import Connection
from .resource import ActionType, StreamsVpcPeeringSpec
from .states import pending_action


@dataclass(frozen=True, slots=True)
class Identity:
    """The properties by which an object matches a connection."""

    project_id: str
    account_id: str
    vpc_id: str | None
    cidr: str | None
    pinned: str | None
    """The only connection that may match, if the spec names it."""
    accepter_vpc_id: str | None = None
    """Guard: the Atlas VPC, where one requester VPC is peered to several."""
    requested_vpc_id: str | None = None
    """The Atlas VPC that the ConfluentPeering requests a connection with. It selects one of several connections."""

    @classmethod
    def of(
        cls,
        spec: StreamsVpcPeeringSpec,
        *,
        account_id: str,
        vpc_id: str | None,
        requested_vpc_id: str | None = None,
    ) -> "Identity":
        """Combine a spec with its requester, or with that of its ConfluentPeering."""
        accepter = spec.accepter.vpc_id if spec.accepter else None
        return cls(
            spec.project_id,
            account_id,
            vpc_id,
            spec.requester.cidr,
            spec.connection_name,
            accepter,
            requested_vpc_id if accepter is None else None,
        )

    @property
    def towards(self) -> str | None:
        """The Atlas VPC that the connection must lead to."""
        return self.accepter_vpc_id or self.requested_vpc_id

    def leads_elsewhere(self, connection: Connection) -> bool:
        """Return whether a connection leads to another Atlas VPC than the ConfluentPeering requests."""
        return self.requested_vpc_id is not None and connection.accepter_vpc_id not in (None, self.requested_vpc_id)


@dataclass(frozen=True, slots=True)
class Matched:
    """Exactly this connection matches; it may be dead."""

    connection: Connection


@dataclass(frozen=True, slots=True)
class NoMatch:
    """No connection matches; those in `excluded_by_cidr` come from the right VPC, but the CIDR guard excludes them."""

    excluded_by_cidr: tuple[Connection, ...] = ()


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several live connections match."""

    connections: tuple[Connection, ...]


class Difference(NamedTuple):
    """A difference between a connection and the spec."""

    words: str
    guard: str | None = None
    """The field of the spec to correct."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The pinned (or held) connection differs from the spec."""

    connection: Connection
    differences: tuple[Difference, ...]


Selection: TypeAlias = Matched | NoMatch | Ambiguous | Mismatch


def select(
    identity: Identity, connections: Iterable[Connection], *, held: str | None = None, committed: bool = True
) -> Selection:
    """Find the connection that matches `identity` among those of its requester account.

    Dead connections count only if no live one matches, and then the newest. `held` is the connection that the object
    already manages: while it lives, another live connection does not make the match ambiguous. A held pending request
    counts only if `committed`: the operator has requested a change of it.
    """
    if identity.pinned is not None:
        return _select_pinned(identity, connections, held)
    if identity.vpc_id is None:
        return NoMatch()  # and not "the connections without VPC"
    ours = [
        connection
        for connection in connections
        if _same_account(identity, connection)
        and (
            connection.requester_vpc_id == identity.vpc_id
            or (connection.requester_vpc_id is None and connection.name == held)
        )
    ]
    matching = [connection for connection in ours if not differences(identity, connection, held=held)]
    live = _as_requested(identity, [connection for connection in matching if not state_of(connection).terminal])
    matching = _as_requested(identity, matching)
    holding = held_row(ours, held, committed=committed)
    if holding is not None:
        found = differences(identity, holding, held=held)
        return Mismatch(holding, found) if found else Matched(holding)
    if len(live) > 1:
        return Ambiguous(_by_name(live))
    if live or matching:
        return Matched(live[0] if live else max(matching, key=_age))
    return NoMatch(_by_name(connection for connection in ours if not state_of(connection).terminal))


def _as_requested(identity: Identity, connections: list[Connection]) -> list[Connection]:
    """Of several connections, return those towards the Atlas VPC that the ConfluentPeering requests."""
    if identity.requested_vpc_id is None or len(connections) < 2:
        return connections
    exact = [connection for connection in connections if connection.accepter_vpc_id == identity.requested_vpc_id]
    return exact or [connection for connection in connections if connection.accepter_vpc_id is None]


def held_row(connections: Iterable[Connection], held: str | None, *, committed: bool) -> Connection | None:
    """Return the row of the connection that an object holds, as long as that lives.

    A pending request is held only if the object is `committed`: the operator has requested a change of it.
    """
    row = next((connection for connection in connections if connection.name == held), None)
    if row is None:
        return None
    state = state_of(row)
    if state.pending:
        return row if committed or pending_action(row) is ActionType.ACCEPT else None
    return None if state.terminal else row


def _select_pinned(identity: Identity, connections: Iterable[Connection], held: str | None) -> Selection:
    named = next((connection for connection in connections if connection.name == identity.pinned), None)
    if named is None:
        return NoMatch()
    found = differences(identity, named, held=held)
    return Mismatch(named, found) if found else Matched(named)


def _same_account(identity: Identity, connection: Connection) -> bool:
    # The list is of this account, so a row without the account belongs to it.
    return connection.requester_account_id in (None, identity.account_id)


def differences(identity: Identity, connection: Connection, *, held: str | None = None) -> tuple[Difference, ...]:
    """Return the differences between a connection and the spec.

    An absent field counts as different, but not for the `held` connection: it was compared before, and any field of a
    row may be absent later.
    """
    found = []
    known = connection.name == held
    account, vpc, cidr, accepter = (
        connection.requester_account_id,
        connection.requester_vpc_id,
        connection.requester_cidr,
        connection.accepter_vpc_id,
    )
    if not _same_account(identity, connection):
        found.append(Difference(f"account is {account}, not {identity.account_id}"))
    if identity.vpc_id is not None and _differs(vpc, identity.vpc_id, known=known):
        found.append(Difference(f"VPC is {vpc or 'not given'}, not {identity.vpc_id}"))
    if identity.cidr is not None and _differs(cidr, identity.cidr, known=known):
        found.append(Difference(f"CIDR is {cidr or 'not given'}, not {identity.cidr}", "spec.requester.cidr"))
    wanted = identity.accepter_vpc_id
    if wanted is not None and _differs(accepter, wanted, known=known):
        found.append(Difference(f"the Atlas VPC is {accepter or 'not given'}, not {wanted}", "spec.accepter.vpcId"))
    return tuple(found)


def _differs(said: str | None, wanted: str, *, known: bool) -> bool:
    return said != wanted and not (known and said is None)


def _by_name(connections: Iterable[Connection]) -> tuple[Connection, ...]:
    # The message must not depend on the order in the list.
    return tuple(sorted(connections, key=lambda connection: connection.name))


def _age(connection: Connection) -> tuple[str, str]:
    # An Atlas ID starts with its creation time: the largest is the newest.
    return (connection.id or "", connection.name)
