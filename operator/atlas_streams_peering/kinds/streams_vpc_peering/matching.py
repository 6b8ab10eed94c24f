"""Which connection an object means."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from ...atlas.connection_states import state_of
from ...atlas.models import Connection
from .resource import ActionType, StreamsVpcPeeringSpec
from .states import pending_action


@dataclass(frozen=True, slots=True)
class Identity:
    """What an object says about the connection it means."""

    project_id: str
    account_id: str
    vpc_id: str | None
    cidr: str | None
    pinned: str | None
    """The one connection it may be, where the spec names it."""
    accepter_vpc_id: str | None = None
    """Guard: the Atlas VPC, where one requester VPC is peered to several."""
    requested_vpc_id: str | None = None
    """The Atlas VPC that the ConfluentPeering requests a connection with: of several, that connection is meant."""

    @classmethod
    def of(
        cls,
        spec: StreamsVpcPeeringSpec,
        *,
        account_id: str,
        vpc_id: str | None,
        requested_vpc_id: str | None = None,
    ) -> "Identity":
        """Combine a spec with the requester that it names, or that its ConfluentPeering stands for."""
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
        """The Atlas VPC that is meant."""
        return self.accepter_vpc_id or self.requested_vpc_id

    def leads_elsewhere(self, connection: Connection) -> bool:
        """Tell whether a connection leads to another Atlas VPC than the ConfluentPeering requests."""
        return self.requested_vpc_id is not None and connection.accepter_vpc_id not in (None, self.requested_vpc_id)


@dataclass(frozen=True, slots=True)
class Matched:
    """Exactly this connection is meant; it may be dead."""

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
    """Where a connection is not what the spec describes."""

    words: str
    guard: str | None = None
    """The field of the spec that can be changed so that it describes the connection."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The pinned (or held) connection is not what the spec describes."""

    connection: Connection
    differences: tuple[Difference, ...]


Selection: TypeAlias = Matched | NoMatch | Ambiguous | Mismatch


def select(
    identity: Identity, connections: Iterable[Connection], *, held: str | None = None, committed: bool = True
) -> Selection:
    """Find the connection that `identity` means among those of its requester account.

    Dead rows count only when no live one matches, and then the newest. `held` is the connection the
    object already manages: while that lives, another live one beside it does not make it ambiguous.
    Unless `committed` (a change was asked of it) that does not hold for a mere request.
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

    A mere request is held only by an object that is `committed`: the operator has requested a change of it.
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
    # Atlas was asked for this account's connections only, so a row that leaves the account out is its own.
    return connection.requester_account_id in (None, identity.account_id)


def differences(identity: Identity, connection: Connection, *, held: str | None = None) -> tuple[Difference, ...]:
    """Say where a connection is not what the spec describes.

    What Atlas leaves out counts as different; not so for the connection that is `held`: it was
    compared before, and no field of a row is sure to be there again.
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
    # What is said of them must not change with the order in which Atlas lists them.
    return tuple(sorted(connections, key=lambda connection: connection.name))


def _age(connection: Connection) -> tuple[str, str]:
    # An Atlas ID starts with the time of its making: the largest is the newest.
    return (connection.id or "", connection.name)
