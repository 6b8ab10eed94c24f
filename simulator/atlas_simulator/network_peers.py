"""All containers and network peerings, with the rules of Atlas for them."""

import hashlib
import ipaddress
import random
from collections.abc import Iterable
from functools import lru_cache

from atlas_simulator.clock import Clock
from atlas_simulator.messages import Refused, refusal
from atlas_simulator.network_peer import Container, Peer, PeerState
from atlas_simulator.parameters import refused
from atlas_simulator.settings import Settings


class NetworkPeers:
    """The containers and peerings of every project, by id."""

    def __init__(self, settings: Settings, clock: Clock, rng: random.Random) -> None:
        self._settings = settings
        self._clock = clock
        self._rng = rng
        self._containers: dict[str, Container] = {}
        self._peers: dict[str, Peer] = {}
        self.refused_by_aws: dict[str, str] = {}
        """The ``errorStateName`` that a request to a VPC ends with, by VPC id."""

    # -- containers

    def add_container(self, project: str, region: str, cidr_block: str) -> Container:
        """Create a container; raises the 409 that Atlas answers with."""
        block = _network(cidr_block)
        for other in self.containers(project):
            if other.region == region:
                raise refused(self._settings.network_peering.second_container, region)
            if _network(other.cidr_block).overlaps(block):
                raise _overlaps_atlas(cidr_block)
        vpc = "vpc-0" + hashlib.sha256(f"{project}/{region}".encode()).hexdigest()[:16]
        container_id = self._new_id()
        container = Container(container_id, project, region, cidr_block, vpc, self._clock.now())
        self._containers[container_id] = container
        return container

    def containers(self, project: str | None = None) -> list[Container]:
        """Return the containers of one project, or of all, oldest first."""
        return [each for each in self._containers.values() if project in (None, each.project)]

    def listed_containers(self, project: str) -> list[Container]:
        """Return the rows of a list; with ``read_lag`` they show an earlier state."""
        time = self._clock.now() - self._settings.read_lag
        return [each for each in self.containers(project) if each.created <= time]

    def container(self, project: str, container_id: str) -> Container:
        """Return a container; raises the 404."""
        found = self._containers.get(container_id)
        if found is None or found.project != project:
            detail = f"No container with ID {container_id} exists in group {project}."
            raise refusal(404, "CLOUD_PROVIDER_CONTAINER_NOT_FOUND", detail, parameters=[container_id, project])
        return found

    def remove_container(self, container: Container) -> None:
        """Delete a container; raises the 409 while it has peerings."""
        if any(peer.container is container for peer, _ in self.present(container.project)):
            raise refusal(409, "CONTAINERS_IN_USE", "Cannot modify in use containers.", parameters=[container.id])
        del self._containers[container.id]

    # -- peerings

    def add_peer(
        self, container: Container, *, account_id: str, vpc_id: str, routes: str, accepter_region: str
    ) -> Peer:
        """Request a peering; raises the 409 that Atlas answers with."""
        self._check_number(container.project)
        for other, state in self.present(container.project):
            if other.container is not container:
                continue
            if (other.account_id, other.vpc_id) == (account_id, vpc_id):
                detail = f"The peer with AWS Account ID {account_id} and VPC ID {vpc_id} already exists."
                raise refusal(409, "PEER_ALREADY_EXISTS", detail, parameters=[account_id, vpc_id])
            _check_apart(routes, state.routes)
        if _network(routes).overlaps(_network(container.cidr_block)):
            raise _overlaps_atlas(routes)
        now = self._clock.now()
        delays = self._settings.network_peering.delays.model_copy()
        peer = Peer(self._new_id(), container.project, container, account_id, vpc_id, accepter_region, now, delays)
        connection_id = f"pcx-0{self._rng.getrandbits(64):016x}"
        peer.request(routes, connection_id, error_state_name=self.refused_by_aws.get(vpc_id))
        self._peers[peer.id] = peer
        if container.provisioned_at is None:
            container.provisioned_at = now + delays.initiating
        return peer

    def change_routes(self, peer: Peer, routes: str) -> None:
        """Change the routes of a peering; raises the 409 that Atlas answers with."""
        for other, state in self.present(peer.project):
            if other.container is peer.container and other is not peer:
                _check_apart(routes, state.routes)
        if _network(routes).overlaps(_network(peer.container.cidr_block)):
            raise _overlaps_atlas(routes)
        peer.change_routes(self._clock.now(), routes)

    def present(self, project: str | None = None) -> list[tuple[Peer, PeerState]]:
        """Return the peerings that Atlas has now, oldest first."""
        return list(self._at(self._clock.now(), project))

    def listed(self, project: str) -> list[tuple[Peer, PeerState]]:
        """Return the rows of a list; with ``read_lag`` and ``visibility`` they show an earlier state."""
        time = self._clock.now() - self._settings.read_lag
        return [(peer, state) for peer, state in self._at(time, project) if peer.visible <= time]

    def peer(self, project: str, peer_id: str) -> tuple[Peer, PeerState]:
        """Return a peering with its present state; raises the 404."""
        found = self._peers.get(peer_id)
        state = None if found is None or found.project != project else found.at(self._clock.now())
        if found is None or state is None:
            detail = f"No peer with ID {peer_id} exists in group {project}."
            raise refusal(404, "PEER_NOT_FOUND", detail, parameters=[peer_id, project])
        return found, state

    def named(self, name: str) -> Peer:
        """Return a peering by id or ``pcx-`` name, listed or not; raises ``KeyError`` when there is none."""
        for peer in self._peers.values():
            if name == peer.id or any(name == state.connection_id for state in peer.history):
                return peer
        raise KeyError(f"there is no peer {name!r}")

    def all(self, project: str | None = None) -> list[Peer]:
        """Return every peering ever requested, oldest first."""
        return [each for each in self._peers.values() if project in (None, each.project)]

    def _at(self, time: float, project: str | None) -> Iterable[tuple[Peer, PeerState]]:
        for peer in self.all(project):
            state = peer.at(time)
            if state is not None:
                yield peer, state

    def _check_number(self, project: str) -> None:
        limits, states = self._settings.network_peering, [state.status_name for _, state in self.present(project)]
        pending = sum(state in ("INITIATING", "PENDING_ACCEPTANCE") for state in states)
        if len(states) >= limits.maximum or pending >= limits.maximum_pending:
            detail = f"The maximum number of peers for group {project} is reached."
            raise refusal(409, "PEER_MAXIMUM_REACHED", detail, parameters=[project])

    def _new_id(self) -> str:
        return f"{int(self._clock.now()):08x}"[-8:] + f"{self._rng.getrandbits(64):016x}"


# To parse a block takes longer than all that is asked of it, and each new peering is compared with all others.
_network = lru_cache(maxsize=4096)(ipaddress.ip_network)


def _check_apart(routes: str, others: str) -> None:
    if _network(routes).overlaps(_network(others)):
        detail = f"The CIDR block {routes} overlaps with another peer's CIDR block."
        raise refusal(409, "OVERLAPPING_CIDR_BLOCK", detail, parameters=[routes])


def _overlaps_atlas(cidr_block: str) -> Refused:
    detail = f"The CIDR block {cidr_block} overlaps with an Atlas CIDR block."
    return refusal(409, "OVERLAPPING_ATLAS_CIDR_BLOCK", detail, parameters=[cidr_block])
