"""The survey of a policy: matching connections, requests that it may take, and why it does not take the others."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from ...api.times import parse_time
from ...atlas.connection_states import CloudState, state_of
from ...atlas.models import Connection
from .matching import allows, exclusion
from .resource import NotTaken, StreamsVpcPeeringPolicySpec


class PeeringClaim(Protocol):
    """A StreamsVpcPeering's claim to a connection."""

    @property
    def created(self) -> str:
        """metadata.creationTimestamp."""
        ...

    @property
    def namespace(self) -> str:
        """Namespace of the object."""
        ...

    @property
    def name(self) -> str:
        """Name of the object."""
        ...

    @property
    def project_id(self) -> str:
        """The Atlas project."""
        ...

    @property
    def places(self) -> frozenset[str]:
        """Index keys of the claim: project and name, or project and VPC, of the connections that may match."""
        ...

    @property
    def made_by(self) -> str | None:
        """The policy in the same namespace that created the object."""
        ...

    @property
    def ended(self) -> bool:
        """The object's connection is dead."""
        ...

    def concerns(self, connection: Connection) -> bool:
        """Return whether the object matches, holds or pins a connection."""
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """The identity of a policy."""

    namespace: str
    name: str
    project_id: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """The StreamsVpcPeerings of a policy."""

    objects: int = 0
    live: int = 0
    """Those whose connection is not dead."""


@dataclass(frozen=True, slots=True)
class Left:
    """A pending request that the policy does not take."""

    request: Connection
    reason: NotTaken
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Survey:
    """The survey of a policy."""

    matching: int
    free: tuple[Connection, ...]
    """Matching requests without an object, in the order in which the policy takes them."""
    left: tuple[Left, ...]
    """Other pending requests, which the policy does not take."""


def concerns(spec: StreamsVpcPeeringPolicySpec, connection: Connection) -> bool:
    """Return whether a connection concerns a policy: a request, or a live match."""
    state = state_of(connection)
    return state is CloudState.PENDING or (not state.terminal and allows(spec, connection))


def survey(
    spec: StreamsVpcPeeringPolicySpec,
    policy: Policy,
    connections: Iterable[Connection],
    claims: Collection[PeeringClaim],
    *,
    now: datetime,
) -> Survey:
    """Classify the connections for a policy."""
    objects = _Objects.of(policy, claims)
    matching, free, left = 0, list[Connection](), list[Left]()
    for connection in connections:
        if _expired(connection, now) or state_of(connection).terminal:
            continue
        pending, excluded = state_of(connection) is CloudState.PENDING, exclusion(spec, connection)
        matching += excluded is None
        if not pending:
            continue
        if excluded is not None:
            left.append(Left(connection, excluded.reason, excluded.detail))
            continue
        if connection.name in objects.own:
            continue
        meant = objects.that_mean(policy, connection)
        if meant:
            left.append(Left(connection, NotTaken.ALREADY_MANAGED, f"{meant[0].namespace}/{meant[0].name}"))
        elif connection.name in objects.names:
            left.append(Left(connection, NotTaken.NAME_TAKEN))
        else:
            free.append(connection)
    return Survey(matching, tuple(sorted(free, key=_turn)), tuple(left))


def inventory(policy: Policy, claims: Collection[PeeringClaim]) -> Inventory:
    """Count the objects of a policy, as last observed."""
    own = [claim for claim in claims if _is_own(claim, policy)]
    return Inventory(len(own), sum(not claim.ended for claim in own))


@dataclass(frozen=True, slots=True)
class _Objects:
    """StreamsVpcPeerings, indexed by their claims."""

    by_place: Mapping[str, Collection[PeeringClaim]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    """Names of those in the policy's namespace."""
    own: frozenset[str] = frozenset()
    """Names of the policy's objects: each is the name of its connection."""

    @classmethod
    def of(cls, policy: Policy, claims: Collection[PeeringClaim]) -> "_Objects":
        by_place: dict[str, list[PeeringClaim]] = {}
        names = set()
        for claim in claims:
            if claim.namespace == policy.namespace:
                names.add(claim.name)
            if claim.project_id == policy.project_id:
                for place in claim.places:
                    by_place.setdefault(place, []).append(claim)
        own = frozenset(claim.name for claim in claims if _is_own(claim, policy))
        return cls(by_place, frozenset(names), own)

    def that_mean(self, policy: Policy, connection: Connection) -> list[PeeringClaim]:
        """Return the objects that match, hold or pin a connection, oldest first."""
        words = (connection.name, connection.requester_vpc_id)
        near = [claim for word in words if word for claim in self.by_place.get(f"{policy.project_id}/{word}", ())]
        meant = {(claim.created, claim.namespace, claim.name): claim for claim in near if claim.concerns(connection)}
        return [meant[key] for key in sorted(meant)]


def _is_own(claim: PeeringClaim, policy: Policy) -> bool:
    return (claim.namespace, claim.project_id, claim.made_by) == (policy.namespace, policy.project_id, policy.name)


_LAST: Final = "9999"


def _turn(connection: Connection) -> tuple[str, str]:
    """Order requests: the one that expires first has waited longest."""
    return (connection.expiration_time or _LAST, connection.name)


def _expired(connection: Connection, now: datetime) -> bool:
    if state_of(connection) is not CloudState.PENDING:
        return False
    expires = parse_time(connection.expiration_time)
    return expires is not None and expires <= now
