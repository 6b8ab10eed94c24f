"""All networks and peerings of Confluent Cloud, with its rules for a new peering."""

import ipaddress
import random
from collections.abc import Mapping

from atlas_simulator.clock import Clock
from atlas_simulator.confluent.aws import Requester
from atlas_simulator.confluent.failure import FORBIDDEN, failure
from atlas_simulator.confluent.network import Network
from atlas_simulator.confluent.peering import Peering, PeeringSpec
from atlas_simulator.confluent.phase import FAILED, READY, Phase
from atlas_simulator.confluent.settings import ConfluentRefusal, ConfluentSettings
from atlas_simulator.faults import Fault, FaultKind
from atlas_simulator.messages import Refused
from atlas_simulator.settings import Settings

_SAMPLE_VPC = "vpc-0d13eb6a2f0377854"
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


class Inventory:
    """The networks and peerings by id, oldest first."""

    def __init__(self, settings: Settings, clock: Clock, requester: Requester, rng: random.Random) -> None:
        self._settings = settings
        self._clock = clock
        self._requester = requester
        self._rng = rng
        self.networks: dict[str, Network] = {}
        self.peerings: dict[str, Peering] = {}
        """All that were ever created, also those that are gone."""

    @property
    def settings(self) -> ConfluentSettings:
        """Confluent Cloud's part of the settings."""
        return self._settings.confluent

    def new_id(self, prefix: str) -> str:
        """Return an unused id."""
        return prefix + "".join(self._rng.choices(_ALPHABET, k=6))

    def unused_vpc(self) -> str:
        """Return the requester's VPC of the sample in the Atlas documentation, or a new one when that is taken."""
        taken = any(network.vpc == _SAMPLE_VPC for network in self.networks.values())
        return f"vpc-0{self._rng.getrandbits(64):016x}" if taken else _SAMPLE_VPC

    def network(self, environment: str, network_id: str) -> tuple[Network, Phase] | None:
        """Return a network of an environment with its present phase."""
        network = self.networks.get(network_id)
        phase = None if network is None or network.environment != environment else network.at(self._clock.now())
        return None if network is None or phase is None else (network, phase)

    def peering(self, environment: str, peering_id: str) -> tuple[Peering, Phase] | None:
        """Return a peering of an environment with its present phase."""
        peering = self.peerings.get(peering_id)
        phase = None if peering is None or peering.environment != environment else peering.at(self._clock.now())
        return None if peering is None or phase is None else (peering, phase)

    def missing(self, what: str) -> Refused:
        """Return the refusal of a network or peering that is not there."""
        status = self.settings.missing_status
        return failure(status, f"The {what} was not found." if status == 404 else FORBIDDEN)

    def present_peerings(self, network: Network) -> list[Peering]:
        """Return the peerings of a network that are not gone, whatever their phase."""
        now = self._clock.now()
        return [each for each in self.peerings.values() if each.network is network and each.at(now) is not None]

    def create_peering(
        self, environment: str, network_id: str, spec: PeeringSpec, fault: Fault | None = None
    ) -> tuple[Peering, Phase]:
        """Create a peering, and return it with its phase; raises ``Refused``."""
        network = self._network_for(environment, network_id)
        self._check_rules(network, spec)
        settings = self.settings
        now = self._clock.now()
        peering = Peering(
            id=self.new_id("peer-"),
            network=network,
            spec=spec,
            created=now,
            delays=settings.delays.model_copy(),
            outcomes=settings.outcomes.model_copy(),
        )
        kind = None if fault is None else fault.kind
        if kind is not FaultKind.NO_EFFECT:
            self.peerings[peering.id] = peering
        match kind:
            case FaultKind.NO_EFFECT | FaultKind.STUCK:
                pass
            case FaultKind.UPDATE_FAILED:
                peering.failure = Phase(FAILED, "PEERING_FAILED", fault.message if fault is not None else None)
            case _:
                outcome = self._requester.request(network, spec, peering.delays.provisioning)
                if isinstance(outcome, Phase):
                    peering.failure = outcome
                else:
                    peering.connection = outcome
        return peering, peering.at(now) or Phase(FAILED)

    def delete_peering(self, peering: Peering, fault: Fault | None = None) -> None:
        """Start the deletion of a peering; nothing changes for one that is being deleted already."""
        kind = None if fault is None else fault.kind
        if peering.deleted is not None or kind is FaultKind.NO_EFFECT:
            return
        dead_at_aws = None if kind is FaultKind.STUCK else self._requester.withdraw(peering)
        peering.delete(self._clock.now(), not_before=dead_at_aws)

    def _network_for(self, environment: str, network_id: str) -> Network:
        refusals = self.settings.refusals
        found = self.network(environment, network_id)
        if found is None:
            raise _refused(refusals.network_not_found, {"network": network_id}, pointer="/spec/network/id")
        network, phase = found
        if phase.name != READY:
            raise _refused(refusals.network_not_ready, {"network": network_id, "phase": phase.name})
        if network.cloud != "AWS" or "PEERING" not in network.connection_types:
            raise _refused(refusals.unsupported, {"network": network_id})
        return network

    def _check_rules(self, network: Network, spec: PeeringSpec) -> None:
        """Refuse a second peering with a VPC, routes that overlap, and more peerings than the quota allows."""
        refusals = self.settings.refusals
        others = self.present_peerings(network)
        for other in others:
            if other.spec.vpc == spec.vpc and refusals.duplicate is not None:
                values = {"network": network.id, "peering": other.id, "vpc": spec.vpc}
                location = f"/networking/v1/peerings/{other.id}?environment={network.environment}"
                raise _refused(refusals.duplicate, values, headers={"Location": location})
        taken = [route for other in others if other.spec.vpc != spec.vpc for route in other.spec.routes]
        for route in spec.routes:
            for other_block in [*([network.cidr] if network.cidr else []), *taken]:
                if ipaddress.IPv4Network(route).overlaps(ipaddress.IPv4Network(other_block)):
                    values = {"route": route, "other": other_block}
                    raise _refused(refusals.overlap, values, pointer="/spec/cloud/routes")
        if len(others) >= self.settings.peerings_per_network:
            raise _refused(refusals.quota, {"limit": self.settings.peerings_per_network})


def _refused(
    refusal: ConfluentRefusal,
    values: Mapping[str, object],
    *,
    pointer: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Refused:
    return failure(refusal.status, refusal.detail.format_map(values), pointer=pointer, headers=headers)
