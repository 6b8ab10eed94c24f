"""How a test controls network peerings and containers, as the customer does in AWS and people do in Atlas."""

from dataclasses import dataclass

from atlas_simulator.admission import NETWORK_PEERING
from atlas_simulator.marshalling import on_the_serving_thread
from atlas_simulator.messages import Refused
from atlas_simulator.network_peer import ERROR_STATE_NAMES, STATUS_NAMES, Container, Peer
from atlas_simulator.network_peers import NetworkPeers
from atlas_simulator.regions import REGIONS, CloudProvider
from atlas_simulator.simulation import Simulation


@dataclass(frozen=True, slots=True)
class PlacedContainer:
    """The present state of a container."""

    id: str
    project: str
    region: str
    cidr_block: str
    vpc_id: str
    provisioned: bool


@dataclass(frozen=True, slots=True)
class OutboundPeering:
    """The present state of a peering; with ``read_lag``, a list shows an earlier one."""

    id: str
    project: str
    container_id: str
    account_id: str
    vpc_id: str
    accepter_region: str
    status_name: str | None
    """``None`` when Atlas has no such peering any more."""
    error_state_name: str | None
    connection_id: str | None
    routes: str | None


class NetworkPeeringControls:
    """The network peerings and containers of every project; a new project has none."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation

    @on_the_serving_thread
    def add_container(self, project: str, region: str, cidr_block: str = "192.168.248.0/21") -> str:
        """Create a container, as a person does, and return its id; raises ``ValueError`` when Atlas refuses it."""
        if project not in self.simulation.directory.projects:
            raise ValueError(f"there is no project {project!r}")
        if region not in REGIONS[CloudProvider.AWS]:
            raise ValueError(f"aws has no region {region!r}")
        try:
            return self._peers.add_container(project, region, cidr_block).id
        except Refused as refused:
            raise ValueError(refused.answer.body.decode()) from None

    @on_the_serving_thread
    def containers(self, project: str | None = None) -> list[PlacedContainer]:
        """Return the containers of one project, or of all, oldest first."""
        return [self._placed(each) for each in self._peers.containers(project)]

    @on_the_serving_thread
    def remove_container(self, container_id: str) -> None:
        """Delete a container, as a person does; raises ``KeyError`` or ``ValueError``."""
        try:
            self._peers.remove_container(self._container(container_id))
        except Refused as refused:
            raise ValueError(refused.answer.body.decode()) from None

    @on_the_serving_thread
    def add_peer(
        self, container_id: str, account: str, vpc: str, routes: str = "10.0.0.0/16", accepter_region: str = "us-east-1"
    ) -> str:
        """Request a peering, as a person does, and return its id; raises ``ValueError`` when Atlas refuses it."""
        container = self._container(container_id)
        try:
            peer = self._peers.add_peer(
                container, account_id=account, vpc_id=vpc, routes=routes, accepter_region=accepter_region
            )
        except Refused as refused:
            raise ValueError(refused.answer.body.decode()) from None
        return peer.id

    @on_the_serving_thread
    def peer(self, name: str) -> OutboundPeering:
        """Return a peering by id or ``pcx-`` name; raises ``KeyError`` when there never was one."""
        return self._shown(self._peers.named(name))

    @on_the_serving_thread
    def peers(self, project: str | None = None) -> list[OutboundPeering]:
        """Return the peerings that Atlas has, oldest first."""
        return [self._shown(peer) for peer, _ in self._peers.present(project)]

    @on_the_serving_thread
    def accept(self, name: str) -> None:
        """Accept a pending peering in AWS; raises ``ValueError`` when it is not pending."""
        self._pending(name).accept(self._now)

    @on_the_serving_thread
    def reject(self, name: str) -> None:
        """Reject a pending peering in AWS; raises ``ValueError`` when it is not pending."""
        self._pending(name).fail(self._now, "REJECTED")

    @on_the_serving_thread
    def expire(self, name: str) -> None:
        """Make a pending peering expire now; raises ``ValueError`` when it is not pending."""
        self._pending(name).fail(self._now, "EXPIRED", noticing=False)

    @on_the_serving_thread
    def refuse_vpc(self, vpc: str, error_state_name: str | None = "INVALID_ARGUMENT") -> None:
        """Have AWS refuse later requests to a VPC, as for a VPC that does not exist; ``None`` ends it."""
        _check_error_state(error_state_name)
        if error_state_name is None:
            self._peers.refused_by_aws.pop(vpc, None)
        else:
            self._peers.refused_by_aws[vpc] = error_state_name

    @on_the_serving_thread
    def set_status(self, name: str, status_name: str, error_state_name: str | None = None) -> None:
        """Set the state of a peering, and cancel its planned states."""
        if status_name not in STATUS_NAMES:
            raise ValueError(f"the Atlas schema has no statusName {status_name!r}")
        _check_error_state(error_state_name)
        self._peers.named(name).become(self._now, status_name, error_state_name)

    @on_the_serving_thread
    def vanish(self, name: str) -> None:
        """Remove a peering from Atlas at once, as a person does."""
        self._peers.named(name).become(self._now, "TERMINATING", None, listed=False)

    @on_the_serving_thread
    def empty_bucket(self, project: str) -> None:
        """Use up a project's rate limit for network peering, as another client does."""
        limit = self.simulation.settings.network_peering.rate_limit
        self.simulation.admission.buckets.empty(NETWORK_PEERING.scope(project), limit)

    @property
    def _peers(self) -> NetworkPeers:
        return self.simulation.network_peers

    @property
    def _now(self) -> float:
        return self.simulation.clock.now()

    def _pending(self, name: str) -> Peer:
        peer = self._peers.named(name)
        state = peer.at(self._now)
        if state is None or state.status_name != "PENDING_ACCEPTANCE":
            raise ValueError(f"{name} is {None if state is None else state.status_name}, not PENDING_ACCEPTANCE")
        return peer

    def _container(self, container_id: str) -> Container:
        for container in self._peers.containers():
            if container.id == container_id:
                return container
        raise KeyError(f"there is no container {container_id!r}")

    def _placed(self, container: Container) -> PlacedContainer:
        return PlacedContainer(
            container.id,
            container.project,
            container.region,
            container.cidr_block,
            container.vpc_id,
            container.provisioned(self._now),
        )

    def _shown(self, peer: Peer) -> OutboundPeering:
        state = peer.at(self._now)
        return OutboundPeering(
            id=peer.id,
            project=peer.project,
            container_id=peer.container.id,
            account_id=peer.account_id,
            vpc_id=peer.vpc_id,
            accepter_region=peer.accepter_region,
            status_name=None if state is None else state.status_name,
            error_state_name=None if state is None else state.error_state_name,
            connection_id=None if state is None else state.connection_id,
            routes=None if state is None else state.routes,
        )


def _check_error_state(error_state_name: str | None) -> None:
    if error_state_name is not None and error_state_name not in ERROR_STATE_NAMES:
        raise ValueError(f"the Atlas schema has no errorStateName {error_state_name!r}")
