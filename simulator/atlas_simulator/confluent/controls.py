"""How a test controls and inspects Confluent Cloud."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from atlas_simulator.confluent.body import AwsPeering
from atlas_simulator.confluent.cloud_key import CloudKey, CloudRole
from atlas_simulator.confluent.network import Cloud, Network
from atlas_simulator.confluent.peering import Peering
from atlas_simulator.confluent.phase import Phase
from atlas_simulator.marshalling import on_the_serving_thread
from atlas_simulator.messages import Refused
from atlas_simulator.simulation import Simulation


@dataclass(frozen=True, slots=True)
class ConfluentNetwork:
    """The present state of a network."""

    id: str
    environment: str
    cloud: str
    region: str
    cidr: str | None
    connection_types: tuple[str, ...]
    account: str
    vpc: str
    display_name: str | None
    phase: str
    error_code: str | None
    error_message: str | None


@dataclass(frozen=True, slots=True)
class ConfluentPeering:
    """The present state of a peering; with ``read_lag``, a list shows an earlier one."""

    id: str
    environment: str
    network: str
    display_name: str | None
    account: str
    vpc: str
    routes: tuple[str, ...]
    customer_region: str
    phase: str | None
    """``None`` when the peering is gone."""
    error_code: str | None
    error_message: str | None
    connection: str | None
    """The ``pcx-`` name of its connection at AWS, which the API does not show."""


class ConfluentControls:
    """The API keys, networks and peerings of Confluent Cloud.

    Time, faults and the log are those of the whole simulator: see :class:`~atlas_simulator.controls.Controls`.
    """

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation

    @on_the_serving_thread
    def add_api_key(self, key: str, secret: str, *, roles: Mapping[str, str] | None = None) -> None:
        """Add a Cloud API key, or replace it; ``roles`` gives ``owner`` or ``read`` by environment id."""
        named = {environment: CloudRole.named(role) for environment, role in (roles or {}).items()}
        self.simulation.confluent.admission.keys[key] = CloudKey.new(key, secret, named)

    @on_the_serving_thread
    def remove_api_key(self, key: str) -> None:
        """Remove an API key; raises ``KeyError`` when there is none."""
        self._key(key)
        del self.simulation.confluent.admission.keys[key]

    @on_the_serving_thread
    def set_secrets(self, key: str, secrets: Iterable[str]) -> None:
        """Replace the secrets of an API key."""
        self._key(key).principal.secrets = list(secrets)

    @on_the_serving_thread
    def set_role(self, key: str, environment: str, role: str | None) -> None:
        """Give an API key the role ``owner`` or ``read`` in an environment; ``None`` removes its role."""
        roles = self._key(key).roles
        if role is None:
            roles.pop(environment, None)
        else:
            roles[environment] = CloudRole.named(role)

    @on_the_serving_thread
    def empty_bucket(self, key: str) -> None:
        """Use up the rate limit of an API key, as another client does."""
        limit = self.simulation.settings.confluent.rate_limit
        self.simulation.confluent.admission.buckets.empty(self._key(key).principal.id, limit)

    @on_the_serving_thread
    def add_network(
        self,
        *,
        environment: str,
        network: str | None = None,
        cloud: Cloud = "AWS",
        region: str = "us-east-1",
        cidr: str | None = "10.0.0.0/16",
        connection_types: Iterable[str] = ("PEERING",),
        account: str = "417601102659",
        vpc: str | None = None,
        display_name: str | None = None,
        ready_after: float | None = None,
    ) -> str:
        """Create a network and return its id.

        The network is ``PROVISIONING`` for ``ready_after`` seconds (default: the delay of the settings), and then
        ``READY``. ``account`` and ``vpc`` are the subscription and virtual network in Azure, and the project and VPC
        network in Google Cloud. Without ``vpc``, the first network has the VPC of the documented sample, and any other
        one of its own. Raises ``ValueError`` when Confluent Cloud does not have such a network.
        """
        inventory = self.simulation.confluent.inventory
        network_id = network or inventory.new_id("n-")
        if network_id in inventory.networks:
            raise ValueError(f"{network_id} exists already")
        now = self.simulation.clock.now()
        delay = inventory.settings.delays.network if ready_after is None else ready_after
        inventory.networks[network_id] = Network(
            id=network_id,
            environment=environment,
            cloud=cloud,
            region=region,
            cidr=cidr,
            connection_types=tuple(connection_types),
            account=account,
            vpc=vpc or inventory.unused_vpc(),
            display_name=display_name,
            created=now,
            ready=now + delay,
        )
        return network_id

    @on_the_serving_thread
    def network(self, network: str) -> ConfluentNetwork:
        """Return the present state of a network; raises ``KeyError`` when there is none."""
        return self._shown_network(self._network(network))

    @on_the_serving_thread
    def networks(self) -> list[ConfluentNetwork]:
        """Return every network, oldest first."""
        return [self._shown_network(each) for each in self.simulation.confluent.inventory.networks.values()]

    @on_the_serving_thread
    def set_network_phase(
        self, network: str, phase: str | None, *, code: str | None = None, message: str | None = None
    ) -> None:
        """Set the phase of a network, even to one that Confluent Cloud does not have; ``None`` ends it."""
        forced = None if phase is None else Phase(phase, code, message)
        self._network(network).forced.force(self.simulation.clock.now(), forced)

    @on_the_serving_thread
    def remove_network(self, network: str) -> None:
        """Remove a network; raises ``ValueError`` while it has peerings, as Confluent Cloud refuses it."""
        inventory = self.simulation.confluent.inventory
        if inventory.present_peerings(self._network(network)):
            raise ValueError(f"{network} has peerings")
        del inventory.networks[network]

    @on_the_serving_thread
    def create_peering(
        self,
        network: str,
        *,
        account: str,
        vpc: str,
        routes: Iterable[str],
        customer_region: str = "us-east-1",
        display_name: str | None = None,
    ) -> str:
        """Create a peering as somebody does in the console, and return its id; raises ``ValueError`` when refused."""
        cloud = AwsPeering(
            kind="AwsPeering", account=account, vpc=vpc, routes=list(routes), customer_region=customer_region
        )
        environment = self._network(network).environment
        spec = cloud.wanted(display_name)
        try:
            peering, _ = self.simulation.confluent.inventory.create_peering(environment, network, spec)
        except Refused as refused:
            raise ValueError(json.loads(refused.answer.body)["errors"][0]["detail"]) from None
        return peering.id

    @on_the_serving_thread
    def delete_peering(self, peering: str) -> None:
        """Delete a peering as somebody does in the console."""
        self.simulation.confluent.inventory.delete_peering(self._peering(peering))

    @on_the_serving_thread
    def peering(self, peering: str) -> ConfluentPeering:
        """Return the present state of a peering, gone or not; raises ``KeyError`` when there never was one."""
        return self._shown_peering(self._peering(peering))

    @on_the_serving_thread
    def peerings(self, network: str | None = None) -> list[ConfluentPeering]:
        """Return every peering ever created, oldest first."""
        every = self.simulation.confluent.inventory.peerings.values()
        return [self._shown_peering(each) for each in every if network in (None, each.network.id)]

    @on_the_serving_thread
    def set_peering_phase(
        self, peering: str, phase: str | None, *, code: str | None = None, message: str | None = None
    ) -> None:
        """Set the phase of a peering, even to one that Confluent Cloud does not have, such as ``DEGRADED``.

        The connection at AWS stays as it is. ``None`` lets the phase follow AWS again.
        """
        forced = None if phase is None else Phase(phase, code, message)
        self._peering(peering).forced.force(self.simulation.clock.now(), forced)

    def _key(self, key: str) -> CloudKey:
        found = self.simulation.confluent.admission.keys.get(key)
        if found is None:
            raise KeyError(f"there is no API key {key!r}")
        return found

    def _network(self, network: str) -> Network:
        found = self.simulation.confluent.inventory.networks.get(network)
        if found is None:
            raise KeyError(f"there is no network {network!r}")
        return found

    def _peering(self, peering: str) -> Peering:
        found = self.simulation.confluent.inventory.peerings.get(peering)
        if found is None:
            raise KeyError(f"there is no peering {peering!r}")
        return found

    def _shown_network(self, network: Network) -> ConfluentNetwork:
        phase = network.at(self.simulation.clock.now()) or Phase("")
        return ConfluentNetwork(
            id=network.id,
            environment=network.environment,
            cloud=network.cloud,
            region=network.region,
            cidr=network.cidr,
            connection_types=network.connection_types,
            account=network.account,
            vpc=network.vpc,
            display_name=network.display_name,
            phase=phase.name,
            error_code=phase.error_code,
            error_message=phase.error_message,
        )

    def _shown_peering(self, peering: Peering) -> ConfluentPeering:
        phase = peering.at(self.simulation.clock.now())
        return ConfluentPeering(
            id=peering.id,
            environment=peering.environment,
            network=peering.network.id,
            display_name=peering.spec.display_name,
            account=peering.spec.account,
            vpc=peering.spec.vpc,
            routes=peering.spec.routes,
            customer_region=peering.spec.customer_region,
            phase=None if phase is None else phase.name,
            error_code=None if phase is None else phase.error_code,
            error_message=None if phase is None else phase.error_message,
            connection=None if peering.connection is None else peering.connection.name,
        )
