"""What a policy sees: which connections match, which requests it may take, and why it does not take the others."""

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
    """A StreamsVpcPeering's word on which connection it means."""

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
        """Project and name, or project and VPC, of the connections that the object may mean."""
        ...

    @property
    def made_by(self) -> str | None:
        """The policy of the same namespace that has made the object."""
        ...

    @property
    def ended(self) -> bool:
        """The object's connection is dead."""
        ...

    def concerns(self, connection: Connection) -> bool:
        """Tell whether the object matches, holds or pins a connection."""
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """Which policy it is."""

    namespace: str
    name: str
    project_id: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """The StreamsVpcPeerings that a policy has made."""

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
    """What a policy sees."""

    matching: int
    free: tuple[Connection, ...]
    """Requests that match and that no object means, in the order in which the policy takes them."""
    left: tuple[Left, ...]
    """Other pending requests that are not the policy's."""


def concerns(spec: StreamsVpcPeeringPolicySpec, connection: Connection) -> bool:
    """Tell whether a connection is of any interest to a policy: a request, or live and a match."""
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
    """Sort what a policy sees."""
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
    """Count the objects that a policy has made, as they were last seen."""
    own = [claim for claim in claims if _is_own(claim, policy)]
    return Inventory(len(own), sum(not claim.ended for claim in own))


@dataclass(frozen=True, slots=True)
class _Objects:
    """StreamsVpcPeerings, found by what they mean."""

    by_place: Mapping[str, Collection[PeeringClaim]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    """Names of those in the policy's namespace."""
    own: frozenset[str] = frozenset()
    """Names of those that the policy has made: each is that of its connection."""

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
