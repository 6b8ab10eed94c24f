"""How a test controls the networks that ``streams/accountDetails`` describes."""

from dataclasses import dataclass

from atlas_simulator.directory import Project
from atlas_simulator.marshalling import on_the_serving_thread
from atlas_simulator.network import Network, changed_network, network_key
from atlas_simulator.regions import CloudProvider
from atlas_simulator.simulation import Simulation


@dataclass(frozen=True, slots=True)
class PlacedNetwork:
    """A network with the project, provider and region it belongs to."""

    project: str
    provider: str
    region: str
    values: dict[str, str | None]
    """By field name, such as ``vpc_id``; the answer leaves out a value that is ``None``."""


class NetworkControls:
    """The networks of every project; a new project has one, in AWS ``US_EAST_1``."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation

    @on_the_serving_thread
    def put(self, /, project: str, provider: str, region: str, **values: str | None) -> PlacedNetwork:
        """Add a network, or change the one that is there.

        A value that is not given keeps its value, or is the default in a new network. ``None`` leaves the field out
        of the answer.

        Parameters
        ----------
        project
            The id of a project that the simulator knows.
        provider
            ``aws``, ``azure`` or ``gcp``.
        region
            The region as Atlas spells it, such as ``US_EAST_1``.
        values
            ``cidr_block``, and for aws ``aws_account_id`` and ``vpc_id``; for azure ``azure_subscription_id`` and
            ``virtual_network_name``; for gcp ``gcp_project_id`` and ``vpc_network_name``.

        Raises
        ------
        ValueError
            When the project, provider, region or a value's name is unknown, or a value is malformed.
        """
        networks = self._project(project).networks
        key = network_key(provider, region)
        if key not in networks and key[0] is CloudProvider.AWS:
            values = {"vpc_id": self.simulation.directory.unused_vpc(project, region), **values}
        networks[key] = changed_network(key[0], networks.get(key), values)
        return _placed(project, provider, region, networks[key])

    @on_the_serving_thread
    def remove(self, project: str, provider: str, region: str) -> None:
        """Remove a network; raises ``KeyError`` when it is not there."""
        self.get(project, provider, region)
        del self._project(project).networks[network_key(provider, region)]

    @on_the_serving_thread
    def get(self, project: str, provider: str, region: str) -> PlacedNetwork:
        """Return a network; raises ``KeyError`` when it is not there."""
        network = self._project(project).networks.get(network_key(provider, region))
        if network is None:
            raise KeyError(f"project {project} has no network in {provider} {region}")
        return _placed(project, provider, region, network)

    @on_the_serving_thread
    def has(self, project: str, provider: str, region: str) -> bool:
        """Whether a project has a network there."""
        return network_key(provider, region) in self._project(project).networks

    @on_the_serving_thread
    def all(self, project: str | None = None) -> list[PlacedNetwork]:
        """Return the networks of one project, or of all."""
        return [
            _placed(owner.id, provider.value, region, network)
            for owner in self.simulation.directory.projects.values()
            if project in (None, owner.id)
            for (provider, region), network in owner.networks.items()
        ]

    def _project(self, project: str) -> Project:
        found = self.simulation.directory.projects.get(project)
        if found is None:
            raise ValueError(f"there is no project {project!r}")
        return found


def _placed(project: str, provider: str, region: str, network: Network) -> PlacedNetwork:
    return PlacedNetwork(project, provider, region, network.model_dump())
